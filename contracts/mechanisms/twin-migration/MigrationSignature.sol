// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {Completion, HandOver} from "./MigrationTypes.sol";

/// @title Signatures of twin migration
/// @notice EIP-712, in the domain of the contract that reads them.
library MigrationSignature {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME_HASH = keccak256("Freshet");
    bytes32 private constant VERSION_HASH = keccak256("1");
    bytes32 private constant COMPLETION_TYPEHASH =
        keccak256(
            "Completion(uint256 migration,address vehicle,address source,address destination,bytes32 stateHash,uint64 startMs,uint64 endMs)"
        );
    bytes32 private constant HAND_OVER_TYPEHASH =
        keccak256(
            "HandOver(uint256 migration,address vehicle,address source,uint64 sourceChain,address destination,uint64 destinationChain,uint48 until)"
        );

    /// @notice Whether `signer` signed a completion.
    /// @param r As in EIP-2098, with `yParityAndS`.
    function isCompletedBy(
        address signer,
        Completion memory completion,
        bytes32 r,
        bytes32 yParityAndS
    ) internal view returns (bool) {
        return _isBy(signer, keccak256(abi.encode(COMPLETION_TYPEHASH, completion)), r, yParityAndS);
    }

    /// @notice Whether an order's vehicle signed it.
    function isOrdered(HandOver calldata order, bytes32 r, bytes32 yParityAndS) internal view returns (bool) {
        return _isBy(order.vehicle, keccak256(abi.encode(HAND_OVER_TYPEHASH, order)), r, yParityAndS);
    }

    function _isBy(address signer, bytes32 structHash, bytes32 r, bytes32 yParityAndS) private view returns (bool) {
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, address(this)));
        bytes32 digest = MessageHashUtils.toTypedDataHash(domain, structHash);
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(digest, r, yParityAndS);
        return failure == ECDSA.RecoverError.NoError && recovered == signer;
    }
}
