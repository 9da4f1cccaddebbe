// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IVerifier} from "./IVerifier.sol";

/// @title Verifier of messages under signed checkpoints of a Merkle outbox
/// @notice Validators sign checkpoints of a gateway's outbox: its root with `index + 1` messages. A checkpoint that m
/// of n signed proves every message up to its index.
/// @dev Proofs and signers are packed:
///
///     proof   = index uint32 | signers | siblings 32 bytes each
///     signers = threshold uint8 | count uint8 | validators 20 bytes each | signatures 64 bytes each
///
/// There are `count` validators, ascending, and exactly `threshold` signatures (EIP-2098), ascending by signer. The
/// siblings are those of MerkleMultiProof in a tree as deep as `index + 1` messages need.
interface ICheckpointVerifier is IVerifier {
    /// @notice A checkpoint and who signed it; `signers` as in a proof.
    struct SignedCheckpoint {
        bytes32 root;
        uint32 index;
        bytes signers;
    }

    /// @notice Two checkpoints that the chain's validators signed and that cannot both be true.
    /// @dev Evidence is the ABI encoding of the fields in this order. With the same index two roots suffice and the
    /// rest is not looked at; otherwise both branches must lead from different leaves at the same place to the roots.
    struct Contradiction {
        SignedCheckpoint a;
        SignedCheckpoint b;
        /// @dev A place under both checkpoints.
        uint32 nonce;
        bytes32 leafA;
        bytes32[] branchA;
        bytes32 leafB;
        bytes32[] branchB;
    }

    /// @notice Reverts unless the chain's validators signed the checkpoint.
    /// @param chainId Chain id of the sending gateway.
    /// @param gateway The sending gateway.
    function requireSigned(uint64 chainId, address gateway, SignedCheckpoint calldata signed) external view;

    /// @notice The digest that validators sign (EIP-712): `Checkpoint(bytes32 root,uint32 index)` in the domain of the
    /// sending gateway, "Freshet Gateway" version "1".
    /// @param chainId Chain id of the sending gateway.
    /// @param gateway The sending gateway.
    /// @param root Root of its outbox with `index + 1` messages.
    /// @param index Nonce of the last message under the root.
    function checkpointDigest(
        uint64 chainId,
        address gateway,
        bytes32 root,
        uint32 index
    ) external pure returns (bytes32);
}
