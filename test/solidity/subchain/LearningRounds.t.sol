// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CrossChainApp} from "../../../contracts/gateway/CrossChainApp.sol";
import {IncrementalMerkle} from "../../../contracts/gateway/IncrementalMerkle.sol";
import {ILearningSubchain} from "../../../contracts/interfaces/ILearningSubchain.sol";
import {IMeterRegistry} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {MessageKind, RoundReport, TaskOpened, TaskStatus} from "../../../contracts/types/Messages.sol";
import {RevealedUpdate, Space, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {MockGateway} from "../MockGateway.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {FlatMechanism} from "../mechanisms/dummy/FlatMechanism.sol";
import {FlatMeter} from "../mechanisms/dummy/FlatMeter.sol";
import {SubchainFixture} from "./SubchainFixture.sol";

contract SubchainMessagesTest is SubchainFixture {
    function setUp() external {
        _deploy(Space.Physical);
    }

    function test_taskOpened() external {
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.TaskArrived(TASK, _terms().specDigest, START, EPOCH);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.RoundStarted(TASK, 0, _terms().initialModel);
        _arrive();
        ILearningSubchain.Task memory expected = ILearningSubchain.Task({
            status: TaskStatus.Open,
            settled: false,
            hearsReveals: false,
            startTime: uint40(START),
            epochSeconds: EPOCH,
            meter: _meter,
            rounds: 3,
            quorumPpb: 750_000_000,
            maxWorkers: WORKERS,
            maxSamples: 10_000,
            commitSeconds: COMMIT,
            revealSeconds: REVEAL,
            enrolled: 0,
            recorded: 0,
            round: 0
        });
        assertEq(abi.encode(_subchain.taskOf(TASK)), abi.encode(expected), "task");
        uint32[] memory periods = _meter.periodsOf(address(_subchain), TASK);
        assertTrue(periods.length == 3 && periods[0] == 60 && periods[1] == 30 && periods[2] == 20, "periods");
        assertEq(_round(0).openedAt, START, "round 0 opens with the epoch");
        assertEq(_round(0).globalModel, _terms().initialModel, "its model");
    }

    function test_RevertWhen_TaskArrivesTwice() external {
        _arrive();
        bytes memory body = abi.encode(TaskOpened(TASK, _terms(), _mechanismTerms()));
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.AlreadyArrived.selector, TASK));
        _inject(MessageKind.TaskOpened, body);
    }

    /// @dev It can be delivered again once the owner has added the meter.
    function test_RevertWhen_MeterIsUnknown() external {
        TaskTerms memory terms = _terms();
        terms.mechanism = FlatMechanism.ID;
        bytes memory body = abi.encode(TaskOpened(TASK, terms, ""));
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.UnknownMeter.selector, FlatMechanism.ID));
        _inject(MessageKind.TaskOpened, body);
        assertEq(uint8(_subchain.taskOf(TASK).status), uint8(TaskStatus.None), "not arrived");
        FlatMeter meter = new FlatMeter();
        vm.expectEmit(address(_subchain));
        emit IMeterRegistry.MeterAdded(FlatMechanism.ID, meter);
        _subchain.addMeter(meter);
        _inject(MessageKind.TaskOpened, body);
        assertEq(address(_subchain.taskOf(TASK).meter), address(meter), "arrived");
    }

    function test_roundOpened() external {
        _arrive();
        vm.warp(START + 100);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.RoundAbandoned(TASK, 0);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.RoundStarted(TASK, 1, _model(1));
        _nextRound(1);
        assertTrue(_round(0).closed, "closed");
        assertEq(_round(1).openedAt, START + 100, "opens when it arrives");
        assertEq(_round(1).globalModel, _model(1), "model");
        assertEq(_subchain.taskOf(TASK).round, 1, "round");
    }

    function test_RevertWhen_RoundOvertakesItsTaskOrAnotherRound() external {
        vm.expectRevert(CrossChainApp.NotYet.selector);
        _nextRound(1);
        _arrive();
        vm.expectRevert(CrossChainApp.NotYet.selector);
        _nextRound(2);
        _nextRound(1);
        vm.expectRevert(CrossChainApp.NotYet.selector);
        _nextRound(1);
        _nextRound(2);
    }

    function test_taskEnded() external {
        _arrive();
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.RoundAbandoned(TASK, 0);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.TaskFinished(TASK, TaskStatus.Completed, _model(99));
        _end(TaskStatus.Completed);
        assertEq(uint8(_subchain.taskOf(TASK).status), uint8(TaskStatus.Completed), "status");
    }

    /// @dev What was revealed can be credited on the main chain.
    function test_taskEnded_ReportsWhatWasRevealedBeforeTheTaskExpired() external {
        TaskStatus[2] memory statuses = [TaskStatus.Completed, TaskStatus.Expired];
        for (uint256 i = 0; i < 2; ++i) {
            _deploy(Space.Physical);
            _arrive();
            for (uint256 j = 0; j < 3; ++j) _enrol(j, 0);
            vm.warp(START);
            for (uint256 j = 0; j < 3; ++j) _commit(j, 0);
            for (uint256 j = 0; j < 2; ++j) _reveal(j, 0);
            _end(statuses[i]);
            assertTrue(_subchain.roundOf(TASK, 0).closed, "closed");
            assertEq(_gateway.count(), i, "reported when it expired");
        }
        RoundReport memory report = abi.decode(_gateway.last().body, (RoundReport));
        assertEq(report.revealed, 2, "revealed");
        assertNotEq(report.updatesRoot, 0, "root");
    }

    function test_roundOpened_ComesLateWhenTheTaskHasEnded() external {
        _arrive();
        TaskStatus[2] memory statuses = [TaskStatus.Completed, TaskStatus.Expired];
        for (uint256 i = 0; i < 2; ++i) {
            _deploy(Space.Physical);
            _arrive();
            _end(statuses[i]);
            bytes32 receiveId = _gateway.nextReceiveId();
            vm.expectEmit(address(_subchain));
            emit ILearningSubchain.LateMessage(TASK, receiveId);
            _nextRound(1);
            assertEq(_subchain.taskOf(TASK).round, 0, "no further round");
        }
    }

    function test_RevertWhen_EndOvertakesItsTask() external {
        vm.expectRevert(CrossChainApp.NotYet.selector);
        _end(TaskStatus.Completed);
    }

    function test_RevertWhen_KindDoesNotBelongHere() external {
        MessageKind[3] memory kinds = [MessageKind.RoundReported, MessageKind.EpochSettled, MessageKind.TaskRejected];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(CrossChainApp.UnexpectedMessage.selector, kinds[i], RELAY));
            _inject(kinds[i], "");
        }
    }
}

contract CommitTest is SubchainFixture {
    function setUp() external {
        _deploy(Space.Physical);
        _arrive();
        _enrolMany(4);
        vm.warp(START);
    }

    function test_commit() external {
        bytes32 commitment = _commitment(2, 0);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.UpdateCommitted(TASK, 0, _worker(2), commitment);
        _commit(2, 0);
        assertEq(_subchain.commitmentOf(TASK, 0, _worker(2)), commitment, "commitment");
        assertEq(_round(0).committed, 1, "committed");
        assertEq(_round(0).commitsClosedAt, 0, "still open");
    }

    function test_commit_ClosesThePhaseAtTheQuorum() external {
        _commit(0, 0);
        _commit(1, 0);
        vm.warp(START + 7);
        // Three of four are the 75 % that the task asks for.
        bytes32 commitment = _commitment(2, 0);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.UpdateCommitted(TASK, 0, _worker(2), commitment);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.CommitsClosed(TASK, 0, 3);
        _commit(2, 0);
        assertEq(_round(0).commitsClosedAt, START + 7, "closed at");
        _isRefused(3);
        _reveal(0, 0);
    }

    /// @dev A share p/q, rounded down to billionths, is p of q workers: 2 of 3, 5 of 7, 1 of 6.
    function test_commit_ClosesThePhaseAtAnyFractionOfTheWorkers() external {
        for (uint256 workers = 1; workers <= 7; ++workers) {
            for (uint256 quorum = 1; quorum <= workers; ++quorum) {
                vm.warp(START - 1);
                TaskTerms memory terms = _terms();
                terms.quorumPpb = uint32((1e9 * quorum) / workers);
                _deploy(Space.Physical);
                _arrive(terms);
                _enrolMany(workers);
                vm.warp(START);
                for (uint256 i = 0; i < quorum; ++i) {
                    assertEq(_round(0).commitsClosedAt, 0, "one is missing");
                    _commit(i, 0);
                }
                assertEq(_round(0).commitsClosedAt, START, "closed");
            }
        }
    }

    function test_commit_UntilThePhaseEnds() external {
        vm.warp(START + COMMIT - 1);
        _commit(0, 0);
        vm.warp(START + COMMIT);
        _isRefused(1);
    }

    function test_RevertWhen_ThePhaseHasNotBegun() external {
        vm.warp(START - 1);
        _isRefused(0);
    }

    function test_RevertWhen_TaskIsNotOpen() external {
        _end(TaskStatus.Expired);
        bytes32 commitment = _commitment(0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.TaskNotOpen.selector, TASK));
        vm.prank(_worker(0));
        _subchain.commit(TASK, 0, commitment);
    }

    function test_RevertWhen_RoundIsNotTheOpenOne() external {
        bytes32 commitment = _commitment(0, 1);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.RoundNotOpen.selector, TASK, 1));
        vm.prank(_worker(0));
        _subchain.commit(TASK, 1, commitment);
        _nextRound(1);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.RoundNotOpen.selector, TASK, 0));
        vm.prank(_worker(0));
        _subchain.commit(TASK, 0, commitment);
    }

    function test_RevertWhen_RoundIsClosed() external {
        vm.warp(START + COMMIT);
        _subchain.closeRound(TASK);
        bytes32 commitment = _commitment(0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.RoundNotOpen.selector, TASK, 0));
        vm.prank(_worker(0));
        _subchain.commit(TASK, 0, commitment);
    }

    function test_RevertWhen_WorkerIsNotEnrolled() external {
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.NotEnrolled.selector, TASK, _worker(7)));
        vm.prank(_worker(7));
        _subchain.commit(TASK, 0, keccak256("commitment"));
    }

    function test_RevertWhen_CommitmentIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.InvalidValue.selector, "commitment"));
        vm.prank(_worker(0));
        _subchain.commit(TASK, 0, 0);
    }

    function test_RevertWhen_CommittedTwice() external {
        _commit(0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.AlreadyCommitted.selector, TASK, 0, _worker(0)));
        vm.prank(_worker(0));
        _subchain.commit(TASK, 0, keccak256("another"));
    }

    /// @dev Nor after its reveal, which clears the commitment.
    function test_RevertWhen_CommittedAgainAfterTheReveal() external {
        TaskTerms memory terms = _terms();
        terms.quorumPpb = 250_000_000;
        _deploy(Space.Physical);
        _arrive(terms);
        _enrolMany(4);
        vm.warp(START);
        _commit(0, 0);
        _reveal(0, 0);
        bytes32 commitment = _commitment(0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.CommitPhaseClosed.selector, TASK, 0));
        vm.prank(_worker(0));
        _subchain.commit(TASK, 0, commitment);
    }

    function _isRefused(uint256 worker) private {
        bytes32 commitment = _commitment(worker, 0);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.CommitPhaseClosed.selector, TASK, 0));
        vm.prank(_worker(worker));
        _subchain.commit(TASK, 0, commitment);
    }
}

contract RevealTest is SubchainFixture {
    function setUp() external {
        _deploy(Space.Physical);
        _arrive();
        _enrolMany(4);
        vm.warp(START);
        for (uint256 i = 0; i < 2; ++i) _commit(i, 0);
        vm.warp(START + COMMIT);
    }

    function test_reveal() external {
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.UpdateRevealed(TASK, 0, _worker(1), 1, _update(1, 0), 100, ENGINE, "");
        _reveal(1, 0);
        assertEq(_round(0).revealed, 1, "revealed");
        assertEq(_subchain.commitmentOf(TASK, 0, _worker(1)), 0, "commitment");
    }

    function test_reveal_UntilThePhaseEnds() external {
        vm.warp(START + COMMIT - 1);
        _isRefused(START + COMMIT);
        vm.warp(START + COMMIT + REVEAL - 1);
        _reveal(0, 0);
        vm.warp(START + COMMIT + REVEAL);
        _isRefused(START + COMMIT);
    }

    function test_reveal_BeginsWhenTheQuorumHasCommitted() external {
        vm.warp(START + 5);
        _commit(2, 0);
        _reveal(1, 0);
        vm.warp(START + 5 + REVEAL);
        _isRefused(START + 5);
    }

    function test_RevertWhen_TaskIsNotOpen() external {
        _end(TaskStatus.Completed);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.TaskNotOpen.selector, TASK));
        _reveal(0, 0);
    }

    function test_RevertWhen_RoundIsNotTheOpenOne() external {
        _nextRound(1);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.RoundNotOpen.selector, TASK, 0));
        _reveal(0, 0);
    }

    function test_RevertWhen_NothingWasCommitted() external {
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.NothingToReveal.selector, TASK, 0, _worker(3)));
        _reveal(3, 0);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.NothingToReveal.selector, TASK, 0, _worker(8)));
        _reveal(8, 0);
    }

    function test_RevertWhen_RevealedTwice() external {
        _reveal(0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.NothingToReveal.selector, TASK, 0, _worker(0)));
        _reveal(0, 0);
    }

    function test_RevertWhen_AValueIsZeroOrTooLarge() external {
        vm.startPrank(_worker(0));
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.InvalidValue.selector, "update"));
        _subchain.reveal(TASK, 0, _opened(0, 100, ENGINE, SALT), "", "");
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.InvalidValue.selector, "samples"));
        _subchain.reveal(TASK, 0, _opened(_update(0, 0), 0, ENGINE, SALT), "", "");
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.InvalidValue.selector, "samples"));
        _subchain.reveal(TASK, 0, _opened(_update(0, 0), 10_001, ENGINE, SALT), "", "");
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.InvalidValue.selector, "engine"));
        _subchain.reveal(TASK, 0, _opened(_update(0, 0), 100, 0, SALT), "", "");
        // The AoI contract asks for none.
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.InvalidValue.selector, "evidence"));
        _subchain.reveal(TASK, 0, _opening(0, 0), hex"00", "");
        vm.stopPrank();
    }

    function test_RevertWhen_TheCommitmentIsNotOpened() external {
        _isMismatch(0, keccak256("another update"), 100, ENGINE, SALT);
        _isMismatch(0, _update(0, 0), 101, ENGINE, SALT);
        _isMismatch(0, _update(0, 0), 100, "fast/1 wasm 0.1.0", SALT);
        _isMismatch(0, _update(0, 0), 100, ENGINE, keccak256("another salt"));
        // A commitment copied from another worker does not open for the copier.
        bytes32 copied = _subchain.commitmentOf(TASK, 0, _worker(0));
        _nextRound(1);
        vm.prank(_worker(3));
        _subchain.commit(TASK, 1, copied);
        vm.warp(block.timestamp + COMMIT);
        RevealedUpdate memory revealed = _revealed(3, 1);
        revealed.update = _update(0, 0);
        bytes32 opened = Leaves.ofCommit(address(_subchain), revealed, SALT);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.CommitmentMismatch.selector, copied, opened));
        vm.prank(_worker(3));
        _subchain.reveal(TASK, 1, _opening(0, 0), "", "");
    }

    function test_RevertWhen_TheUpdateWasRevealedBefore() external {
        _reveal(0, 0);
        _nextRound(1);
        RevealedUpdate memory revealed = _revealed(1, 1);
        revealed.update = _update(0, 0);
        bytes32 commitment = Leaves.ofCommit(address(_subchain), revealed, SALT);
        vm.prank(_worker(1));
        _subchain.commit(TASK, 1, commitment);
        vm.warp(block.timestamp + COMMIT);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.UpdateNotDistinct.selector, TASK, _update(0, 0)));
        vm.prank(_worker(1));
        _subchain.reveal(TASK, 1, _opening(0, 0), "", "");
    }

    /// @dev Else whoever sees a reveal on its way could keep it out.
    function test_reveal_WhenAnotherWorkerRefreshedWithItsDigest() external {
        _refresh(1, _update(0, 0));
        _reveal(0, 0);
        assertEq(_round(0).revealed, 1, "revealed");
    }

    /// @dev Whatever a worker says of its engine is bound in its commitment, told in the event and under the root.
    function testFuzz_reveal(bytes32 engine, bytes32 another) external {
        if (engine == 0 || engine == another) return;
        _nextRound(1);
        RevealedUpdate memory revealed = _revealed(2, 1);
        revealed.engine = engine;
        bytes32 commitment = Leaves.ofCommit(address(_subchain), revealed, SALT);
        vm.prank(_worker(2));
        _subchain.commit(TASK, 1, commitment);
        vm.warp(block.timestamp + COMMIT);

        revealed.engine = another;
        bytes memory refusal = another == 0
            ? abi.encodeWithSelector(ILearningSubchain.InvalidValue.selector, "engine")
            : abi.encodeWithSelector(
                ILearningSubchain.CommitmentMismatch.selector,
                commitment,
                Leaves.ofCommit(address(_subchain), revealed, SALT)
            );
        vm.startPrank(_worker(2));
        vm.expectRevert(refusal);
        _subchain.reveal(TASK, 1, _opened(_update(2, 1), 100, another, SALT), "", "");
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.UpdateRevealed(TASK, 1, _worker(2), 2, _update(2, 1), 100, engine, "");
        _subchain.reveal(TASK, 1, _opened(_update(2, 1), 100, engine, SALT), "", "");
        vm.stopPrank();

        revealed.engine = engine;
        bytes32 root = Leaves.ofUpdate(revealed);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.RoundClosed(TASK, 1, root, 1, 1);
        _subchain.closeRound(TASK);
    }

    function _isRefused(uint48 from) private {
        vm.expectRevert(
            abi.encodeWithSelector(ILearningSubchain.NotRevealPhase.selector, TASK, 0, from, from + REVEAL)
        );
        _reveal(1, 0);
    }

    function _isMismatch(uint256 worker, bytes32 update, uint32 samples, bytes32 engine, bytes32 salt) private {
        RevealedUpdate memory revealed = _revealed(worker, 0);
        (revealed.update, revealed.samples, revealed.engine) = (update, samples, engine);
        bytes32 opened = Leaves.ofCommit(address(_subchain), revealed, salt);
        vm.expectRevert(
            abi.encodeWithSelector(ILearningSubchain.CommitmentMismatch.selector, _commitment(worker, 0), opened)
        );
        vm.prank(_worker(worker));
        _subchain.reveal(TASK, 0, _opened(update, samples, engine, salt), "", "");
    }

    function _opened(
        bytes32 update,
        uint32 samples,
        bytes32 engine,
        bytes32 salt
    ) private pure returns (ILearningSubchain.Opening memory) {
        return ILearningSubchain.Opening(update, samples, engine, salt);
    }
}

contract CloseRoundTest is SubchainFixture {
    function setUp() external {
        _deploy(Space.Physical);
        _arrive();
        _enrolMany(4);
        vm.warp(START);
    }

    function test_closeRound() external {
        _refresh(0, keccak256("a"));
        vm.warp(START + 10);
        _refresh(0, keccak256("b"));
        for (uint256 i = 0; i < 3; ++i) _commit(i, 0);
        bytes32[] memory leaves = new bytes32[](3);
        uint256[3] memory order = [uint256(2), 0, 1];
        for (uint256 i = 0; i < 3; ++i) {
            leaves[i] = Leaves.ofUpdate(_revealed(order[i], 0));
            if (i == 2) _isRefused(START + 10 + REVEAL);
            _reveal(order[i], 0);
        }
        bytes32 root = NaiveMerkle.root(leaves, 2);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.RoundClosed(TASK, 0, root, 3, 3);
        vm.prank(account("anyone"));
        _subchain.closeRound(TASK);
        assertTrue(_round(0).closed, "closed");
        _wasReported(RoundReport(PHYSICAL, TASK, 0, 4, 3, 3, root, _totals(10, 100)));
    }

    function test_closeRound_WhenAWorkerVanished() external {
        for (uint256 i = 0; i < 3; ++i) _commit(i, 0);
        _reveal(1, 0);
        vm.warp(START + REVEAL - 1);
        _isRefused(START + REVEAL);
        vm.warp(START + REVEAL);
        _subchain.closeRound(TASK);
        bytes32 root = Leaves.ofUpdate(_revealed(1, 0));
        _wasReported(RoundReport(PHYSICAL, TASK, 0, 4, 3, 1, root, _totals(0, 0)));
    }

    function test_closeRound_WhenTheCommitPhaseEndedAndAllHaveRevealed() external {
        for (uint256 i = 0; i < 2; ++i) _commit(i, 0);
        vm.warp(START + COMMIT);
        _reveal(0, 0);
        _isRefused(START + COMMIT + REVEAL);
        _reveal(1, 0);
        _subchain.closeRound(TASK);
        assertEq(_round(0).revealed, 2, "revealed");
    }

    function test_closeRound_WhenNobodyCommitted() external {
        vm.warp(START + COMMIT - 1);
        _isRefused(START + COMMIT + REVEAL);
        vm.warp(START + COMMIT);
        _subchain.closeRound(TASK);
        _wasReported(RoundReport(PHYSICAL, TASK, 0, 4, 0, 0, 0, _totals(0, 0)));
    }

    function test_closeRound_WhenNobodyRevealed() external {
        _commit(0, 0);
        vm.warp(START + COMMIT + REVEAL);
        _subchain.closeRound(TASK);
        _wasReported(RoundReport(PHYSICAL, TASK, 0, 4, 1, 0, 0, _totals(0, 0)));
    }

    function test_RevertWhen_ItIsTooEarly() external {
        vm.warp(START - 1);
        _isRefused(START + COMMIT + REVEAL);
        vm.warp(START);
        _commit(0, 0);
        _isRefused(START + COMMIT + REVEAL);
        vm.warp(START + COMMIT + REVEAL - 1);
        _isRefused(START + COMMIT + REVEAL);
    }

    function test_RevertWhen_ClosedTwice() external {
        vm.warp(START + COMMIT);
        _subchain.closeRound(TASK);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.RoundNotOpen.selector, TASK, 0));
        _subchain.closeRound(TASK);
    }

    function test_RevertWhen_TaskIsNotOpen() external {
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.TaskNotOpen.selector, TaskId.wrap(2)));
        _subchain.closeRound(TaskId.wrap(2));
        vm.warp(START + COMMIT);
        _end(TaskStatus.Expired);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.TaskNotOpen.selector, TASK));
        _subchain.closeRound(TASK);
    }

    function testFuzz_closeRound(uint256 seed) external {
        uint256 reveals = 0;
        bytes32[] memory leaves = new bytes32[](3);
        for (uint256 i = 0; i < 3; ++i) _commit(i, 0);
        for (uint256 i = 0; i < 3; ++i) {
            uint256 worker = (i + (seed % 3)) % 3;
            if (draw(seed, worker) % 2 == 0) continue;
            leaves[reveals++] = Leaves.ofUpdate(_revealed(worker, 0));
            _reveal(worker, 0);
        }
        vm.warp(START + REVEAL);
        _subchain.closeRound(TASK);
        bytes32[] memory used = new bytes32[](reveals);
        for (uint256 i = 0; i < reveals; ++i) used[i] = leaves[i];
        bytes32 root = NaiveMerkle.root(used, IncrementalMerkle.depthOf(reveals));
        _wasReported(RoundReport(PHYSICAL, TASK, 0, 4, 3, uint32(reveals), root, _totals(0, 0)));
    }

    function _isRefused(uint48 until) private {
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.RoundStillOpen.selector, TASK, 0, until));
        _subchain.closeRound(TASK);
    }

    function _wasReported(RoundReport memory report) private view {
        MockGateway.Sent memory sent = _gateway.last();
        assertEq(_gateway.count(), 1, "messages");
        assertEq(uint8(sent.kind), uint8(MessageKind.RoundReported), "kind");
        assertEq(sent.chainId, RELAY, "chain");
        assertEq(sent.recipient, RELAY_APP, "recipient");
        assertEq(sent.body, abi.encode(report), "body");
    }
}
