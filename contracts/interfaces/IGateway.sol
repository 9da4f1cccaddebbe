// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";

/// @title Gateway between chains, speaking ERC-7786
/// @notice Messages go into an incremental Merkle outbox. Validators of the origin chain sign checkpoints
/// (root, index) of it; anyone may deliver a message by proving it under a checkpoint that m of n validators signed.
/// A relayer can be late, never wrong.
interface IGateway is IERC7786GatewaySource {
    /// @notice A message as the origin's outbox holds it.
    struct Message {
        /// @dev Place in the origin's outbox, from 0.
        uint32 nonce;
        /// @dev ERC-7930 address of who sent it.
        bytes sender;
        /// @dev ERC-7930 address of whom it is for.
        bytes recipient;
        bytes payload;
    }

    /// @notice State of an outbox that validators sign (EIP-712, domain: the origin's chain id and gateway).
    struct Checkpoint {
        /// @dev Root of the outbox with `index + 1` messages.
        bytes32 root;
        /// @dev Nonce of the last message under the root.
        uint32 index;
    }

    /// @notice What this gateway knows of another chain.
    struct Remote {
        address gateway;
        uint16 threshold;
        address[] validators;
    }

    /// @notice A message entered the outbox.
    event MessageInserted(bytes32 indexed messageId, uint32 nonce);
    /// @notice A message was proven, marked processed and handed to its recipient.
    event MessageDelivered(bytes32 indexed messageId, uint64 indexed originChainId, uint32 nonce, address recipient);
    /// @notice The gateway and validators of a remote chain were set.
    event RemoteSet(uint64 indexed chainId, address gateway, uint16 threshold, address[] validators);

    /// @notice Thrown when value is sent along: this gateway carries messages only.
    error ValueNotSupported();
    /// @notice Thrown when the chain of a recipient, or the one that a message comes from, is unknown here.
    error UnknownRemote(uint256 chainId);
    /// @notice Thrown when a message is for another chain than this one.
    error WrongDestination(uint256 chainId);
    /// @notice Thrown when a message was already processed.
    error AlreadyDelivered(bytes32 messageId);
    /// @notice Thrown when a message came after the checkpoint that should prove it.
    error CheckpointTooOld(uint32 nonce, uint32 index);
    /// @notice Thrown when a message's branch does not lead to the checkpoint's root.
    error InvalidProof(bytes32 messageId);
    /// @notice Thrown when fewer validators signed than the threshold.
    error NotEnoughSignatures(uint256 given, uint256 threshold);
    /// @notice Thrown when a signature is not by a validator of that chain, or not in ascending order of signers.
    error InvalidSigner(address signer);
    /// @notice Thrown when a recipient does not answer with ERC-7786's magic value.
    error InvalidRecipient(address recipient);
    /// @notice Thrown when a remote's validators are not ascending and distinct, or its threshold is out of range.
    error InvalidRemote(uint64 chainId);

    /// @notice Delivers a message of another chain to its recipient here. Anyone may call.
    /// @param message The message.
    /// @param branch Siblings of the message's leaf, from the leaf up.
    /// @param checkpoint The signed state of the origin's outbox.
    /// @param signatures Of the checkpoint, 65 bytes each, by ascending address of the signer.
    function deliver(
        Message calldata message,
        bytes32[32] calldata branch,
        Checkpoint calldata checkpoint,
        bytes[] calldata signatures
    ) external;

    /// @notice Sets the gateway and validators of another chain. Owner only.
    function setRemote(uint64 chainId, Remote calldata remote) external;

    /// @notice The gateway and validators of another chain.
    function remoteOf(uint64 chainId) external view returns (Remote memory);

    /// @notice Current root of the outbox and number of messages in it.
    function outbox() external view returns (bytes32 root, uint32 count);

    /// @notice Whether a message was delivered here.
    function isDelivered(bytes32 messageId) external view returns (bool);

    /// @notice The digest that validators of `chainId` sign for a checkpoint.
    function checkpointDigest(uint64 chainId, Checkpoint calldata checkpoint) external view returns (bytes32);
}
