// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";

/// @title Application of the fault simulation whose messages anybody may have sent
/// @notice As anybody may close a round, settle an epoch or expire a task.
contract OpenSender {
    function send(IERC7786GatewaySource gateway, bytes calldata recipient, bytes calldata payload) external {
        gateway.sendMessage(recipient, payload, new bytes[](0));
    }
}
