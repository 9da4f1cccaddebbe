// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITermsCheck} from "../../../contracts/interfaces/ITermsCheck.sol";
import {Schedule, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {TaskFixture} from "../TaskFixture.sol";

/// @dev Every field's refusals are those of Publish.t.sol, which asks this contract; here are its borders.
contract TermsCheckTest is TaskFixture {
    function setUp() external {
        _deployCommon(MAIN);
    }

    function test_check() external view {
        _termsCheck.check(_terms(), START);
        _termsCheck.check(_terms(), 0);
    }

    function test_check_AtTheLeastThatTermsMayHave() external view {
        TaskTerms memory terms = _terms();
        (terms.rounds, terms.targetScorePpb, terms.quorumPpb) = (1, 0, 1);
        (terms.minUpdates, terms.attestations, terms.maxWorkers, terms.maxSamples) = (1, 1, 1, 1);
        (terms.subchains, terms.aggregators) = (new uint64[](1), new address[](1));
        terms.schedule = Schedule(0, 1, 1, 1, 1, 0, 1);
        _termsCheck.check(terms, 0);
    }

    function test_check_AtTheMostThatTermsMayHave() external view {
        TaskTerms memory terms = _terms();
        (terms.rounds, terms.targetScorePpb, terms.quorumPpb) = (4_096, 1e9, 1e9);
        (terms.minUpdates, terms.attestations) = (type(uint16).max, 32);
        (terms.maxWorkers, terms.maxSamples) = (65_536, type(uint32).max);
        (terms.subchains, terms.aggregators) = (new uint64[](32), new address[](32));
        for (uint256 i = 0; i < 32; ++i) (terms.subchains[i], terms.aggregators[i]) = (uint64(i), _aggregator(i));
        uint32 most = type(uint32).max;
        terms.schedule = Schedule(type(uint40).max - most, type(uint48).max, most, most, most, most, most);
        _termsCheck.check(terms, type(uint40).max - most);
    }

    /// @dev Subchains and meters keep times in 40 bits: the epoch ends before 2^40.
    function testFuzz_RevertWhen_TheEpochEndsPast40Bits(uint48 start, uint32 epoch) external {
        epoch = uint32(bound(epoch, 1, type(uint32).max));
        uint48 last = type(uint40).max - epoch;
        TaskTerms memory terms = _terms();
        terms.schedule.epochSeconds = epoch;
        terms.schedule.deadline = type(uint48).max;
        terms.schedule.startTime = last;
        _termsCheck.check(terms, 0);
        terms.schedule.startTime = uint48(bound(start, last + 1, type(uint48).max));
        _refuses(terms, 0, "schedule.startTime");
    }

    function test_RevertWhen_StartHasPassed() external {
        TaskTerms memory terms = _terms();
        _refuses(terms, START + 1, "schedule.startTime");
        _refuses(terms, type(uint256).max, "schedule.startTime");
        _termsCheck.check(terms, START);
    }

    function test_RevertWhen_DeadlineIsBeforeTheEpochsEnd() external {
        TaskTerms memory terms = _terms();
        terms.schedule.deadline = START + EPOCH;
        _termsCheck.check(terms, 0);
        terms.schedule.deadline = START + EPOCH - 1;
        _refuses(terms, 0, "schedule.deadline");
    }

    function test_RevertWhen_MoreUpdatesAreAskedForThanThereArePlaces() external {
        TaskTerms memory terms = _terms();
        (terms.maxWorkers, terms.minUpdates) = (7, 14);
        _termsCheck.check(terms, 0);
        terms.minUpdates = 15;
        _refuses(terms, 0, "minUpdates");
    }

    /// @dev Any two the same, wherever they stand.
    function testFuzz_RevertWhen_ASubchainOrAggregatorIsNamedTwice(uint256 seed, uint256 count) external {
        count = bound(count, 2, 32);
        TaskTerms memory terms = _terms();
        (terms.subchains, terms.aggregators) = (new uint64[](count), new address[](count));
        for (uint256 i = 0; i < count; ++i) (terms.subchains[i], terms.aggregators[i]) = (uint64(i), _aggregator(i));
        uint256 first = draw(seed, 0) % count;
        uint256 second = (first + 1 + (draw(seed, 1) % (count - 1))) % count;
        _termsCheck.check(terms, 0);
        terms.subchains[first] = terms.subchains[second];
        _refuses(terms, 0, "subchains");
        terms.subchains[first] = uint64(count);
        terms.aggregators[first] = terms.aggregators[second];
        _refuses(terms, 0, "aggregators");
    }

    /// @dev Whatever passes bounds every loop over it, and lets times be added up.
    function testFuzz_check_BoundsWhatPasses(TaskTerms memory terms, uint256 time, uint256 seed) external view {
        // Arbitrary terms hardly ever pass: fields of them, in terms that do.
        TaskTerms memory mixed = _terms();
        if (draw(seed, 0) % 4 == 0) mixed.rounds = terms.rounds;
        if (draw(seed, 1) % 4 == 0) mixed.maxWorkers = terms.maxWorkers % 70_000;
        if (draw(seed, 2) % 4 == 0) mixed.minUpdates = terms.minUpdates;
        if (draw(seed, 3) % 4 == 0) mixed.schedule.startTime = terms.schedule.startTime >> 8;
        if (draw(seed, 4) % 4 == 0) mixed.schedule.epochSeconds = terms.schedule.epochSeconds;
        if (draw(seed, 5) % 4 == 0) mixed.schedule.deadline = terms.schedule.deadline;
        if (draw(seed, 6) % 4 == 0) mixed.quorumPpb = terms.quorumPpb % 1_200_000_000;
        time = time % (1 << 41);
        try _termsCheck.check(mixed, time) {
            Schedule memory schedule = mixed.schedule;
            assertTrue(mixed.rounds > 0 && mixed.rounds <= 4_096, "rounds");
            assertTrue(mixed.maxWorkers > 0 && mixed.maxWorkers <= 65_536, "workers");
            assertTrue(mixed.minUpdates <= uint256(mixed.maxWorkers) * mixed.subchains.length, "updates");
            assertTrue(mixed.quorumPpb > 0 && mixed.quorumPpb <= 1e9, "quorum");
            assertTrue(schedule.startTime >= time, "start");
            assertTrue(uint256(schedule.startTime) + schedule.epochSeconds < 1 << 40, "40 bits");
            assertTrue(schedule.deadline >= uint256(schedule.startTime) + schedule.epochSeconds, "deadline");
        } catch (bytes memory reason) {
            bytes4 selector = bytes4(reason);
            assertEq(bytes32(selector), bytes32(ITermsCheck.InvalidTerms.selector), "refused with the field");
        }
    }

    function _refuses(TaskTerms memory terms, uint256 time, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(ITermsCheck.InvalidTerms.selector, field));
        _termsCheck.check(terms, time);
    }
}
