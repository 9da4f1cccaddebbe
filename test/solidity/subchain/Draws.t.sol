// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Draws} from "../../../contracts/types/Draws.sol";
import {Sampling, TaskId} from "../../../contracts/types/TaskTypes.sol";
import {VectorReader} from "../GoldenVectors.t.sol";

/// @dev Calls the library from an address of its own.
contract Drawer {
    function beaconOf(TaskId task, bytes32 blockHash) external view returns (bytes32) {
        return Draws.beaconOf(task, blockHash);
    }
}

contract DrawsTest is VectorReader {
    function test_isDrawn_GoldenVectors() external {
        _load("draws");
        uint256 count = 0;
        for (; _has(_case(count)); ++count) {
            string memory path = _case(count);
            uint256[] memory places = _uints(path, ".places");
            (bytes32 beacon, uint256 round) = (_hash(path, ".beacon"), _uint(path, ".round"));
            assertEq(places.length, _uint(path, ".enrolled"), "enrolled");
            for (uint256 index = 0; index < places.length; ++index) {
                // Drawn among so many, and not among fewer: so that is its place.
                uint256 place = places[index];
                assertTrue(Draws.isDrawn(Sampling.Uniform, beacon, round, index, places.length, place + 1), "drawn");
                if (place == 0) continue;
                assertFalse(Draws.isDrawn(Sampling.Uniform, beacon, round, index, places.length, place), "not drawn");
            }
        }
        assertEq(count, 13, "cases");
        for (count = 0; _has(_element(".beacons", count)); ++count) {
            string memory path = _element(".beacons", count);
            vm.chainId(_uint(path, ".chainId"));
            address subchain = _address(path, ".subchain");
            vm.etch(subchain, type(Drawer).runtimeCode);
            TaskId task = TaskId.wrap(_uint(path, ".task"));
            bytes32 beacon = Drawer(subchain).beaconOf(task, _hash(path, ".blockHash"));
            assertEq(beacon, _hash(path, ".beacon"), "beacon");
        }
        assertEq(count, 3, "beacons");
    }

    function test_isDrawn_OfMany_GoldenVectors() external {
        _load("draws");
        uint256 count = 0;
        for (; _has(_element(".many", count)); ++count) _checkMany(_element(".many", count));
        assertEq(count, 4, "many");
    }

    function _checkMany(string memory path) private view {
        (bytes32 beacon, uint256 round) = (_hash(path, ".beacon"), _uint(path, ".round"));
        (uint256 enrolled, uint256 drawn) = (_uint(path, ".enrolled"), _uint(path, ".drawn"));
        uint256[] memory workers = _uints(path, ".workers");
        uint256[] memory places = _uints(path, ".places");
        uint256[] memory turns = _uints(path, ".turns");
        for (uint256 i = 0; i < workers.length; ++i) {
            (uint256 index, uint256 place) = (workers[i], places[i]);
            assertTrue(Draws.isDrawn(Sampling.Uniform, beacon, round, index, enrolled, place + 1), "drawn");
            assertFalse(Draws.isDrawn(Sampling.Uniform, beacon, round, index, enrolled, place), "not drawn");
            bool isTurn = Draws.isDrawn(Sampling.Freshness, beacon, round, index, enrolled, drawn);
            assertTrue(isTurn == (turns[i] == 1), "turn");
        }
    }

    function test_isDrawn_ByFreshness_GoldenVectors() external {
        _load("draws");
        uint256 count = 0;
        for (; _has(_element(".turns", count)); ++count) _checkTurns(_element(".turns", count));
        assertEq(count, 8, "turns");
    }

    function _checkTurns(string memory path) private view {
        (bytes32 beacon, uint256 drawn) = (_hash(path, ".beacon"), _uint(path, ".drawn"));
        uint256[] memory counts = _uints(path, ".counts");
        string memory rounds = string.concat(path, ".rounds");
        uint256 round = 0;
        for (; _has(_element(rounds, round)); ++round) {
            uint256[] memory workers = _uints(_element(rounds, round), ".workers");
            uint256 found = 0;
            for (uint256 i = 0; i < workers.length; ++i) {
                bool isDrawn = Draws.isDrawn(Sampling.Freshness, beacon, round, workers[i], counts.length, drawn);
                assertTrue(isDrawn, "drawn");
            }
            for (uint256 index = 0; index < counts.length; ++index) {
                if (Draws.isDrawn(Sampling.Freshness, beacon, round, index, counts.length, drawn)) ++found;
            }
            assertEq(found, workers.length, "nobody else");
        }
        for (uint256 index = 0; index < counts.length; ++index) {
            uint256 own = Draws.drawnRounds(Sampling.Freshness, beacon, round, index, counts.length, drawn);
            assertEq(own, counts[index], "rounds");
        }
    }

    /// @dev As many are drawn as should be, whoever they are.
    function testFuzz_isDrawn_AsManyAsAskedFor(
        bool fresh,
        bytes32 beacon,
        uint16 round,
        uint256 enrolled,
        uint256 drawn
    ) external pure {
        Sampling sampling = fresh ? Sampling.Freshness : Sampling.Uniform;
        enrolled = bound(enrolled, 1, 90);
        drawn = bound(drawn, 1, 100);
        uint256 found = 0;
        for (uint256 index = 0; index < enrolled; ++index) {
            if (Draws.isDrawn(sampling, beacon, round, index, enrolled, drawn)) ++found;
        }
        assertEq(found, drawn < enrolled ? drawn : enrolled, "drawn");
    }

    /// @dev Whoever is drawn by freshness had its last turn no later than whoever is not; never drawn is before all.
    function testFuzz_isDrawn_ByFreshness_TheOldestFirst(bytes32 beacon, uint256 enrolled, uint256 drawn) external pure {
        enrolled = bound(enrolled, 2, 30);
        drawn = bound(drawn, 1, enrolled - 1);
        uint256[] memory last = new uint256[](enrolled);
        for (uint256 round = 0; round < 12; ++round) {
            (uint256 newest, uint256 oldest) = (0, type(uint256).max);
            for (uint256 index = 0; index < enrolled; ++index) {
                if (Draws.isDrawn(Sampling.Freshness, beacon, round, index, enrolled, drawn)) {
                    if (last[index] > newest) newest = last[index];
                    assertLe(round + 1 - last[index], (enrolled + drawn - 1) / drawn, "waited");
                    last[index] = round + 1;
                } else if (last[index] < oldest) {
                    oldest = last[index];
                }
            }
            assertLe(newest, oldest, "the oldest first");
        }
    }

    function testFuzz_drawnRounds_CountsThoseItIsDrawnFor(
        bool fresh,
        bytes32 beacon,
        uint256 enrolled,
        uint256 drawn
    ) external pure {
        Sampling sampling = fresh ? Sampling.Freshness : Sampling.Uniform;
        enrolled = bound(enrolled, 1, 60_000);
        drawn = bound(drawn, 1, 2 * enrolled);
        uint256 index = uint256(beacon) % enrolled;
        uint256 found = 0;
        for (uint256 round = 0; round < 20; ++round) {
            if (Draws.isDrawn(sampling, beacon, round, index, enrolled, drawn)) ++found;
        }
        assertEq(Draws.drawnRounds(sampling, beacon, 20, index, enrolled, drawn), found, "rounds");
    }

    /// @dev By freshness no beacon gives a worker more rounds, or fewer, than another beyond the one that is left over.
    function testFuzz_drawnRounds_ByFreshness_AlikeWhateverTheBeacon(
        bytes32 beacon,
        uint16 rounds,
        uint256 enrolled,
        uint16 drawn
    ) external pure {
        enrolled = bound(enrolled, 1, 65_536);
        drawn = uint16(bound(drawn, 1, enrolled < type(uint16).max ? enrolled : type(uint16).max));
        uint256 own = Draws.drawnRounds(
            Sampling.Freshness,
            beacon,
            rounds,
            uint256(beacon) % enrolled,
            enrolled,
            drawn
        );
        uint256 share = (uint256(rounds) * drawn) / enrolled;
        assertTrue(own == share || (own == share + 1 && own * enrolled > uint256(rounds) * drawn), "share");
    }
}
