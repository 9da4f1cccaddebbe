// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IncrementalMerkle} from "../../../contracts/gateway/IncrementalMerkle.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {Test} from "../Test.sol";

contract Tree {
    using IncrementalMerkle for IncrementalMerkle.Tree;

    // Slot 0 is the count, slots 1 to 32 are the siblings.
    IncrementalMerkle.Tree private _tree;

    function insert(bytes32 leaf) external returns (uint256) {
        return _tree.insert(leaf);
    }

    function root(uint256 depth) external view returns (bytes32) {
        return _tree.root(depth);
    }

    function holds(bytes32 leaf, bytes32[] calldata branch, uint256 index) external view returns (bool) {
        return IncrementalMerkle.holds(_tree.siblings, _tree.count, leaf, branch, index);
    }
}

contract IncrementalMerkleTest is Test {
    Tree private _tree;

    function setUp() external {
        _tree = new Tree();
    }

    function test_insert_ReturnsThePlace() external {
        for (uint256 i = 0; i < 5; ++i) assertEq(_tree.insert(bytes32(i + 1)), i, "index");
    }

    function test_insert_WritesTheCountAndOneSibling() external {
        for (uint256 i = 0; i < 70; ++i) {
            vm.record();
            _tree.insert(bytes32(i + 1));
            (, bytes32[] memory writes) = vm.accesses(address(_tree));
            assertEq(writes.length, 2, "slots written");
            assertEq(uint256(writes[1]), 0, "count");
            // The level is that of the lowest clear bit of the index.
            uint256 level = 0;
            while ((i >> level) & 1 == 1) ++level;
            assertEq(uint256(writes[0]), 1 + level, "sibling");
        }
    }

    function test_insert_TakesTheLastLeaf() external {
        vm.store(address(_tree), 0, bytes32(uint256(type(uint32).max) - 1));
        assertEq(_tree.insert(bytes32(uint256(1))), uint256(type(uint32).max) - 1, "index");
    }

    function test_RevertWhen_Full() external {
        vm.store(address(_tree), 0, bytes32(uint256(type(uint32).max)));
        vm.expectRevert(IncrementalMerkle.TreeFull.selector);
        _tree.insert(bytes32(uint256(1)));
    }

    function test_depthOf() external pure {
        uint8[12] memory counts = [0, 1, 2, 3, 4, 5, 8, 9, 63, 64, 65, 70];
        uint8[12] memory depths = [0, 0, 1, 2, 2, 3, 3, 4, 6, 6, 7, 7];
        for (uint256 i = 0; i < counts.length; ++i) {
            assertEq(IncrementalMerkle.depthOf(counts[i]), depths[i], "depth");
        }
        assertEq(IncrementalMerkle.depthOf(type(uint32).max), 32, "depth of a full outbox");
    }

    function test_root_OfNoLeavesIsZeroAtTheSmallestDepth() external view {
        assertEq(_tree.root(0), 0, "root");
    }

    function test_root_OfOneLeafIsTheLeafAtTheSmallestDepth() external {
        _tree.insert(keccak256("leaf"));
        assertEq(_tree.root(0), keccak256("leaf"), "root");
    }

    /// @dev Every count to 70, so every power of two and its neighbours, at the smallest depth and those above.
    function test_root_EqualsTheNaiveTreeForEveryCount() external {
        for (uint256 count = 0; count <= 70; ++count) {
            bytes32[] memory leaves = _leaves(1, count);
            uint256 least = IncrementalMerkle.depthOf(count);
            for (uint256 depth = least; depth < least + 3; ++depth) {
                assertEq(_tree.root(depth), NaiveMerkle.root(leaves, depth), "root");
            }
            assertEq(_tree.root(least), NaiveMerkle.fullRoot(leaves, least), "root of the full tree");
            assertEq(_tree.root(32), NaiveMerkle.root(leaves, 32), "root of an outbox");
            _tree.insert(bytes32(draw(1, count)));
        }
    }

    function testFuzz_root(uint256 seed, uint256 count, uint256 depth) external {
        count = bound(count, 0, 70);
        depth = bound(depth, IncrementalMerkle.depthOf(count), 32);
        bytes32[] memory leaves = _fill(seed, count);
        assertEq(_tree.root(depth), NaiveMerkle.root(leaves, depth), "root");
    }

    function testFuzz_branchRoot(uint256 seed, uint256 count, uint256 index, uint256 other, bytes32 leaf) external {
        count = bound(count, 1, 70);
        index = bound(index, 0, count - 1);
        bytes32[] memory leaves = _fill(seed, count);
        uint256 depth = IncrementalMerkle.depthOf(count);
        bytes32[] memory branch = NaiveMerkle.branch(leaves, depth, index);
        bytes32 root = _tree.root(depth);
        assertEq(IncrementalMerkle.branchRoot(leaves[index], branch, index), root, "right leaf and index");

        other = bound(other, 0, (uint256(1) << depth) - 1);
        if (other != index) {
            assertNotEq(IncrementalMerkle.branchRoot(leaves[index], branch, other), root, "wrong index");
        }
        if (leaf != leaves[index]) {
            assertNotEq(IncrementalMerkle.branchRoot(leaf, branch, index), root, "wrong leaf");
        }
    }

    /// @dev Every leaf of every count to 70; a branch stays good until as many leaves again have come.
    function test_holds_EveryLeafOfEveryCount() external {
        bytes32[] memory leaves = _leaves(1, 70);
        for (uint256 count = 1; count <= 70; ++count) {
            _tree.insert(leaves[count - 1]);
            for (uint256 index = 0; index < count; ++index) {
                bytes32[] memory branch = _branchIn(leaves, count, index);
                assertTrue(_tree.holds(leaves[index], branch, index), "right");
                assertFalse(_tree.holds(leaves[(index + 1) % 70], branch, index), "wrong leaf");
                if (index > 0) assertFalse(_tree.holds(leaves[index], branch, index - 1), "wrong index");
            }
        }
    }

    function testFuzz_holds(uint256 seed, uint256 count, uint256 index, uint256 fault, bytes32 leaf) external {
        count = bound(count, 1, 70);
        index = bound(index, 0, count - 1);
        bytes32[] memory leaves = _fill(seed, count);
        bytes32[] memory branch = _branchIn(leaves, count, index);
        assertTrue(_tree.holds(leaves[index], branch, index), "right");
        if (leaf != leaves[index]) assertFalse(_tree.holds(leaf, branch, index), "wrong leaf");
        bytes32[] memory other = new bytes32[](branch.length + 1);
        for (uint256 i = 0; i < branch.length; ++i) other[i] = branch[i];
        assertFalse(_tree.holds(leaves[index], other, index), "too long");
        if (branch.length == 0) return;
        branch[fault % branch.length] ^= bytes32(uint256(1) << (fault % 256));
        assertFalse(_tree.holds(leaves[index], branch, index), "wrong sibling");
        assertFalse(_tree.holds(leaves[index], new bytes32[](branch.length - 1), index), "too short");
    }

    /// @dev A node of the tree is no leaf of it.
    function test_holds_NoNodes() external {
        bytes32[] memory leaves = _fill(1, 8);
        bytes32 pair = keccak256(abi.encode(leaves[0], leaves[1]));
        bytes32[] memory branch = new bytes32[](2);
        branch[0] = keccak256(abi.encode(leaves[2], leaves[3]));
        branch[1] = keccak256(
            abi.encode(keccak256(abi.encode(leaves[4], leaves[5])), keccak256(abi.encode(leaves[6], leaves[7])))
        );
        assertFalse(_tree.holds(pair, branch, 0), "node");
    }

    /// @dev Siblings in the largest complete subtree that holds the place: of those that the binary digits of the count
    /// stand for, from the left.
    function _branchIn(
        bytes32[] memory leaves,
        uint256 count,
        uint256 index
    ) private pure returns (bytes32[] memory) {
        uint256 first = 0;
        for (uint256 level = 32; level-- > 0; ) {
            uint256 width = uint256(1) << level;
            if (count & width == 0) continue;
            if (index < first + width) {
                bytes32[] memory subtree = new bytes32[](width);
                for (uint256 i = 0; i < width; ++i) subtree[i] = leaves[first + i];
                return NaiveMerkle.branch(subtree, level, index - first);
            }
            first += width;
        }
        return new bytes32[](0);
    }

    function _fill(uint256 seed, uint256 count) private returns (bytes32[] memory leaves) {
        leaves = _leaves(seed, count);
        for (uint256 i = 0; i < count; ++i) _tree.insert(leaves[i]);
    }

    function _leaves(uint256 seed, uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = bytes32(draw(seed, i));
    }
}
