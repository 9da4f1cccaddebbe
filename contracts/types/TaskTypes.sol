// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice Number of a task, given by the main chain in the order of publication, from 1.
type TaskId is uint256;

using {equals as ==} for TaskId global;

/// @notice Whether two task ids are the same.
function equals(TaskId a, TaskId b) pure returns (bool) {
    return TaskId.unwrap(a) == TaskId.unwrap(b);
}

/// @notice Which space a chain manages.
enum Space {
    None,
    Main,
    Relay,
    Virtual,
    Physical
}

/// @notice How the workers that take part in a round are drawn, where not all do (Draws).
enum Sampling {
    /// @dev All alike, each round anew.
    Uniform,
    /// @dev Those first whose last part is longest ago: they take turns.
    Freshness
}

/// @dev How far the clocks of two chains may be apart, seconds. Where nothing says that the commits are over on all
/// subchains, reveals begin so much later than the commit phase ends.
uint32 constant CLOCK_SKEW_SECONDS = 2;

/// @notice Times of a task. Absolute times are Unix seconds, durations are seconds.
struct Schedule {
    /// @dev Enrolment ends, the epoch and round 0 begin.
    uint48 startTime;
    /// @dev From here on a task that is not complete can be expired and its escrow returned.
    uint48 deadline;
    /// @dev T: the time over which freshness is measured, from `startTime`.
    uint32 epochSeconds;
    /// @dev How long a round takes commits, from its opening on the main chain, unless they are closed earlier.
    uint32 commitSeconds;
    /// @dev How long a round takes reveals on a subchain, unless all that committed have revealed.
    uint32 revealSeconds;
    /// @dev How long after its reveals the main chain waits for a round's reports.
    uint32 reportSeconds;
    /// @dev How long pay can be claimed after both the task and its epoch have ended.
    uint32 claimSeconds;
}

/// @notice What a publisher fixes about a task; the same on every chain.
struct TaskTerms {
    /// @dev Storage digest of the task's specification.
    bytes32 specDigest;
    /// @dev Storage digest of the global model that round 0 starts from.
    bytes32 initialModel;
    /// @dev Which mechanism measures and pays (see IRewardPolicy.mechanismId).
    bytes4 mechanism;
    /// @dev How many rounds at the most.
    uint16 rounds;
    /// @dev Held-out score that ends the task early, in billionths rounded down; 0 for none.
    uint32 targetScorePpb;
    /// @dev Share of the workers of a subchain that take part in a round, in billionths rounded down, with whose commits its commit phase
    /// may be closed after a quarter of its time.
    uint32 quorumPpb;
    /// @dev Fewest accepted updates, over all subchains, with which a round changes the model.
    uint16 minUpdates;
    /// @dev How many aggregators must attest the same aggregate.
    uint16 attestations;
    /// @dev Most workers a subchain enrols.
    uint32 maxWorkers;
    /// @dev Largest sample count (the weight in FedAvg) an update may state.
    uint32 maxSamples;
    /// @dev How many of a subchain's workers are drawn to take part in a round; 0, or no fewer than enrolled: all take part.
    uint16 workersPerRound;
    /// @dev How they are drawn; Uniform where `workersPerRound` is 0.
    Sampling sampling;
    Schedule schedule;
    /// @dev Chain ids of the subchains that take part, in the order of the acceptance bitmaps.
    uint64[] subchains;
    /// @dev Who may attest aggregates.
    address[] aggregators;
}

/// @notice What a subchain measured about one worker over the whole epoch: a leaf of its settlement root.
struct WorkRecord {
    /// @dev Chain id of the subchain.
    uint64 chainId;
    TaskId task;
    /// @dev Place in the order of enrolment, from 0: the worker's bit in the acceptance bitmaps.
    uint32 index;
    address worker;
    /// @dev Hash of the work, as the mechanism's meter answered it.
    bytes32 workHash;
}

/// @notice What the aggregators attested about one worker: a leaf of an aggregate's scores root.
struct ScoreRecord {
    /// @dev Chain id of the worker's subchain.
    uint64 chainId;
    TaskId task;
    /// @dev The worker's place in the order of enrolment, from 0.
    uint32 index;
    /// @dev What the mechanism's policy decodes.
    bytes score;
}

/// @notice An update as its worker revealed it: a leaf of its round's updates root.
struct RevealedUpdate {
    /// @dev Chain id of the subchain.
    uint64 chainId;
    TaskId task;
    uint16 round;
    /// @dev The worker's place in the order of enrolment, from 0.
    uint32 index;
    address worker;
    /// @dev Storage digest of the update.
    bytes32 update;
    /// @dev Samples it was trained on: its weight in the aggregate.
    uint32 samples;
    /// @dev What computed it: numeric class, engine and versions as ASCII, padded with zeros (docs/glossary.md).
    bytes32 engine;
}
