// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {RoundReport, TaskStatus} from "../types/Messages.sol";
import {TaskId} from "../types/TaskTypes.sol";
import {Agreement} from "./Agreement.sol";
import {TaskBook} from "./TaskBook.sol";
import {TaskEntry, Voting} from "./TaskEntry.sol";

/// @title Rounds: reports of the subchains, attestations of the aggregators
/// @notice A round is final once enough aggregators attest the same aggregate of what the subchains reported. A round
/// short of updates is final too: it takes the workers that it has, and leaves the model as it was.
abstract contract Rounds is TaskBook {
    /// @inheritdoc ITaskManager
    function commitAttestation(TaskId task, uint16 round, bytes32 commitment) external {
        Agreement.commitAttestation(_entries[task], task, round, commitment);
    }

    /// @inheritdoc ITaskManager
    function attest(TaskId task, uint16 round, Aggregate calldata aggregate, bytes32 salt) external {
        (bool finalized, bool last) = Agreement.attest(_entries[task], task, round, aggregate, salt);
        if (finalized) _afterRound(task, last);
    }

    /// @inheritdoc ITaskManager
    function attemptOf(
        TaskId task,
        uint16 round,
        address aggregator
    ) external view returns (Attempt memory attempt, bytes32 commitment) {
        Voting storage voting = _entries[task].votings[round];
        attempt = voting.attempt;
        commitment = voting.ballots[attempt.number].commitments[aggregator];
    }

    /// @dev Takes a report; false when it is too late to count.
    function _recordReport(RoundReport memory report) internal returns (bool) {
        TaskEntry storage entry = _entries[report.task];
        if (!_isReportable(entry.state, report.round) || !_isSubchain(entry.terms, report.chainId)) return false;
        Report storage known = entry.reports[report.round][report.chainId];
        if (known.received) return false;
        uint256 openedAt = entry.state.roundOpenedAt;
        // A report cannot be before its round, but by a chain that lies.
        uint48 afterSeconds = uint48(Math.saturatingSub(block.timestamp, openedAt));
        (known.updatesRoot, known.revealed, known.received, known.afterSeconds) = (
            report.updatesRoot,
            report.revealed,
            true,
            afterSeconds
        );
        emit RoundReported(report.task, report.round, report.chainId, report.updatesRoot, report.revealed);
        return true;
    }

    /// @dev Goes on after a round was finalized; `last` when no further one opens.
    function _afterRound(TaskId task, bool last) internal virtual;

    /// @dev Of a task that expired, the round that was open then: what was revealed in it can be claimed.
    function _isReportable(Task storage state, uint16 round) private view returns (bool) {
        if (state.status == TaskStatus.Expired) return round == state.round && !state.refunded;
        return state.status == TaskStatus.Open && round >= state.round;
    }
}
