// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Append-only Merkle tree with O(1) storage writes a leaf
/// @notice The deposit-contract construction: of every level only the last left sibling is kept, a leaf writes one
/// slot, and the root is computed when asked for. Empty leaves are zero.
library IncrementalMerkle {
    uint256 internal constant MAX_DEPTH = 32;

    struct Tree {
        uint256 count;
        bytes32[MAX_DEPTH] siblings;
    }

    /// @notice Thrown when the tree holds 2^32 − 1 leaves.
    error TreeFull();

    /// @notice Appends a leaf.
    /// @return index Its place, from 0.
    function insert(Tree storage self, bytes32 leaf) internal returns (uint256 index) {
        index = self.count;
        insertAt(self.siblings, index, leaf);
        self.count = index + 1;
    }

    /// @notice As `insert`, for one who counts the leaves himself.
    function insertAt(bytes32[MAX_DEPTH] storage siblings, uint256 index, bytes32 leaf) internal {
        require(index < type(uint32).max, TreeFull());
        // The lowest clear bit of `index` names the first level at which the new node is a left child.
        uint256 level = 0;
        bytes32 node = leaf;
        for (uint256 path = index; path & 1 == 1; path >>= 1) {
            node = _hash(siblings[level], node);
            ++level;
        }
        siblings[level] = node;
    }

    /// @notice Root of the tree at a depth of at least `depthOf(count)`.
    function root(Tree storage self, uint256 depth) internal view returns (bytes32) {
        return rootOf(self.siblings, self.count, depth);
    }

    /// @notice As `root`, for one who counts the leaves himself.
    function rootOf(
        bytes32[MAX_DEPTH] storage siblings,
        uint256 count,
        uint256 depth
    ) internal view returns (bytes32 node) {
        // A full tree keeps its root as the sibling of its own level.
        if (depth < MAX_DEPTH && count == uint256(1) << depth) return siblings[depth];
        bytes32 zero = 0;
        for (uint256 level = 0; level < depth; ++level) {
            node = (count >> level) & 1 == 1 ? _hash(siblings[level], node) : _hash(node, zero);
            zero = _hash(zero, zero);
        }
    }

    /// @notice Whether a leaf is at `index`, as its branch shows in the largest complete subtree that holds that place:
    /// whose root is kept, and stays so until as many leaves again have come after it. `index` is below `count`.
    function holds(
        bytes32[MAX_DEPTH] storage siblings,
        uint256 count,
        bytes32 leaf,
        bytes32[] calldata branch,
        uint256 index
    ) internal view returns (bool) {
        // Above their first different bit index and count lead to one node; there the leaf is to the left.
        uint256 level = Math.log2(index ^ count);
        return branch.length == level && branchRoot(leaf, branch, index) == siblings[level];
    }

    /// @notice Smallest depth that holds `count` leaves.
    function depthOf(uint256 count) internal pure returns (uint256) {
        return count < 2 ? 0 : Math.log2(count - 1) + 1;
    }

    /// @notice Root that a leaf at `index` leads to along `branch` (siblings from the leaf up).
    function branchRoot(bytes32 leaf, bytes32[] memory branch, uint256 index) internal pure returns (bytes32 node) {
        node = leaf;
        for (uint256 level = 0; level < branch.length; ++level) {
            node = _step(node, branch[level], index >> level);
        }
    }

    function _step(bytes32 node, bytes32 sibling, uint256 path) private pure returns (bytes32) {
        return path & 1 == 1 ? _hash(sibling, node) : _hash(node, sibling);
    }

    function _hash(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return Hashes.efficientKeccak256(left, right);
    }
}
