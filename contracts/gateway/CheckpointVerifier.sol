// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ICheckpointVerifier} from "../interfaces/ICheckpointVerifier.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {Attestations} from "./Attestations.sol";
import {Guarded} from "./Guarded.sol";
import {IncrementalMerkle} from "./IncrementalMerkle.sol";
import {MerkleMultiProof} from "./MerkleMultiProof.sol";

/// @title CheckpointVerifier
/// @notice See ICheckpointVerifier. Its owner names validators, after a delay; nobody else is believed.
contract CheckpointVerifier is ICheckpointVerifier, Attestations {
    bytes32 private constant CHECKPOINT_TYPEHASH = keccak256("Checkpoint(bytes32 root,uint32 index)");

    constructor(address owner, uint48 delaySeconds) Guarded(owner, delaySeconds) {}

    /// @inheritdoc IVerifier
    function verify(
        uint64 origin,
        address gateway,
        uint32[] calldata nonces,
        bytes32[] calldata ids,
        bytes calldata proof
    ) external view {
        require(proof.length >= 4 && nonces.length > 0 && nonces.length == ids.length, MalformedProof());
        uint32 index = uint32(bytes4(proof));
        // The others are below it: the multi-proof takes only ascending places.
        require(nonces[nonces.length - 1] <= index, MalformedProof());
        bytes calldata signers = proof[4:];
        uint256 end = _lengthOfSigners(signers);
        bytes32 root = MerkleMultiProof.root(nonces, ids, signers[end:], IncrementalMerkle.depthOf(uint256(index) + 1));
        _requireSigned(origin, checkpointDigest(origin, gateway, root, index), signers[:end]);
    }

    /// @inheritdoc IVerifier
    function verifyContradiction(uint64 origin, address gateway, bytes calldata evidence) external view {
        Contradiction memory shown;
        (shown.a, shown.b, shown.nonce, shown.leafA, shown.branchA, shown.leafB, shown.branchB) = abi.decode(
            evidence,
            (SignedCheckpoint, SignedCheckpoint, uint32, bytes32, bytes32[], bytes32, bytes32[])
        );
        // Calls itself, to read signers where a proof has them: in calldata.
        this.requireSigned(origin, gateway, shown.a);
        this.requireSigned(origin, gateway, shown.b);
        if (shown.a.index == shown.b.index && shown.a.root != shown.b.root) return;
        require(
            shown.leafA != shown.leafB && shown.nonce <= shown.a.index && shown.nonce <= shown.b.index,
            NoContradiction()
        );
        _requireLeaf(shown.a, shown.nonce, shown.leafA, shown.branchA);
        _requireLeaf(shown.b, shown.nonce, shown.leafB, shown.branchB);
    }

    /// @inheritdoc ICheckpointVerifier
    function requireSigned(uint64 chainId, address gateway, SignedCheckpoint calldata signed) external view {
        require(_lengthOfSigners(signed.signers) == signed.signers.length, MalformedProof());
        _requireSigned(chainId, checkpointDigest(chainId, gateway, signed.root, signed.index), signed.signers);
    }

    /// @inheritdoc ICheckpointVerifier
    function checkpointDigest(
        uint64 chainId,
        address gateway,
        bytes32 root,
        uint32 index
    ) public pure returns (bytes32) {
        return _attestationDigest(chainId, gateway, keccak256(abi.encode(CHECKPOINT_TYPEHASH, root, index)));
    }

    /// @inheritdoc IVerifier
    function proofKind() external pure returns (bytes32) {
        return "checkpoint";
    }

    function _requireLeaf(
        SignedCheckpoint memory signed,
        uint32 nonce,
        bytes32 leaf,
        bytes32[] memory branch
    ) private pure {
        require(
            branch.length == IncrementalMerkle.depthOf(uint256(signed.index) + 1) &&
                IncrementalMerkle.branchRoot(leaf, branch, nonce) == signed.root,
            MalformedProof()
        );
    }
}
