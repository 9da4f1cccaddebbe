// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Gateway} from "../../../contracts/gateway/Gateway.sol";
import {IGateway} from "../../../contracts/interfaces/IGateway.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {Test} from "../Test.sol";
import {GatewayFixture} from "../gateway/GatewayFixture.sol";
import {RecordingRecipient} from "../gateway/Recipients.sol";

/// @title Senders, validators, an honest and a dishonest relayer, at random
contract GatewayHandler is GatewayFixture {
    uint256 private constant MESSAGES = 24;

    /// @dev An outbox was seen with fewer messages than before, or a message was forgotten.
    bool public fell;
    /// @dev A delivery went through that should not have.
    bool public forged;
    uint256 public delivered;
    uint256 public refused;

    IGateway.Message[] private _messages;
    mapping(bytes32 id => bool) private _wasDelivered;
    uint32 private _lastCount;

    constructor() {
        _deploy();
    }

    function send(uint256 seed) external {
        if (_messages.length == MESSAGES) return;
        _messages.push(_send(address(_recipient), abi.encode(seed)));
        _watch();
    }

    /// @dev Any message, new or not, under any checkpoint from its own on, by any two validators.
    function deliver(uint256 seed) external {
        if (_messages.length == 0) return;
        vm.chainId(DESTINATION);
        Delivery memory delivery = _choose(seed);
        bytes32 id = _ids[delivery.message.nonce];
        bool first = !_destination.isDelivered(id);
        bool refusing = draw(seed, 5) % 4 == 0;
        _recipient.refuse(refusing);
        bool done = _delivers(delivery);
        if (done != (first && !refusing)) forged = true;
        _count(done, id);
    }

    /// @dev The same with something wrong: a signer, the payload, the index, the gateway or the chain.
    function forge(uint256 seed) external {
        if (_messages.length == 0) return;
        vm.chainId(DESTINATION);
        _recipient.refuse(false);
        Delivery memory delivery = _choose(seed);
        uint256 fault = draw(seed, 6) % 6;
        if (fault == 0) delivery.signatures[1] = delivery.signatures[0];
        if (fault == 1) delivery.message.payload = abi.encode(seed, "forged");
        if (fault == 2) delivery.message.nonce += 1;
        if (fault == 3) delivery.checkpoint.index += 1;
        if (fault == 4) delivery.checkpoint.root = bytes32(seed);
        if (fault == 5) vm.chainId(ORIGIN);
        if (_delivers(delivery)) forged = true;
        vm.chainId(DESTINATION);
        _count(false, 0);
    }

    function messages() external view returns (uint256) {
        return _messages.length;
    }

    function idAt(uint256 index) external view returns (bytes32) {
        return _ids[index];
    }

    function origin() external view returns (Gateway) {
        return _origin;
    }

    function destination() external view returns (Gateway) {
        return _destination;
    }

    function recipient() external view returns (RecordingRecipient) {
        return _recipient;
    }

    function _choose(uint256 seed) private view returns (Delivery memory delivery) {
        IGateway.Message memory message = _messages[draw(seed, 1) % _messages.length];
        uint256 later = draw(seed, 2) % (_messages.length - message.nonce);
        delivery = _prove(message, message.nonce + 1 + later);
        uint256 first = draw(seed, 3) % 2;
        delivery.signatures = _sign(delivery.checkpoint, first, first + 1 + (draw(seed, 4) % (2 - first)));
    }

    function _count(bool done, bytes32 id) private {
        if (done) {
            ++delivered;
            _wasDelivered[id] = true;
        } else {
            ++refused;
        }
        for (uint256 i = 0; i < _ids.length; ++i) {
            if (_wasDelivered[_ids[i]] != _destination.isDelivered(_ids[i])) fell = true;
        }
        _watch();
    }

    function _watch() private {
        (, uint32 count) = _origin.outbox();
        if (count < _lastCount) fell = true;
        _lastCount = count;
    }
}

/// @dev Numbers are those of INVARIANTS.md.
contract GatewayInvariants is Test {
    GatewayHandler private _handler;

    function setUp() external {
        _handler = new GatewayHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev 7
    function invariant_noMessageIsProcessedTwice() external view {
        for (uint256 i = 0; i < _handler.messages(); ++i) {
            bytes32 id = _handler.idAt(i);
            uint256 times = _handler.destination().isDelivered(id) ? 1 : 0;
            assertEq(_handler.recipient().times(id), times, "once if delivered, else never");
        }
    }

    /// @dev 8
    function invariant_onlyProvenMessagesAreProcessed() external view {
        assertFalse(_handler.forged(), "forged");
    }

    /// @dev 9
    function invariant_anOutboxOnlyGrows() external view {
        assertFalse(_handler.fell(), "fell");
        (bytes32 root, uint32 count) = _handler.origin().outbox();
        assertEq(count, _handler.messages(), "count");
        bytes32[] memory ids = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) ids[i] = _handler.idAt(i);
        assertEq(root, NaiveMerkle.root(ids, 32), "root");
    }

    /// @dev The invariants would hold of a handler whose every call is refused; this one's take effect.
    function test_theHandlerReachesEveryAction() external {
        for (uint256 i = 0; i < 120; ++i) {
            uint256 action = draw(1, i) % 3;
            if (action == 0) _handler.send(draw(2, i));
            if (action == 1) _handler.deliver(draw(2, i));
            if (action == 2) _handler.forge(draw(2, i));
        }
        assertTrue(_handler.delivered() > 10, "delivered");
        assertTrue(_handler.refused() > 40, "refused");
        assertFalse(_handler.forged(), "forged");
    }
}
