// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AoIContractPolicy} from "../../../../contracts/mechanisms/aoi-contract/AoIContractPolicy.sol";
import {AoITerms, IAoIContractPolicy, MenuItem} from "../../../../contracts/mechanisms/aoi-contract/IAoIContractPolicy.sol";
import {IRewardPolicy} from "../../../../contracts/interfaces/IRewardPolicy.sol";
import {TaskId, WorkRecord} from "../../../../contracts/types/TaskTypes.sol";
import {Test} from "../../Test.sol";
import {MenuBuilder} from "./MenuBuilder.sol";

contract AoIContractPolicyTest is Test {
    uint32 private constant EPOCH = 300;
    uint96 private constant REWARD = 1003;
    uint96 private constant BONUS = 7;
    TaskId private constant TASK = TaskId.wrap(1);

    address private immutable OTHER = account("other manager");

    AoIContractPolicy private _policy;

    function setUp() external {
        _policy = new AoIContractPolicy();
    }

    function test_policyId() external view {
        assertEq(bytes32(_policy.policyId()), bytes32(bytes4(keccak256("freshet.policy.aoi-contract"))), "id");
    }

    function test_check_periods() external view {
        bytes memory terms = _encode(MenuBuilder.random(3, 5, 100, 60, EPOCH));
        MenuItem[] memory menu = MenuBuilder.random(3, 5, 100, 60, EPOCH);
        assertEq(_policy.check(terms, EPOCH), uint256(menu[4].reward) + BONUS, "worst case");
        uint32[] memory periods = _policy.periods(terms);
        assertEq(periods.length, 5, "items");
        for (uint256 n = 0; n < 5; ++n) assertEq(periods[n], menu[n].period, "period");
    }

    function test_open() external {
        MenuItem[] memory menu = MenuBuilder.random(3, 5, 100, 60, EPOCH);
        bytes memory terms = _encode(menu);
        vm.expectEmit(address(_policy));
        emit IAoIContractPolicy.MenuPinned(address(this), TASK, keccak256(terms), 5);
        assertEq(_policy.open(TASK, terms, EPOCH), uint256(menu[4].reward) + BONUS, "worst case");
        assertEq(_policy.itemCount(address(this), TASK), 5, "items");
        assertEq(_policy.itemCount(OTHER, TASK), 0, "none of another manager");
        for (uint256 n = 0; n < 5; ++n) {
            assertEq(keccak256(abi.encode(_policy.itemOf(address(this), TASK, n))), keccak256(abi.encode(menu[n])), "item");
        }
    }

    function test_RevertWhen_OpenedTwice() external {
        _open();
        vm.expectRevert(abi.encodeWithSelector(IRewardPolicy.TaskAlreadyOpen.selector, TASK));
        _open();
    }

    function test_RevertWhen_OpenedWithABadMenu() external {
        MenuItem[] memory menu = new MenuItem[](1);
        menu[0] = MenuItem(60, 999, 200);
        vm.expectRevert(abi.encodeWithSelector(IAoIContractPolicy.IndividualRationalityViolated.selector, 0));
        _policy.open(TASK, _encode(menu), EPOCH);
        vm.expectRevert(abi.encodeWithSelector(IAoIContractPolicy.IndividualRationalityViolated.selector, 0));
        _policy.check(_encode(menu), EPOCH);
    }

    function test_RevertWhen_TermsDoNotDecode() external {
        vm.expectRevert();
        _policy.open(TASK, hex"1234", EPOCH);
    }

    function test_open_KeepsManagersApart() external {
        _open();
        MenuItem[] memory menu = new MenuItem[](1);
        menu[0] = MenuItem(100, 30, 10);
        vm.prank(OTHER);
        _policy.open(TASK, _encode(menu), EPOCH);
        assertEq(_pay(EPOCH, 3, 3), REWARD + BONUS, "this manager's");
        assertEq(_policy.pay(OTHER, _work(EPOCH), 3, 3), 30 + BONUS, "the other's");
    }

    function test_RevertWhen_TheManagerOpenedNone() external {
        _open();
        vm.expectRevert(abi.encodeWithSelector(IRewardPolicy.TaskNotOpen.selector, TASK));
        _policy.pay(OTHER, _work(EPOCH), 1, 1);
    }

    function test_RevertWhen_ItemIsUnknown() external {
        _open();
        WorkRecord memory work = _work(EPOCH);
        work.item = 1;
        vm.expectRevert(abi.encodeWithSelector(IAoIContractPolicy.UnknownItem.selector, 1));
        _policy.pay(address(this), work, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IAoIContractPolicy.UnknownItem.selector, 1));
        _policy.itemOf(address(this), TASK, 1);
    }

    function test_pay_WorkedExample() external {
        _open();
        // Covered 239 of 300 s, all rounds accepted.
        assertEq(_pay(239, 4, 4), 799, "pay");
    }

    function test_pay_Borders() external {
        _open();
        assertEq(_pay(0, 4, 4), 0, "nothing covered");
        assertEq(_pay(EPOCH, 0, 4), 0, "nothing accepted");
        assertEq(_pay(EPOCH, 0, 0), 0, "no rounds");
        assertEq(_pay(EPOCH, 4, 4), REWARD + BONUS, "everything");
        assertEq(_pay(EPOCH, 3, 4), 752, "bonus needs all rounds");
        assertEq(_pay(EPOCH - 1, 4, 4), 999, "bonus needs all time");
        assertEq(_pay(EPOCH + 1, 5, 4), REWARD + BONUS, "and no more than everything");
    }

    function testFuzz_pay(uint64 covered, uint16 accepted, uint16 rounds) external {
        _open();
        covered = uint64(bound(covered, 0, EPOCH));
        rounds = uint16(bound(rounds, 1, type(uint16).max));
        accepted = uint16(bound(accepted, 0, rounds));
        uint256 pay = (uint256(REWARD) * covered * accepted) / (uint256(EPOCH) * rounds);
        if (covered == EPOCH && accepted == rounds) pay += BONUS;
        assertEq(_pay(covered, accepted, rounds), pay, "pay");
    }

    /// @dev Whatever a subchain reports.
    function testFuzz_pay_NeverExceedsRewardAndBonus(
        WorkRecord memory work,
        uint256 accepted,
        uint256 rounds,
        uint32 epoch,
        uint96 reward
    ) external {
        epoch = uint32(bound(epoch, 1, type(uint32).max));
        MenuItem[] memory menu = new MenuItem[](1);
        menu[0] = MenuItem(epoch, reward, 0);
        _policy.open(TASK, _encode(menu), epoch);
        work.task = TASK;
        work.item = 0;
        uint256 pay = _policy.pay(address(this), work, accepted % (1 << 128), rounds % (1 << 128));
        assertLe(pay, uint256(reward) + BONUS, "pay");
    }

    /// @dev More coverage or more accepted rounds never pay less.
    function testFuzz_pay_IsMonotone(uint64 covered, uint64 more, uint16 accepted, uint16 rounds) external {
        _open();
        rounds = uint16(bound(rounds, 1, 1000));
        accepted = uint16(bound(accepted, 0, rounds - 1));
        covered = uint64(bound(covered, 0, EPOCH));
        more = uint64(bound(more, covered, EPOCH));
        assertLe(_pay(covered, accepted, rounds), _pay(more, accepted, rounds), "more coverage");
        assertLe(_pay(covered, accepted, rounds), _pay(covered, accepted + 1, rounds), "more rounds");
    }

    function _open() private {
        MenuItem[] memory menu = new MenuItem[](1);
        menu[0] = MenuItem(60, REWARD, 200);
        _policy.open(TASK, _encode(menu), EPOCH);
    }

    function _pay(uint64 covered, uint256 accepted, uint256 rounds) private view returns (uint256) {
        return _policy.pay(address(this), _work(covered), accepted, rounds);
    }

    function _work(uint64 covered) private pure returns (WorkRecord memory) {
        return WorkRecord(9, TASK, 0, address(1), 0, covered, 0);
    }

    function _encode(MenuItem[] memory menu) private pure returns (bytes memory) {
        return abi.encode(AoITerms(BONUS, menu));
    }
}
