// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {ICheckpointVerifier} from "../interfaces/ICheckpointVerifier.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {Guarded} from "./Guarded.sol";
import {IncrementalMerkle} from "./IncrementalMerkle.sol";
import {MerkleMultiProof} from "./MerkleMultiProof.sol";
import {ValidatorSets} from "./ValidatorSets.sol";
import {Words} from "./Words.sol";

/// @title CheckpointVerifier
/// @notice See ICheckpointVerifier. Its owner names validators, after a delay; nobody else is believed.
contract CheckpointVerifier is ICheckpointVerifier, ValidatorSets {
    using Words for bytes;

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant CHECKPOINT_TYPEHASH = keccak256("Checkpoint(bytes32 root,uint32 index)");
    bytes32 private constant NAME_HASH = keccak256("Freshet Gateway");
    bytes32 private constant VERSION_HASH = keccak256("1");

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
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, chainId, gateway));
        return MessageHashUtils.toTypedDataHash(domain, keccak256(abi.encode(CHECKPOINT_TYPEHASH, root, index)));
    }

    /// @inheritdoc IVerifier
    function proofKind() external pure returns (bytes32) {
        return "checkpoint";
    }

    /// @dev Both lists ascend, so one pass finds every signer and admits none twice; a second form of a signature is
    /// of the same signer. What is no signature recovers to zero, which is in no set.
    function _requireSigned(uint64 origin, bytes32 digest, bytes calldata signers) private view {
        bytes32 head = signers.at32(0);
        uint256 threshold = uint8(head[0]);
        // Bytes are counted in numbers below 2^15; unchecked, a delivery with 3 of 5 signatures takes 1,500 gas less.
        unchecked {
            uint256 validatorsEnd = 2 + 20 * uint256(uint8(head[1]));
            _requireCurrent(origin, keccak256(signers[:validatorsEnd]));
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

    /// @dev Bytes that the signers take at the beginning of `packed`.
    function _lengthOfSigners(bytes calldata packed) private pure returns (uint256 length) {
        require(packed.length >= 2, MalformedProof());
        bytes32 head = packed.at32(0);
        unchecked {
            length = 2 + 20 * uint256(uint8(head[1])) + 64 * uint256(uint8(head[0]));
        }
        require(packed.length >= length, MalformedProof());
    }

    /// @dev EIP-2098: the highest bit of `vs` is the parity. Assembly takes 250 gas less a signature than `ecrecover`.
    function _recover(bytes32 digest, bytes32 r, bytes32 vs) private view returns (address signer) {
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
