// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMeter} from "./IMeter.sol";

/// @title Meters of the mechanisms that tasks may name on this subchain
/// @notice Each is known by its mechanism's id, and stays what it is.
interface IMeterRegistry {
    /// @notice A mechanism's meter can be named by tasks.
    event MeterAdded(bytes4 indexed mechanismId, IMeter meter);

    /// @notice Thrown when a task names a mechanism that has no meter here.
    error UnknownMeter(bytes4 mechanismId);
    /// @notice Thrown when a mechanism has a meter already.
    error MeterExists(bytes4 mechanismId);

    /// @notice Makes a mechanism's meter available to tasks. Owner only; a meter once added stays.
    function addMeter(IMeter meter) external;
}
