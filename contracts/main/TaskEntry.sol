// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {TaskTerms} from "../types/TaskTypes.sol";

/// @notice All that the task manager keeps of a task.
struct TaskEntry {
    ITaskManager.Task state;
    TaskTerms terms;
    mapping(uint16 round => mapping(uint64 chainId => ITaskManager.Report)) reports;
    mapping(uint16 round => Voting) votings;
    /// @dev Rows of `maxWorkers` bits: one a round for the workers whose update was taken, and one behind the last round
    /// for those that have claimed. Of few workers and rounds all share a word, which a claim reads and writes alone.
    mapping(uint64 chainId => BitMaps.BitMap) marks;
    /// @dev Root over the score records that the aggregators last attested.
    bytes32 scores;
    mapping(uint64 chainId => ITaskManager.Settled) settlements;
    /// @dev What settlements told of the beacons that rounds' workers were drawn from.
    mapping(uint64 chainId => bytes32) beacons;
}

/// @notice How a round's aggregators come to agree.
struct Voting {
    /// @dev The latest.
    ITaskManager.Attempt attempt;
    mapping(uint32 attempt => Ballot) ballots;
}

/// @notice What aggregators committed to and attested in one attempt.
struct Ballot {
    /// @dev Not opened yet.
    mapping(address aggregator => bytes32) commitments;
    /// @dev How many attested an aggregate.
    mapping(bytes32 aggregateHash => uint256) votes;
}
