// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {TaskStatus} from "../types/Messages.sol";
import {Sampling, TaskId} from "../types/TaskTypes.sol";
import {IMeter} from "./IMeter.sol";
import {IMeterRegistry} from "./IMeterRegistry.sol";

/// @title Learning subchain: workers of one space
/// @notice Enrols workers with what they choose, records when their data were refreshed and, round by round, their
/// committed and revealed updates; tells the mechanism's meter, which measures their work; reports one root a round and
/// one at the end of the epoch.
interface ILearningSubchain is IMeterRegistry {
    /// @notice A task as this subchain runs it. Two storage slots: refreshes read the first alone.
    struct Task {
        TaskStatus status;
        bool settled;
        /// @dev Of what the meter is told besides, as it answered (IMeter.open).
        uint8 hears;
        uint40 startTime;
        uint32 epochSeconds;
        IMeter meter;
        uint16 rounds;
        uint32 quorumPpb;
        uint24 maxWorkers;
        uint32 maxSamples;
        uint32 commitSeconds;
        uint32 revealSeconds;
        uint24 enrolled;
        /// @dev Workers whose record is under the settlement root.
        uint24 recorded;
        /// @dev How many are drawn for a round; all take part if it is 0, or there are no more.
        uint16 workersPerRound;
        /// @dev How they are drawn.
        Sampling sampling;
        /// @dev Round that is open or was last, from 0.
        uint16 round;
    }

    /// @notice A round. It takes commits, then reveals. Times are Unix seconds.
    struct Round {
        /// @dev When it opened on the main chain, the same on every subchain; round 0 opens with the epoch.
        uint40 openedAt;
        /// @dev When it began here: commits are taken from then on.
        uint40 startedAt;
        /// @dev When the commit phase was closed early; 0 when it ends at its deadline.
        uint40 commitsClosedAt;
        /// @dev When reveals began early; 0 when they begin at their time.
        uint40 revealsOpenedAt;
        uint32 committed;
        uint32 revealed;
        bool closed;
        bytes32 globalModel;
    }

    /// @notice What a task's draws follow from. One block is named after enrolment, in it, when nobody but who makes it can
    /// know its hash; later the hash is taken.
    struct Beacon {
        /// @dev The block that was named last; 0 before.
        uint48 blockNumber;
        /// @dev Draws.beaconOf its hash; zero before.
        bytes32 value;
    }

    /// @notice A worker in a task.
    struct Worker {
        bool enrolled;
        uint32 index;
        /// @dev As the registry had it at enrolment.
        address device;
    }

    /// @notice What opens a commitment.
    struct Opening {
        /// @dev Storage digest of the update.
        bytes32 update;
        /// @dev Samples that it was trained on: its weight in the aggregate.
        uint32 samples;
        /// @dev What computed it: numeric class, engine and versions. Not zero; not looked at otherwise.
        bytes32 engine;
        bytes32 salt;
    }

    /// @notice Which recent block a refresh was made after: it cannot have been signed before that block.
    struct Anchor {
        uint48 number;
        bytes32 blockHash;
    }

    /// @notice A task arrived from the main chain through the relay chain.
    event TaskArrived(TaskId indexed task, bytes32 specDigest, uint48 startTime, uint32 epochSeconds);
    /// @notice A worker enrolled with what it chose of the mechanism's terms.
    event WorkerEnrolled(TaskId indexed task, address indexed worker, uint32 index, bytes choice);
    /// @notice A device refreshed its sensed data.
    event DataRefreshed(TaskId indexed task, address indexed worker, bytes32 dataDigest, uint32 samples);
    /// @notice A device synchronized the data that its privacy policy lets out to its twin.
    event TwinSynchronized(
        TaskId indexed task,
        address indexed twin,
        address indexed device,
        bytes32 dataDigest,
        uint32 samples,
        bytes32 privacyPolicyDigest
    );
    /// @notice The hash of the block that this is in will be the task's beacon.
    event BeaconNamed(TaskId indexed task, uint48 blockNumber);
    /// @notice Who takes part in which round is known.
    event BeaconDrawn(TaskId indexed task, bytes32 beacon, uint48 blockNumber, bytes32 blockHash);
    /// @notice A round opened.
    event RoundStarted(TaskId indexed task, uint16 indexed round, bytes32 globalModel, uint48 openedAt);
    /// @notice A worker committed to its update.
    event UpdateCommitted(TaskId indexed task, uint16 indexed round, address indexed worker, bytes32 commitment);
    /// @notice The round takes no more commits here, which was reported.
    event CommitsClosed(TaskId indexed task, uint16 indexed round, uint32 committed);
    /// @notice No subchain of the task takes commits any more: reveals begin.
    event RevealsStarted(TaskId indexed task, uint16 indexed round);
    /// @notice A worker revealed its update.
    event UpdateRevealed(
        TaskId indexed task,
        uint16 indexed round,
        address indexed worker,
        uint32 index,
        bytes32 update,
        uint32 samples,
        bytes32 engine,
        bytes receipts
    );
    /// @notice A round closed and was reported.
    event RoundClosed(TaskId indexed task, uint16 indexed round, bytes32 updatesRoot, uint32 committed, uint32 revealed);
    /// @notice The main chain went on before this subchain closed its round: the round's updates do not count.
    event RoundAbandoned(TaskId indexed task, uint16 indexed round);
    /// @notice The task's rounds are over.
    event TaskFinished(TaskId indexed task, TaskStatus status, bytes32 globalModel);
    /// @notice A worker's record entered the settlement root.
    event WorkRecorded(TaskId indexed task, address indexed worker, uint32 index, bytes work);
    /// @notice A message came after its time and changes nothing.
    event LateMessage(TaskId indexed task, bytes32 receiveId);
    /// @notice Every worker's record is under the root, which was reported.
    event EpochClosed(TaskId indexed task, bytes32 recordsRoot, uint32 workers);

    /// @notice Thrown when a task is not running here.
    error TaskNotOpen(TaskId task);
    /// @notice Thrown when a task arrives twice.
    error AlreadyArrived(TaskId task);
    /// @notice Thrown when a worker enrols after the epoch began.
    error EnrolmentClosed(TaskId task, uint48 startTime);
    /// @notice Thrown when a worker enrols twice.
    error AlreadyEnrolled(TaskId task, address worker);
    /// @notice Thrown when all places are taken.
    error TaskFull(TaskId task, uint32 maxWorkers);
    /// @notice Thrown when a worker is not enrolled.
    error NotEnrolled(TaskId task, address worker);
    /// @notice Thrown when data are refreshed after the epoch.
    error EpochOver(TaskId task, uint48 end);
    /// @notice Thrown when a worker's refresh repeats a digest of its earlier ones in the task.
    error DataNotDistinct(TaskId task, bytes32 dataDigest);
    /// @notice Thrown when a digest, commitment or engine is zero, a sample count is zero or above the task's most, or
    /// evidence is given to a mechanism that asks for none.
    error InvalidValue(string field);
    /// @notice Thrown when receipts are not whole, or more than a task has aggregators at the most.
    error InvalidReceipts(uint256 length);
    /// @notice Thrown when an anchor is not one of the last 256 blocks.
    error StaleAnchor(uint48 number, bytes32 blockHash);
    /// @notice Thrown when a refresh of this kind does not belong to this space.
    error WrongSpace();
    /// @notice Thrown when a caller is not the device that the twin had at its enrolment.
    error NotItsDevice(address twin, address caller);
    /// @notice Thrown when a call names another round than the open one, or one that is closed.
    error RoundNotOpen(TaskId task, uint16 round);
    /// @notice Thrown when a commit, or the closing of commits, comes outside of the commit phase.
    error CommitPhaseClosed(TaskId task, uint16 round);
    /// @notice Thrown when commits are closed before all that take part have committed, or the quorum has and a quarter of the
    /// commit phase is over.
    error CommitsStillOpen(TaskId task, uint16 round, uint32 committed, uint48 quorumFrom);
    /// @notice Thrown when no beacon is to be drawn: while workers enrol, where all take part in each round, when the epoch
    /// is settled or there is one, and in the block that was just named.
    error NoBeaconToDraw(TaskId task);
    /// @notice Thrown when a worker commits before it is known who takes part. Somebody must draw the beacon (`drawBeacon`).
    error BeaconNotDrawn(TaskId task);
    /// @notice Thrown when a worker commits in a round that it is not drawn for. It has no part in it and loses nothing by it.
    error NotDrawn(TaskId task, uint16 round, address worker);
    /// @notice Thrown when a worker commits twice in a round.
    error AlreadyCommitted(TaskId task, uint16 round, address worker);
    /// @notice Thrown when a reveal comes outside of the reveal phase.
    error NotRevealPhase(TaskId task, uint16 round, uint48 from, uint48 until);
    /// @notice Thrown when a worker reveals without a commit, or again.
    error NothingToReveal(TaskId task, uint16 round, address worker);
    /// @notice Thrown when a reveal does not open the worker's commitment.
    error CommitmentMismatch(bytes32 committed, bytes32 revealed);
    /// @notice Thrown when an update was revealed before, by whomever.
    error UpdateNotDistinct(TaskId task, bytes32 update);
    /// @notice Thrown when a round is closed while commits or reveals can still come.
    error RoundStillOpen(TaskId task, uint16 round, uint48 until);
    /// @notice Thrown when an epoch is settled before its end, or again.
    error NotSettleable(TaskId task, uint48 epochEnd);
    /// @notice Thrown when workers are settled while others are.
    error SettlingWithin(TaskId task);
    /// @notice Thrown when a worker is settled out of the order of enrolment.
    error NotNextWorker(TaskId task, address worker, uint32 next);

    /// @notice Enrols the caller, before the epoch begins. Registered workers only.
    /// @param choice What it chooses of the mechanism's terms, as the meter decodes it.
    function enrol(TaskId task, bytes calldata choice) external;

    /// @notice Records that the caller, a device, refreshed its sensed data now. From its enrolment to the epoch's end.
    /// Physical subchains only.
    /// @param dataDigest Salted digest of the data, new for this worker in this task.
    /// @param samples How many samples the data have.
    /// @param anchor A recent block.
    function refresh(TaskId task, bytes32 dataDigest, uint32 samples, Anchor calldata anchor) external;

    /// @notice Records that the caller, the device that was the twin's at its enrolment, synchronized data to it now. From
    /// the enrolment to the epoch's end.
    /// Virtual subchains only.
    /// @param twin The enrolled twin.
    /// @param dataDigest Storage digest of the data, new for this twin in this task.
    /// @param samples How many samples the data have.
    /// @param privacyPolicyDigest Digest of the privacy policy that let them out.
    /// @param anchor A recent block.
    function synchronize(
        TaskId task,
        address twin,
        bytes32 dataDigest,
        uint32 samples,
        bytes32 privacyPolicyDigest,
        Anchor calldata anchor
    ) external;

    /// @notice Names, after enrolment, the block that the task's beacon comes from, or takes its hash in one of the 256 blocks
    /// after it; when those are over, another is named. Anyone may call, once for each. Where all take part in each round no
    /// beacon is needed.
    function drawBeacon(TaskId task) external;

    /// @notice Commits to an update in the open round. Enrolled workers that are drawn for it only, once a round.
    /// @param commitment Leaves.ofCommit of this contract, the update as it will be revealed, and a secret salt.
    function commit(TaskId task, uint16 round, bytes32 commitment) external;

    /// @notice Closes the open round's commit phase early and reports it: when all that take part have committed, or when
    /// the quorum of them has and a quarter of the phase is over. Anyone may call.
    function closeCommits(TaskId task) external;

    /// @notice Reveals the committed update. Reveals begin when no subchain of the task takes commits any more, as the
    /// relay chain says, or CLOCK_SKEW_SECONDS after the commit phase.
    /// @param opening What opens the commitment.
    /// @param evidence What the mechanism asks for with a reveal, for its meter; empty when it asks for nothing.
    /// @param receipts Storage receipts of the task's aggregators, RECEIPT_BYTES each. Their length alone is checked here:
    /// whoever aggregates checks what they say.
    function reveal(
        TaskId task,
        uint16 round,
        Opening calldata opening,
        bytes calldata evidence,
        bytes calldata receipts
    ) external;

    /// @notice Closes the open round and reports it, once no commit or reveal can come. Anyone may call.
    function closeRound(TaskId task) external;

    /// @notice Records further workers after the epoch's end; with the last one, reports the epoch. Anyone may call.
    /// @param workers The next ones in the order of enrolment, as WorkerEnrolled tells them.
    function settle(TaskId task, address[] calldata workers) external;

    /// @notice A task.
    function taskOf(TaskId task) external view returns (Task memory);

    /// @notice A round of a task.
    function roundOf(TaskId task, uint16 round) external view returns (Round memory);

    /// @notice A worker in a task.
    function workerOf(TaskId task, address worker) external view returns (Worker memory);

    /// @notice What a task's draws follow from.
    function beaconOf(TaskId task) external view returns (Beacon memory);

    /// @notice A worker's commitment in a round; zero before the commit and after the reveal.
    function commitmentOf(TaskId task, uint16 round, address worker) external view returns (bytes32);
}
