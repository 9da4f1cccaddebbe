// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";

/// @title Recipient that remembers what came, and refuses while it is told to
contract RecordingRecipient is IERC7786Recipient {
    error Refused();

    bool public refusing;
    mapping(bytes32 receiveId => uint256) public times;
    bytes public lastSender;
    bytes public lastPayload;

    function refuse(bool on) external {
        refusing = on;
    }

    function receiveMessage(
        bytes32 receiveId,
        bytes calldata sender,
        bytes calldata payload
    ) external payable returns (bytes4) {
        require(!refusing, Refused());
        ++times[receiveId];
        lastSender = sender;
        lastPayload = payload;
        return IERC7786Recipient.receiveMessage.selector;
    }
}

/// @title Recipient that answers with another value than ERC-7786's
contract MuteRecipient is IERC7786Recipient {
    function receiveMessage(bytes32, bytes calldata, bytes calldata) external payable returns (bytes4) {
        return 0xffffffff;
    }
}

/// @title Recipient that calls its gateway with prepared data while it receives
contract ReentrantRecipient is IERC7786Recipient {
    uint256 public received;
    bytes public answer;
    bytes private _call;

    function prepare(bytes calldata call) external {
        _call = call;
    }

    function receiveMessage(bytes32, bytes calldata, bytes calldata) external payable returns (bytes4) {
        ++received;
        (bool ok, bytes memory data) = msg.sender.call(_call);
        if (!ok) answer = data;
        return IERC7786Recipient.receiveMessage.selector;
    }
}
