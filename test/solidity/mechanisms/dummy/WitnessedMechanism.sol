// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A mechanism of tests that pays for witnessed reveals, by score
/// @notice It uses all that the core carries: evidence, work, totals, scores.
library WitnessedMechanism {
    bytes4 internal constant ID = bytes4(keccak256("freshet.mechanism.witnessed"));

    /// @dev What a worker shows with a reveal: it takes the place of a signature.
    function evidenceOf(address worker, bytes32 update) internal pure returns (bytes memory) {
        return abi.encode(keccak256(abi.encode("witness", worker, update)));
    }
}
