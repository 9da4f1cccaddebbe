// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";

/// @title Recipient of the fault simulation
/// @notice Tells how often it got each message. A message says itself when it is refused.
contract CountingRecipient is IERC7786Recipient {
    mapping(bytes32 id => uint256 times) public timesReceived;

    /// @notice A message came in, for the so-manieth time.
    event Received(bytes32 indexed id, uint256 times);

    /// @notice Thrown in the time in which a message is refused.
    error NotNow(uint256 refusedUntil);

    /// @dev The payload begins with the time from which and the time until which it is refused, Unix seconds.
    function receiveMessage(
        bytes32 receiveId,
        bytes calldata,
        bytes calldata payload
    ) external payable returns (bytes4) {
        uint256 refusedFrom = uint64(bytes8(payload[0:8]));
        uint256 refusedUntil = uint64(bytes8(payload[8:16]));
        require(block.timestamp < refusedFrom || block.timestamp >= refusedUntil, NotNow(refusedUntil));
        emit Received(receiveId, ++timesReceived[receiveId]);
        return IERC7786Recipient.receiveMessage.selector;
    }
}
