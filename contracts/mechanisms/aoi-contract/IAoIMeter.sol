// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMeter} from "../../interfaces/IMeter.sol";
import {TaskId} from "../../types/TaskTypes.sol";

/// @title Meter of the AoI contract: time covered by fresh data
/// @notice Measures coverage and age of every worker's data from the block times of its refreshes (see Coverage).
interface IAoIMeter is IMeter {
    /// @notice How fresh a worker's data were up to its last refresh. One storage slot.
    struct Freshness {
        /// @dev Index of the chosen menu item, from 0.
        uint16 item;
        /// @dev θ of that item, seconds; zero for who is not enrolled.
        uint32 period;
        /// @dev Time of the last refresh, Unix seconds; 0 before the first.
        uint40 last;
        /// @dev Seconds covered up to `last`; below 2^32, as an epoch is.
        uint32 coveredSeconds;
        /// @dev Sum of squared gaps up to `last`, s²; below 2^64, as an epoch's square is.
        uint64 ageSquares;
    }

    /// @notice Thrown when an item is not on the menu.
    error UnknownItem(TaskId task, uint256 item, uint256 items);

    /// @notice Longest time between refreshes that each item of a task allows, seconds.
    function periodsOf(address subchain, TaskId task) external view returns (uint32[] memory);

    /// @notice How fresh a worker's data are.
    function freshnessOf(address subchain, TaskId task, address worker) external view returns (Freshness memory);
}
