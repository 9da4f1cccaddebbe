// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {TaskId} from "../types/TaskTypes.sol";

/// @title Escrow of rewards
/// @notice Holds each task's tokens apart. For every task: funded = paid + refunded + held. Only the task manager
/// moves them, only to workers that earned them and to the publisher that paid them in.
interface IRewardEscrow {
    /// @notice Account of a task, wei of its token.
    struct Account {
        IERC20 token;
        address publisher;
        uint256 funded;
        uint256 paid;
        uint256 refunded;
    }

    /// @notice A task's reward was paid in.
    event Funded(TaskId indexed task, IERC20 indexed token, address indexed publisher, uint256 amount);
    /// @notice A worker was paid.
    event Paid(TaskId indexed task, address indexed worker, uint256 amount);
    /// @notice What was left went back to the publisher.
    event Refunded(TaskId indexed task, address indexed publisher, uint256 amount);

    /// @notice Thrown when anyone but the task manager calls.
    error NotManager(address caller);
    /// @notice Thrown when a task is funded twice.
    error AlreadyFunded(TaskId task);
    /// @notice Thrown when the token moved another amount than it was asked to (fees on transfer, rebasing).
    error UnsupportedToken(IERC20 token, uint256 asked, uint256 received);
    /// @notice Thrown when a payment would exceed what the task holds.
    error InsufficientEscrow(TaskId task, uint256 asked, uint256 held);

    /// @notice Takes `amount` from `publisher`, who has approved this contract. Task manager only.
    function fund(TaskId task, IERC20 token, address publisher, uint256 amount) external;

    /// @notice Pays a worker. Task manager only.
    function pay(TaskId task, address worker, uint256 amount) external;

    /// @notice Returns all that is held to the publisher. Task manager only.
    function refund(TaskId task) external returns (uint256 amount);

    /// @notice Account of a task.
    function accountOf(TaskId task) external view returns (Account memory);

    /// @notice What a task still holds, wei.
    function heldBy(TaskId task) external view returns (uint256);
}
