// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Extent, IRewardPolicy, Participation} from "../../../../contracts/interfaces/IRewardPolicy.sol";
import {TaskId, TaskTerms, WorkRecord} from "../../../../contracts/types/TaskTypes.sol";

/// @title A policy with a fault: it pays what the work says, whoever took part in what
contract LavishPolicy is IRewardPolicy {
    function open(TaskId, TaskTerms calldata, bytes calldata) external pure returns (uint256) {
        return 0;
    }

    function pay(
        address,
        WorkRecord calldata,
        bytes calldata work,
        Participation calldata
    ) external pure returns (uint256) {
        return abi.decode(work, (uint256));
    }

    function checkTotals(Extent calldata, bytes calldata) external pure {}

    function check(TaskTerms calldata, bytes calldata) external pure returns (uint256) {
        return 0;
    }

    function mechanismId() external pure returns (bytes4) {
        return bytes4(keccak256("freshet.mechanism.lavish"));
    }
}
