// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

import {IPolicyRegistry} from "../interfaces/IPolicyRegistry.sol";
import {IRewardPolicy} from "../interfaces/IRewardPolicy.sol";

/// @title PolicyRegistry
/// @notice See IPolicyRegistry.
abstract contract PolicyRegistry is IPolicyRegistry, Ownable2Step {
    mapping(bytes4 mechanismId => IRewardPolicy) private _policies;

    /// @inheritdoc IPolicyRegistry
    function addPolicy(IRewardPolicy policy) external onlyOwner {
        bytes4 id = policy.mechanismId();
        require(address(_policies[id]) == address(0), PolicyExists(id));
        _policies[id] = policy;
        emit PolicyAdded(id, policy);
    }

    /// @dev The policy of that mechanism; reverts when there is none.
    function _policy(bytes4 id) internal view returns (IRewardPolicy policy) {
        policy = _policies[id];
        require(address(policy) != address(0), UnknownPolicy(id));
    }
}
