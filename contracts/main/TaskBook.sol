// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {IRewardEscrow} from "../interfaces/IRewardEscrow.sol";
import {TaskStatus} from "../types/Messages.sol";
import {TaskId, TaskTerms} from "../types/TaskTypes.sol";
import {PolicyRegistry} from "./PolicyRegistry.sol";

/// @title What the task manager remembers
/// @notice State that rounds and settlement share, and its getters.
abstract contract TaskBook is ITaskManager, PolicyRegistry {
    using BitMaps for BitMaps.BitMap;

    uint256 internal _taskCount;
    mapping(TaskId => Task) internal _tasks;
    mapping(TaskId => TaskTerms) internal _terms;
    mapping(TaskId => mapping(uint16 round => mapping(uint64 chainId => Report))) internal _reports;
    /// @dev Rows of `maxWorkers` bits: one a round for the workers whose update was taken, and one behind the last round
    /// for those that have claimed. Of few workers and rounds all share a word, which a claim reads and writes alone.
    mapping(TaskId => mapping(uint64 chainId => BitMaps.BitMap)) internal _marks;
    mapping(TaskId => bytes32) internal _scores;
    mapping(TaskId => mapping(uint64 chainId => Settled)) internal _settlements;

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
        return _tasks[task];
    }

    /// @inheritdoc ITaskManager
    function termsOf(TaskId task) external view returns (TaskTerms memory) {
        return _terms[task];
    }

    /// @inheritdoc ITaskManager
    function reportOf(TaskId task, uint16 round, uint64 chainId) external view returns (Report memory) {
        return _reports[task][round][chainId];
    }

    /// @inheritdoc ITaskManager
    function settlementOf(TaskId task, uint64 chainId) external view returns (Settled memory) {
        return _settlements[task][chainId];
    }

    /// @inheritdoc ITaskManager
    function isClaimed(TaskId task, uint64 chainId, uint32 index) external view returns (bool) {
        TaskTerms storage terms = _terms[task];
        return index < terms.maxWorkers && _marks[task][chainId].get(_claimBit(terms, index));
    }

    /// @inheritdoc ITaskManager
    function scoresOf(TaskId task) external view returns (bytes32) {
        return _scores[task];
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

    function _requireStatus(TaskId task, TaskStatus wanted) internal view {
        TaskStatus status = _tasks[task].status;
        require(status == wanted, WrongStatus(task, status));
    }

    /// @dev Whether `chainId` takes part in the task.
    function _isSubchain(TaskId task, uint64 chainId) internal view returns (bool) {
        uint64[] storage subchains = _terms[task].subchains;
        for (uint256 i = 0; i < subchains.length; ++i) if (subchains[i] == chainId) return true;
        return false;
    }
}
