// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITermsCheck} from "../interfaces/ITermsCheck.sol";
import {Schedule, TaskTerms} from "../types/TaskTypes.sol";

/// @title TermsCheck
/// @notice See ITermsCheck. It holds nothing and has no owner.
contract TermsCheck is ITermsCheck {
    /// @dev A claim reads one bit a finalized round.
    uint256 internal constant MAX_ROUNDS = 4_096;
    uint256 internal constant MAX_SUBCHAINS = 32;
    uint256 internal constant MAX_AGGREGATORS = 32;
    uint256 internal constant MAX_WORKERS = 65_536;

    /// @inheritdoc ITermsCheck
    function check(TaskTerms memory terms, uint256 time) external pure {
        Schedule memory schedule = terms.schedule;
        _require(terms.specDigest != 0, "specDigest");
        _require(terms.initialModel != 0, "initialModel");
        _require(terms.rounds > 0 && terms.rounds <= MAX_ROUNDS, "rounds");
        _require(terms.targetScorePpb <= 1e9, "targetScorePpb");
        _require(terms.quorumPpb > 0 && terms.quorumPpb <= 1e9, "quorumPpb");
        _require(terms.minUpdates > 0, "minUpdates");
        _require(terms.maxWorkers > 0 && terms.maxWorkers <= MAX_WORKERS, "maxWorkers");
        _require(terms.maxSamples > 0, "maxSamples");
        // Subchains and meters keep times in 40 bits.
        uint256 epochEnd = uint256(schedule.startTime) + schedule.epochSeconds;
        _require(schedule.startTime >= time && epochEnd <= type(uint40).max, "schedule.startTime");
        _require(schedule.epochSeconds > 0, "schedule.epochSeconds");
        _require(schedule.commitSeconds > 0, "schedule.commitSeconds");
        _require(schedule.revealSeconds > 0, "schedule.revealSeconds");
        _require(schedule.claimSeconds > 0, "schedule.claimSeconds");
        _require(schedule.deadline >= epochEnd, "schedule.deadline");
        _require(terms.subchains.length > 0 && terms.subchains.length <= MAX_SUBCHAINS, "subchains");
        _require(terms.aggregators.length > 0 && terms.aggregators.length <= MAX_AGGREGATORS, "aggregators");
        _require(terms.minUpdates <= terms.maxWorkers * terms.subchains.length, "minUpdates");
        _require(terms.attestations > 0 && terms.attestations <= terms.aggregators.length, "attestations");
        for (uint256 i = 0; i < terms.subchains.length; ++i) {
            for (uint256 j = 0; j < i; ++j) _require(terms.subchains[i] != terms.subchains[j], "subchains");
        }
        for (uint256 i = 0; i < terms.aggregators.length; ++i) {
            for (uint256 j = 0; j < i; ++j) _require(terms.aggregators[i] != terms.aggregators[j], "aggregators");
        }
    }

    function _require(bool holds, string memory field) private pure {
        require(holds, InvalidTerms(field));
    }
}
