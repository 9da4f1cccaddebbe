// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AoIContractPolicy} from "../../../../contracts/mechanisms/aoi-contract/AoIContractPolicy.sol";
import {AoITerms, AoITotals, AoIWork, MenuItem} from "../../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {IAoIContractPolicy} from "../../../../contracts/mechanisms/aoi-contract/IAoIContractPolicy.sol";
import {Extent, IRewardPolicy, Participation} from "../../../../contracts/interfaces/IRewardPolicy.sol";
import {TaskId, TaskTerms, WorkRecord} from "../../../../contracts/types/TaskTypes.sol";
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

    function test_mechanismId() external view {
        assertEq(bytes32(_policy.mechanismId()), bytes32(bytes4(keccak256("freshet.mechanism.aoi-contract"))), "id");
    }

    function test_check() external view {
        MenuItem[] memory menu = MenuBuilder.random(3, 5, 100, 60, EPOCH);
        assertEq(_policy.check(_terms(), _encode(menu)), _worstCase(uint256(menu[4].reward) + BONUS), "worst case");
    }

    /// @dev Of the whole task, and at the widest values without overflow.
    function testFuzz_check_CountsEveryPlace(uint32 maxWorkers, uint8 subchains, uint96 reward) external view {
        TaskTerms memory terms = _terms();
        (terms.maxWorkers, terms.subchains) = (maxWorkers, new uint64[](subchains));
        MenuItem[] memory menu = new MenuItem[](1);
        menu[0] = MenuItem(EPOCH, reward, 0);
        uint256 worstCase = (uint256(reward) + BONUS) * maxWorkers * subchains;
        assertEq(_policy.check(terms, _encode(menu)), worstCase, "worst case");
    }

    function test_open() external {
        MenuItem[] memory menu = MenuBuilder.random(3, 5, 100, 60, EPOCH);
        bytes memory terms = _encode(menu);
        vm.expectEmit(address(_policy));
        emit IAoIContractPolicy.MenuPinned(address(this), TASK, keccak256(terms), 5);
        assertEq(_policy.open(TASK, _terms(), terms), _worstCase(uint256(menu[4].reward) + BONUS), "worst case");
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
        _policy.open(TASK, _terms(), _encode(menu));
        vm.expectRevert(abi.encodeWithSelector(IAoIContractPolicy.IndividualRationalityViolated.selector, 0));
        _policy.check(_terms(), _encode(menu));
    }

    function test_RevertWhen_TermsDoNotDecode() external {
        vm.expectRevert();
        _policy.open(TASK, _terms(), hex"1234");
    }

    function test_open_KeepsManagersApart() external {
        _open();
        MenuItem[] memory menu = new MenuItem[](1);
        menu[0] = MenuItem(100, 30, 10);
        vm.prank(OTHER);
        _policy.open(TASK, _terms(), _encode(menu));
        assertEq(_pay(EPOCH, 3, 3), REWARD + BONUS, "this manager's");
        assertEq(_pay(OTHER, _work(0, EPOCH), 3, 3), 30 + BONUS, "the other's");
    }

    function test_RevertWhen_TheManagerOpenedNone() external {
        _open();
        vm.expectRevert(abi.encodeWithSelector(IRewardPolicy.TaskNotOpen.selector, TASK));
        _pay(OTHER, _work(0, EPOCH), 1, 1);
    }

    function test_RevertWhen_ItemIsUnknown() external {
        _open();
        vm.expectRevert(abi.encodeWithSelector(IAoIContractPolicy.UnknownItem.selector, 1));
        _pay(address(this), _work(1, EPOCH), 1, 1);
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
        AoIWork memory work,
        uint16 accepted,
        uint16 rounds,
        uint32 epoch,
        uint96 reward
    ) external {
        epoch = uint32(bound(epoch, 1, type(uint32).max));
        MenuItem[] memory menu = new MenuItem[](1);
        menu[0] = MenuItem(epoch, reward, 0);
        TaskTerms memory terms = _terms();
        terms.schedule.epochSeconds = epoch;
        _policy.open(TASK, terms, _encode(menu));
        work.item = 0;
        uint256 pay = _pay(address(this), abi.encode(work), accepted, rounds);
        assertLe(pay, uint256(reward) + BONUS, "pay");
    }

    /// @dev The AoI contract looks at no score.
    function testFuzz_pay_IsTheSameWithAnyScore(bytes calldata score) external {
        _open();
        bytes memory work = _work(0, 239);
        WorkRecord memory record = WorkRecord(9, TASK, 0, address(1), keccak256(work));
        assertEq(_policy.pay(address(this), record, work, Participation(4, 4, score)), 799, "pay");
    }

    function test_RevertWhen_WorkDoesNotDecode() external {
        _open();
        bytes[3] memory works = [bytes(""), hex"1234", abi.encode(uint256(1) << 16, 0, 0)];
        for (uint256 i = 0; i < works.length; ++i) {
            vm.expectRevert();
            _pay(address(this), works[i], 1, 1);
        }
    }

    function testFuzz_checkTotals(uint32 epoch, uint32 workers, uint128 covered, uint128 squares, bool near) external view {
        Extent memory extent = Extent(epoch, 1, workers);
        uint256 mostCovered = uint256(workers) * epoch;
        uint256 mostSquares = mostCovered * epoch;
        if (near) (covered, squares) = (uint128(mostCovered + (covered % 2)), uint128(mostSquares + (squares % 2)));
        try _policy.checkTotals(extent, abi.encode(AoITotals(covered, squares))) {
            assertTrue(covered <= mostCovered && squares <= mostSquares, "possible");
        } catch (bytes memory reason) {
            string memory field = covered > mostCovered ? "coveredSeconds" : "ageSquares";
            assertTrue(covered > mostCovered || squares > mostSquares, "impossible");
            assertEq(reason, abi.encodeWithSelector(IRewardPolicy.ImpossibleTotals.selector, field), "why");
        }
    }

    function test_RevertWhen_TotalsAreNotTwoNumbers() external {
        bytes[3] memory others = [bytes(""), abi.encode(0), abi.encodePacked(abi.encode(0, 0), uint8(0))];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRewardPolicy.ImpossibleTotals.selector, "totals"));
            _policy.checkTotals(Extent(EPOCH, 1, 1), others[i]);
        }
        vm.expectRevert();
        _policy.checkTotals(Extent(EPOCH, 1, 1), abi.encode(uint256(1) << 128, 0));
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
        _policy.open(TASK, _terms(), _encode(menu));
    }

    function _pay(uint64 covered, uint16 accepted, uint16 rounds) private view returns (uint256) {
        return _pay(address(this), _work(0, covered), accepted, rounds);
    }

    function _pay(address manager, bytes memory work, uint16 accepted, uint16 rounds) private view returns (uint256) {
        WorkRecord memory record = WorkRecord(9, TASK, 0, address(1), keccak256(work));
        return _policy.pay(manager, record, work, Participation(accepted, rounds, ""));
    }

    function _work(uint16 item, uint64 covered) private pure returns (bytes memory) {
        return abi.encode(AoIWork(item, covered, 0));
    }

    /// @dev A task of two subchains with 300 places each.
    function _terms() private pure returns (TaskTerms memory terms) {
        terms.maxWorkers = 300;
        terms.schedule.epochSeconds = EPOCH;
        terms.subchains = new uint64[](2);
    }

    function _worstCase(uint256 most) private pure returns (uint256) {
        return most * 300 * 2;
    }

    function _encode(MenuItem[] memory menu) private pure returns (bytes memory) {
        return abi.encode(AoITerms(BONUS, menu));
    }
}
