// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {CheckpointVerifier} from "../../../contracts/gateway/CheckpointVerifier.sol";
import {Gateway} from "../../../contracts/gateway/Gateway.sol";
import {ICheckpointVerifier} from "../../../contracts/interfaces/ICheckpointVerifier.sol";
import {IGateway} from "../../../contracts/interfaces/IGateway.sol";
import {IValidatorSets} from "../../../contracts/interfaces/IValidatorSets.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {Test} from "../Test.sol";
import {RecordingRecipient} from "./Recipients.sol";

/// @title Two gateways with a route to each other, and what a relayer knows
/// @notice Both are on the one chain of a test, which changes its id to play the origin or the destination.
abstract contract GatewayFixture is Test {
    uint64 internal constant ORIGIN = 1001;
    uint64 internal constant DESTINATION = 1002;
    uint48 internal constant DELAY = 1 days;

    address internal immutable SENDER = account("sender");
    address internal immutable GUARDIAN = account("guardian");

    Gateway internal _origin;
    Gateway internal _destination;
    /// @dev Of both gateways.
    CheckpointVerifier internal _verifier;
    RecordingRecipient internal _recipient;
    /// @dev Private keys of the origin's three validators, by ascending address; two must sign.
    uint256[] internal _keys;
    /// @dev The origin's outbox.
    bytes32[] internal _ids;

    function _deploy() internal {
        vm.chainId(ORIGIN);
        _origin = _newGateway();
        _destination = _newGateway();
        _verifier = new CheckpointVerifier(address(this), DELAY);
        _recipient = new RecordingRecipient();
        _keys = _sortedKeys(3);
        _verifier.initializeValidators(ORIGIN, _set(2, _keys));
        _verifier.setGuardian(GUARDIAN);
        _origin.openRoute(DESTINATION, address(_destination), address(_verifier));
        vm.chainId(DESTINATION);
        _destination.openRoute(ORIGIN, address(_origin), address(_verifier));
        _destination.setGuardian(GUARDIAN);
    }

    function _newGateway() internal virtual returns (Gateway) {
        return new Gateway(address(this), DELAY);
    }

    /// @dev Sends a message and returns it as a relayer reads it back.
    function _send(address recipient, bytes memory payload) internal returns (IGateway.Message memory message) {
        vm.chainId(ORIGIN);
        bytes memory to = InteroperableAddress.formatEvmV1(DESTINATION, recipient);
        vm.prank(SENDER);
        _ids.push(_origin.sendMessage(to, payload, new bytes[](0)));
        vm.chainId(DESTINATION);
        return IGateway.Message(uint32(_ids.length - 1), SENDER, recipient, payload);
    }

    /// @dev A message's proof under the outbox as it is, signed by the first two validators.
    function _prove(IGateway.Message memory message) internal view returns (bytes memory) {
        return _prove(_one(message), _ids.length);
    }

    function _prove(IGateway.Message[] memory messages) internal view returns (bytes memory) {
        return _prove(messages, _ids.length);
    }

    /// @dev The same under the outbox as it was with `count` messages.
    function _prove(IGateway.Message[] memory messages, uint256 count) internal view returns (bytes memory) {
        return _proof(messages, count, _signers(_rootOf(count), uint32(count - 1), 0, 1));
    }

    function _proof(
        IGateway.Message[] memory messages,
        uint256 count,
        bytes memory signers
    ) internal view returns (bytes memory) {
        uint32[] memory nonces = new uint32[](messages.length);
        for (uint256 i = 0; i < nonces.length; ++i) nonces[i] = messages[i].nonce;
        bytes32[] memory siblings = NaiveMerkle.multiProof(_idsUpTo(count), _depthOf(count), nonces);
        return abi.encodePacked(uint32(count - 1), signers, siblings);
    }

    /// @dev Threshold, set and signatures of two validators of the origin.
    function _signers(bytes32 root, uint32 index, uint256 first, uint256 second) internal view returns (bytes memory) {
        bytes32 digest = _digest(ORIGIN, address(_origin), root, index);
        bytes memory signatures = abi.encodePacked(_signature(_keys[first], digest), _signature(_keys[second], digest));
        return abi.encodePacked(_packed(_set(2, _keys)), signatures);
    }

    /// @dev A set as proofs hold it.
    function _packed(IValidatorSets.ValidatorSet memory set) internal pure returns (bytes memory packed) {
        packed = abi.encodePacked(set.threshold, uint8(set.validators.length));
        for (uint256 i = 0; i < set.validators.length; ++i) packed = abi.encodePacked(packed, set.validators[i]);
    }

    function _deliver(IGateway.Message memory message) internal {
        _destination.deliver(ORIGIN, message, _prove(message));
    }

    /// @dev Whether a delivery goes through; it changes nothing when it does not.
    function _delivers(IGateway.Message memory message, bytes memory proof) internal returns (bool done) {
        (done, ) = address(_destination).call(abi.encodeCall(IGateway.deliver, (ORIGIN, message, proof)));
    }

    function _one(IGateway.Message memory message) internal pure returns (IGateway.Message[] memory messages) {
        messages = new IGateway.Message[](1);
        messages[0] = message;
    }

    /// @dev EIP-2098.
    function _signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
    }

    /// @dev EIP-712, written out.
    function _digest(uint64 chainId, address gateway, bytes32 root, uint32 index) internal pure returns (bytes32) {
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
        bytes32 struct_ = keccak256(abi.encode(type_, root, index));
        return keccak256(abi.encodePacked(hex"1901", domain, struct_));
    }

    function _messageId(IGateway.Message memory message) internal pure returns (bytes32) {
        bytes32 hash = keccak256(message.payload);
        return
            keccak256(
                abi.encodePacked(ORIGIN, DESTINATION, message.sender, message.recipient, message.nonce, hash)
            );
    }

    /// @dev Root of the origin's outbox as it was with `count` messages.
    function _rootOf(uint256 count) internal view returns (bytes32) {
        return NaiveMerkle.root(_idsUpTo(count), _depthOf(count));
    }

    function _idsUpTo(uint256 count) internal view returns (bytes32[] memory ids) {
        ids = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) ids[i] = _ids[i];
    }

    function _depthOf(uint256 count) internal pure returns (uint256 depth) {
        while (uint256(1) << depth < count) ++depth;
    }

    function _set(
        uint8 threshold,
        uint256[] memory keys
    ) internal pure returns (IValidatorSets.ValidatorSet memory set) {
        set = IValidatorSets.ValidatorSet(threshold, new address[](keys.length));
        for (uint256 i = 0; i < keys.length; ++i) set.validators[i] = vm.addr(keys[i]);
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

    /// @dev Evidence of two checkpoints with the same index.
    function _twoRoots(uint32 index) internal view returns (bytes memory) {
        (bytes32 a, bytes32 b) = (keccak256("a"), keccak256("b"));
        return
            abi.encode(
                ICheckpointVerifier.SignedCheckpoint(a, index, _signers(a, index, 0, 1)),
                ICheckpointVerifier.SignedCheckpoint(b, index, _signers(b, index, 1, 2)),
                uint32(0),
                bytes32(0),
                new bytes32[](0),
                bytes32(0),
                new bytes32[](0)
            );
    }
}
