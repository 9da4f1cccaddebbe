// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Sampling, TaskId} from "./TaskTypes.sol";

/// @title Draws: which workers of a subchain take part in a round
/// @notice A beacon orders all workers in an order that nobody knows before the beacon.
///
/// Uniform: in an order for each round, the first of them are drawn.
///
/// Freshness: in one order for the whole task they take turns. Of n workers k are drawn in round r, from place r · k on,
/// and behind the last place comes the first again. So those are drawn whose last turn is longest ago, and of those that
/// had it together, who came first then: Yang, Arafa, Quek, Poor, "Age-based scheduling policy for federated learning in
/// mobile edge networks", 2020, with the beacon's order where nobody had a turn yet. It goes by draws: who was drawn and
/// sent nothing has had its turn. Nobody waits for more than ⌈n / k⌉ rounds.
///
/// Whether one of n is drawn takes its place alone, in about n / side² ≤ 2 evaluations and at most 2 · side − 1 of them,
/// where side = ⌈√n⌉: a Feistel network over pairs of numbers below `side` orders side² places, and who lands behind the n
/// that there are goes on from there until it does not (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002,
/// methods 2 and 3). Nothing is secret here, so its steps must only be enough to mix: 8, as in NIST SP 800-38G's FF3.
/// protocol/draws.ts does the same.
library Draws {
    /// @dev Steps of the network.
    uint256 internal constant STEPS = 8;
    /// @dev What the order for a whole task is of: a round that no task has.
    uint256 internal constant WHOLE_TASK = type(uint256).max;

    /// @notice The beacon of a task on this subchain, from the hash of a block after enrolment: another in every task, also
    /// where tasks share the block.
    function beaconOf(TaskId task, bytes32 blockHash) internal view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), task, blockHash));
    }

    /// @notice Whether a worker is drawn for a round.
    /// @param index Its place in the order of enrolment, below `enrolled`.
    /// @param drawn How many are drawn; all, if there are no more.
    function isDrawn(
        Sampling sampling,
        bytes32 beacon,
        uint256 round,
        uint256 index,
        uint256 enrolled,
        uint256 drawn
    ) internal pure returns (bool) {
        if (drawn >= enrolled) return true;
        uint256 side = _sideOf(enrolled);
        if (sampling == Sampling.Uniform) return _placeOf(_keyOf(beacon, round), index, enrolled, side) < drawn;
        uint256 place = _placeOf(_keyOf(beacon, WHOLE_TASK), index, enrolled, side);
        // How far it is behind the first that is drawn, cyclically.
        return (place + enrolled - ((round * drawn) % enrolled)) % enrolled < drawn;
    }

    /// @notice For how many of a task's first rounds a worker is drawn; see `isDrawn`.
    function drawnRounds(
        Sampling sampling,
        bytes32 beacon,
        uint256 rounds,
        uint256 index,
        uint256 enrolled,
        uint256 drawn
    ) internal pure returns (uint256 count) {
        if (drawn >= enrolled) return rounds;
        uint256 side = _sideOf(enrolled);
        if (sampling == Sampling.Freshness) {
            // The turns 0 to rounds · drawn − 1 are of the places that they leave when divided by `enrolled`.
            uint256 place = _placeOf(_keyOf(beacon, WHOLE_TASK), index, enrolled, side);
            return (rounds * drawn + enrolled - 1 - place) / enrolled;
        }
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

    /// @dev The place of a worker in the order of a key.
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
