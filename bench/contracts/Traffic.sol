// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

interface IGatewaySource {
    function sendMessage(bytes calldata recipient, bytes calldata payload, bytes[] calldata attributes)
        external
        payable
        returns (bytes32);
}

/// @notice Sends many messages at once, and passes those that it gets on to the next chain. It refuses those of one byte.
contract Traffic {
    IGatewaySource public immutable gateway;
    bytes public next;
    uint256 public received;

    constructor(IGatewaySource gateway_, bytes memory next_) {
        gateway = gateway_;
        next = next_;
    }

    function burst(uint256 count, uint256 bytesEach) external {
        for (uint256 i = 0; i < count; ++i) _pass(new bytes(bytesEach));
    }

    function receiveMessage(bytes32, bytes calldata, bytes calldata payload) external payable returns (bytes4) {
        require(payload.length != 1);
        ++received;
        if (next.length > 0) _pass(payload);
        return this.receiveMessage.selector;
    }

    function _pass(bytes memory payload) private {
        gateway.sendMessage(next, payload, new bytes[](0));
    }
}
