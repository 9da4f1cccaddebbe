// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {RoundReport, TaskStatus} from "../types/Messages.sol";
import {CLOCK_SKEW_SECONDS, Schedule, TaskId, TaskTerms} from "../types/TaskTypes.sol";
import {TaskBook} from "./TaskBook.sol";

/// @title Rounds: reports of the subchains, attestations of the aggregators
/// @notice A round is final once enough aggregators attest the same aggregate of what the subchains reported.
abstract contract Rounds is TaskBook {
    mapping(TaskId => mapping(uint16 round => mapping(address aggregator => bytes32))) private _attested;
    mapping(TaskId => mapping(uint16 round => mapping(bytes32 aggregateHash => uint256))) private _votes;

    /// @inheritdoc ITaskManager
    function attest(TaskId task, uint16 round, Aggregate calldata aggregate) external {
        _requireStatus(task, TaskStatus.Open);
        uint16 open = _tasks[task].round;
        require(round == open, NotOpenRound(task, round, open));
        require(_isAggregator(task, msg.sender), NotAggregator(task, msg.sender));
        _checkAggregate(task, round, aggregate);

        bytes32 aggregateHash = keccak256(abi.encode(aggregate));
        bytes32 previous = _attested[task][round][msg.sender];
        if (previous == aggregateHash) return;
        if (previous != 0) --_votes[task][round][previous];
        _attested[task][round][msg.sender] = aggregateHash;
        uint256 votes = ++_votes[task][round][aggregateHash];
        emit AggregateAttested(task, round, msg.sender, aggregateHash);
        if (votes >= _terms[task].attestations) _finalize(task, round, aggregate);
    }

    /// @dev Takes a report; false when it is too late to count.
    function _recordReport(RoundReport memory report) internal returns (bool) {
        Task storage state = _tasks[report.task];
        if (state.status != TaskStatus.Open || report.round < state.round || !_isSubchain(report.task, report.chainId)) {
            return false;
        }
        Report storage known = _reports[report.task][report.round][report.chainId];
        if (known.received) return false;
        _reports[report.task][report.round][report.chainId] = Report(report.updatesRoot, report.revealed, true);
        emit RoundReported(report.task, report.round, report.chainId, report.updatesRoot, report.revealed);
        return true;
    }

    /// @dev Goes on after a round was finalized; `last` when no further one opens.
    function _afterRound(TaskId task, bool last) internal virtual;

    function _finalize(TaskId task, uint16 round, Aggregate calldata aggregate) private {
        Task storage state = _tasks[task];
        TaskTerms storage terms = _terms[task];
        uint256 firstBit = uint256(round) * terms.maxWorkers;
        for (uint256 i = 0; i < aggregate.accepted.length; ++i) {
            _accept(_marks[task][terms.subchains[i]]._data, firstBit, aggregate.accepted[i]);
        }
        state.round = round + 1;
        state.roundOpenedAt = uint48(block.timestamp);
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
        bool reached = terms.targetScorePpb != 0 && aggregate.scorePpb >= terms.targetScorePpb;
        _afterRound(task, reached || round + 1 == terms.rounds);
    }

    function _checkAggregate(TaskId task, uint16 round, Aggregate calldata aggregate) private view {
        TaskTerms storage terms = _terms[task];
        uint256 count = terms.subchains.length;
        require(
            aggregate.accepted.length == count &&
                aggregate.globalModel != 0 &&
                aggregate.scorePpb <= 1e9 &&
                (aggregate.scores.root == 0) == (aggregate.scores.digest == 0),
            InvalidAggregate()
        );
        uint256 total = 0;
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
        require(total >= terms.minUpdates, TooFewAccepted(total, terms.minUpdates));
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
