// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {IRewardEscrow} from "../interfaces/IRewardEscrow.sol";
import {PolicyRegistry} from "./PolicyRegistry.sol";
import {TaskStatus} from "../types/Messages.sol";
import {TaskId, TaskTerms} from "../types/TaskTypes.sol";
import {RewardEscrow} from "./RewardEscrow.sol";

/// @title What the task manager remembers
/// @notice State that rounds and settlement share, and its getters.
abstract contract TaskBook is ITaskManager, PolicyRegistry {
    using BitMaps for BitMaps.BitMap;

    uint256 internal _taskCount;
    mapping(TaskId => Task) internal _tasks;
    mapping(TaskId => TaskTerms) internal _terms;
    mapping(TaskId => mapping(uint16 round => mapping(uint64 chainId => Report))) internal _reports;
    mapping(TaskId => mapping(uint64 chainId => mapping(uint16 round => BitMaps.BitMap))) internal _accepted;
    mapping(TaskId => mapping(uint64 chainId => Settled)) internal _settlements;
    mapping(TaskId => mapping(uint64 chainId => BitMaps.BitMap)) internal _claimed;

    IRewardEscrow internal immutable ESCROW = new RewardEscrow(address(this));

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
        return _claimed[task][chainId].get(index);
    }

    /// @inheritdoc ITaskManager
    function acceptedRounds(TaskId task, uint64 chainId, uint32 index) public view returns (uint16 accepted) {
        uint16 rounds = _tasks[task].round;
        for (uint16 round = 0; round < rounds; ++round) {
            if (_accepted[task][chainId][round].get(index)) ++accepted;
        }
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
