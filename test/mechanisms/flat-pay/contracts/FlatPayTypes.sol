// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Name of the mechanism
library FlatPay {
    bytes4 internal constant ID = bytes4(keccak256("freshet.mechanism.flat-pay"));
}

/// @notice Terms of a task.
struct FlatPayTerms {
    /// @dev What a worker gets for each round that takes its update, wei.
    uint96 payPerRound;
    /// @dev How many lanes there are; a worker in lane n refreshes its data n + 1 times an epoch.
    uint8 lanes;
}

/// @notice What a worker did.
struct FlatPayWork {
    /// @dev As it chose, from 0.
    uint8 lane;
    /// @dev Updates that it revealed.
    uint16 reveals;
}
