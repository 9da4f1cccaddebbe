// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Commitment, Epoch, HEARS_REVEALS, IMeter} from "../../../../contracts/interfaces/IMeter.sol";
import {RevealedUpdate, TaskId, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";
import {WitnessedMechanism} from "./WitnessedMechanism.sol";

/// @title Meter that hears of reveals and counts the witnessed ones
contract WitnessedMeter is IMeter {
    mapping(address subchain => mapping(TaskId => uint256)) private _sums;
    mapping(address subchain => mapping(TaskId => mapping(address worker => uint32))) private _reveals;
    mapping(address subchain => mapping(TaskId => mapping(address worker => bool))) private _settled;

    function reveal(RevealedUpdate calldata update, Commitment calldata, bytes calldata evidence) external {
        require(
            keccak256(evidence) == keccak256(WitnessedMechanism.evidenceOf(update.worker, update.update)),
            InvalidEvidence(update.task, update.worker)
        );
        // Rounds may go on after the epoch; what was answered stays.
        if (_settled[msg.sender][update.task][update.worker]) return;
        ++_reveals[msg.sender][update.task][update.worker];
        ++_sums[msg.sender][update.task];
    }

    function settle(TaskId task, address worker, Epoch calldata) external returns (bytes memory) {
        _settled[msg.sender][task][worker] = true;
        return abi.encode(_reveals[msg.sender][task][worker]);
    }

    function totals(TaskId task) external view returns (bytes memory) {
        return abi.encode(_sums[msg.sender][task]);
    }

    function open(TaskId, TaskTerms calldata, bytes calldata) external pure returns (uint8) {
        return HEARS_REVEALS;
    }

    function enrol(TaskId task, address, bytes calldata choice) external pure {
        require(choice.length == 0, InvalidChoice(task, choice));
    }

    function round(TaskId, uint16, uint48) external pure {}

    function refresh(TaskId, address, uint32, Epoch calldata) external pure {}

    function refreshGas() external pure returns (uint256) {
        return 5_000;
    }

    function mechanismId() external pure returns (bytes4) {
        return WitnessedMechanism.ID;
    }
}
