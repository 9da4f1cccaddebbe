// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {TaskStatus} from "../types/Messages.sol";
import {RevealedUpdate, TaskId, TaskTerms, WorkRecord} from "../types/TaskTypes.sol";
import {IPolicyRegistry} from "./IPolicyRegistry.sol";
import {IRewardEscrow} from "./IRewardEscrow.sol";
import {IRewardPolicy} from "./IRewardPolicy.sol";

/// @title Task manager: the main chain's parameter server
/// @notice Publishes tasks with their escrow, records each round's aggregate once enough aggregators attest the same,
/// and pays claims.
interface ITaskManager is IPolicyRegistry {
    /// @notice State of a task. Three storage slots: claims read and write the first alone.
    struct Task {
        TaskStatus status;
        /// @dev Whether what was left went back to the publisher.
        bool refunded;
        /// @dev Round that is open, from 0; after the end, the number of rounds finalized.
        uint16 round;
        /// @dev Workers over all settlement reports.
        uint32 workers;
        /// @dev Workers that have claimed.
        uint32 claims;
        /// @dev Of its mechanism: what its work is paid by.
        IRewardPolicy policy;
        /// @dev When the open round opens, Unix seconds: when the one before was final, but no sooner than its part of the
        /// epoch.
        uint48 roundOpenedAt;
        /// @dev When the task ended, Unix seconds; 0 while it is open.
        uint48 endedAt;
        /// @dev Storage digest of the latest global model.
        bytes32 globalModel;
    }

    /// @notice What a round produced; aggregators attest all of it.
    struct Aggregate {
        /// @dev Storage digest of the aggregated global model; of a round with too few updates, of the one it began with.
        bytes32 globalModel;
        /// @dev The model's score on held-out data, in billionths rounded down.
        uint32 scorePpb;
        /// @dev A subchain, in the task's order: which workers' updates were taken, bit `index % 256` of word
        /// `index / 256`; empty for a subchain whose report is missing.
        uint256[][] accepted;
        /// @dev What is attested about workers; both zero when nothing is.
        Scores scores;
    }

    /// @notice What aggregators attest about workers, for a mechanism that pays by it. The latest of a task counts.
    struct Scores {
        /// @dev Merkle root over score records, in any order.
        bytes32 root;
        /// @dev Storage digest of the file that holds the records.
        bytes32 digest;
    }

    /// @notice A worker's score in a claim.
    struct Score {
        /// @dev As the score record has it; empty when the aggregators attested nothing about the worker.
        bytes value;
        /// @dev Place of the record under the scores root, from 0.
        uint32 position;
        /// @dev Siblings of the record's leaf.
        bytes32[] branch;
    }

    /// @notice An attempt of a round's aggregators to agree. One storage slot.
    struct Attempt {
        /// @dev Its number within the round, from 0.
        uint32 number;
        /// @dev Aggregators that have committed to an aggregate.
        uint32 committed;
        /// @dev Those of them that have attested what they committed to.
        uint32 attested;
        /// @dev From when commitments are opened, Unix seconds; 0 while fewer than enough have committed.
        uint48 opensAt;
    }

    /// @notice What a subchain reported of a round.
    struct Report {
        bytes32 updatesRoot;
        uint32 revealed;
        bool received;
        /// @dev How long after its round opened it arrived, seconds.
        uint48 afterSeconds;
    }

    /// @notice What a subchain reported of the whole epoch.
    struct Settled {
        bytes32 recordsRoot;
        uint32 workers;
        /// @dev When it arrived, Unix seconds; 0 before.
        uint48 receivedAt;
    }

    /// @notice A task was published, its escrow funded and its message to the relay chain sent.
    event TaskPublished(
        TaskId indexed task,
        address indexed publisher,
        bytes32 specDigest,
        IERC20 token,
        uint256 budget,
        uint256 worstCase,
        bytes mechanismTerms
    );
    /// @notice A subchain's report of a round arrived.
    event RoundReported(TaskId indexed task, uint16 indexed round, uint64 indexed chainId, bytes32 updatesRoot, uint32 revealed);
    /// @notice An aggregator committed to an aggregate (again, when it changed its mind).
    event AttestationCommitted(
        TaskId indexed task,
        uint16 indexed round,
        address indexed aggregator,
        uint32 attempt,
        bytes32 commitment
    );
    /// @notice An aggregator opened its commitment.
    event AggregateAttested(
        TaskId indexed task,
        uint16 indexed round,
        address indexed aggregator,
        bytes32 aggregateHash,
        uint32 attempt
    );
    /// @notice Too few aggregators attested the same, and the next attempt began. The first has failed once all that
    /// committed have attested, or after `reportSeconds`; each later one only after twice the time of the one before.
    event AttemptFailed(TaskId indexed task, uint16 indexed round, uint32 attempt);
    /// @notice Enough aggregators attested the same aggregate.
    event RoundFinalized(
        TaskId indexed task,
        uint16 indexed round,
        bytes32 globalModel,
        uint32 scorePpb,
        uint256[][] accepted,
        Scores scores
    );
    /// @notice No further round will open.
    event TaskClosed(TaskId indexed task, TaskStatus status, uint16 rounds, bytes32 globalModel);
    /// @notice What a worker revealed in the round in which its task expired counts as accepted.
    event RevealCredited(TaskId indexed task, uint64 indexed chainId, address indexed worker, uint32 index);
    /// @notice A subchain's settlement arrived.
    event EpochSettled(TaskId indexed task, uint64 indexed chainId, bytes32 recordsRoot, uint32 workers);
    /// @notice A worker's pay was computed and sent.
    event RewardClaimed(
        TaskId indexed task,
        uint64 indexed chainId,
        address indexed worker,
        uint16 acceptedRounds,
        uint256 amount
    );
    /// @notice What publishers paid for the work of those who carry messages and make calls was collected.
    event FeesCollected(address indexed collector, uint256 amount);
    /// @notice A message came after its time and changes nothing.
    event LateMessage(TaskId indexed task, uint64 indexed chainId, bytes32 receiveId);
    /// @notice The relay chain refused a task.
    event TaskRefused(TaskId indexed task, bytes reason);

    /// @notice Thrown when the budget is below what the terms can cost.
    error BudgetTooSmall(uint256 budget, uint256 worstCase);
    /// @notice Thrown when the collector of the fees does not take them.
    error FeesRefused(address collector);
    /// @notice Thrown when a publication pays another fee than asked, wei of the chain's own coin.
    error WrongFee(uint256 paid, uint256 fee);
    /// @notice Thrown when a task is not in the status that the call needs.
    error WrongStatus(TaskId task, TaskStatus status);
    /// @notice Thrown when a round is not the open one.
    error NotOpenRound(TaskId task, uint16 round, uint16 open);
    /// @notice Thrown when the caller is not one of the task's aggregators.
    error NotAggregator(TaskId task, address caller);
    /// @notice Thrown when an aggregate leaves out a subchain whose report can still come, or has one without report.
    error ReportMissing(TaskId task, uint16 round, uint64 chainId);
    /// @notice Thrown when an aggregate takes more updates of a subchain than were revealed, or has bits past the
    /// most workers the task enrols.
    error TooManyAccepted(uint64 chainId, uint256 accepted, uint256 revealed);
    /// @notice Thrown when a commitment comes while those of the attempt are opened.
    error AttemptUnderWay(TaskId task, uint16 round, uint32 attempt);
    /// @notice Thrown when a commitment is opened while others may still commit; zero: while too few have.
    error CommitmentsOpen(TaskId task, uint16 round, uint48 until);
    /// @notice Thrown when an aggregate is not the one that its aggregator committed to in this attempt.
    error NotCommitted(TaskId task, uint16 round, address aggregator);
    /// @notice Thrown when an aggregate takes fewer updates than the task requires and yet changes the model.
    error TooFewAccepted(uint256 accepted, uint256 minUpdates);
    /// @notice Thrown when an aggregate's shape is not the task's, its model digest is zero, or it has a scores root
    /// without a file or a file without a root; or when a commitment to one is zero.
    error InvalidAggregate();
    /// @notice Thrown when a task is expired before its deadline.
    error DeadlineNotReached(TaskId task, uint48 deadline);
    /// @notice Thrown when a claim's subchain has not settled yet.
    error NotSettled(TaskId task, uint64 chainId);
    /// @notice Thrown when a work record is not under its subchain's settlement root, or the work is not the record's.
    error InvalidRecord(TaskId task, uint64 chainId, uint32 index);
    /// @notice Thrown when a claim's score is not under the scores root that the aggregators last attested.
    error InvalidScore(TaskId task, uint64 chainId, uint32 index);
    /// @notice Thrown when another than the worker claims of an expired task.
    error NotTheWorker(TaskId task, address worker, address caller);
    /// @notice Thrown when a worker's pay was already claimed.
    error AlreadyClaimed(TaskId task, uint64 chainId, uint32 index);
    /// @notice Thrown when a subchain's settlement counts more workers than the task enrols.
    error TooManyWorkers(TaskId task, uint64 chainId, uint32 workers);
    /// @notice Thrown when a claim comes after the time for claims's refund.
    error AlreadyRefunded(TaskId task);
    /// @notice Thrown when a refund is asked for while claims can still come; see `heldUntil`.
    error ClaimsOpen(TaskId task, uint48 until);

    /// @notice Publishes a task and takes its escrow and the fee (`publishFee`, exactly) in the same transaction. The
    /// caller has approved this contract.
    /// @param terms What the task asks for.
    /// @param mechanismTerms What its mechanism decodes.
    /// @param token ERC-20 that it pays in.
    /// @param budget Amount paid in, wei: at least the worst case, and below 2^96, which is the most that an escrow takes
    /// (IRewardEscrow.AmountTooLarge).
    function publish(
        TaskTerms calldata terms,
        bytes calldata mechanismTerms,
        IERC20 token,
        uint256 budget
    ) external payable returns (TaskId task);

    /// @notice Sends all fees to their collector. Anyone may call.
    function collectFees() external returns (uint256 amount);

    /// @notice Commits to what a round produced, so that nobody can copy it. Aggregators of the task only; until
    /// commitments are opened the latest of each counts. After an attempt has failed it begins the next.
    /// @param commitment Hash of the ABI encoding of the aggregate's hash, a salt, and the aggregator.
    function commitAttestation(TaskId task, uint16 round, bytes32 commitment) external;

    /// @notice Attests what the caller committed to, once all aggregators have committed, or enough have and the time
    /// for reports has passed since. The attestation that is enough finalizes the round.
    /// @param salt What the commitment was made with.
    function attest(TaskId task, uint16 round, Aggregate calldata aggregate, bytes32 salt) external;

    /// @notice Ends a task whose deadline has passed. Anyone may call.
    function expire(TaskId task) external;

    /// @notice Pays a worker what its subchain's record and the acceptance bitmaps say. Anyone may call; of an expired
    /// task the worker alone.
    /// @param record The worker's record.
    /// @param branch Siblings of the record's leaf under the settlement root.
    /// @param work What the record holds the hash of.
    /// @param score What the aggregators last attested about the worker.
    function claim(
        WorkRecord calldata record,
        bytes32[] calldata branch,
        bytes calldata work,
        Score calldata score
    ) external returns (uint256 amount);

    /// @notice Credits a worker of an expired task with the round that was open then, as if its update had been accepted:
    /// the worker revealed it, and as many of the task's aggregators as attest a round held it. Anyone may call.
    /// @param revealed What the worker revealed.
    /// @param position Its place in the order of the reveals, from 0.
    /// @param branch Siblings of its leaf under the updates root that its subchain reported.
    /// @param receipts The aggregators' storage receipts, packed as its reveal had them.
    function credit(
        RevealedUpdate calldata revealed,
        uint32 position,
        bytes32[] calldata branch,
        bytes calldata receipts
    ) external;

    /// @notice Returns what is left to the publisher once it is held no more. Anyone may call.
    function refund(TaskId task) external returns (uint256 amount);

    /// @notice Until when what is left of a task is held for claims, Unix seconds. 0: nothing can be claimed any more. The
    /// greatest number: for as long as the task is open, or the route from the relay chain is closed.
    function heldUntil(TaskId task) external view returns (uint48);

    /// @notice The escrow that holds what tasks pay.
    function escrow() external view returns (IRewardEscrow);

    /// @notice Number of tasks published.
    function taskCount() external view returns (uint256);

    /// @notice What a publication costs, wei of the chain's own coin: it grows with what keepers and relayers do for such
    /// a task, so that nobody has them work for less than it costs them.
    /// @param rounds Planned.
    /// @param subchains How many take part.
    /// @param mechanismTermsLength Bytes of its mechanism's terms.
    function publishFee(
        uint256 rounds,
        uint256 subchains,
        uint256 mechanismTermsLength
    ) external view returns (uint256);

    /// @notice State of a task.
    function taskOf(TaskId task) external view returns (Task memory);

    /// @notice Terms of a task.
    function termsOf(TaskId task) external view returns (TaskTerms memory);

    /// @notice Report of a subchain on a round.
    function reportOf(TaskId task, uint16 round, uint64 chainId) external view returns (Report memory);

    /// @notice The latest attempt to agree on a round.
    /// @return attempt How it stands.
    /// @return commitment What the aggregator committed to in it and has not attested yet; zero when nothing.
    function attemptOf(
        TaskId task,
        uint16 round,
        address aggregator
    ) external view returns (Attempt memory attempt, bytes32 commitment);

    /// @notice Settlement of a subchain.
    function settlementOf(TaskId task, uint64 chainId) external view returns (Settled memory);

    /// @notice What a subchain drew the workers of a task's rounds from; zero before its settlement, and where all took part.
    function beaconOf(TaskId task, uint64 chainId) external view returns (bytes32);

    /// @notice How a worker took part in a task's first rounds: of the finalized ones and, unless the task completed, of the
    /// open one, for which an expired task's reveal may be credited. Each round counts once or not at all.
    /// @param index The worker's place on that subchain; nothing is answered for one that the task does not enrol.
    /// @param rounds How many rounds are looked at, at the most.
    /// @param least With how many reveals on the worker's subchain a round counts as missed.
    /// @return taken Rounds whose aggregate took its update.
    /// @return missed Other rounds that its subchain reported, before its reports were waited for no more, with at least
    /// `least` reveals. Who is drawn for a round is not looked at: this is for tasks in which all take part.
    function attendanceOf(
        TaskId task,
        uint64 chainId,
        uint32 index,
        uint256 rounds,
        uint256 least
    ) external view returns (uint256 taken, uint256 missed);

    /// @notice Root over the score records that the aggregators last attested; zero when they attested none.
    function scoresOf(TaskId task) external view returns (bytes32);

    /// @notice Whether a worker's pay was claimed.
    function isClaimed(TaskId task, uint64 chainId, uint32 index) external view returns (bool);
}
