// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ILearningSubchain} from "../../../contracts/interfaces/ILearningSubchain.sol";
import {Commitment, Epoch, HEARS_REVEALS, HEARS_ROUNDS, IMeter} from "../../../contracts/interfaces/IMeter.sol";
import {IMeterRegistry} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {AoIWork} from "../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {
    MessageKind,
    RoundOpened,
    RoundReport,
    SettlementReport,
    TaskOpened,
    TaskStatus
} from "../../../contracts/types/Messages.sol";
import {RevealedUpdate, Space, TaskId, TaskTerms, WorkRecord} from "../../../contracts/types/TaskTypes.sol";
import {MockGateway} from "../MockGateway.sol";
import {SubchainFixture} from "../subchain/SubchainFixture.sol";
import {FlatMechanism} from "./dummy/FlatMechanism.sol";
import {FlatMeter} from "./dummy/FlatMeter.sol";
import {ReenteringMeter} from "./dummy/ReenteringMeter.sol";
import {RecordingMeter} from "./dummy/RecordingMeter.sol";
import {WitnessedMechanism} from "./dummy/WitnessedMechanism.sol";
import {WitnessedMeter} from "./dummy/WitnessedMeter.sol";

/// @dev What a subchain tells a meter, word for word, and what it does with the answers.
contract MeterSeamTest is SubchainFixture {
    bytes4 private constant RECORDED = bytes4(keccak256("freshet.mechanism.recorded"));

    RecordingMeter private _recorder;

    function setUp() external {
        _start(HEARS_ROUNDS | HEARS_REVEALS);
    }

    function test_open_IsToldTheTermsAsTheyCame() external {
        TaskTerms memory terms = _recordedTerms();
        _tells(abi.encodeCall(IMeter.open, (TaskId.wrap(2), terms, hex"c0ffee")));
        _inject(MessageKind.TaskOpened, abi.encode(TaskOpened(TaskId.wrap(2), terms, hex"c0ffee")));
        assertEq(_subchain.taskOf(TaskId.wrap(2)).hears, HEARS_ROUNDS | HEARS_REVEALS, "as the meter answered");
        assertEq(address(_subchain.taskOf(TaskId.wrap(2)).meter), address(_recorder), "meter");
    }

    function testFuzz_enrol_IsToldAnyChoice(bytes calldata choice) external {
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.WorkerEnrolled(TASK, _worker(0), 0, choice);
        _tells(abi.encodeCall(IMeter.enrol, (TASK, _worker(0), choice)));
        vm.prank(_worker(0));
        _subchain.enrol(TASK, choice);
    }

    function test_refresh_IsToldSamplesAndEpoch() external {
        _enrolAll();
        vm.warp(START + 7);
        ILearningSubchain.Anchor memory anchor = _anchor();
        _tells(abi.encodeCall(IMeter.refresh, (TASK, _worker(1), 123, Epoch(START, START + EPOCH))));
        vm.prank(_worker(1));
        _subchain.refresh(TASK, keccak256("a"), 123, anchor);
    }

    /// @dev A refused refresh is told nobody.
    function test_refresh_IsNotToldWhenItIsRefused() external {
        _enrolAll();
        vm.warp(START);
        _refresh(1, keccak256("a"));
        vm.recordLogs();
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.DataNotDistinct.selector, TASK, keccak256("a")));
        vm.prank(_worker(1));
        _subchain.refresh(TASK, keccak256("a"), 5, anchor);
        assertEq(vm.getRecordedLogs().length, 0, "nothing is told");
    }

    function testFuzz_reveal_IsToldUpdateAndEvidence(bytes calldata evidence) external {
        _enrolAll();
        _commitAll();
        Commitment memory commitment = Commitment(START, START + 3, _commitment(1, 0));
        _tells(abi.encodeCall(IMeter.reveal, (_revealed(1, 0), commitment, evidence)));
        vm.prank(_worker(1));
        _subchain.reveal(TASK, 0, _opening(1, 0), evidence, "");
    }

    function test_reveal_IsNotToldToAMeterThatDoesNotHear() external {
        _start(HEARS_ROUNDS);
        _enrolAll();
        _commitAll();
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.InvalidValue.selector, "evidence"));
        vm.prank(_worker(1));
        _subchain.reveal(TASK, 0, _opening(1, 0), hex"00", "");
        vm.recordLogs();
        _reveal(1, 0);
        assertEq(vm.getRecordedLogs().length, 1, "only the reveal itself");
    }

    /// @dev Round 0 opens with the task.
    function test_round_IsToldOfTheOthersInTheirOrder() external {
        for (uint16 round = 1; round < 3; ++round) {
            vm.warp(START + 50 * round);
            _tells(abi.encodeCall(IMeter.round, (TASK, round, START + 50 * round - 1)));
            _inject(MessageKind.RoundOpened, abi.encode(RoundOpened(TASK, round, _model(round), START + 50 * round - 1)));
            assertEq(_subchain.taskOf(TASK).round, round, "round");
        }
    }

    function test_round_IsNotToldToAMeterThatDoesNotHear() external {
        _start(HEARS_REVEALS);
        vm.warp(START + 50);
        vm.recordLogs();
        _inject(MessageKind.RoundOpened, abi.encode(RoundOpened(TASK, 1, _model(1), START + 50)));
        assertEq(vm.getRecordedLogs().length, 2, "only the end of the round before and the new one");
    }

    /// @dev The meter is shown the commit as it was, also when others have committed since.
    function test_reveal_IsToldWhenItsWorkerCommitted() external {
        _enrolAll();
        for (uint256 i = 0; i < 2; ++i) {
            vm.warp(START + 3 + 4 * i);
            _commit(i, 0);
        }
        vm.warp(START + TO_REVEALS);
        for (uint256 i = 0; i < 2; ++i) {
            Commitment memory commitment = Commitment(START, uint48(START + 3 + 4 * i), _commitment(i, 0));
            _tells(abi.encodeCall(IMeter.reveal, (_revealed(i, 0), commitment, bytes(""))));
            _reveal(i, 0);
        }
    }

    /// @dev Whatever a meter answers goes into the hash, the event and the reports as it is.
    function testFuzz_settle_RecordsAnyWork(bytes calldata work, bytes calldata totals) external {
        _enrolAll();
        _recorder.answer(work, totals);
        vm.warp(START + COMMIT);
        _subchain.closeRound(TASK);
        MockGateway.Sent memory sent = _gateway.last();
        assertEq(sent.body, abi.encode(RoundReport(PHYSICAL, TASK, 0, 2, 0, 0, 0, totals)), "report");
        vm.warp(START + EPOCH);
        for (uint256 i = 0; i < 2; ++i) {
            _tells(abi.encodeCall(IMeter.settle, (TASK, _worker(i), Epoch(START, START + EPOCH))));
            vm.expectEmit(address(_subchain));
            emit ILearningSubchain.WorkRecorded(TASK, _worker(i), uint32(i), work);
            _subchain.settle(TASK, _workers(i, i + 1));
        }
        bytes32[2] memory leaves = [Leaves.ofRecord(_record(0, work)), Leaves.ofRecord(_record(1, work))];
        bytes32 root = keccak256(abi.encode(leaves));
        sent = _gateway.last();
        assertEq(sent.body, abi.encode(SettlementReport(PHYSICAL, TASK, 2, root, 0, totals)), "settlement");
    }

    function test_addMeter_StaysWhatItIs() external {
        RecordingMeter other = new RecordingMeter(0);
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.MeterExists.selector, RECORDED));
        _subchain.addMeter(other);
    }

    function _start(uint8 hears) private {
        _deploy(Space.Physical);
        _recorder = new RecordingMeter(hears);
        _subchain.addMeter(_recorder);
        _inject(MessageKind.TaskOpened, abi.encode(TaskOpened(TASK, _recordedTerms(), "")));
    }

    function _tells(bytes memory call) private {
        vm.expectEmit(address(_recorder));
        emit RecordingMeter.Told(address(_subchain), call);
    }

    function _enrolAll() private {
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(_worker(i));
            _subchain.enrol(TASK, "");
        }
    }

    function _commitAll() private {
        vm.warp(START + 3);
        for (uint256 i = 0; i < 2; ++i) _commit(i, 0);
        vm.warp(START + TO_REVEALS);
    }

    function _recordedTerms() private pure returns (TaskTerms memory terms) {
        terms = _terms();
        terms.mechanism = RECORDED;
    }
}

/// @dev A meter that calls the subchain back in the middle of what it is told. Two reports on one matter would have the
/// relay chain freeze this one, and every mechanism's tasks with it.
contract ReenteringMeterTest is SubchainFixture {
    TaskId private constant OTHER = TaskId.wrap(2);

    ReenteringMeter private _reentering;

    function setUp() external {
        _start();
    }

    function test_settle_IsRefusedWithinASettlement() external {
        address[] memory workers = _workers(0, 2);
        // Of its own task with the same workers, and of another mechanism's, which anybody may settle.
        TaskId[2] memory tasks = [TASK, OTHER];
        for (uint256 i = 0; i < 2; ++i) {
            _start();
            _begin();
            vm.warp(START + EPOCH);
            bytes memory call = abi.encodeCall(ILearningSubchain.settle, (tasks[i], workers));
            _reentering.callBack(IMeter.settle.selector, address(_subchain), call);
            _subchain.settle(TASK, workers);
            assertTrue(_reentering.refused(), "refused");
            assertEq(
                _reentering.reason(),
                abi.encodeWithSelector(ILearningSubchain.SettlingWithin.selector, tasks[i]),
                "why"
            );
            assertEq(_gateway.count(), 1, "one report");
            assertEq(_subchain.taskOf(TASK).recorded, 2, "recorded");
            assertFalse(_subchain.taskOf(OTHER).settled, "the other's is not");
            _subchain.settle(OTHER, workers);
            assertEq(_gateway.count(), 2, "and then the other's");
        }
    }

    /// @dev In several parts, each of which may be interrupted.
    function test_settle_GoesOnAfterAPartThatWasInterrupted() external {
        _begin();
        vm.warp(START + EPOCH);
        bytes memory call = abi.encodeCall(ILearningSubchain.settle, (TASK, _workers(0, 2)));
        _reentering.callBack(IMeter.settle.selector, address(_subchain), call);
        _subchain.settle(TASK, _workers(0, 1));
        assertEq(_gateway.count(), 0, "no report yet");
        _subchain.settle(TASK, _workers(1, 2));
        assertEq(_gateway.count(), 1, "one report");
        vm.expectRevert(
            abi.encodeWithSelector(ILearningSubchain.NotSettleable.selector, TASK, START + EPOCH)
        );
        _subchain.settle(TASK, _workers(0, 2));
    }

    /// @dev The task is whole when its meter hears of it: what comes from within finds it so.
    function test_open_IsToldOfATaskThatIsThere() external {
        bytes memory close = abi.encodeCall(ILearningSubchain.closeRound, (TASK));
        _reentering.callBack(IMeter.open.selector, address(_subchain), close);
        _open();
        bytes memory why = abi.encodeWithSelector(
            ILearningSubchain.RoundStillOpen.selector,
            TASK,
            0,
            START + TO_REVEALS + REVEAL
        );
        assertEq(_reentering.reason(), why, "a round that has not begun cannot be closed");
        assertFalse(_round(0).closed, "nor is it");
        assertEq(_subchain.taskOf(TASK).hears, HEARS_ROUNDS | HEARS_REVEALS, "as the meter answered");
    }

    function test_open_MayBringTheNextRoundAtOnce() external {
        bytes memory body = abi.encode(RoundOpened(TASK, 1, _model(1), NOW));
        bytes memory next = abi.encodeCall(
            MockGateway.inject,
            (address(_subchain), RELAY, RELAY_APP, MessageKind.RoundOpened, body)
        );
        _reentering.callBack(IMeter.open.selector, address(_gateway), next);
        _open();
        assertFalse(_reentering.refused(), "delivered");
        assertEq(_subchain.taskOf(TASK).round, 1, "round");
        assertTrue(_round(0).closed, "the one before is abandoned");
        assertEq(_round(1).openedAt, NOW, "and this one open");
        assertEq(_subchain.taskOf(TASK).hears, HEARS_ROUNDS | HEARS_REVEALS, "as the meter answered");
    }

    function _start() private {
        _deploy(Space.Physical);
        _reentering = new ReenteringMeter();
        _subchain.addMeter(_reentering);
        TaskTerms memory terms = _terms();
        _inject(MessageKind.TaskOpened, abi.encode(TaskOpened(OTHER, terms, _mechanismTerms())));
    }

    function _begin() private {
        _open();
        for (uint256 i = 0; i < 2; ++i) {
            vm.startPrank(_worker(i));
            _subchain.enrol(TASK, "");
            _subchain.enrol(OTHER, _choice(0));
            vm.stopPrank();
        }
    }

    function _open() private {
        TaskTerms memory terms = _terms();
        terms.mechanism = bytes4(keccak256("freshet.mechanism.reentering"));
        _inject(MessageKind.TaskOpened, abi.encode(TaskOpened(TASK, terms, "")));
    }
}

/// @dev A mechanism that hears reveals and wants evidence.
contract WitnessedMeterTest is SubchainFixture {
    function setUp() external {
        _deploy(Space.Physical);
        _subchain.addMeter(new WitnessedMeter());
        TaskTerms memory terms = _terms();
        terms.mechanism = WitnessedMechanism.ID;
        _inject(MessageKind.TaskOpened, abi.encode(TaskOpened(TASK, terms, abi.encode(uint96(100)))));
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(_worker(i));
            _subchain.enrol(TASK, "");
        }
        vm.warp(START);
        for (uint256 i = 0; i < 2; ++i) _commit(i, 0);
        _subchain.closeCommits(TASK);
        _openReveals(0);
    }

    function test_reveal_WithEvidenceCounts() external {
        _revealWith(0, 0, _evidence(0, 0));
        _revealWith(1, 0, _evidence(1, 0));
        _subchain.closeRound(TASK);
        RoundReport memory report = abi.decode(_gateway.last().body, (RoundReport));
        assertEq(report.totals, abi.encode(uint256(2)), "totals");
        vm.warp(START + EPOCH);
        _subchain.settle(TASK, _workers(0, 2));
        SettlementReport memory settlement = abi.decode(_gateway.last().body, (SettlementReport));
        assertEq(settlement.totals, abi.encode(uint256(2)), "settlement's");
        bytes32 leaf = Leaves.ofRecord(_record(0, abi.encode(uint32(1))));
        bytes32 other = Leaves.ofRecord(_record(1, abi.encode(uint32(1))));
        assertEq(settlement.recordsRoot, keccak256(abi.encode(leaf, other)), "records");
    }

    /// @dev What the meter refuses has not happened: the worker can reveal again.
    function test_RevertWhen_EvidenceIsNotTheUpdates() external {
        bytes[3] memory others = [bytes(""), _evidence(1, 0), bytes.concat(_evidence(0, 0), hex"00")];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IMeter.InvalidEvidence.selector, TASK, _worker(0)));
            _revealWith(0, 0, others[i]);
        }
        assertEq(_round(0).revealed, 0, "none");
        assertEq(_subchain.commitmentOf(TASK, 0, _worker(0)), _commitment(0, 0), "the commitment stays");
        _revealWith(0, 0, _evidence(0, 0));
    }

    /// @dev Rounds may go on after the epoch; what was answered of a worker stays.
    function test_reveal_AfterTheWorkerWasSettledCountsForNothing() external {
        _revealWith(0, 0, _evidence(0, 0));
        vm.warp(START + EPOCH);
        _nextRound(1);
        _subchain.settle(TASK, _workers(0, 2));
        for (uint256 i = 0; i < 2; ++i) _commit(i, 1);
        _subchain.closeCommits(TASK);
        _openReveals(1);
        vm.expectRevert(abi.encodeWithSelector(IMeter.InvalidEvidence.selector, TASK, _worker(0)));
        _revealWith(0, 1, "");
        _revealWith(0, 1, _evidence(0, 1));
        vm.warp(START + EPOCH + REVEAL);
        _subchain.closeRound(TASK);
        RoundReport memory report = abi.decode(_gateway.last().body, (RoundReport));
        assertEq(report.revealed, 1, "revealed");
        assertEq(report.totals, abi.encode(uint256(1)), "totals");
    }

    function _revealWith(uint256 worker, uint16 round, bytes memory evidence) private {
        vm.prank(_worker(worker));
        _subchain.reveal(TASK, round, _opening(worker, round), evidence, "");
    }

    function _evidence(uint256 worker, uint16 round) private pure returns (bytes memory) {
        return WitnessedMechanism.evidenceOf(_worker(worker), _update(worker, round));
    }
}

/// @dev Tasks of three mechanisms on one subchain, with the same workers at the same places.
contract SeveralMetersTest is SubchainFixture {
    TaskId private constant FLAT = TaskId.wrap(2);
    TaskId private constant WITNESSED = TaskId.wrap(3);

    function setUp() external {
        _deploy(Space.Physical);
        _subchain.addMeter(new FlatMeter());
        _subchain.addMeter(new WitnessedMeter());
        _arrive();
        TaskTerms memory terms = _terms();
        terms.mechanism = FlatMechanism.ID;
        _inject(MessageKind.TaskOpened, abi.encode(TaskOpened(FLAT, terms, abi.encode(uint96(9)))));
        terms.mechanism = WitnessedMechanism.ID;
        _inject(MessageKind.TaskOpened, abi.encode(TaskOpened(WITNESSED, terms, abi.encode(uint96(100)))));
    }

    function test_tasksOfSeveralMechanisms() external {
        _enrolInAll(0, 2);
        _enrolInAll(1, 1);
        vm.warp(START);
        ILearningSubchain.Anchor memory anchor = _anchor();
        for (uint256 task = 1; task < 4; ++task) {
            vm.prank(_worker(0));
            _subchain.refresh(TaskId.wrap(task), keccak256("the same data"), 5, anchor);
        }
        vm.warp(START + 15);
        for (uint256 task = 1; task < 4; ++task) {
            RevealedUpdate memory revealed = _revealed(0, 0);
            revealed.task = TaskId.wrap(task);
            bytes32 commitment = Leaves.ofCommit(address(_subchain), revealed, SALT);
            vm.prank(_worker(0));
            _subchain.commit(revealed.task, 0, commitment);
        }
        vm.warp(START + TO_REVEALS);
        bytes memory evidence = WitnessedMechanism.evidenceOf(_worker(0), _update(0, 0));
        for (uint256 task = 1; task < 4; ++task) {
            vm.prank(_worker(0));
            _subchain.reveal(TaskId.wrap(task), 0, _opening(0, 0), task == 3 ? evidence : bytes(""), "");
            _subchain.closeRound(TaskId.wrap(task));
        }
        bytes[3] memory totals = [_totals(0, 0), bytes(""), abi.encode(uint256(1))];
        for (uint256 i = 0; i < 3; ++i) {
            RoundReport memory report = abi.decode(_gateway.sentAt(i).body, (RoundReport));
            assertEq(TaskId.unwrap(report.task), i + 1, "task");
            assertEq(report.totals, totals[i], "totals");
        }
        vm.warp(START + EPOCH);
        bytes[3] memory works = [
            abi.encode(AoIWork(2, 20, uint128(EPOCH) ** 2)),
            bytes(""),
            abi.encode(uint32(1))
        ];
        bytes[3] memory idle = [abi.encode(AoIWork(1, 0, uint128(EPOCH) ** 2)), bytes(""), abi.encode(uint32(0))];
        for (uint256 i = 0; i < 3; ++i) {
            TaskId task = TaskId.wrap(i + 1);
            _subchain.settle(task, _workers(0, 2));
            SettlementReport memory settlement = abi.decode(_gateway.last().body, (SettlementReport));
            bytes32 root = keccak256(abi.encode(_leaf(task, 0, works[i]), _leaf(task, 1, idle[i])));
            assertEq(settlement.recordsRoot, root, "records");
        }
    }

    /// @dev Each meter decodes its own choices.
    function test_RevertWhen_AChoiceIsOfAnotherMechanism() external {
        vm.startPrank(_worker(0));
        vm.expectRevert(abi.encodeWithSelector(IMeter.InvalidChoice.selector, TASK, bytes("")));
        _subchain.enrol(TASK, "");
        vm.expectRevert(abi.encodeWithSelector(IMeter.InvalidChoice.selector, FLAT, _choice(0)));
        _subchain.enrol(FLAT, _choice(0));
        vm.stopPrank();
    }

    /// @dev The end of one task leaves the others.
    function test_taskEnded_LeavesOtherMechanismsTasks() external {
        _enrolInAll(0, 0);
        _end(TaskStatus.Completed);
        assertEq(uint8(_subchain.taskOf(FLAT).status), uint8(TaskStatus.Open), "the flat task");
        assertEq(uint8(_subchain.taskOf(WITNESSED).status), uint8(TaskStatus.Open), "the witnessed task");
    }

    function _enrolInAll(uint256 worker, uint16 item) private {
        vm.startPrank(_worker(worker));
        _subchain.enrol(TASK, _choice(item));
        _subchain.enrol(FLAT, "");
        _subchain.enrol(WITNESSED, "");
        vm.stopPrank();
    }

    function _leaf(TaskId task, uint32 index, bytes memory work) private pure returns (bytes32) {
        return Leaves.ofRecord(WorkRecord(PHYSICAL, task, index, _worker(index), keccak256(work)));
    }
}
