// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MessageKind} from "../types/Messages.sol";
import {CrossChainApp} from "./CrossChainApp.sol";

/// @title Tasks as an application
/// @notice A contract of the application for tasks: its messages are of the kinds of MessageKind.
abstract contract TaskApp is CrossChainApp {
    constructor(address owner) CrossChainApp(owner) {}

    /// @dev Handles a message about a task; see CrossChainApp._onMessage.
    function _onTaskMessage(
        uint256 originChainId,
        bytes32 receiveId,
        MessageKind kind,
        bytes memory body
    ) internal virtual;

    function _send(uint256 chainId, MessageKind kind, bytes memory body) internal returns (bytes32) {
        return _send(chainId, uint8(kind), body);
    }

    function _onMessage(
        uint256 originChainId,
        bytes32 receiveId,
        uint8 kind,
        bytes memory body
    ) internal override {
        require(kind <= uint8(type(MessageKind).max), UnexpectedMessage(kind, originChainId));
        _onTaskMessage(originChainId, receiveId, MessageKind(kind), body);
    }
}
