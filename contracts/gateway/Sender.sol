// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IGateway} from "../interfaces/IGateway.sol";
import {Erc7930} from "./Erc7930.sol";
import {Inbox} from "./Inbox.sol";
import {MessageId} from "./MessageId.sol";

/// @title Sending side of a gateway
/// @notice Numbers messages and tells of them. What is kept of a message, for proofs, is for the gateway to say.
abstract contract Sender is Inbox {
    using Erc7930 for bytes;

    /// @dev Number of messages sent: the next one's nonce.
    uint32 private _sent;
    /// @dev Chain that the last message was for. A route stays open for ever, so this one need not be looked up again:
    /// it stands in the slot that every send writes, and takes 2,100 gas off the next to the same chain.
    uint64 private _lastDestination;

    constructor() {
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
        uint32 nonce = _sent;
        if (nonce == 0 || destination != _lastDestination) _routeTo(destination);
        require(to != address(0), NoRecipient());

        sendId = MessageId.compute(uint64(block.chainid), uint64(destination), msg.sender, to, nonce, payload);
        _keep(nonce, sendId);
        // Checked: there is no message after the 2^32 − 1st.
        (_sent, _lastDestination) = (nonce + 1, uint64(destination));
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
    function announce(bytes32 messageId, uint32 nonce, bytes32[] calldata evidence) external {
        require(nonce < _sent && _isKept(nonce, messageId, evidence), NotSent(messageId, nonce));
        emit MessageInserted(messageId, nonce);
    }

    /// @inheritdoc IERC7786GatewaySource
    function supportsAttribute(bytes4) external pure returns (bool) {
        return false;
    }

    /// @dev Keeps of a message what proofs need.
    function _keep(uint32 nonce, bytes32 id) internal virtual;

    /// @dev Whether the message with a number that was given out has that id, as evidence shows.
    function _isKept(uint32 nonce, bytes32 id, bytes32[] calldata evidence) internal view virtual returns (bool);

    /// @dev Number of messages sent.
    function _count() internal view returns (uint32) {
        return _sent;
    }
}
