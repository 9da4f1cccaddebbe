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

/// @title Recipient that takes what comes, but until it is told to answers with another value than ERC-7786's
contract MuteRecipient is IERC7786Recipient {
    uint256 public count;
    bool private _answers;
    bytes private _call;

    function unmute() external {
        _answers = true;
    }

    /// @notice Has it call its gateway while it receives; it reverts if that does.
    function prepare(bytes calldata call) external {
        _call = call;
    }

    function receiveMessage(bytes32, bytes calldata, bytes calldata) external payable returns (bytes4) {
        ++count;
        if (_call.length > 0) {
            (bool ok, ) = msg.sender.call(_call);
            require(ok, "inner call");
        }
        return _answers ? IERC7786Recipient.receiveMessage.selector : bytes4(0xffffffff);
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

/// @title Recipient that calls its gateway with prepared data and then refuses
contract RegretfulRecipient is IERC7786Recipient {
    bytes private _call;

    function prepare(bytes calldata call) external {
        _call = call;
    }

    function receiveMessage(bytes32, bytes calldata, bytes calldata) external payable returns (bytes4) {
        (bool ok, ) = msg.sender.call(_call);
        require(!ok, "called and refused");
        revert("refused");
    }
}

/// @title Recipient that uses up its gas, or answers with more data than anybody wants
contract HostileRecipient is IERC7786Recipient {
    enum Way {
        Guzzle,
        RevertBomb,
        ReturnBomb
    }

    Way private _way;
    uint256 private _size = 100_000;

    function choose(Way way) external {
        _way = way;
    }

    /// @notice Sets how many bytes it answers with.
    function answerWith(uint256 size) external {
        _size = size;
    }

    function receiveMessage(bytes32, bytes calldata, bytes calldata) external payable returns (bytes4) {
        if (_way == Way.Guzzle) while (true) ++_spent;
        bytes32 magic = IERC7786Recipient.receiveMessage.selector;
        bool fails = _way == Way.RevertBomb;
        uint256 size = _size;
        assembly {
            mstore(0x00, magic)
            if fails {
                revert(0x00, size)
            }
            return(0x00, size)
        }
    }

    uint256 private _spent;
}

/// @title Recipient that counts what came, and delivers on its own while it receives
contract MeddlingRecipient is IERC7786Recipient {
    mapping(bytes32 receiveId => uint256) public times;
    bytes private _call;

    function prepare(bytes calldata call) external {
        _call = call;
    }

    function receiveMessage(bytes32 receiveId, bytes calldata, bytes calldata) external payable returns (bytes4) {
        ++times[receiveId];
        (bool ok, ) = msg.sender.call(_call);
        // Half of the time it regrets, by a revert or by its answer, and with it all that it delivered.
        uint256 mood = uint256(receiveId) % 4;
        require(!ok || mood != 1, "regrets");
        return ok && mood == 3 ? bytes4(0xffffffff) : IERC7786Recipient.receiveMessage.selector;
    }
}
