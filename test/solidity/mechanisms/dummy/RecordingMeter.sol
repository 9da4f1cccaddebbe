// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Epoch, IMeter} from "../../../../contracts/interfaces/IMeter.sol";
import {RevealedUpdate, TaskId, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";

/// @title A meter that repeats what it is told, and answers what a test wants
contract RecordingMeter is IMeter {
    bool private immutable _HEARS_REVEALS;

    bytes private _work;
    bytes private _totals;

    /// @dev The meter was called so.
    event Told(address subchain, bytes call);

    constructor(bool hearsReveals) {
        _HEARS_REVEALS = hearsReveals;
    }

    function answer(bytes calldata work, bytes calldata totals_) external {
        (_work, _totals) = (work, totals_);
    }

    function open(TaskId, TaskTerms calldata, bytes calldata) external returns (bool) {
        emit Told(msg.sender, msg.data);
        return _HEARS_REVEALS;
    }

    function enrol(TaskId, address, bytes calldata) external {
        emit Told(msg.sender, msg.data);
    }

    function refresh(TaskId, address, uint32, Epoch calldata) external {
        emit Told(msg.sender, msg.data);
    }

    function reveal(RevealedUpdate calldata, bytes calldata) external {
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
