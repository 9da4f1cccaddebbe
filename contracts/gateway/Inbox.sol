// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

import {IGateway} from "../interfaces/IGateway.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {Erc7930} from "./Erc7930.sol";
import {MessageId} from "./MessageId.sol";
import {RevertReason} from "./RevertReason.sol";
import {Routes} from "./Routes.sol";

/// @title Inbox of a gateway: deliveries, each message once
/// @notice A message is marked before its recipient is called, so that whatever the recipient does, deliver again
/// included, it finds the message delivered; a recipient that refuses in a batch has its message unmarked and whatever
/// it did undone.
abstract contract Inbox is Routes {
    uint256 private constant MOST_MESSAGES = 256;

    /// @dev By nonce: neighbours share a slot.
    mapping(uint64 origin => mapping(uint256 word => uint256 bits)) private _delivered;

    /// @inheritdoc IGateway
    function deliver(uint64 origin, Message calldata message, bytes calldata proof) external {
        RouteState storage route = _routeForDelivery(origin);
        bytes32 id = _idOf(origin, message);
        uint32 nonce = message.nonce;
        require(!isDelivered(origin, nonce), AlreadyDelivered(id));
        uint32[] memory nonces = new uint32[](1);
        bytes32[] memory ids = new bytes32[](1);
        (nonces[0], ids[0]) = (nonce, id);
        IVerifier(route.verifier).verify(origin, route.gateway, nonces, ids, proof);
        uint256 retrySeconds = _takeFromLimit(route);
        require(retrySeconds == 0, RateLimited(origin, retrySeconds));

        _markDelivered(origin, nonce);
        emit MessageDelivered(id, origin, nonce, message.recipient);
        (bool returned, bool accepted) = _handOver(origin, id, message);
        if (!returned) LowLevelCall.bubbleRevert();
        require(accepted, InvalidRecipient(message.recipient));
    }

    /// @inheritdoc IGateway
    function deliverBatch(
        uint64 origin,
        Message[] calldata messages,
        bytes calldata proof,
        uint256 atLeast
    ) external returns (uint256 delivered) {
        RouteState storage route = _routeForDelivery(origin);
        bytes32[] memory ids = _verifyAll(origin, route, messages, proof);
        uint256 count = 0;
        for (uint256 i = 0; i < messages.length; ++i) {
            // Asked for every message anew: a recipient before it may have delivered it.
            if (isDelivered(origin, messages[i].nonce)) continue;
            uint256 retrySeconds = _takeFromLimit(route);
            if (retrySeconds != 0) {
                require(delivered != 0, RateLimited(origin, retrySeconds));
                break;
            }
            if (_deliverOrRefuse(origin, ids[i], messages[i])) {
                delivered |= 1 << i;
                ++count;
            } else {
                _putBackToLimit(route);
            }
        }
        require(count >= atLeast, TooFewDelivered(count, atLeast));
    }

    /// @inheritdoc IGateway
    function handOver(uint64 origin, bytes32 id, Message calldata message) external {
        require(msg.sender == address(this), OnlySelf());
        (bool returned, bool accepted) = _handOver(origin, id, message);
        // Only its beginning: to pass on more than is told would let a recipient use up the gas of this call as well.
        if (!returned) LowLevelCall.bubbleRevert(RevertReason.beginning());
        require(accepted, InvalidRecipient(message.recipient));
    }

    /// @inheritdoc IGateway
    function freeze(uint64 origin, bytes calldata evidence) external {
        RouteState storage route = _routeTo(origin);
        require(!route.frozen, RouteIsFrozen(origin));
        IVerifier(route.verifier).verifyContradiction(origin, route.gateway, evidence);
        route.frozen = true;
        emit RouteFrozen(origin, msg.sender);
    }

    /// @inheritdoc IGateway
    function isDelivered(uint64 origin, uint32 nonce) public view returns (bool) {
        return _delivered[origin][nonce >> 8] & _bitOf(nonce) != 0;
    }

    /// @dev Makes sure that a message is delivered no second time.
    function _markDelivered(uint64 origin, uint32 nonce) internal virtual {
        _delivered[origin][nonce >> 8] |= _bitOf(nonce);
    }

    function _verifyAll(
        uint64 origin,
        RouteState storage route,
        Message[] calldata messages,
        bytes calldata proof
    ) private view returns (bytes32[] memory ids) {
        uint256 count = messages.length;
        require(count > 0 && count <= MOST_MESSAGES, InvalidBatch());
        uint32[] memory nonces = new uint32[](count);
        ids = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            Message calldata message = messages[i];
            require(i == 0 || message.nonce > nonces[i - 1], InvalidBatch());
            nonces[i] = message.nonce;
            ids[i] = _idOf(origin, message);
        }
        IVerifier(route.verifier).verify(origin, route.gateway, nonces, ids, proof);
    }

    /// @dev Delivers a proven message; if its recipient refuses, all is as before but for an event.
    function _deliverOrRefuse(uint64 origin, bytes32 id, Message calldata message) private returns (bool) {
        _markDelivered(origin, message.nonce);
        // A call to itself: a recipient that answers wrongly has not reverted, and what it did must not stay.
        if (LowLevelCall.callNoReturn(address(this), abi.encodeCall(IGateway.handOver, (origin, id, message)))) {
            emit MessageDelivered(id, origin, message.nonce, message.recipient);
            return true;
        }
        bytes memory reason = RevertReason.beginning();
        _delivered[origin][message.nonce >> 8] &= ~_bitOf(message.nonce);
        emit MessageRefused(id, origin, message.nonce, reason);
        return false;
    }

    /// @notice Hands a message to its recipient.
    /// @dev A plain call: `try` would not catch a recipient without code, and would
    /// copy whatever the recipient returns.
    /// @return returned Whether the call came back without a revert.
    /// @return accepted Whether it answered with ERC-7786's magic value as well.
    function _handOver(
        uint64 origin,
        bytes32 id,
        Message calldata message
    ) private returns (bool returned, bool accepted) {
        bytes32 answer;
        (returned, answer, ) = LowLevelCall.callReturn64Bytes(
            message.recipient,
            abi.encodeCall(
                IERC7786Recipient.receiveMessage,
                (id, Erc7930.format(origin, message.sender), message.payload)
            )
        );
        accepted =
            returned &&
            LowLevelCall.returnDataSize() >= 32 &&
            answer == bytes32(IERC7786Recipient.receiveMessage.selector);
    }

    function _idOf(uint64 origin, Message calldata message) private view returns (bytes32) {
        return
            MessageId.compute(
                origin,
                uint64(block.chainid),
                message.sender,
                message.recipient,
                message.nonce,
                message.payload
            );
    }

    function _bitOf(uint32 nonce) private pure returns (uint256) {
        return 1 << (nonce & 0xff);
    }
}
