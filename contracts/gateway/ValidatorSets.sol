// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IValidatorSets} from "../interfaces/IValidatorSets.sol";
import {Guarded} from "./Guarded.sol";

/// @title ValidatorSets
/// @notice See IValidatorSets. Proofs bring the set along and are compared with its hash, which is one slot to read
/// whatever the number of validators; the lists are kept for everybody to see.
abstract contract ValidatorSets is IValidatorSets, Guarded {
    struct Vouchers {
        /// @dev Hash of `current`, packed; zero while there is no set.
        bytes32 hash;
        uint48 activeFrom;
        ValidatorSet current;
        ValidatorSet scheduled;
    }

    mapping(uint64 chainId => Vouchers) private _vouchers;

    /// @inheritdoc IValidatorSets
    function initializeValidators(uint64 chainId, ValidatorSet calldata set) external onlyOwner {
        require(_vouchers[chainId].hash == 0, AlreadyInitialized(chainId));
        _requireSound(chainId, set);
        _setCurrent(chainId, set);
    }

    /// @inheritdoc IValidatorSets
    function scheduleValidators(uint64 chainId, ValidatorSet calldata set) external onlyOwner {
        Vouchers storage vouchers = _vouchersOf(chainId);
        _requireSound(chainId, set);
        vouchers.scheduled = set;
        vouchers.activeFrom = _activeFrom();
        emit ValidatorsScheduled(chainId, set.threshold, set.validators, vouchers.activeFrom);
    }

    /// @inheritdoc IValidatorSets
    function cancelValidators(uint64 chainId) external onlyGuardianOrOwner {
        require(_vouchers[chainId].activeFrom != 0, NotScheduled(chainId));
        _unschedule(chainId);
        emit ValidatorsCancelled(chainId);
    }

    /// @inheritdoc IValidatorSets
    function applyValidators(uint64 chainId) external {
        require(_isDue(_vouchers[chainId].activeFrom), NotScheduled(chainId));
        ValidatorSet memory set = _vouchers[chainId].scheduled;
        _unschedule(chainId);
        _setCurrent(chainId, set);
    }

    /// @inheritdoc IValidatorSets
    function validatorsOf(uint64 chainId) external view returns (ValidatorSet memory) {
        return _vouchersOf(chainId).current;
    }

    /// @inheritdoc IValidatorSets
    function scheduledValidators(uint64 chainId) external view returns (ValidatorSet memory set, uint48 activeFrom) {
        Vouchers storage vouchers = _vouchers[chainId];
        return (vouchers.scheduled, vouchers.activeFrom);
    }

    /// @dev Reverts unless this is the chain's set, packed: threshold, number and addresses of the validators.
    function _requireCurrent(uint64 chainId, bytes32 setHash) internal view {
        bytes32 current = _vouchers[chainId].hash;
        require(current != 0, UnknownChain(chainId));
        require(current == setHash, StaleValidators(chainId));
    }

    function _setCurrent(uint64 chainId, ValidatorSet memory set) private {
        Vouchers storage vouchers = _vouchers[chainId];
        bytes memory packed = abi.encodePacked(set.threshold, uint8(set.validators.length));
        for (uint256 i = 0; i < set.validators.length; ++i) packed = bytes.concat(packed, bytes20(set.validators[i]));
        vouchers.hash = keccak256(packed);
        vouchers.current = set;
        emit ValidatorsChanged(chainId, set.threshold, set.validators);
    }

    function _unschedule(uint64 chainId) private {
        Vouchers storage vouchers = _vouchers[chainId];
        delete vouchers.scheduled;
        delete vouchers.activeFrom;
    }

    function _vouchersOf(uint64 chainId) private view returns (Vouchers storage vouchers) {
        vouchers = _vouchers[chainId];
        require(vouchers.hash != 0, UnknownChain(chainId));
    }

    /// @dev Ascending validators are distinct, and none is zero. Of half of them or fewer, two groups could vouch for two
    /// histories without anybody's having signed both.
    function _requireSound(uint64 chainId, ValidatorSet calldata set) private pure {
        uint256 count = set.validators.length;
        bool sound = uint256(set.threshold) * 2 > count && set.threshold <= count && count <= type(uint8).max;
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            sound = sound && set.validators[i] > previous;
            previous = set.validators[i];
        }
        require(sound, InvalidValidators(chainId));
    }
}
