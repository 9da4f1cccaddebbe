// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IGuarded} from "./IGuarded.sol";

/// @title Validator sets, one for each chain that is vouched for
/// @notice A set replaces another only after a delay in which everybody sees it come. No set is empty, and no
/// threshold is zero or above its set.
interface IValidatorSets is IGuarded {
    /// @notice Those who vouch for a chain, ascending, and how many of them must sign.
    struct ValidatorSet {
        uint8 threshold;
        address[] validators;
    }

    /// @notice A set will vouch for a chain from `activeFrom` (Unix seconds) on.
    event ValidatorsScheduled(uint64 indexed chainId, uint8 threshold, address[] validators, uint48 activeFrom);
    /// @notice The scheduled set was dropped.
    event ValidatorsCancelled(uint64 indexed chainId);
    /// @notice This set vouches for the chain now.
    event ValidatorsChanged(uint64 indexed chainId, uint8 threshold, address[] validators);

    /// @notice Thrown when a set is empty or not ascending, or its threshold is half of it or less, or above it.
    error InvalidValidators(uint64 chainId);
    /// @notice Thrown when a chain has its first set already.
    error AlreadyInitialized(uint64 chainId);
    /// @notice Thrown when nobody vouches for a chain.
    error UnknownChain(uint64 chainId);
    /// @notice Thrown when a proof was made for another set of validators than the chain has now; make it again.
    error StaleValidators(uint64 chainId);
    /// @notice Thrown when a signature is not by a validator of that chain, or not in ascending order of signers.
    error InvalidSigner(address signer);
    /// @notice Thrown when a proof or evidence is too short or its parts do not fit together.
    error MalformedProof();
    /// @notice Thrown when evidence shows no contradiction.
    error NoContradiction();

    /// @notice Names the first set of a chain, at once. Owner only.
    function initializeValidators(uint64 chainId, ValidatorSet calldata set) external;

    /// @notice Schedules another set, after `DELAY_SECONDS`. Owner only; a later call replaces an earlier one.
    function scheduleValidators(uint64 chainId, ValidatorSet calldata set) external;

    /// @notice Drops the scheduled set. Owner or guardian.
    function cancelValidators(uint64 chainId) external;

    /// @notice Makes the scheduled set the chain's once its time has come. Anyone may call.
    function applyValidators(uint64 chainId) external;

    /// @notice Who vouches for a chain now.
    function validatorsOf(uint64 chainId) external view returns (ValidatorSet memory);

    /// @notice Who will vouch for a chain, and from when (Unix seconds); empty and zero when nobody is scheduled.
    function scheduledValidators(uint64 chainId) external view returns (ValidatorSet memory set, uint48 activeFrom);
}
