// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CheckpointVerifier} from "../../../contracts/gateway/CheckpointVerifier.sol";
import {MerkleMultiProof} from "../../../contracts/gateway/MerkleMultiProof.sol";
import {ICheckpointVerifier} from "../../../contracts/interfaces/ICheckpointVerifier.sol";
import {IGateway} from "../../../contracts/interfaces/IGateway.sol";
import {IValidatorSets} from "../../../contracts/interfaces/IValidatorSets.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {GatewayFixture} from "./GatewayFixture.sol";

contract CheckpointProofTest is GatewayFixture {
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    /// @dev Where a proof's parts begin: index, threshold, count, three validators, two signatures, siblings.
    uint256 private constant SIGNATURES = 66;
    uint256 private constant SIBLINGS = 194;

    IGateway.Message[] private _messages;
    uint32[] private _nonces;
    bytes32[] private _proven;

    function setUp() external {
        _deploy();
        for (uint256 i = 0; i < 5; ++i) _messages.push(_send(address(_recipient), abi.encode(i)));
        (_nonces, _proven) = (new uint32[](1), new bytes32[](1));
        (_nonces[0], _proven[0]) = (3, _ids[3]);
    }

    function test_verify_WithAnyTwoOfThreeSignatures() external view {
        for (uint256 first = 0; first < 3; ++first) {
            for (uint256 second = first + 1; second < 3; ++second) _verify(_proofBy(first, second));
        }
    }

    function test_verify_TheOnlyMessageOfAnOutbox() external {
        (_nonces[0], _proven[0]) = (0, _ids[0]);
        bytes memory proof = _prove(_one(_messages[0]), 1);
        assertEq(proof.length, SIBLINGS, "no siblings");
        _verify(proof);
    }

    function test_RevertWhen_SignersAreOutOfOrderOrTheSame() external view {
        bytes memory proof = _proofBy(1, 0);
        _refusesSigner(proof, vm.addr(_keys[0]));
        _refusesSigner(_proofBy(1, 1), vm.addr(_keys[1]));
        _refusesSigner(_proofBy(2, 2), vm.addr(_keys[2]));
    }

    function test_RevertWhen_ASignerIsNoValidator() external {
        uint256 validator = _keys[1];
        IValidatorSets.ValidatorSet memory set = _set(2, _keys);
        _keys[1] = uint256(keccak256("stranger"));
        bytes memory signers = _signers(_rootOf(5), 4, 0, 1);
        address stranger = vm.addr(_keys[1]);
        _keys[1] = validator;
        // The stranger's signature with the set as it is.
        bytes memory proof = _proof(_one(_messages[3]), 5, _join(_packed(set), signers, 62));
        _refusesSigner(proof, stranger);
    }

    /// @dev A set of their own with their own signatures.
    function test_RevertWhen_TheSetIsAnother() external {
        uint256[] memory keys = _keys;
        for (uint256 i = 0; i < 3; ++i) _keys[i] = uint256(keccak256(abi.encode("stranger", i)));
        bytes memory proof = _proofBy(0, 1);
        _keys = keys;
        _refuses(proof, abi.encodeWithSelector(IValidatorSets.StaleValidators.selector, ORIGIN));
    }

    /// @dev The right validators, of whom fewer must sign.
    function test_RevertWhen_TheThresholdIsAnother() external view {
        bytes32 digest = _digest(ORIGIN, address(_origin), _rootOf(5), 4);
        bytes memory signers = abi.encodePacked(_packed(_set(1, _keys)), _signature(_keys[0], digest));
        bytes memory proof = _proof(_one(_messages[3]), 5, signers);
        _refuses(proof, abi.encodeWithSelector(IValidatorSets.StaleValidators.selector, ORIGIN));
        signers = _packed(_set(0, _keys));
        proof = _proof(_one(_messages[3]), 5, signers);
        _refuses(proof, abi.encodeWithSelector(IValidatorSets.StaleValidators.selector, ORIGIN));
    }

    function test_RevertWhen_NobodyVouchesForTheChain() external {
        bytes memory proof = _proofBy(0, 1);
        vm.expectRevert(abi.encodeWithSelector(IValidatorSets.UnknownChain.selector, 7));
        _verifier.verify(7, address(_origin), _nonces, _proven, proof);
    }

    function test_RevertWhen_ForAnotherGatewayOrChain() external {
        _verifier.initializeValidators(7, _set(2, _keys));
        bytes memory proof = _proofBy(0, 1);
        vm.expectRevert();
        _verifier.verify(7, address(_origin), _nonces, _proven, proof);
        vm.expectRevert();
        _verifier.verify(ORIGIN, address(_destination), _nonces, _proven, proof);
        _verify(proof);
    }

    /// @dev The other half of the curve: the same signer, in a form that EIP-2098 has no place for.
    function test_RevertWhen_ASignatureIsMalleated() external {
        bytes memory proof = _proofBy(0, 1);
        bytes32 vs;
        assembly {
            vs := mload(add(proof, add(32, 98)))
        }
        uint256 s = uint256(vs) & (type(uint256).max >> 1);
        bytes32 other = bytes32((ORDER - s) | ((uint256(vs) >> 255) ^ 1) << 255);
        assembly {
            mstore(add(proof, add(32, 98)), other)
        }
        vm.expectRevert();
        _verifier.verify(ORIGIN, address(_origin), _nonces, _proven, proof);
    }

    /// @dev What recovers to nobody is nobody's signature.
    function test_RevertWhen_ASignatureIsNone() external view {
        bytes memory proof = _proofBy(0, 1);
        for (uint256 i = 0; i < 64; ++i) proof[SIGNATURES + i] = 0;
        _refusesSigner(proof, address(0));
    }

    function testFuzz_RevertWhen_TheProofIsCutOrLengthened(uint256 length) external view {
        bytes memory proof = _proofBy(0, 1);
        length = bound(length, 0, proof.length + 64);
        if (length == proof.length) ++length;
        bytes memory other = new bytes(length);
        for (uint256 i = 0; i < length && i < proof.length; ++i) other[i] = proof[i];
        (bool done, bytes memory reason) = _tryVerify(other);
        assertFalse(done, "verified");
        bytes4 selector = length < SIBLINGS ? IValidatorSets.MalformedProof.selector : MerkleMultiProof.InvalidMultiProof.selector;
        // With as many bytes as another threshold or number of validators would need it is still another length.
        assertEq(bytes32(reason), bytes32(selector), "reason");
    }

    function test_RevertWhen_TheCheckpointIsOlderThanTheMessage() external view {
        bytes memory signers = _signers(_rootOf(3), 2, 0, 1);
        bytes memory proof = abi.encodePacked(uint32(2), signers, bytes32(0), bytes32(0));
        _refuses(proof, abi.encodeWithSelector(IValidatorSets.MalformedProof.selector));
    }

    function test_RevertWhen_NothingIsProven() external {
        bytes memory proof = _proofBy(0, 1);
        vm.expectRevert(IValidatorSets.MalformedProof.selector);
        _verifier.verify(ORIGIN, address(_origin), new uint32[](0), new bytes32[](0), proof);
        vm.expectRevert(IValidatorSets.MalformedProof.selector);
        _verifier.verify(ORIGIN, address(_origin), _nonces, new bytes32[](2), proof);
    }

    function test_proofKind() external view {
        assertEq(_verifier.proofKind(), bytes32("checkpoint"), "kind");
    }

    function testFuzz_checkpointDigest(uint64 chainId, address gateway, bytes32 root, uint32 index) external view {
        bytes32 digest = _digest(chainId, gateway, root, index);
        assertEq(_verifier.checkpointDigest(chainId, gateway, root, index), digest, "digest");
    }

    function _proofBy(uint256 first, uint256 second) private view returns (bytes memory) {
        return _proof(_one(_messages[3]), 5, _signers(_rootOf(5), 4, first, second));
    }

    /// @dev `head` and of `tail` what follows its first bytes.
    function _join(bytes memory head, bytes memory tail, uint256 skipped) private pure returns (bytes memory joined) {
        joined = new bytes(head.length + tail.length - skipped);
        for (uint256 i = 0; i < head.length; ++i) joined[i] = head[i];
        for (uint256 i = skipped; i < tail.length; ++i) joined[head.length + i - skipped] = tail[i];
    }

    function _verify(bytes memory proof) private view {
        _verifier.verify(ORIGIN, address(_origin), _nonces, _proven, proof);
    }

    function _tryVerify(bytes memory proof) private view returns (bool, bytes memory) {
        return
            address(_verifier).staticcall(
                abi.encodeWithSelector(_verifier.verify.selector, ORIGIN, address(_origin), _nonces, _proven, proof)
            );
    }

    function _refuses(bytes memory proof, bytes memory reason) private view {
        (bool done, bytes memory given) = _tryVerify(proof);
        assertFalse(done, "verified");
        assertEq(given, reason, "reason");
    }

    function _refusesSigner(bytes memory proof, address signer) private view {
        _refuses(proof, abi.encodeWithSelector(IValidatorSets.InvalidSigner.selector, signer));
    }
}

contract ContradictionTest is GatewayFixture {
    struct Signed {
        bytes32 root;
        uint32 index;
        bytes signers;
    }

    /// @dev Another history of the origin's outbox.
    bytes32[] private _others;
    uint256 private _first = 0;
    uint256 private _second = 1;

    function setUp() external {
        _deploy();
        for (uint256 i = 0; i < 7; ++i) {
            _send(address(_recipient), abi.encode(i));
            _others.push(i == 2 ? keccak256("another message") : _ids[i]);
        }
    }

    function test_verifyContradiction_OfTwoRootsAtOneIndex() external view {
        _shows(_twoRoots(3));
        _shows(_twoRoots(type(uint32).max));
    }

    /// @dev By whichever two signed either: the threshold makes them a majority that overlaps.
    function testFuzz_verifyContradiction_OfTwoLeavesAtOnePlace(uint256 a, uint256 b, uint256 signers) external {
        a = bound(a, 3, 7);
        b = bound(b, 3, 7);
        _first = signers % 2;
        _second = 2;
        _shows(_evidence(a, b, 2));
    }

    function test_verifyContradiction_FreezesWhenItsHistoriesDiffer() external {
        _destination.freeze(ORIGIN, _evidence(7, 3, 2));
        assertTrue(_destination.routeOf(ORIGIN).frozen, "frozen");
    }

    function test_RevertWhen_TheCheckpointsAgree() external view {
        _shows(_evidence(5, 7, 2));
        _refuses(_evidence(5, 7, 1), IValidatorSets.NoContradiction.selector);
        // The very same checkpoint twice.
        Signed memory signed = _signed(_rootOf(5), 4);
        bytes memory evidence = abi.encode(
            signed,
            signed,
            uint32(1),
            _ids[1],
            NaiveMerkle.branch(_idsUpTo(5), 3, 1),
            _ids[2],
            NaiveMerkle.branch(_idsUpTo(5), 3, 1)
        );
        _refuses(evidence, IValidatorSets.MalformedProof.selector);
    }

    /// @dev In the smaller tree a place past its index is empty, which contradicts nothing.
    function test_RevertWhen_ThePlaceIsPastACheckpoint() external view {
        bytes32[] memory few = _idsUpTo(5);
        bytes memory evidence = abi.encode(
            _signed(_rootOf(5), 4),
            _signed(_rootOf(7), 6),
            uint32(6),
            bytes32(0),
            NaiveMerkle.branch(few, 3, 6),
            _ids[6],
            NaiveMerkle.branch(_idsUpTo(7), 3, 6)
        );
        _refuses(evidence, IValidatorSets.NoContradiction.selector);
        evidence = abi.encode(
            _signed(_rootOf(7), 6),
            _signed(_rootOf(5), 4),
            uint32(6),
            _ids[6],
            NaiveMerkle.branch(_idsUpTo(7), 3, 6),
            bytes32(0),
            NaiveMerkle.branch(few, 3, 6)
        );
        _refuses(evidence, IValidatorSets.NoContradiction.selector);
    }

    function test_RevertWhen_ABranchLeadsElsewhere() external view {
        bytes32[] memory branchA = NaiveMerkle.branch(_idsUpTo(5), 3, 2);
        bytes32[] memory branchB = NaiveMerkle.branch(_othersUpTo(7), 3, 2);
        Signed memory a = _signed(_rootOf(5), 4);
        Signed memory b = _signed(NaiveMerkle.root(_othersUpTo(7), 3), 6);
        _shows(abi.encode(a, b, uint32(2), _ids[2], branchA, _others[2], branchB));
        bytes4 malformed = IValidatorSets.MalformedProof.selector;
        _refuses(abi.encode(a, b, uint32(3), _ids[2], branchA, _others[2], branchB), malformed);
        _refuses(abi.encode(a, b, uint32(2), keccak256("x"), branchA, _others[2], branchB), malformed);
        _refuses(abi.encode(a, b, uint32(2), _ids[2], branchA, keccak256("x"), branchB), malformed);
        _refuses(abi.encode(a, b, uint32(2), _ids[2], new bytes32[](2), _others[2], branchB), malformed);
        branchB[1] = 0;
        _refuses(abi.encode(a, b, uint32(2), _ids[2], branchA, _others[2], branchB), malformed);
    }

    /// @dev An inner node of one tree passed off as a leaf of a shorter one.
    function test_RevertWhen_ABranchIsShort() external view {
        bytes32[] memory ids = _idsUpTo(5);
        bytes32[] memory branch = NaiveMerkle.branch(ids, 3, 0);
        bytes32[] memory short = new bytes32[](2);
        (short[0], short[1]) = (branch[1], branch[2]);
        bytes32 inner = keccak256(abi.encode(ids[0], ids[1]));
        Signed memory a = _signed(_rootOf(5), 4);
        Signed memory b = _signed(_rootOf(7), 6);
        bytes32[] memory branchB = NaiveMerkle.branch(_idsUpTo(7), 3, 0);
        _refuses(
            abi.encode(a, b, uint32(0), inner, short, _ids[0], branchB),
            IValidatorSets.MalformedProof.selector
        );
    }

    function test_RevertWhen_EitherIsNotSigned() external view {
        bytes memory signers = _signers(keccak256("other"), 4, 0, 1);
        Signed memory forged = Signed(keccak256("forged"), 4, signers);
        Signed memory true_ = _signed(_rootOf(5), 4);
        bytes32[] memory none = new bytes32[](0);
        for (uint256 i = 0; i < 2; ++i) {
            (Signed memory a, Signed memory b) = i == 0 ? (forged, true_) : (true_, forged);
            (bool done, ) = _try(abi.encode(a, b, uint32(0), bytes32(0), none, bytes32(0), none));
            assertFalse(done, "shown");
        }
    }

    function test_RevertWhen_SignersHaveAnythingBehindThem() external view {
        Signed memory a = _signed(keccak256("a"), 4);
        Signed memory b = _signed(keccak256("b"), 4);
        bytes32[] memory none = new bytes32[](0);
        _shows(abi.encode(a, b, uint32(0), bytes32(0), none, bytes32(0), none));
        b.signers = abi.encodePacked(b.signers, uint8(0));
        _refuses(
            abi.encode(a, b, uint32(0), bytes32(0), none, bytes32(0), none),
            IValidatorSets.MalformedProof.selector
        );
        b.signers = hex"02";
        _refuses(
            abi.encode(a, b, uint32(0), bytes32(0), none, bytes32(0), none),
            IValidatorSets.MalformedProof.selector
        );
    }

    /// @dev Those who contradicted themselves are replaced before the route opens again.
    function test_RevertWhen_TheSetWasReplaced() external {
        bytes memory evidence = _evidence(5, 7, 2);
        _shows(evidence);
        uint256[] memory two = new uint256[](2);
        (two[0], two[1]) = (_keys[0], _keys[2]);
        _verifier.scheduleValidators(ORIGIN, _set(2, two));
        vm.warp(block.timestamp + DELAY);
        _verifier.applyValidators(ORIGIN);
        (bool done, bytes memory reason) = _try(evidence);
        assertFalse(done, "shown");
        assertEq(reason, abi.encodeWithSelector(IValidatorSets.StaleValidators.selector, ORIGIN), "reason");
    }

    function _evidence(uint256 a, uint256 b, uint32 place) private view returns (bytes memory) {
        bytes32[] memory others = _othersUpTo(b);
        return
            abi.encode(
                _signed(_rootOf(a), uint32(a - 1)),
                _signed(NaiveMerkle.root(others, _depthOf(b)), uint32(b - 1)),
                place,
                _ids[place],
                NaiveMerkle.branch(_idsUpTo(a), _depthOf(a), place),
                _others[place],
                NaiveMerkle.branch(others, _depthOf(b), place)
            );
    }

    function _signed(bytes32 root, uint32 index) private view returns (Signed memory) {
        return Signed(root, index, _signers(root, index, _first, _second));
    }

    function _othersUpTo(uint256 count) private view returns (bytes32[] memory others) {
        others = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) others[i] = _others[i];
    }

    function _shows(bytes memory evidence) private view {
        _verifier.verifyContradiction(ORIGIN, address(_origin), evidence);
    }

    function _try(bytes memory evidence) private view returns (bool, bytes memory) {
        return
            address(_verifier).staticcall(
                abi.encodeCall(_verifier.verifyContradiction, (ORIGIN, address(_origin), evidence))
            );
    }

    function _refuses(bytes memory evidence, bytes4 selector) private view {
        (bool done, bytes memory reason) = _try(evidence);
        assertFalse(done, "shown");
        assertEq(reason, abi.encodeWithSelector(selector), "reason");
    }
}
