// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {ValidatorSets} from "./ValidatorSets.sol";
import {Words} from "./Words.sol";

/// @title What validators sign, and who signed it
/// @notice EIP-712, in the domain of the gateway on the chain that is vouched for. In a proof signers come as
/// `threshold uint8 | count uint8 | validators | signatures`: all validators of the chain, then EIP-2098 signatures of
/// as many of them as must sign, both ascending.
abstract contract Attestations is ValidatorSets {
    using Words for bytes;

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME_HASH = keccak256("Freshet Gateway");
    bytes32 private constant VERSION_HASH = keccak256("1");
    /// @dev Bytes before the validators.
    uint256 private constant HEAD = 2;

    /// @dev The digest that validators sign to attest a struct of a chain, for the gateway on it.
    function _attestationDigest(uint64 chainId, address gateway, bytes32 structHash) internal pure returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, chainId, gateway));
        return MessageHashUtils.toTypedDataHash(domain, structHash);
    }

    /// @notice Takes signers off the front of a proof; reverts unless they are enough of the chain's validators.
    /// @return rest What follows them.
    function _takeSigners(
        uint64 chainId,
        bytes32 digest,
        bytes calldata proof
    ) internal view returns (bytes calldata rest) {
        // Of a proof that is shorter than this, `end` says so.
        bytes32 head = proof.at32(0);
        uint256 validatorsEnd = HEAD + 20 * uint256(uint8(head[1]));
        uint256 end = validatorsEnd + 64 * uint256(uint8(head[0]));
        require(proof.length >= end, MalformedProof());
        _requireCurrent(chainId, keccak256(proof[:validatorsEnd]));
        _requireSignatures(digest, proof, validatorsEnd, end);
        return proof[end:];
    }

    /// @dev Both lists ascend, so one pass finds every signer and admits none twice; a second form of a signature is of
    /// the same signer. What is no signature recovers to zero, which is in no set.
    function _requireSignatures(
        bytes32 digest,
        bytes calldata signers,
        uint256 validatorsEnd,
        uint256 end
    ) private pure {
        uint256 next = HEAD;
        for (uint256 signature = validatorsEnd; signature < end; signature += 64) {
            address signer = _recover(digest, signers.at32(signature), signers.at32(signature + 32));
            while (next < validatorsEnd && address(bytes20(signers.at32(next))) != signer) next += 20;
            require(next < validatorsEnd, InvalidSigner(signer));
            next += 20;
        }
    }

    /// @dev EIP-2098: the highest bit of `vs` is the parity.
    function _recover(bytes32 digest, bytes32 r, bytes32 vs) private pure returns (address) {
        return ecrecover(digest, 27 + uint8(uint256(vs) >> 255), r, (vs << 1) >> 1);
    }
}
