// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {TrieProof} from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";

import {IHeaderVerifier} from "../../../contracts/interfaces/IHeaderVerifier.sol";
import {IValidatorSets} from "../../../contracts/interfaces/IValidatorSets.sol";
import {HeaderFixture} from "./HeaderFixture.sol";

contract HeaderVerifyTest is HeaderFixture {
    uint256 private constant MESSAGES = 6;

    function setUp() external {
        _deploy();
    }

    function test_headerDigest() external view {
        bytes32 digest = _verifier.headerDigest(_chain, _gateway, _hash(".block.hash"), uint64(_uint(".block.number")));
        assertEq(digest, _hash(".block.digest"), "digest");
    }

    function test_proofKind() external view {
        assertEq(_verifier.proofKind(), bytes32("header"), "kind");
    }

    function test_verify() external view {
        for (uint256 i = 0; i < MESSAGES; ++i) _verify(_claim(".messages", i));
        assertFalse(_has(".messages", MESSAGES), "no more messages");
    }

    function test_verify_ManyUnderOneHeader() external view {
        _verify(_batch(".messages", ".batch"));
    }

    function test_verify_InALargeBlock() external view {
        Claim memory claim = _batch(".large.messages", ".large.batch");
        assertEq(claim.ids.length, 3, "on both sides of place 127");
        _verify(claim);
    }

    function test_RevertWhen_TheLogIsNotTheMessages() external {
        uint256 count = 0;
        for (; _has(".forged", count); ++count) {
            Claim memory claim = _claim(".forged", count);
            vm.expectRevert(abi.encodeWithSelector(IHeaderVerifier.NoSuchLog.selector, claim.ids[0]));
            _verify(claim);
        }
        assertEq(count, 10, "forgeries");
    }

    function test_RevertWhen_ForAnotherGateway() external {
        Claim memory claim = _claim(".messages", 0);
        // Validators sign for one gateway; the signer of this digest is anyone.
        assertFalse(_passes(_chain, account("other gateway"), claim), "refused");
        // Where they attested the block for another gateway as well, that one did not send the message.
        claim.proof = _resigned(claim.proof, _digest(_chain, account("other gateway")));
        vm.expectRevert(abi.encodeWithSelector(IHeaderVerifier.NoSuchLog.selector, claim.ids[0]));
        _verifier.verify(_chain, account("other gateway"), claim.nonces, claim.ids, claim.proof);
    }

    function test_RevertWhen_ForAnotherChain() external {
        Claim memory claim = _claim(".messages", 0);
        vm.expectRevert(abi.encodeWithSelector(IValidatorSets.UnknownChain.selector, 7));
        _verifier.verify(7, _gateway, claim.nonces, claim.ids, claim.proof);
        _verifier.initializeValidators(7, _validators());
        assertFalse(_passes(7, _gateway, claim), "refused");
    }

    function test_RevertWhen_MessagesAreNotThoseOfTheProof() external {
        Claim memory batch = _batch(".messages", ".batch");
        Claim memory one = _claim(".messages", 0);
        // More than the proof has.
        Claim memory claim = Claim("", batch.nonces, batch.ids, one.proof);
        vm.expectRevert(IValidatorSets.MalformedProof.selector);
        _verify(claim);
        // Fewer.
        claim = Claim("", one.nonces, one.ids, batch.proof);
        vm.expectRevert(IValidatorSets.MalformedProof.selector);
        _verify(claim);
        // In another order.
        (batch.ids[1], batch.ids[2]) = (batch.ids[2], batch.ids[1]);
        (batch.nonces[1], batch.nonces[2]) = (batch.nonces[2], batch.nonces[1]);
        vm.expectRevert(abi.encodeWithSelector(IHeaderVerifier.NoSuchLog.selector, batch.ids[1]));
        _verify(batch);
    }

    function test_RevertWhen_NoncesAndIdsDoNotFit() external {
        Claim memory claim = _claim(".messages", 0);
        bytes32[] memory ids = new bytes32[](2);
        (ids[0], ids[1]) = (claim.ids[0], "unproven");
        vm.expectRevert(IValidatorSets.MalformedProof.selector);
        _verifier.verify(_chain, _gateway, claim.nonces, ids, claim.proof);
        vm.expectRevert(IValidatorSets.MalformedProof.selector);
        _verifier.verify(_chain, _gateway, new uint32[](0), new bytes32[](0), _attested(hex"00000000"));
    }

    function test_RevertWhen_CountsAreWrong() external {
        bytes4 most = 0xffffffff;
        bytes4 none = 0;
        bytes4 one = bytes4(uint32(1));
        bytes[] memory rests = new bytes[](9);
        // No nodes and no receipts.
        rests[0] = abi.encodePacked(none);
        // More nodes, or longer ones, than the proof can hold.
        rests[1] = abi.encodePacked(most);
        rests[2] = abi.encodePacked(one, most, hex"c0");
        // A place, a path or a list of logs that is cut off.
        rests[3] = abi.encodePacked(none, hex"0000");
        rests[4] = abi.encodePacked(none, one);
        rests[5] = abi.encodePacked(none, one, most);
        rests[6] = abi.encodePacked(none, one, most, one);
        // A node that is not there.
        rests[7] = abi.encodePacked(none, one, one, none, one, none);
        rests[8] = abi.encodePacked(one, one, hex"c0", one, one, one, one, none);
        for (uint256 i = 0; i < rests.length; ++i) {
            Claim memory claim = _claim(".messages", 0);
            claim.proof = _attested(rests[i]);
            vm.expectRevert(IValidatorSets.MalformedProof.selector);
            _verify(claim);
        }
    }

    function test_RevertWhen_NodesDoNotLeadToTheReceipt() external {
        Claim memory claim = _claim(".messages", 0);
        bytes4 one = bytes4(uint32(1));
        claim.proof = _attested(abi.encodePacked(bytes4(0), one, bytes4(0), one, bytes4(0)));
        vm.expectRevert(_trieError(TrieProof.ProofError.INVALID_PROOF));
        _verify(claim);
        claim.proof = _attested(abi.encodePacked(one, one, hex"c0", one, one, bytes4(0), one, bytes4(0)));
        vm.expectRevert(_trieError(TrieProof.ProofError.INVALID_ROOT));
        _verify(claim);
    }

    function test_RevertWhen_ValidatorsAreOthersNow() external {
        IValidatorSets.ValidatorSet memory set = _validators();
        set.threshold = 3;
        _verifier.scheduleValidators(_chain, set);
        _verify(_claim(".messages", 0));
        vm.warp(block.timestamp + DELAY);
        _verifier.applyValidators(_chain);
        Claim memory claim = _claim(".messages", 0);
        vm.expectRevert(abi.encodeWithSelector(IValidatorSets.StaleValidators.selector, _chain));
        _verify(claim);
    }

    function test_RevertWhen_SignersAreNotEnoughValidators() external {
        bytes32 digest = _hash(".block.digest");
        // A stranger, one twice, and two in the wrong order.
        uint256[2][3] memory pairs = [[_keys[0], uint256(12_345)], [_keys[1], _keys[1]], [_keys[2], _keys[0]]];
        for (uint256 i = 0; i < pairs.length; ++i) {
            Claim memory claim = _claim(".messages", 0);
            claim.proof = _resigned(claim.proof, digest, pairs[i][0], pairs[i][1]);
            vm.expectRevert(abi.encodeWithSelector(IValidatorSets.InvalidSigner.selector, vm.addr(pairs[i][1])));
            _verify(claim);
        }
    }

    function test_RevertWhen_SignersAreCutOff() external {
        Claim memory claim = _claim(".messages", 0);
        bytes memory proof = claim.proof;
        uint256 header = 4 + uint32(bytes4(proof));
        // Right after the header, within the validators, before the first and within the last signature.
        uint256 signatures = _signaturesAt(proof);
        uint256[5] memory ends = [header, header + 1, header + 22, signatures, signatures + 127];
        for (uint256 i = 0; i < ends.length; ++i) {
            claim.proof = _cut(proof, ends[i]);
            vm.expectRevert(IValidatorSets.MalformedProof.selector);
            _verify(claim);
        }
    }

    function test_verify_AnyTwoOfThreeSigned() external view {
        bytes32 digest = _hash(".block.digest");
        uint256[2][3] memory pairs = [[_keys[0], _keys[1]], [_keys[0], _keys[2]], [_keys[1], _keys[2]]];
        for (uint256 i = 0; i < pairs.length; ++i) {
            Claim memory claim = _claim(".messages", 0);
            claim.proof = _resigned(claim.proof, digest, pairs[i][0], pairs[i][1]);
            _verify(claim);
        }
    }

    function test_RevertWhen_SignatureIsNone() external {
        Claim memory claim = _claim(".messages", 0);
        uint256 start = _signaturesAt(claim.proof);
        for (uint256 i = 0; i < 32; ++i) claim.proof[start + i] = 0;
        vm.expectRevert(abi.encodeWithSelector(IValidatorSets.InvalidSigner.selector, address(0)));
        _verify(claim);
    }

    function testFuzz_RevertWhen_AByteIsAnother(uint256 seed) external view {
        Claim memory one = _claim(".messages", seed % MESSAGES);
        Claim memory all = _batch(".messages", ".batch");
        (bytes memory proofOfOne, bytes memory proofOfAll) = (one.proof, all.proof);
        for (uint256 i = 0; i < 4; ++i) {
            one.proof = _changed(proofOfOne, draw(seed, i) % proofOfOne.length, draw(seed, i + 4));
            assertFalse(_verifies(one), "one");
            all.proof = _changed(proofOfAll, draw(seed, i + 8) % proofOfAll.length, draw(seed, i + 12));
            assertFalse(_verifies(all), "all");
        }
    }

    function testFuzz_RevertWhen_ItIsCutOffOrGoesOn(uint256 seed, bytes calldata more) external view {
        Claim memory claim = _batch(".messages", ".batch");
        bytes memory proof = claim.proof;
        claim.proof = _cut(proof, seed % proof.length);
        assertFalse(_verifies(claim), "cut off");
        claim.proof = bytes.concat(proof, more, hex"00");
        assertFalse(_verifies(claim), "goes on");
    }

    function testFuzz_RevertWhen_AMessageIsAnother(uint256 seed, bytes32 id, uint32 nonce) external view {
        Claim memory claim = _batch(".messages", ".batch");
        uint256 place = seed % MESSAGES;
        (bytes32 genuineId, uint32 genuineNonce) = (claim.ids[place], claim.nonces[place]);
        if (id != genuineId) {
            claim.ids[place] = id;
            assertFalse(_verifies(claim), "id");
        }
        if (nonce != genuineNonce) {
            (claim.ids[place], claim.nonces[place]) = (genuineId, nonce);
            assertFalse(_verifies(claim), "nonce");
        }
    }

    function testFuzz_RevertWhen_ItIsNoise(bytes calldata proof) external view {
        Claim memory claim = _claim(".messages", 0);
        claim.proof = proof;
        assertFalse(_verifies(claim), "noise");
        claim.proof = _attested(proof);
        assertFalse(_verifies(claim), "noise under an attested header");
    }

    /// @dev A proof of the small block with another rest after its attestation.
    function _attested(bytes memory rest) private view returns (bytes memory) {
        bytes memory header = _bytes(".block.header");
        return abi.encodePacked(uint32(header.length), header, _bytes(".block.signers"), rest);
    }

    function _passes(uint64 chain, address gateway, Claim memory claim) private view returns (bool) {
        try _verifier.verify(chain, gateway, claim.nonces, claim.ids, claim.proof) {
            return true;
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), IValidatorSets.InvalidSigner.selector, "not signed for it");
            return false;
        }
    }

    function _digest(uint64 chain, address gateway) private view returns (bytes32) {
        return _verifier.headerDigest(chain, gateway, _hash(".block.hash"), uint64(_uint(".block.number")));
    }

    function _resigned(bytes memory proof, bytes32 digest) private view returns (bytes memory) {
        return _resigned(proof, digest, _keys[0], _keys[1]);
    }

    function _resigned(
        bytes memory proof,
        bytes32 digest,
        uint256 first,
        uint256 second
    ) private view returns (bytes memory resigned) {
        resigned = bytes.concat(proof);
        bytes memory signatures = bytes.concat(_compact(first, digest), _compact(second, digest));
        uint256 start = _signaturesAt(proof);
        for (uint256 i = 0; i < signatures.length; ++i) resigned[start + i] = signatures[i];
    }

    function _signaturesAt(bytes memory proof) private view returns (uint256) {
        return 4 + uint32(bytes4(proof)) + 2 + 20 * _keys.length;
    }

    /// @dev EIP-2098.
    function _compact(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
    }

    function _trieError(TrieProof.ProofError reason) private pure returns (bytes memory) {
        return abi.encodeWithSelector(TrieProof.TrieProofTraversalError.selector, reason);
    }
}

contract HeaderContradictionTest is HeaderFixture {
    function setUp() external {
        _deploy();
    }

    function test_verifyContradiction() external view {
        uint256 count = 0;
        for (; _has(".contradictions", count); ++count) {
            _verifier.verifyContradiction(_chain, _gateway, _evidence(".contradictions", count));
        }
        assertEq(count, 3, "contradictions");
    }

    function test_RevertWhen_NothingIsContradicted() external {
        uint256 count = 0;
        for (; _has(".harmless", count); ++count) {
            bytes memory evidence = _evidence(".harmless", count);
            vm.expectRevert(IValidatorSets.NoContradiction.selector);
            _verifier.verifyContradiction(_chain, _gateway, evidence);
        }
        assertEq(count, 5, "harmless pairs");
    }

    function test_RevertWhen_ForAnotherGatewayOrChain() external {
        bytes memory evidence = _evidence(".contradictions", 0);
        assertFalse(_shows(_chain, account("other gateway"), evidence), "other gateway");
        _verifier.initializeValidators(7, _validators());
        assertFalse(_shows(7, _gateway, evidence), "other chain");
    }

    function test_RevertWhen_EvidenceGoesOn() external {
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory evidence = bytes.concat(_evidence(".contradictions", i), hex"00");
            vm.expectRevert(IValidatorSets.MalformedProof.selector);
            _verifier.verifyContradiction(_chain, _gateway, evidence);
        }
    }

    function testFuzz_RevertWhen_AByteIsAnother(uint256 seed) external view {
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory evidence = _evidence(".contradictions", i);
            bytes memory changed = _changed(evidence, draw(seed, i) % evidence.length, draw(seed, i + 3));
            assertFalse(_shows(_chain, _gateway, changed), "changed");
            assertFalse(_shows(_chain, _gateway, _cut(evidence, draw(seed, i + 6) % evidence.length)), "cut off");
        }
    }

    function _evidence(string memory list, uint256 index) private view returns (bytes memory) {
        return _bytes(_at(list, index, ".evidence"));
    }

    function _shows(uint64 chain, address gateway, bytes memory evidence) private view returns (bool) {
        try _verifier.verifyContradiction(chain, gateway, evidence) {
            return true;
        } catch {
            return false;
        }
    }
}
