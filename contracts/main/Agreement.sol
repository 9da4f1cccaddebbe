// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {SettlementReport, TaskStatus} from "../types/Messages.sol";
import {Draws} from "../types/Draws.sol";
import {CLOCK_SKEW_SECONDS, Schedule, TaskId, TaskTerms} from "../types/TaskTypes.sol";
import {Ballot, TaskEntry, Voting} from "./TaskEntry.sol";

/// @title Agreement: how aggregators agree on what a round produced, what subchains settled, and how workers took part
/// @notice They commit before they attest, and try again when they differ. Enough that attest the same finalize the
/// round. Deployed apart from the task manager, whose code is linked with its address, for the size of that contract's
/// code: it works on what the task manager gives it of its storage, and has none itself.
library Agreement {
    /// @notice See ITaskManager.commitAttestation.
    function commitAttestation(TaskEntry storage entry, TaskId task, uint16 round, bytes32 commitment) external {
        _requireOpenRound(entry, task, round);
        require(commitment != 0, ITaskManager.InvalidAggregate());
        TaskTerms storage terms = entry.terms;
        require(_isAggregator(terms, msg.sender), ITaskManager.NotAggregator(task, msg.sender));
        uint32 reportSeconds = terms.schedule.reportSeconds;
        Voting storage voting = entry.votings[round];
        ITaskManager.Attempt memory attempt = voting.attempt;
        if (attempt.opensAt != 0 && block.timestamp >= attempt.opensAt) {
            // Twice as long from one to the next, so that few fail until the deadline, whoever wants them to.
            uint256 over = attempt.opensAt + (uint256(reportSeconds) << attempt.number);
            require(
                (attempt.number == 0 && attempt.attested == attempt.committed) || block.timestamp >= over,
                ITaskManager.AttemptUnderWay(task, round, attempt.number)
            );
            emit ITaskManager.AttemptFailed(task, round, attempt.number);
            attempt = ITaskManager.Attempt(attempt.number + 1, 0, 0, 0);
        }
        mapping(address => bytes32) storage commitments = voting.ballots[attempt.number].commitments;
        if (commitments[msg.sender] == 0) {
            ++attempt.committed;
            if (attempt.committed == terms.attestations) attempt.opensAt = uint48(block.timestamp) + reportSeconds;
            if (attempt.committed == terms.aggregators.length) attempt.opensAt = uint48(block.timestamp);
            voting.attempt = attempt;
        }
        commitments[msg.sender] = commitment;
        emit ITaskManager.AttestationCommitted(task, round, msg.sender, attempt.number, commitment);
    }

    /// @notice See ITaskManager.attest.
    /// @return finalized Whether the round is final with it.
    /// @return last Whether it was the task's last round then.
    function attest(
        TaskEntry storage entry,
        TaskId task,
        uint16 round,
        ITaskManager.Aggregate calldata aggregate,
        bytes32 salt
    ) external returns (bool finalized, bool last) {
        _requireOpenRound(entry, task, round);
        Voting storage voting = entry.votings[round];
        ITaskManager.Attempt memory attempt = voting.attempt;
        require(
            attempt.opensAt != 0 && block.timestamp >= attempt.opensAt,
            ITaskManager.CommitmentsOpen(task, round, attempt.opensAt)
        );
        Ballot storage ballot = voting.ballots[attempt.number];
        bytes32 aggregateHash = keccak256(abi.encode(aggregate));
        require(
            ballot.commitments[msg.sender] == keccak256(abi.encode(aggregateHash, salt, msg.sender)),
            ITaskManager.NotCommitted(task, round, msg.sender)
        );
        uint256 accepted = _checkAggregate(entry, task, round, aggregate);

        delete ballot.commitments[msg.sender];
        voting.attempt.attested = attempt.attested + 1;
        uint256 votes = ++ballot.votes[aggregateHash];
        emit ITaskManager.AggregateAttested(task, round, msg.sender, aggregateHash, attempt.number);
        if (votes < entry.terms.attestations) return (false, false);
        return (true, _finalize(entry, task, round, aggregate, accepted));
    }

    /// @notice See ITaskManager.attendanceOf.
    function attendanceOf(
        TaskEntry storage entry,
        uint64 chainId,
        uint32 index,
        uint256 rounds,
        uint256 least
    ) external view returns (uint256 taken, uint256 missed) {
        uint256 maxWorkers = entry.terms.maxWorkers;
        if (index >= maxWorkers) return (0, 0);
        ITaskManager.Task storage state = entry.state;
        // Unless the task completed, the open round may have marks.
        uint256 marked = uint256(state.round) + (state.status == TaskStatus.Completed ? 0 : 1);
        if (rounds > marked) rounds = marked;
        uint256 time = _reportTime(entry.terms);
        mapping(uint256 => uint256) storage marks = entry.marks[chainId]._data;
        for (uint16 round = 0; round < rounds; ++round) {
            uint256 bit = round * maxWorkers + index;
            if ((marks[bit >> 8] >> (bit & 0xff)) & 1 == 1) {
                ++taken;
                continue;
            }
            ITaskManager.Report storage report = entry.reports[round][chainId];
            // One that came later may have been left out with all that it told of.
            if (report.received && report.afterSeconds < time && report.revealed >= least) ++missed;
        }
    }

    /// @notice Takes a subchain's settlement, or says that it is too late to count.
    /// @param body The encoded SettlementReport.
    function recordSettlement(
        mapping(TaskId => TaskEntry) storage entries,
        bytes32 receiveId,
        bytes memory body
    ) external {
        SettlementReport memory report = abi.decode(body, (SettlementReport));
        (TaskId task, uint64 chainId, uint32 workers) = (report.task, report.chainId, report.workers);
        TaskEntry storage entry = entries[task];
        ITaskManager.Task storage state = entry.state;
        ITaskManager.Settled storage settled = entry.settlements[chainId];
        if (
            settled.receivedAt != 0 ||
            state.status == TaskStatus.Rejected ||
            state.refunded ||
            !_isSubchain(entry.terms, chainId)
        ) {
            emit ITaskManager.LateMessage(task, chainId, receiveId);
            return;
        }
        // More workers than the budget covers could eat another subchain's share.
        require(workers <= entry.terms.maxWorkers, ITaskManager.TooManyWorkers(task, chainId, workers));
        entry.settlements[chainId] = ITaskManager.Settled(report.recordsRoot, workers, uint48(block.timestamp));
        if (report.beacon != 0) entry.beacons[chainId] = report.beacon;
        state.workers += workers;
        emit ITaskManager.EpochSettled(task, chainId, report.recordsRoot, workers);
    }

    /// @notice How a worker took part where a task's rounds have workers drawn for them: only rounds that it was drawn for
    /// count. For one that was drawn for none of them, all count, and the finalized ones as if they had taken its update:
    /// it was ready and loses nothing. Where no beacon was drawn nobody could take part, so all count and none is taken:
    /// anyone can draw it.
    /// @param accepted Rounds whose aggregate took its update.
    /// @param counted Rounds that would count if all took part in each.
    function participationOf(
        TaskEntry storage entry,
        uint64 chainId,
        uint32 index,
        uint16 accepted,
        uint16 counted
    ) external view returns (uint16, uint16) {
        bytes32 beacon = entry.beacons[chainId];
        if (beacon == 0) return (accepted, counted);
        TaskTerms storage terms = entry.terms;
        uint256 workers = entry.settlements[chainId].workers;
        uint16 drawn = uint16(
            Draws.drawnRounds(terms.sampling, beacon, counted, index, workers, terms.workersPerRound)
        );
        if (drawn == 0) return (entry.state.round, counted);
        // Aggregators that conspire can mark whom they like.
        return (accepted < drawn ? accepted : drawn, drawn);
    }

    /// @notice Keeps what a round produced, and says from when the next is open.
    /// @return last Whether no further round opens.
    function _finalize(
        TaskEntry storage entry,
        TaskId task,
        uint16 round,
        ITaskManager.Aggregate calldata aggregate,
        uint256 accepted
    ) private returns (bool last) {
        ITaskManager.Task storage state = entry.state;
        TaskTerms storage terms = entry.terms;
        uint256 firstBit = uint256(round) * terms.maxWorkers;
        for (uint256 i = 0; i < aggregate.accepted.length; ++i) {
            _accept(entry.marks[terms.subchains[i]]._data, firstBit, aggregate.accepted[i]);
        }
        state.round = round + 1;
        state.roundOpenedAt = _opensAt(terms, uint256(round) + 1);
        state.globalModel = aggregate.globalModel;
        if (aggregate.scores.root != 0) entry.scores = aggregate.scores.root;
        emit ITaskManager.RoundFinalized(
            task,
            round,
            aggregate.globalModel,
            aggregate.scorePpb,
            aggregate.accepted,
            aggregate.scores
        );
        // The model of a round short of updates is not its own.
        bool reached = terms.targetScorePpb != 0 &&
            aggregate.scorePpb >= terms.targetScorePpb &&
            accepted >= terms.minUpdates;
        return reached || round + 1 == terms.rounds;
    }

    /// @notice Reverts unless an aggregate can be what the round produced.
    /// @return total Updates that it takes.
    function _checkAggregate(
        TaskEntry storage entry,
        TaskId task,
        uint16 round,
        ITaskManager.Aggregate calldata aggregate
    ) private view returns (uint256 total) {
        TaskTerms storage terms = entry.terms;
        uint256 count = terms.subchains.length;
        require(
            aggregate.accepted.length == count &&
                aggregate.globalModel != 0 &&
                aggregate.scorePpb <= 1e9 &&
                (aggregate.scores.root == 0) == (aggregate.scores.digest == 0),
            ITaskManager.InvalidAggregate()
        );
        for (uint256 i = 0; i < count; ++i) {
            uint64 chainId = terms.subchains[i];
            ITaskManager.Report storage report = entry.reports[round][chainId];
            uint256[] calldata words = aggregate.accepted[i];
            // A dead subchain is waited for only so long; without a report nothing of it is taken.
            require(report.received || _waited(entry), ITaskManager.ReportMissing(task, round, chainId));
            uint256 accepted = _countBits(words);
            require(
                accepted <= report.revealed && _fits(words, terms.maxWorkers),
                ITaskManager.TooManyAccepted(chainId, accepted, report.revealed)
            );
            total += accepted;
        }
        require(
            total >= terms.minUpdates || aggregate.globalModel == entry.state.globalModel,
            ITaskManager.TooFewAccepted(total, terms.minUpdates)
        );
    }

    function _requireOpenRound(TaskEntry storage entry, TaskId task, uint16 round) private view {
        TaskStatus status = entry.state.status;
        require(status == TaskStatus.Open, ITaskManager.WrongStatus(task, status));
        uint16 open = entry.state.round;
        require(round == open, ITaskManager.NotOpenRound(task, round, open));
    }

    /// @dev When a round begins: now, but no sooner than its part of the epoch, as nobody's data are fresh for it before.
    function _opensAt(TaskTerms storage terms, uint256 round) private view returns (uint48) {
        Schedule storage schedule = terms.schedule;
        uint256 planned = schedule.startTime + (round * schedule.epochSeconds) / terms.rounds;
        return uint48(planned > block.timestamp ? planned : block.timestamp);
    }

    /// @dev Whether the time for the open round's reports is over.
    function _waited(TaskEntry storage entry) private view returns (bool) {
        return block.timestamp >= entry.state.roundOpenedAt + _reportTime(entry.terms);
    }

    /// @dev How long a round's reports are waited for, from its opening, seconds.
    function _reportTime(TaskTerms storage terms) private view returns (uint256) {
        Schedule storage schedule = terms.schedule;
        return
            uint256(schedule.commitSeconds) + CLOCK_SKEW_SECONDS + schedule.revealSeconds + schedule.reportSeconds;
    }

    function _isSubchain(TaskTerms storage terms, uint64 chainId) private view returns (bool) {
        uint64[] storage subchains = terms.subchains;
        for (uint256 i = 0; i < subchains.length; ++i) if (subchains[i] == chainId) return true;
        return false;
    }

    function _isAggregator(TaskTerms storage terms, address account) private view returns (bool) {
        address[] storage aggregators = terms.aggregators;
        for (uint256 i = 0; i < aggregators.length; ++i) if (aggregators[i] == account) return true;
        return false;
    }

    /// @dev Writes a round's bits behind those of the rounds before it, where no bit has been set yet.
    function _accept(
        mapping(uint256 => uint256) storage bits,
        uint256 firstBit,
        uint256[] calldata words
    ) private {
        uint256 place = firstBit >> 8;
        uint256 shift = firstBit & 0xff;
        for (uint256 i = 0; i < words.length; ++i) {
            uint256 word = words[i];
            if (word << shift != 0) bits[place + i] |= word << shift;
            // A shift by 256 gives zero.
            if (word >> (256 - shift) != 0) bits[place + i + 1] |= word >> (256 - shift);
        }
    }

    /// @dev Whether no bit is past the most workers: there the next round's begin.
    function _fits(uint256[] calldata words, uint256 maxWorkers) private pure returns (bool) {
        uint256 whole = maxWorkers >> 8;
        if (words.length <= whole) return true;
        return words.length == whole + 1 && words[whole] >> (maxWorkers & 0xff) == 0;
    }

    function _countBits(uint256[] calldata words) private pure returns (uint256 bits) {
        uint256 ones = type(uint256).max;
        for (uint256 word = 0; word < words.length; ++word) {
            // Counts of 2, 4, 8 and 16 neighbouring bits; 2^16 ≡ 1, so the remainder is the sum of the last ones.
            uint256 counts = words[word];
            counts -= (counts >> 1) & (ones / 3);
            counts = (counts & (ones / 5)) + ((counts >> 2) & (ones / 5));
            counts = (counts + (counts >> 4)) & (ones / 17);
            counts = (counts + (counts >> 8)) & (ones / 257);
            bits += counts % type(uint16).max;
        }
    }
}
