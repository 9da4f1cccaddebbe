// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {LogGateway} from "../../../contracts/gateway/LogGateway.sol";
import {IGateway} from "../../../contracts/interfaces/IGateway.sol";
import {Test} from "../Test.sol";
import {Vm} from "../Vm.sol";

contract LogGatewayTest is Test {
    uint64 private constant ORIGIN = 1001;
    uint64 private constant DESTINATION = 1002;

    address private immutable SENDER = account("sender");
    address private immutable RECIPIENT = account("recipient");

    LogGateway private _gateway;
    bytes private _to;

    function setUp() external {
        vm.chainId(ORIGIN);
        _gateway = new LogGateway(address(this), 1 days);
        _gateway.openRoute(DESTINATION, account("other gateway"), account("verifier"));
        _to = InteroperableAddress.formatEvmV1(DESTINATION, RECIPIENT);
    }

    function testFuzz_sendMessage(bytes calldata payload) external {
        bytes memory from = InteroperableAddress.formatEvmV1(ORIGIN, SENDER);
        for (uint32 nonce = 0; nonce < 3; ++nonce) {
            bytes32 id = _messageId(nonce, payload);
            vm.expectEmit(address(_gateway));
            emit IGateway.MessageInserted(id, nonce);
            vm.expectEmit(address(_gateway));
            emit IERC7786GatewaySource.MessageSent(id, from, _to, payload, 0, new bytes[](0));
            vm.prank(SENDER);
            assertEq(_gateway.sendMessage(_to, payload, new bytes[](0)), id, "send id");
        }
    }

    function test_sendMessage_LogsWhatVerifiersLookFor() external {
        vm.recordLogs();
        vm.prank(SENDER);
        bytes32 id = _gateway.sendMessage(_to, "payload", new bytes[](0));
        Vm.Log memory log = vm.getRecordedLogs()[0];
        assertEq(log.topics.length, 2, "topics");
        assertEq(log.topics[0], keccak256("MessageInserted(bytes32,uint32)"), "event");
        assertEq(log.topics[1], id, "id");
        assertEq(log.data, abi.encode(uint32(0)), "nonce");
    }

    function test_outbox() external {
        for (uint32 i = 0; i < 3; ++i) {
            (bytes32 root, uint32 count) = _gateway.outbox();
            assertEq(root, 0, "no root");
            assertEq(count, i, "count");
            _gateway.sendMessage(_to, "payload", new bytes[](0));
        }
    }

    function test_sendMessage_WritesTheNumberAndTheHashOfAGroup() external {
        bytes32 group;
        for (uint256 i = 0; i < 130; ++i) {
            vm.record();
            _gateway.sendMessage(_to, "payload", new bytes[](0));
            (, bytes32[] memory writes) = vm.accesses(address(_gateway));
            assertEq(writes.length, 2, "writes");
            assertTrue((writes[0] != group) == (i % 64 == 0), "a slot for each 64");
            group = writes[0];
        }
    }

    function test_announce_EveryMessageOfEveryGroup() external {
        // The third group is not full.
        bytes32[] memory ids = _sendMany(64 * 2 + 5);
        for (uint32 nonce = 0; nonce < ids.length; ++nonce) _announce(ids, nonce);
        // Again, by whom it may be.
        vm.prank(account("stranger"));
        _announce(ids, 0);
    }

    function test_announce_AsTheLastGroupGrows() external {
        bytes32[] memory ids = new bytes32[](65);
        for (uint32 i = 0; i < ids.length; ++i) {
            ids[i] = _sendOne(i);
            bytes32[] memory soFar = _first(ids, i + 1);
            _announce(soFar, i);
            _announce(soFar, i / 2);
        }
    }

    function test_announce_LeavesTheLogOfASendAndWritesNothing() external {
        bytes32[] memory ids = _sendMany(3);
        vm.recordLogs();
        vm.record();
        _gateway.announce(ids[1], 1, ids);
        (, bytes32[] memory writes) = vm.accesses(address(_gateway));
        assertEq(writes.length, 0, "writes");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "logs");
        assertEq(logs[0].emitter, address(_gateway), "emitter");
        assertEq(logs[0].topics.length, 2, "topics");
        assertEq(logs[0].topics[0], keccak256("MessageInserted(bytes32,uint32)"), "event");
        assertEq(logs[0].topics[1], ids[1], "id");
        assertEq(logs[0].data, abi.encode(uint32(1)), "nonce");
    }

    function testFuzz_announce(uint256 seed) external {
        bytes32[] memory ids = _sendMany(1 + (draw(seed, 1) % 140));
        uint32 nonce = uint32(draw(seed, 2) % ids.length);
        _announce(ids, nonce);
        // Any one thing that is wrong: the id, the number, an id beside it, too few or too many of them.
        uint256 fault = draw(seed, 3) % 6;
        bytes32[] memory group = _groupOf(ids, nonce);
        (bytes32 id, uint32 said) = (ids[nonce], nonce);
        uint256 place = draw(seed, 4) % group.length;
        bytes32 bit = bytes32(uint256(1) << (draw(seed, 5) % 256));
        if (fault == 0) id ^= bit;
        if (fault == 1) said = uint32(draw(seed, 6));
        if (fault == 1 && said == nonce) ++said;
        if (fault == 2) group[place] ^= bit;
        if (fault == 3) group = _first(group, place);
        if (fault == 4) group = _extended(group, draw(seed, 7));
        if (fault == 5) (group[nonce % 64], id) = (id ^ bit, id ^ bit);
        _refuses(id, said, group);
    }

    function test_RevertWhen_AnotherIdIsAnnouncedUnderANumber() external {
        bytes32[] memory ids = _sendMany(64 + 3);
        for (uint32 nonce = 0; nonce < ids.length; ++nonce) {
            uint32 other = (nonce + 1) % uint32(ids.length);
            _refuses(ids[other], nonce, _groupOf(ids, nonce));
            _refuses(ids[nonce], other, _groupOf(ids, other));
            _refuses(ids[nonce], other, _groupOf(ids, nonce));
        }
    }

    function test_RevertWhen_AnnouncedWhatWasNotSent() external {
        _refuses(0, 0, new bytes32[](0));
        bytes32[] memory ids = _sendMany(64);
        _refuses(0, 64, new bytes32[](0));
        _refuses(0, 64, new bytes32[](1));
        _refuses(ids[0], 64, ids);
        _refuses(ids[0], type(uint32).max, ids);
    }

    function test_RevertWhen_MoreWasSentOfAGroup() external {
        bytes32[] memory ids = _sendMany(5);
        _sendOne(5);
        _refuses(ids[2], 2, ids);
    }

    function test_announce_GasIsBounded() external {
        bytes32[] memory ids = _sendMany(64);
        uint256 before = gasleft();
        _gateway.announce(ids[63], 63, ids);
        // What a transaction and its data cost comes on top: 21,000 and 40 for each byte (EIP-7623) at the most.
        uint256 data = abi.encodeCall(IGateway.announce, (ids[63], 63, ids)).length;
        assertLe(before - gasleft() + 21_000 + 40 * data, 400_000, "gas at the worst place");
    }

    function test_RevertWhen_NoncesAreUsedUp() external {
        vm.record();
        _gateway.outbox();
        (bytes32[] memory reads, ) = vm.accesses(address(_gateway));
        vm.store(address(_gateway), reads[0], bytes32(uint256(type(uint32).max) | (uint256(DESTINATION) << 32)));
        // Panic 0x11: arithmetic overflow.
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        _gateway.sendMessage(_to, "payload", new bytes[](0));
    }

    function test_supportsAttribute() external view {
        assertFalse(_gateway.supportsAttribute(0), "none");
        assertFalse(_gateway.supportsAttribute(0x12345678), "any");
    }

    function test_RevertWhen_AttributesAreGiven() external {
        bytes[] memory attributes = new bytes[](1);
        attributes[0] = hex"12345678aa";
        vm.expectRevert(abi.encodeWithSelector(IERC7786GatewaySource.UnsupportedAttribute.selector, bytes4(0x12345678)));
        _gateway.sendMessage(_to, "", attributes);
        attributes[0] = hex"12";
        vm.expectRevert(abi.encodeWithSelector(IERC7786GatewaySource.UnsupportedAttribute.selector, bytes4(0x12000000)));
        _gateway.sendMessage(_to, "", attributes);
    }

    function test_RevertWhen_ValueIsSent() external {
        vm.expectRevert(IGateway.ValueNotSupported.selector);
        _gateway.sendMessage{value: 1}(_to, "", new bytes[](0));
    }

    function test_RevertWhen_ThereIsNoRoute() external {
        uint256[2] memory chains = [uint256(7), (uint256(1) << 64) + DESTINATION];
        for (uint256 i = 0; i < chains.length; ++i) {
            bytes memory to = InteroperableAddress.formatEvmV1(chains[i], RECIPIENT);
            vm.expectRevert(abi.encodeWithSelector(IGateway.UnknownRoute.selector, chains[i]));
            _gateway.sendMessage(to, "", new bytes[](0));
        }
    }

    function test_RevertWhen_ThereIsNoRouteAfterASend() external {
        _gateway.sendMessage(_to, "payload", new bytes[](0));
        bytes memory to = InteroperableAddress.formatEvmV1(7, RECIPIENT);
        vm.expectRevert(abi.encodeWithSelector(IGateway.UnknownRoute.selector, 7));
        _gateway.sendMessage(to, "", new bytes[](0));
        _gateway.sendMessage(_to, "payload", new bytes[](0));
        (, uint32 count) = _gateway.outbox();
        assertEq(count, 2, "sent where there is one");
    }

    function test_RevertWhen_TheFirstIsForChainZero() external {
        bytes memory to = InteroperableAddress.formatEvmV1(0, RECIPIENT);
        vm.expectRevert(abi.encodeWithSelector(IGateway.UnknownRoute.selector, 0));
        _gateway.sendMessage(to, "", new bytes[](0));
    }

    function test_RevertWhen_ThereIsNoRecipient() external {
        bytes memory to = InteroperableAddress.formatEvmV1(DESTINATION, address(0));
        vm.expectRevert(IGateway.NoRecipient.selector);
        _gateway.sendMessage(to, "", new bytes[](0));
    }

    function _sendOne(uint256 i) private returns (bytes32) {
        return _gateway.sendMessage(_to, abi.encode(i), new bytes[](0));
    }

    function _sendMany(uint256 count) private returns (bytes32[] memory ids) {
        ids = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) ids[i] = _sendOne(i);
    }

    function _announce(bytes32[] memory ids, uint32 nonce) private {
        bytes32[] memory group = _groupOf(ids, nonce);
        vm.expectEmit(address(_gateway));
        emit IGateway.MessageInserted(ids[nonce], nonce);
        _gateway.announce(ids[nonce], nonce, group);
    }

    function _refuses(bytes32 id, uint32 nonce, bytes32[] memory evidence) private {
        vm.expectRevert(abi.encodeWithSelector(IGateway.NotSent.selector, id, nonce));
        _gateway.announce(id, nonce, evidence);
    }

    /// @dev Ids of the messages sent so far whose nonces divided by 64 give the same.
    function _groupOf(bytes32[] memory ids, uint32 nonce) private pure returns (bytes32[] memory group) {
        uint256 first = (nonce / 64) * 64;
        uint256 count = ids.length - first < 64 ? ids.length - first : 64;
        group = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) group[i] = ids[first + i];
    }

    function _first(bytes32[] memory ids, uint256 count) private pure returns (bytes32[] memory some) {
        some = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) some[i] = ids[i];
    }

    function _extended(bytes32[] memory ids, uint256 last) private pure returns (bytes32[] memory more) {
        more = new bytes32[](ids.length + 1);
        for (uint256 i = 0; i < ids.length; ++i) more[i] = ids[i];
        more[ids.length] = bytes32(last);
    }

    /// @dev Both chains, sender, recipient, nonce and hash of the payload, packed.
    function _messageId(uint32 nonce, bytes memory payload) private view returns (bytes32) {
        return keccak256(abi.encodePacked(ORIGIN, DESTINATION, SENDER, RECIPIENT, nonce, keccak256(payload)));
    }
}
