// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {RoundReport, TaskStatus} from "../types/Messages.sol";
import {CLOCK_SKEW_SECONDS, Schedule, TaskId, TaskTerms} from "../types/TaskTypes.sol";
import {TaskBook} from "./TaskBook.sol";

/// @title Rounds: reports of the subchains, attestations of the aggregators
/// @notice A round is final once enough aggregators attest the same aggregate of what the subchains reported. They
/// commit before they attest, and try again when they differ. A round short of updates is final too: it takes the
/// workers that it has, and leaves the model as it was.
abstract contract Rounds is TaskBook {
    mapping(TaskId => mapping(uint16 round => Attempt)) private _attempts;
    /// @dev By `_keyOf` an attempt: commitments not opened yet, and how many attested an aggregate.
    mapping(bytes32 attemptKey => mapping(address aggregator => bytes32)) private _commitments;
    mapping(bytes32 attemptKey => mapping(bytes32 aggregateHash => uint256)) private _votes;

    /// @inheritdoc ITaskManager
    function commitAttestation(TaskId task, uint16 round, bytes32 commitment) external {
        _requireOpenRound(task, round);
        require(commitment != 0, InvalidAggregate());
        require(_isAggregator(task, msg.sender), NotAggregator(task, msg.sender));
        TaskTerms storage terms = _terms[task];
        uint48 reportSeconds = terms.schedule.reportSeconds;
        Attempt memory attempt = _attempts[task][round];
        if (attempt.opensAt != 0 && block.timestamp >= attempt.opensAt) {
            require(
                attempt.attested == attempt.committed || block.timestamp >= attempt.opensAt + reportSeconds,
                AttemptUnderWay(task, round, attempt.number)
            );
            emit AttemptFailed(task, round, attempt.number);
            attempt = Attempt(attempt.number + 1, 0, 0, 0);
        }
        mapping(address => bytes32) storage commitments = _commitments[_keyOf(task, round, attempt.number)];
        if (commitments[msg.sender] == 0) {
            ++attempt.committed;
            if (attempt.committed == terms.attestations) attempt.opensAt = uint48(block.timestamp) + reportSeconds;
            if (attempt.committed == terms.aggregators.length) attempt.opensAt = uint48(block.timestamp);
            _attempts[task][round] = attempt;
        }
        commitments[msg.sender] = commitment;
        emit AttestationCommitted(task, round, msg.sender, attempt.number, commitment);
    }

    /// @inheritdoc ITaskManager
    function attest(TaskId task, uint16 round, Aggregate calldata aggregate, bytes32 salt) external {
        _requireOpenRound(task, round);
        Attempt memory attempt = _attempts[task][round];
        require(
            attempt.opensAt != 0 && block.timestamp >= attempt.opensAt,
            CommitmentsOpen(task, round, attempt.opensAt)
        );
        bytes32 key = _keyOf(task, round, attempt.number);
        bytes32 aggregateHash = keccak256(abi.encode(aggregate));
        require(
            _commitments[key][msg.sender] == keccak256(abi.encode(aggregateHash, salt, msg.sender)),
            NotCommitted(task, round, msg.sender)
        );
        uint256 accepted = _checkAggregate(task, round, aggregate);

        delete _commitments[key][msg.sender];
        _attempts[task][round].attested = attempt.attested + 1;
        uint256 votes = ++_votes[key][aggregateHash];
        emit AggregateAttested(task, round, msg.sender, aggregateHash, attempt.number);
        if (votes >= _terms[task].attestations) _finalize(task, round, aggregate, accepted);
    }

    /// @inheritdoc ITaskManager
    function attemptOf(
        TaskId task,
        uint16 round,
        address aggregator
    ) external view returns (Attempt memory attempt, bytes32 commitment) {
        attempt = _attempts[task][round];
        commitment = _commitments[_keyOf(task, round, attempt.number)][aggregator];
    }

    /// @dev Takes a report; false when it is too late to count.
    function _recordReport(RoundReport memory report) internal returns (bool) {
        Task storage state = _tasks[report.task];
        if (!_isReportable(state, report.round) || !_isSubchain(report.task, report.chainId)) return false;
        Report storage known = _reports[report.task][report.round][report.chainId];
        if (known.received) return false;
        _reports[report.task][report.round][report.chainId] = Report(report.updatesRoot, report.revealed, true);
        emit RoundReported(report.task, report.round, report.chainId, report.updatesRoot, report.revealed);
        return true;
    }

    /// @dev Goes on after a round was finalized; `last` when no further one opens.
    function _afterRound(TaskId task, bool last) internal virtual;

    function _finalize(TaskId task, uint16 round, Aggregate calldata aggregate, uint256 accepted) private {
        Task storage state = _tasks[task];
        TaskTerms storage terms = _terms[task];
        uint256 firstBit = uint256(round) * terms.maxWorkers;
        for (uint256 i = 0; i < aggregate.accepted.length; ++i) {
            _accept(_marks[task][terms.subchains[i]]._data, firstBit, aggregate.accepted[i]);
        }
        state.round = round + 1;
        state.roundOpenedAt = _opensAt(terms, uint256(round) + 1);
        state.globalModel = aggregate.globalModel;
        if (aggregate.scores.root != 0) _scores[task] = aggregate.scores.root;
        emit RoundFinalized(
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
        _afterRound(task, reached || round + 1 == terms.rounds);
    }

    /// @notice Reverts unless an aggregate can be what the round produced.
    /// @return total Updates that it takes.
    function _checkAggregate(
        TaskId task,
        uint16 round,
        Aggregate calldata aggregate
    ) private view returns (uint256 total) {
        TaskTerms storage terms = _terms[task];
        uint256 count = terms.subchains.length;
        require(
            aggregate.accepted.length == count &&
                aggregate.globalModel != 0 &&
                aggregate.scorePpb <= 1e9 &&
                (aggregate.scores.root == 0) == (aggregate.scores.digest == 0),
            InvalidAggregate()
        );
        for (uint256 i = 0; i < count; ++i) {
            uint64 chainId = terms.subchains[i];
            Report storage report = _reports[task][round][chainId];
            uint256[] calldata words = aggregate.accepted[i];
            // A dead subchain is waited for only so long; without a report nothing of it is taken.
            require(report.received || _waited(task), ReportMissing(task, round, chainId));
            uint256 accepted = _countBits(words);
            require(
                accepted <= report.revealed && _fits(words, terms.maxWorkers),
                TooManyAccepted(chainId, accepted, report.revealed)
            );
            total += accepted;
        }
        require(
            total >= terms.minUpdates || aggregate.globalModel == _tasks[task].globalModel,
            TooFewAccepted(total, terms.minUpdates)
        );
    }

    function _requireOpenRound(TaskId task, uint16 round) private view {
        _requireStatus(task, TaskStatus.Open);
        uint16 open = _tasks[task].round;
        require(round == open, NotOpenRound(task, round, open));
    }

    /// @dev Of a task that expired, the round that was open then: what was revealed in it can be claimed.
    function _isReportable(Task storage state, uint16 round) private view returns (bool) {
        if (state.status == TaskStatus.Expired) return round == state.round && !state.refunded;
        return state.status == TaskStatus.Open && round >= state.round;
    }

    /// @dev When a round begins: now, but no sooner than its part of the epoch, as nobody's data are fresh for it before.
    function _opensAt(TaskTerms storage terms, uint256 round) private view returns (uint48) {
        Schedule storage schedule = terms.schedule;
        uint256 planned = schedule.startTime + (round * schedule.epochSeconds) / terms.rounds;
        return uint48(planned > block.timestamp ? planned : block.timestamp);
    }

    /// @dev Whether the time for the open round's reports is over.
    function _waited(TaskId task) private view returns (bool) {
        Schedule storage schedule = _terms[task].schedule;
        uint256 openedAt = _tasks[task].roundOpenedAt;
        uint256 time = uint256(schedule.commitSeconds) +
            CLOCK_SKEW_SECONDS +
            schedule.revealSeconds +
            schedule.reportSeconds;
        return block.timestamp >= openedAt + time;
    }

    function _isAggregator(TaskId task, address account) private view returns (bool) {
        address[] storage aggregators = _terms[task].aggregators;
        for (uint256 i = 0; i < aggregators.length; ++i) if (aggregators[i] == account) return true;
        return false;
    }

    function _keyOf(TaskId task, uint16 round, uint32 attempt) private pure returns (bytes32) {
        return keccak256(abi.encode(task, round, attempt));
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
