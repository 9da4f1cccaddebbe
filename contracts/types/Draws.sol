// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {TaskId} from "./TaskTypes.sol";

/// @title Draws: which workers of a subchain take part in a round
/// @notice A beacon and a round order all workers in an order that nobody knows before the beacon; the first of them
/// are drawn. Whether one of n is takes its place alone, in about n / side² ≤ 2 evaluations and at most
/// 2 · side − 1 of them, where side = ⌈√n⌉: a Feistel network over pairs of numbers below `side` orders side² places, and
/// who lands behind the n that there are goes on from there until it does not (Black and Rogaway, "Ciphers with arbitrary
/// finite domains", 2002, methods 2 and 3). Nothing is secret here, so its steps must only be enough to mix: 8, as in
/// NIST SP 800-38G's FF3. protocol/draws.ts does the same.
library Draws {
    /// @dev Steps of the network.
    uint256 internal constant STEPS = 8;

    /// @notice The beacon of a task on this subchain, from the hash of a block after enrolment: another in every task, also
    /// where tasks share the block.
    function beaconOf(TaskId task, bytes32 blockHash) internal view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), task, blockHash));
    }

    /// @notice Whether a worker is drawn for a round.
    /// @param index Its place in the order of enrolment, below `enrolled`.
    /// @param drawn How many are drawn; all, if there are no more.
    function isDrawn(
        bytes32 beacon,
        uint256 round,
        uint256 index,
        uint256 enrolled,
        uint256 drawn
    ) internal pure returns (bool) {
        return drawn >= enrolled || _placeOf(_keyOf(beacon, round), index, enrolled, _sideOf(enrolled)) < drawn;
    }

    /// @notice For how many of a task's first rounds a worker is drawn; see `isDrawn`.
    function drawnRounds(
        bytes32 beacon,
        uint256 rounds,
        uint256 index,
        uint256 enrolled,
        uint256 drawn
    ) internal pure returns (uint256 count) {
        if (drawn >= enrolled) return rounds;
        uint256 side = _sideOf(enrolled);
        for (uint256 round = 0; round < rounds; ++round) {
            if (_placeOf(_keyOf(beacon, round), index, enrolled, side) < drawn) ++count;
        }
    }

    function _sideOf(uint256 enrolled) private pure returns (uint256) {
        return Math.sqrt(enrolled, Math.Rounding.Ceil);
    }

    function _keyOf(bytes32 beacon, uint256 round) private pure returns (bytes32) {
        return Hashes.efficientKeccak256(beacon, bytes32(round));
    }

    /// @dev The place of a worker in a round's order.
    function _placeOf(bytes32 key, uint256 index, uint256 enrolled, uint256 side) private pure returns (uint256 place) {
        place = index;
        do {
            (uint256 left, uint256 right) = (place / side, place % side);
            for (uint256 step = 0; step < STEPS; ++step) {
                uint256 mask = uint256(Hashes.efficientKeccak256(key, bytes32((step << 128) | right)));
                (left, right) = (right, addmod(left, mask, side));
            }
            place = left * side + right;
        } while (place >= enrolled);
    }
}
