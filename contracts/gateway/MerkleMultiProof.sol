// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

import {Words} from "./Words.sol";

/// @title Proofs of many leaves under one root
/// @notice The leaves are climbed up together, level by level. Where the siblings of two nodes are each other, the
/// proof need not bring them; all others come from it: level by level from the leaves up, in each level from left to
/// right. Nothing else tells the way, so a set of leaves has exactly one proof.
library MerkleMultiProof {
    using Words for bytes;

    /// @notice Thrown when a proof has too few or too many siblings, or leaves are not ascending or outside the tree.
    error InvalidMultiProof();

    /// @notice Root that leaves lead to in a tree of the given depth.
    /// @param places Places of the leaves, ascending.
    /// @param leaves A leaf for each place.
    /// @param siblings What the leaves do not tell, 32 bytes each.
    function root(
        uint32[] calldata places,
        bytes32[] calldata leaves,
        bytes calldata siblings,
        uint256 depth
    ) internal pure returns (bytes32) {
        return
            places.length == 1
                ? _rootOfOne(places[0], leaves[0], siblings, depth)
                : _rootOfMany(places, leaves, siblings, depth);
    }

    /// @dev The same without arrays in memory: most proofs are of one message.
    function _rootOfOne(
        uint256 place,
        bytes32 node,
        bytes calldata siblings,
        uint256 depth
    ) private pure returns (bytes32) {
        require(siblings.length == 32 * depth && place >> depth == 0, InvalidMultiProof());
        // In scratch space the two children are put in their order without a branch: 90 gas less a level.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let end := add(siblings.offset, siblings.length)
            for {
                let sibling := siblings.offset
            } lt(sibling, end) {
                sibling := add(sibling, 0x20)
            } {
                let side := shl(5, and(place, 1))
                mstore(side, node)
                mstore(xor(side, 0x20), calldataload(sibling))
                node := keccak256(0x00, 0x40)
                place := shr(1, place)
            }
        }
        return node;
    }

    function _rootOfMany(
        uint32[] calldata places,
        bytes32[] calldata leaves,
        bytes calldata siblings,
        uint256 depth
    ) private pure returns (bytes32) {
        uint256 count = places.length;
        require(count == leaves.length, InvalidMultiProof());
        uint32[] memory positions = places;
        bytes32[] memory nodes = leaves;
        uint256 used = 0;
        for (; depth > 0; --depth) {
            uint256 parents = 0;
            for (uint256 i = 0; i < count; ++i) {
                uint32 place = positions[i];
                bytes32 node = nodes[i];
                bytes32 sibling;
                if (place & 1 == 0 && i + 1 < count && positions[i + 1] == place + 1) {
                    sibling = nodes[++i];
                } else {
                    require(siblings.length >= used + 32, InvalidMultiProof());
                    sibling = siblings.at32(used);
                    used += 32;
                }
                // Parents take the places of children that were read.
                nodes[parents] = _parent(place, node, sibling);
                positions[parents++] = place >> 1;
            }
            count = parents;
        }
        // Leaves that are unordered, repeated or outside the tree do not come together in its root.
        require(used == siblings.length && count == 1 && positions[0] == 0, InvalidMultiProof());
        return nodes[0];
    }

    function _parent(uint256 place, bytes32 node, bytes32 sibling) private pure returns (bytes32) {
        return
            place & 1 == 0 ? Hashes.efficientKeccak256(node, sibling) : Hashes.efficientKeccak256(sibling, node);
    }
}
