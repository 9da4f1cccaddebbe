// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";

/// @title Stranger of the fault simulation
/// @notice Sends as many messages as one likes, as anyone may.
contract Flooder {
    function flood(
        IERC7786GatewaySource gateway,
        bytes calldata recipient,
        bytes calldata payload,
        uint256 count
    ) external {
        for (uint256 i = 0; i < count; ++i) gateway.sendMessage(recipient, payload, new bytes[](0));
    }
}
