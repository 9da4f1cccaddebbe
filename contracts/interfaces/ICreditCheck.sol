// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {RevealedUpdate, TaskId} from "../types/TaskTypes.sol";

/// @title Check of what a worker revealed in the round in which its task expired
/// @notice Apart from the task manager, which asks it, for the size of that contract's code.
interface ICreditCheck {
    /// @notice Thrown when an update is not one that its subchain reported of the round in which the task expired, or too
    /// few of the task's aggregators gave a receipt for it.
    error InvalidReveal(TaskId task, uint64 chainId, uint32 index);

    /// @notice Reverts unless the calling task manager may take a worker's update as accepted; see ITaskManager.credit,
    /// whose arguments these are.
    function credit(
        RevealedUpdate calldata revealed,
        uint32 position,
        bytes32[] calldata branch,
        bytes calldata receipts
    ) external view;
}
