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
        uint256 end = _lengthOfSigners(proof);
        _requireSigned(chainId, digest, proof[:end]);
        return proof[end:];
    }

    /// @dev Both lists ascend, so one pass finds every signer and admits none twice; a second form of a signature is
    /// of the same signer. What is no signature recovers to zero, which is in no set.
    function _requireSigned(uint64 chainId, bytes32 digest, bytes calldata signers) internal view {
        bytes32 head = signers.at32(0);
        uint256 threshold = uint8(head[0]);
        // Bytes are counted in numbers below 2^15; unchecked, a delivery with 3 of 5 signatures takes 1,500 gas less.
        unchecked {
            uint256 validatorsEnd = 2 + 20 * uint256(uint8(head[1]));
            _requireCurrent(chainId, keccak256(signers[:validatorsEnd]));
            uint256 next = 2;
            uint256 end = validatorsEnd + 64 * threshold;
            for (uint256 signature = validatorsEnd; signature < end; signature += 64) {
                address signer = _recover(digest, signers.at32(signature), signers.at32(signature + 32));
                while (next < validatorsEnd && address(bytes20(signers.at32(next))) != signer) next += 20;
                require(next < validatorsEnd, InvalidSigner(signer));
                next += 20;
            }
        }
    }

    /// @dev Bytes that the signers take at the beginning of `packed`.
    function _lengthOfSigners(bytes calldata packed) internal pure returns (uint256 length) {
        require(packed.length >= 2, MalformedProof());
        bytes32 head = packed.at32(0);
        unchecked {
            length = 2 + 20 * uint256(uint8(head[1])) + 64 * uint256(uint8(head[0]));
        }
        require(packed.length >= length, MalformedProof());
    }

    /// @dev EIP-2098: the highest bit of `vs` is the parity. Assembly takes 250 gas less a signature than `ecrecover`.
    function _recover(bytes32 digest, bytes32 r, bytes32 vs) private view returns (address signer) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, digest)
            mstore(add(input, 0x20), add(27, shr(255, vs)))
            mstore(add(input, 0x40), r)
            mstore(add(input, 0x60), shr(1, shl(1, vs)))
            // The precompile returns nothing for what is no signature.
            mstore(0x00, 0)
            pop(staticcall(gas(), 1, input, 0x80, 0x00, 0x20))
            signer := mload(0x00)
        }
    }
}
