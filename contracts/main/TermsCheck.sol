// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITermsCheck} from "../interfaces/ITermsCheck.sol";
import {CLOCK_SKEW_SECONDS, Sampling, Schedule, TaskTerms} from "../types/TaskTypes.sol";

/// @title TermsCheck
/// @notice See ITermsCheck. It holds nothing and has no owner. With all terms at their bounds at once every call of a
/// task takes less than 16,000,000 gas (test/solidity/Maxima.t.sol).
contract TermsCheck is ITermsCheck {
    /// @dev A claim reads one bit a finalized round, each in a slot of its own where there are many workers.
    uint256 internal constant MAX_ROUNDS = 4_096;
    /// @dev The same where workers are drawn for rounds: a claim derives each round's draw, or all in one by freshness.
    uint256 internal constant MAX_DRAWN_ROUNDS = 2_048;
    /// @dev The relay chain sends a task to each of them in one call.
    uint256 internal constant MAX_SUBCHAINS = 32;
    /// @dev An attestation looks for its sender among them.
    uint256 internal constant MAX_AGGREGATORS = 32;
    /// @dev On all subchains together: the last attestation of a round writes a bit for each.
    uint256 internal constant MAX_WORKERS = 65_536;
    /// @dev From the start to the deadline, and of everything in between: nobody must keep anything for longer.
    uint256 internal constant MAX_SECONDS = 366 days;
    /// @dev Bytes of the mechanism's terms, which publication and every subchain decode.
    uint256 internal constant MAX_TERMS_BYTES = 32_768;
    /// @dev The same once for each subchain, as the relay chain sends them.
    uint256 internal constant MAX_SENT_BYTES = 262_144;

    /// @notice Least `reportSeconds`: what reports take at the most by the network's routes to the main chain.
    uint32 public immutable MIN_REPORT_SECONDS;
    /// @notice Least `claimSeconds`: what settlements take at the most by the network's routes, and time to claim.
    uint32 public immutable MIN_CLAIM_SECONDS;

    constructor(uint32 minReportSeconds, uint32 minClaimSeconds) {
        require(minClaimSeconds > 0, InvalidTerms("schedule.claimSeconds"));
        // Attempts to agree on a round would take no time, and have no end.
        require(minReportSeconds > 0, InvalidTerms("schedule.reportSeconds"));
        MIN_REPORT_SECONDS = minReportSeconds;
        MIN_CLAIM_SECONDS = minClaimSeconds;
    }

    /// @inheritdoc ITermsCheck
    function check(TaskTerms memory terms, uint256 time, uint256 mechanismTermsLength) external view {
        _require(terms.specDigest != 0, "specDigest");
        _require(terms.initialModel != 0, "initialModel");
        _require(terms.rounds > 0 && terms.rounds <= MAX_ROUNDS, "rounds");
        _require(terms.targetScorePpb <= 1e9, "targetScorePpb");
        _require(terms.quorumPpb > 0 && terms.quorumPpb <= 1e9, "quorumPpb");
        _require(terms.maxSamples > 0, "maxSamples");
        _checkSchedule(terms.schedule, terms.rounds, time);
        uint256 subchains = terms.subchains.length;
        _require(subchains > 0 && subchains <= MAX_SUBCHAINS, "subchains");
        uint256 workers = terms.maxWorkers * subchains;
        _require(workers > 0 && workers <= MAX_WORKERS, "maxWorkers");
        uint256 drawn = terms.workersPerRound;
        _require(drawn <= terms.maxWorkers, "workersPerRound");
        _require(drawn == 0 || terms.rounds <= MAX_DRAWN_ROUNDS, "rounds");
        _require(drawn != 0 || terms.sampling == Sampling.Uniform, "sampling");
        uint256 updates = drawn == 0 ? workers : drawn * subchains;
        _require(terms.minUpdates > 0 && terms.minUpdates <= updates, "minUpdates");
        uint256 aggregators = terms.aggregators.length;
        _require(aggregators > 0 && aggregators <= MAX_AGGREGATORS, "aggregators");
        // Of half or fewer, two groups could finalize two different aggregates.
        _require(
            uint256(terms.attestations) * 2 > aggregators && terms.attestations <= aggregators,
            "attestations"
        );
        _require(
            mechanismTermsLength <= MAX_TERMS_BYTES && mechanismTermsLength * subchains <= MAX_SENT_BYTES,
            "mechanismTerms"
        );
        for (uint256 i = 0; i < subchains; ++i) {
            for (uint256 j = 0; j < i; ++j) _require(terms.subchains[i] != terms.subchains[j], "subchains");
        }
        for (uint256 i = 0; i < aggregators; ++i) {
            for (uint256 j = 0; j < i; ++j) _require(terms.aggregators[i] != terms.aggregators[j], "aggregators");
        }
    }

    function _checkSchedule(Schedule memory schedule, uint256 rounds, uint256 time) private view {
        uint256 start = schedule.startTime;
        // Subchains and meters keep times in 40 bits.
        uint256 epochEnd = start + schedule.epochSeconds;
        _require(start >= time && epochEnd <= type(uint40).max, "schedule.startTime");
        _require(time == 0 || start <= time + MAX_SECONDS, "schedule.startTime");
        _require(schedule.epochSeconds > 0 && schedule.epochSeconds <= MAX_SECONDS, "schedule.epochSeconds");
        // What is sent must have the time to come by way of the relay chain, or nobody can commit, reveal or be paid.
        _require(
            schedule.commitSeconds > 0 &&
                schedule.commitSeconds >= MIN_REPORT_SECONDS &&
                schedule.commitSeconds <= MAX_SECONDS,
            "schedule.commitSeconds"
        );
        _require(
            schedule.revealSeconds > 0 &&
                schedule.revealSeconds >= MIN_REPORT_SECONDS &&
                schedule.revealSeconds <= MAX_SECONDS,
            "schedule.revealSeconds"
        );
        _require(
            schedule.reportSeconds >= MIN_REPORT_SECONDS && schedule.reportSeconds <= MAX_SECONDS,
            "schedule.reportSeconds"
        );
        _require(
            schedule.claimSeconds >= MIN_CLAIM_SECONDS && schedule.claimSeconds <= MAX_SECONDS,
            "schedule.claimSeconds"
        );
        // All planned rounds can be finalized, with all the time that each may take: one after the other, and the last
        // no sooner than its part of the epoch.
        uint256 round = uint256(schedule.commitSeconds) +
            CLOCK_SKEW_SECONDS +
            schedule.revealSeconds +
            schedule.reportSeconds;
        uint256 lastBegins = (schedule.epochSeconds * (rounds - 1)) / rounds;
        _require(
            schedule.deadline >= epochEnd &&
                schedule.deadline >= start + rounds * round &&
                schedule.deadline >= start + lastBegins + round &&
                schedule.deadline <= start + MAX_SECONDS,
            "schedule.deadline"
        );
    }

    function _require(bool holds, string memory field) private pure {
        require(holds, InvalidTerms(field));
    }
}
