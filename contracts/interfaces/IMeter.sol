// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {RevealedUpdate, TaskId, TaskTerms} from "../types/TaskTypes.sol";

/// @notice The time over which work is measured, Unix seconds: from `start`, before `end`.
struct Epoch {
    uint48 start;
    uint48 end;
}

/// @title A mechanism's half on a subchain: what a worker chose and what its work amounts to
/// @notice The subchain tells what happened, in the order of its blocks, and asks what it amounts to. A meter keeps
/// what it is told by caller, so that one serves any number of subchains and believes none about another's tasks.
interface IMeter {
    /// @notice Thrown when a choice is not one that the terms offer, or not in its one encoding.
    error InvalidChoice(TaskId task, bytes choice);
    /// @notice Thrown when a reveal's evidence is not what the mechanism asks for.
    error InvalidEvidence(TaskId task, address worker);

    /// @notice Name under which tasks choose this mechanism; its policy has the same.
    function mechanismId() external pure returns (bytes4);

    /// @notice A task opened. Its terms were checked by the policy on two chains.
    /// @return hearsReveals Whether the meter wants to be told of reveals; if not, they carry no evidence.
    function open(
        TaskId task,
        TaskTerms calldata terms,
        bytes calldata mechanismTerms
    ) external returns (bool hearsReveals);

    /// @notice A worker enrolled. Reverts when its choice is not one.
    function enrol(TaskId task, address worker, bytes calldata choice) external;

    /// @notice A worker's data were refreshed now.
    /// @param samples How many samples they have.
    function refresh(TaskId task, address worker, uint32 samples, Epoch calldata epoch) external;

    /// @notice Most gas that one `refresh` takes here, whatever was refreshed before. A refresh is worth most at its
    /// moment, and before that no chain can say what it will cost: workers give it this much on top of what the subchain
    /// takes itself.
    function refreshGas() external view returns (uint256);

    /// @notice A worker revealed its update now. Reverts when the evidence is not what the mechanism asks for. Rounds may
    /// go on after the epoch, so it may come after the worker's work was answered; then it counts for nothing.
    function reveal(RevealedUpdate calldata update, bytes calldata evidence) external;

    /// @notice The epoch is over: no refresh of the worker is told any more.
    /// @return work What the worker's work amounts to, as the policy decodes it.
    function settle(TaskId task, address worker, Epoch calldata epoch) external returns (bytes memory work);

    /// @notice What was counted over all workers so far, as the policy's `checkTotals` decodes it.
    function totals(TaskId task) external view returns (bytes memory);
}
