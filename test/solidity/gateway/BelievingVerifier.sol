// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IVerifier} from "../../../contracts/interfaces/IVerifier.sol";

/// @title Verifier that believes every message, where a test is not about proofs
contract BelievingVerifier is IVerifier {
    function verify(uint64, address, uint32[] calldata, bytes32[] calldata, bytes calldata) external pure {}

    function verifyContradiction(uint64, address, bytes calldata) external pure {}

    function proofKind() external pure returns (bytes32) {
        return "belief";
    }
}
