// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

import {IGuarded} from "../interfaces/IGuarded.sol";

/// @title Guarded
/// @notice See IGuarded.
abstract contract Guarded is IGuarded, Ownable2Step {
    /// @inheritdoc IGuarded
    uint48 public immutable DELAY_SECONDS;
    /// @inheritdoc IGuarded
    address public guardian;

    modifier onlyGuardianOrOwner() {
        require(msg.sender == guardian || msg.sender == owner(), NotGuardian(msg.sender));
        _;
    }

    constructor(address owner, uint48 delaySeconds) Ownable(owner) {
        require(delaySeconds > 0, InvalidDelay());
        DELAY_SECONDS = delaySeconds;
    }

    /// @inheritdoc IGuarded
    function setGuardian(address newGuardian) external onlyOwner {
        guardian = newGuardian;
        emit GuardianSet(newGuardian);
    }

    /// @dev The time (Unix seconds) from which on what is scheduled now can be applied.
    function _activeFrom() internal view returns (uint48) {
        return uint48(block.timestamp) + DELAY_SECONDS;
    }

    /// @dev Whether something was scheduled and its time has come.
    function _isDue(uint48 activeFrom) internal view returns (bool) {
        return activeFrom != 0 && block.timestamp >= activeFrom;
    }
}
