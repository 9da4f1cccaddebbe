// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MerkleMultiProof} from "../../../contracts/gateway/MerkleMultiProof.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {Test} from "../Test.sol";

contract Prover {
    function root(
        uint32[] calldata places,
        bytes32[] calldata leaves,
        bytes calldata siblings,
        uint256 depth
    ) external pure returns (bytes32) {
        return MerkleMultiProof.root(places, leaves, siblings, depth);
    }
}

contract MerkleMultiProofTest is Test {
    Prover private _prover;

    function setUp() external {
        _prover = new Prover();
    }

    /// @dev Every choice of leaves of every tree with up to six.
    function test_root_OfEveryChoiceOfASmallTree() external view {
        for (uint256 count = 1; count <= 6; ++count) {
            bytes32[] memory all = _all(1, count);
            uint256 depth = _depthOf(count);
            bytes32 root = NaiveMerkle.fullRoot(all, depth);
            for (uint256 mask = 1; mask < 2 ** count; ++mask) {
                (uint32[] memory places, bytes32[] memory leaves) = _chosen(all, mask);
                bytes memory siblings = abi.encodePacked(NaiveMerkle.multiProof(all, depth, places));
                assertEq(_prover.root(places, leaves, siblings, depth), root, "root");
            }
        }
    }

    function testFuzz_root(uint256 seed, uint256 count, uint256 mask) external view {
        count = bound(count, 1, 200);
        bytes32[] memory all = _all(seed, count);
        mask = bound(mask, 1, (uint256(1) << count) - 1);
        (uint32[] memory places, bytes32[] memory leaves) = _chosen(all, mask);
        uint256 depth = _depthOf(count);
        bytes memory siblings = abi.encodePacked(NaiveMerkle.multiProof(all, depth, places));
        assertEq(_prover.root(places, leaves, siblings, depth), NaiveMerkle.root(all, depth), "root");
    }

    /// @dev Another leaf, place or sibling leads elsewhere or nowhere.
    function testFuzz_root_OfAnythingElse(uint256 seed, uint256 count, uint256 mask, uint256 bit) external view {
        count = bound(count, 2, 60);
        bytes32[] memory all = _all(seed, count);
        mask = bound(mask, 1, (uint256(1) << count) - 1);
        (uint32[] memory places, bytes32[] memory leaves) = _chosen(all, mask);
        uint256 depth = _depthOf(count);
        bytes memory siblings = abi.encodePacked(NaiveMerkle.multiProof(all, depth, places));
        uint256 victim = bit % places.length;
        if (seed % 3 == 0) leaves[victim] ^= bytes32(uint256(1) << (bit % 256));
        else if (seed % 3 == 1 || siblings.length == 0) places[victim] ^= uint32(1) << uint32(bit % 32);
        else siblings[bit % siblings.length] ^= bytes1(uint8(1 << (bit % 8)));
        assertNotEq(_rootOrNone(places, leaves, siblings, depth), NaiveMerkle.root(all, depth), "root");
    }

    function testFuzz_RevertWhen_SiblingsAreMissingOrTooMany(uint256 count, uint256 mask, uint256 length) external {
        count = bound(count, 2, 60);
        bytes32[] memory all = _all(1, count);
        mask = bound(mask, 1, (uint256(1) << count) - 1);
        (uint32[] memory places, bytes32[] memory leaves) = _chosen(all, mask);
        uint256 depth = _depthOf(count);
        bytes memory siblings = abi.encodePacked(NaiveMerkle.multiProof(all, depth, places));
        length = bound(length, 0, siblings.length + 64);
        if (length == siblings.length) ++length;
        bytes memory other = new bytes(length);
        for (uint256 i = 0; i < length && i < siblings.length; ++i) other[i] = siblings[i];
        vm.expectRevert(MerkleMultiProof.InvalidMultiProof.selector);
        _prover.root(places, leaves, other, depth);
    }

    function test_RevertWhen_PlacesAreUnorderedRepeatedOrOutside() external {
        bytes32[] memory all = _all(1, 4);
        (uint32[] memory places, bytes32[] memory leaves) = _chosen(all, 3);
        bytes32 root = keccak256(abi.encode(keccak256(abi.encode(all[0], all[1])), keccak256("sibling")));
        assertEq(_prover.root(places, leaves, _siblings(1), 2), root, "ordered");
        (places[0], places[1]) = (1, 0);
        for (uint256 n = 0; n < 5; ++n) _refuses(places, leaves, n, 2);
        (places[0], places[1]) = (1, 1);
        for (uint256 n = 0; n < 5; ++n) _refuses(places, leaves, n, 2);
        (places[0], places[1]) = (0, 4);
        for (uint256 n = 0; n < 5; ++n) _refuses(places, leaves, n, 2);
        (places[0], places[1]) = (4, 5);
        for (uint256 n = 0; n < 5; ++n) _refuses(places, leaves, n, 2);
        (places, leaves) = (new uint32[](1), new bytes32[](1));
        places[0] = 4;
        _refuses(places, leaves, 2, 2);
        places[0] = type(uint32).max;
        _refuses(places, leaves, 31, 31);
    }

    function test_RevertWhen_NothingIsGivenOrPlacesAndLeavesDiffer() external {
        _refuses(new uint32[](0), new bytes32[](0), 0, 0);
        _refuses(new uint32[](0), new bytes32[](0), 1, 1);
        _refuses(new uint32[](2), new bytes32[](3), 1, 2);
    }

    function _siblings(uint256 count) private pure returns (bytes memory siblings) {
        for (uint256 i = 0; i < count; ++i) siblings = abi.encodePacked(siblings, keccak256("sibling"));
    }

    function _refuses(uint32[] memory places, bytes32[] memory leaves, uint256 siblings, uint256 depth) private {
        vm.expectRevert(MerkleMultiProof.InvalidMultiProof.selector);
        _prover.root(places, leaves, _siblings(siblings), depth);
    }

    function _rootOrNone(
        uint32[] memory places,
        bytes32[] memory leaves,
        bytes memory siblings,
        uint256 depth
    ) private view returns (bytes32) {
        try _prover.root(places, leaves, siblings, depth) returns (bytes32 root) {
            return root;
        } catch {
            return 0;
        }
    }

    function _all(uint256 seed, uint256 count) private pure returns (bytes32[] memory all) {
        all = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) all[i] = bytes32(draw(seed, i));
    }

    function _chosen(
        bytes32[] memory all,
        uint256 mask
    ) private pure returns (uint32[] memory places, bytes32[] memory leaves) {
        uint256 count = 0;
        for (uint256 i = 0; i < all.length; ++i) count += (mask >> i) & 1;
        (places, leaves) = (new uint32[](count), new bytes32[](count));
        count = 0;
        for (uint32 i = 0; i < all.length; ++i) {
            if ((mask >> i) & 1 == 0) continue;
            (places[count], leaves[count]) = (i, all[i]);
            ++count;
        }
    }

    function _depthOf(uint256 count) private pure returns (uint256 depth) {
        while (uint256(1) << depth < count) ++depth;
    }
}
