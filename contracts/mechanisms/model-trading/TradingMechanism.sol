// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Name of model trading among the mechanisms
/// @notice Its policy and its meter have the same.
library TradingMechanism {
    /// @notice What tasks choose it by.
    bytes4 internal constant ID = bytes4(keccak256("freshet.mechanism.model-trading"));
}
