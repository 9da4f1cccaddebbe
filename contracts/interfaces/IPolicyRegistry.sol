// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRewardPolicy} from "./IRewardPolicy.sol";

/// @title Reward policies of the mechanisms that tasks may name on this chain
/// @notice Each is known by its mechanism's id, and stays what it is.
interface IPolicyRegistry {
    /// @notice A mechanism's reward policy can be named by tasks.
    event PolicyAdded(bytes4 indexed mechanismId, IRewardPolicy policy);

    /// @notice Thrown when a task names a mechanism that has no policy here.
    error UnknownPolicy(bytes4 mechanismId);
    /// @notice Thrown when a mechanism has a policy already.
    error PolicyExists(bytes4 mechanismId);

    /// @notice Makes a mechanism's reward policy available to tasks. Owner only; a policy once added stays.
    function addPolicy(IRewardPolicy policy) external;
}
