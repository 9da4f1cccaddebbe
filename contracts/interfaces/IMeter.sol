// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {RevealedUpdate, TaskId, TaskTerms} from "../types/TaskTypes.sol";

/// @notice The time over which work is measured, Unix seconds: from `start`, before `end`.
struct Epoch {
    uint48 start;
    uint48 end;
}

/// @notice What an update's worker did and the chain did before the reveal. Times are Unix seconds.
struct Commitment {
    /// @dev When the round opened on the main chain, the same on every subchain.
    uint48 roundOpenedAt;
    /// @dev Block time of the worker's commit.
    uint48 committedAt;
    /// @dev What it committed to: Leaves.ofCommit of the update.
    bytes32 hash;
}

/// @dev A bit of what `IMeter.open` answers: to be told of rounds after the first.
uint8 constant HEARS_ROUNDS = 1;
/// @dev A bit of what `IMeter.open` answers: to be told of reveals. If not, they carry no evidence.
uint8 constant HEARS_REVEALS = 2;

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
    /// Round 0 opens with its schedule's start, of which nothing more is told.
    /// @return hears Of what else the meter wants to be told, for as long as the task lasts: the sum of HEARS_ROUNDS and
    /// HEARS_REVEALS, as far as it does. What it does not ask for costs its tasks nothing.
    function open(
        TaskId task,
        TaskTerms calldata terms,
        bytes calldata mechanismTerms
    ) external returns (uint8 hears);

    /// @notice A worker enrolled. Reverts when its choice is not one.
    function enrol(TaskId task, address worker, bytes calldata choice) external;

    /// @notice A worker's data were refreshed now: before the epoch's end, and perhaps before its start.
    /// @param samples How many samples they have.
    function refresh(TaskId task, address worker, uint32 samples, Epoch calldata epoch) external;

    /// @notice Most gas that one `refresh` takes here, whatever was refreshed before. A refresh is worth most at its
    /// moment, and before that no chain can say what it will cost: workers give it this much on top of what the subchain
    /// takes itself.
    function refreshGas() external view returns (uint256);

    /// @notice A round after the first opened, for a meter that hears of rounds. Rounds come in their order, each once; a
    /// task may end before all of them have come.
    /// @param openedAt When it opened on the main chain, Unix seconds: no later than now but for CLOCK_SKEW_SECONDS.
    function round(TaskId task, uint16 number, uint48 openedAt) external;

    /// @notice A worker revealed its update now, told to a meter that hears of reveals. Reverts when the evidence is not what the mechanism asks for. Rounds may
    /// go on after the epoch, so it may come after the worker's work was answered; then it counts for nothing.
    /// @param commitment What it had committed to, and when.
    function reveal(
        RevealedUpdate calldata update,
        Commitment calldata commitment,
        bytes calldata evidence
    ) external;

    /// @notice The epoch is over: no refresh of the worker is told any more.
    /// @return work What the worker's work amounts to, as the policy decodes it.
    function settle(TaskId task, address worker, Epoch calldata epoch) external returns (bytes memory work);

    /// @notice What was counted over all workers so far, as the policy's `checkTotals` decodes it.
    function totals(TaskId task) external view returns (bytes memory);
}
