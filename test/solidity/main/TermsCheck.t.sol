// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITermsCheck} from "../../../contracts/interfaces/ITermsCheck.sol";
import {CLOCK_SKEW_SECONDS, Sampling, Schedule, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {TermsCheck} from "../../../contracts/main/TermsCheck.sol";
import {TaskFixture} from "../TaskFixture.sol";

/// @dev Fields of terms that may have any value of their types.
struct Arbitrary {
    uint16 rounds;
    uint32 quorumPpb;
    uint16 minUpdates;
    uint32 maxWorkers;
    uint16 workersPerRound;
    Schedule schedule;
}

/// @dev Every field's refusals are those of Publish.t.sol, which asks this contract; here are its borders.
contract TermsCheckTest is TaskFixture {
    uint32 private constant MOST = 366 days;
    /// @dev Of the mechanism's terms, on as many subchains as there may be.
    uint256 private constant MOST_BYTES = 262_144 / 32;

    function setUp() external {
        _deployCommon(MAIN);
    }

    function test_check() external view {
        _termsCheck.check(_terms(), START, 32);
        _termsCheck.check(_terms(), 0, 0);
        assertEq(TermsCheck(address(_termsCheck)).MIN_REPORT_SECONDS(), MIN_REPORT, "report");
        assertEq(TermsCheck(address(_termsCheck)).MIN_CLAIM_SECONDS(), MIN_CLAIM, "claim");
    }

    function test_check_AtTheLeastThatTermsMayHave() external view {
        TaskTerms memory terms = _terms();
        (terms.rounds, terms.targetScorePpb, terms.quorumPpb) = (1, 0, 1);
        (terms.minUpdates, terms.attestations, terms.maxWorkers, terms.maxSamples) = (1, 1, 1, 1);
        (terms.subchains, terms.aggregators) = (new uint64[](1), new address[](1));
        terms.schedule = Schedule(0, 3 * MIN_REPORT + CLOCK_SKEW_SECONDS, 1, MIN_REPORT, MIN_REPORT, MIN_REPORT, MIN_CLAIM);
        _termsCheck.check(terms, 0, 0);
    }

    function test_check_AtTheMostThatTermsMayHave() external view {
        TaskTerms memory terms = _terms();
        (terms.rounds, terms.targetScorePpb, terms.quorumPpb) = (4_096, 1e9, 1e9);
        (terms.minUpdates, terms.attestations) = (type(uint16).max, 32);
        (terms.maxWorkers, terms.maxSamples) = (2_048, type(uint32).max);
        (terms.subchains, terms.aggregators) = (new uint64[](32), new address[](32));
        for (uint256 i = 0; i < 32; ++i) (terms.subchains[i], terms.aggregators[i]) = (uint64(i), _aggregator(i));
        uint48 start = type(uint40).max - MOST;
        // What does not fit one round's times goes into its report's.
        uint32 rest = 2 * MIN_REPORT + CLOCK_SKEW_SECONDS;
        terms.schedule = Schedule(start, start + MOST, MOST, MIN_REPORT, MIN_REPORT, MOST / 4_096 - rest, MOST);
        _termsCheck.check(terms, start, MOST_BYTES);
        terms.rounds = 1;
        terms.schedule.reportSeconds = MOST - rest;
        _termsCheck.check(terms, start, MOST_BYTES);
        _termsCheck.check(terms, start - MOST, MOST_BYTES);
    }

    /// @dev All workers on one subchain.
    function test_check_OfTheMostWorkersOnOneSubchain() external view {
        TaskTerms memory terms = _terms();
        (terms.maxWorkers, terms.subchains) = (65_536, new uint64[](1));
        _termsCheck.check(terms, 0, 32_768);
    }

    /// @dev However few they are on each: the last attestation of a round writes a bit for every one.
    function testFuzz_RevertWhen_AllSubchainsTogetherHaveTooManyWorkers(uint256 count, uint32 workers) external {
        count = bound(count, 1, 32);
        TaskTerms memory terms = _terms();
        terms.subchains = new uint64[](count);
        for (uint256 i = 0; i < count; ++i) terms.subchains[i] = uint64(i);
        terms.maxWorkers = uint32(65_536 / count);
        _termsCheck.check(terms, 0, 0);
        terms.maxWorkers = uint32(bound(workers, 65_536 / count + 1, type(uint32).max));
        _refuses(terms, 0, "maxWorkers");
    }

    /// @dev Half of them are not enough: the other half could finalize something else.
    function testFuzz_RevertWhen_HalfOfTheAggregatorsOrFewerDecide(uint256 count, uint16 attestations) external {
        count = bound(count, 1, 32);
        TaskTerms memory terms = _terms();
        terms.aggregators = new address[](count);
        for (uint256 i = 0; i < count; ++i) terms.aggregators[i] = _aggregator(i);
        terms.attestations = uint16(count / 2 + 1);
        _termsCheck.check(terms, 0, 0);
        terms.attestations = uint16(bound(attestations, 0, count / 2));
        _refuses(terms, 0, "attestations");
    }

    /// @dev Of a mechanism whose own terms are too long for a publication, or for the relay chain to send them on.
    function testFuzz_RevertWhen_TheMechanismsTermsAreTooLong(uint256 count, uint256 length) external {
        count = bound(count, 1, 32);
        TaskTerms memory terms = _terms();
        terms.subchains = new uint64[](count);
        for (uint256 i = 0; i < count; ++i) terms.subchains[i] = uint64(i);
        uint256 most = 262_144 / count < 32_768 ? 262_144 / count : 32_768;
        _termsCheck.check(terms, 0, most);
        length = bound(length, most + 1, type(uint64).max);
        vm.expectRevert(abi.encodeWithSelector(ITermsCheck.InvalidTerms.selector, "mechanismTerms"));
        _termsCheck.check(terms, 0, length);
    }

    /// @dev Nobody has to keep anything for longer than 366 days.
    function test_RevertWhen_ATimeIsTooLong() external {
        TaskTerms memory terms = _terms();
        terms.schedule.deadline = START + MOST;
        terms.schedule.startTime = START;
        _termsCheck.check(terms, START - MOST, 0);
        _refuses(terms, START - MOST - 1, "schedule.startTime");
        terms.schedule.deadline = START + MOST + 1;
        _refuses(terms, 0, "schedule.deadline");
        (terms.schedule.epochSeconds, terms.schedule.deadline) = (MOST + 1, type(uint48).max);
        _refuses(terms, 0, "schedule.epochSeconds");
        terms = _terms();
        terms.schedule.commitSeconds = MOST + 1;
        _refuses(terms, 0, "schedule.commitSeconds");
        terms = _terms();
        terms.schedule.revealSeconds = MOST + 1;
        _refuses(terms, 0, "schedule.revealSeconds");
        terms = _terms();
        terms.schedule.reportSeconds = MOST + 1;
        _refuses(terms, 0, "schedule.reportSeconds");
        terms = _terms();
        terms.schedule.claimSeconds = MOST + 1;
        _refuses(terms, 0, "schedule.claimSeconds");
    }

    /// @dev Less than the network's routes take: nobody could be paid.
    function test_RevertWhen_ReportsOrClaimsHaveNoTimeToCome() external {
        TaskTerms memory terms = _terms();
        (terms.schedule.reportSeconds, terms.schedule.claimSeconds) = (MIN_REPORT, MIN_CLAIM);
        _termsCheck.check(terms, 0, 0);
        terms.schedule.reportSeconds = MIN_REPORT - 1;
        _refuses(terms, 0, "schedule.reportSeconds");
        terms.schedule.reportSeconds = MIN_REPORT;
        terms.schedule.claimSeconds = MIN_CLAIM - 1;
        _refuses(terms, 0, "schedule.claimSeconds");
    }

    function test_RevertWhen_NoRoundFitsBeforeTheDeadline() external {
        TaskTerms memory terms = _terms();
        (terms.rounds, terms.schedule.epochSeconds) = (1, 1);
        terms.schedule.deadline = START + COMMIT + CLOCK_SKEW_SECONDS + REVEAL + REPORT;
        _termsCheck.check(terms, 0, 0);
        --terms.schedule.deadline;
        _refuses(terms, 0, "schedule.deadline");
    }

    /// @dev Workers keep away from a task whose planned rounds may not all be final in time.
    function test_RevertWhen_NotAllRoundsFitBeforeTheDeadline() external {
        TaskTerms memory terms = _terms();
        (terms.rounds, terms.schedule.epochSeconds) = (5, 1);
        uint48 round = COMMIT + CLOCK_SKEW_SECONDS + REVEAL + REPORT;
        // One after the other.
        terms.schedule.deadline = START + 5 * round;
        _termsCheck.check(terms, 0, 0);
        --terms.schedule.deadline;
        _refuses(terms, 0, "schedule.deadline");
        // The last begins no sooner than its part of the epoch.
        (terms.rounds, terms.schedule.epochSeconds) = (2, 120);
        terms.schedule.commitSeconds += 100;
        terms.schedule.deadline = START + 2 * (round + 100);
        _termsCheck.check(terms, 0, 0);
        (terms.rounds, terms.schedule.epochSeconds) = (2, 600);
        terms.schedule.commitSeconds += 200;
        terms.schedule.deadline = START + 2 * (round + 300);
        _termsCheck.check(terms, 0, 0);
        --terms.schedule.deadline;
        _refuses(terms, 0, "schedule.deadline");
    }

    function test_RevertWhen_AContractForReportsOrClaimsWithoutTimeIsDeployed() external {
        vm.expectRevert(abi.encodeWithSelector(ITermsCheck.InvalidTerms.selector, "schedule.claimSeconds"));
        new TermsCheck(1, 0);
        vm.expectRevert(abi.encodeWithSelector(ITermsCheck.InvalidTerms.selector, "schedule.reportSeconds"));
        new TermsCheck(0, 1);
    }

    /// @dev Subchains and meters keep times in 40 bits: the epoch ends before 2^40.
    function testFuzz_RevertWhen_TheEpochEndsPast40Bits(uint48 start, uint32 epoch) external {
        epoch = uint32(bound(epoch, 1, MOST));
        uint48 last = type(uint40).max - epoch;
        TaskTerms memory terms = _terms();
        terms.schedule.epochSeconds = epoch;
        terms.schedule.deadline = last + MOST;
        terms.schedule.startTime = last;
        _termsCheck.check(terms, 0, 0);
        terms.schedule.startTime = uint48(bound(start, last + 1, type(uint48).max));
        _refuses(terms, 0, "schedule.startTime");
    }

    function test_RevertWhen_StartHasPassed() external {
        TaskTerms memory terms = _terms();
        _refuses(terms, START + 1, "schedule.startTime");
        _refuses(terms, type(uint128).max, "schedule.startTime");
        _termsCheck.check(terms, START, 0);
    }

    function test_RevertWhen_DeadlineIsBeforeTheEpochsEnd() external {
        TaskTerms memory terms = _terms();
        terms.schedule.deadline = START + EPOCH;
        _termsCheck.check(terms, 0, 0);
        terms.schedule.deadline = START + EPOCH - 1;
        _refuses(terms, 0, "schedule.deadline");
    }

    function test_RevertWhen_MoreUpdatesAreAskedForThanThereArePlaces() external {
        TaskTerms memory terms = _terms();
        (terms.maxWorkers, terms.minUpdates) = (7, 14);
        _termsCheck.check(terms, 0, 0);
        terms.minUpdates = 15;
        _refuses(terms, 0, "minUpdates");
        // Of those that are drawn, where not all take part.
        (terms.workersPerRound, terms.minUpdates) = (3, 6);
        _termsCheck.check(terms, 0, 0);
        terms.minUpdates = 7;
        _refuses(terms, 0, "minUpdates");
    }

    function test_RevertWhen_WorkersAreDrawnForTooManyRounds() external {
        TaskTerms memory terms = _terms();
        (terms.workersPerRound, terms.rounds) = (1, 2_048);
        terms.schedule.deadline = START + MOST;
        (terms.schedule.commitSeconds, terms.schedule.revealSeconds) = (MIN_REPORT, MIN_REPORT);
        terms.schedule.reportSeconds = MIN_REPORT;
        _termsCheck.check(terms, 0, 0);
        terms.rounds = 2_049;
        _refuses(terms, 0, "rounds");
        terms.workersPerRound = 0;
        _termsCheck.check(terms, 0, 0);
    }

    function test_RevertWhen_MoreWorkersAreDrawnThanThereArePlaces() external {
        TaskTerms memory terms = _terms();
        terms.workersPerRound = uint16(terms.maxWorkers);
        _termsCheck.check(terms, 0, 0);
        ++terms.workersPerRound;
        _refuses(terms, 0, "workersPerRound");
    }

    function test_RevertWhen_NobodyIsDrawnByFreshness() external {
        TaskTerms memory terms = _terms();
        terms.sampling = Sampling.Freshness;
        _refuses(terms, 0, "sampling");
        terms.workersPerRound = 1;
        _termsCheck.check(terms, 0, 0);
    }

    /// @dev What is no way to draw cannot be read as one, here or at publication.
    function testFuzz_RevertWhen_WorkersAreDrawnInNoKnownWay(uint8 unknown) external {
        TaskTerms memory terms = _terms();
        (terms.workersPerRound, terms.sampling) = (1, Sampling.Freshness);
        bytes memory call = abi.encodeCall(_termsCheck.check, (terms, 0, 0));
        // The selector, three heads, and eleven fields of the terms.
        uint256 at = 4 + 3 * 32 + 12 * 32 - 1;
        assertEq(uint8(call[at]), uint8(Sampling.Freshness), "it is there");
        (bool taken, ) = address(_termsCheck).call(call);
        assertTrue(taken, "known");
        unknown = uint8(bound(unknown, uint8(type(Sampling).max) + 1, 255));
        call[at] = bytes1(unknown);
        (taken, ) = address(_termsCheck).call(call);
        assertFalse(taken, "unknown");
    }

    /// @dev Any two the same, wherever they stand.
    function testFuzz_RevertWhen_ASubchainOrAggregatorIsNamedTwice(uint256 seed, uint256 count) external {
        count = bound(count, 2, 32);
        TaskTerms memory terms = _terms();
        (terms.subchains, terms.aggregators) = (new uint64[](count), new address[](count));
        for (uint256 i = 0; i < count; ++i) (terms.subchains[i], terms.aggregators[i]) = (uint64(i), _aggregator(i));
        uint256 first = draw(seed, 0) % count;
        uint256 second = (first + 1 + (draw(seed, 1) % (count - 1))) % count;
        terms.attestations = uint16(count);
        _termsCheck.check(terms, 0, 0);
        terms.subchains[first] = terms.subchains[second];
        _refuses(terms, 0, "subchains");
        terms.subchains[first] = uint64(count);
        terms.aggregators[first] = terms.aggregators[second];
        _refuses(terms, 0, "aggregators");
    }

    /// @dev Whatever passes bounds every loop over it, and lets times be added up.
    function testFuzz_check_BoundsWhatPasses(Arbitrary memory any, uint256 time, uint256 seed) external view {
        // Arbitrary terms hardly ever pass: fields of them, in terms that do.
        TaskTerms memory mixed = _terms();
        if (draw(seed, 0) % 4 == 0) mixed.rounds = any.rounds;
        if (draw(seed, 1) % 4 == 0) mixed.maxWorkers = any.maxWorkers % 70_000;
        if (draw(seed, 2) % 4 == 0) mixed.minUpdates = any.minUpdates;
        if (draw(seed, 3) % 4 == 0) mixed.schedule.startTime = any.schedule.startTime >> 8;
        if (draw(seed, 4) % 4 == 0) mixed.schedule.epochSeconds = any.schedule.epochSeconds;
        if (draw(seed, 5) % 4 == 0) mixed.schedule.deadline = any.schedule.deadline;
        if (draw(seed, 6) % 4 == 0) mixed.quorumPpb = any.quorumPpb % 1_200_000_000;
        if (draw(seed, 8) % 2 == 0) mixed.workersPerRound = any.workersPerRound % 40;
        if (draw(seed, 9) % 2 == 0) mixed.sampling = Sampling.Freshness;
        time = time % (1 << 41);
        try _termsCheck.check(mixed, time, draw(seed, 7) % 40_000) {
            Schedule memory schedule = mixed.schedule;
            assertTrue(mixed.rounds > 0 && mixed.rounds <= 4_096, "rounds");
            assertTrue(mixed.maxWorkers > 0 && mixed.maxWorkers * mixed.subchains.length <= 65_536, "workers");
            assertTrue(mixed.minUpdates <= uint256(mixed.maxWorkers) * mixed.subchains.length, "updates");
            assertTrue(mixed.quorumPpb > 0 && mixed.quorumPpb <= 1e9, "quorum");
            assertTrue(mixed.workersPerRound <= mixed.maxWorkers, "drawn");
            assertTrue(mixed.workersPerRound != 0 || mixed.sampling == Sampling.Uniform, "sampling");
            assertTrue(mixed.workersPerRound == 0 || mixed.rounds <= 2_048, "drawn rounds");
            assertTrue(schedule.startTime >= time, "start");
            assertTrue(uint256(schedule.startTime) + schedule.epochSeconds < 1 << 40, "40 bits");
            assertTrue(schedule.deadline - schedule.startTime <= MOST, "a year");
            assertTrue(schedule.deadline >= uint256(schedule.startTime) + schedule.epochSeconds, "deadline");
        } catch (bytes memory reason) {
            bytes4 selector = bytes4(reason);
            assertEq(bytes32(selector), bytes32(ITermsCheck.InvalidTerms.selector), "refused with the field");
        }
    }

    function _refuses(TaskTerms memory terms, uint256 time, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(ITermsCheck.InvalidTerms.selector, field));
        _termsCheck.check(terms, time, 0);
    }
}
