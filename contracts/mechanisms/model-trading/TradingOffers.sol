// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

import {IncrementalMerkle} from "../../gateway/IncrementalMerkle.sol";
import {TradingChoice, TradingOffer} from "./TradingTypes.sol";

/// @title The tree of a task's offers
/// @notice Leaves in the order of the terms, padded with zeros to a power of two: of the least depth that holds them
/// (IncrementalMerkle). A meter keeps its root alone, and a worker proves the offer that it takes.
library TradingOffers {
    /// @notice Leaf of an offer.
    function leafOf(TradingOffer memory offer) internal pure returns (bytes32) {
        return keccak256(abi.encode(offer));
    }

    /// @notice Root over at least one offer.
    function rootOf(TradingOffer[] memory offers) internal pure returns (bytes32) {
        uint256 width = uint256(1) << IncrementalMerkle.depthOf(offers.length);
        bytes32[] memory nodes = new bytes32[](width);
        for (uint256 i = 0; i < offers.length; ++i) nodes[i] = leafOf(offers[i]);
        for (; width > 1; width /= 2) {
            for (uint256 i = 0; i < width; i += 2) nodes[i / 2] = Hashes.efficientKeccak256(nodes[i], nodes[i + 1]);
        }
        return nodes[0];
    }

    /// @notice Whether `choice` is what the terms offer `worker`.
    /// @param root Over the offers.
    /// @param count How many they are.
    function isOffered(
        TradingChoice memory choice,
        address worker,
        bytes32 root,
        uint256 count
    ) internal pure returns (bool) {
        if (choice.offer >= count || choice.branch.length != IncrementalMerkle.depthOf(count)) return false;
        bytes32 leaf = leafOf(TradingOffer(worker, choice.price));
        return IncrementalMerkle.branchRoot(leaf, choice.branch, choice.offer) == root;
    }
}
