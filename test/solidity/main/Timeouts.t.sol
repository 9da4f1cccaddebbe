// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IncrementalMerkle} from "../../../contracts/gateway/IncrementalMerkle.sol";
import {ICreditCheck} from "../../../contracts/interfaces/ICreditCheck.sol";
import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {TaskStatus} from "../../../contracts/types/Messages.sol";
import {RevealedUpdate, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {TaskManagerFixture} from "./TaskManagerFixture.sol";
import {RebasingToken} from "./Tokens.sol";

/// @dev Attacks of a publisher: times and a token under which the pay would not follow the work.
contract TimeoutsTest is TaskManagerFixture {
    function setUp() external {
        _deploy();
    }

    /// @dev All have revealed, and no round of so many updates can ever be final.
    function test_revealedWorkIsNotTakenBackAtTheDeadline() external {
        TaskTerms memory terms = _terms();
        terms.minUpdates = 7;
        _publish(terms);
        RevealedUpdate[][2] memory reveals = [_reveals(VIRTUAL, 0, 3), _reveals(PHYSICAL, 0, 3)];
        for (uint256 i = 0; i < 2; ++i) _report(reveals[i]);
        vm.warp(DEADLINE);
        _manager.expire(TASK);
        (bool refunded, ) = address(_manager).call(abi.encodeCall(ITaskManager.refund, (TASK)));
        assertFalse(refunded, "six revealed, and the publisher took it all back");
        uint256 paid = 0;
        for (uint256 i = 0; i < 2; ++i) {
            Done[] memory done = _done(terms.subchains[i], 3, EPOCH);
            _settle(done, terms.subchains[i]);
            for (uint32 j = 0; j < 3; ++j) {
                _credit(reveals[i], j, _places(0, 1));
                uint256 amount = _claimOwn(done, j);
                assertEq(amount, _menu()[j].reward / 3, "one of three rounds");
                paid += amount;
            }
        }
        assertEq(_manager.refund(TASK), BUDGET - paid, "the rest is the publisher's at once");
    }

    /// @dev The settlement is on the relay chain, and nobody has carried it further.
    function test_aTaskIsNotTakenBackBeforeItsSettlementArrives() external {
        _publish();
        _complete(7, 3);
        vm.warp(DEADLINE + CLAIM);
        (bool refunded, ) = address(_manager).call(abi.encodeCall(ITaskManager.refund, (TASK)));
        assertFalse(refunded, "refunded before the settlement's second hop");
        Done[] memory done = _done(VIRTUAL, 3, EPOCH);
        _settle(done, VIRTUAL);
        assertEq(_claim(done, 2), WORST_CASE, "paid");
    }

    /// @dev The second of two tasks is whole on paper, and the token has shrunk under both.
    function test_whoClaimsLastIsPaidAsWhoClaimsFirst() external {
        RebasingToken token = new RebasingToken(PUBLISHER);
        _restart(token);
        TaskId second = _publish(_terms(), token, BUDGET);
        token.rebase(50);
        _reject(TASK);
        _reject(second);
        uint256 before = token.balanceOf(PUBLISHER);
        _manager.refund(TASK);
        uint256 first = token.balanceOf(PUBLISHER) - before;
        (bool refunded, ) = address(_manager).call(abi.encodeCall(ITaskManager.refund, (second)));
        assertTrue(refunded, "the last one is insolvent");
        assertEq(token.balanceOf(PUBLISHER) - before - first, first, "the same");
        assertEq(first, BUDGET / 2, "half");
    }

    function test_publishingCostsSomething() external {
        uint256[3] memory fees = [uint256(0), FEE - 1, FEE + 1];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(PUBLISHER);
            (bool published, bytes memory why) = address(_manager).call{value: fees[i]}(
                abi.encodeCall(ITaskManager.publish, (_terms(), _mechanismTerms(), _token, BUDGET))
            );
            assertFalse(published, "published without the fee");
            assertEq(why, abi.encodeWithSelector(ITaskManager.WrongFee.selector, fees[i], FEE), "why");
        }
    }

    /// @dev What keepers and relayers do grows with both.
    function test_moreRoundsAndSubchainsCostMore() external {
        TaskTerms memory terms = _terms();
        (terms.rounds, terms.schedule.deadline) = (4_096, START + 366 days);
        vm.prank(PUBLISHER);
        (bool published, ) = address(_manager).call{value: FEE}(
            abi.encodeCall(ITaskManager.publish, (terms, _mechanismTerms(), _token, BUDGET))
        );
        assertFalse(published, "4,096 rounds for the fee of three");
        terms = _terms();
        terms.subchains = new uint64[](32);
        for (uint64 i = 0; i < 32; ++i) terms.subchains[i] = i + 1;
        terms.maxWorkers = WORKERS / 16;
        vm.prank(PUBLISHER);
        (published, ) = address(_manager).call{value: FEE}(
            abi.encodeCall(ITaskManager.publish, (terms, _mechanismTerms(), _token, BUDGET))
        );
        assertFalse(published, "32 subchains for the fee of two");
        assertEq(_manager.publishFee(3, 2, 8_191), FEE, "of the fixture's task");
        assertEq(_manager.publishFee(4_096, 32, 8_192), 4_098 * 32 * UNIT_FEE, "of the most");
        _publish(terms);
        assertEq(address(_manager).balance, 4 * 32 * UNIT_FEE, "paid");
    }

    function test_collectFees() external {
        for (uint256 i = 0; i < 3; ++i) _publish();
        vm.expectEmit(address(_manager));
        emit ITaskManager.FeesCollected(COLLECTOR, 3 * FEE);
        vm.prank(account("anyone"));
        assertEq(_manager.collectFees(), 3 * FEE, "collected");
        assertEq(COLLECTOR.balance, 3 * FEE, "the collector's");
        assertEq(_manager.collectFees(), 0, "nothing more");
    }
}

/// @dev Of a task that expired after one of three rounds, in the second of which five revealed on the virtual subchain.
contract CreditTest is TaskManagerFixture {
    RevealedUpdate[] private _revealed;
    Done[] private _doneWork;

    function setUp() external {
        _deploy();
        _publish();
        _reportBoth(0, 5);
        _finalize(0, _aggregate(3, 0));
        RevealedUpdate[] memory revealed = _reveals(VIRTUAL, 1, 5);
        // In another order than that of enrolment.
        (revealed[0], revealed[4]) = (revealed[4], revealed[0]);
        for (uint256 i = 0; i < 5; ++i) _revealed.push(revealed[i]);
        _report(revealed);
        vm.warp(DEADLINE);
        _manager.expire(TASK);
        Done[] memory done = _done(VIRTUAL, 6, EPOCH);
        for (uint256 i = 0; i < 6; ++i) _doneWork.push(done[i]);
        _settle(done, VIRTUAL);
    }

    function test_credit() external {
        uint256[5] memory pays = [uint256(668), 1068, 567, 334, 534];
        for (uint32 i = 0; i < 5; ++i) {
            address worker = _doneWork[i].record.worker;
            vm.expectEmit(address(_manager));
            emit ITaskManager.RevealCredited(TASK, VIRTUAL, worker, i);
            vm.prank(account("anyone"));
            _credit(_revealed, _positionOf(i), _places(0, 1));
            vm.expectEmit(address(_manager));
            emit ITaskManager.RewardClaimed(TASK, VIRTUAL, worker, i < 2 ? 2 : 1, pays[i]);
            assertEq(_claimOwn(_doneWork, i), pays[i], "amount");
            assertEq(_token.balanceOf(worker), pays[i], "balance");
        }
        assertEq(_claimOwn(_doneWork, 5), 0, "who revealed nothing and was never accepted");
        assertEq(_task().claims, 6, "claims");
    }

    function test_credit_OnAReportThatCameAfterTheEnd() external {
        RevealedUpdate[] memory reveals = _reveals(PHYSICAL, 1, 2);
        _report(reveals);
        _credit(reveals, 1, _places(1, 2));
        Done[] memory done = _done(PHYSICAL, 2, EPOCH);
        _settle(done, PHYSICAL);
        assertEq(_claimOwn(done, 1), 534, "one of three");
    }

    function test_credit_TwiceCountsOnce() external {
        _credit(_revealed, 1, _places(0, 1));
        _credit(_revealed, 1, _places(1, 2));
        assertEq(_claimOwn(_doneWork, 1), 1068, "two of three");
        _credit(_revealed, 1, _places(1, 2));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.AlreadyClaimed.selector, TASK, VIRTUAL, 1));
        vm.prank(_doneWork[1].record.worker);
        _claim(_doneWork, 1);
    }

    function test_credit_ByAnyTwoOfThree() external {
        for (uint8 i = 0; i < 3; ++i) _credit(_revealed, i, i == 0 ? _places(0, 1) : _places(i - 1, 2));
        assertEq(_claimOwn(_doneWork, 1), 1068, "two of three");
    }

    /// @dev Or the publisher would, for all of them, before they are credited.
    function test_RevertWhen_AnotherClaims() external {
        address worker = _doneWork[0].record.worker;
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.NotTheWorker.selector, TASK, worker, PUBLISHER));
        vm.prank(PUBLISHER);
        _claim(_doneWork, 0);
    }

    function test_RevertWhen_TheUpdateWasNotReported() external {
        RevealedUpdate[] memory others = _revealed;
        others[1].samples = 11;
        _isInvalid(others, 1, 1, _branchOf(1));
        others = _revealed;
        others[1].worker = account("thief");
        _isInvalid(others, 1, 1, _branchOf(1));
        others = _revealed;
        others[1].round = 0;
        _isInvalid(others, 1, 1, _branchOf(1));
        others = _revealed;
        _isInvalid(others, 1, 2, _branchOf(1));
        _isInvalid(others, 1, 1 + 8, _branchOf(1));
        _isInvalid(others, 1, 1, _branchOf(2));
        _isInvalid(others, 1, 1, new bytes32[](0));
    }

    /// @dev A bit past the most workers would be another round's, or say that somebody has claimed.
    function test_RevertWhen_TheIndexIsPastTheMostWorkers() external {
        RevealedUpdate[] memory reveals = _reveals(PHYSICAL, 1, 2);
        reveals[1].index = WORKERS;
        _report(reveals);
        bytes32[] memory branch = NaiveMerkle.branch(_leaves(reveals), 1, 1);
        vm.expectRevert(abi.encodeWithSelector(ICreditCheck.InvalidReveal.selector, TASK, PHYSICAL, WORKERS));
        _manager.credit(reveals[1], 1, branch, _receipts(Leaves.ofUpdate(reveals[1]), _places(0, 1)));
    }

    function test_RevertWhen_TooFewAggregatorsHeldTheUpdate() external {
        uint8[] memory none;
        _refusesReceipts(none);
        _refusesReceipts(new uint8[](1));
        _refusesReceipts(_places(1, 1));
        _refusesReceipts(_places(2, 1));
        // Not one of the task's aggregators.
        _refusesReceipts(_places(1, 3));
        // Receipts for another update.
        bytes memory receipts = _receipts(Leaves.ofUpdate(_revealed[2]), _places(0, 1));
        bytes32[] memory branch = _branchOf(1);
        vm.expectRevert(abi.encodeWithSelector(ICreditCheck.InvalidReveal.selector, TASK, VIRTUAL, 1));
        _manager.credit(_revealed[1], 1, branch, receipts);
    }

    function test_RevertWhen_TheTaskHasNotExpiredOrIsRefunded() external {
        vm.warp(DEADLINE + CLAIM + SILENCE);
        _manager.refund(TASK);
        bytes32[] memory branch = _branchOf(1);
        bytes memory receipts = _receipts(Leaves.ofUpdate(_revealed[1]), _places(0, 1));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.AlreadyRefunded.selector, TASK));
        _manager.credit(_revealed[1], 1, branch, receipts);
        _deploy();
        _publish();
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.WrongStatus.selector, TASK, TaskStatus.Open));
        _manager.credit(_revealed[1], 1, branch, receipts);
        _complete(7, 3);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.WrongStatus.selector, TASK, TaskStatus.Completed));
        _manager.credit(_revealed[1], 1, branch, receipts);
    }

    /// @dev Worker 0 revealed last, worker 4 first.
    function _positionOf(uint32 index) private pure returns (uint32) {
        return index == 0 ? 4 : index == 4 ? 0 : index;
    }

    function _branchOf(uint32 position) private view returns (bytes32[] memory) {
        return NaiveMerkle.branch(_leaves(_revealed), IncrementalMerkle.depthOf(5), position);
    }

    /// @dev The update of `reveals` at `place`, with good receipts, does not pass at `position`.
    function _isInvalid(
        RevealedUpdate[] memory reveals,
        uint32 place,
        uint32 position,
        bytes32[] memory branch
    ) private {
        bytes memory receipts = _receipts(Leaves.ofUpdate(reveals[place]), _places(0, 1));
        vm.expectRevert(abi.encodeWithSelector(ICreditCheck.InvalidReveal.selector, TASK, VIRTUAL, reveals[place].index));
        _manager.credit(reveals[place], position, branch, receipts);
    }

    function _refusesReceipts(uint8[] memory places) private {
        bytes32[] memory branch = _branchOf(1);
        bytes memory receipts = _receipts(Leaves.ofUpdate(_revealed[1]), places);
        vm.expectRevert(abi.encodeWithSelector(ICreditCheck.InvalidReveal.selector, TASK, VIRTUAL, 1));
        _manager.credit(_revealed[1], 1, branch, receipts);
    }
}
