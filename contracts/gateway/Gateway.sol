// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IGateway} from "../interfaces/IGateway.sol";
import {Guarded} from "./Guarded.sol";
import {IncrementalMerkle} from "./IncrementalMerkle.sol";
import {Sender} from "./Sender.sol";

/// @title Gateway
/// @notice See IGateway. This part keeps the outbox; Sender sends, Inbox delivers, Routes says from whom. The owner
/// opens routes, and can change whom to believe after a delay only; it cannot make up, change or hold back a message
/// that is sent.
contract Gateway is Sender {
    /// @dev Of an incremental Merkle tree, whose leaves are the ids of all messages.
    bytes32[32] private _siblings;

    constructor(address owner, uint48 delaySeconds) Guarded(owner, delaySeconds) {}

    /// @inheritdoc IGateway
    function outbox() external view returns (bytes32 root, uint32 count) {
        count = _count();
        root = IncrementalMerkle.rootOf(_siblings, count, IncrementalMerkle.depthOf(count));
    }

    function _keep(uint32 nonce, bytes32 id) internal override {
        IncrementalMerkle.insertAt(_siblings, nonce, id);
    }

    function _isKept(uint32 nonce, bytes32 id, bytes32[] calldata evidence) internal view override returns (bool) {
        return IncrementalMerkle.holds(_siblings, _count(), id, evidence, nonce);
    }
}
