// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {IncrementalMerkle} from "../gateway/IncrementalMerkle.sol";
import {ICreditCheck} from "../interfaces/ICreditCheck.sol";
import {Participation} from "../interfaces/IRewardPolicy.sol";
import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {TaskStatus} from "../types/Messages.sol";
import {RevealedUpdate, Schedule, ScoreRecord, TaskId, TaskTerms, WorkRecord} from "../types/TaskTypes.sol";
import {Leaves} from "../types/Leaves.sol";
import {Agreement} from "./Agreement.sol";
import {TaskBook} from "./TaskBook.sol";
import {TaskEntry} from "./TaskEntry.sol";

/// @title Settlement: claims of the workers, refund of the rest
/// @notice What a worker earns follows from its work, the rounds that took its updates, and its score, by the task's
/// reward policy. Of a task that completed the finalized rounds count; of one that expired, all that it had planned, and
/// what was revealed in the round that was open then is credited as if it had been accepted, if aggregators held it.
abstract contract Settlement is TaskBook {
    using BitMaps for BitMaps.BitMap;

    ICreditCheck private immutable CREDIT_CHECK;
    /// @dev How long, after the time for claims has passed, a subchain that has not settled is waited for.
    uint48 internal constant LONGEST_SILENCE = 7 days;

    constructor(ICreditCheck creditCheck) {
        CREDIT_CHECK = creditCheck;
    }

    /// @inheritdoc ITaskManager
    function claim(
        WorkRecord calldata record,
        bytes32[] calldata branch,
        bytes calldata work,
        Score calldata score
    ) external returns (uint256 amount) {
        TaskId task = record.task;
        TaskEntry storage entry = _entries[task];
        Task storage state = entry.state;
        bool completed = state.status == TaskStatus.Completed;
        require(completed || state.status == TaskStatus.Expired, WrongStatus(task, state.status));
        require(!state.refunded, AlreadyRefunded(task));
        // Anybody else could claim before the worker's last reveal is credited.
        require(completed || msg.sender == record.worker, NotTheWorker(task, record.worker, msg.sender));
        _checkRecord(entry, record, branch, work);
        _checkScore(entry, record, score);

        uint16 finalized = state.round;
        Participation memory participation = _markClaimed(entry, record, _markedRounds(state));
        if (completed) participation.counted = finalized;
        _countDrawn(entry, record, participation);
        participation.score = score.value;
        ++state.claims;
        // Before any round was finalized nothing is owed for what was not revealed, whatever the mechanism pays for.
        if (finalized + participation.accepted != 0) {
            amount = state.policy.pay(address(this), record, work, participation);
        }
        emit RewardClaimed(task, record.chainId, record.worker, participation.accepted, amount);
        if (amount != 0) ESCROW.pay(TaskId.unwrap(task), record.worker, amount);
    }

    /// @inheritdoc ITaskManager
    function credit(
        RevealedUpdate calldata revealed,
        uint32,
        bytes32[] calldata,
        bytes calldata
    ) external {
        // The same call: that contract reverts unless all of it is right.
        if (!LowLevelCall.staticcallNoReturn(address(CREDIT_CHECK), msg.data)) LowLevelCall.bubbleRevert();
        TaskId task = revealed.task;
        TaskEntry storage entry = _entries[task];
        BitMaps.BitMap storage marks = entry.marks[revealed.chainId];
        uint256 bit = uint256(revealed.round) * entry.terms.maxWorkers + revealed.index;
        if (marks.get(bit)) return;
        marks.set(bit);
        emit RevealCredited(task, revealed.chainId, revealed.worker, revealed.index);
    }

    /// @inheritdoc ITaskManager
    function refund(TaskId task) external returns (uint256 amount) {
        TaskEntry storage entry = _entries[task];
        Task storage state = entry.state;
        TaskStatus status = state.status;
        require(status != TaskStatus.None && status != TaskStatus.Open, WrongStatus(task, status));
        require(!state.refunded, AlreadyRefunded(task));
        uint48 until = _heldUntil(entry);
        require(block.timestamp >= until, ClaimsOpen(task, until));
        state.refunded = true;
        return ESCROW.refund(TaskId.unwrap(task));
    }

    /// @inheritdoc ITaskManager
    function heldUntil(TaskId task) external view returns (uint48) {
        TaskEntry storage entry = _entries[task];
        return entry.state.endedAt == 0 ? type(uint48).max : _heldUntil(entry);
    }

    /// @dev Since when the route from the relay chain is open; 0 while it is closed.
    function _openSince() internal view virtual returns (uint48);

    /// @dev A task may end before its epoch, and no subchain can settle before the epoch's end. What is late, because of
    /// its subchain or the route from the relay chain, takes nobody's time to claim.
    function _heldUntil(TaskEntry storage entry) private view returns (uint48 until) {
        Task storage state = entry.state;
        if (state.status == TaskStatus.Rejected) return 0;
        Schedule storage schedule = entry.terms.schedule;
        uint48 end = schedule.startTime + schedule.epochSeconds;
        if (state.endedAt > end) end = state.endedAt;
        (uint48 settledAt, bool all) = _settledAt(entry);
        if (all && state.claims == state.workers) return 0;

        uint48 claimSeconds = schedule.claimSeconds;
        until = (settledAt > end ? settledAt : end) + claimSeconds;
        if (!all && end + claimSeconds + LONGEST_SILENCE > until) until = end + claimSeconds + LONGEST_SILENCE;
        uint48 openSince = _openSince();
        if (openSince == 0) return type(uint48).max;
        if (openSince + claimSeconds > until) until = openSince + claimSeconds;
    }

    /// @notice How far the subchains of a task have settled.
    /// @return last When the last settlement arrived; 0 when none has.
    /// @return all Whether every subchain has settled.
    function _settledAt(TaskEntry storage entry) internal view virtual returns (uint48 last, bool all) {
        uint64[] storage subchains = entry.terms.subchains;
        all = true;
        for (uint256 i = 0; i < subchains.length; ++i) {
            uint48 receivedAt = entry.settlements[subchains[i]].receivedAt;
            if (receivedAt == 0) all = false;
            if (receivedAt > last) last = receivedAt;
        }
    }

    /// @notice Marks a worker as having claimed; reverts when it had.
    /// @param rounds How many rounds may have accepted its update.
    /// @return participation Its accepted rounds, of all planned ones.
    function _markClaimed(
        TaskEntry storage entry,
        WorkRecord calldata record,
        uint256 rounds
    ) private returns (Participation memory participation) {
        TaskTerms storage terms = entry.terms;
        BitMaps.BitMap storage marks = entry.marks[record.chainId];
        (uint256 index, uint256 claimBit) = (record.index, _claimBit(terms, record.index));
        require(!marks.get(claimBit), AlreadyClaimed(record.task, record.chainId, record.index));
        marks.set(claimBit);
        participation.accepted = _acceptedRounds(marks, index, rounds, terms.maxWorkers);
        participation.counted = terms.rounds;
    }

    /// @dev Where not all take part in a round, only those count that the worker was drawn for.
    function _countDrawn(
        TaskEntry storage entry,
        WorkRecord calldata record,
        Participation memory participation
    ) private view {
        if (entry.terms.workersPerRound == 0) return;
        (participation.accepted, participation.counted) = Agreement.participationOf(
            entry,
            record.chainId,
            record.index,
            participation.accepted,
            participation.counted
        );
    }

    /// @dev Reverts unless the record is under its subchain's settlement root, and the work is what it holds the hash of.
    function _checkRecord(
        TaskEntry storage entry,
        WorkRecord calldata record,
        bytes32[] calldata branch,
        bytes calldata work
    ) private view {
        Settled storage settled = entry.settlements[record.chainId];
        require(settled.receivedAt != 0, NotSettled(record.task, record.chainId));
        require(
            record.workHash == keccak256(work) &&
                record.index < settled.workers &&
                branch.length == IncrementalMerkle.depthOf(settled.workers) &&
                IncrementalMerkle.branchRoot(Leaves.ofRecordCalldata(record), branch, record.index) == settled.recordsRoot,
            InvalidRecord(record.task, record.chainId, record.index)
        );
    }

    /// @dev Reverts unless the score is under the task's scores root. An empty one needs no proof, as a policy takes it
    /// for the least that a worker can have; so nobody else may claim with it where the worker can have a score.
    function _checkScore(TaskEntry storage entry, WorkRecord calldata record, Score calldata score) private view {
        bool none = score.value.length == 0;
        if (none && msg.sender == record.worker) return;
        bytes32 root = entry.scores;
        if (none && root == 0) return;
        bytes32 leaf = Leaves.ofScore(ScoreRecord(record.chainId, record.task, record.index, score.value));
        require(
            !none && root != 0 && IncrementalMerkle.branchRoot(leaf, score.branch, score.position) == root,
            InvalidScore(record.task, record.chainId, record.index)
        );
    }
}
