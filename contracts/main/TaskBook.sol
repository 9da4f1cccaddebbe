// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {IRewardEscrow} from "../interfaces/IRewardEscrow.sol";
import {TaskStatus} from "../types/Messages.sol";
import {TaskId, TaskTerms} from "../types/TaskTypes.sol";
import {Agreement} from "./Agreement.sol";
import {PolicyRegistry} from "./PolicyRegistry.sol";
import {TaskEntry} from "./TaskEntry.sol";

/// @title What the task manager remembers
/// @notice State that rounds and settlement share, and its getters.
abstract contract TaskBook is ITaskManager, PolicyRegistry {
    using BitMaps for BitMaps.BitMap;

    uint256 internal _taskCount;
    mapping(TaskId => TaskEntry) internal _entries;

    IRewardEscrow internal immutable ESCROW;

    constructor(IRewardEscrow rewardEscrow) {
        ESCROW = rewardEscrow;
    }

    /// @inheritdoc ITaskManager
    function escrow() external view returns (IRewardEscrow) {
        return ESCROW;
    }

    /// @inheritdoc ITaskManager
    function taskCount() external view returns (uint256) {
        return _taskCount;
    }

    /// @inheritdoc ITaskManager
    function taskOf(TaskId task) external view returns (Task memory) {
        return _entries[task].state;
    }

    /// @inheritdoc ITaskManager
    function termsOf(TaskId task) external view returns (TaskTerms memory) {
        return _entries[task].terms;
    }

    /// @inheritdoc ITaskManager
    function reportOf(TaskId task, uint16 round, uint64 chainId) external view returns (Report memory) {
        return _entries[task].reports[round][chainId];
    }

    /// @inheritdoc ITaskManager
    function settlementOf(TaskId task, uint64 chainId) external view returns (Settled memory) {
        return _entries[task].settlements[chainId];
    }

    /// @inheritdoc ITaskManager
    function beaconOf(TaskId task, uint64 chainId) external view returns (bytes32) {
        return _entries[task].beacons[chainId];
    }

    /// @inheritdoc ITaskManager
    function isClaimed(TaskId task, uint64 chainId, uint32 index) external view returns (bool) {
        TaskEntry storage entry = _entries[task];
        return index < entry.terms.maxWorkers && entry.marks[chainId].get(_claimBit(entry.terms, index));
    }

    /// @inheritdoc ITaskManager
    function attendanceOf(
        TaskId task,
        uint64 chainId,
        uint32 index,
        uint256 rounds,
        uint256 least
    ) external view returns (uint256 taken, uint256 missed) {
        return Agreement.attendanceOf(_entries[task], chainId, index, rounds, least);
    }

    /// @inheritdoc ITaskManager
    function scoresOf(TaskId task) external view returns (bytes32) {
        return _entries[task].scores;
    }

    /// @dev How many rounds may have marks: the finalized ones and, unless the task completed, the open one.
    function _markedRounds(Task storage state) internal view returns (uint256) {
        return state.status == TaskStatus.Completed ? state.round : uint256(state.round) + 1;
    }

    /// @dev In how many of the first rounds a worker's update was taken.
    function _acceptedRounds(
        BitMaps.BitMap storage marks,
        uint256 index,
        uint256 rounds,
        uint256 maxWorkers
    ) internal view returns (uint16 accepted) {
        mapping(uint256 => uint256) storage words = marks._data;
        uint256 place = type(uint256).max;
        uint256 word = 0;
        uint256 end = rounds * maxWorkers;
        for (uint256 bit = index; bit < end; bit += maxWorkers) {
            if (bit >> 8 != place) {
                place = bit >> 8;
                word = words[place];
            }
            accepted += uint16((word >> (bit & 0xff)) & 1);
        }
    }

    /// @dev Which mark says that a worker has claimed; its index is below `maxWorkers`.
    function _claimBit(TaskTerms storage terms, uint256 index) internal view returns (uint256) {
        return uint256(terms.rounds) * terms.maxWorkers + index;
    }

    /// @dev Whether `chainId` takes part in the task of these terms.
    function _isSubchain(TaskTerms storage terms, uint64 chainId) internal view returns (bool) {
        uint64[] storage subchains = terms.subchains;
        for (uint256 i = 0; i < subchains.length; ++i) if (subchains[i] == chainId) return true;
        return false;
    }
}
