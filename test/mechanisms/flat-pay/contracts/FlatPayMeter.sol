// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Commitment, Epoch, HEARS_REVEALS, IMeter} from "../../../../contracts/interfaces/IMeter.sol";
import {RevealedUpdate, TaskId, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";
import {FlatPay, FlatPayTerms, FlatPayWork} from "./FlatPayTypes.sol";

/// @title Meter that counts the updates that workers reveal
/// @notice A worker chooses a lane, a uint8, and shows it again with every reveal.
contract FlatPayMeter is IMeter {
    /// @notice What the meter knows of a worker.
    struct Counted {
        FlatPayWork work;
        bool settled;
    }

    mapping(address subchain => mapping(TaskId => uint8)) private _lanes;
    mapping(address subchain => mapping(TaskId => uint256)) private _reveals;
    mapping(address subchain => mapping(TaskId => mapping(address worker => Counted))) private _workers;

    /// @notice Thrown when a worker chooses a lane that there is not.
    error UnknownLane(TaskId task, uint8 lane, uint8 lanes);

    function open(TaskId task, TaskTerms calldata, bytes calldata mechanismTerms) external returns (uint8) {
        _lanes[msg.sender][task] = abi.decode(mechanismTerms, (FlatPayTerms)).lanes;
        return HEARS_REVEALS;
    }

    function enrol(TaskId task, address worker, bytes calldata choice) external {
        require(choice.length == 32, InvalidChoice(task, choice));
        uint8 lane = abi.decode(choice, (uint8));
        uint8 lanes = _lanes[msg.sender][task];
        require(lane < lanes, UnknownLane(task, lane, lanes));
        _workers[msg.sender][task][worker].work.lane = lane;
    }

    function reveal(RevealedUpdate calldata update, Commitment calldata, bytes calldata evidence) external {
        Counted storage counted = _workers[msg.sender][update.task][update.worker];
        require(
            keccak256(evidence) == keccak256(abi.encode(counted.work.lane)),
            InvalidEvidence(update.task, update.worker)
        );
        // Rounds may go on after the epoch; what was answered stays.
        if (counted.settled) return;
        ++counted.work.reveals;
        ++_reveals[msg.sender][update.task];
    }

    function settle(TaskId task, address worker, Epoch calldata) external returns (bytes memory) {
        Counted storage counted = _workers[msg.sender][task][worker];
        counted.settled = true;
        return abi.encode(counted.work);
    }

    function totals(TaskId task) external view returns (bytes memory) {
        return abi.encode(_reveals[msg.sender][task]);
    }

    function lanesOf(address subchain, TaskId task) external view returns (uint8) {
        return _lanes[subchain][task];
    }

    function round(TaskId, uint16, uint48) external pure {}

    function refresh(TaskId, address, uint32, Epoch calldata) external pure {}

    function refreshGas() external pure returns (uint256) {
        return 5_000;
    }

    function mechanismId() external pure returns (bytes4) {
        return FlatPay.ID;
    }
}
