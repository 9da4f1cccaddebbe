// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Commitment, Epoch, HEARS_REVEALS, HEARS_ROUNDS, IMeter} from "../../../../contracts/interfaces/IMeter.sol";
import {RevealedUpdate, TaskId, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";

/// @title A meter with a fault: asked for something, it calls back what a test says, once
contract ReenteringMeter is IMeter {
    bytes4 private _on;
    address private _target;
    bytes private _call;

    /// @dev Whether the call back was refused, and why.
    bool public refused;
    bytes public reason;

    /// @dev When the meter's function `on` is called.
    function callBack(bytes4 on, address target, bytes calldata call) external {
        (_on, _target, _call) = (on, target, call);
    }

    function open(TaskId, TaskTerms calldata, bytes calldata) external returns (uint8) {
        _callBack();
        return HEARS_ROUNDS | HEARS_REVEALS;
    }

    function enrol(TaskId, address, bytes calldata) external {
        _callBack();
    }

    function refresh(TaskId, address, uint32, Epoch calldata) external {
        _callBack();
    }

    function round(TaskId, uint16, uint48) external {
        _callBack();
    }

    function reveal(RevealedUpdate calldata, Commitment calldata, bytes calldata) external {
        _callBack();
    }

    /// @dev Another answer every time, so that two reports would differ.
    function settle(TaskId, address, Epoch calldata) external returns (bytes memory) {
        _callBack();
        return abi.encode(gasleft());
    }

    function totals(TaskId) external view returns (bytes memory) {
        return abi.encode(gasleft());
    }

    function refreshGas() external pure returns (uint256) {
        return 100_000;
    }

    function mechanismId() external pure returns (bytes4) {
        return bytes4(keccak256("freshet.mechanism.reentering"));
    }

    function _callBack() private {
        if (_on != msg.sig) return;
        _on = 0;
        bool done;
        (done, reason) = _target.call(_call);
        refused = !done;
    }
}
