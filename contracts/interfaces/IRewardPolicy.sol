// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {TaskId, TaskTerms, WorkRecord} from "../types/TaskTypes.sol";

/// @notice What a report of a subchain is about.
struct Extent {
    /// @dev T, seconds.
    uint32 epochSeconds;
    /// @dev Rounds that the totals are over.
    uint16 rounds;
    /// @dev Workers that the totals are over.
    uint32 workers;
}

/// @notice How a worker took part in a task.
struct Participation {
    /// @dev Rounds whose aggregate took its update; of a worker that was drawn for none that counts, those finalized.
    uint16 accepted;
    /// @dev Rounds that count: those finalized when the task completed, those planned when it expired. Where workers are
    /// drawn for rounds, of these the ones that it was drawn for, or all if it was drawn for none. Never 0, nor below `accepted`.
    uint16 counted;
    /// @dev What the aggregators last attested about it; empty when nothing was, or when the worker left it out. So no
    /// score may pay less than an empty one.
    bytes score;
}

/// @title A mechanism's half on the main and the relay chain: what a task pays for work
/// @notice The core carries a mechanism's terms, work, totals and scores as bytes and asks the policy what they mean.
interface IRewardPolicy {
    /// @notice Thrown when a task is opened twice.
    error TaskAlreadyOpen(TaskId task);
    /// @notice Thrown when a task was never opened here by the caller's manager.
    error TaskNotOpen(TaskId task);
    /// @notice Thrown when totals cannot be true; `field` names the first that cannot.
    error ImpossibleTotals(string field);

    /// @notice Name under which tasks choose this mechanism; its meter has the same.
    function mechanismId() external pure returns (bytes4);

    /// @notice Checks terms; reverts with an error that names what does not hold.
    /// @dev The relay chain sends a task back when this fails with all of ICrossChainManager.VERIFY_GAS, with an error or
    /// without. With less the delivery reverts: whoever delivers chooses the gas.
    /// @param terms The task's terms, which passed the core's checks.
    /// @param mechanismTerms The mechanism's terms, encoded.
    /// @return worstCase The most that the whole task can pay, wei.
    function check(TaskTerms calldata terms, bytes calldata mechanismTerms) external view returns (uint256 worstCase);

    /// @notice Checks the terms of a task and fixes them for the calling task manager.
    /// @return worstCase The most that the whole task can pay, wei.
    function open(
        TaskId task,
        TaskTerms calldata terms,
        bytes calldata mechanismTerms
    ) external returns (uint256 worstCase);

    /// @notice Reverts when no work can add up to what a subchain reports.
    /// @param extent What the report is about.
    /// @param totals As the meter answered them.
    function checkTotals(Extent calldata extent, bytes calldata totals) external view;

    /// @notice What a worker has earned, wei.
    /// @param manager The task manager that opened the task.
    /// @param record The worker's record, which its subchain reported.
    /// @param work What the record holds the hash of.
    /// @param participation How the worker took part.
    function pay(
        address manager,
        WorkRecord calldata record,
        bytes calldata work,
        Participation calldata participation
    ) external view returns (uint256);
}
