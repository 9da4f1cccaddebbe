// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Draws} from "../../../contracts/types/Draws.sol";
import {TaskId} from "../../../contracts/types/TaskTypes.sol";
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
                assertTrue(Draws.isDrawn(beacon, round, index, places.length, place + 1), "drawn");
                if (place != 0) assertFalse(Draws.isDrawn(beacon, round, index, places.length, place), "not drawn");
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

    /// @dev As many are drawn as should be, whoever they are.
    function testFuzz_isDrawn_AsManyAsAskedFor(bytes32 beacon, uint16 round, uint256 enrolled, uint256 drawn) external pure {
        enrolled = bound(enrolled, 1, 90);
        drawn = bound(drawn, 1, 100);
        uint256 found = 0;
        for (uint256 index = 0; index < enrolled; ++index) {
            if (Draws.isDrawn(beacon, round, index, enrolled, drawn)) ++found;
        }
        assertEq(found, drawn < enrolled ? drawn : enrolled, "drawn");
    }

    function testFuzz_drawnRounds_CountsThoseItIsDrawnFor(bytes32 beacon, uint256 enrolled, uint256 drawn) external pure {
        enrolled = bound(enrolled, 1, 60_000);
        drawn = bound(drawn, 1, 2 * enrolled);
        uint256 index = uint256(beacon) % enrolled;
        uint256 found = 0;
        for (uint256 round = 0; round < 20; ++round) {
            if (Draws.isDrawn(beacon, round, index, enrolled, drawn)) ++found;
        }
        assertEq(Draws.drawnRounds(beacon, 20, index, enrolled, drawn), found, "rounds");
    }
}
