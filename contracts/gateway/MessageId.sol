// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Ids of messages
/// @notice They are the leaves of an outbox.
library MessageId {
    /// @notice Binds a message to both chains, sender, recipient, its place among all that the sending gateway sent,
    /// and its payload.
    function compute(
        uint64 origin,
        uint64 destination,
        address sender,
        address recipient,
        uint32 nonce,
        bytes calldata payload
    ) internal pure returns (bytes32) {
        // 92 bytes in three words.
        bytes32 hash = keccak256(payload);
        return
            keccak256(
                bytes.concat(
                    bytes32((uint256(origin) << 192) | (uint256(destination) << 128) | (uint160(sender) >> 32)),
                    bytes28((uint224(uint32(uint160(sender))) << 192) | (uint224(uint160(recipient)) << 32) | nonce),
                    hash
                )
            );
    }
}
