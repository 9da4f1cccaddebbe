// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

import {IMeter} from "../interfaces/IMeter.sol";
import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";

/// @title MeterRegistry
/// @notice See IMeterRegistry.
abstract contract MeterRegistry is IMeterRegistry, Ownable2Step {
    mapping(bytes4 mechanismId => IMeter) private _meters;

    /// @inheritdoc IMeterRegistry
    function addMeter(IMeter meter) external onlyOwner {
        bytes4 id = meter.mechanismId();
        require(address(_meters[id]) == address(0), MeterExists(id));
        _meters[id] = meter;
        emit MeterAdded(id, meter);
    }

    /// @dev The meter of that mechanism; reverts when there is none.
    function _meter(bytes4 id) internal view returns (IMeter meter) {
        meter = _meters[id];
        require(address(meter) != address(0), UnknownMeter(id));
    }
}
