// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IValidatorSets} from "../interfaces/IValidatorSets.sol";

/// @title Reader of packed proofs
/// @notice Takes parts off the front of a proof, one after the other.
library ProofReader {
    /// @notice The first `length` bytes and what follows them.
    function take(
        bytes calldata data,
        uint256 length
    ) internal pure returns (bytes calldata head, bytes calldata rest) {
        require(length <= data.length, IValidatorSets.MalformedProof());
        return (data[:length], data[length:]);
    }

    /// @notice A whole number of 4 bytes and what follows it.
    function takeUint32(bytes calldata data) internal pure returns (uint256 value, bytes calldata rest) {
        bytes calldata head;
        (head, rest) = take(data, 4);
        value = uint32(bytes4(head));
    }

    /// @notice Bytes after their length, and what follows them.
    function takeSized(bytes calldata data) internal pure returns (bytes calldata head, bytes calldata rest) {
        (uint256 length, bytes calldata tail) = takeUint32(data);
        return take(tail, length);
    }

    /// @notice Whole numbers of 4 bytes after their count, and what follows them.
    function takeList(bytes calldata data) internal pure returns (uint256[] memory values, bytes calldata rest) {
        uint256 count;
        (count, rest) = takeCount(data);
        values = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) (values[i], rest) = takeUint32(rest);
    }

    /// @notice The count of what follows, each of which begins with 4 bytes at least: so that a wrong count cannot ask
    /// for memory that the proof is too short for.
    function takeCount(bytes calldata data) internal pure returns (uint256 count, bytes calldata rest) {
        (count, rest) = takeUint32(data);
        require(count <= rest.length / 4, IValidatorSets.MalformedProof());
    }
}
