// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {TaskManagerFixture} from "./TaskManagerFixture.sol";

/// @dev The bits of all rounds lie behind each other, in words that rounds share, against a plain table.
contract AcceptanceTest is TaskManagerFixture {
    uint256 private constant MOST_WORKERS = 600;
    uint256 private constant MOST_ROUNDS = 6;

    /// @dev By round, subchain and worker.
    bool[MOST_WORKERS][2][MOST_ROUNDS] private _taken;

    function setUp() external {
        _deploy();
    }

    function testFuzz_acceptedRounds_AreThoseOfAPlainTable(uint256 seed, uint32 maxWorkers, uint16 rounds) external {
        maxWorkers = uint32(bound(maxWorkers, 1, MOST_WORKERS));
        rounds = uint16(bound(rounds, 1, MOST_ROUNDS));
        TaskId task = _publishWith(maxWorkers, rounds);
        for (uint16 round = 0; round < rounds; ++round) {
            ITaskManager.Aggregate memory aggregate = _aggregate(0, 0);
            for (uint256 chain = 0; chain < 2; ++chain) {
                aggregate.accepted[chain] = _draw(draw(seed, 2 * round + chain), round, chain, maxWorkers);
            }
            _report(task, round, VIRTUAL, maxWorkers);
            _report(task, round, PHYSICAL, maxWorkers);
            _agree(_manager, task, round, aggregate);
            _isAsInTheTable(task, round + 1, maxWorkers);
        }
    }

    /// @dev Every number of workers about the borders of words, all of them taken in every other round.
    function test_acceptedRounds_AtTheBordersOfWords() external {
        uint32[10] memory sizes = [uint32(1), 2, 127, 128, 129, 255, 256, 257, 511, 512];
        for (uint256 i = 0; i < sizes.length; ++i) {
            TaskId task = _publishWith(sizes[i], 5);
            for (uint16 round = 0; round < 5; ++round) {
                ITaskManager.Aggregate memory aggregate = _aggregate(0, 0);
                aggregate.accepted[round % 2] = _all(sizes[i]);
                _report(task, round, VIRTUAL, sizes[i]);
                _report(task, round, PHYSICAL, sizes[i]);
                _agree(_manager, task, round, aggregate);
            }
            uint16[] memory first = _manager.acceptedRoundsOf(task, VIRTUAL, sizes[i]);
            uint16[] memory second = _manager.acceptedRoundsOf(task, PHYSICAL, sizes[i]);
            for (uint256 index = 0; index < sizes[i]; ++index) {
                assertEq(first[index], 3, "every other round");
                assertEq(second[index], 2, "and the others");
            }
        }
    }

    /// @dev A bit past the most workers would be the next round's, of a worker that nobody attested.
    function testFuzz_RevertWhen_ABitIsPastTheMostWorkers(uint32 maxWorkers, uint256 place, bool alone) external {
        maxWorkers = uint32(bound(maxWorkers, 1, MOST_WORKERS));
        uint256 words = (uint256(maxWorkers) + 255) / 256;
        // In the last word that workers need, or in one more.
        place = bound(place, maxWorkers, words * 256 + 255);
        TaskId task = _publishWith(maxWorkers, 2);
        _report(task, 0, VIRTUAL, maxWorkers);
        _report(task, 0, PHYSICAL, maxWorkers);
        ITaskManager.Aggregate memory aggregate = _aggregate(0, 1);
        aggregate.accepted[0] = new uint256[](place / 256 + 1);
        if (!alone) aggregate.accepted[0][0] = 1;
        aggregate.accepted[0][place / 256] |= 1 << (place % 256);
        uint256 bits = alone ? 1 : 2;
        vm.prank(_aggregator(0));
        _manager.commitAttestation(task, 0, _commitmentTo(aggregate, 0));
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.TooManyAccepted.selector, VIRTUAL, bits, maxWorkers));
        vm.prank(_aggregator(0));
        _manager.attest(task, 0, aggregate, _saltOf(0));
    }

    function _publishWith(uint32 maxWorkers, uint16 rounds) private returns (TaskId) {
        TaskTerms memory terms = _terms();
        (terms.maxWorkers, terms.rounds) = (maxWorkers, rounds);
        (terms.minUpdates, terms.attestations, terms.aggregators) = (1, 1, new address[](1));
        terms.aggregators[0] = _aggregator(0);
        terms.schedule.deadline = START + 366 days;
        return _publish(terms);
    }

    /// @dev A random bitmap, which goes into the table too; often sparse or whole, and sometimes shorter than it may be.
    function _draw(
        uint256 seed,
        uint256 round,
        uint256 chain,
        uint256 maxWorkers
    ) private returns (uint256[] memory words) {
        uint256 length = (maxWorkers + 255) / 256;
        uint256 kind = seed % 4;
        words = new uint256[](length);
        for (uint256 i = 0; i < maxWorkers; ++i) {
            uint256 number = draw(seed, i / 32) >> (8 * (i % 32));
            // The first worker is always taken: a round needs one update.
            bool taken = i == 0 || kind == 0 || (kind == 1 ? number & 0xf == 0 : number & 1 == 0);
            _taken[round][chain][i] = taken;
            if (taken) words[i / 256] |= 1 << (i % 256);
        }
        while (length > 1 && words[length - 1] == 0) --length;
        assembly ("memory-safe") {
            mstore(words, length)
        }
    }

    function _all(uint256 workers) private pure returns (uint256[] memory words) {
        words = new uint256[]((workers + 255) / 256);
        for (uint256 i = 0; i < workers; ++i) words[i / 256] |= 1 << (i % 256);
    }

    function _isAsInTheTable(TaskId task, uint256 rounds, uint32 maxWorkers) private view {
        for (uint256 chain = 0; chain < 2; ++chain) {
            uint16[] memory accepted = _manager.acceptedRoundsOf(task, chain == 0 ? VIRTUAL : PHYSICAL, maxWorkers);
            for (uint256 i = 0; i < maxWorkers; ++i) {
                uint256 expected = 0;
                for (uint256 round = 0; round < rounds; ++round) if (_taken[round][chain][i]) ++expected;
                if (accepted[i] != expected) assertEq(accepted[i], expected, "accepted rounds");
            }
        }
    }
}
