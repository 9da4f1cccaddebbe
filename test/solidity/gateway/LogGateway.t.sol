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

    function test_sendMessage_WritesOneSlot() external {
        vm.record();
        _gateway.sendMessage(_to, "payload", new bytes[](0));
        (, bytes32[] memory writes) = vm.accesses(address(_gateway));
        assertEq(writes.length, 1, "writes");
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

    /// @dev Both chains, sender, recipient, nonce and hash of the payload, packed.
    function _messageId(uint32 nonce, bytes memory payload) private view returns (bytes32) {
        return keccak256(abi.encodePacked(ORIGIN, DESTINATION, SENDER, RECIPIENT, nonce, keccak256(payload)));
    }
}
