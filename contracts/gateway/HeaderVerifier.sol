// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BlockHeader} from "@openzeppelin/contracts/utils/BlockHeader.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {TrieProof} from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IGateway} from "../interfaces/IGateway.sol";
import {IHeaderVerifier} from "../interfaces/IHeaderVerifier.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {Attestations} from "./Attestations.sol";
import {Guarded} from "./Guarded.sol";
import {ProofReader} from "./ProofReader.sol";

/// @title HeaderVerifier
/// @notice See IHeaderVerifier. Its owner names validators, after a delay; nobody else is believed.
contract HeaderVerifier is IHeaderVerifier, Attestations {
    using Memory for bytes;
    using Memory for Memory.Slice;
    using ProofReader for bytes;
    using RLP for Memory.Slice;

    bytes32 private constant HEADER_TYPEHASH = keccak256("Header(bytes32 blockHash,uint64 number)");
    /// @dev Place of the logs among a receipt's fields.
    uint256 private constant LOGS = 3;

    constructor(address owner, uint48 delaySeconds) Guarded(owner, delaySeconds) {}

    /// @inheritdoc IVerifier
    function verify(
        uint64 origin,
        address gateway,
        uint32[] calldata nonces,
        bytes32[] calldata ids,
        bytes calldata proof
    ) external view {
        (bytes32 receiptsRoot, bytes calldata rest) = _takeHeader(origin, gateway, proof);
        bytes[] memory nodes;
        (nodes, rest) = _takeNodes(rest);
        _requireLogs(receiptsRoot, nodes, _expectedLogs(gateway, nonces, ids), ids, rest);
    }

    /// @inheritdoc IVerifier
    function verifyContradiction(uint64 origin, address gateway, bytes calldata evidence) external view {
        (bytes32 hash, uint64 number, bytes calldata rest) = _takeBlock(origin, gateway, evidence);
        bytes32 earlierHash;
        uint64 earlierNumber;
        (earlierHash, earlierNumber, rest) = _takeBlock(origin, gateway, rest);
        // Blocks of two histories need not have one number: the ancestor of one then stands beside the other.
        for (; number > earlierNumber; --number) {
            bytes calldata header;
            (header, rest) = rest.takeSized();
            require(keccak256(header) == hash, NoContradiction());
            hash = BlockHeader.getParentHash(header);
        }
        require(number == earlierNumber && hash != earlierHash, NoContradiction());
        require(rest.length == 0, MalformedProof());
    }

    /// @inheritdoc IVerifier
    function proofKind() external pure returns (bytes32) {
        return "header";
    }

    /// @inheritdoc IHeaderVerifier
    function headerDigest(
        uint64 origin,
        address gateway,
        bytes32 blockHash,
        uint64 number
    ) public pure returns (bytes32) {
        return _attestationDigest(origin, gateway, keccak256(abi.encode(HEADER_TYPEHASH, blockHash, number)));
    }

    /// @dev Takes a header and its attestation off a proof. A header that was not attested has another digest, so that
    /// whoever signed the attested one's appears to be somebody else.
    function _takeHeader(
        uint64 origin,
        address gateway,
        bytes calldata proof
    ) private view returns (bytes32 receiptsRoot, bytes calldata rest) {
        bytes memory header;
        (header, rest) = proof.takeSized();
        Memory.Slice[] memory fields = BlockHeader.parseHeader(header);
        uint64 number = SafeCast.toUint64(BlockHeader.getNumber(fields));
        rest = _takeSigners(origin, headerDigest(origin, gateway, keccak256(header), number), rest);
        receiptsRoot = BlockHeader.getReceiptsRoot(fields);
    }

    /// @dev Takes an attested block without its header off a piece of evidence.
    function _takeBlock(
        uint64 origin,
        address gateway,
        bytes calldata evidence
    ) private view returns (bytes32 hash, uint64 number, bytes calldata rest) {
        bytes calldata head;
        (head, rest) = evidence.take(40);
        hash = bytes32(head);
        number = uint64(bytes8(head[32:]));
        rest = _takeSigners(origin, headerDigest(origin, gateway, hash, number), rest);
    }

    function _takeNodes(bytes calldata proof) private pure returns (bytes[] memory nodes, bytes calldata rest) {
        uint256 count;
        (count, rest) = proof.takeCount();
        nodes = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) (nodes[i], rest) = rest.takeSized();
    }

    /// @dev RLP of the log that a gateway leaves for each message: its address, two topics, one word of data.
    function _expectedLogs(
        address gateway,
        uint32[] calldata nonces,
        bytes32[] calldata ids
    ) private pure returns (Memory.Slice[] memory logs) {
        require(ids.length > 0 && ids.length == nonces.length, MalformedProof());
        bytes32 topic = IGateway.MessageInserted.selector;
        logs = new Memory.Slice[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            uint256 nonce = nonces[i];
            logs[i] = abi
                .encodePacked(hex"f87a94", gateway, hex"f842a0", topic, hex"a0", ids[i], hex"a0", nonce)
                .asSlice();
        }
    }

    /// @dev Goes through the receipts of a proof, which must hold the expected logs, all of them and in their order.
    function _requireLogs(
        bytes32 receiptsRoot,
        bytes[] memory nodes,
        Memory.Slice[] memory expected,
        bytes32[] calldata ids,
        bytes calldata receipts
    ) private pure {
        uint256 proven = 0;
        for (bytes calldata rest = receipts; rest.length > 0; ) {
            Memory.Slice[] memory logs;
            (logs, rest) = _takeReceipt(receiptsRoot, nodes, rest);
            uint256[] memory places;
            (places, rest) = rest.takeList();
            require(places.length <= expected.length - proven, MalformedProof());
            for (uint256 i = 0; i < places.length; ++i) {
                bool found = places[i] < logs.length && logs[places[i]].equal(expected[proven]);
                require(found, NoSuchLog(ids[proven]));
                ++proven;
            }
        }
        require(proven == expected.length, MalformedProof());
    }

    /// @dev Takes a transaction's way to its receipt off a proof and reads the receipt's logs.
    function _takeReceipt(
        bytes32 receiptsRoot,
        bytes[] memory nodes,
        bytes calldata proof
    ) private pure returns (Memory.Slice[] memory logs, bytes calldata rest) {
        uint256 index;
        (index, rest) = proof.takeUint32();
        uint256[] memory places;
        (places, rest) = rest.takeList();
        bytes[] memory path = new bytes[](places.length);
        for (uint256 i = 0; i < path.length; ++i) {
            require(places[i] < nodes.length, MalformedProof());
            path[i] = nodes[places[i]];
        }
        Memory.Slice receipt = TrieProof.traverse(receiptsRoot, RLP.encode(index), path).asSlice();
        // EIP-2718: a byte below 0x80 is the transaction's type; a receipt of the first type begins with its list.
        if (receipt.load(0) < bytes32(bytes1(0x80))) receipt = receipt.slice(1);
        logs = receipt.readList()[LOGS].readList();
    }
}
