// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The tree of IncrementalMerkle built the plain way, layer by layer from all leaves
library NaiveMerkle {
    function root(bytes32[] memory leaves, uint256 depth) internal pure returns (bytes32) {
        (bytes32 top, ) = _climb(leaves, depth, 0);
        return top;
    }

    function branch(bytes32[] memory leaves, uint256 depth, uint256 index) internal pure returns (bytes32[] memory) {
        (, bytes32[] memory siblings) = _climb(leaves, depth, index);
        return siblings;
    }

    /// @dev Root of a tree whose 2^depth leaves are all written out.
    function fullRoot(bytes32[] memory leaves, uint256 depth) internal pure returns (bytes32) {
        bytes32[] memory nodes = new bytes32[](uint256(1) << depth);
        for (uint256 i = 0; i < leaves.length; ++i) nodes[i] = leaves[i];
        for (uint256 width = nodes.length / 2; width > 0; width /= 2) {
            for (uint256 i = 0; i < width; ++i) nodes[i] = keccak256(abi.encode(nodes[2 * i], nodes[2 * i + 1]));
        }
        return nodes[0];
    }

    /// @dev The siblings that MerkleMultiProof wants for the leaves at `places`: by marking every node that is known.
    function multiProof(
        bytes32[] memory leaves,
        uint256 depth,
        uint32[] memory places
    ) internal pure returns (bytes32[] memory siblings) {
        bytes32[] memory nodes = new bytes32[](uint256(1) << depth);
        bool[] memory known = new bool[](nodes.length);
        for (uint256 i = 0; i < leaves.length; ++i) nodes[i] = leaves[i];
        for (uint256 i = 0; i < places.length; ++i) known[places[i]] = true;
        bytes32[] memory found = new bytes32[](depth * places.length);
        uint256 count = 0;
        for (uint256 width = nodes.length / 2; width > 0; width /= 2) {
            for (uint256 i = 0; i < width; ++i) {
                (uint256 left, uint256 right) = (2 * i, 2 * i + 1);
                if (known[left] && !known[right]) found[count++] = nodes[right];
                if (known[right] && !known[left]) found[count++] = nodes[left];
                known[i] = known[left] || known[right];
                nodes[i] = keccak256(abi.encode(nodes[left], nodes[right]));
            }
        }
        siblings = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) siblings[i] = found[i];
    }

    function _climb(
        bytes32[] memory leaves,
        uint256 depth,
        uint256 index
    ) private pure returns (bytes32 top, bytes32[] memory siblings) {
        siblings = new bytes32[](depth);
        bytes32[] memory layer = leaves;
        bytes32 empty = 0;
        for (uint256 level = 0; level < depth; ++level) {
            uint256 sibling = (index >> level) ^ 1;
            siblings[level] = sibling < layer.length ? layer[sibling] : empty;
            bytes32[] memory next = new bytes32[]((layer.length + 1) / 2);
            for (uint256 i = 0; i < next.length; ++i) {
                bytes32 right = 2 * i + 1 < layer.length ? layer[2 * i + 1] : empty;
                next[i] = keccak256(abi.encode(layer[2 * i], right));
            }
            layer = next;
            empty = keccak256(abi.encode(empty, empty));
        }
        top = layer.length == 0 ? empty : layer[0];
    }
}
