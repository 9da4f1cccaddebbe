// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786GatewaySource, IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";

/// @title Gateway of the tasks' simulation
/// @notice Tells what is sent, and hands over what its courier brings from the other chains, each message once.
contract CourierGateway is IERC7786GatewaySource {
    /// @notice Who brings the messages of other chains, and is trusted with them.
    address public immutable COURIER;

    uint256 private _sent;
    mapping(bytes32 id => bool) public isDelivered;
    mapping(uint64 chainId => uint48) private _pausedAt;
    mapping(uint64 chainId => uint48) private _openSince;

    /// @notice A message left.
    event Dispatched(bytes32 indexed id, address sender, bytes recipient, bytes payload);
    /// @notice A message was handed over.
    event Delivered(bytes32 indexed id);

    /// @notice Thrown when another than the courier brings something.
    error NotCourier(address caller);
    /// @notice Thrown when a message is brought again.
    error DeliveredBefore(bytes32 id);
    /// @notice Thrown when a message is brought while its route is paused.
    error Paused(uint64 chainId);

    constructor(address courier) {
        COURIER = courier;
    }

    /// @notice Pauses or opens the route from a chain.
    function setPaused(uint64 chainId, bool paused) external onlyCourier {
        _pausedAt[chainId] = paused ? uint48(block.timestamp) : 0;
        if (!paused) _openSince[chainId] = uint48(block.timestamp);
    }

    /// @notice Hands a message over; reverts as its recipient does.
    function deliver(
        bytes32 id,
        uint64 chainId,
        bytes calldata sender,
        address recipient,
        bytes calldata payload
    ) external onlyCourier {
        require(!isDelivered[id], DeliveredBefore(id));
        require(_pausedAt[chainId] == 0, Paused(chainId));
        isDelivered[id] = true;
        emit Delivered(id);
        IERC7786Recipient(recipient).receiveMessage(id, sender, payload);
    }

    /// @inheritdoc IERC7786GatewaySource
    function sendMessage(
        bytes calldata recipient,
        bytes calldata payload,
        bytes[] calldata
    ) external payable returns (bytes32 id) {
        id = keccak256(abi.encode(block.chainid, ++_sent));
        emit Dispatched(id, msg.sender, recipient, payload);
    }

    /// @notice As Freshet's gateways tell: since when a chain's messages can be delivered; 0 while its route is paused.
    function openSince(uint64 chainId) external view returns (uint48) {
        if (_pausedAt[chainId] != 0) return 0;
        return _openSince[chainId] == 0 ? 1 : _openSince[chainId];
    }

    function supportsAttribute(bytes4) external pure returns (bool) {
        return false;
    }

    modifier onlyCourier() {
        require(msg.sender == COURIER, NotCourier(msg.sender));
        _;
    }
}
