// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CrossChainApp} from "../../../contracts/gateway/CrossChainApp.sol";
import {IncrementalMerkle} from "../../../contracts/gateway/IncrementalMerkle.sol";
import {ILearningSubchain} from "../../../contracts/interfaces/ILearningSubchain.sol";
import {IMeterRegistry} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {CommitsReport, MessageKind, RoundReport, TaskOpened, TaskStatus} from "../../../contracts/types/Messages.sol";
import {CLOCK_SKEW_SECONDS, RevealedUpdate, Sampling, Space, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
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
        emit ILearningSubchain.RoundStarted(TASK, 0, _terms().initialModel, START);
        _arrive();
        ILearningSubchain.Task memory expected = ILearningSubchain.Task({
            status: TaskStatus.Open,
            settled: false,
            hears: 0,
            startTime: uint40(START),
            epochSeconds: EPOCH,
            meter: _meter,
            rounds: 3,
            quorumPpb: 750_000_000,
            maxWorkers: uint24(WORKERS),
            maxSamples: 10_000,
            commitSeconds: COMMIT,
            revealSeconds: REVEAL,
            enrolled: 0,
            recorded: 0,
            workersPerRound: 0,
            sampling: Sampling.Uniform,
            round: 0
        });
        assertEq(abi.encode(_subchain.taskOf(TASK)), abi.encode(expected), "task");
        uint32[] memory periods = _meter.periodsOf(address(_subchain), TASK);
        assertTrue(periods.length == 3 && periods[0] == 60 && periods[1] == 30 && periods[2] == 20, "periods");
        assertEq(_round(0).openedAt, START, "round 0 opens with the epoch");
        assertEq(_round(0).startedAt, START, "here too");
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
        emit ILearningSubchain.RoundStarted(TASK, 1, _model(1), START + 90);
        _nextRound(1, START + 90);
        assertTrue(_round(0).closed, "closed");
        assertEq(_round(1).openedAt, START + 90, "as main says");
        assertEq(_round(1).startedAt, START + 100, "starts when it arrives");
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
            vm.warp(START + COMMIT + CLOCK_SKEW_SECONDS);
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
        MessageKind[4] memory kinds = [
            MessageKind.RoundReported,
            MessageKind.EpochSettled,
            MessageKind.TaskRejected,
            MessageKind.CommitsClosed
        ];
        for (uint256 i = 0; i < 4; ++i) {
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

    /// @dev Each may commit as long as the phase lasts, whatever the others did at once.
    function test_commit_WhenOtherCommitsAreTheQuorum() external {
        TaskTerms memory terms = _terms();
        terms.quorumPpb = 1;
        _deploy(Space.Physical);
        _arrive(terms);
        _enrolMany(4);
        vm.warp(START);
        _commit(0, 0);
        _commit(1, 0);
        assertEq(_round(0).committed, 2, "committed");
    }

    /// @dev A round that comes late ends with that of the other subchains.
    function test_commit_InARoundThatCameLate() external {
        vm.warp(START + 100);
        _nextRound(1, START + 100 - COMMIT + 1);
        bytes32 commitment = _commitment(0, 1);
        vm.prank(_worker(0));
        _subchain.commit(TASK, 1, commitment);
        vm.warp(START + 101);
        commitment = _commitment(1, 1);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.CommitPhaseClosed.selector, TASK, 1));
        vm.prank(_worker(1));
        _subchain.commit(TASK, 1, commitment);
    }

    /// @dev A subchain's clock may be behind the main chain's.
    function test_commit_InARoundThatOpensLaterThanNow() external {
        _nextRound(1, uint48(block.timestamp) + CLOCK_SKEW_SECONDS);
        _commit(0, 1);
        assertEq(_round(1).committed, 1, "committed");
    }

    /// @dev Rounds have their parts of the epoch, and main says of one when it is to begin.
    function test_commit_NotBeforeARoundsTime() external {
        uint48 opensAt = uint48(block.timestamp) + 30;
        _nextRound(1, opensAt);
        vm.warp(opensAt - CLOCK_SKEW_SECONDS - 1);
        bytes32 commitment = _commitment(0, 1);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.CommitPhaseClosed.selector, TASK, 1));
        vm.prank(_worker(0));
        _subchain.commit(TASK, 1, commitment);
        vm.warp(opensAt + COMMIT - 1);
        _commit(0, 1);
        assertEq(_round(1).committed, 1, "committed");
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
        for (uint256 i = 0; i < 4; ++i) _commit(i, 0);
        _subchain.closeCommits(TASK);
        _openReveals(0);
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

contract CloseCommitsTest is SubchainFixture {
    /// @dev A quarter of the commit phase, rounded up.
    uint48 private constant QUARTER = (COMMIT + 3) / 4;

    function setUp() external {
        _deploy(Space.Physical);
        _arrive();
        _enrolMany(4);
        vm.warp(START);
    }

    function test_closeCommits_WhenAllHaveCommitted() external {
        for (uint256 i = 0; i < 3; ++i) _commit(i, 0);
        _isTooEarly(3);
        _commit(3, 0);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.CommitsClosed(TASK, 0, 4);
        vm.prank(account("anyone"));
        _subchain.closeCommits(TASK);
        assertEq(_round(0).commitsClosedAt, START, "closed at");
        MockGateway.Sent memory sent = _gateway.last();
        assertEq(_gateway.count(), 1, "messages");
        assertEq(uint8(sent.kind), uint8(MessageKind.CommitsClosed), "kind");
        assertEq(sent.chainId, RELAY, "chain");
        assertEq(sent.recipient, RELAY_APP, "recipient");
        assertEq(sent.body, abi.encode(CommitsReport(PHYSICAL, TASK, 0, 4)), "body");
    }

    function test_closeCommits_AtTheQuorumAfterAQuarterOfThePhase() external {
        for (uint256 i = 0; i < 2; ++i) _commit(i, 0);
        vm.warp(START + QUARTER);
        _isTooEarly(2);
        // Three of four are the 75 % that the task asks for.
        _commit(2, 0);
        vm.warp(START + QUARTER - 1);
        _isTooEarly(3);
        vm.warp(START + QUARTER);
        _subchain.closeCommits(TASK);
        assertEq(_round(0).commitsClosedAt, START + QUARTER, "closed at");
        bytes32 commitment = _commitment(3, 0);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.CommitPhaseClosed.selector, TASK, 0));
        vm.prank(_worker(3));
        _subchain.commit(TASK, 0, commitment);
    }

    /// @dev Else whoever is first on a chain that hears late shuts the others out.
    function test_closeCommits_TheQuarterCountsFromTheArrival() external {
        vm.warp(START + 100);
        _nextRound(1, START + 100 - QUARTER);
        for (uint256 i = 0; i < 3; ++i) _commit(i, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILearningSubchain.CommitsStillOpen.selector,
                TASK,
                1,
                3,
                START + 100 + QUARTER
            )
        );
        _subchain.closeCommits(TASK);
        vm.warp(START + 100 + QUARTER);
        _subchain.closeCommits(TASK);
    }

    /// @dev A share p/q, rounded down to billionths, is p of q workers: 2 of 3, 5 of 7, 1 of 6.
    function test_closeCommits_AtAnyFractionOfTheWorkers() external {
        for (uint256 workers = 1; workers <= 7; ++workers) {
            for (uint256 quorum = 1; quorum <= workers; ++quorum) {
                vm.warp(START - 1);
                TaskTerms memory terms = _terms();
                terms.quorumPpb = uint32((1e9 * quorum) / workers);
                _deploy(Space.Physical);
                _arrive(terms);
                _enrolMany(workers);
                vm.warp(START + QUARTER);
                for (uint256 i = 0; i < quorum; ++i) {
                    _isTooEarly(uint32(i));
                    _commit(i, 0);
                }
                _subchain.closeCommits(TASK);
            }
        }
    }

    /// @dev A subchain without workers holds up no other.
    function test_closeCommits_WhenNobodyIsEnrolled() external {
        _deploy(Space.Physical);
        _arrive();
        vm.warp(START - 1);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.CommitPhaseClosed.selector, TASK, 0));
        _subchain.closeCommits(TASK);
        vm.warp(START);
        _subchain.closeCommits(TASK);
        assertEq(_gateway.last().body, abi.encode(CommitsReport(PHYSICAL, TASK, 0, 0)), "body");
    }

    function test_RevertWhen_ThePhaseIsOver() external {
        for (uint256 i = 0; i < 4; ++i) _commit(i, 0);
        vm.warp(START + COMMIT);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.CommitPhaseClosed.selector, TASK, 0));
        _subchain.closeCommits(TASK);
        vm.warp(START);
        _subchain.closeCommits(TASK);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.CommitPhaseClosed.selector, TASK, 0));
        _subchain.closeCommits(TASK);
    }

    function test_RevertWhen_TheTaskOrTheRoundIsNotOpen() external {
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.TaskNotOpen.selector, TaskId.wrap(2)));
        _subchain.closeCommits(TaskId.wrap(2));
        vm.warp(START + COMMIT);
        _subchain.closeRound(TASK);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.RoundNotOpen.selector, TASK, 0));
        _subchain.closeCommits(TASK);
    }

    function _isTooEarly(uint32 committed) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                ILearningSubchain.CommitsStillOpen.selector,
                TASK,
                0,
                committed,
                START + QUARTER
            )
        );
        _subchain.closeCommits(TASK);
    }
}

contract RevealsOpenedTest is SubchainFixture {
    function setUp() external {
        _deploy(Space.Physical);
        _arrive();
        _enrolMany(4);
        vm.warp(START);
    }

    function test_revealsOpened() external {
        _closeCommits();
        vm.warp(START + 5);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.RevealsStarted(TASK, 0);
        _openReveals(0);
        assertEq(_round(0).revealsOpenedAt, START + 5, "opened at");
        _reveal(0, 0);
        vm.warp(START + 5 + REVEAL);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILearningSubchain.NotRevealPhase.selector,
                TASK,
                0,
                START + 5,
                START + 5 + REVEAL
            )
        );
        _reveal(1, 0);
    }

    /// @dev Then whoever sees a reveal there could commit to a copy here.
    function test_RevertWhen_CommitsAreTakenHere() external {
        vm.expectRevert(CrossChainApp.NotYet.selector);
        _openReveals(0);
        _closeCommits();
        vm.expectRevert(CrossChainApp.NotYet.selector);
        _openReveals(1);
        _openReveals(0);
    }

    function test_RevertWhen_ItOvertakesItsTask() external {
        _deploy(Space.Physical);
        vm.expectRevert(CrossChainApp.NotYet.selector);
        _openReveals(0);
    }

    /// @dev Else the reveal phase would last longer than the main chain waits.
    function test_revealsOpened_AfterTheyBeganByTime() external {
        _closeCommits();
        vm.warp(START + TO_REVEALS);
        _comesLate(0);
        assertEq(_round(0).revealsOpenedAt, 0, "unchanged");
    }

    function test_revealsOpened_Twice() external {
        _closeCommits();
        _openReveals(0);
        vm.warp(START + 3);
        _comesLate(0);
        assertEq(_round(0).revealsOpenedAt, START, "unchanged");
    }

    function test_revealsOpened_OfARoundThatIsOver() external {
        _closeCommits();
        _nextRound(1);
        _comesLate(0);
        vm.warp(START + COMMIT);
        _subchain.closeRound(TASK);
        _comesLate(1);
        _end(TaskStatus.Completed);
        _comesLate(1);
    }

    function _closeCommits() private {
        for (uint256 i = 0; i < 4; ++i) _commit(i, 0);
        _subchain.closeCommits(TASK);
    }

    function _comesLate(uint16 round) private {
        bytes32 receiveId = _gateway.nextReceiveId();
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.LateMessage(TASK, receiveId);
        _openReveals(round);
    }
}

contract RevealTest is SubchainFixture {
    function setUp() external {
        _deploy(Space.Physical);
        _arrive();
        _enrolMany(4);
        vm.warp(START);
        for (uint256 i = 0; i < 2; ++i) _commit(i, 0);
        vm.warp(START + TO_REVEALS);
    }

    function test_reveal() external {
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.UpdateRevealed(TASK, 0, _worker(1), 1, _update(1, 0), 100, ENGINE, "");
        _reveal(1, 0);
        assertEq(_round(0).revealed, 1, "revealed");
        assertEq(_subchain.commitmentOf(TASK, 0, _worker(1)), 0, "commitment");
    }

    function test_reveal_InItsPhase() external {
        vm.warp(START + TO_REVEALS - 1);
        _isRefused(START + TO_REVEALS);
        vm.warp(START + TO_REVEALS + REVEAL - 1);
        _reveal(0, 0);
        vm.warp(START + TO_REVEALS + REVEAL);
        _isRefused(START + TO_REVEALS);
    }

    /// @dev On another subchain somebody may still commit.
    function test_RevertWhen_OnlyThisSubchainTakesNoMoreCommits() external {
        vm.warp(START);
        for (uint256 i = 2; i < 4; ++i) _commit(i, 0);
        _subchain.closeCommits(TASK);
        _isRefused(START + TO_REVEALS);
    }

    /// @dev Whole receipts are carried, whatever they say; others are refused.
    function testFuzz_reveal_CarriesReceipts(uint256 length) external {
        length %= 36 * 65;
        bytes memory receipts = new bytes(length);
        for (uint256 i = 0; i < length; ++i) receipts[i] = bytes1(uint8(i));
        if (length % 65 != 0 || length > 32 * 65) {
            vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.InvalidReceipts.selector, length));
        } else {
            vm.expectEmit(address(_subchain));
            emit ILearningSubchain.UpdateRevealed(TASK, 0, _worker(1), 1, _update(1, 0), 100, ENGINE, receipts);
        }
        vm.prank(_worker(1));
        _subchain.reveal(TASK, 0, _opening(1, 0), "", receipts);
    }

    function test_reveal_CarriesAReceiptOfEveryAggregator() external {
        bytes memory receipts = new bytes(32 * 65);
        vm.prank(_worker(1));
        _subchain.reveal(TASK, 0, _opening(1, 0), "", receipts);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.InvalidReceipts.selector, 33 * 65));
        vm.prank(_worker(0));
        _subchain.reveal(TASK, 0, _opening(0, 0), "", new bytes(33 * 65));
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
        vm.warp(block.timestamp + TO_REVEALS);
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
        vm.warp(block.timestamp + TO_REVEALS);
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
        vm.warp(block.timestamp + TO_REVEALS);

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
        vm.warp(START + TO_REVEALS);
        bytes32[] memory leaves = new bytes32[](3);
        uint256[3] memory order = [uint256(2), 0, 1];
        for (uint256 i = 0; i < 3; ++i) {
            leaves[i] = Leaves.ofUpdate(_revealed(order[i], 0));
            if (i == 2) _isRefused(START + TO_REVEALS + REVEAL);
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
        vm.warp(START + TO_REVEALS);
        _reveal(1, 0);
        vm.warp(START + TO_REVEALS + REVEAL - 1);
        _isRefused(START + TO_REVEALS + REVEAL);
        vm.warp(START + TO_REVEALS + REVEAL);
        _subchain.closeRound(TASK);
        bytes32 root = Leaves.ofUpdate(_revealed(1, 0));
        _wasReported(RoundReport(PHYSICAL, TASK, 0, 4, 3, 1, root, _totals(0, 0)));
    }

    function test_closeRound_WhenTheCommitPhaseEndedAndAllHaveRevealed() external {
        for (uint256 i = 0; i < 2; ++i) _commit(i, 0);
        vm.warp(START + TO_REVEALS);
        _reveal(0, 0);
        _isRefused(START + TO_REVEALS + REVEAL);
        _reveal(1, 0);
        _subchain.closeRound(TASK);
        assertEq(_round(0).revealed, 2, "revealed");
    }

    function test_closeRound_WhenNobodyCommitted() external {
        vm.warp(START + COMMIT - 1);
        _isRefused(START + TO_REVEALS + REVEAL);
        vm.warp(START + COMMIT);
        _subchain.closeRound(TASK);
        _wasReported(RoundReport(PHYSICAL, TASK, 0, 4, 0, 0, 0, _totals(0, 0)));
    }

    /// @dev Whether the other subchains still take commits.
    function test_closeRound_WhenNobodyIsEnrolledAndCommitsWereClosed() external {
        _deploy(Space.Physical);
        _arrive();
        vm.warp(START);
        _isRefused(START + TO_REVEALS + REVEAL);
        _subchain.closeCommits(TASK);
        _subchain.closeRound(TASK);
        RoundReport memory report = RoundReport(PHYSICAL, TASK, 0, 0, 0, 0, 0, _totals(0, 0));
        assertEq(_gateway.last().body, abi.encode(report), "body");
    }

    /// @dev Who commits and does not reveal costs the others the reveal phase at the most.
    function test_closeRound_ASilentCommitterCostsTheRevealPhase() external {
        for (uint256 i = 0; i < 4; ++i) _commit(i, 0);
        _subchain.closeCommits(TASK);
        vm.warp(START + 3);
        _openReveals(0);
        for (uint256 i = 1; i < 4; ++i) _reveal(i, 0);
        _isRefused(START + 3 + REVEAL);
        vm.warp(START + 3 + REVEAL);
        _subchain.closeRound(TASK);
        assertEq(_round(0).revealed, 3, "revealed");
    }

    function test_closeRound_WhenNobodyRevealed() external {
        _commit(0, 0);
        vm.warp(START + TO_REVEALS + REVEAL);
        _subchain.closeRound(TASK);
        _wasReported(RoundReport(PHYSICAL, TASK, 0, 4, 1, 0, 0, _totals(0, 0)));
    }

    function test_RevertWhen_ItIsTooEarly() external {
        vm.warp(START - 1);
        _isRefused(START + TO_REVEALS + REVEAL);
        vm.warp(START);
        _commit(0, 0);
        _isRefused(START + TO_REVEALS + REVEAL);
        vm.warp(START + TO_REVEALS + REVEAL - 1);
        _isRefused(START + TO_REVEALS + REVEAL);
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
        vm.warp(START + TO_REVEALS);
        for (uint256 i = 0; i < 3; ++i) {
            uint256 worker = (i + (seed % 3)) % 3;
            if (draw(seed, worker) % 2 == 0) continue;
            leaves[reveals++] = Leaves.ofUpdate(_revealed(worker, 0));
            _reveal(worker, 0);
        }
        vm.warp(START + TO_REVEALS + REVEAL);
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
