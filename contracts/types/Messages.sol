// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {TaskId, TaskTerms} from "./TaskTypes.sol";

/// @notice Kinds of messages about tasks; a payload is `abi.encode(MessageKind, body)`.
enum MessageKind {
    TaskOpened, // main → relay → subchains
    RoundOpened, // main → relay → subchains
    TaskEnded, // main → relay → subchains
    RoundReported, // subchain → relay → main
    EpochSettled, // subchain → relay → main
    TaskRejected, // relay → main
    CommitsClosed, // subchain → relay
    RevealsOpened // relay → subchains
}

/// @notice How a task stands on the main chain.
enum TaskStatus {
    None,
    Open,
    Completed,
    Expired,
    Rejected
}

/// @notice A task was published and its escrow funded.
struct TaskOpened {
    TaskId task;
    TaskTerms terms;
    /// @dev What the mechanism's policy and meter decode.
    bytes mechanismTerms;
}

/// @notice A round was finalized and the next one is open.
struct RoundOpened {
    TaskId task;
    uint16 round;
    /// @dev Storage digest of the global model this round starts from.
    bytes32 globalModel;
    /// @dev When it opens, Unix seconds, on the main chain's clock: all subchains count its commit phase from there.
    uint48 openedAt;
}

/// @notice No further round will open.
struct TaskEnded {
    TaskId task;
    TaskStatus status;
    bytes32 globalModel;
}

/// @notice A subchain closed a round.
struct RoundReport {
    uint64 chainId;
    TaskId task;
    uint16 round;
    uint32 enrolled;
    uint32 committed;
    uint32 revealed;
    /// @dev Merkle root over the revealed updates, in the order of their reveals.
    bytes32 updatesRoot;
    /// @dev What the mechanism's meter counted over all workers so far.
    bytes totals;
}

/// @notice A subchain measured the whole epoch of every worker.
struct SettlementReport {
    uint64 chainId;
    TaskId task;
    uint32 workers;
    /// @dev Merkle root over the work records, in the order of enrolment.
    bytes32 recordsRoot;
    /// @dev What the rounds' workers were drawn from; zero where all took part, or none was drawn.
    bytes32 beacon;
    /// @dev What the mechanism's meter counted over all workers.
    bytes totals;
}

/// @notice The relay chain refused to forward a task.
struct TaskRejection {
    TaskId task;
    /// @dev The error data with which the check failed.
    bytes reason;
}

/// @notice A subchain takes no more commits in a round.
struct CommitsReport {
    uint64 chainId;
    TaskId task;
    uint16 round;
    uint32 committed;
}

/// @notice No subchain of the task takes commits in the round any more.
struct RevealsOpened {
    TaskId task;
    uint16 round;
}
