// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {Sale} from "./TradingTypes.sol";

/// @title Signatures of sales
/// @notice EIP-712, in the domain of the subchain's LearningSubchain.
library SaleSignature {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME_HASH = keccak256("Freshet");
    bytes32 private constant VERSION_HASH = keccak256("1");
    bytes32 private constant SALE_TYPEHASH =
        keccak256(
            "Sale(uint64 chainId,uint256 task,uint16 round,address worker,bytes32 commitment,uint64 generatedAtMs,uint64 receivedAtMs,uint32 samples)"
        );

    /// @notice Whether `signer` signed the sale.
    /// @param r As in EIP-2098, with `yParityAndS`.
    function isBy(
        address signer,
        Sale memory sale,
        address subchain,
        bytes32 r,
        bytes32 yParityAndS
    ) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(digestOf(sale, subchain), r, yParityAndS);
        return failure == ECDSA.RecoverError.NoError && recovered == signer;
    }

    /// @notice What is signed.
    function digestOf(Sale memory sale, address subchain) internal view returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, subchain));
        return MessageHashUtils.toTypedDataHash(domain, keccak256(abi.encode(SALE_TYPEHASH, sale)));
    }
}
