// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Extent, IRewardPolicy, Participation} from "../../../../contracts/interfaces/IRewardPolicy.sol";
import {TaskId, TaskTerms, WorkRecord} from "../../../../contracts/types/TaskTypes.sol";
import {FailingMechanism} from "./FailingMechanism.sol";

/// @title A policy with faults: on the relay chain its check fails as the mechanism's terms say
contract FailingPolicy is IRewardPolicy {
    function open(TaskId, TaskTerms calldata, bytes calldata) external pure returns (uint256) {
        return 0;
    }

    function pay(
        address,
        WorkRecord calldata,
        bytes calldata,
        Participation calldata
    ) external pure returns (uint256) {
        return 0;
    }

    function checkTotals(Extent calldata, bytes calldata) external pure {}

    function check(TaskTerms calldata, bytes calldata mechanismTerms) external view returns (uint256) {
        (FailingMechanism.Failure failure, uint256 amount) = abi.decode(
            mechanismTerms,
            (FailingMechanism.Failure, uint256)
        );
        if (failure == FailingMechanism.Failure.Silent) _revertWith(0);
        if (failure == FailingMechanism.Failure.Endless) while (true) amount ^= gasleft();
        if (failure == FailingMechanism.Failure.Talkative) _revertWith(amount);
        if (failure == FailingMechanism.Failure.Hungry && gasleft() < amount) _revertWith(0);
        require(failure != FailingMechanism.Failure.Accusing || gasleft() >= amount, FailingMechanism.Refused());
        return 0;
    }

    function mechanismId() external pure returns (bytes4) {
        return FailingMechanism.ID;
    }

    function _revertWith(uint256 size) private pure {
        assembly ("memory-safe") {
            revert(mload(0x40), size)
        }
    }
}
