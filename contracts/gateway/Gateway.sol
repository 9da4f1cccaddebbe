// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IGateway} from "../interfaces/IGateway.sol";
import {Erc7930} from "./Erc7930.sol";
import {Guarded} from "./Guarded.sol";
import {Inbox} from "./Inbox.sol";
import {IncrementalMerkle} from "./IncrementalMerkle.sol";
import {MessageId} from "./MessageId.sol";

/// @title Gateway
/// @notice See IGateway. This part sends; Inbox delivers, Routes says from whom. The owner opens routes, and can change
/// whom to believe after a delay only; it cannot make up, change or hold back a message that is sent.
contract Gateway is Inbox {
    using Erc7930 for bytes;

    /// @dev An incremental Merkle tree.
    struct Outbox {
        uint32 count;
        /// @dev Chain that the last message was for. A route stays open for ever, so this one need not be looked up
        /// again: it stands in the slot that every send writes, and takes 2,100 gas off the next to the same chain.
        uint64 lastDestination;
        bytes32[32] siblings;
    }

    Outbox private _outbox;

    constructor(address owner, uint48 delaySeconds) Guarded(owner, delaySeconds) {
        // Ids of messages hold 64 bits of it.
        SafeCast.toUint64(block.chainid);
    }

    /// @inheritdoc IERC7786GatewaySource
    function sendMessage(
        bytes calldata recipient,
        bytes calldata payload,
        bytes[] calldata attributes
    ) external payable returns (bytes32 sendId) {
        require(msg.value == 0, ValueNotSupported());
        // An attribute too short for a selector is unsupported as well.
        require(attributes.length == 0, UnsupportedAttribute(attributes.length == 0 ? bytes4(0) : bytes4(attributes[0])));
        (uint256 destination, address to) = recipient.parse();
        uint32 nonce = _outbox.count;
        if (nonce == 0 || destination != _outbox.lastDestination) _routeTo(destination);
        require(to != address(0), NoRecipient());

        sendId = MessageId.compute(uint64(block.chainid), uint64(destination), msg.sender, to, nonce, payload);
        // Refuses to grow past 2^32 − 1 messages.
        IncrementalMerkle.insertAt(_outbox.siblings, nonce, sendId);
        (_outbox.count, _outbox.lastDestination) = (nonce + 1, uint64(destination));
        emit MessageInserted(sendId, nonce);
        emit MessageSent(
            sendId,
            Erc7930.format(block.chainid, msg.sender),
            // In the one form that everybody reads alike, whatever was given.
            Erc7930.format(destination, to),
            payload,
            0,
            attributes
        );
    }

    /// @inheritdoc IGateway
    function outbox() external view returns (bytes32 root, uint32 count) {
        count = _outbox.count;
        root = IncrementalMerkle.rootOf(_outbox.siblings, count, IncrementalMerkle.depthOf(count));
    }

    /// @inheritdoc IERC7786GatewaySource
    function supportsAttribute(bytes4) external pure returns (bool) {
        return false;
    }
}
