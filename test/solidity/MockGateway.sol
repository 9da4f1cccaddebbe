// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786GatewaySource, IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {MessageKind} from "../../contracts/types/Messages.sol";

/// @title A gateway that keeps what is sent and hands over what a test says came
contract MockGateway is IERC7786GatewaySource {
    using InteroperableAddress for bytes;

    struct Sent {
        address sender;
        uint256 chainId;
        address recipient;
        uint8 kind;
        bytes body;
    }

    Sent[] private _sent;
    uint256 private _received;
    /// @dev Since when its routes are open, or 0.
    uint48 private _openSince = 1;

    /// @dev Hands `app` a message of `sender` on `chainId`; reverts as the app does.
    function inject(
        address app,
        uint256 chainId,
        address sender,
        MessageKind kind,
        bytes calldata body
    ) external returns (bytes32 receiveId) {
        receiveId = nextReceiveId();
        ++_received;
        IERC7786Recipient(app).receiveMessage(
            receiveId,
            InteroperableAddress.formatEvmV1(chainId, sender),
            abi.encode(kind, body)
        );
    }

    function setOpenSince(uint48 time) external {
        _openSince = time;
    }

    function openSince(uint64) external view returns (uint48) {
        return _openSince;
    }

    function sendMessage(
        bytes calldata recipient,
        bytes calldata payload,
        bytes[] calldata
    ) external payable returns (bytes32) {
        (uint256 chainId, address to) = recipient.parseEvmV1Calldata();
        (uint8 kind, bytes memory body) = abi.decode(payload, (uint8, bytes));
        _sent.push(Sent(msg.sender, chainId, to, kind, body));
        return keccak256(payload);
    }

    function nextReceiveId() public view returns (bytes32) {
        return bytes32(_received + 1);
    }

    function count() external view returns (uint256) {
        return _sent.length;
    }

    function sentAt(uint256 index) external view returns (Sent memory) {
        return _sent[index];
    }

    function last() external view returns (Sent memory) {
        return _sent[_sent.length - 1];
    }

    function supportsAttribute(bytes4) external pure returns (bool) {
        return false;
    }
}
