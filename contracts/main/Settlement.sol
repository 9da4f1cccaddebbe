// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {IncrementalMerkle} from "../gateway/IncrementalMerkle.sol";
import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {SettlementReport, TaskStatus} from "../types/Messages.sol";
import {Schedule, TaskId, WorkRecord} from "../types/TaskTypes.sol";
import {TaskBook} from "./TaskBook.sol";
import {Leaves} from "../types/Leaves.sol";

/// @title Settlement: claims of the workers, refund of the rest
/// @notice A task that completed pays each item's reward × share of the epoch covered × share of the finalized rounds
/// accepted; one that expired counts all the rounds it had planned. Before any round was finalized nothing is owed.
abstract contract Settlement is TaskBook {
    using BitMaps for BitMaps.BitMap;

    /// @inheritdoc ITaskManager
    function claim(WorkRecord calldata record, bytes32[] calldata branch) external returns (uint256 amount) {
        TaskId task = record.task;
        Task storage state = _tasks[task];
        require(
            state.status == TaskStatus.Completed || state.status == TaskStatus.Expired,
            WrongStatus(task, state.status)
        );
        require(!_isRefunded(task), AlreadyRefunded(task));
        Settled storage settled = _settlements[task][record.chainId];
        require(settled.received, NotSettled(task, record.chainId));
        require(
            record.index < settled.workers &&
                branch.length == IncrementalMerkle.depthOf(settled.workers) &&
                IncrementalMerkle.branchRoot(Leaves.ofRecord(record), branch, record.index) == settled.recordsRoot,
            InvalidRecord(task, record.chainId, record.index)
        );
        BitMaps.BitMap storage claimed = _claimed[task][record.chainId];
        require(!claimed.get(record.index), AlreadyClaimed(task, record.chainId, record.index));

        claimed.set(record.index);
        ++state.claims;
        uint16 accepted = acceptedRounds(task, record.chainId, record.index);
        uint256 rounds = state.status == TaskStatus.Completed ? state.round : _terms[task].rounds;
        amount = _policy(_terms[task].policy).pay(address(this), record, accepted, rounds);
        emit RewardClaimed(task, record.chainId, record.worker, record.item, record.coveredSeconds, accepted, amount);
        if (amount != 0) ESCROW.pay(task, record.worker, amount);
    }

    /// @inheritdoc ITaskManager
    function refund(TaskId task) external returns (uint256 amount) {
        Task storage state = _tasks[task];
        TaskStatus status = state.status;
        require(status != TaskStatus.None && status != TaskStatus.Open, WrongStatus(task, status));
        require(!_isRefunded(task), AlreadyRefunded(task));
        if (_canStillClaim(task, state)) {
            uint48 until = _claimsUntil(task, state);
            require(block.timestamp >= until, ClaimsOpen(task, until));
        }
        return ESCROW.refund(task);
    }

    /// @dev Takes a settlement; false when it is too late to count.
    function _recordSettlement(SettlementReport memory report) internal returns (bool) {
        Settled storage settled = _settlements[report.task][report.chainId];
        TaskStatus status = _tasks[report.task].status;
        if (settled.received || status == TaskStatus.Rejected || _isRefunded(report.task)) return false;
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

    /// @dev A refund takes all that is held, and a funded task has held something: so nothing held means refunded or
    /// paid out in full.
    function _isRefunded(TaskId task) private view returns (bool) {
        return ESCROW.heldBy(task) == 0;
    }
}
