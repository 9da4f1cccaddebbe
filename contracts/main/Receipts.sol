// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title Storage receipts: aggregators' word that they hold an update
/// @notice EIP-712 signatures, in the task manager's domain, of the leaf of a revealed update. They come packed, each
/// `place uint8 | signature`, with the aggregator's place in the task's terms and the signature as in EIP-2098, by
/// ascending place. One that is wrong spoils them all, so that of one set of signers there is one form.
library Receipts {
    /// @dev Bytes of one: a place and a signature.
    uint256 internal constant RECEIPT_BYTES = 65;

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME_HASH = keccak256("Freshet");
    bytes32 private constant VERSION_HASH = keccak256("1");
    bytes32 private constant RECEIPT_TYPEHASH = keccak256("StorageReceipt(bytes32 leaf)");

    /// @notice Whether at least `needed` aggregators signed that they hold the update of `leaf`.
    /// @param packed The receipts that its reveal carried.
    /// @param manager The task manager that the task was published to.
    /// @param aggregators Of its task.
    function areEnough(
        bytes calldata packed,
        bytes32 leaf,
        address manager,
        address[] memory aggregators,
        uint256 needed
    ) internal view returns (bool) {
        uint256 count = packed.length / RECEIPT_BYTES;
        if (packed.length % RECEIPT_BYTES != 0 || count < needed) return false;
        bytes32 digest = digestOf(leaf, manager);
        uint256 least = 0;
        for (uint256 i = 0; i < count; ++i) {
            bytes calldata receipt = packed[i * RECEIPT_BYTES:(i + 1) * RECEIPT_BYTES];
            uint256 place = uint8(receipt[0]);
            if (place < least || place >= aggregators.length) return false;
            least = place + 1;
            (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(
                digest,
                bytes32(receipt[1:33]),
                bytes32(receipt[33:65])
            );
            if (failure != ECDSA.RecoverError.NoError || signer != aggregators[place]) return false;
        }
        return true;
    }

    /// @notice What an aggregator signs.
    function digestOf(bytes32 leaf, address manager) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, manager)
        );
        return MessageHashUtils.toTypedDataHash(domain, keccak256(abi.encode(RECEIPT_TYPEHASH, leaf)));
    }
}
