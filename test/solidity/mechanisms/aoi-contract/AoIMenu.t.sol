// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AoIMenu} from "../../../../contracts/mechanisms/aoi-contract/AoIMenu.sol";
import {AoITerms, MenuItem} from "../../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {IAoIContractPolicy} from "../../../../contracts/mechanisms/aoi-contract/IAoIContractPolicy.sol";
import {Test} from "../../Test.sol";
import {MenuBuilder} from "./MenuBuilder.sol";

contract MenuChecker {
    function check(AoITerms memory terms, uint32 epochSeconds) external pure returns (uint256) {
        return AoIMenu.check(terms, epochSeconds);
    }
}

contract AoIMenuTest is Test {
    uint32 private constant EPOCH = 300;
    uint256 private constant MOST = 12;

    MenuChecker private _checker;

    function setUp() external {
        _checker = new MenuChecker();
    }

    function test_check() external view {
        assertEq(_check(_menu()), 1703 + 7, "the highest reward and the bonus");
    }

    function test_check_OfOneItem() external view {
        AoITerms memory terms = _terms(1);
        terms.menu[0] = MenuItem(60, 1000, 200);
        assertEq(_checker.check(terms, EPOCH), 1007, "the reward and the bonus");
    }

    function test_check_OfOneUpdateAnEpoch() external view {
        AoITerms memory terms = _terms(1);
        terms.menu[0] = MenuItem(EPOCH, 200, 200);
        assertEq(_checker.check(terms, EPOCH), 207, "the reward and the bonus");
    }

    function test_check_OfEqualItems() external view {
        AoITerms memory terms = _menu();
        terms.menu[1] = terms.menu[0];
        terms.menu[2] = terms.menu[0];
        assertEq(_check(terms), 1003 + 7, "pooled");
    }

    function test_check_AtTheWidestValues() external view {
        // δ T/θ with T = θ: one update costs all that fits.
        AoITerms memory terms = _terms(1);
        terms.bonus = type(uint96).max;
        terms.menu[0] = MenuItem(type(uint32).max, type(uint96).max, type(uint96).max);
        assertEq(_checker.check(terms, type(uint32).max), 2 * uint256(type(uint96).max), "no overflow");
    }

    function test_RevertWhen_MenuIsEmpty() external {
        vm.expectRevert(abi.encodeWithSelector(IAoIContractPolicy.InvalidMenuSize.selector, 0));
        _checker.check(_terms(0), EPOCH);
    }

    function test_RevertWhen_MenuIsTooLong() external {
        AoITerms memory terms = AoITerms(7, MenuBuilder.random(1, 257, 1e9, EPOCH, EPOCH));
        vm.expectRevert(abi.encodeWithSelector(IAoIContractPolicy.InvalidMenuSize.selector, 257));
        _checker.check(terms, EPOCH);
    }

    function test_RevertWhen_BonusIsZero() external {
        AoITerms memory terms = _menu();
        terms.bonus = 0;
        vm.expectRevert(IAoIContractPolicy.BonusMissing.selector);
        _check(terms);
    }

    function test_RevertWhen_PeriodIsZeroOrLongerThanTheEpoch() external {
        for (uint256 n = 0; n < 3; ++n) {
            AoITerms memory terms = _menu();
            terms.menu[n].period = 0;
            vm.expectRevert(abi.encodeWithSelector(IAoIContractPolicy.InvalidPeriod.selector, n, 0, EPOCH));
            _check(terms);
            terms.menu[n].period = EPOCH + 1;
            vm.expectRevert(abi.encodeWithSelector(IAoIContractPolicy.InvalidPeriod.selector, n, EPOCH + 1, EPOCH));
            _check(terms);
        }
    }

    /// @dev ⌈T/θ⌉ of every item is bounded: each refresh is a transaction, and an event that others read.
    function test_RevertWhen_AnEpochHasTooManyRefreshes() external {
        AoITerms memory terms = AoITerms(7, new MenuItem[](1));
        uint32 period = 10;
        terms.menu[0] = MenuItem(period, 0, 0);
        _checker.check(terms, 65_536 * period);
        vm.expectRevert(
            abi.encodeWithSelector(IAoIContractPolicy.InvalidPeriod.selector, 0, period, 65_536 * period + 1)
        );
        _checker.check(terms, 65_536 * period + 1);
        terms.menu[0].period = 1;
        vm.expectRevert(
            abi.encodeWithSelector(IAoIContractPolicy.InvalidPeriod.selector, 0, 1, type(uint32).max)
        );
        _checker.check(terms, type(uint32).max);
    }

    function test_RevertWhen_CostIncreases() external {
        for (uint256 n = 1; n < 3; ++n) {
            AoITerms memory terms = _menu();
            terms.menu[n].cost = terms.menu[n - 1].cost + 1;
            _refuses(terms, IAoIContractPolicy.CostNotMonotone.selector, n);
        }
    }

    function test_RevertWhen_PeriodIncreases() external {
        for (uint256 n = 1; n < 3; ++n) {
            AoITerms memory terms = _menu();
            terms.menu[n].period = terms.menu[n - 1].period + 1;
            _refuses(terms, IAoIContractPolicy.NotMonotone.selector, n);
        }
    }

    function test_RevertWhen_RewardDecreases() external {
        for (uint256 n = 1; n < 3; ++n) {
            AoITerms memory terms = _menu();
            terms.menu[n].reward = terms.menu[n - 1].reward - 1;
            _refuses(terms, IAoIContractPolicy.NotMonotone.selector, n);
        }
    }

    function test_RevertWhen_FirstItemPaysLessThanItsCost() external {
        AoITerms memory terms = _menu();
        terms.menu[0].reward = 1000;
        _check(terms);
        terms.menu[0].reward = 999;
        _refuses(terms, IAoIContractPolicy.IndividualRationalityViolated.selector, 0);
    }

    function test_RevertWhen_TypeGainsByTheItemBelow() external {
        AoITerms memory terms = _menu();
        terms.menu[1].reward = terms.menu[0].reward + 500 - 1;
        _refuses(terms, IAoIContractPolicy.DownwardIncentiveViolated.selector, 1);
    }

    function test_RevertWhen_TypeGainsByTheItemAbove() external {
        AoITerms memory terms = _menu();
        terms.menu[1].reward = terms.menu[0].reward + 1000 + 1;
        _refuses(terms, IAoIContractPolicy.UpwardIncentiveViolated.selector, 1);
    }

    function test_RevertWhen_EqualPeriodsPayDifferently() external {
        AoITerms memory terms = _menu();
        terms.menu[1].period = terms.menu[0].period;
        terms.menu[1].reward = terms.menu[0].reward + 1;
        _refuses(terms, IAoIContractPolicy.UpwardIncentiveViolated.selector, 1);
    }

    function testFuzz_check_PassesMenusOfTheRule(uint256 seed, uint256 items, uint96 cost, uint32 epoch) external view {
        epoch = uint32(bound(epoch, 1, 1 << 24));
        uint32 period = uint32(bound(seed, 1, epoch));
        AoITerms memory terms = AoITerms(1, _random(seed, items, cost, period, epoch));
        assertEq(
            _checker.check(terms, epoch),
            uint256(terms.menu[terms.menu.length - 1].reward) + 1,
            "the highest reward and the bonus"
        );
    }

    /// @dev Random menus about the border between passing and not; of those that pass, all pairs are compared.
    function testFuzz_check_PassedMenusHaveIncentiveCompatibilityAndRationality(
        uint256 seed,
        uint256 items,
        uint96 cost
    ) external view {
        AoITerms memory terms = AoITerms(1, _random(seed, items, uint96(bound(cost, 1, 200)), 60, EPOCH));
        MenuItem[] memory menu = terms.menu;
        terms.menu[0].reward += uint96(draw(seed, 100) % 50);
        for (uint256 n = 1; n < menu.length; ++n) {
            (uint256 least, uint256 most) = MenuBuilder.range(menu[n - 1], menu[n], EPOCH);
            uint256 width = most + 1 > least ? most + 1 - least : 1;
            menu[n].reward = uint96(menu[n - 1].reward + least + (draw(seed, 200 + n) % width));
            // One in twelve leaves the range.
            if (draw(seed, 300 + n) % 12 == 0) menu[n].reward += uint96(width);
        }
        try _checker.check(terms, EPOCH) returns (uint256) {
            for (uint256 type_ = 0; type_ < menu.length; ++type_) {
                assertTrue(_utility(menu, type_, type_) >= 0, "individually rational");
                for (uint256 other = 0; other < menu.length; ++other) {
                    assertTrue(_prefersOwn(menu, type_, other), "incentive compatible");
                }
            }
        } catch {
            // Refused: then some neighbour's item, or none at all, must be better for some type.
            assertTrue(_someDeviationGains(menu), "refused for a reason");
        }
    }

    function testFuzz_RevertWhen_OneRewardIsBelowItsBound(uint256 seed, uint256 items, uint96 cost) external {
        MenuItem[] memory menu = _random(seed, items, cost, EPOCH, EPOCH);
        uint256 n = draw(seed, 1000) % menu.length;
        if (n == 0) {
            if (menu[0].cost == 0) return;
            menu[0].reward = uint96(MenuBuilder.leastFirst(menu[0], EPOCH) - 1);
            _refuses(AoITerms(1, menu), IAoIContractPolicy.IndividualRationalityViolated.selector, 0);
            return;
        }
        (uint256 least, ) = MenuBuilder.range(menu[n - 1], menu[n], EPOCH);
        bool monotone = least > 0;
        if (!monotone && menu[n - 1].reward == 0) return;
        menu[n].reward = uint96(uint256(menu[n - 1].reward) + least - 1);
        _refuses(
            AoITerms(1, menu),
            monotone ? IAoIContractPolicy.DownwardIncentiveViolated.selector : IAoIContractPolicy.NotMonotone.selector,
            n
        );
    }

    function testFuzz_RevertWhen_OneRewardIsAboveItsBound(uint256 seed, uint256 items, uint96 cost) external {
        MenuItem[] memory menu = _random(seed, bound(items, 2, MOST), cost, EPOCH, EPOCH);
        uint256 n = 1 + (draw(seed, 1000) % (menu.length - 1));
        (, uint256 most) = MenuBuilder.range(menu[n - 1], menu[n], EPOCH);
        menu[n].reward = uint96(menu[n - 1].reward + most + 1);
        _refuses(AoITerms(1, menu), IAoIContractPolicy.UpwardIncentiveViolated.selector, n);
    }

    function _random(
        uint256 seed,
        uint256 items,
        uint96 cost,
        uint32 period,
        uint32 epoch
    ) private pure returns (MenuItem[] memory) {
        // Rewards stay below 2^96: cost × T at the most.
        cost = uint96(bound(cost, 0, 1 << 64));
        return MenuBuilder.random(seed, bound(items, 1, MOST), cost, period, epoch);
    }

    /// @dev (R_item − δ_type T/θ_item) θ_item, wei × seconds.
    function _utility(MenuItem[] memory menu, uint256 type_, uint256 item) private pure returns (int256) {
        return
            int256(uint256(menu[item].reward) * menu[item].period) - int256(uint256(menu[type_].cost) * EPOCH);
    }

    /// @dev U(type, type) ≥ U(type, other), both multiplied by the two periods.
    function _prefersOwn(MenuItem[] memory menu, uint256 type_, uint256 other) private pure returns (bool) {
        return
            _utility(menu, type_, type_) * int256(uint256(menu[other].period)) >=
            _utility(menu, type_, other) * int256(uint256(menu[type_].period));
    }

    function _someDeviationGains(MenuItem[] memory menu) private pure returns (bool) {
        for (uint256 n = 0; n < menu.length; ++n) {
            if (_utility(menu, n, n) < 0) return true;
            if (n > 0 && (!_prefersOwn(menu, n, n - 1) || !_prefersOwn(menu, n - 1, n))) return true;
        }
        return false;
    }

    function _check(AoITerms memory terms) private view returns (uint256) {
        return _checker.check(terms, EPOCH);
    }

    function _refuses(AoITerms memory terms, bytes4 selector, uint256 item) private {
        vm.expectRevert(abi.encodeWithSelector(selector, item));
        _checker.check(terms, EPOCH);
    }

    function _terms(uint256 items) private pure returns (AoITerms memory) {
        return AoITerms(7, new MenuItem[](items));
    }

    /// @dev With T = 300: 5, 10 and 15 updates at 200, 100 and 20 wei each.
    function _menu() private pure returns (AoITerms memory terms) {
        terms = _terms(3);
        terms.menu[0] = MenuItem(60, 1003, 200);
        terms.menu[1] = MenuItem(30, 1603, 100);
        terms.menu[2] = MenuItem(20, 1703, 20);
    }
}
