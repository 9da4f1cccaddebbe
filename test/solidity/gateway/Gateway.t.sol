// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {IGateway} from "../../../contracts/interfaces/IGateway.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {GatewayFixture} from "./GatewayFixture.sol";
import {MuteRecipient, RecordingRecipient, ReentrantRecipient} from "./Recipients.sol";

contract GatewaySendTest is GatewayFixture {
    function setUp() external {
        _deploy();
        vm.chainId(ORIGIN);
    }

    function test_sendMessage() external {
        bytes memory to = InteroperableAddress.formatEvmV1(DESTINATION, address(_recipient));
        bytes memory from = InteroperableAddress.formatEvmV1(ORIGIN, SENDER);
        bytes32[] memory ids = new bytes32[](3);
        for (uint32 nonce = 0; nonce < 3; ++nonce) {
            bytes memory payload = abi.encode("payload", nonce);
            ids[nonce] = _messageId(IGateway.Message(nonce, from, to, payload));
            vm.expectEmit(address(_origin));
            emit IGateway.MessageInserted(ids[nonce], nonce);
            vm.expectEmit(address(_origin));
            emit IERC7786GatewaySource.MessageSent(ids[nonce], from, to, payload, 0, new bytes[](0));
            vm.prank(SENDER);
            assertEq(_origin.sendMessage(to, payload, new bytes[](0)), ids[nonce], "send id");
        }
        (bytes32 root, uint32 count) = _origin.outbox();
        assertEq(root, NaiveMerkle.root(ids, 32), "root");
        assertEq(count, 3, "count");
    }

    function test_outbox_OfNoMessages() external view {
        (bytes32 root, uint32 count) = _origin.outbox();
        assertEq(root, NaiveMerkle.root(new bytes32[](0), 32), "root");
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

    function test_RevertWhen_RemoteIsUnknown() external {
        bytes memory to = InteroperableAddress.formatEvmV1(7, address(_recipient));
        vm.expectRevert(abi.encodeWithSelector(IGateway.UnknownRemote.selector, 7));
        _origin.sendMessage(to, "", new bytes[](0));
        // A chain id of more than 64 bits is not one of 64 bits.
        uint256 large = (uint256(1) << 64) + DESTINATION;
        to = InteroperableAddress.formatEvmV1(large, address(_recipient));
        vm.expectRevert(abi.encodeWithSelector(IGateway.UnknownRemote.selector, large));
        _origin.sendMessage(to, "", new bytes[](0));
    }
}

contract GatewayDeliverTest is GatewayFixture {
    Delivery private _delivery;

    function setUp() external {
        _deploy();
        _send(address(_recipient), "first");
        IGateway.Message memory message = _send(address(_recipient), "second");
        _send(address(_recipient), "third");
        _store(_prove(message));
    }

    function test_deliver() external {
        Delivery memory delivery = _delivery;
        vm.expectEmit(address(_destination));
        emit IGateway.MessageDelivered(_ids[1], ORIGIN, 1, address(_recipient));
        vm.prank(account("anyone"));
        _deliver(delivery);
        assertTrue(_destination.isDelivered(_ids[1]), "delivered");
        assertFalse(_destination.isDelivered(_ids[0]), "others are not");
        assertEq(_recipient.times(_ids[1]), 1, "received once");
        assertEq(_recipient.lastSender(), InteroperableAddress.formatEvmV1(ORIGIN, SENDER), "sender");
        assertEq(_recipient.lastPayload(), "second", "payload");
    }

    function test_deliver_InAnyOrderUnderOneCheckpoint() external {
        IGateway.Message memory last = _send(address(_recipient), "last");
        _deliver(_prove(last));
        Delivery memory second = _prove(_delivery.message);
        _deliver(second);
        assertTrue(_destination.isDelivered(_ids[3]) && _destination.isDelivered(_ids[1]), "both");
    }

    function test_deliver_UnderEveryCheckpointThatHoldsIt() external {
        for (uint256 count = 4; count < 9; ++count) {
            IGateway.Message memory message = _send(address(_recipient), abi.encode(count));
            assertEq(message.nonce, count - 1, "nonce");
            _deliver(_prove(message, count));
        }
    }

    function test_deliver_WithAnyTwoOfThreeSignatures() external {
        for (uint256 first = 0; first < 3; ++first) {
            for (uint256 second = first + 1; second < 3; ++second) {
                Delivery memory delivery = _prove(_send(address(_recipient), abi.encode(first, second)));
                delivery.signatures = _sign(delivery.checkpoint, first, second);
                _deliver(delivery);
            }
        }
    }

    function test_deliver_IgnoresSignaturesPastTheThreshold() external {
        Delivery memory delivery = _delivery;
        bytes[] memory signatures = new bytes[](3);
        (signatures[0], signatures[1], signatures[2]) = (delivery.signatures[0], delivery.signatures[1], hex"00");
        delivery.signatures = signatures;
        _deliver(delivery);
    }

    function test_RevertWhen_Replayed() external {
        Delivery memory delivery = _delivery;
        _deliver(delivery);
        vm.expectRevert(abi.encodeWithSelector(IGateway.AlreadyDelivered.selector, _ids[1]));
        _deliver(delivery);
        // Nor under another checkpoint.
        _send(address(_recipient), "another");
        delivery = _prove(delivery.message);
        vm.expectRevert(abi.encodeWithSelector(IGateway.AlreadyDelivered.selector, _ids[1]));
        _deliver(delivery);
        assertEq(_recipient.times(_ids[1]), 1, "received once");
    }

    function test_RevertWhen_ForAnotherChain() external {
        Delivery memory delivery = _delivery;
        vm.chainId(7);
        vm.expectRevert(abi.encodeWithSelector(IGateway.WrongDestination.selector, DESTINATION));
        _deliver(delivery);
    }

    function test_RevertWhen_OriginIsUnknown() external {
        Delivery memory delivery = _delivery;
        // The same outbox under the name of another chain.
        vm.chainId(ORIGIN + 7);
        _ids.pop();
        bytes memory from = InteroperableAddress.formatEvmV1(ORIGIN + 7, SENDER);
        delivery.message = IGateway.Message(2, from, delivery.message.recipient, "forged");
        _ids.push(_messageId(delivery.message));
        vm.chainId(DESTINATION);
        delivery = _prove(delivery.message);
        vm.expectRevert(abi.encodeWithSelector(IGateway.UnknownRemote.selector, ORIGIN + 7));
        _deliver(delivery);
    }

    function test_RevertWhen_CheckpointIsTooOld() external {
        Delivery memory delivery = _delivery;
        delivery.checkpoint.index = 0;
        vm.expectRevert(abi.encodeWithSelector(IGateway.CheckpointTooOld.selector, 1, 0));
        _deliver(delivery);
    }

    function test_RevertWhen_BranchIsWrong() external {
        Delivery memory delivery = _delivery;
        delivery.branch[31] = bytes32(uint256(1));
        vm.expectRevert(abi.encodeWithSelector(IGateway.InvalidProof.selector, _ids[1]));
        _deliver(delivery);
    }

    function test_RevertWhen_TooFewSignatures() external {
        Delivery memory delivery = _delivery;
        bytes[] memory one = new bytes[](1);
        one[0] = delivery.signatures[0];
        delivery.signatures = one;
        vm.expectRevert(abi.encodeWithSelector(IGateway.NotEnoughSignatures.selector, 1, 2));
        _deliver(delivery);
        delivery.signatures = new bytes[](0);
        vm.expectRevert(abi.encodeWithSelector(IGateway.NotEnoughSignatures.selector, 0, 2));
        _deliver(delivery);
    }

    function test_RevertWhen_SignerIsNoValidator() external {
        Delivery memory delivery = _delivery;
        bytes32 digest = _digest(ORIGIN, address(_origin), delivery.checkpoint);
        delivery.signatures[1] = _signature(12345, digest);
        vm.expectRevert(abi.encodeWithSelector(IGateway.InvalidSigner.selector, vm.addr(12345)));
        _deliver(delivery);
    }

    function test_RevertWhen_TheSameValidatorSignsTwice() external {
        Delivery memory delivery = _delivery;
        delivery.signatures = _sign(delivery.checkpoint, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IGateway.InvalidSigner.selector, vm.addr(_keys[1])));
        _deliver(delivery);
    }

    function test_RevertWhen_SignaturesAreUnsorted() external {
        Delivery memory delivery = _delivery;
        delivery.signatures = _sign(delivery.checkpoint, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IGateway.InvalidSigner.selector, vm.addr(_keys[0])));
        _deliver(delivery);
    }

    function test_RevertWhen_SignedForAnotherGatewayOrChain() external {
        Delivery memory delivery = _delivery;
        delivery.signatures[0] = _signature(_keys[0], _digest(ORIGIN, address(_destination), delivery.checkpoint));
        assertFalse(_delivers(delivery), "another gateway");
        delivery.signatures[0] = _signature(_keys[0], _digest(DESTINATION, address(_origin), delivery.checkpoint));
        assertFalse(_delivers(delivery), "another chain");
    }

    function test_RevertWhen_SignatureHasAnotherForm() external {
        Delivery memory delivery = _delivery;
        delivery.signatures[1] = hex"1234";
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, 2));
        _deliver(delivery);
        // The other of the two signatures that recover to the same address.
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keys[1], _digest(ORIGIN, address(_origin), delivery.checkpoint));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes32 other = bytes32(order - uint256(s));
        delivery.signatures[1] = abi.encodePacked(r, other, v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, other));
        _deliver(delivery);
    }

    function test_RevertWhen_ValidatorWasReplaced() external {
        Delivery memory delivery = _delivery;
        address[] memory validators = new address[](2);
        (validators[0], validators[1]) = (vm.addr(_keys[1]), vm.addr(_keys[2]));
        _destination.setRemote(ORIGIN, IGateway.Remote(address(_origin), 2, validators));
        vm.expectRevert(abi.encodeWithSelector(IGateway.InvalidSigner.selector, vm.addr(_keys[0])));
        _deliver(delivery);
        delivery.signatures = _sign(delivery.checkpoint, 1, 2);
        _deliver(delivery);
    }

    function test_RevertWhen_RecipientReverts() external {
        Delivery memory delivery = _delivery;
        _recipient.refuse(true);
        vm.expectRevert(RecordingRecipient.Refused.selector);
        _deliver(delivery);
        assertFalse(_destination.isDelivered(_ids[1]), "not processed");
        // It can be delivered again later.
        _recipient.refuse(false);
        _deliver(delivery);
        assertEq(_recipient.times(_ids[1]), 1, "received");
    }

    function test_RevertWhen_RecipientAnswersOtherwise() external {
        MuteRecipient mute = new MuteRecipient();
        Delivery memory delivery = _prove(_send(address(mute), ""));
        vm.expectRevert(abi.encodeWithSelector(IGateway.InvalidRecipient.selector, address(mute)));
        _deliver(delivery);
    }

    function test_RevertWhen_RecipientHasNoCode() external {
        Delivery memory delivery = _prove(_send(account("nobody"), ""));
        assertFalse(_delivers(delivery), "no code");
    }

    function test_deliver_IsNotReentered() external {
        ReentrantRecipient reentrant = new ReentrantRecipient();
        Delivery memory delivery = _prove(_send(address(reentrant), ""));
        reentrant.prepare(_calldata(delivery));
        _deliver(delivery);
        assertEq(reentrant.received(), 1, "received once");
        bytes memory refusal = abi.encodeWithSelector(IGateway.AlreadyDelivered.selector, _messageId(delivery.message));
        assertEq(reentrant.answer(), refusal, "refused inside");
    }

    function testFuzz_RevertWhen_OneBitOfTheMessageChanges(uint256 field, uint256 bit) external {
        Delivery memory delivery = _delivery;
        field %= 4;
        if (field == 0) delivery.message.nonce ^= uint32(1) << uint32(bit % 32);
        else if (field == 1) _flip(delivery.message.sender, bit);
        else if (field == 2) _flip(delivery.message.recipient, bit);
        else _flip(delivery.message.payload, bit);
        assertFalse(_delivers(delivery), "refused");
    }

    function testFuzz_RevertWhen_OneBitOfTheBranchChanges(uint256 level, uint256 bit) external {
        Delivery memory delivery = _delivery;
        delivery.branch[level % 32] ^= bytes32(uint256(1) << (bit % 256));
        assertFalse(_delivers(delivery), "refused");
    }

    function testFuzz_RevertWhen_OneBitOfTheCheckpointChanges(uint256 bit) external {
        Delivery memory delivery = _delivery;
        bit %= 288;
        if (bit < 256) delivery.checkpoint.root ^= bytes32(uint256(1) << bit);
        else delivery.checkpoint.index ^= uint32(1) << uint32(bit - 256);
        assertFalse(_delivers(delivery), "refused");
    }

    function testFuzz_RevertWhen_OneBitOfASignatureChanges(uint256 signature, uint256 bit) external {
        Delivery memory delivery = _delivery;
        _flip(delivery.signatures[signature % 2], bit);
        assertFalse(_delivers(delivery), "refused");
    }

    /// @dev Many messages in and all of them out, in a shuffled order, under one checkpoint.
    function test_deliver_EveryMessageOfAnOutbox() external {
        IGateway.Message[] memory messages = new IGateway.Message[](20);
        for (uint256 i = 0; i < messages.length; ++i) messages[i] = _send(address(_recipient), abi.encode(i));
        for (uint256 i = 0; i < messages.length; ++i) _deliver(_prove(messages[(i * 7) % messages.length]));
        for (uint256 i = 3; i < _ids.length; ++i) assertEq(_recipient.times(_ids[i]), 1, "once");
    }

    function _flip(bytes memory data, uint256 bit) private pure {
        bit %= data.length * 8;
        data[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
    }

    function _store(Delivery memory delivery) private {
        _delivery.message = delivery.message;
        _delivery.branch = delivery.branch;
        _delivery.checkpoint = delivery.checkpoint;
        delete _delivery.signatures;
        for (uint256 i = 0; i < 2; ++i) _delivery.signatures.push(delivery.signatures[i]);
    }
}

contract GatewayRemoteTest is GatewayFixture {
    uint64 private constant OTHER = 1003;

    address[] private _validators;

    function setUp() external {
        _deploy();
        _validators = _addresses(_keys);
    }

    function test_setRemote() external {
        IGateway.Remote memory remote = IGateway.Remote(address(_origin), 3, _validators);
        vm.expectEmit(address(_destination));
        emit IGateway.RemoteSet(OTHER, address(_origin), 3, _validators);
        _destination.setRemote(OTHER, remote);
        assertEq(abi.encode(_destination.remoteOf(OTHER)), abi.encode(remote), "remote");
        // A shorter list replaces a longer one whole.
        remote.threshold = 1;
        remote.validators = new address[](1);
        remote.validators[0] = account("validator");
        _destination.setRemote(OTHER, remote);
        assertEq(abi.encode(_destination.remoteOf(OTHER)), abi.encode(remote), "replaced");
    }

    function test_RevertWhen_CallerIsNotTheOwner() external {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, SENDER));
        vm.prank(SENDER);
        _destination.setRemote(OTHER, IGateway.Remote(address(_origin), 2, _validators));
    }

    function test_ownership_IsHandedOverInTwoSteps() external {
        _destination.transferOwnership(SENDER);
        assertEq(_destination.owner(), address(this), "not yet");
        vm.prank(SENDER);
        _destination.acceptOwnership();
        assertEq(_destination.owner(), SENDER, "accepted");
    }

    function test_RevertWhen_RemoteIsThisChain() external {
        _refuses(DESTINATION, IGateway.Remote(address(_origin), 2, _validators));
    }

    function test_RevertWhen_GatewayIsZero() external {
        _refuses(OTHER, IGateway.Remote(address(0), 2, _validators));
    }

    function test_RevertWhen_ThresholdIsOutOfRange() external {
        _refuses(OTHER, IGateway.Remote(address(_origin), 0, _validators));
        _refuses(OTHER, IGateway.Remote(address(_origin), 4, _validators));
        _refuses(OTHER, IGateway.Remote(address(_origin), 1, new address[](0)));
    }

    function test_RevertWhen_ValidatorsDoNotAscend() external {
        (_validators[0], _validators[1]) = (_validators[1], _validators[0]);
        _refuses(OTHER, IGateway.Remote(address(_origin), 2, _validators));
    }

    function test_RevertWhen_ValidatorIsNamedTwiceOrZero() external {
        address first = _validators[0];
        _validators[0] = _validators[1];
        _refuses(OTHER, IGateway.Remote(address(_origin), 2, _validators));
        _validators[0] = address(0);
        _refuses(OTHER, IGateway.Remote(address(_origin), 2, _validators));
        _validators[0] = first;
        _destination.setRemote(OTHER, IGateway.Remote(address(_origin), 2, _validators));
    }

    function testFuzz_checkpointDigest(bytes32 root, uint32 index) external {
        IGateway.Checkpoint memory checkpoint = IGateway.Checkpoint(root, index);
        bytes32 digest = _digest(ORIGIN, address(_origin), checkpoint);
        assertEq(_destination.checkpointDigest(ORIGIN, checkpoint), digest, "of a remote");
        vm.chainId(ORIGIN);
        assertEq(_origin.checkpointDigest(ORIGIN, checkpoint), digest, "of this chain");
        vm.chainId(DESTINATION);
    }

    function test_RevertWhen_DigestOfAnUnknownRemoteIsAsked() external {
        vm.expectRevert(abi.encodeWithSelector(IGateway.UnknownRemote.selector, OTHER));
        _destination.checkpointDigest(OTHER, IGateway.Checkpoint(0, 0));
    }

    function _refuses(uint64 chainId, IGateway.Remote memory remote) private {
        vm.expectRevert(abi.encodeWithSelector(IGateway.InvalidRemote.selector, chainId));
        _destination.setRemote(chainId, remote);
    }
}
