// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC7786GatewaySource, IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {IGateway} from "../interfaces/IGateway.sol";
import {IncrementalMerkle} from "./IncrementalMerkle.sol";

/// @title Gateway
/// @notice See IGateway. Its owner sets who validates each remote chain, and can do nothing else.
contract Gateway is IGateway, Ownable2Step {
    using IncrementalMerkle for IncrementalMerkle.Tree;
    using InteroperableAddress for bytes;

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant CHECKPOINT_TYPEHASH = keccak256("Checkpoint(bytes32 root,uint32 index)");
    bytes32 private constant NAME_HASH = keccak256("Freshet Gateway");
    bytes32 private constant VERSION_HASH = keccak256("1");

    IncrementalMerkle.Tree private _outbox;
    mapping(uint256 chainId => Remote) private _remotes;
    mapping(bytes32 messageId => bool) private _delivered;

    constructor(address owner) Ownable(owner) {}

    /// @inheritdoc IERC7786GatewaySource
    function sendMessage(
        bytes calldata recipient,
        bytes calldata payload,
        bytes[] calldata attributes
    ) external payable returns (bytes32 sendId) {
        require(msg.value == 0, ValueNotSupported());
        // An attribute too short for a selector is unsupported as well.
        require(attributes.length == 0, UnsupportedAttribute(attributes.length == 0 ? bytes4(0) : bytes4(attributes[0])));
        (uint256 destination, ) = recipient.parseEvmV1Calldata();
        require(_remotes[destination].gateway != address(0), UnknownRemote(destination));

        bytes memory sender = InteroperableAddress.formatEvmV1(block.chainid, msg.sender);
        // The tree refuses to grow past 2^32 − 1 leaves.
        uint32 nonce = uint32(_outbox.count);
        sendId = _messageId(nonce, sender, recipient, payload);
        _outbox.insert(sendId);
        emit MessageInserted(sendId, nonce);
        emit MessageSent(sendId, sender, recipient, payload, 0, attributes);
    }

    /// @inheritdoc IGateway
    function deliver(
        Message calldata message,
        bytes32[32] calldata branch,
        Checkpoint calldata checkpoint,
        bytes[] calldata signatures
    ) external {
        (uint256 origin, ) = message.sender.parseEvmV1Calldata();
        (uint256 destination, address recipient) = message.recipient.parseEvmV1Calldata();
        require(destination == block.chainid, WrongDestination(destination));
        bytes32 id = _messageId(message.nonce, message.sender, message.recipient, message.payload);
        require(!_delivered[id], AlreadyDelivered(id));
        require(message.nonce <= checkpoint.index, CheckpointTooOld(message.nonce, checkpoint.index));
        require(
            IncrementalMerkle.branchRoot32(id, branch, message.nonce) == checkpoint.root,
            InvalidProof(id)
        );
        _requireSigned(origin, checkpoint, signatures);

        _delivered[id] = true;
        emit MessageDelivered(id, uint64(origin), message.nonce, recipient);
        bytes4 answer = IERC7786Recipient(recipient).receiveMessage(id, message.sender, message.payload);
        require(answer == IERC7786Recipient.receiveMessage.selector, InvalidRecipient(recipient));
    }

    /// @inheritdoc IGateway
    function setRemote(uint64 chainId, Remote calldata remote) external onlyOwner {
        uint256 count = remote.validators.length;
        require(
            chainId != block.chainid &&
                remote.gateway != address(0) &&
                remote.threshold > 0 &&
                remote.threshold <= count,
            InvalidRemote(chainId)
        );
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            require(remote.validators[i] > previous, InvalidRemote(chainId));
            previous = remote.validators[i];
        }
        _remotes[chainId] = remote;
        emit RemoteSet(chainId, remote.gateway, remote.threshold, remote.validators);
    }

    /// @inheritdoc IGateway
    function remoteOf(uint64 chainId) external view returns (Remote memory) {
        return _remotes[chainId];
    }

    /// @inheritdoc IGateway
    function outbox() external view returns (bytes32 root, uint32 count) {
        return (_outbox.root(IncrementalMerkle.MAX_DEPTH), uint32(_outbox.count));
    }

    /// @inheritdoc IGateway
    function isDelivered(bytes32 messageId) external view returns (bool) {
        return _delivered[messageId];
    }

    /// @inheritdoc IGateway
    function checkpointDigest(uint64 chainId, Checkpoint calldata checkpoint) external view returns (bytes32) {
        address gateway = chainId == block.chainid ? address(this) : _remotes[chainId].gateway;
        require(gateway != address(0), UnknownRemote(chainId));
        return _checkpointDigest(chainId, gateway, checkpoint);
    }

    /// @inheritdoc IERC7786GatewaySource
    function supportsAttribute(bytes4) external pure returns (bool) {
        return false;
    }

    function _requireSigned(
        uint256 origin,
        Checkpoint calldata checkpoint,
        bytes[] calldata signatures
    ) private view {
        Remote storage remote = _remotes[origin];
        address gateway = remote.gateway;
        require(gateway != address(0), UnknownRemote(origin));
        uint256 threshold = remote.threshold;
        require(signatures.length >= threshold, NotEnoughSignatures(signatures.length, threshold));
        bytes32 digest = _checkpointDigest(origin, gateway, checkpoint);
        address[] storage validators = remote.validators;
        uint256 count = validators.length;
        uint256 next = 0;
        // Both lists ascend, so one pass finds every signer and admits none twice.
        for (uint256 i = 0; i < threshold; ++i) {
            address signer = ECDSA.recoverCalldata(digest, signatures[i]);
            while (next < count && validators[next] != signer) ++next;
            require(next < count, InvalidSigner(signer));
            ++next;
        }
    }

    function _checkpointDigest(
        uint256 chainId,
        address gateway,
        Checkpoint calldata checkpoint
    ) private pure returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, chainId, gateway));
        return
            MessageHashUtils.toTypedDataHash(
                domain,
                keccak256(abi.encode(CHECKPOINT_TYPEHASH, checkpoint.root, checkpoint.index))
            );
    }

    function _messageId(
        uint32 nonce,
        bytes memory sender,
        bytes calldata recipient,
        bytes calldata payload
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(nonce, keccak256(sender), keccak256(recipient), keccak256(payload)));
    }
}
