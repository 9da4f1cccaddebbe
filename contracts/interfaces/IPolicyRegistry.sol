// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRewardPolicy} from "./IRewardPolicy.sol";

/// @title Reward policies that tasks may name on this chain
/// @notice Each is known by its id, and stays what it is.
interface IPolicyRegistry {
    /// @notice A reward policy can be named by tasks.
    event PolicyAdded(bytes4 indexed policyId, IRewardPolicy policy);

    /// @notice Thrown when a task names a policy that is not known here.
    error UnknownPolicy(bytes4 policyId);
    /// @notice Thrown when a policy is already known.
    error PolicyExists(bytes4 policyId);

    /// @notice Makes a reward policy available to tasks. Owner only; a policy once added stays.
    function addPolicy(IRewardPolicy policy) external;
}
