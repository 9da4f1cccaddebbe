// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {AoIWork} from "../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {Draws} from "../../../contracts/types/Draws.sol";
import {MessageKind, SettlementReport, TaskEnded, TaskStatus} from "../../../contracts/types/Messages.sol";
import {Sampling, TaskId, TaskTerms, WorkRecord} from "../../../contracts/types/TaskTypes.sol";
import {MockGateway} from "../MockGateway.sol";
import {TaskManagerFixture} from "./TaskManagerFixture.sol";
import {BlockingToken, CallbackToken} from "./Tokens.sol";

contract ExpireTest is TaskManagerFixture {
    function setUp() external {
        _deploy();
        _publish();
    }

    function test_expire() external {
        vm.warp(DEADLINE);
        vm.expectEmit(address(_manager));
        emit ITaskManager.TaskClosed(TASK, TaskStatus.Expired, 0, _terms().initialModel);
        vm.prank(account("anyone"));
        _manager.expire(TASK);
        assertEq(uint8(_task().status), uint8(TaskStatus.Expired), "status");
        assertEq(_task().endedAt, DEADLINE, "ended at");
        MockGateway.Sent memory sent = _gateway.last();
        assertEq(uint8(sent.kind), uint8(MessageKind.TaskEnded), "kind");
        assertEq(sent.body, abi.encode(TaskEnded(TASK, TaskStatus.Expired, _terms().initialModel)), "body");
    }

    function test_RevertWhen_DeadlineIsNotReached() external {
        vm.warp(DEADLINE - 1);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.DeadlineNotReached.selector, TASK, DEADLINE));
        _manager.expire(TASK);
    }

    function test_RevertWhen_TaskIsNotOpen() external {
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.WrongStatus.selector, TaskId.wrap(2), TaskStatus.None));
        _manager.expire(TaskId.wrap(2));
        vm.warp(DEADLINE);
        _manager.expire(TASK);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.WrongStatus.selector, TASK, TaskStatus.Expired));
        _manager.expire(TASK);
    }
}

contract RejectTest is TaskManagerFixture {
    function setUp() external {
        _deploy();
        _publish();
    }

    function test_reject() external {
        vm.expectEmit(address(_manager));
        emit ITaskManager.TaskRefused(TASK, "reason");
        _reject(TASK);
        assertEq(uint8(_task().status), uint8(TaskStatus.Rejected), "status");
        assertEq(_task().endedAt, NOW, "ended at");
        assertEq(_gateway.count(), 1, "nothing is sent on");
    }

    function test_reject_ComesLateForATaskThatIsNotOpen() external {
        vm.warp(DEADLINE);
        _manager.expire(TASK);
        bytes32 receiveId = _gateway.nextReceiveId();
        vm.expectEmit(address(_manager));
        emit ITaskManager.LateMessage(TASK, RELAY, receiveId);
        _reject(TASK);
        assertEq(uint8(_task().status), uint8(TaskStatus.Expired), "status");
    }
}

contract SettleTest is TaskManagerFixture {
    function setUp() external {
        _deploy();
        _publish();
    }

    function test_settle() external {
        vm.expectEmit(address(_manager));
        emit ITaskManager.EpochSettled(TASK, VIRTUAL, keccak256("root"), 4);
        _settleWith(TASK, VIRTUAL, 4);
        _settleWith(TASK, PHYSICAL, WORKERS);
        ITaskManager.Settled memory settled = _manager.settlementOf(TASK, VIRTUAL);
        assertEq(abi.encode(settled), abi.encode(ITaskManager.Settled(keccak256("root"), 4, NOW)), "settlement");
        assertEq(_task().workers, WORKERS + 4, "workers");
    }

    function test_settle_ComesLateWhenItCameBefore() external {
        _settleWith(TASK, VIRTUAL, 4);
        _isLate(TASK, VIRTUAL);
        assertEq(_manager.settlementOf(TASK, VIRTUAL).workers, 4, "the first stands");
        assertEq(_task().workers, 4, "workers");
    }

    function test_settle_ComesLateForAnUnknownTaskOrChain() external {
        _isLate(TaskId.wrap(2), VIRTUAL);
        _isLate(TASK, VIRTUAL + 7);
    }

    function test_settle_ComesLateForARejectedOrRefundedTask() external {
        _reject(TASK);
        _isLate(TASK, VIRTUAL);
        assertEq(_manager.settlementOf(TASK, VIRTUAL).receivedAt, 0, "not taken");
        TaskId second = _publish();
        vm.warp(DEADLINE);
        _manager.expire(second);
        vm.warp(DEADLINE + CLAIM + SILENCE);
        _manager.refund(second);
        _isLate(second, VIRTUAL);
        assertEq(_manager.settlementOf(second, VIRTUAL).receivedAt, 0, "not taken");
    }

    function test_RevertWhen_ThereAreTooManyWorkers() external {
        vm.expectRevert(
            abi.encodeWithSelector(ITaskManager.TooManyWorkers.selector, TASK, VIRTUAL, WORKERS + 1)
        );
        _settleWith(TASK, VIRTUAL, WORKERS + 1);
    }

    function _isLate(TaskId task, uint64 chainId) private {
        bytes32 receiveId = _gateway.nextReceiveId();
        vm.expectEmit(address(_manager));
        emit ITaskManager.LateMessage(task, chainId, receiveId);
        _settleWith(task, chainId, 5);
    }

    function _settleWith(TaskId task, uint64 chainId, uint32 workers) private {
        _settle(task, chainId, workers, keccak256("root"));
    }
}

contract ClaimTest is TaskManagerFixture {
    function setUp() external {
        _deploy();
        _publish();
    }

    /// @dev Who has claimed stands behind the bits of all rounds, which here are all set.
    function test_claim_MarksTheWorkerAlone_AtTheBordersOfWords() external {
        uint32[7] memory sizes = [uint32(1), 2, 64, 85, 86, 128, 256];
        for (uint256 i = 0; i < sizes.length; ++i) {
            uint32 size = sizes[i];
            TaskTerms memory terms = _terms();
            terms.maxWorkers = size;
            _restart(terms);
            uint256 all = type(uint256).max >> (256 - size);
            for (uint16 round = 0; round < 3; ++round) {
                _reportBoth(round, size);
                _finalize(round, _aggregate(all, all));
            }
            Done[] memory done = _done(VIRTUAL, size, EPOCH);
            _settle(done, VIRTUAL);
            uint32[3] memory claims = [size - 1, 0, size / 2];
            for (uint256 n = 0; n < 3; ++n) {
                bool before = _manager.isClaimed(TASK, VIRTUAL, claims[n]);
                if (before) {
                    vm.expectRevert(
                        abi.encodeWithSelector(ITaskManager.AlreadyClaimed.selector, TASK, VIRTUAL, claims[n])
                    );
                }
                _claim(done, claims[n]);
            }
            for (uint32 index = 0; index < size + 300; ++index) {
                bool claimed = index == 0 || index == size / 2 || index == size - 1;
                assertTrue(_manager.isClaimed(TASK, VIRTUAL, index) == (claimed && index < size), "claimed");
                assertFalse(_manager.isClaimed(TASK, PHYSICAL, index), "on the other chain");
                if (index < size) assertEq(_manager.acceptedRounds(TASK, VIRTUAL, index), 3, "accepted rounds");
            }
            assertEq(_task().claims, size < 3 ? size : 3, "claims");
        }
    }

    function test_claim() external {
        // Workers 0 to 4 took items 0, 1, 2, 0, 1; workers 0 to 2 were accepted in all three rounds.
        _complete(7, 0);
        Done[] memory done = _done(VIRTUAL, 5, 239);
        _settle(done, VIRTUAL);
        uint256[5] memory pays = [uint256(799), 1277, 1356, 0, 0];
        for (uint32 i = 0; i < 5; ++i) {
            vm.expectEmit(address(_manager));
            emit ITaskManager.RewardClaimed(TASK, VIRTUAL, done[i].record.worker, i < 3 ? 3 : 0, pays[i]);
            vm.prank(account("anyone"));
            assertEq(_claim(done, i), pays[i], "amount");
            assertEq(_token.balanceOf(done[i].record.worker), pays[i], "balance");
            assertTrue(_manager.isClaimed(TASK, VIRTUAL, i), "claimed");
        }
        assertEq(_task().claims, 5, "claims");
        assertEq(_account(TASK).paid, 799 + 1277 + 1356, "paid");
        assertEq(_held(TASK), BUDGET - 799 - 1277 - 1356, "held");
        assertFalse(_manager.isClaimed(TASK, PHYSICAL, 0), "the other chain's are apart");
    }

    function test_claim_PaysTheBonusForAWholeEpochAndAllRounds() external {
        _complete(3, 0);
        Done[] memory done = _done(VIRTUAL, 2, EPOCH);
        _settle(done, VIRTUAL);
        assertEq(_claim(done, 0), 1003 + BONUS, "amount");
        assertEq(_claim(done, 1), 1603 + BONUS, "amount");
    }

    function test_claim_OfOneWorkerNeedsNoBranch() external {
        _complete(3, 1);
        Done[] memory done = _done(PHYSICAL, 1, EPOCH);
        _settle(done, PHYSICAL);
        assertEq(_claim(done, 0), 1003 + BONUS, "amount");
    }

    function test_claim_CountsTheFinalizedRoundsOfACompletedTask() external {
        _reportBoth(0, 5);
        ITaskManager.Aggregate memory aggregate = _aggregate(3, 0);
        aggregate.scorePpb = 950_000_000;
        _finalize(0, aggregate);
        Done[] memory done = _done(VIRTUAL, 3, EPOCH);
        _settle(done, VIRTUAL);
        assertEq(_claim(done, 0), 1003 + BONUS, "one of one");
        assertEq(_claim(done, 2), 0, "none of one");
    }

    function test_claim_CountsThePlannedRoundsOfAnExpiredTask() external {
        _reportBoth(0, 5);
        _finalize(0, _aggregate(3, 0));
        vm.warp(DEADLINE);
        _manager.expire(TASK);
        Done[] memory done = _done(VIRTUAL, 3, EPOCH);
        _settle(done, VIRTUAL);
        assertEq(_claimOwn(done, 0), 334, "one of three");
    }

    /// @dev Of five workers one is drawn for each of three rounds.
    function test_claim_CountsTheRoundsThatAWorkerIsDrawnFor() external {
        _claimDrawn(Sampling.Uniform);
    }

    /// @dev Three have a turn, and two have none yet.
    function test_claim_CountsTheTurnsOfAWorker() external {
        assertEq(_claimDrawn(Sampling.Freshness), 2, "never drawn");
    }

    function _claimDrawn(Sampling sampling) private returns (uint256 never) {
        bytes32 beacon = _restartWithDraws(sampling, 1);
        // Every one of the first two rounds takes all, as if the aggregators conspired; the third none.
        _completeRounds(0x1f);
        Done[] memory done = _done(VIRTUAL, 5, EPOCH);
        _settleWithBeacon(done, beacon);
        for (uint32 i = 0; i < 5; ++i) {
            uint256 drawn = Draws.drawnRounds(sampling, beacon, 3, i, 5, 1);
            uint256 taken = drawn < 2 ? drawn : 2;
            // Never drawn: as if taken in each.
            if (drawn == 0) {
                (taken, drawn) = (3, 3);
                ++never;
            }
            uint256 reward = _menu()[i % 3].reward;
            uint256 due = taken == drawn ? reward + BONUS : (reward * taken) / drawn;
            assertEq(_claim(done, i), due, "amount");
        }
    }

    /// @dev A worker that was never drawn is paid for the finalized rounds of those planned, as it was ready in them.
    function test_claim_OfAWorkerThatWasNeverDrawn_AfterATaskExpired() external {
        bytes32 beacon = _restartWithDraws(Sampling.Uniform, 1);
        _reportBoth(0, 5);
        _finalize(0, _aggregate(5, 0));
        vm.warp(DEADLINE);
        _manager.expire(TASK);
        Done[] memory done = _done(VIRTUAL, 5, EPOCH);
        _settleWithBeacon(done, beacon);
        uint256 never = 0;
        for (uint32 i = 0; i < 5; ++i) {
            if (Draws.drawnRounds(Sampling.Uniform, beacon, 3, i, 5, 1) != 0) continue;
            ++never;
            assertEq(_claimOwn(done, i), _menu()[i % 3].reward / 3, "one of three");
        }
        assertTrue(never >= 2, "three rounds draw three workers at the most");
    }

    /// @dev Where no more enrolled than are drawn all rounds count, whatever a settlement says of a beacon.
    function testFuzz_claim_WhereAllThatEnrolledAreDrawn(bool fresh, bytes32 told) external {
        _restartWithDraws(fresh ? Sampling.Freshness : Sampling.Uniform, 5);
        _completeRounds(0x1f);
        Done[] memory done = _done(VIRTUAL, 5, EPOCH);
        _settleWithBeacon(done, told);
        for (uint32 i = 0; i < 5; ++i) assertEq(_claim(done, i), (_menu()[i % 3].reward * 2) / 3, "two of three");
    }

    /// @dev Anyone can draw it, so nobody is paid where nobody did.
    function test_claim_WhereNoBeaconWasDrawn() external {
        _restartWithDraws(Sampling.Uniform, 1);
        _reportBoth(0, 0);
        _reportBoth(1, 0);
        _reportBoth(2, 0);
        ITaskManager.Aggregate memory none = _aggregate(0, 0);
        none.globalModel = _terms().initialModel;
        for (uint16 round = 0; round < 3; ++round) _finalize(round, none);
        Done[] memory done = _done(VIRTUAL, 5, EPOCH);
        _settleWithBeacon(done, 0);
        assertEq(_claim(done, 0), 0, "nothing");
    }

    function _restartWithDraws(Sampling sampling, uint16 drawn) private returns (bytes32) {
        TaskTerms memory terms = _terms();
        (terms.sampling, terms.workersPerRound, terms.minUpdates, terms.targetScorePpb) = (sampling, drawn, 1, 0);
        _restart(terms);
        return keccak256("beacon");
    }

    /// @dev Three rounds, of which the first two take workers of the first subchain.
    function _completeRounds(uint256 fromVirtual) private {
        for (uint16 round = 0; round < 3; ++round) {
            _reportBoth(round, 5);
            ITaskManager.Aggregate memory aggregate = _aggregate(round < 2 ? fromVirtual : 0, 0);
            if (round == 2) aggregate.globalModel = _task().globalModel;
            _finalize(round, aggregate);
        }
    }

    function _settleWithBeacon(Done[] memory done, bytes32 beacon) private {
        _inject(
            MessageKind.EpochSettled,
            abi.encode(SettlementReport(VIRTUAL, TASK, uint32(done.length), _rootOf(done), beacon, _totals()))
        );
        assertEq(_manager.beaconOf(TASK, VIRTUAL), beacon, "told");
    }

    function test_claim_OfASettlementThatCameBeforeTheEnd() external {
        Done[] memory done = _done(VIRTUAL, 5, EPOCH);
        _settle(done, VIRTUAL);
        _complete(7, 0);
        assertEq(_claim(done, 2), WORST_CASE, "amount");
    }

    /// @dev Every worker of both chains earns the most, and the budget covers it to the last wei.
    function test_claim_AllOfTheBudget() external {
        TaskTerms memory terms = _terms();
        terms.maxWorkers = 4;
        TaskId second = _publish(terms);
        for (uint16 round = 0; round < 3; ++round) {
            for (uint256 chain = 0; chain < 2; ++chain) _report(second, round, terms.subchains[chain], 4);
            _agree(_manager, second, round, _aggregate(15, 15));
        }
        for (uint256 chain = 0; chain < 2; ++chain) {
            uint64 chainId = terms.subchains[chain];
            Done[] memory done = _done(chainId, 4, EPOCH);
            for (uint256 i = 0; i < 4; ++i) {
                done[i].record.task = second;
                _setWork(done[i], abi.encode(AoIWork(2, EPOCH, 0)));
            }
            _settle(second, chainId, 4, _rootOf(done));
            for (uint32 i = 0; i < 4; ++i) assertEq(_claim(done, i), WORST_CASE, "most");
        }
        assertEq(_held(second), 0, "all paid out");
        assertEq(_held(TASK), BUDGET, "the other task's is whole");
        assertEq(_manager.refund(second), 0, "nothing is left");
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.AlreadyRefunded.selector, second));
        _manager.refund(second);
    }

    function test_RevertWhen_TaskHasNotEnded() external {
        Done[] memory done = _done(VIRTUAL, 5, EPOCH);
        _settle(done, VIRTUAL);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.WrongStatus.selector, TASK, TaskStatus.Open));
        _claim(done, 0);
        _reject(TASK);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.WrongStatus.selector, TASK, TaskStatus.Rejected));
        _claim(done, 0);
        done[0].record.task = TaskId.wrap(2);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.WrongStatus.selector, TaskId.wrap(2), TaskStatus.None));
        _claim(done, 0);
    }

    function test_RevertWhen_SubchainHasNotSettled() external {
        _complete(7, 3);
        Done[] memory done = _done(VIRTUAL, 5, EPOCH);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.NotSettled.selector, TASK, VIRTUAL));
        _claim(done, 0);
    }

    function test_RevertWhen_ClaimedTwice() external {
        _complete(7, 3);
        Done[] memory done = _done(VIRTUAL, 5, EPOCH);
        _settle(done, VIRTUAL);
        _claim(done, 0);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.AlreadyClaimed.selector, TASK, VIRTUAL, 0));
        _claim(done, 0);
        assertEq(_task().claims, 1, "claims");
    }

    function test_RevertWhen_RecordIsChanged() external {
        _complete(7, 3);
        Done[] memory done = _done(VIRTUAL, 5, 200);
        _settle(done, VIRTUAL);
        Done memory one = done[3];
        bytes32[] memory branch = _branch(done, 3);
        address worker = one.record.worker;
        one.record.worker = account("thief");
        _isInvalid(one, branch);
        (one.record.worker, one.record.index) = (worker, 2);
        _isInvalid(one, branch);
        one.record.index = 3;
        _setWork(one, abi.encode(AoIWork(2, 200, 0)));
        _isInvalid(one, branch);
        _setWork(one, abi.encode(AoIWork(0, EPOCH, 0)));
        _isInvalid(one, branch);
        _setWork(one, abi.encode(AoIWork(0, 200, 1)));
        _isInvalid(one, branch);
        _setWork(one, abi.encode(AoIWork(0, 200, 0)));
        _manager.claim(one.record, branch, one.work, _noScore());
    }

    /// @dev What is claimed for is what the record holds the hash of, to the last byte.
    function test_RevertWhen_WorkIsNotTheRecords() external {
        _complete(15, 3);
        Done[] memory done = _done(VIRTUAL, 5, 200);
        _settle(done, VIRTUAL);
        bytes memory work = done[3].work;
        bytes[4] memory others = [abi.encode(AoIWork(2, EPOCH, 0)), bytes(""), bytes.concat(work, hex"00"), done[4].work];
        for (uint256 i = 0; i < others.length; ++i) {
            done[3].work = others[i];
            _isInvalid(done[3], _branch(done, 3));
        }
        done[3].work = work;
        assertEq(_claim(done, 3), 668, "the record's");
    }

    /// @dev A subchain may state the hash of anything. It harms its own worker only.
    function test_RevertWhen_WorkDoesNotDecode() external {
        _complete(7, 3);
        Done[] memory done = _done(VIRTUAL, 2, EPOCH);
        _setWork(done[0], hex"1234");
        _settle(done, VIRTUAL);
        vm.expectRevert();
        _claim(done, 0);
        _claim(done, 1);
        assertFalse(_manager.isClaimed(TASK, VIRTUAL, 0), "not claimed");
        _settle(new Done[](0), PHYSICAL);
        vm.warp(START + EPOCH + CLAIM);
        assertEq(_manager.refund(TASK), BUDGET - 1603 - BONUS, "the rest goes back after the claim period");
    }

    function test_RevertWhen_BranchIsWrong() external {
        _complete(7, 3);
        Done[] memory done = _done(VIRTUAL, 5, 200);
        _settle(done, VIRTUAL);
        _isInvalid(done[3], _branch(done, 2));
        _isInvalid(done[3], new bytes32[](0));
        bytes32[] memory branch = _branch(done, 3);
        bytes32[] memory longer = new bytes32[](4);
        for (uint256 i = 0; i < 3; ++i) longer[i] = branch[i];
        _isInvalid(done[3], longer);
    }

    /// @dev An inner node, or a place past the workers, passes for no record.
    function test_RevertWhen_IndexIsPastTheWorkers() external {
        _complete(7, 3);
        Done[] memory done = _done(VIRTUAL, 5, 200);
        _settle(done, VIRTUAL);
        bytes32[] memory branch = _branch(done, 4);
        done[4].record.index = 5;
        _isInvalid(done[4], branch);
        done[4].record.index = 4 + 8;
        _isInvalid(done[4], branch);
    }

    /// @dev A subchain that states fewer workers than its root has gets no more records paid.
    function test_RevertWhen_TheRootHasMoreRecordsThanWorkersAreStated() external {
        _complete(127, 3);
        Done[] memory done = _done(VIRTUAL, 8, EPOCH);
        _settle(TASK, VIRTUAL, 5, _rootOf(done));
        _isInvalid(done[5], _branch(done, 5));
        _claim(done, 4);
    }

    function test_RevertWhen_TheRootIsDeeperThanTheWorkersNeed() external {
        _complete(7, 3);
        Done[] memory done = _done(VIRTUAL, 9, EPOCH);
        _settle(TASK, VIRTUAL, 5, _rootOf(done));
        _isInvalid(done[0], _branch(done, 0));
    }

    function test_RevertWhen_ThereAreNoWorkers() external {
        _complete(7, 3);
        _settle(new Done[](0), VIRTUAL);
        Done[] memory done = _done(VIRTUAL, 1, 200);
        _isInvalid(done[0], new bytes32[](0));
    }

    function test_RevertWhen_ProofIsOfAnotherChain() external {
        _complete(7, 3);
        Done[] memory virtual_ = _done(VIRTUAL, 5, 200);
        Done[] memory physical = _done(PHYSICAL, 5, 100);
        _settle(virtual_, VIRTUAL);
        _settle(physical, PHYSICAL);
        bytes32[] memory branch = _branch(virtual_, 1);
        virtual_[1].record.chainId = PHYSICAL;
        _isInvalid(virtual_[1], branch);
        _isInvalid(virtual_[1], _branch(physical, 1));
        virtual_[1].record.chainId = VIRTUAL;
        _claim(virtual_, 1);
        _claim(physical, 1);
    }

    function test_RevertWhen_ClaimedAfterTheRefund() external {
        _complete(7, 3);
        Done[] memory done = _done(VIRTUAL, 5, EPOCH);
        _settle(done, VIRTUAL);
        _settle(new Done[](0), PHYSICAL);
        vm.warp(START + EPOCH + CLAIM);
        _manager.refund(TASK);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.AlreadyRefunded.selector, TASK));
        _claim(done, 0);
    }

    function test_claim_IsNotReentered() external {
        CallbackToken token = new CallbackToken(PUBLISHER);
        _restart(token);
        _complete(7, 0);
        Done[] memory done = _done(VIRTUAL, 5, EPOCH);
        _settle(done, VIRTUAL);
        bytes memory inner = abi.encodeCall(
            ITaskManager.claim,
            (done[0].record, _branch(done, 0), done[0].work, _noScore())
        );
        token.prepare(address(_manager), inner, 0);
        _claim(done, 0);
        assertTrue(token.called(), "called");
        assertFalse(token.succeeded(), "refused inside");
        assertEq(token.answer(), abi.encodeWithSelector(ITaskManager.AlreadyClaimed.selector, TASK, VIRTUAL, 0), "why");
        assertEq(_account(TASK).paid, 1003 + BONUS, "paid once");
    }

    /// @dev A worker that the token refuses harms only itself.
    function test_claim_OfABlockedWorkerLeavesTheOthers() external {
        BlockingToken token = new BlockingToken(PUBLISHER);
        _restart(token);
        _complete(7, 0);
        Done[] memory done = _done(VIRTUAL, 5, EPOCH);
        _settle(done, VIRTUAL);
        token.block_(done[0].record.worker, true);
        vm.expectRevert(abi.encodeWithSelector(BlockingToken.Blocked.selector, done[0].record.worker));
        _claim(done, 0);
        _claim(done, 1);
        token.block_(done[0].record.worker, false);
        _claim(done, 0);
    }

    function testFuzz_claim(uint256 seed, uint32 workers, uint64 covered) external {
        workers = uint32(bound(workers, 1, 20));
        covered = uint64(bound(covered, 0, EPOCH));
        uint256[3] memory taken;
        for (uint16 round = 0; round < 3; ++round) {
            taken[round] = (draw(seed, round) & ((1 << workers) - 1)) | 3;
            _report(TASK, round, VIRTUAL, 20);
            _report(TASK, round, PHYSICAL, 0);
            _finalize(round, _aggregate(taken[round], 0));
        }
        Done[] memory done = _done(VIRTUAL, workers, covered);
        _settle(done, VIRTUAL);
        uint32 index = uint32(seed % workers);
        uint256 accepted = 0;
        for (uint256 round = 0; round < 3; ++round) accepted += (taken[round] >> index) & 1;
        assertEq(_manager.acceptedRounds(TASK, VIRTUAL, index), accepted, "accepted");
        uint256 pay = (uint256(_menu()[index % 3].reward) * covered * accepted) / (uint256(EPOCH) * 3);
        if (covered == EPOCH && accepted == 3) pay += BONUS;
        assertEq(_claim(done, index), pay, "amount");
    }

    function _isInvalid(Done memory done, bytes32[] memory branch) private {
        WorkRecord memory record = done.record;
        vm.expectRevert(
            abi.encodeWithSelector(ITaskManager.InvalidRecord.selector, TASK, record.chainId, record.index)
        );
        _manager.claim(record, branch, done.work, _noScore());
    }
}

contract RefundTest is TaskManagerFixture {
    function setUp() external {
        _deploy();
        _publish();
    }

    function test_refund_OfARejectedTaskAtOnce() external {
        _reject(TASK);
        _refunds(BUDGET);
    }

    /// @dev What was revealed in the round that was open may be owed.
    function test_refund_OfATaskThatExpiredWithoutARound() external {
        vm.warp(DEADLINE);
        _manager.expire(TASK);
        _isRefused(DEADLINE + CLAIM + SILENCE);
        vm.warp(DEADLINE + CLAIM + SILENCE - 1);
        _isRefused(DEADLINE + CLAIM + SILENCE);
        vm.warp(DEADLINE + CLAIM + SILENCE);
        _refunds(BUDGET);
    }

    function test_refund_OnceAllHaveClaimed() external {
        _complete(7, 3);
        Done[] memory virtual_ = _done(VIRTUAL, 2, EPOCH);
        Done[] memory physical = _done(PHYSICAL, 1, EPOCH);
        _settle(virtual_, VIRTUAL);
        _claim(virtual_, 0);
        _isRefused(START + EPOCH + CLAIM + SILENCE);
        _claim(virtual_, 1);
        // All that settled have claimed, and the physical subchain has not settled.
        _isRefused(START + EPOCH + CLAIM + SILENCE);
        _settle(physical, PHYSICAL);
        _isRefused(START + EPOCH + CLAIM);
        _claim(physical, 0);
        _refunds(BUDGET - 2 * (1003 + BONUS) - (1603 + BONUS));
    }

    function test_refund_OnceChainsWithoutWorkersHaveSettled() external {
        _complete(7, 3);
        _settle(new Done[](0), VIRTUAL);
        _isRefused(START + EPOCH + CLAIM + SILENCE);
        _settle(new Done[](0), PHYSICAL);
        assertEq(_manager.heldUntil(TASK), 0, "held no more");
        _refunds(BUDGET);
    }

    /// @dev Whenever it arrives: a subchain or a relayer that is late takes nothing of the time to claim.
    function test_refund_CountsTheClaimPeriodFromTheLastSettlement() external {
        _complete(7, 3);
        Done[] memory done = _done(VIRTUAL, 3, EPOCH);
        vm.warp(START + EPOCH + CLAIM + SILENCE - 1);
        _settle(new Done[](0), PHYSICAL);
        vm.warp(START + EPOCH + CLAIM + SILENCE);
        assertEq(_manager.heldUntil(TASK), START + EPOCH + 2 * CLAIM + SILENCE - 1, "one is missing");
        _settle(done, VIRTUAL);
        _isRefused(START + EPOCH + 2 * CLAIM + SILENCE);
        vm.warp(START + EPOCH + 2 * CLAIM + SILENCE - 1);
        assertEq(_claim(done, 2), WORST_CASE, "paid");
        vm.warp(START + EPOCH + 2 * CLAIM + SILENCE);
        _refunds(BUDGET - WORST_CASE);
    }

    /// @dev Nothing can arrive meanwhile, so the claim period begins anew when it opens.
    function test_refund_WaitsWhileTheRouteIsClosed() external {
        _complete(7, 3);
        _settle(_done(VIRTUAL, 3, EPOCH), VIRTUAL);
        _settle(new Done[](0), PHYSICAL);
        vm.warp(START + EPOCH + CLAIM);
        _gateway.setOpenSince(0);
        _isRefused(type(uint48).max);
        vm.warp(START + 10 * CLAIM);
        _isRefused(type(uint48).max);
        _gateway.setOpenSince(START + 10 * CLAIM);
        _isRefused(START + 11 * CLAIM);
        vm.warp(START + 11 * CLAIM);
        _refunds(BUDGET);
    }

    function test_refund_AfterTheClaimPeriod() external {
        _complete(7, 3);
        Done[] memory done = _done(VIRTUAL, 3, EPOCH);
        vm.warp(START + EPOCH);
        _settle(new Done[](0), PHYSICAL);
        _settle(done, VIRTUAL);
        _claim(done, 0);
        vm.warp(START + EPOCH + CLAIM - 1);
        _isRefused(START + EPOCH + CLAIM);
        vm.warp(START + EPOCH + CLAIM);
        _refunds(BUDGET - 1003 - BONUS);
    }

    /// @dev No subchain can settle before the epoch is over, so the claim period does not begin before.
    function test_refund_OfATaskThatEndedEarlyWaitsForItsEpoch() external {
        TaskTerms memory terms = _terms();
        terms.schedule.claimSeconds = 10;
        _restart(terms);
        vm.warp(START + 50);
        _complete(7, 3);
        assertEq(_task().endedAt, START + 50, "ended at");
        vm.warp(START + 60);
        _isRefused(START + EPOCH + 10 + SILENCE);
        vm.warp(START + EPOCH);
        Done[] memory done = _done(VIRTUAL, 3, EPOCH);
        _settle(new Done[](0), PHYSICAL);
        _settle(done, VIRTUAL);
        assertEq(_claim(done, 2), WORST_CASE, "paid");
        vm.warp(START + EPOCH + 10);
        _refunds(BUDGET - WORST_CASE);
    }

    function test_refund_OfATaskThatEndedLateCountsFromItsEnd() external {
        _reportBoth(0, 5);
        _finalize(0, _aggregate(7, 3));
        vm.warp(DEADLINE + 5);
        _manager.expire(TASK);
        _settle(_done(VIRTUAL, 3, EPOCH), VIRTUAL);
        _settle(new Done[](0), PHYSICAL);
        vm.warp(DEADLINE + 5 + CLAIM - 1);
        _isRefused(DEADLINE + 5 + CLAIM);
        vm.warp(DEADLINE + 5 + CLAIM);
        _refunds(BUDGET);
    }

    /// @dev The longest times must not keep a rejected task's budget.
    function test_refund_OfARejectedTaskWithTheLongestTimes() external {
        TaskTerms memory terms = _terms();
        terms.schedule.startTime = NOW + 366 days;
        terms.schedule.deadline = NOW + 2 * 366 days;
        terms.schedule.claimSeconds = 366 days;
        _restart(terms);
        _reject(TASK);
        _refunds(BUDGET);
    }

    function test_refund_LeavesOtherTasks() external {
        _publish();
        _reject(TASK);
        _refunds(BUDGET);
        assertEq(_held(TaskId.wrap(2)), BUDGET, "held");
        assertEq(_token.balanceOf(address(_escrow)), BUDGET, "balance");
    }

    function test_refund_IsNotReentered() external {
        CallbackToken token = new CallbackToken(PUBLISHER);
        _restart(token);
        _publish(_terms(), token, BUDGET);
        _reject(TASK);
        token.prepare(address(_manager), abi.encodeCall(ITaskManager.refund, (TASK)), 0);
        _manager.refund(TASK);
        assertTrue(token.called(), "called");
        assertFalse(token.succeeded(), "refused inside");
        assertEq(token.answer(), abi.encodeWithSelector(ITaskManager.AlreadyRefunded.selector, TASK), "why");
        assertEq(token.balanceOf(address(_escrow)), BUDGET, "the other task's");
    }

    function test_RevertWhen_TaskHasNotEnded() external {
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.WrongStatus.selector, TASK, TaskStatus.Open));
        _manager.refund(TASK);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.WrongStatus.selector, TaskId.wrap(2), TaskStatus.None));
        _manager.refund(TaskId.wrap(2));
    }

    function test_RevertWhen_RefundedTwice() external {
        _reject(TASK);
        _refunds(BUDGET);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.AlreadyRefunded.selector, TASK));
        _manager.refund(TASK);
    }

    function _refunds(uint256 amount) private {
        uint256 before = _token.balanceOf(PUBLISHER);
        vm.expectEmit(address(_escrow));
        emit IRewardEscrow.Refunded(address(_manager), 1, PUBLISHER, amount);
        vm.prank(account("anyone"));
        assertEq(_manager.refund(TASK), amount, "amount");
        assertEq(_token.balanceOf(PUBLISHER) - before, amount, "balance");
        assertEq(_held(TASK), 0, "held");
    }

    function _isRefused(uint48 until) private {
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.ClaimsOpen.selector, TASK, until));
        _manager.refund(TASK);
    }
}
