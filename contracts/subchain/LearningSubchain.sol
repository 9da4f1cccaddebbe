// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IncrementalMerkle} from "../gateway/IncrementalMerkle.sol";
import {TaskApp} from "../gateway/TaskApp.sol";
import {ILearningSubchain} from "../interfaces/ILearningSubchain.sol";
import {Commitment, Epoch, HEARS_REVEALS, HEARS_ROUNDS, IMeter} from "../interfaces/IMeter.sol";
import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {Draws} from "../types/Draws.sol";
import {Leaves} from "../types/Leaves.sol";
import {
    CommitsReport,
    MessageKind,
    RevealsOpened,
    RoundOpened,
    RoundReport,
    SettlementReport,
    TaskEnded,
    TaskOpened,
    TaskStatus
} from "../types/Messages.sol";
import {CLOCK_SKEW_SECONDS, RevealedUpdate, Space, TaskId, TaskTerms, WorkRecord} from "../types/TaskTypes.sol";
import {MeterRegistry} from "./MeterRegistry.sol";

/// @title LearningSubchain
/// @notice See ILearningSubchain. Its owner sets the link to the relay chain and adds meters; it can change no task,
/// time or measurement.
contract LearningSubchain is ILearningSubchain, MeterRegistry, TaskApp {
    using IncrementalMerkle for IncrementalMerkle.Tree;

    /// @dev A storage receipt: the place of its aggregator in the terms, and a signature of 64 bytes (EIP-2098).
    uint256 internal constant RECEIPT_BYTES = 65;
    /// @dev One of each aggregator, of which TermsCheck lets a task have as many.
    uint256 internal constant MAX_RECEIPTS = 32;

    /// @notice Chain id of the relay chain.
    uint256 public immutable RELAY_CHAIN_ID;
    /// @notice Which space this subchain manages.
    Space public immutable SPACE;
    /// @notice Who may take part.
    IWorkerRegistry public immutable REGISTRY;

    mapping(TaskId => Task) private _tasks;
    mapping(TaskId => mapping(address worker => Worker)) private _workers;
    /// @dev Data digests are a worker's own, so that nobody can use up another's.
    mapping(TaskId => mapping(address worker => mapping(bytes32 dataDigest => bool))) private _refreshedWith;
    mapping(TaskId => mapping(bytes32 update => bool)) private _revealedBefore;
    mapping(TaskId => mapping(uint16 round => Round)) private _rounds;
    /// @dev Trees of revealed updates, whose leaves the round counts.
    mapping(TaskId => mapping(uint16 round => bytes32[32])) private _updates;
    mapping(TaskId => mapping(uint16 round => mapping(address worker => bytes32))) private _commitments;
    /// @dev When a worker committed, Unix seconds; 0 before. It stays after the reveal.
    mapping(TaskId => mapping(uint16 round => mapping(address worker => uint40))) private _committedAt;
    mapping(TaskId => IncrementalMerkle.Tree) private _records;
    /// @dev Of tasks in which not all take part in each round.
    mapping(TaskId => Beacon) private _beacons;
    /// @dev While a meter is asked for work. One that settled then would have the epoch reported twice, and the relay chain
    /// freezes a chain that says two things, with the tasks of all mechanisms.
    bool private transient _settling;

    constructor(address owner, uint256 relayChainId, Space space, IWorkerRegistry registry) TaskApp(owner) {
        RELAY_CHAIN_ID = relayChainId;
        SPACE = space;
        REGISTRY = registry;
    }

    /// @inheritdoc ILearningSubchain
    function enrol(TaskId task, bytes calldata choice) external {
        Task storage state = _openTask(task);
        require(block.timestamp < state.startTime, EnrolmentClosed(task, state.startTime));
        address device = REGISTRY.deviceOf(msg.sender);
        require(device != address(0), IWorkerRegistry.NotRegistered(msg.sender));
        require(!_workers[task][msg.sender].enrolled, AlreadyEnrolled(task, msg.sender));
        require(state.enrolled < state.maxWorkers, TaskFull(task, state.maxWorkers));
        uint24 index = state.enrolled++;
        _workers[task][msg.sender] = Worker(true, index, device);
        emit WorkerEnrolled(task, msg.sender, index, choice);
        state.meter.enrol(task, msg.sender, choice);
    }

    /// @inheritdoc ILearningSubchain
    function refresh(TaskId task, bytes32 dataDigest, uint32 samples, Anchor calldata anchor) external {
        require(SPACE == Space.Physical, WrongSpace());
        _refresh(task, msg.sender, dataDigest, samples, anchor);
        emit DataRefreshed(task, msg.sender, dataDigest, samples);
    }

    /// @inheritdoc ILearningSubchain
    function synchronize(
        TaskId task,
        address twin,
        bytes32 dataDigest,
        uint32 samples,
        bytes32 privacyPolicyDigest,
        Anchor calldata anchor
    ) external {
        require(SPACE == Space.Virtual, WrongSpace());
        require(_requireWorker(task, twin).device == msg.sender, NotItsDevice(twin, msg.sender));
        require(privacyPolicyDigest != 0, InvalidValue("privacyPolicyDigest"));
        _refresh(task, twin, dataDigest, samples, anchor);
        emit TwinSynchronized(task, twin, msg.sender, dataDigest, samples, privacyPolicyDigest);
    }

    /// @inheritdoc ILearningSubchain
    function drawBeacon(TaskId task) external {
        Task storage state = _openTask(task);
        Beacon storage beacon = _beacons[task];
        require(
            block.timestamp >= state.startTime &&
                !state.settled &&
                _participants(state) < state.enrolled &&
                beacon.value == 0,
            NoBeaconToDraw(task)
        );
        uint48 named = beacon.blockNumber;
        require(named != block.number, NoBeaconToDraw(task));
        // Zero for all but the last 256 blocks.
        bytes32 blockHash = named == 0 ? bytes32(0) : blockhash(named);
        if (blockHash == 0) {
            beacon.blockNumber = uint48(block.number);
            emit BeaconNamed(task, uint48(block.number));
        } else {
            bytes32 value = Draws.beaconOf(task, blockHash);
            beacon.value = value;
            emit BeaconDrawn(task, value, named, blockHash);
        }
    }

    /// @inheritdoc ILearningSubchain
    function commit(TaskId task, uint16 round, bytes32 commitment) external {
        Round storage open = _openRound(task, round);
        uint32 index = _requireWorker(task, msg.sender).index;
        require(commitment != 0, InvalidValue("commitment"));
        Task storage state = _tasks[task];
        require(_takesCommits(open, state), CommitPhaseClosed(task, round));
        _requireDrawn(task, state, round, index);
        require(_committedAt[task][round][msg.sender] == 0, AlreadyCommitted(task, round, msg.sender));

        _committedAt[task][round][msg.sender] = uint40(block.timestamp);
        _commitments[task][round][msg.sender] = commitment;
        ++open.committed;
        emit UpdateCommitted(task, round, msg.sender, commitment);
    }

    /// @inheritdoc ILearningSubchain
    function closeCommits(TaskId task) external {
        Task storage state = _openTask(task);
        uint16 round = state.round;
        Round storage open = _openRound(task, round);
        require(_takesCommits(open, state), CommitPhaseClosed(task, round));
        uint32 committed = open.committed;
        uint32 participants = _participants(state);
        // Who commits at once, to a low quorum, leaves the others a quarter of the time.
        uint48 quorumFrom = uint48(open.startedAt) + (state.commitSeconds + 3) / 4;
        bool quorate = uint256(committed) * 1e9 >= uint256(participants) * state.quorumPpb;
        require(
            committed == participants || (quorate && block.timestamp >= quorumFrom),
            CommitsStillOpen(task, round, committed, quorumFrom)
        );
        _closeCommits(task, round, open);
    }

    /// @inheritdoc ILearningSubchain
    function reveal(
        TaskId task,
        uint16 round,
        Opening calldata opening,
        bytes calldata evidence,
        bytes calldata receipts
    ) external {
        Round storage open = _openRound(task, round);
        Task storage state = _tasks[task];
        _requireRevealPhase(task, round, open, state);
        bool whole = receipts.length % RECEIPT_BYTES == 0 && receipts.length <= MAX_RECEIPTS * RECEIPT_BYTES;
        require(whole, InvalidReceipts(receipts.length));
        RevealedUpdate memory revealed = _revealedUpdate(task, round, opening);
        bytes32 committed = _openCommitment(open, revealed, opening.salt);
        emit UpdateRevealed(
            task,
            round,
            msg.sender,
            revealed.index,
            revealed.update,
            revealed.samples,
            revealed.engine,
            receipts
        );
        if (state.hears & HEARS_REVEALS != 0) _tellReveal(state.meter, open, revealed, committed, evidence);
        else require(evidence.length == 0, InvalidValue("evidence"));
    }

    /// @inheritdoc ILearningSubchain
    function closeRound(TaskId task) external {
        Task storage state = _openTask(task);
        uint16 round = state.round;
        Round storage open = _openRound(task, round);
        (, uint48 until) = _revealPhase(open, state);
        bool commitsOver = open.commitsClosedAt != 0 || block.timestamp >= _commitsUntil(open, state);
        bool allRevealed = commitsOver && open.revealed == open.committed;
        require(allRevealed || block.timestamp >= until, RoundStillOpen(task, round, until));

        _closeRound(task, state, open);
    }

    /// @inheritdoc ILearningSubchain
    function settle(TaskId task, address[] calldata workers) external {
        Task storage state = _tasks[task];
        require(state.status != TaskStatus.None, TaskNotOpen(task));
        Epoch memory epoch = _epochOf(state);
        require(block.timestamp >= epoch.end && !state.settled, NotSettleable(task, epoch.end));

        uint32 recorded = _recordWorkers(task, workers, epoch);
        if (recorded < state.enrolled) return;

        state.settled = true;
        IncrementalMerkle.Tree storage records = _records[task];
        bytes32 root = records.root(IncrementalMerkle.depthOf(records.count));
        emit EpochClosed(task, root, recorded);
        SettlementReport memory report = SettlementReport(
            uint64(block.chainid),
            task,
            recorded,
            root,
            state.workersPerRound == 0 ? bytes32(0) : _beacons[task].value,
            state.meter.totals(task)
        );
        _send(RELAY_CHAIN_ID, MessageKind.EpochSettled, abi.encode(report));
    }

    /// @inheritdoc ILearningSubchain
    function taskOf(TaskId task) external view returns (Task memory) {
        return _tasks[task];
    }

    /// @inheritdoc ILearningSubchain
    function roundOf(TaskId task, uint16 round) external view returns (Round memory) {
        return _rounds[task][round];
    }

    /// @inheritdoc ILearningSubchain
    function workerOf(TaskId task, address worker) external view returns (Worker memory) {
        return _workers[task][worker];
    }

    /// @inheritdoc ILearningSubchain
    function beaconOf(TaskId task) external view returns (Beacon memory) {
        return _beacons[task];
    }

    /// @inheritdoc ILearningSubchain
    function commitmentOf(TaskId task, uint16 round, address worker) external view returns (bytes32) {
        return _commitments[task][round][worker];
    }

    function _onTaskMessage(
        uint256 originChainId,
        bytes32 receiveId,
        MessageKind kind,
        bytes memory body
    ) internal override {
        if (kind == MessageKind.TaskOpened) _onTaskOpened(abi.decode(body, (TaskOpened)));
        else if (kind == MessageKind.RoundOpened) _onRoundOpened(receiveId, abi.decode(body, (RoundOpened)));
        else if (kind == MessageKind.RevealsOpened) _onRevealsOpened(receiveId, abi.decode(body, (RevealsOpened)));
        else if (kind == MessageKind.TaskEnded) _onTaskEnded(abi.decode(body, (TaskEnded)));
        else revert UnexpectedMessage(uint8(kind), originChainId);
    }

    function _isCounterpartChain(uint256 chainId) internal view override returns (bool) {
        return chainId == RELAY_CHAIN_ID;
    }

    function _onTaskOpened(TaskOpened memory opened) private {
        TaskTerms memory terms = opened.terms;
        TaskId task = opened.task;
        Task storage state = _tasks[task];
        require(state.status == TaskStatus.None, AlreadyArrived(task));
        IMeter meter = _meter(terms.mechanism);
        state.status = TaskStatus.Open;
        state.startTime = SafeCast.toUint40(terms.schedule.startTime);
        state.epochSeconds = terms.schedule.epochSeconds;
        state.meter = meter;
        state.rounds = terms.rounds;
        state.quorumPpb = terms.quorumPpb;
        state.maxWorkers = SafeCast.toUint24(terms.maxWorkers);
        state.maxSamples = terms.maxSamples;
        state.workersPerRound = terms.workersPerRound;
        state.sampling = terms.sampling;
        state.commitSeconds = terms.schedule.commitSeconds;
        state.revealSeconds = terms.schedule.revealSeconds;
        emit TaskArrived(task, terms.specDigest, terms.schedule.startTime, terms.schedule.epochSeconds);
        _startRound(RoundOpened(task, 0, terms.initialModel, terms.schedule.startTime), terms.schedule.startTime);
        state.hears = meter.open(task, terms, opened.mechanismTerms);
    }

    function _onRoundOpened(bytes32 receiveId, RoundOpened memory opened) private {
        Task storage state = _tasks[opened.task];
        // The end of a task may overtake its last rounds.
        if (_hasEnded(state)) {
            emit LateMessage(opened.task, receiveId);
            return;
        }
        require(state.status == TaskStatus.Open && opened.round == state.round + 1, NotYet());
        _abandonOpenRound(opened.task, state.round);
        // This chain's clock may be behind the main chain's.
        uint48 least = opened.openedAt - uint48(CLOCK_SKEW_SECONDS);
        _startRound(opened, block.timestamp > least ? uint48(block.timestamp) : least);
        if (state.hears & HEARS_ROUNDS != 0) state.meter.round(opened.task, opened.round, opened.openedAt);
    }

    function _onRevealsOpened(bytes32 receiveId, RevealsOpened memory opened) private {
        Task storage state = _tasks[opened.task];
        Round storage open = _rounds[opened.task][opened.round];
        // The round, its end or the beginning of its reveals by time may overtake it.
        bool late = _hasEnded(state) || opened.round < state.round || open.closed;
        if (!late && open.startedAt != 0) {
            (uint48 from, ) = _revealPhase(open, state);
            late = block.timestamp >= from;
        }
        if (late) {
            emit LateMessage(opened.task, receiveId);
            return;
        }
        require(open.commitsClosedAt != 0, NotYet());
        open.revealsOpenedAt = uint40(block.timestamp);
        emit RevealsStarted(opened.task, opened.round);
    }

    function _onTaskEnded(TaskEnded memory ended) private {
        Task storage state = _tasks[ended.task];
        require(state.status == TaskStatus.Open, NotYet());
        Round storage open = _rounds[ended.task][state.round];
        // What was revealed before the task expired can be credited on the main chain.
        if (ended.status == TaskStatus.Expired && !open.closed && open.revealed != 0) _closeRound(ended.task, state, open);
        else _abandonOpenRound(ended.task, state.round);
        state.status = ended.status;
        emit TaskFinished(ended.task, ended.status, ended.globalModel);
    }

    function _startRound(RoundOpened memory opened, uint48 startedAt) private {
        _tasks[opened.task].round = opened.round;
        Round storage open = _rounds[opened.task][opened.round];
        open.openedAt = SafeCast.toUint40(opened.openedAt);
        open.startedAt = SafeCast.toUint40(startedAt);
        open.globalModel = opened.globalModel;
        emit RoundStarted(opened.task, opened.round, opened.globalModel, opened.openedAt);
    }

    function _closeCommits(TaskId task, uint16 round, Round storage open) internal virtual {
        open.commitsClosedAt = uint40(block.timestamp);
        emit CommitsClosed(task, round, open.committed);
        CommitsReport memory report = CommitsReport(uint64(block.chainid), task, round, open.committed);
        _send(RELAY_CHAIN_ID, MessageKind.CommitsClosed, abi.encode(report));
    }

    /// @dev Closes the open round and reports what was revealed in it.
    function _closeRound(TaskId task, Task storage state, Round storage open) private {
        uint16 round = state.round;
        open.closed = true;
        uint256 revealed = open.revealed;
        bytes32 root = IncrementalMerkle.rootOf(_updates[task][round], revealed, IncrementalMerkle.depthOf(revealed));
        emit RoundClosed(task, round, root, open.committed, open.revealed);
        RoundReport memory report = RoundReport(
            uint64(block.chainid),
            task,
            round,
            state.enrolled,
            open.committed,
            open.revealed,
            root,
            state.meter.totals(task)
        );
        _send(RELAY_CHAIN_ID, MessageKind.RoundReported, abi.encode(report));
    }

    function _abandonOpenRound(TaskId task, uint16 round) private {
        if (_rounds[task][round].closed) return;
        _rounds[task][round].closed = true;
        emit RoundAbandoned(task, round);
    }

    function _refresh(
        TaskId task,
        address worker,
        bytes32 dataDigest,
        uint32 samples,
        Anchor calldata anchor
    ) private {
        Task storage state = _tasks[task];
        require(state.status != TaskStatus.None, TaskNotOpen(task));
        _requireWorker(task, worker);
        Epoch memory epoch = _epochOf(state);
        // Before it begins too: where blocks are some seconds apart, none may be at its very beginning.
        require(block.timestamp < epoch.end, EpochOver(task, epoch.end));
        require(dataDigest != 0, InvalidValue("dataDigest"));
        require(samples > 0, InvalidValue("samples"));
        // blockhash() is zero for all but the last 256 blocks.
        require(
            anchor.blockHash != 0 && blockhash(anchor.number) == anchor.blockHash,
            StaleAnchor(anchor.number, anchor.blockHash)
        );
        require(!_refreshedWith[task][worker][dataDigest], DataNotDistinct(task, dataDigest));

        _refreshedWith[task][worker][dataDigest] = true;
        state.meter.refresh(task, worker, samples, epoch);
    }

    /// @dev The caller's update, as it opens it.
    function _revealedUpdate(
        TaskId task,
        uint16 round,
        Opening calldata opening
    ) private view returns (RevealedUpdate memory) {
        require(opening.update != 0, InvalidValue("update"));
        require(opening.samples > 0 && opening.samples <= _tasks[task].maxSamples, InvalidValue("samples"));
        require(opening.engine != 0, InvalidValue("engine"));
        return
            RevealedUpdate(
                uint64(block.chainid),
                task,
                round,
                _workers[task][msg.sender].index,
                msg.sender,
                opening.update,
                opening.samples,
                opening.engine
            );
    }

    /// @notice Takes an update that opens its worker's commitment.
    /// @return committed What the update was committed to with.
    function _openCommitment(
        Round storage open,
        RevealedUpdate memory revealed,
        bytes32 salt
    ) private returns (bytes32 committed) {
        TaskId task = revealed.task;
        mapping(address => bytes32) storage commitments = _commitments[task][revealed.round];
        committed = commitments[revealed.worker];
        require(committed != 0, NothingToReveal(task, revealed.round, revealed.worker));
        bytes32 opened = Leaves.ofCommit(address(this), revealed, salt);
        require(committed == opened, CommitmentMismatch(committed, opened));
        require(!_revealedBefore[task][revealed.update], UpdateNotDistinct(task, revealed.update));
        _revealedBefore[task][revealed.update] = true;
        delete commitments[revealed.worker];
        IncrementalMerkle.insertAt(_updates[task][revealed.round], open.revealed++, Leaves.ofUpdate(revealed));
    }

    function _tellReveal(
        IMeter meter,
        Round storage open,
        RevealedUpdate memory revealed,
        bytes32 committed,
        bytes calldata evidence
    ) private {
        uint40 committedAt = _committedAt[revealed.task][revealed.round][revealed.worker];
        meter.reveal(revealed, Commitment(open.openedAt, committedAt, committed), evidence);
    }

    /// @notice Records the next workers of a task.
    /// @return recorded How many are recorded by now.
    function _recordWorkers(
        TaskId task,
        address[] calldata workers,
        Epoch memory epoch
    ) private returns (uint32 recorded) {
        require(!_settling, SettlingWithin(task));
        _settling = true;
        Task storage state = _tasks[task];
        IMeter meter = state.meter;
        recorded = state.recorded;
        for (uint256 i = 0; i < workers.length; ++i) _recordWorker(task, recorded++, workers[i], meter, epoch);
        state.recorded = SafeCast.toUint24(recorded);
        _settling = false;
    }

    function _recordWorker(TaskId task, uint32 index, address worker, IMeter meter, Epoch memory epoch) private {
        Worker storage known = _workers[task][worker];
        require(known.enrolled && known.index == index, NotNextWorker(task, worker, index));
        bytes memory work = meter.settle(task, worker, epoch);
        _records[task].insert(
            Leaves.ofRecord(WorkRecord(uint64(block.chainid), task, index, worker, keccak256(work)))
        );
        emit WorkRecorded(task, worker, index, work);
    }

    function _openTask(TaskId task) private view returns (Task storage state) {
        state = _tasks[task];
        require(state.status == TaskStatus.Open, TaskNotOpen(task));
    }

    function _openRound(TaskId task, uint16 round) private view returns (Round storage open) {
        Task storage state = _openTask(task);
        open = _rounds[task][round];
        require(round == state.round && !open.closed, RoundNotOpen(task, round));
    }

    function _requireWorker(TaskId task, address worker) private view returns (Worker storage known) {
        known = _workers[task][worker];
        require(known.enrolled, NotEnrolled(task, worker));
    }

    function _requireDrawn(TaskId task, Task storage state, uint16 round, uint32 index) private view {
        uint256 drawn = _participants(state);
        uint256 enrolled = state.enrolled;
        if (drawn == enrolled) return;
        bytes32 beacon = _beacons[task].value;
        require(beacon != 0, BeaconNotDrawn(task));
        require(
            Draws.isDrawn(state.sampling, beacon, round, index, enrolled, drawn),
            NotDrawn(task, round, msg.sender)
        );
    }

    /// @dev How many take part in a round.
    function _participants(Task storage state) private view returns (uint32) {
        (uint32 enrolled, uint32 drawn) = (state.enrolled, state.workersPerRound);
        return drawn == 0 || drawn > enrolled ? enrolled : drawn;
    }

    function _epochOf(Task storage state) private view returns (Epoch memory) {
        uint48 start = state.startTime;
        return Epoch(start, start + state.epochSeconds);
    }

    function _requireRevealPhase(TaskId task, uint16 round, Round storage open, Task storage state) private view {
        (uint48 from, uint48 until) = _revealPhase(open, state);
        require(
            block.timestamp >= from && block.timestamp < until,
            NotRevealPhase(task, round, from, until)
        );
    }

    function _hasEnded(Task storage state) private view returns (bool) {
        return state.status == TaskStatus.Completed || state.status == TaskStatus.Expired;
    }

    function _takesCommits(Round storage open, Task storage state) private view returns (bool) {
        return
            open.commitsClosedAt == 0 &&
            block.timestamp >= open.startedAt &&
            block.timestamp < _commitsUntil(open, state);
    }

    function _commitsUntil(Round storage open, Task storage state) private view returns (uint48) {
        return uint48(open.openedAt) + state.commitSeconds;
    }

    /// @dev No sooner than any subchain of the task has stopped to take commits: who sees a reveal cannot commit to a copy.
    function _revealPhase(Round storage open, Task storage state) private view returns (uint48 from, uint48 until) {
        uint40 openedAt = open.revealsOpenedAt;
        from = openedAt != 0 ? openedAt : _commitsUntil(open, state) + CLOCK_SKEW_SECONDS;
        until = from + state.revealSeconds;
    }
}
