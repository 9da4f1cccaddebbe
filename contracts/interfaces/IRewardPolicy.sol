// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {TaskId, WorkRecord} from "../types/TaskTypes.sol";

/// @title A reward policy
/// @notice What a task pays for work, behind one interface. The task manager opens a task with the policy's terms and
/// asks it later what a worker has earned.
interface IRewardPolicy {
    /// @notice Thrown when a task is opened twice.
    error TaskAlreadyOpen(TaskId task);
    /// @notice Thrown when a task was never opened here by the caller's manager.
    error TaskNotOpen(TaskId task);

    /// @notice Name under which tasks choose this policy.
    function policyId() external pure returns (bytes4);

    /// @notice Checks terms; reverts with an error that names what does not hold.
    /// @param terms Encoded terms.
    /// @param epochSeconds T, seconds.
    /// @return worstCase The most that one worker can earn, wei.
    function check(bytes calldata terms, uint32 epochSeconds) external view returns (uint256 worstCase);

    /// @notice Fixes the checked terms of a task for the calling task manager.
    function open(TaskId task, bytes calldata terms, uint32 epochSeconds) external returns (uint256 worstCase);

    /// @notice Longest time between refreshes that each item allows, seconds.
    function periods(bytes calldata terms) external view returns (uint32[] memory);

    /// @notice What a worker has earned, wei.
    /// @param manager The task manager that opened the task.
    /// @param work What its subchain measured.
    /// @param acceptedRounds Rounds whose aggregate took its update.
    /// @param rounds Rounds that count.
    function pay(
        address manager,
        WorkRecord calldata work,
        uint256 acceptedRounds,
        uint256 rounds
    ) external view returns (uint256);
}
