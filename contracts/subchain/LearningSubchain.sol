// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CrossChainApp} from "../gateway/CrossChainApp.sol";
import {IncrementalMerkle} from "../gateway/IncrementalMerkle.sol";
import {Coverage} from "../mechanisms/aoi-contract/Coverage.sol";
import {ILearningSubchain} from "../interfaces/ILearningSubchain.sol";
import {PolicyRegistry} from "../main/PolicyRegistry.sol";
import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {Leaves} from "../types/Leaves.sol";
import {
    MessageKind,
    RoundOpened,
    RoundReport,
    SettlementReport,
    TaskEnded,
    TaskOpened,
    TaskStatus
} from "../types/Messages.sol";
import {RevealedUpdate, Space, TaskId, TaskTerms, WorkRecord} from "../types/TaskTypes.sol";

/// @title LearningSubchain
/// @notice See ILearningSubchain. Its owner sets the link to the relay chain and adds reward policies; it can change
/// no task, time or measurement.
contract LearningSubchain is ILearningSubchain, PolicyRegistry, CrossChainApp {
    using IncrementalMerkle for IncrementalMerkle.Tree;
    using Coverage for Coverage.Accumulator;

    struct Seat {
        bool enrolled;
        uint32 index;
        uint16 item;
        uint32 period;
        /// @dev As the registry had it at enrolment.
        address device;
    }

    struct Totals {
        uint128 coveredSeconds;
        uint128 ageSquares;
    }

    /// @notice Chain id of the relay chain.
    uint256 public immutable RELAY_CHAIN_ID;
    /// @notice Which space this subchain manages.
    Space public immutable SPACE;
    /// @notice Who may take part.
    IWorkerRegistry public immutable REGISTRY;

    mapping(TaskId => Task) private _tasks;
    mapping(TaskId => uint32[]) private _periods;
    mapping(TaskId => address[]) private _workers;
    mapping(TaskId => mapping(address worker => Seat)) private _seats;
    mapping(TaskId => mapping(address worker => Coverage.Accumulator)) private _coverage;
    mapping(TaskId => Totals) private _totals;
    /// @dev Data digests are a worker's own, so that nobody can use up another's.
    mapping(TaskId => mapping(address worker => mapping(bytes32 dataDigest => bool))) private _refreshedWith;
    mapping(TaskId => mapping(bytes32 update => bool)) private _revealedBefore;
    mapping(TaskId => mapping(uint16 round => Round)) private _rounds;
    mapping(TaskId => mapping(uint16 round => IncrementalMerkle.Tree)) private _updates;
    mapping(TaskId => mapping(uint16 round => mapping(address worker => bytes32))) private _commitments;
    mapping(TaskId => mapping(uint16 round => mapping(address worker => bool))) private _hasCommitted;
    mapping(TaskId => IncrementalMerkle.Tree) private _records;

    constructor(address owner, uint256 relayChainId, Space space, IWorkerRegistry registry) CrossChainApp(owner) {
        RELAY_CHAIN_ID = relayChainId;
        SPACE = space;
        REGISTRY = registry;
    }

    /// @inheritdoc ILearningSubchain
    function enrol(TaskId task, uint16 item) external {
        Task storage state = _openTask(task);
        require(block.timestamp < state.startTime, EnrolmentClosed(task, state.startTime));
        address device = REGISTRY.deviceOf(msg.sender);
        require(device != address(0), IWorkerRegistry.NotRegistered(msg.sender));
        require(!_seats[task][msg.sender].enrolled, AlreadyEnrolled(task, msg.sender));
        require(state.enrolled < state.maxWorkers, TaskFull(task, state.maxWorkers));
        uint256 items = _periods[task].length;
        require(item < items, UnknownItem(task, item, items));
        uint32 index = state.enrolled++;
        _seats[task][msg.sender] = Seat(true, index, item, _periods[task][item], device);
        _workers[task].push(msg.sender);
        emit WorkerEnrolled(task, msg.sender, index, item);
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
        require(_requireSeat(task, twin).device == msg.sender, NotItsDevice(twin, msg.sender));
        require(privacyPolicyDigest != 0, InvalidValue("privacyPolicyDigest"));
        _refresh(task, twin, dataDigest, samples, anchor);
        emit TwinSynchronized(task, twin, msg.sender, dataDigest, samples, privacyPolicyDigest);
    }

    /// @inheritdoc ILearningSubchain
    function commit(TaskId task, uint16 round, bytes32 commitment) external {
        Round storage open = _openRound(task, round);
        _requireSeat(task, msg.sender);
        require(commitment != 0, InvalidValue("commitment"));
        Task storage state = _tasks[task];
        bool taking = open.commitsClosedAt == 0 &&
            block.timestamp >= open.openedAt &&
            block.timestamp < open.openedAt + state.commitSeconds;
        require(taking, CommitPhaseClosed(task, round));
        require(!_hasCommitted[task][round][msg.sender], AlreadyCommitted(task, round, msg.sender));

        _hasCommitted[task][round][msg.sender] = true;
        _commitments[task][round][msg.sender] = commitment;
        uint32 committed = ++open.committed;
        emit UpdateCommitted(task, round, msg.sender, commitment);
        if (uint256(committed) * 10_000 >= uint256(state.enrolled) * state.quorumBps) {
            open.commitsClosedAt = uint48(block.timestamp);
            emit CommitsClosed(task, round, committed);
        }
    }

    /// @inheritdoc ILearningSubchain
    function reveal(
        TaskId task,
        uint16 round,
        bytes32 update,
        uint32 samples,
        bytes32 engine,
        bytes32 salt
    ) external {
        Round storage open = _openRound(task, round);
        Task storage state = _tasks[task];
        require(update != 0, InvalidValue("update"));
        require(samples > 0 && samples <= state.maxSamples, InvalidValue("samples"));
        require(engine != 0, InvalidValue("engine"));
        (uint48 from, uint48 until) = _revealPhase(open, state);
        require(
            block.timestamp >= from && block.timestamp < until,
            NotRevealPhase(task, round, from, until)
        );
        uint32 index = _seats[task][msg.sender].index;
        RevealedUpdate memory revealed = RevealedUpdate(
            uint64(block.chainid),
            task,
            round,
            index,
            msg.sender,
            update,
            samples,
            engine
        );
        _openCommitment(revealed, salt);
        ++open.revealed;
        _updates[task][round].insert(Leaves.ofUpdate(revealed));
        emit UpdateRevealed(task, round, msg.sender, index, update, samples, engine);
    }

    /// @inheritdoc ILearningSubchain
    function closeRound(TaskId task) external {
        Task storage state = _openTask(task);
        uint16 round = state.round;
        Round storage open = _openRound(task, round);
        (uint48 from, uint48 until) = _revealPhase(open, state);
        bool allRevealed = block.timestamp >= from && open.revealed == open.committed;
        require(allRevealed || block.timestamp >= until, RoundStillOpen(task, round, until));

        open.closed = true;
        IncrementalMerkle.Tree storage updates = _updates[task][round];
        bytes32 root = updates.root(IncrementalMerkle.depthOf(updates.count));
        emit RoundClosed(task, round, root, open.committed, open.revealed);
        Totals storage totals = _totals[task];
        RoundReport memory report = RoundReport(
            uint64(block.chainid),
            task,
            round,
            state.enrolled,
            open.committed,
            open.revealed,
            root,
            totals.coveredSeconds,
            totals.ageSquares
        );
        _send(RELAY_CHAIN_ID, MessageKind.RoundReported, abi.encode(report));
    }

    /// @inheritdoc ILearningSubchain
    function settle(TaskId task, uint32 limit) external {
        Task storage state = _tasks[task];
        require(state.status != TaskStatus.None, TaskNotOpen(task));
        uint48 end = state.startTime + state.epochSeconds;
        require(block.timestamp >= end && !state.settled, NotSettleable(task, end));

        uint32 recorded = state.recorded;
        uint32 enrolled = state.enrolled;
        uint32 until = enrolled - recorded > limit ? recorded + limit : enrolled;
        for (; recorded < until; ++recorded) _recordWorker(task, recorded, state.startTime, end);
        state.recorded = recorded;
        if (recorded < enrolled) return;

        state.settled = true;
        IncrementalMerkle.Tree storage records = _records[task];
        bytes32 root = records.root(IncrementalMerkle.depthOf(records.count));
        emit EpochClosed(task, root, enrolled);
        Totals storage totals = _totals[task];
        SettlementReport memory report = SettlementReport(
            uint64(block.chainid),
            task,
            enrolled,
            root,
            totals.coveredSeconds,
            totals.ageSquares
        );
        _send(RELAY_CHAIN_ID, MessageKind.EpochSettled, abi.encode(report));
    }

    /// @inheritdoc ILearningSubchain
    function taskOf(TaskId task) external view returns (Task memory) {
        return _tasks[task];
    }

    /// @inheritdoc ILearningSubchain
    function periodsOf(TaskId task) external view returns (uint32[] memory) {
        return _periods[task];
    }

    /// @inheritdoc ILearningSubchain
    function roundOf(TaskId task, uint16 round) external view returns (Round memory) {
        return _rounds[task][round];
    }

    /// @inheritdoc ILearningSubchain
    function workerOf(TaskId task, address worker) external view returns (Worker memory) {
        Seat storage seat = _seats[task][worker];
        Coverage.Accumulator storage age = _coverage[task][worker];
        return
            Worker(seat.enrolled, seat.index, seat.item, seat.period, age.last, age.covered, age.ageSquares);
    }

    /// @inheritdoc ILearningSubchain
    function workerAt(TaskId task, uint32 index) external view returns (address) {
        return _workers[task][index];
    }

    /// @inheritdoc ILearningSubchain
    function commitmentOf(TaskId task, uint16 round, address worker) external view returns (bytes32) {
        return _commitments[task][round][worker];
    }

    function _onMessage(uint256 originChainId, bytes32 receiveId, MessageKind kind, bytes memory body) internal override {
        if (kind == MessageKind.TaskOpened) _onTaskOpened(abi.decode(body, (TaskOpened)));
        else if (kind == MessageKind.RoundOpened) _onRoundOpened(receiveId, abi.decode(body, (RoundOpened)));
        else if (kind == MessageKind.TaskEnded) _onTaskEnded(abi.decode(body, (TaskEnded)));
        else revert UnexpectedMessage(kind, originChainId);
    }

    function _isCounterpartChain(uint256 chainId) internal view override returns (bool) {
        return chainId == RELAY_CHAIN_ID;
    }

    function _onTaskOpened(TaskOpened memory opened) private {
        TaskTerms memory terms = opened.terms;
        TaskId task = opened.task;
        Task storage state = _tasks[task];
        require(state.status == TaskStatus.None, AlreadyArrived(task));
        state.status = TaskStatus.Open;
        state.rounds = terms.rounds;
        state.quorumBps = terms.quorumBps;
        state.maxWorkers = terms.maxWorkers;
        state.maxSamples = terms.maxSamples;
        state.startTime = terms.schedule.startTime;
        state.epochSeconds = terms.schedule.epochSeconds;
        state.commitSeconds = terms.schedule.commitSeconds;
        state.revealSeconds = terms.schedule.revealSeconds;
        _periods[task] = _policy(terms.policy).periods(opened.policyTerms);
        emit TaskArrived(task, terms.specDigest, terms.schedule.startTime, terms.schedule.epochSeconds);
        _startRound(task, 0, terms.schedule.startTime, terms.initialModel);
    }

    function _onRoundOpened(bytes32 receiveId, RoundOpened memory opened) private {
        Task storage state = _tasks[opened.task];
        // The end of a task may overtake its last rounds.
        if (state.status == TaskStatus.Completed || state.status == TaskStatus.Expired) {
            emit LateMessage(opened.task, receiveId);
            return;
        }
        require(state.status == TaskStatus.Open && opened.round == state.round + 1, NotYet());
        _abandonOpenRound(opened.task, state.round);
        _startRound(opened.task, opened.round, uint48(block.timestamp), opened.globalModel);
    }

    function _onTaskEnded(TaskEnded memory ended) private {
        Task storage state = _tasks[ended.task];
        require(state.status == TaskStatus.Open, NotYet());
        _abandonOpenRound(ended.task, state.round);
        state.status = ended.status;
        emit TaskFinished(ended.task, ended.status, ended.globalModel);
    }

    function _startRound(TaskId task, uint16 round, uint48 openedAt, bytes32 globalModel) private {
        _tasks[task].round = round;
        Round storage open = _rounds[task][round];
        open.openedAt = openedAt;
        open.globalModel = globalModel;
        emit RoundStarted(task, round, globalModel);
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
        uint32 period = _requireSeat(task, worker).period;
        uint48 end = state.startTime + state.epochSeconds;
        require(
            block.timestamp >= state.startTime && block.timestamp < end,
            OutsideEpoch(task, state.startTime, end)
        );
        require(dataDigest != 0, InvalidValue("dataDigest"));
        require(samples > 0, InvalidValue("samples"));
        // blockhash() is zero for all but the last 256 blocks.
        require(
            anchor.blockHash != 0 && blockhash(anchor.number) == anchor.blockHash,
            StaleAnchor(anchor.number, anchor.blockHash)
        );
        require(!_refreshedWith[task][worker][dataDigest], DataNotDistinct(task, dataDigest));

        _refreshedWith[task][worker][dataDigest] = true;
        Coverage.Accumulator memory before = _coverage[task][worker];
        Coverage.Accumulator memory next = before.advance(uint48(block.timestamp), state.startTime, period);
        _coverage[task][worker] = next;
        _addTotals(task, before, next);
    }

    function _openCommitment(RevealedUpdate memory revealed, bytes32 salt) private {
        TaskId task = revealed.task;
        mapping(address => bytes32) storage commitments = _commitments[task][revealed.round];
        bytes32 committed = commitments[revealed.worker];
        require(committed != 0, NothingToReveal(task, revealed.round, revealed.worker));
        bytes32 opened = Leaves.ofCommit(address(this), revealed, salt);
        require(committed == opened, CommitmentMismatch(committed, opened));
        require(!_revealedBefore[task][revealed.update], UpdateNotDistinct(task, revealed.update));
        _revealedBefore[task][revealed.update] = true;
        delete commitments[revealed.worker];
    }

    function _recordWorker(TaskId task, uint32 index, uint48 start, uint48 end) private {
        address worker = _workers[task][index];
        Seat storage seat = _seats[task][worker];
        Coverage.Accumulator memory before = _coverage[task][worker];
        Coverage.Accumulator memory age = before.advance(end, start, seat.period);
        _addTotals(task, before, age);
        WorkRecord memory record = WorkRecord(
            uint64(block.chainid),
            task,
            index,
            worker,
            seat.item,
            age.covered,
            age.ageSquares
        );
        _records[task].insert(Leaves.ofRecord(record));
        emit WorkRecorded(task, worker, index, seat.item, age.covered, age.ageSquares);
    }

    function _addTotals(TaskId task, Coverage.Accumulator memory before, Coverage.Accumulator memory next) private {
        Totals storage totals = _totals[task];
        totals.coveredSeconds += next.covered - before.covered;
        totals.ageSquares += next.ageSquares - before.ageSquares;
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

    function _requireSeat(TaskId task, address worker) private view returns (Seat storage seat) {
        seat = _seats[task][worker];
        require(seat.enrolled, NotEnrolled(task, worker));
    }

    function _revealPhase(Round storage open, Task storage state) private view returns (uint48 from, uint48 until) {
        from = open.commitsClosedAt != 0 ? open.commitsClosedAt : open.openedAt + state.commitSeconds;
        until = from + state.revealSeconds;
    }
}
