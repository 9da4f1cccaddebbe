// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC7786Recipient} from "@openzeppelin/contracts/crosschain/ERC7786Recipient.sol";

import {CrossChainApp} from "../../../contracts/gateway/CrossChainApp.sol";
import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {Agreement} from "../../../contracts/main/Agreement.sol";
import {MessageKind, RoundOpened, TaskEnded, TaskStatus} from "../../../contracts/types/Messages.sol";
import {CLOCK_SKEW_SECONDS, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {MockGateway} from "../MockGateway.sol";
import {TaskManagerFixture} from "./TaskManagerFixture.sol";

contract ReportTest is TaskManagerFixture {
    function setUp() external {
        _deploy();
        _publish();
    }

    function test_report() external {
        vm.expectEmit(address(_manager));
        emit ITaskManager.RoundReported(TASK, 0, VIRTUAL, _updatesRoot(0, VIRTUAL), 5);
        _report(TASK, 0, VIRTUAL, 5);
        ITaskManager.Report memory report = _manager.reportOf(TASK, 0, VIRTUAL);
        assertEq(abi.encode(report), abi.encode(ITaskManager.Report(_updatesRoot(0, VIRTUAL), 5, true, 0)), "report");
        assertFalse(_manager.reportOf(TASK, 0, PHYSICAL).received, "the other chain's");
        assertFalse(_manager.reportOf(TASK, 1, VIRTUAL).received, "the next round's");
    }

    function test_report_ComesLateWhenItCameBefore() external {
        _report(TASK, 0, VIRTUAL, 5);
        _isLate(TASK, 0, VIRTUAL);
        assertEq(_manager.reportOf(TASK, 0, VIRTUAL).revealed, 5, "the first stands");
    }

    function test_report_ComesLateForAPastRound() external {
        _report(TASK, 0, VIRTUAL, 5);
        vm.warp(START + COMMIT + CLOCK_SKEW_SECONDS + REVEAL + REPORT);
        _finalize(0, _aggregate(3, 0));
        _isLate(TASK, 0, VIRTUAL);
        _isLate(TASK, 0, PHYSICAL);
        assertFalse(_manager.reportOf(TASK, 0, PHYSICAL).received, "not taken");
    }

    function test_report_ComesLateForAnEndedTask() external {
        TaskId completed = _publish();
        for (uint16 round = 0; round < 3; ++round) {
            _report(completed, round, VIRTUAL, 5);
            _report(completed, round, PHYSICAL, 5);
            _agree(_manager, completed, round, _aggregate(7, 3));
        }
        _isLate(completed, 3, VIRTUAL);
        assertFalse(_manager.reportOf(completed, 3, VIRTUAL).received, "not taken");
    }

    /// @dev What was revealed before can be claimed.
    function test_report_IsTakenOfTheRoundInWhichTheTaskExpired() external {
        vm.warp(DEADLINE);
        _manager.expire(TASK);
        _isLate(TASK, 1, VIRTUAL);
        _report(TASK, 0, VIRTUAL, 5);
        assertEq(_manager.reportOf(TASK, 0, VIRTUAL).revealed, 5, "taken");
        _isLate(TASK, 0, VIRTUAL);
        vm.warp(DEADLINE + CLAIM + SILENCE);
        _manager.refund(TASK);
        _isLate(TASK, 0, PHYSICAL);
        assertFalse(_manager.reportOf(TASK, 0, PHYSICAL).received, "not after the refund");
    }

    function test_report_ComesLateForAnUnknownTaskOrChain() external {
        _isLate(TaskId.wrap(2), 0, VIRTUAL);
        _isLate(TASK, 0, VIRTUAL + 7);
    }

    function test_RevertWhen_SenderIsNotTheCounterpart() external {
        bytes memory body = abi.encode(_roundReport(TASK, 0, VIRTUAL, 5));
        _refuses(_gateway, RELAY, account("stranger"), body);
        _refuses(_gateway, VIRTUAL, RELAY_APP, body);
    }

    function test_RevertWhen_GatewayIsNotTheLinked() external {
        _refuses(new MockGateway(), RELAY, RELAY_APP, abi.encode(_roundReport(TASK, 0, VIRTUAL, 5)));
    }

    function test_RevertWhen_KindDoesNotBelongHere() external {
        MessageKind[3] memory kinds = [MessageKind.TaskOpened, MessageKind.RoundOpened, MessageKind.TaskEnded];
        for (uint256 i = 0; i < kinds.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(CrossChainApp.UnexpectedMessage.selector, kinds[i], RELAY));
            _inject(kinds[i], "");
        }
    }

    function _isLate(TaskId task, uint16 round, uint64 chainId) private {
        bytes32 receiveId = _gateway.nextReceiveId();
        vm.expectEmit(address(_manager));
        emit ITaskManager.LateMessage(task, chainId, receiveId);
        _report(task, round, chainId, 9);
    }

    function _refuses(MockGateway gateway, uint64 chainId, address sender, bytes memory body) private {
        bytes memory from = _at(chainId, sender);
        vm.expectRevert(
            abi.encodeWithSelector(
                ERC7786Recipient.ERC7786RecipientUnauthorizedGateway.selector,
                address(gateway),
                from
            )
        );
        gateway.inject(address(_manager), chainId, sender, MessageKind.RoundReported, body);
    }
}

contract AttestTest is TaskManagerFixture {
    function setUp() external {
        _deploy();
        _publish();
        _reportBoth(0, 5);
    }

    function test_attest() external {
        ITaskManager.Aggregate memory aggregate = _aggregate(7, 3);
        _commitAll(0, aggregate);
        vm.expectEmit(address(_manager));
        emit ITaskManager.AggregateAttested(TASK, 0, _aggregator(0), keccak256(abi.encode(aggregate)), 0);
        _attest(0, 0, aggregate);
        assertEq(_task().round, 0, "one is not enough");
    }

    function test_attest_FinalizesTheRoundAtQuorum() external {
        ITaskManager.Aggregate memory aggregate = _aggregate(7, 3);
        vm.warp(START + 77);
        _commitAll(0, aggregate);
        _attest(2, 0, aggregate);
        vm.expectEmit(address(_manager));
        emit ITaskManager.RoundFinalized(
            TASK,
            0,
            aggregate.globalModel,
            500_000_000,
            aggregate.accepted,
            ITaskManager.Scores(0, 0)
        );
        _attest(0, 0, aggregate);

        ITaskManager.Task memory task = _task();
        assertEq(uint8(task.status), uint8(TaskStatus.Open), "status");
        assertEq(task.round, 1, "round");
        assertEq(task.roundOpenedAt, START + EPOCH / 3, "no sooner than its part of the epoch");
        assertEq(task.globalModel, aggregate.globalModel, "global model");
        for (uint32 i = 0; i < 5; ++i) {
            assertEq(_manager.acceptedRounds(TASK, VIRTUAL, i), i < 3 ? 1 : 0, "virtual");
            assertEq(_manager.acceptedRounds(TASK, PHYSICAL, i), i < 2 ? 1 : 0, "physical");
        }

        MockGateway.Sent memory sent = _gateway.last();
        assertEq(uint8(sent.kind), uint8(MessageKind.RoundOpened), "kind");
        assertEq(sent.body, abi.encode(RoundOpened(TASK, 1, aggregate.globalModel, START + EPOCH / 3)), "body");
        assertEq(_gateway.count(), 2, "messages");
    }

    function test_attest_DifferentAggregatesDoNotAddUp() external {
        ITaskManager.Aggregate memory other = _aggregate(7, 3);
        other.scorePpb += 1;
        _commit(0, 0, _aggregate(7, 3));
        _commit(1, 0, _aggregate(3, 3));
        _commit(2, 0, other);
        _attest(0, 0, _aggregate(7, 3));
        _attest(1, 0, _aggregate(3, 3));
        _attest(2, 0, other);
        assertEq(_task().round, 0, "not final");
    }

    function test_attest_TakesBitmapsOfSeveralWords() external {
        ITaskManager.Aggregate memory aggregate = _aggregate(0, 1);
        aggregate.accepted[0] = new uint256[](2);
        aggregate.accepted[0][1] = (1 << 43) | 1;
        _finalize(0, aggregate);
        assertEq(_manager.acceptedRounds(TASK, VIRTUAL, 256 + 43), 1, "bit of the second word");
        assertEq(_manager.acceptedRounds(TASK, VIRTUAL, 256), 1, "first bit of the second word");
        assertEq(_manager.acceptedRounds(TASK, VIRTUAL, 43), 0, "not of the first");
    }

    function test_attest_RemembersTheLatestScores() external {
        assertEq(_manager.scoresOf(TASK), 0, "none");
        ITaskManager.Aggregate memory aggregate = _aggregate(7, 3);
        aggregate.scores = ITaskManager.Scores(keccak256("root"), keccak256("file"));
        _commitAll(0, aggregate);
        _attest(0, 0, aggregate);
        assertEq(_manager.scoresOf(TASK), 0, "not by one");
        vm.expectEmit(address(_manager));
        emit ITaskManager.RoundFinalized(
            TASK,
            0,
            aggregate.globalModel,
            500_000_000,
            aggregate.accepted,
            aggregate.scores
        );
        _attest(1, 0, aggregate);
        assertEq(_manager.scoresOf(TASK), keccak256("root"), "the first");
        _reportBoth(1, 5);
        _finalize(1, _aggregate(7, 3));
        assertEq(_manager.scoresOf(TASK), keccak256("root"), "an aggregate without scores leaves them");
        _reportBoth(2, 5);
        aggregate.scores.root = keccak256("another root");
        _finalize(2, aggregate);
        assertEq(_manager.scoresOf(TASK), keccak256("another root"), "the latest");
    }

    /// @dev Aggregators vote for all of an aggregate.
    function test_attest_DifferentScoresDoNotAddUp() external {
        ITaskManager.Aggregate[3] memory aggregates;
        for (uint256 i = 0; i < 3; ++i) aggregates[i] = _aggregate(7, 3);
        aggregates[0].scores = ITaskManager.Scores(keccak256("root"), keccak256("file"));
        aggregates[1].scores = ITaskManager.Scores(keccak256("root"), keccak256("another file"));
        aggregates[2].scores = ITaskManager.Scores(keccak256("another root"), keccak256("file"));
        for (uint256 i = 0; i < 3; ++i) _commit(i, 0, aggregates[i]);
        for (uint256 i = 0; i < 3; ++i) _attest(i, 0, aggregates[i]);
        assertEq(_task().round, 0, "not final");
    }

    function test_attest_EndsTheTaskAtTheTargetScore() external {
        ITaskManager.Aggregate memory aggregate = _aggregate(7, 3);
        aggregate.scorePpb = 899_999_999;
        _finalize(0, aggregate);
        assertEq(uint8(_task().status), uint8(TaskStatus.Open), "not yet");
        _reportBoth(1, 5);
        aggregate.scorePpb = 900_000_000;
        vm.warp(START + 99);
        _commitAll(1, aggregate);
        _attest(0, 1, aggregate);
        vm.expectEmit(address(_manager));
        emit ITaskManager.TaskClosed(TASK, TaskStatus.Completed, 2, aggregate.globalModel);
        _attest(1, 1, aggregate);
        _isCompleted(2, aggregate.globalModel);
    }

    function test_attest_EndsTheTaskAfterTheLastRound() external {
        for (uint16 round = 0; round < 3; ++round) {
            if (round > 0) _reportBoth(round, 5);
            assertEq(uint8(_task().status), uint8(TaskStatus.Open), "not yet");
            vm.warp(START + 33 * (round + 1));
            _finalize(round, _aggregate(7, 3));
        }
        _isCompleted(3, _aggregate(7, 3).globalModel);
    }

    function test_attest_WithoutATargetScoreRunsAllRounds() external {
        TaskTerms memory terms = _terms();
        terms.targetScorePpb = 0;
        TaskId second = _publish(terms);
        _report(second, 0, VIRTUAL, 5);
        _report(second, 0, PHYSICAL, 5);
        ITaskManager.Aggregate memory aggregate = _aggregate(7, 3);
        aggregate.scorePpb = 1e9;
        _agree(_manager, second, 0, aggregate);
        assertEq(uint8(_manager.taskOf(second).status), uint8(TaskStatus.Open), "status");
    }

    /// @dev One silent worker of three: the others are credited, and the model stays.
    function test_attest_OfTooFewUpdatesKeepsTheModel() external {
        bytes32 before = _task().globalModel;
        ITaskManager.Aggregate memory aggregate = _aggregate(8, 0);
        aggregate.globalModel = before;
        _finalize(0, aggregate);
        assertEq(_task().round, 1, "the next round opens");
        assertEq(_task().globalModel, before, "model");
        assertEq(_manager.acceptedRounds(TASK, VIRTUAL, 3), 1, "credited");
    }

    function test_attest_OfNoUpdateKeepsTheModel() external {
        TaskId task = _publish();
        _report(task, 0, VIRTUAL, 0);
        _report(task, 0, PHYSICAL, 0);
        ITaskManager.Aggregate memory aggregate = _aggregate(0, 0);
        aggregate.globalModel = _manager.taskOf(task).globalModel;
        _agree(_manager, task, 0, aggregate);
        assertEq(_manager.taskOf(task).round, 1, "the next round opens");
    }

    /// @dev The model has the target score, but the round did not make it.
    function test_attest_OfTooFewUpdatesDoesNotEndTheTaskByItsScore() external {
        ITaskManager.Aggregate memory aggregate = _aggregate(8, 0);
        (aggregate.globalModel, aggregate.scorePpb) = (_task().globalModel, 1e9);
        _finalize(0, aggregate);
        assertEq(uint8(_task().status), uint8(TaskStatus.Open), "status");
    }

    function test_attest_WithoutADeadSubchainsReportOnceTheWaitIsOver() external {
        _finalize(0, _aggregate(7, 3));
        _report(TASK, 1, VIRTUAL, 5);
        uint64 over = _task().roundOpenedAt + COMMIT + CLOCK_SKEW_SECONDS + REVEAL + REPORT;
        vm.warp(over - 1);
        _commitAll(1, _aggregate(7, 0));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.ReportMissing.selector, TASK, 1, PHYSICAL));
        _attest(0, 1, _aggregate(7, 0));
        vm.warp(over);
        _attest(0, 1, _aggregate(7, 0));
        _commitAll(1, _aggregate(7, 1));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.TooManyAccepted.selector, PHYSICAL, 1, 0));
        _attest(0, 1, _aggregate(7, 1));
        _commitAll(1, _aggregate(7, 0));
        _attest(0, 1, _aggregate(7, 0));
        _attest(2, 1, _aggregate(7, 0));
        assertEq(_task().round, 2, "final");
    }

    function test_attest_TakesAReportThatComesWhileOthersWait() external {
        _finalize(0, _aggregate(7, 3));
        _report(TASK, 1, VIRTUAL, 5);
        vm.warp(DEADLINE - 1);
        _commit(0, 1, _aggregate(7, 0));
        _report(TASK, 1, PHYSICAL, 5);
        _finalize(1, _aggregate(7, 1));
        assertEq(_manager.acceptedRounds(TASK, PHYSICAL, 0), 2, "taken");
    }

    /// @dev As many workers as a task may have on one subchain, all of them taken.
    function test_attest_OfTheMostWorkersFitsATransaction() external {
        TaskTerms memory terms = _terms();
        (terms.maxWorkers, terms.attestations, terms.aggregators) = (32_768, 1, new address[](1));
        terms.aggregators[0] = _aggregator(0);
        TaskId task = _publish(terms);
        _report(task, 0, VIRTUAL, 32_768);
        _report(task, 0, PHYSICAL, 0);
        ITaskManager.Aggregate memory aggregate = _aggregate(0, 0);
        aggregate.accepted[0] = new uint256[](128);
        for (uint256 i = 0; i < 128; ++i) aggregate.accepted[0][i] = type(uint256).max;
        vm.prank(_aggregator(0));
        _manager.commitAttestation(task, 0, _commitmentTo(aggregate, 0));
        bytes memory call = abi.encodeCall(ITaskManager.attest, (task, 0, aggregate, _saltOf(0)));
        vm.prank(_aggregator(0));
        assertLe(_gasOf(address(_manager), call), 4_000_000, "gas");
        assertEq(_manager.acceptedRounds(task, VIRTUAL, 32_767), 1, "the last worker");
    }

    function test_RevertWhen_ReportCanStillCome() external {
        _restart(_terms());
        vm.warp(START + COMMIT + CLOCK_SKEW_SECONDS + REVEAL + REPORT - 1);
        _commitAll(0, _aggregate(0, 0));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.ReportMissing.selector, TASK, 0, VIRTUAL));
        _attest(0, 0, _aggregate(0, 0));
    }

    function test_RevertWhen_RoundIsNotTheOpenOne() external {
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.NotOpenRound.selector, TASK, 1, 0));
        _commit(0, 1, _aggregate(7, 3));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.NotOpenRound.selector, TASK, 1, 0));
        _attest(0, 1, _aggregate(7, 3));
        _finalize(0, _aggregate(7, 3));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.NotOpenRound.selector, TASK, 0, 1));
        _attest(2, 0, _aggregate(7, 3));
    }

    function test_RevertWhen_TaskIsNotOpen() external {
        vm.prank(_aggregator(0));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.WrongStatus.selector, TaskId.wrap(9), TaskStatus.None));
        _manager.attest(TaskId.wrap(9), 0, _aggregate(7, 3), 0);
        _commitAll(0, _aggregate(7, 3));
        vm.warp(DEADLINE);
        _manager.expire(TASK);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.WrongStatus.selector, TASK, TaskStatus.Expired));
        _attest(0, 0, _aggregate(7, 3));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.WrongStatus.selector, TASK, TaskStatus.Expired));
        _commit(0, 0, _aggregate(7, 3));
    }

    function test_RevertWhen_AggregateHasAnotherShape() external {
        ITaskManager.Aggregate memory aggregate = _aggregate(7, 3);
        aggregate.globalModel = 0;
        _isInvalid(aggregate);
        aggregate = _aggregate(7, 3);
        aggregate.scorePpb = 1e9 + 1;
        _isInvalid(aggregate);
        aggregate = _aggregate(7, 3);
        aggregate.accepted = new uint256[][](1);
        _isInvalid(aggregate);
        aggregate.accepted = new uint256[][](3);
        _isInvalid(aggregate);
        aggregate = _aggregate(7, 3);
        aggregate.scores.root = keccak256("root");
        _isInvalid(aggregate);
        aggregate.scores = ITaskManager.Scores(0, keccak256("file"));
        _isInvalid(aggregate);
    }

    function test_RevertWhen_MoreAreAcceptedThanWereRevealed() external {
        _commitAll(0, _aggregate(31, 63));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.TooManyAccepted.selector, PHYSICAL, 6, 5));
        _attest(0, 0, _aggregate(31, 63));
        _commitAll(0, _aggregate(31, 31));
        _attest(0, 0, _aggregate(31, 31));
    }

    function test_RevertWhen_AWholeWordIsOneTooMany() external {
        _restart(_terms());
        _report(TASK, 0, VIRTUAL, 255);
        _report(TASK, 0, PHYSICAL, 255);
        _commitAll(0, _aggregate(type(uint256).max, 3));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.TooManyAccepted.selector, VIRTUAL, 256, 255));
        _attest(0, 0, _aggregate(type(uint256).max, 3));
    }

    function test_RevertWhen_BitmapIsLongerThanTheWorkers() external {
        ITaskManager.Aggregate memory aggregate = _aggregate(7, 3);
        aggregate.accepted[0] = new uint256[](3);
        _commitAll(0, aggregate);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.TooManyAccepted.selector, VIRTUAL, 0, 5));
        _attest(0, 0, aggregate);
        aggregate.accepted[0] = new uint256[](2);
        _commitAll(0, aggregate);
        _attest(0, 0, aggregate);
    }

    function test_RevertWhen_TooFewAreAcceptedForAnotherModel() external {
        _commitAll(0, _aggregate(8, 0));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.TooFewAccepted.selector, 1, 2));
        _attest(0, 0, _aggregate(8, 0));
        _commitAll(0, _aggregate(0, 0));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.TooFewAccepted.selector, 0, 2));
        _attest(0, 0, _aggregate(0, 0));
        _commitAll(0, _aggregate(8, 16));
        _attest(0, 0, _aggregate(8, 16));
        _commitAll(0, _aggregate(24, 0));
        _attest(0, 0, _aggregate(24, 0));
    }

    /// @dev There the next round's bits begin. Even where no more are set than were revealed.
    function test_RevertWhen_ABitIsPastTheMostWorkers() external {
        ITaskManager.Aggregate memory aggregate = _aggregate(7, 3);
        aggregate.accepted[0] = new uint256[](2);
        aggregate.accepted[0][1] = 1 << (WORKERS - 256);
        _commitAll(0, aggregate);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.TooManyAccepted.selector, VIRTUAL, 1, 5));
        _attest(0, 0, aggregate);
        aggregate.accepted[0][1] = 1 << 255;
        _commitAll(0, aggregate);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.TooManyAccepted.selector, VIRTUAL, 1, 5));
        _attest(0, 0, aggregate);
        aggregate.accepted[0][1] = 1 << (WORKERS - 257);
        _commitAll(0, aggregate);
        _attest(0, 0, aggregate);
    }

    function testFuzz_attest_CountsTheBits(uint256 fromVirtual, uint256 fromPhysical) external {
        fromVirtual |= 1;
        uint32 bits = 0;
        for (uint256 i = 0; i < 256; ++i) bits += uint32((fromVirtual >> i) & 1);
        _restart(_terms());
        _report(TASK, 0, VIRTUAL, bits - 1);
        _report(TASK, 0, PHYSICAL, 256);
        _commitAll(0, _aggregate(fromVirtual, fromPhysical | 1));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.TooManyAccepted.selector, VIRTUAL, bits, bits - 1));
        _attest(0, 0, _aggregate(fromVirtual, fromPhysical | 1));
        // One fewer fits.
        vm.warp(block.timestamp + REPORT);
        _finalize(0, _aggregate(fromVirtual ^ 1, fromPhysical | 3));
        for (uint32 i = 0; i < 256; ++i) {
            uint256 taken = ((fromVirtual ^ 1) >> i) & 1;
            assertEq(_manager.acceptedRounds(TASK, VIRTUAL, i), taken, "accepted");
        }
    }

    function _isInvalid(ITaskManager.Aggregate memory aggregate) private {
        _commitAll(0, aggregate);
        vm.expectRevert(ITaskManager.InvalidAggregate.selector);
        _attest(0, 0, aggregate);
    }

    function _isCompleted(uint16 rounds, bytes32 globalModel) private view {
        ITaskManager.Task memory task = _task();
        assertEq(uint8(task.status), uint8(TaskStatus.Completed), "status");
        assertEq(task.round, rounds, "rounds");
        assertEq(task.endedAt, START + 99, "ended at");
        MockGateway.Sent memory sent = _gateway.last();
        assertEq(uint8(sent.kind), uint8(MessageKind.TaskEnded), "kind");
        assertEq(sent.body, abi.encode(TaskEnded(TASK, TaskStatus.Completed, globalModel)), "body");
    }
}

/// @dev Two of three aggregators are enough.
contract AttemptTest is TaskManagerFixture {
    function setUp() external {
        _deploy();
        _publish();
        _reportBoth(0, 5);
        vm.warp(START + 50);
    }

    function test_commitAttestation() external {
        bytes32 commitment = _commitmentTo(_aggregate(7, 3), 0);
        vm.expectEmit(address(_manager));
        emit ITaskManager.AttestationCommitted(TASK, 0, _aggregator(0), 0, commitment);
        _commit(0, 0, _aggregate(7, 3));
        assertEq(_committedBy(0, 0), commitment, "commitment");
        assertEq(_committedBy(1, 0), 0, "the other's");
        _isAttempt(ITaskManager.Attempt(0, 1, 0, 0));
    }

    function test_commitAttestation_OpensOnceEnoughHaveAndTheTimeForReportsIsOver() external {
        _commit(0, 0, _aggregate(7, 3));
        _commit(2, 0, _aggregate(7, 3));
        _isAttempt(ITaskManager.Attempt(0, 2, 0, START + 50 + REPORT));
        vm.warp(START + 49 + REPORT);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.CommitmentsOpen.selector, TASK, 0, START + 50 + REPORT));
        _attest(0, 0, _aggregate(7, 3));
        vm.warp(START + 50 + REPORT);
        _attest(0, 0, _aggregate(7, 3));
        _attest(2, 0, _aggregate(7, 3));
        assertEq(_task().round, 1, "final");
    }

    function test_commitAttestation_OpensAtOnceWhenAllHave() external {
        for (uint256 i = 0; i < 3; ++i) {
            _isAttempt(ITaskManager.Attempt(0, uint32(i), 0, i < 2 ? 0 : START + 50 + REPORT));
            _commit(i, 0, _aggregate(7, 3));
        }
        _isAttempt(ITaskManager.Attempt(0, 3, 0, START + 50));
        _attest(0, 0, _aggregate(7, 3));
    }

    function test_commitAttestation_AgainReplacesTheCommitment() external {
        _commit(0, 0, _aggregate(3, 3));
        _commit(0, 0, _aggregate(7, 3));
        _isAttempt(ITaskManager.Attempt(0, 1, 0, 0));
        _commit(1, 0, _aggregate(7, 3));
        _commit(2, 0, _aggregate(7, 3));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.NotCommitted.selector, TASK, 0, _aggregator(0)));
        _attest(0, 0, _aggregate(3, 3));
        _attest(0, 0, _aggregate(7, 3));
    }

    /// @dev Three saw different files: each attests again, and votes of before count no more.
    function test_commitAttestation_BeginsTheNextAttemptAfterAllDiffered() external {
        for (uint256 i = 0; i < 3; ++i) _commit(i, 0, _aggregate(1 << i, 3));
        for (uint256 i = 0; i < 3; ++i) _attest(i, 0, _aggregate(1 << i, 3));
        vm.expectEmit(address(_manager));
        emit ITaskManager.AttemptFailed(TASK, 0, 0);
        _commit(1, 0, _aggregate(7, 3));
        _isAttempt(ITaskManager.Attempt(1, 1, 0, 0));
        _commit(0, 0, _aggregate(1, 3));
        _commit(2, 0, _aggregate(7, 3));
        _attest(0, 0, _aggregate(1, 3));
        _attest(1, 0, _aggregate(7, 3));
        assertEq(_task().round, 0, "one of each in this attempt");
        _attest(2, 0, _aggregate(7, 3));
        assertEq(_task().round, 1, "final");
    }

    function test_commitAttestation_BeginsTheNextAttemptOnceTheTimeIsOver() external {
        for (uint256 i = 0; i < 3; ++i) _commit(i, 0, _aggregate(1 << i, 3));
        _attest(0, 0, _aggregate(1, 3));
        vm.warp(START + 49 + REPORT);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.AttemptUnderWay.selector, TASK, 0, 0));
        _commit(0, 0, _aggregate(7, 3));
        vm.warp(START + 50 + REPORT);
        _commit(0, 0, _aggregate(7, 3));
        // What was not opened before cannot be now.
        _commit(2, 0, _aggregate(7, 3));
        _commit(1, 0, _aggregate(7, 3));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.NotCommitted.selector, TASK, 0, _aggregator(1)));
        _attest(1, 0, _aggregate(2, 3));
    }

    /// @dev Of three aggregators only one is honest: whatever the others do, its attempts that fail for ever are few.
    function test_attemptsUntilTheDeadlineAreFew() external {
        uint256 calls = 0;
        for (uint256 time = START + 50; time < DEADLINE; ++time) {
            vm.warp(time);
            for (uint256 i = 0; i < 3; ++i) {
                ITaskManager.Aggregate memory mine = _aggregate(1 << i, 3);
                if (_committedBy(i, 0) != 0) continue;
                bytes memory commit = abi.encodeCall(
                    ITaskManager.commitAttestation,
                    (TASK, 0, _commitmentTo(mine, i))
                );
                vm.prank(_aggregator(i));
                (bool committed, ) = address(_manager).call(commit);
                if (committed && i == 0) ++calls;
            }
            for (uint256 i = 0; i < 3; ++i) {
                vm.prank(_aggregator(i));
                (bool attested, ) = address(_manager).call(
                    abi.encodeCall(ITaskManager.attest, (TASK, 0, _aggregate(1 << i, 3), _saltOf(i)))
                );
                if (attested && i == 0) ++calls;
            }
        }
        // After the first, which fails at once, they take 60, 120, 240, 480 and 960 seconds, of 950.
        assertLe(calls, 2 * 6, "calls of the honest one");
        assertEq(_task().round, 0, "not final");
    }

    /// @dev Late is better than never: until the next attempt begins, commitments are opened.
    function test_attest_AfterItsTimeUnlessTheNextAttemptBegan() external {
        for (uint256 i = 0; i < 3; ++i) _commit(i, 0, _aggregate(7, 3));
        vm.warp(START + 50 + 2 * REPORT);
        _attest(0, 0, _aggregate(7, 3));
        _attest(1, 0, _aggregate(7, 3));
        assertEq(_task().round, 1, "final");
    }

    /// @dev Whoever copies what another committed to, or opened, has attested nothing.
    function test_RevertWhen_ACommitmentIsCopied() external {
        bytes32 commitment = _commitmentTo(_aggregate(7, 3), 0);
        _commit(0, 0, _aggregate(7, 3));
        vm.prank(_aggregator(1));
        _manager.commitAttestation(TASK, 0, commitment);
        _commit(2, 0, _aggregate(7, 3));
        _attest(0, 0, _aggregate(7, 3));
        vm.prank(_aggregator(1));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.NotCommitted.selector, TASK, 0, _aggregator(1)));
        _manager.attest(TASK, 0, _aggregate(7, 3), _saltOf(0));
        assertEq(_task().round, 0, "one of them derived it");
        _attest(2, 0, _aggregate(7, 3));
        assertEq(_task().round, 1, "two of them did");
    }

    function test_RevertWhen_ItIsAttestedTwice() external {
        _commitAll(0, _aggregate(7, 3));
        _attest(0, 0, _aggregate(7, 3));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.NotCommitted.selector, TASK, 0, _aggregator(0)));
        _attest(0, 0, _aggregate(7, 3));
    }

    function test_RevertWhen_NothingWasCommittedTo() external {
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.CommitmentsOpen.selector, TASK, 0, 0));
        _attest(0, 0, _aggregate(7, 3));
        _commit(0, 0, _aggregate(7, 3));
        _commit(1, 0, _aggregate(7, 3));
        vm.warp(START + 50 + REPORT);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.NotCommitted.selector, TASK, 0, _aggregator(2)));
        _attest(2, 0, _aggregate(7, 3));
    }

    function test_RevertWhen_CallerIsNotAnAggregator() external {
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.NotAggregator.selector, TASK, PUBLISHER));
        vm.prank(PUBLISHER);
        _manager.commitAttestation(TASK, 0, keccak256("commitment"));
        _commitAll(0, _aggregate(7, 3));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.NotCommitted.selector, TASK, 0, PUBLISHER));
        vm.prank(PUBLISHER);
        _manager.attest(TASK, 0, _aggregate(7, 3), _saltOf(0));
    }

    /// @dev It would count anew each time.
    function test_RevertWhen_TheCommitmentIsZero() external {
        vm.expectRevert(ITaskManager.InvalidAggregate.selector);
        vm.prank(_aggregator(0));
        _manager.commitAttestation(TASK, 0, 0);
    }

    /// @dev What it works on is whose code is linked with it.
    function test_RevertWhen_TheLibraryIsCalledItself() external {
        bytes memory arguments = abi.encode(0, TASK, 0, keccak256("commitment"));
        vm.prank(_aggregator(0));
        (bool done, ) = address(Agreement).call(bytes.concat(Agreement.commitAttestation.selector, arguments));
        assertFalse(done, "called itself");
    }

    function _isAttempt(ITaskManager.Attempt memory attempt) private view {
        assertEq(abi.encode(_attemptOf(0)), abi.encode(attempt), "attempt");
    }
}
