// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice An item of the AoI contract's menu, for one type of worker.
struct MenuItem {
    /// @dev θ_n: longest time between two refreshes of the sensed data, seconds.
    uint32 period;
    /// @dev R_n: reward for an epoch, wei.
    uint96 reward;
    /// @dev δ_n: the type's cost of one update, wei.
    uint96 cost;
}

/// @notice Terms of the AoI contract: a task's `mechanismTerms`.
struct AoITerms {
    /// @dev B ≥ 1: paid on top for an epoch without a gap and all rounds accepted, wei; the same for all items.
    uint96 bonus;
    /// @dev By type: costs and periods do not increase, rewards do not decrease.
    MenuItem[] menu;
}

/// @notice What a worker enrols with: its `choice`.
struct AoIChoice {
    /// @dev Index of the menu item, from 0.
    uint16 item;
}

/// @notice What a worker did over the epoch: its `work`.
struct AoIWork {
    /// @dev Index of the chosen menu item, from 0.
    uint16 item;
    /// @dev Seconds of the epoch in which the worker's data were no older than its item's period.
    uint64 coveredSeconds;
    /// @dev Sum of the squared gaps between start, refreshes and end, s²; mean age = this / (2 T), seconds.
    uint128 ageSquares;
}

/// @notice Sums over workers: a report's `totals`.
struct AoITotals {
    uint128 coveredSeconds;
    uint128 ageSquares;
}
