// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Commitment, Epoch, IMeter} from "../../../../contracts/interfaces/IMeter.sol";
import {RevealedUpdate, TaskId, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";

/// @title A meter that repeats what it is told, and answers what a test wants
contract RecordingMeter is IMeter {
    uint8 private immutable _HEARS;

    bytes private _work;
    bytes private _totals;

    /// @dev The meter was called so.
    event Told(address subchain, bytes call);

    constructor(uint8 hears) {
        _HEARS = hears;
    }

    function answer(bytes calldata work, bytes calldata totals_) external {
        (_work, _totals) = (work, totals_);
    }

    function open(TaskId, TaskTerms calldata, bytes calldata) external returns (uint8) {
        emit Told(msg.sender, msg.data);
        return _HEARS;
    }

    function enrol(TaskId, address, bytes calldata) external {
        emit Told(msg.sender, msg.data);
    }

    function refresh(TaskId, address, uint32, Epoch calldata) external {
        emit Told(msg.sender, msg.data);
    }

    function round(TaskId, uint16, uint48) external {
        emit Told(msg.sender, msg.data);
    }

    function reveal(RevealedUpdate calldata, Commitment calldata, bytes calldata) external {
        emit Told(msg.sender, msg.data);
    }

    function settle(TaskId, address, Epoch calldata) external returns (bytes memory) {
        emit Told(msg.sender, msg.data);
        return _work;
    }

    function totals(TaskId) external view returns (bytes memory) {
        return _totals;
    }

    function refreshGas() external pure returns (uint256) {
        return 20_000;
    }

    function mechanismId() external pure returns (bytes4) {
        return bytes4(keccak256("freshet.mechanism.recorded"));
    }
}
