// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Commitment, Epoch, IMeter} from "../../../../contracts/interfaces/IMeter.sol";
import {RevealedUpdate, TaskId, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";
import {FlatMechanism} from "./FlatMechanism.sol";

/// @title Meter that measures nothing
contract FlatMeter is IMeter {
    function open(TaskId, TaskTerms calldata, bytes calldata) external pure returns (uint8) {
        return 0;
    }

    function enrol(TaskId task, address, bytes calldata choice) external pure {
        require(choice.length == 0, InvalidChoice(task, choice));
    }

    function refresh(TaskId, address, uint32, Epoch calldata) external pure {}

    function round(TaskId, uint16, uint48) external pure {}

    function reveal(RevealedUpdate calldata, Commitment calldata, bytes calldata) external pure {}

    function settle(TaskId, address, Epoch calldata) external pure returns (bytes memory) {
        return "";
    }

    function totals(TaskId) external pure returns (bytes memory) {
        return "";
    }

    function refreshGas() external pure returns (uint256) {
        return 5_000;
    }

    function mechanismId() external pure returns (bytes4) {
        return FlatMechanism.ID;
    }
}
