// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Gateway} from "../../../contracts/gateway/Gateway.sol";
import {IGateway} from "../../../contracts/interfaces/IGateway.sol";
import {Test} from "../Test.sol";
import {GatewayFixture} from "../gateway/GatewayFixture.sol";
import {MeddlingRecipient} from "../gateway/Recipients.sol";

/// @title Senders, validators, an honest and a dishonest relayer, guardian and owner, at random
contract GatewayHandler is GatewayFixture {
    uint256 private constant MESSAGES = 24;

    /// @dev An outbox was seen with fewer messages than before, or a message was forgotten.
    bool public fell;
    /// @dev A delivery went through that should not have.
    bool public forged;
    /// @dev An honest delivery of a message that a willing recipient did not have was refused, or a send.
    bool public heldUp;
    uint256 public delivered;
    uint256 public refused;
    uint256 public stopped;

    MeddlingRecipient public meddling;
    IGateway.Message[] private _messages;
    mapping(bytes32 id => bool) private _wasDelivered;
    uint32 private _lastCount;

    constructor() {
        _deploy();
        meddling = new MeddlingRecipient();
    }

    function send(uint256 seed) external {
        if (_messages.length == MESSAGES) return;
        address to = draw(seed, 1) % 4 == 0 ? address(meddling) : address(_recipient);
        _messages.push(_send(to, abi.encode(seed)));
        _watch();
    }

    /// @dev Any message, new or not, under any checkpoint from its own on, by any two validators.
    function deliver(uint256 seed) external {
        if (_messages.length == 0) return;
        IGateway.Message memory message = _messages[draw(seed, 1) % _messages.length];
        bytes memory proof = _proofBy(_one(message), seed);
        bool first = !_destination.isDelivered(ORIGIN, message.nonce);
        bool refusing = draw(seed, 5) % 4 == 0;
        _recipient.refuse(refusing);
        bool open = !_stopped();
        bool done = _delivers(message, proof);
        if (done && (!first || !open)) forged = true;
        if (message.recipient == address(_recipient)) {
            if (done && refusing) forged = true;
            if (!done && first && open && !refusing) heldUp = true;
        }
        _count(done);
    }

    /// @dev Any messages together, while meddling recipients deliver others within.
    function deliverBatch(uint256 seed) external {
        if (_messages.length == 0) return;
        IGateway.Message[] memory batch = _choose(draw(seed, 6));
        IGateway.Message[] memory inner = _choose(draw(seed, 7));
        meddling.prepare(abi.encodeCall(IGateway.deliverBatch, (ORIGIN, inner, _prove(inner), 0)));
        _recipient.refuse(draw(seed, 5) % 4 == 0);
        bool open = !_stopped();
        bytes memory call = abi.encodeCall(IGateway.deliverBatch, (ORIGIN, batch, _proofBy(batch, seed), 0));
        (bool done, ) = address(_destination).call(call);
        if (done != open) heldUp = true;
        _count(done);
    }

    /// @dev The same with something wrong: a signer, the payload, the nonce, the index, a sibling or the chain.
    function forge(uint256 seed) external {
        if (_messages.length == 0) return;
        _recipient.refuse(false);
        IGateway.Message memory message = _messages[draw(seed, 1) % _messages.length];
        bytes memory proof = _proofBy(_one(message), seed);
        uint256 fault = draw(seed, 8) % 6;
        if (fault == 0) proof[66 + (draw(seed, 9) % 128)] ^= 0x01;
        if (fault == 1) message.payload = abi.encode(seed, "forged");
        if (fault == 2) message.nonce += 1;
        if (fault == 3) proof[3] ^= 0x01;
        if (fault == 4) proof = abi.encodePacked(proof, seed);
        if (fault == 5) vm.chainId(ORIGIN);
        if (_delivers(message, proof)) forged = true;
        vm.chainId(DESTINATION);
        _count(false);
    }

    /// @dev The guardian pauses, anybody freezes with evidence, and the owner opens again.
    function stop(uint256 seed) external {
        uint256 action = draw(seed, 1) % 4;
        if (action == 0) {
            vm.prank(GUARDIAN);
            _destination.pause(ORIGIN);
        }
        if (action == 1 && !_destination.routeOf(ORIGIN).frozen) _destination.freeze(ORIGIN, _twoRoots(uint32(seed)));
        if (action > 1) {
            _destination.unpause(ORIGIN);
            _destination.unfreeze(ORIGIN);
        }
        if (_stopped()) ++stopped;
        _watch();
    }

    function messages() external view returns (uint256) {
        return _messages.length;
    }

    function idAt(uint256 index) external view returns (bytes32) {
        return _ids[index];
    }

    function timesOf(uint256 index) external view returns (uint256) {
        return _recipient.times(_ids[index]) + meddling.times(_ids[index]);
    }

    function isDelivered(uint256 index) external view returns (bool) {
        return _destination.isDelivered(ORIGIN, uint32(index));
    }

    function rootOfAll() external view returns (bytes32) {
        return _rootOf(_messages.length);
    }

    function origin() external view returns (Gateway) {
        return _origin;
    }

    function _stopped() private view returns (bool) {
        IGateway.Route memory route = _destination.routeOf(ORIGIN);
        return route.paused || route.frozen;
    }

    function _choose(uint256 seed) private view returns (IGateway.Message[] memory batch) {
        uint256 count = 0;
        batch = new IGateway.Message[](_messages.length);
        for (uint256 i = 0; i < _messages.length; ++i) {
            if ((seed >> i) & 1 == 1 || i + 1 == _messages.length) batch[count++] = _messages[i];
        }
        assembly {
            mstore(batch, count)
        }
    }

    function _proofBy(IGateway.Message[] memory batch, uint256 seed) private view returns (bytes memory) {
        uint256 least = batch[batch.length - 1].nonce + 1;
        uint256 count = least + (draw(seed, 2) % (_messages.length - least + 1));
        uint256 first = draw(seed, 3) % 2;
        uint256 second = first + 1 + (draw(seed, 4) % (2 - first));
        return _proof(batch, count, _signers(_rootOf(count), uint32(count - 1), first, second));
    }

    function _count(bool done) private {
        if (done) ++delivered;
        else ++refused;
        for (uint256 i = 0; i < _ids.length; ++i) {
            bool marked = _destination.isDelivered(ORIGIN, uint32(i));
            if (_wasDelivered[_ids[i]] && !marked) fell = true;
            _wasDelivered[_ids[i]] = marked;
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
            assertEq(_handler.timesOf(i), _handler.isDelivered(i) ? 1 : 0, "once if delivered, else never");
        }
    }

    /// @dev 8
    function invariant_onlyProvenMessagesAreProcessed() external view {
        assertFalse(_handler.forged(), "forged");
        assertFalse(_handler.heldUp(), "held up");
    }

    /// @dev 9
    function invariant_anOutboxOnlyGrows() external view {
        assertFalse(_handler.fell(), "fell");
        (bytes32 root, uint32 count) = _handler.origin().outbox();
        assertEq(count, _handler.messages(), "count");
        assertEq(root, _handler.rootOfAll(), "root");
    }

    /// @dev The invariants would hold of a handler whose every call is refused; this one's take effect.
    function test_theHandlerReachesEveryAction() external {
        for (uint256 i = 0; i < 160; ++i) {
            uint256 action = draw(1, i) % 5;
            if (action == 0) _handler.send(draw(2, i));
            if (action == 1) _handler.deliver(draw(2, i));
            if (action == 2) _handler.deliverBatch(draw(2, i));
            if (action == 3) _handler.forge(draw(2, i));
            if (action == 4) _handler.stop(draw(2, i));
        }
        assertTrue(_handler.delivered() > 10, "delivered");
        assertTrue(_handler.refused() > 40, "refused");
        assertTrue(_handler.stopped() > 5, "stopped");
        uint256 meddled = 0;
        for (uint256 i = 0; i < _handler.messages(); ++i) meddled += _handler.meddling().times(_handler.idAt(i));
        assertTrue(meddled > 0, "meddling recipients accepted");
        assertFalse(_handler.forged(), "forged");
        assertFalse(_handler.heldUp(), "held up");
    }
}
