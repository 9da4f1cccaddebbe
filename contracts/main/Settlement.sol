// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {IncrementalMerkle} from "../gateway/IncrementalMerkle.sol";
import {Participation} from "../interfaces/IRewardPolicy.sol";
import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {SettlementReport, TaskStatus} from "../types/Messages.sol";
import {Schedule, ScoreRecord, TaskId, TaskTerms, WorkRecord} from "../types/TaskTypes.sol";
import {TaskBook} from "./TaskBook.sol";
import {Leaves} from "../types/Leaves.sol";

/// @title Settlement: claims of the workers, refund of the rest
/// @notice What a worker earns follows from its work, the rounds that took its updates, and its score, by the task's
/// reward policy. Of a task that completed the finalized rounds count; of one that expired, all that it had planned.
/// Before any round was finalized nothing is owed.
abstract contract Settlement is TaskBook {
    using BitMaps for BitMaps.BitMap;

    /// @inheritdoc ITaskManager
    function claim(
        WorkRecord calldata record,
        bytes32[] calldata branch,
        bytes calldata work,
        Score calldata score
    ) external returns (uint256 amount) {
        TaskId task = record.task;
        Task storage state = _tasks[task];
        bool completed = state.status == TaskStatus.Completed;
        require(completed || state.status == TaskStatus.Expired, WrongStatus(task, state.status));
        require(!state.refunded, AlreadyRefunded(task));
        _checkRecord(record, branch, work);
        _checkScore(record, score);

        uint16 finalized = state.round;
        Participation memory participation = _markClaimed(record, finalized);
        if (completed) participation.counted = finalized;
        participation.score = score.value;
        ++state.claims;
        // Before any round was finalized the publisher may be refunded at once, so nothing is owed.
        if (finalized != 0) amount = state.policy.pay(address(this), record, work, participation);
        emit RewardClaimed(task, record.chainId, record.worker, participation.accepted, amount);
        if (amount != 0) ESCROW.pay(TaskId.unwrap(task), record.worker, amount);
    }

    /// @inheritdoc ITaskManager
    function refund(TaskId task) external returns (uint256 amount) {
        Task storage state = _tasks[task];
        TaskStatus status = state.status;
        require(status != TaskStatus.None && status != TaskStatus.Open, WrongStatus(task, status));
        require(!state.refunded, AlreadyRefunded(task));
        if (_canStillClaim(task, state)) {
            uint48 until = _claimsUntil(task, state);
            require(block.timestamp >= until, ClaimsOpen(task, until));
        }
        state.refunded = true;
        return ESCROW.refund(TaskId.unwrap(task));
    }

    /// @dev Takes a settlement; false when it is too late to count.
    function _recordSettlement(SettlementReport memory report) internal returns (bool) {
        Settled storage settled = _settlements[report.task][report.chainId];
        TaskStatus status = _tasks[report.task].status;
        if (settled.received || status == TaskStatus.Rejected || _tasks[report.task].refunded) return false;
        if (!_isSubchain(report.task, report.chainId)) return false;
        // More workers than the budget covers could eat another subchain's share.
        require(
            report.workers <= _terms[report.task].maxWorkers,
            TooManyWorkers(report.task, report.chainId, report.workers)
        );
        _settlements[report.task][report.chainId] = Settled(report.recordsRoot, report.workers, true);
        _tasks[report.task].workers += report.workers;
        emit EpochSettled(report.task, report.chainId, report.recordsRoot, report.workers);
        return true;
    }

    /// @dev A task may end before its epoch, and no subchain can settle before the epoch's end.
    function _claimsUntil(TaskId task, Task storage state) private view returns (uint48) {
        Schedule storage schedule = _terms[task].schedule;
        uint48 epochEnd = schedule.startTime + schedule.epochSeconds;
        return (state.endedAt > epochEnd ? state.endedAt : epochEnd) + schedule.claimSeconds;
    }

    /// @dev Whether a claim may still come: a subchain has not settled, or a settled worker has not claimed.
    function _canStillClaim(TaskId task, Task storage state) private view returns (bool) {
        if (state.status == TaskStatus.Rejected || state.round == 0) return false;
        if (state.claims < state.workers) return true;
        uint64[] storage subchains = _terms[task].subchains;
        for (uint256 i = 0; i < subchains.length; ++i) {
            if (!_settlements[task][subchains[i]].received) return true;
        }
        return false;
    }

    /// @notice Marks a worker as having claimed; reverts when it had.
    /// @return participation Its accepted rounds, of all planned ones.
    function _markClaimed(
        WorkRecord calldata record,
        uint256 finalized
    ) private returns (Participation memory participation) {
        TaskTerms storage terms = _terms[record.task];
        BitMaps.BitMap storage marks = _marks[record.task][record.chainId];
        (uint256 index, uint256 claimBit) = (record.index, _claimBit(terms, record.index));
        require(!marks.get(claimBit), AlreadyClaimed(record.task, record.chainId, record.index));
        marks.set(claimBit);
        participation.accepted = _acceptedRounds(marks, index, finalized, terms.maxWorkers);
        participation.counted = terms.rounds;
    }

    /// @dev Reverts unless the record is under its subchain's settlement root, and the work is what it holds the hash of.
    function _checkRecord(
        WorkRecord calldata record,
        bytes32[] calldata branch,
        bytes calldata work
    ) private view {
        Settled storage settled = _settlements[record.task][record.chainId];
        require(settled.received, NotSettled(record.task, record.chainId));
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
    function _checkScore(WorkRecord calldata record, Score calldata score) private view {
        bool none = score.value.length == 0;
        if (none && msg.sender == record.worker) return;
        bytes32 root = _scores[record.task];
        if (none && root == 0) return;
        bytes32 leaf = Leaves.ofScore(ScoreRecord(record.chainId, record.task, record.index, score.value));
        require(
            !none && root != 0 && IncrementalMerkle.branchRoot(leaf, score.branch, score.position) == root,
            InvalidScore(record.task, record.chainId, record.index)
        );
    }
}
