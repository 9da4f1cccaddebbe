// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC7786GatewaySource, IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {Gateway} from "../../../contracts/gateway/Gateway.sol";
import {IncrementalMerkle} from "../../../contracts/gateway/IncrementalMerkle.sol";
import {IGateway} from "../../../contracts/interfaces/IGateway.sol";
import {IGuarded} from "../../../contracts/interfaces/IGuarded.sol";
import {IValidatorSets} from "../../../contracts/interfaces/IValidatorSets.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {Vm} from "../Vm.sol";
import {GatewayFixture} from "./GatewayFixture.sol";
import {
    HostileRecipient,
    MuteRecipient,
    RecordingRecipient,
    ReentrantRecipient,
    RegretfulRecipient
} from "./Recipients.sol";

contract GatewaySendTest is GatewayFixture {
    function setUp() external {
        _deploy();
        vm.chainId(ORIGIN);
    }

    function test_sendMessage() external {
        bytes memory to = InteroperableAddress.formatEvmV1(DESTINATION, address(_recipient));
        bytes memory from = InteroperableAddress.formatEvmV1(ORIGIN, SENDER);
        for (uint32 nonce = 0; nonce < 5; ++nonce) {
            bytes memory payload = abi.encode("payload", nonce);
            _ids.push(_messageId(IGateway.Message(nonce, SENDER, address(_recipient), payload)));
            vm.expectEmit(address(_origin));
            emit IGateway.MessageInserted(_ids[nonce], nonce);
            vm.expectEmit(address(_origin));
            emit IERC7786GatewaySource.MessageSent(_ids[nonce], from, to, payload, 0, new bytes[](0));
            vm.prank(SENDER);
            assertEq(_origin.sendMessage(to, payload, new bytes[](0)), _ids[nonce], "send id");
            (bytes32 root, uint32 count) = _origin.outbox();
            assertEq(root, _rootOf(nonce + 1), "root");
            assertEq(count, nonce + 1, "count");
        }
    }

    function test_sendMessage_WritesTheRecipientInItsCanonicalForm() external {
        bytes memory canonical = InteroperableAddress.formatEvmV1(DESTINATION, address(_recipient));
        bytes[3] memory forms = [
            abi.encodePacked(hex"00010000", uint8(3), uint24(DESTINATION), uint8(20), address(_recipient)),
            abi.encodePacked(hex"00010000", uint8(9), uint72(DESTINATION), uint8(20), address(_recipient)),
            abi.encodePacked(canonical, "trailing")
        ];
        bytes memory from = InteroperableAddress.formatEvmV1(ORIGIN, SENDER);
        for (uint32 nonce = 0; nonce < 3; ++nonce) {
            bytes32 id = _messageId(IGateway.Message(nonce, SENDER, address(_recipient), "payload"));
            vm.expectEmit(address(_origin));
            emit IERC7786GatewaySource.MessageSent(id, from, canonical, "payload", 0, new bytes[](0));
            vm.prank(SENDER);
            assertEq(_origin.sendMessage(forms[nonce], "payload", new bytes[](0)), id, "id");
        }
    }

    /// @dev The last destination is remembered: others are looked up all the same.
    function test_sendMessage_ToSeveralChainsInTurn() external {
        _origin.openRoute(7, address(_destination), address(_verifier));
        bytes memory to = InteroperableAddress.formatEvmV1(DESTINATION, address(_recipient));
        bytes memory toSeven = InteroperableAddress.formatEvmV1(7, address(_recipient));
        bytes memory toEight = InteroperableAddress.formatEvmV1(8, address(_recipient));
        for (uint256 i = 0; i < 3; ++i) {
            _origin.sendMessage(to, "", new bytes[](0));
            _origin.sendMessage(toSeven, "", new bytes[](0));
            vm.expectRevert(abi.encodeWithSelector(IGateway.UnknownRoute.selector, 8));
            _origin.sendMessage(toEight, "", new bytes[](0));
        }
        (, uint32 count) = _origin.outbox();
        assertEq(count, 6, "count");
    }

    /// @dev A send that could be blocked would block refunds.
    function test_sendMessage_WhateverStopsDeliveries() external {
        _origin.pause(DESTINATION);
        _origin.setLimit(DESTINATION, 1, 0);
        vm.chainId(DESTINATION);
        _verifier.initializeValidators(DESTINATION, _set(2, _keys));
        vm.chainId(ORIGIN);
        bytes32 digestA = _verifier.checkpointDigest(DESTINATION, address(_destination), keccak256("a"), 3);
        bytes32 digestB = _verifier.checkpointDigest(DESTINATION, address(_destination), keccak256("b"), 3);
        _origin.freeze(DESTINATION, _evidence(digestA, digestB));
        assertTrue(_origin.routeOf(DESTINATION).frozen, "frozen");
        bytes memory to = InteroperableAddress.formatEvmV1(DESTINATION, address(_recipient));
        for (uint256 i = 0; i < 10; ++i) _origin.sendMessage(to, "", new bytes[](0));
        (, uint32 count) = _origin.outbox();
        assertEq(count, 10, "sent");
    }

    /// @dev Every message of every outbox of up to 20.
    function test_announce() external {
        for (uint32 count = 1; count <= 20; ++count) {
            _send(address(_recipient), abi.encode(count));
            for (uint32 nonce = 0; nonce < count; ++nonce) {
                bytes32[] memory branch = _branchOf(nonce);
                vm.expectEmit(address(_origin));
                emit IGateway.MessageInserted(_ids[nonce], nonce);
                vm.prank(account("stranger"));
                _origin.announce(_ids[nonce], nonce, branch);
                uint32 other = (nonce + 1) % count;
                if (other != nonce) {
                    vm.expectRevert(abi.encodeWithSelector(IGateway.NotSent.selector, _ids[other], nonce));
                    _origin.announce(_ids[other], nonce, branch);
                    vm.expectRevert(abi.encodeWithSelector(IGateway.NotSent.selector, _ids[nonce], other));
                    _origin.announce(_ids[nonce], other, branch);
                }
            }
            (bytes32 root, uint32 kept) = _origin.outbox();
            assertEq(root, _rootOf(count), "root");
            assertEq(kept, count, "count");
        }
    }

    function test_announce_StaysPossibleWhileOthersSend() external {
        for (uint32 i = 0; i < 8; ++i) _send(address(_recipient), abi.encode(i));
        bytes32[] memory branch = _branchOf(3);
        // Until there are as many messages again as the subtree has.
        for (uint32 i = 8; i < 15; ++i) {
            _send(address(_recipient), abi.encode(i));
            _origin.announce(_ids[3], 3, branch);
        }
        _send(address(_recipient), abi.encode(15));
        vm.expectRevert(abi.encodeWithSelector(IGateway.NotSent.selector, _ids[3], 3));
        _origin.announce(_ids[3], 3, branch);
    }

    function test_RevertWhen_AnnouncedWhatWasNotSent() external {
        bytes32[] memory branch = new bytes32[](0);
        for (uint32 nonce = 0; nonce < 3; ++nonce) {
            vm.expectRevert(abi.encodeWithSelector(IGateway.NotSent.selector, bytes32(0), nonce));
            _origin.announce(0, nonce, branch);
            _send(address(_recipient), abi.encode(nonce));
            branch = new bytes32[](nonce);
        }
        vm.expectRevert(abi.encodeWithSelector(IGateway.NotSent.selector, _ids[0], type(uint32).max));
        _origin.announce(_ids[0], type(uint32).max, branch);
    }

    function test_outbox_OfNoMessages() external view {
        (bytes32 root, uint32 count) = _origin.outbox();
        assertEq(root, bytes32(0), "root");
        assertEq(count, 0, "count");
    }

    function test_supportsAttribute() external view {
        assertFalse(_origin.supportsAttribute(0), "none");
        assertFalse(_origin.supportsAttribute(0x12345678), "any");
    }

    function test_RevertWhen_AttributesAreGiven() external {
        bytes memory to = InteroperableAddress.formatEvmV1(DESTINATION, address(_recipient));
        bytes[] memory attributes = new bytes[](1);
        attributes[0] = hex"12345678aa";
        vm.expectRevert(abi.encodeWithSelector(IERC7786GatewaySource.UnsupportedAttribute.selector, bytes4(0x12345678)));
        _origin.sendMessage(to, "", attributes);
        attributes[0] = hex"12";
        vm.expectRevert(abi.encodeWithSelector(IERC7786GatewaySource.UnsupportedAttribute.selector, bytes4(0x12000000)));
        _origin.sendMessage(to, "", attributes);
    }

    function test_RevertWhen_ValueIsSent() external {
        bytes memory to = InteroperableAddress.formatEvmV1(DESTINATION, address(_recipient));
        vm.expectRevert(IGateway.ValueNotSupported.selector);
        _origin.sendMessage{value: 1}(to, "", new bytes[](0));
    }

    function test_RevertWhen_RouteIsUnknown() external {
        _refuses(7);
        _refuses(0);
        // A chain id of more than 64 bits is not one of 64 bits, not even after one of 64 bits.
        _origin.sendMessage(InteroperableAddress.formatEvmV1(DESTINATION, SENDER), "", new bytes[](0));
        _refuses((uint256(1) << 64) + DESTINATION);
        _refuses((uint256(1) << 255) + DESTINATION);
    }

    function test_RevertWhen_ThereIsNoRecipient() external {
        bytes[2] memory nobody = [
            InteroperableAddress.formatEvmV1(DESTINATION, address(0)),
            InteroperableAddress.formatEvmV1(DESTINATION)
        ];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(IGateway.NoRecipient.selector);
            _origin.sendMessage(nobody[i], "", new bytes[](0));
        }
    }

    function test_RevertWhen_RecipientIsNoAddress() external {
        bytes memory to = hex"0001000002";
        vm.expectRevert(abi.encodeWithSelector(InteroperableAddress.InteroperableAddressParsingError.selector, to));
        _origin.sendMessage(to, "", new bytes[](0));
    }

    function test_RevertWhen_TheOutboxIsFull() external {
        // Slot of count and last destination: the only one that the first send writes twice the same way.
        vm.record();
        bytes memory to = InteroperableAddress.formatEvmV1(DESTINATION, SENDER);
        _origin.sendMessage(to, "", new bytes[](0));
        (, bytes32[] memory writes) = vm.accesses(address(_origin));
        bytes32 slot = writes[writes.length - 1];
        vm.store(address(_origin), slot, bytes32((uint256(DESTINATION) << 32) | type(uint32).max));
        (, uint32 count) = _origin.outbox();
        assertEq(count, type(uint32).max, "full");
        vm.expectRevert(bytes4(keccak256("TreeFull()")));
        _origin.sendMessage(to, "", new bytes[](0));
    }

    /// @dev Siblings of a message in the largest complete subtree of the outbox that holds it.
    function _branchOf(uint256 nonce) private view returns (bytes32[] memory) {
        uint256 first = 0;
        for (uint256 width = 1 << 31; width > 0; width /= 2) {
            if (_ids.length & width == 0) continue;
            if (nonce < first + width) {
                bytes32[] memory subtree = new bytes32[](width);
                for (uint256 i = 0; i < width; ++i) subtree[i] = _ids[first + i];
                return NaiveMerkle.branch(subtree, IncrementalMerkle.depthOf(width), nonce - first);
            }
            first += width;
        }
        return new bytes32[](0);
    }

    function test_RevertWhen_TheDelayIsZero() external {
        vm.expectRevert(IGuarded.InvalidDelay.selector);
        new Gateway(address(this), 0);
    }

    function _refuses(uint256 chainId) private {
        bytes memory to = InteroperableAddress.formatEvmV1(chainId, address(_recipient));
        vm.expectRevert(abi.encodeWithSelector(IGateway.UnknownRoute.selector, chainId));
        _origin.sendMessage(to, "", new bytes[](0));
    }

    function _evidence(bytes32 digestA, bytes32 digestB) private view returns (bytes memory) {
        bytes memory set = _packed(_set(2, _keys));
        bytes[2] memory signers;
        bytes32[2] memory digests = [digestA, digestB];
        for (uint256 i = 0; i < 2; ++i) {
            signers[i] = abi.encodePacked(set, _signature(_keys[0], digests[i]), _signature(_keys[1], digests[i]));
        }
        return
            abi.encode(
                Signed(keccak256("a"), 3, signers[0]),
                Signed(keccak256("b"), 3, signers[1]),
                uint32(0),
                bytes32(0),
                new bytes32[](0),
                bytes32(0),
                new bytes32[](0)
            );
    }

    struct Signed {
        bytes32 root;
        uint32 index;
        bytes signers;
    }
}

contract GatewayDeliverTest is GatewayFixture {
    IGateway.Message private _message;

    function setUp() external {
        _deploy();
        _send(address(_recipient), "first");
        _message = _send(address(_recipient), "second");
        _send(address(_recipient), "third");
    }

    function test_deliver() external {
        bytes memory proof = _prove(_message);
        vm.expectEmit(address(_destination));
        emit IGateway.MessageDelivered(_ids[1], ORIGIN, 1, address(_recipient));
        vm.prank(account("anyone"));
        _destination.deliver(ORIGIN, _message, proof);
        assertTrue(_destination.isDelivered(ORIGIN, 1), "delivered");
        assertFalse(_destination.isDelivered(ORIGIN, 0), "others are not");
        assertFalse(_destination.isDelivered(ORIGIN, 1 + 256), "nor those a word further");
        assertFalse(_destination.isDelivered(DESTINATION, 1), "nor those of another chain");
        assertEq(_recipient.times(_ids[1]), 1, "received once");
        assertEq(_recipient.lastSender(), InteroperableAddress.formatEvmV1(ORIGIN, SENDER), "sender");
        assertEq(_recipient.lastPayload(), "second", "payload");
    }

    /// @dev Many messages in and all of them out, in a shuffled order, under one checkpoint.
    function test_deliver_EveryMessageOfAnOutbox() external {
        IGateway.Message[] memory messages = new IGateway.Message[](20);
        for (uint256 i = 0; i < messages.length; ++i) messages[i] = _send(address(_recipient), abi.encode(i));
        for (uint256 i = 0; i < messages.length; ++i) _deliver(messages[(i * 7) % messages.length]);
        for (uint256 i = 3; i < _ids.length; ++i) assertEq(_recipient.times(_ids[i]), 1, "once");
    }

    function test_deliver_UnderEveryCheckpointThatHoldsIt() external {
        for (uint256 count = 4; count < 9; ++count) {
            IGateway.Message memory message = _send(address(_recipient), abi.encode(count));
            _destination.deliver(ORIGIN, message, _prove(_one(message), count));
        }
    }

    function test_RevertWhen_Replayed() external {
        bytes memory proof = _prove(_message);
        _destination.deliver(ORIGIN, _message, proof);
        vm.expectRevert(abi.encodeWithSelector(IGateway.AlreadyDelivered.selector, _ids[1]));
        _destination.deliver(ORIGIN, _message, proof);
        // Nor under another checkpoint.
        _send(address(_recipient), "another");
        proof = _prove(_message);
        vm.expectRevert(abi.encodeWithSelector(IGateway.AlreadyDelivered.selector, _ids[1]));
        _destination.deliver(ORIGIN, _message, proof);
        assertEq(_recipient.times(_ids[1]), 1, "received once");
    }

    function test_RevertWhen_OriginIsUnknown() external {
        bytes memory proof = _prove(_message);
        vm.expectRevert(abi.encodeWithSelector(IGateway.UnknownRoute.selector, ORIGIN + 7));
        _destination.deliver(ORIGIN + 7, _message, proof);
    }

    /// @dev The id, and so the proof, binds both chains, sender, recipient, nonce and payload.
    function test_RevertWhen_ForAnotherChain() external {
        bytes memory proof = _prove(_message);
        vm.chainId(7);
        assertFalse(_delivers(_message, proof), "elsewhere");
        vm.chainId(DESTINATION);
        assertTrue(_delivers(_message, proof), "here");
    }

    function test_RevertWhen_FromAnotherChain() external {
        vm.chainId(DESTINATION);
        _destination.openRoute(7, address(_origin), address(_verifier));
        _verifier.initializeValidators(7, _set(2, _keys));
        bytes memory proof = _prove(_message);
        (bool done, ) = address(_destination).call(abi.encodeCall(IGateway.deliver, (7, _message, proof)));
        assertFalse(done, "of another chain");
    }

    function test_RevertWhen_TheRouteHasAnotherGateway() external {
        Gateway other = _newGateway();
        other.openRoute(ORIGIN, address(other), address(_verifier));
        bytes memory proof = _prove(_message);
        (bool done, ) = address(other).call(abi.encodeCall(IGateway.deliver, (ORIGIN, _message, proof)));
        assertFalse(done, "signed for another gateway");
    }

    function testFuzz_RevertWhen_AnythingOfTheMessageChanges(uint256 field, uint256 bit, uint32 nonce) external {
        IGateway.Message memory message = _message;
        bytes memory proof = _prove(message);
        bit %= 160;
        if (field % 4 == 0) message.sender = address(uint160(message.sender) ^ uint160(1 << bit));
        if (field % 4 == 1) message.recipient = address(uint160(message.recipient) ^ uint160(1 << bit));
        if (field % 4 == 2) message.payload[bit % 6] ^= bytes1(uint8(1 << (bit % 8)));
        if (field % 4 == 3) message.nonce = nonce == message.nonce ? nonce + 1 : nonce;
        assertFalse(_delivers(message, proof), "refused");
    }

    function testFuzz_RevertWhen_OneBitOfTheProofChanges(uint256 bit) external {
        bytes memory proof = _prove(_message);
        bit %= proof.length * 8;
        proof[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        assertFalse(_delivers(_message, proof), "refused");
    }

    function test_RevertWhen_RecipientReverts() external {
        bytes memory proof = _prove(_message);
        _recipient.refuse(true);
        vm.expectRevert(RecordingRecipient.Refused.selector);
        _destination.deliver(ORIGIN, _message, proof);
        assertFalse(_destination.isDelivered(ORIGIN, 1), "not delivered");
        _recipient.refuse(false);
        _destination.deliver(ORIGIN, _message, proof);
        assertEq(_recipient.times(_ids[1]), 1, "delivered in the end");
    }

    function test_RevertWhen_RecipientIsNoContractOrMute() external {
        address[3] memory recipients = [account("nobody"), address(new MuteRecipient()), address(4)];
        for (uint256 i = 0; i < 3; ++i) {
            IGateway.Message memory message = _send(recipients[i], "");
            bytes memory proof = _prove(message);
            vm.expectRevert(abi.encodeWithSelector(IGateway.InvalidRecipient.selector, recipients[i]));
            _destination.deliver(ORIGIN, message, proof);
            assertFalse(_destination.isDelivered(ORIGIN, message.nonce), "not delivered");
        }
    }

    function test_RevertWhen_RecipientDeliversTheSameMessageAgain() external {
        ReentrantRecipient recipient = new ReentrantRecipient();
        IGateway.Message memory message = _send(address(recipient), "again");
        bytes memory proof = _prove(message);
        recipient.prepare(abi.encodeCall(IGateway.deliver, (ORIGIN, message, proof)));
        _destination.deliver(ORIGIN, message, proof);
        assertEq(recipient.received(), 1, "received once");
        bytes memory refusal = abi.encodeWithSelector(IGateway.AlreadyDelivered.selector, _ids[message.nonce]);
        assertEq(recipient.answer(), refusal, "inner refusal");
    }

    function test_deliver_OfARecipientThatDeliversAnother() external {
        ReentrantRecipient recipient = new ReentrantRecipient();
        IGateway.Message memory message = _send(address(recipient), "outer");
        recipient.prepare(abi.encodeCall(IGateway.deliver, (ORIGIN, _message, _prove(_message))));
        _deliver(message);
        assertEq(_recipient.times(_ids[1]), 1, "the inner one");
        assertTrue(_destination.isDelivered(ORIGIN, 1) && _destination.isDelivered(ORIGIN, 3), "both");
    }
}

contract GatewayBatchTest is GatewayFixture {
    IGateway.Message[] private _messages;

    function setUp() external {
        _deploy();
        for (uint256 i = 0; i < 6; ++i) _messages.push(_send(address(_recipient), abi.encode(i)));
    }

    function test_deliverBatch() external {
        bytes memory proof = _prove(_messages);
        for (uint32 i = 0; i < 6; ++i) {
            vm.expectEmit(address(_destination));
            emit IGateway.MessageDelivered(_ids[i], ORIGIN, i, address(_recipient));
        }
        vm.prank(account("anyone"));
        assertEq(_destination.deliverBatch(ORIGIN, _messages, proof, 6), 63, "all");
        for (uint32 i = 0; i < 6; ++i) {
            assertTrue(_destination.isDelivered(ORIGIN, i), "delivered");
            assertEq(_recipient.times(_ids[i]), 1, "once");
        }
    }

    function test_deliverBatch_OfTheMost() external {
        for (uint256 i = 6; i < 300; ++i) _messages.push(_send(address(_recipient), abi.encode(i)));
        IGateway.Message[] memory most = new IGateway.Message[](256);
        for (uint256 i = 0; i < 256; ++i) most[i] = _messages[i + 20];
        assertEq(_destination.deliverBatch(ORIGIN, most, _prove(most), 256), type(uint256).max, "all");
        bytes memory proof = _prove(_messages);
        vm.expectRevert(IGateway.InvalidBatch.selector);
        _destination.deliverBatch(ORIGIN, _messages, proof, 0);
    }

    /// @dev Any choice of messages, some of which were delivered before, under one proof.
    function testFuzz_deliverBatch_OfAnyMessages(uint256 chosen, uint256 before) external {
        for (uint256 i = 6; i < 40; ++i) _messages.push(_send(address(_recipient), abi.encode(i)));
        chosen = bound(chosen, 1, 2 ** 40 - 1);
        uint256 expected = 0;
        IGateway.Message[] memory batch = new IGateway.Message[](40);
        uint256 size = 0;
        for (uint32 i = 0; i < 40; ++i) {
            bool earlier = (before >> i) & 7 == 7;
            if (earlier) _deliver(_messages[i]);
            if ((chosen >> i) & 1 == 0) continue;
            if (!earlier) expected |= 1 << size;
            batch[size++] = _messages[i];
        }
        assembly {
            mstore(batch, size)
        }
        assertEq(_destination.deliverBatch(ORIGIN, batch, _prove(batch), 0), expected, "delivered");
        for (uint32 i = 0; i < 40; ++i) {
            bool done = (before >> i) & 7 == 7 || (chosen >> i) & 1 == 1;
            assertEq(_recipient.times(_ids[i]), done ? 1 : 0, "once if at all");
            assertTrue(_destination.isDelivered(ORIGIN, i) == done, "marked");
        }
    }

    function test_deliverBatch_PassesOverWhatWasDelivered() external {
        _deliver(_messages[2]);
        assertEq(_destination.deliverBatch(ORIGIN, _messages, _prove(_messages), 5), 63 - 4, "the others");
        assertEq(_destination.deliverBatch(ORIGIN, _messages, _prove(_messages), 0), 0, "none a second time");
        assertEq(_recipient.times(_ids[2]), 1, "once");
    }

    function test_RevertWhen_FewerThanWantedAreDelivered() external {
        _deliver(_messages[2]);
        bytes memory proof = _prove(_messages);
        vm.expectRevert(abi.encodeWithSelector(IGateway.TooFewDelivered.selector, 5, 6));
        _destination.deliverBatch(ORIGIN, _messages, proof, 6);
        assertFalse(_destination.isDelivered(ORIGIN, 0), "nothing was");
    }

    function test_RevertWhen_BatchIsEmptyUnorderedOrRepeats() external {
        bytes memory proof = _prove(_messages);
        vm.expectRevert(IGateway.InvalidBatch.selector);
        _destination.deliverBatch(ORIGIN, new IGateway.Message[](0), proof, 0);
        IGateway.Message[] memory two = new IGateway.Message[](2);
        (two[0], two[1]) = (_messages[1], _messages[0]);
        vm.expectRevert(IGateway.InvalidBatch.selector);
        _destination.deliverBatch(ORIGIN, two, proof, 0);
        two[1] = _messages[1];
        vm.expectRevert(IGateway.InvalidBatch.selector);
        _destination.deliverBatch(ORIGIN, two, proof, 0);
    }

    function test_RevertWhen_OneMessageOfABatchIsForged() external {
        bytes memory proof = _prove(_messages);
        _messages[3].payload = "forged";
        vm.expectRevert();
        _destination.deliverBatch(ORIGIN, _messages, proof, 0);
        assertEq(_recipient.times(_ids[0]), 0, "none was delivered");
    }

    function test_deliverBatch_HoldsUpNoneForOneThatIsRefused() external {
        MuteRecipient mute = new MuteRecipient();
        RecordingRecipient refusing = new RecordingRecipient();
        refusing.refuse(true);
        IGateway.Message[] memory batch = new IGateway.Message[](5);
        batch[0] = _send(address(refusing), "refused");
        batch[1] = _send(address(_recipient), "taken");
        batch[2] = _send(address(mute), "not answered");
        batch[3] = _send(account("nobody"), "for nobody");
        batch[4] = _send(address(_recipient), "taken too");
        bytes memory proof = _prove(batch);
        _expectRefused(batch[0], abi.encodeWithSelector(RecordingRecipient.Refused.selector));
        _expectRefused(batch[2], _invalid(address(mute)));
        _expectRefused(batch[3], _invalid(account("nobody")));
        assertEq(_destination.deliverBatch(ORIGIN, batch, proof, 2), 18, "two of five");
        assertFalse(_destination.isDelivered(ORIGIN, batch[0].nonce), "can be delivered again");
        refusing.refuse(false);
        assertEq(_destination.deliverBatch(ORIGIN, batch, proof, 1), 1, "and is");
    }

    /// @dev None of them can end a batch, neither by using up gas nor by what it returns.
    function test_deliverBatch_SurvivesHostileRecipients() external {
        HostileRecipient[3] memory hostile;
        IGateway.Message[] memory batch = new IGateway.Message[](4);
        for (uint256 i = 0; i < 3; ++i) {
            hostile[i] = new HostileRecipient();
            hostile[i].choose(HostileRecipient.Way(i));
            batch[i] = _send(address(hostile[i]), "");
        }
        batch[3] = _send(address(_recipient), "taken");
        bytes memory proof = _prove(batch);
        // What the guzzler leaves is a 64th.
        vm.recordLogs();
        bytes memory call = abi.encodeCall(IGateway.deliverBatch, (ORIGIN, batch, proof, 0));
        (bool done, bytes memory answer) = address(_destination).call{gas: 30_000_000}(call);
        assertTrue(done, "goes through");
        // Too much data with the right beginning is an acceptance, and none is copied.
        assertEq(abi.decode(answer, (uint256)), 12, "the last two");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 refused = 0;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != IGateway.MessageRefused.selector) continue;
            (, bytes memory reason) = abi.decode(logs[i].data, (uint32, bytes));
            assertEq(reason.length, refused == 0 ? 0 : 256, "the beginning of the reason");
            ++refused;
        }
        assertEq(refused, 2, "refused");
        assertFalse(_destination.isDelivered(ORIGIN, batch[0].nonce), "not marked");
        assertFalse(_destination.isDelivered(ORIGIN, batch[1].nonce), "not marked either");
    }

    /// @dev Three megabytes take 19 million gas, which to pass them on would take a second time.
    function test_deliverBatch_PassesOnTheBeginningOfAReasonOnly() external {
        HostileRecipient hostile = new HostileRecipient();
        hostile.choose(HostileRecipient.Way.RevertBomb);
        hostile.answerWith(3 << 20);
        IGateway.Message[] memory batch = new IGateway.Message[](2);
        batch[0] = _send(address(hostile), "");
        batch[1] = _send(address(_recipient), "taken");
        bytes memory proof = _prove(batch);
        vm.recordLogs();
        uint256 before = gasleft();
        assertEq(_destination.deliverBatch{gas: 30_000_000}(ORIGIN, batch, proof, 1), 2, "the other");
        assertTrue(before - gasleft() < 20_000_000, "its gas is used up once");
        Vm.Log memory log = vm.getRecordedLogs()[0];
        assertEq(log.topics[0], IGateway.MessageRefused.selector, "refused");
        (, bytes memory reason) = abi.decode(log.data, (uint32, bytes));
        assertEq(reason.length, 256, "the beginning of the reason");
        assertEq(bytes4(reason), IERC7786Recipient.receiveMessage.selector, "which is its own");
    }

    /// @dev With any amount of gas a batch delivers what it marks, and marks what it delivers.
    function testFuzz_deliverBatch_MarksWhatIsAcceptedWithAnyGas(uint256 gas_) external {
        HostileRecipient guzzler = new HostileRecipient();
        IGateway.Message[] memory batch = new IGateway.Message[](3);
        batch[0] = _messages[0];
        batch[1] = _send(address(guzzler), "");
        batch[2] = _send(address(_recipient), "taken");
        bytes memory call = abi.encodeCall(IGateway.deliverBatch, (ORIGIN, batch, _prove(batch), 0));
        (bool done, ) = address(_destination).call{gas: bound(gas_, 100_000, 10_000_000)}(call);
        for (uint256 i = 0; i < 3; i += 2) {
            uint256 times = _recipient.times(_ids[batch[i].nonce]);
            assertEq(times, _destination.isDelivered(ORIGIN, batch[i].nonce) ? 1 : 0, "marked");
            if (!done) assertEq(times, 0, "nothing happened");
        }
        assertFalse(_destination.isDelivered(ORIGIN, batch[1].nonce), "the guzzler never accepts");
    }

    function test_deliverBatch_OfARecipientThatDeliversOthersOfTheWord() external {
        ReentrantRecipient recipient = new ReentrantRecipient();
        IGateway.Message[] memory batch = new IGateway.Message[](3);
        batch[0] = _messages[4];
        batch[1] = _send(address(recipient), "re-enters");
        batch[2] = _send(address(_recipient), "is delivered within");
        IGateway.Message[] memory inner = new IGateway.Message[](3);
        (inner[0], inner[1], inner[2]) = (_messages[0], batch[1], batch[2]);
        recipient.prepare(abi.encodeCall(IGateway.deliverBatch, (ORIGIN, inner, _prove(inner), 2)));
        assertEq(_destination.deliverBatch(ORIGIN, batch, _prove(batch), 0), 3, "without the one delivered within");
        assertEq(recipient.received(), 1, "received once");
        uint32[4] memory nonces = [uint32(0), 4, 6, 7];
        for (uint256 i = 0; i < 4; ++i) {
            assertTrue(_destination.isDelivered(ORIGIN, nonces[i]), "marked");
            if (nonces[i] != 6) assertEq(_recipient.times(_ids[nonces[i]]), 1, "once");
        }
        assertEq(recipient.answer().length, 0, "the inner batch went through");
    }

    /// @dev What it delivered within is undone with it, and only that.
    function test_deliverBatch_OfARecipientThatDeliversOthersAndRefuses() external {
        RegretfulRecipient recipient = new RegretfulRecipient();
        IGateway.Message[] memory batch = new IGateway.Message[](2);
        batch[0] = _messages[0];
        batch[1] = _send(address(recipient), "regrets");
        recipient.prepare(abi.encodeCall(IGateway.deliver, (ORIGIN, _messages[1], _prove(_messages[1]))));
        assertEq(_destination.deliverBatch(ORIGIN, batch, _prove(batch), 1), 1, "the first");
        assertEq(_recipient.times(_ids[0]), 1, "stays");
        assertTrue(_destination.isDelivered(ORIGIN, 0), "marked");
        assertEq(_recipient.times(_ids[1]), 0, "undone");
        assertFalse(_destination.isDelivered(ORIGIN, 1), "not marked");
        assertFalse(_destination.isDelivered(ORIGIN, batch[1].nonce), "nor is what was refused");
    }

    /// @dev It has not reverted, and yet nothing that it did stays, however often it is tried.
    function test_deliverBatch_UndoesWhatAMuteRecipientDid() external {
        MuteRecipient mute = new MuteRecipient();
        IGateway.Message[] memory batch = new IGateway.Message[](3);
        batch[0] = _messages[0];
        batch[1] = _messages[1];
        batch[2] = _send(address(mute), "not answered");
        bytes memory proof = _prove(batch);
        for (uint256 attempt = 0; attempt < 3; ++attempt) {
            _expectRefused(batch[2], _invalid(address(mute)));
            assertEq(_destination.deliverBatch(ORIGIN, batch, proof, 0), attempt == 0 ? 3 : 0, "only the others");
            assertEq(mute.count(), 0, "its count is undone");
            assertFalse(_destination.isDelivered(ORIGIN, batch[2].nonce), "not marked");
        }
        mute.unmute();
        assertEq(_destination.deliverBatch(ORIGIN, batch, proof, 1), 4, "once it answers");
        assertEq(_destination.deliverBatch(ORIGIN, batch, proof, 0), 0, "once only");
        assertEq(mute.count(), 1, "counted once");
    }

    /// @dev A neighbour that is not of the batch, delivered alone within: it was never delivered.
    function test_deliverBatch_OfAMuteRecipientThatDeliversANeighbour() external {
        MuteRecipient mute = new MuteRecipient();
        IGateway.Message[] memory batch = new IGateway.Message[](2);
        batch[0] = _messages[0];
        batch[1] = _send(address(mute), "delivers another");
        // It reverts with another reason if the inner delivery does.
        mute.prepare(abi.encodeCall(IGateway.deliver, (ORIGIN, _messages[1], _prove(_messages[1]))));
        bytes memory proof = _prove(batch);
        _expectRefused(batch[1], _invalid(address(mute)));
        assertEq(_destination.deliverBatch(ORIGIN, batch, proof, 1), 1, "the first");
        assertEq(mute.count(), 0, "its count is undone");
        assertFalse(_destination.isDelivered(ORIGIN, batch[1].nonce), "refused");
        assertFalse(_destination.isDelivered(ORIGIN, 1), "the neighbour is not marked");
        assertEq(_recipient.times(_ids[1]), 0, "nor was it received");
        assertTrue(_destination.isDelivered(ORIGIN, 0), "what came before stays marked");
        assertEq(_recipient.times(_ids[0]), 1, "and received");
        _deliver(_messages[1]);
        assertTrue(_destination.isDelivered(ORIGIN, 1), "the neighbour is delivered later");
        assertEq(_recipient.times(_ids[1]), 1, "once");
    }

    /// @dev A neighbour of the same batch, delivered within by a batch: the outer one delivers it after all.
    function test_deliverBatch_OfAMuteRecipientThatDeliversTheNextOfTheBatch() external {
        MuteRecipient mute = new MuteRecipient();
        IGateway.Message[] memory batch = new IGateway.Message[](2);
        batch[0] = _send(address(mute), "delivers the next");
        batch[1] = _send(address(_recipient), "the next");
        bytes memory proof = _prove(batch);
        mute.prepare(abi.encodeCall(IGateway.deliverBatch, (ORIGIN, batch, proof, 1)));
        _expectRefused(batch[0], _invalid(address(mute)));
        vm.expectEmit(address(_destination));
        emit IGateway.MessageDelivered(_ids[batch[1].nonce], ORIGIN, batch[1].nonce, address(_recipient));
        assertEq(_destination.deliverBatch(ORIGIN, batch, proof, 1), 2, "by the outer batch");
        assertEq(mute.count(), 0, "its count is undone");
        assertFalse(_destination.isDelivered(ORIGIN, batch[0].nonce), "refused");
        assertTrue(_destination.isDelivered(ORIGIN, batch[1].nonce), "marked");
        assertEq(_recipient.times(_ids[batch[1].nonce]), 1, "once");
    }

    function test_RevertWhen_HandingOverFromOutside() external {
        IGateway.Message memory message = _messages[0];
        address[4] memory strangers = [address(this), GUARDIAN, SENDER, address(_recipient)];
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(strangers[i]);
            vm.expectRevert(IGateway.OnlySelf.selector);
            _destination.handOver(ORIGIN, _ids[0], message);
        }
        assertEq(_recipient.times(_ids[0]), 0, "not received");
    }

    /// @dev Neither what a recipient calls nor a message for the gateway itself is the gateway's own call.
    function test_RevertWhen_HandingOverFromWithinADelivery() external {
        bytes memory call = abi.encodeCall(IGateway.handOver, (ORIGIN, _ids[0], _messages[0]));
        ReentrantRecipient recipient = new ReentrantRecipient();
        recipient.prepare(call);
        IGateway.Message[] memory batch = new IGateway.Message[](2);
        batch[0] = _send(address(recipient), "hands over another");
        batch[1] = _send(address(_destination), call);
        bytes memory proof = _prove(batch);
        _expectRefused(batch[1], "");
        assertEq(_destination.deliverBatch(ORIGIN, batch, proof, 0), 1, "but not the gateway's");
        assertEq(recipient.answer(), abi.encodeWithSelector(IGateway.OnlySelf.selector), "inner refusal");
        assertEq(_recipient.times(_ids[0]), 0, "not received");
    }

    function _invalid(address recipient) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IGateway.InvalidRecipient.selector, recipient);
    }

    function _expectRefused(IGateway.Message memory message, bytes memory reason) private {
        vm.expectEmit(address(_destination));
        emit IGateway.MessageRefused(_ids[message.nonce], ORIGIN, message.nonce, reason);
    }
}

contract GatewayRouteTest is GatewayFixture {
    uint64 private constant OTHER = 1003;

    IGateway.Message private _message;

    function setUp() external {
        _deploy();
        _message = _send(address(_recipient), "message");
    }

    function test_openRoute() external {
        vm.expectEmit(address(_destination));
        emit IGateway.RouteOpened(OTHER, address(_origin), address(_verifier));
        _destination.openRoute(OTHER, address(_origin), address(_verifier));
        IGateway.Route memory route = IGateway.Route(address(_origin), false, false, address(_verifier), 0, 0);
        assertEq(abi.encode(_destination.routeOf(OTHER)), abi.encode(route), "route");
    }

    function test_RevertWhen_RouteCannotBe() external {
        _refusesRoute(DESTINATION, address(_origin), address(_verifier));
        _refusesRoute(OTHER, address(0), address(_verifier));
        _refusesRoute(OTHER, address(_origin), address(0));
        _refusesRoute(ORIGIN, address(_destination), address(_verifier));
    }

    function test_RevertWhen_CallerMayNot() external {
        bytes[6] memory ownerCalls = [
            abi.encodeCall(IGateway.openRoute, (OTHER, address(1), address(1))),
            abi.encodeCall(IGateway.setLimit, (ORIGIN, 1, 1)),
            abi.encodeCall(IGateway.scheduleVerifier, (ORIGIN, address(1))),
            abi.encodeCall(IGateway.unpause, (ORIGIN)),
            abi.encodeCall(IGateway.unfreeze, (ORIGIN)),
            abi.encodeCall(IGuarded.setGuardian, (SENDER))
        ];
        for (uint256 i = 0; i < 6; ++i) {
            _refusesCaller(SENDER, ownerCalls[i], Ownable.OwnableUnauthorizedAccount.selector);
            _refusesCaller(GUARDIAN, ownerCalls[i], Ownable.OwnableUnauthorizedAccount.selector);
        }
        bytes4 notGuardian = IGuarded.NotGuardian.selector;
        _refusesCaller(SENDER, abi.encodeCall(IGateway.pause, (ORIGIN)), notGuardian);
        _refusesCaller(SENDER, abi.encodeCall(IGateway.cancelVerifier, (ORIGIN)), notGuardian);
    }

    function test_RevertWhen_RouteToChangeIsUnknown() external {
        bytes[5] memory calls = [
            abi.encodeCall(IGateway.setLimit, (OTHER, 1, 1)),
            abi.encodeCall(IGateway.scheduleVerifier, (OTHER, address(1))),
            abi.encodeCall(IGateway.pause, (OTHER)),
            abi.encodeCall(IGateway.unpause, (OTHER)),
            abi.encodeCall(IGateway.unfreeze, (OTHER))
        ];
        for (uint256 i = 0; i < 5; ++i) {
            (bool done, bytes memory reason) = address(_destination).call(calls[i]);
            assertFalse(done, "done");
            assertEq(reason, abi.encodeWithSelector(IGateway.UnknownRoute.selector, OTHER), "reason");
        }
    }

    function test_setGuardian() external {
        vm.expectEmit(address(_destination));
        emit IGuarded.GuardianSet(SENDER);
        _destination.setGuardian(SENDER);
        assertEq(_destination.guardian(), SENDER, "guardian");
        _refusesCaller(GUARDIAN, abi.encodeCall(IGateway.pause, (ORIGIN)), IGuarded.NotGuardian.selector);
        // Without a guardian the owner can still pause, and nobody speaks for the zero address.
        _destination.setGuardian(address(0));
        _destination.pause(ORIGIN);
    }

    function test_pause() external {
        bytes memory proof = _prove(_message);
        vm.expectEmit(address(_destination));
        emit IGateway.RoutePaused(ORIGIN, GUARDIAN);
        vm.prank(GUARDIAN);
        _destination.pause(ORIGIN);
        assertTrue(_destination.routeOf(ORIGIN).paused, "paused");
        vm.expectRevert(abi.encodeWithSelector(IGateway.RouteIsPaused.selector, ORIGIN));
        _destination.deliver(ORIGIN, _message, proof);
        IGateway.Message[] memory batch = _one(_message);
        vm.expectRevert(abi.encodeWithSelector(IGateway.RouteIsPaused.selector, ORIGIN));
        _destination.deliverBatch(ORIGIN, batch, proof, 0);
        vm.expectEmit(address(_destination));
        emit IGateway.RouteUnpaused(ORIGIN);
        _destination.unpause(ORIGIN);
        _destination.deliver(ORIGIN, _message, proof);
    }

    function test_freeze() external {
        bytes memory proof = _prove(_message);
        bytes memory evidence = _twoRoots(5);
        vm.expectEmit(address(_destination));
        emit IGateway.RouteFrozen(ORIGIN, SENDER);
        vm.prank(SENDER);
        _destination.freeze(ORIGIN, evidence);
        assertTrue(_destination.routeOf(ORIGIN).frozen, "frozen");
        vm.expectRevert(abi.encodeWithSelector(IGateway.RouteIsFrozen.selector, ORIGIN));
        _destination.deliver(ORIGIN, _message, proof);
        vm.expectRevert(abi.encodeWithSelector(IGateway.RouteIsFrozen.selector, ORIGIN));
        _destination.freeze(ORIGIN, evidence);
        // Pausing and unpausing does not thaw.
        _destination.pause(ORIGIN);
        _destination.unpause(ORIGIN);
        vm.expectRevert(abi.encodeWithSelector(IGateway.RouteIsFrozen.selector, ORIGIN));
        _destination.deliver(ORIGIN, _message, proof);
        vm.expectEmit(address(_destination));
        emit IGateway.RouteUnfrozen(ORIGIN);
        _destination.unfreeze(ORIGIN);
        _destination.deliver(ORIGIN, _message, proof);
    }

    function test_RevertWhen_FreezingWithoutEvidence() external {
        vm.expectRevert();
        _destination.freeze(ORIGIN, "");
        vm.expectRevert(abi.encodeWithSelector(IGateway.UnknownRoute.selector, OTHER));
        _destination.freeze(OTHER, "");
        // Not even the owner or the guardian can do without.
        vm.prank(GUARDIAN);
        vm.expectRevert();
        _destination.freeze(ORIGIN, "");
        assertFalse(_destination.routeOf(ORIGIN).frozen, "frozen");
    }

    function test_scheduleVerifier() external {
        address other = account("verifier");
        uint48 activeFrom = uint48(block.timestamp) + DELAY;
        vm.expectEmit(address(_destination));
        emit IGateway.VerifierScheduled(ORIGIN, other, activeFrom);
        _destination.scheduleVerifier(ORIGIN, other);
        (address scheduled, uint48 from) = _destination.scheduledVerifier(ORIGIN);
        assertEq(scheduled, other, "scheduled");
        assertEq(from, activeFrom, "active from");
        vm.warp(activeFrom - 1);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.NotScheduled.selector, ORIGIN));
        _destination.applyVerifier(ORIGIN);
        assertEq(_destination.routeOf(ORIGIN).verifier, address(_verifier), "not yet");
        vm.warp(activeFrom);
        vm.expectEmit(address(_destination));
        emit IGateway.VerifierChanged(ORIGIN, other);
        vm.prank(SENDER);
        _destination.applyVerifier(ORIGIN);
        assertEq(_destination.routeOf(ORIGIN).verifier, other, "changed");
        vm.expectRevert(abi.encodeWithSelector(IGuarded.NotScheduled.selector, ORIGIN));
        _destination.applyVerifier(ORIGIN);
    }

    function test_scheduleVerifier_ReplacesAnEarlierOne() external {
        _destination.scheduleVerifier(ORIGIN, account("first"));
        vm.warp(block.timestamp + DELAY - 1);
        _destination.scheduleVerifier(ORIGIN, account("second"));
        vm.warp(block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.NotScheduled.selector, ORIGIN));
        _destination.applyVerifier(ORIGIN);
    }

    function test_cancelVerifier() external {
        _destination.scheduleVerifier(ORIGIN, account("verifier"));
        vm.expectEmit(address(_destination));
        emit IGateway.VerifierCancelled(ORIGIN, account("verifier"));
        vm.prank(GUARDIAN);
        _destination.cancelVerifier(ORIGIN);
        vm.warp(block.timestamp + DELAY);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.NotScheduled.selector, ORIGIN));
        _destination.applyVerifier(ORIGIN);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.NotScheduled.selector, ORIGIN));
        _destination.cancelVerifier(ORIGIN);
    }

    function test_RevertWhen_ScheduledVerifierIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(IGateway.InvalidRoute.selector, ORIGIN));
        _destination.scheduleVerifier(ORIGIN, address(0));
    }

    function test_ownership_IsHandedOverInTwoSteps() external {
        _destination.transferOwnership(SENDER);
        assertEq(_destination.owner(), address(this), "not yet");
        vm.prank(SENDER);
        _destination.acceptOwnership();
        assertEq(_destination.owner(), SENDER, "accepted");
    }

    function _refusesRoute(uint64 chainId, address gateway, address verifier) private {
        vm.expectRevert(abi.encodeWithSelector(IGateway.InvalidRoute.selector, chainId));
        _destination.openRoute(chainId, gateway, verifier);
    }

    function _refusesCaller(address caller, bytes memory call, bytes4 selector) private {
        vm.prank(caller);
        (bool done, bytes memory reason) = address(_destination).call(call);
        assertFalse(done, "done");
        assertEq(reason, abi.encodeWithSelector(selector, caller), "reason");
    }
}

contract GatewayLimitTest is GatewayFixture {
    IGateway.Message[] private _messages;

    function setUp() external {
        _deploy();
        for (uint256 i = 0; i < 8; ++i) _messages.push(_send(address(_recipient), abi.encode(i)));
    }

    function test_setLimit() external {
        vm.expectEmit(address(_destination));
        emit IGateway.LimitSet(ORIGIN, 2, 6);
        _destination.setLimit(ORIGIN, 2, 6);
        assertEq(_destination.routeOf(ORIGIN).burst, 2, "burst");
        assertEq(_destination.routeOf(ORIGIN).perMinute, 6, "per minute");
        _deliver(_messages[0]);
        _deliver(_messages[1]);
        _refuses(_messages[2], 10);
        vm.warp(block.timestamp + 9);
        _refuses(_messages[2], 1);
        vm.warp(block.timestamp + 1);
        _deliver(_messages[2]);
        _refuses(_messages[3], 10);
        // It fills up to the burst and no further.
        vm.warp(block.timestamp + 1 hours);
        _deliver(_messages[3]);
        _deliver(_messages[4]);
        _refuses(_messages[5], 10);
        _destination.setLimit(ORIGIN, 0, 0);
        _deliver(_messages[5]);
        _deliver(_messages[6]);
    }

    function test_setLimit_ThatNeverRefills() external {
        _destination.setLimit(ORIGIN, 1, 0);
        _deliver(_messages[0]);
        vm.warp(block.timestamp + 1000 days);
        _refuses(_messages[1], type(uint256).max);
    }

    function test_deliverBatch_UpToTheLimit() external {
        _destination.setLimit(ORIGIN, 3, 60);
        bytes memory proof = _prove(_messages);
        assertEq(_destination.deliverBatch(ORIGIN, _messages, proof, 0), 7, "three");
        vm.expectRevert(abi.encodeWithSelector(IGateway.RateLimited.selector, ORIGIN, 1));
        _destination.deliverBatch(ORIGIN, _messages, proof, 0);
        vm.warp(block.timestamp + 2);
        assertEq(_destination.deliverBatch(ORIGIN, _messages, proof, 2), 24, "two more");
        vm.warp(block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(IGateway.TooFewDelivered.selector, 1, 2));
        _destination.deliverBatch(ORIGIN, _messages, proof, 2);
    }

    function test_deliverBatch_DoesNotCountWhatIsRefused() external {
        _destination.setLimit(ORIGIN, 1, 60);
        IGateway.Message[] memory batch = new IGateway.Message[](3);
        batch[0] = _messages[0];
        batch[1] = _send(account("nobody"), "");
        batch[2] = _send(address(_recipient), "");
        _recipient.refuse(true);
        assertEq(_destination.deliverBatch(ORIGIN, batch, _prove(batch), 0), 0, "all refused");
        _recipient.refuse(false);
        batch[0] = _send(account("nobody"), "");
        (batch[0], batch[1], batch[2]) = (batch[1], batch[2], batch[0]);
        assertEq(_destination.deliverBatch(ORIGIN, batch, _prove(batch), 1), 2, "the one there was room for");
    }

    function test_deliverBatch_DoesNotCountWhatAMuteRecipientDelivers() external {
        _destination.setLimit(ORIGIN, 2, 60);
        MuteRecipient mute = new MuteRecipient();
        IGateway.Message[] memory batch = _one(_send(address(mute), "delivers another"));
        mute.prepare(abi.encodeCall(IGateway.deliver, (ORIGIN, _messages[0], _prove(_messages[0]))));
        assertEq(_destination.deliverBatch(ORIGIN, batch, _prove(batch), 0), 0, "refused");
        _deliver(_messages[0]);
        _deliver(_messages[1]);
        _refuses(_messages[2], 1);
    }

    function test_deliver_DoesNotCountWhatIsRefused() external {
        _destination.setLimit(ORIGIN, 1, 60);
        _recipient.refuse(true);
        assertFalse(_delivers(_messages[0], _prove(_messages[0])), "refused");
        _recipient.refuse(false);
        _deliver(_messages[0]);
    }

    function _refuses(IGateway.Message memory message, uint256 retrySeconds) private {
        bytes memory proof = _prove(message);
        vm.expectRevert(abi.encodeWithSelector(IGateway.RateLimited.selector, ORIGIN, retrySeconds));
        _destination.deliver(ORIGIN, message, proof);
    }
}
