// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {Schedule, TaskTerms} from "../types/TaskTypes.sol";

/// @title Checks of a task's terms, the same on the main and the relay chain
/// @notice Terms that pass do not contradict themselves, and bound every loop over them.
library TermsCheck {
    /// @dev A claim reads one bit a finalized round.
    uint256 internal constant MAX_ROUNDS = 4_096;
    uint256 internal constant MAX_SUBCHAINS = 32;
    uint256 internal constant MAX_AGGREGATORS = 32;
    uint256 internal constant MAX_WORKERS = 65_536;

    /// @notice Reverts with InvalidTerms and the name of the first field that does not hold.
    /// @param terms The terms.
    /// @param time The time that they must lie after, Unix seconds; 0 to leave that out.
    function check(TaskTerms memory terms, uint256 time) internal pure {
        Schedule memory schedule = terms.schedule;
        _require(terms.specDigest != 0, "specDigest");
        _require(terms.initialModel != 0, "initialModel");
        _require(terms.rounds > 0 && terms.rounds <= MAX_ROUNDS, "rounds");
        _require(terms.targetAccuracyBps <= 10_000, "targetAccuracyBps");
        _require(terms.quorumBps > 0 && terms.quorumBps <= 10_000, "quorumBps");
        _require(terms.minUpdates > 0, "minUpdates");
        _require(terms.maxWorkers > 0 && terms.maxWorkers <= MAX_WORKERS, "maxWorkers");
        _require(terms.maxSamples > 0, "maxSamples");
        _require(schedule.startTime >= time, "schedule.startTime");
        _require(schedule.epochSeconds > 0, "schedule.epochSeconds");
        _require(schedule.commitSeconds > 0, "schedule.commitSeconds");
        _require(schedule.revealSeconds > 0, "schedule.revealSeconds");
        _require(schedule.claimSeconds > 0, "schedule.claimSeconds");
        _require(schedule.deadline >= uint256(schedule.startTime) + schedule.epochSeconds, "schedule.deadline");
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
        require(holds, ITaskManager.InvalidTerms(field));
    }
}
