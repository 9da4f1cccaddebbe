// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {Gateway} from "../../../contracts/gateway/Gateway.sol";
import {IGateway} from "../../../contracts/interfaces/IGateway.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {Test} from "../Test.sol";
import {RecordingRecipient} from "./Recipients.sol";

/// @title Two gateways that take each other for the gateway of another chain
/// @notice Both are on the one chain of a test, which changes its id to play the origin or the destination.
abstract contract GatewayFixture is Test {
    uint64 internal constant ORIGIN = 1001;
    uint64 internal constant DESTINATION = 1002;

    struct Delivery {
        IGateway.Message message;
        bytes32[32] branch;
        IGateway.Checkpoint checkpoint;
        bytes[] signatures;
    }

    address internal immutable SENDER = account("sender");

    Gateway internal _origin;
    Gateway internal _destination;
    RecordingRecipient internal _recipient;
    /// @dev Private keys of the origin's validators, by ascending address.
    uint256[] internal _keys;
    /// @dev The origin's outbox.
    bytes32[] internal _ids;

    function _deploy() internal {
        vm.chainId(ORIGIN);
        _origin = new Gateway(address(this));
        _destination = new Gateway(address(this));
        _recipient = new RecordingRecipient();
        _keys = _sortedKeys(3);
        address[] memory validators = _addresses(_keys);
        _origin.setRemote(DESTINATION, IGateway.Remote(address(_destination), 2, validators));
        vm.chainId(DESTINATION);
        _destination.setRemote(ORIGIN, IGateway.Remote(address(_origin), 2, validators));
    }

    /// @dev Sends a message and returns it as a relayer reads it back.
    function _send(address recipient, bytes memory payload) internal returns (IGateway.Message memory message) {
        vm.chainId(ORIGIN);
        bytes memory to = InteroperableAddress.formatEvmV1(DESTINATION, recipient);
        vm.prank(SENDER);
        _ids.push(_origin.sendMessage(to, payload, new bytes[](0)));
        vm.chainId(DESTINATION);
        bytes memory from = InteroperableAddress.formatEvmV1(ORIGIN, SENDER);
        return IGateway.Message(uint32(_ids.length - 1), from, to, payload);
    }

    /// @dev The message with its proof under the outbox as it is, signed by the first two validators.
    function _prove(IGateway.Message memory message) internal view returns (Delivery memory) {
        return _prove(message, _ids.length);
    }

    /// @dev The same under the outbox as it was with `count` messages.
    function _prove(IGateway.Message memory message, uint256 count) internal view returns (Delivery memory delivery) {
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = _ids[i];
        bytes32[] memory siblings = NaiveMerkle.branch(leaves, 32, message.nonce);
        for (uint256 i = 0; i < 32; ++i) delivery.branch[i] = siblings[i];
        delivery.message = message;
        delivery.checkpoint = IGateway.Checkpoint(NaiveMerkle.root(leaves, 32), uint32(count - 1));
        delivery.signatures = _sign(delivery.checkpoint, 0, 1);
    }

    function _sign(
        IGateway.Checkpoint memory checkpoint,
        uint256 first,
        uint256 second
    ) internal view returns (bytes[] memory signatures) {
        bytes32 digest = _digest(ORIGIN, address(_origin), checkpoint);
        signatures = new bytes[](2);
        signatures[0] = _signature(_keys[first], digest);
        signatures[1] = _signature(_keys[second], digest);
    }

    function _deliver(Delivery memory delivery) internal {
        _destination.deliver(delivery.message, delivery.branch, delivery.checkpoint, delivery.signatures);
    }

    /// @dev Whether a delivery goes through; it changes nothing when it does not.
    function _delivers(Delivery memory delivery) internal returns (bool done) {
        (done, ) = address(_destination).call(_calldata(delivery));
    }

    function _calldata(Delivery memory delivery) internal pure returns (bytes memory) {
        return
            abi.encodeCall(
                IGateway.deliver,
                (delivery.message, delivery.branch, delivery.checkpoint, delivery.signatures)
            );
    }

    function _signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev EIP-712, written out.
    function _digest(
        uint256 chainId,
        address gateway,
        IGateway.Checkpoint memory checkpoint
    ) internal pure returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Freshet Gateway"),
                keccak256("1"),
                chainId,
                gateway
            )
        );
        bytes32 type_ = keccak256("Checkpoint(bytes32 root,uint32 index)");
        bytes32 struct_ = keccak256(abi.encode(type_, checkpoint.root, checkpoint.index));
        return keccak256(abi.encodePacked(hex"1901", domain, struct_));
    }

    function _messageId(IGateway.Message memory message) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    message.nonce,
                    keccak256(message.sender),
                    keccak256(message.recipient),
                    keccak256(message.payload)
                )
            );
    }

    function _sortedKeys(uint256 count) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 key = uint256(keccak256(abi.encode("validator", i)));
            uint256 place = i;
            for (; place > 0 && vm.addr(keys[place - 1]) > vm.addr(key); --place) keys[place] = keys[place - 1];
            keys[place] = key;
        }
    }

    function _addresses(uint256[] memory keys) internal pure returns (address[] memory addresses) {
        addresses = new address[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) addresses[i] = vm.addr(keys[i]);
    }
}
