// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ICheckpointVerifier} from "../interfaces/ICheckpointVerifier.sol";
import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {
    CommitsReport,
    MessageKind,
    RevealsOpened,
    RoundOpened,
    RoundReport,
    SettlementReport,
    TaskEnded,
    TaskOpened,
    TaskRejection
} from "./Messages.sol";
import {RevealedUpdate, ScoreRecord, WorkRecord} from "./TaskTypes.sol";

/// @title What chains and programs encode for each other outside of calls
/// @notice Nothing implements it: it has the compiler write down the types, from which programs get theirs
/// (protocol/abi/IEncodings.ts). What a function takes is what `abi.encode` is given.
interface IEncodings {
    /// @notice A payload. Of its body there is a function for every kind, named after it: the next eight.
    function message(MessageKind kind, bytes calldata body) external;

    /// @notice The body of TaskOpened.
    function taskOpened(TaskOpened calldata body) external;

    /// @notice The body of RoundOpened.
    function roundOpened(RoundOpened calldata body) external;

    /// @notice The body of TaskEnded.
    function taskEnded(TaskEnded calldata body) external;

    /// @notice The body of RoundReported.
    function roundReported(RoundReport calldata body) external;

    /// @notice The body of EpochSettled.
    function epochSettled(SettlementReport calldata body) external;

    /// @notice The body of TaskRejected.
    function taskRejected(TaskRejection calldata body) external;

    /// @notice The body of CommitsClosed.
    function commitsClosed(CommitsReport calldata body) external;

    /// @notice The body of RevealsOpened.
    function revealsOpened(RevealsOpened calldata body) external;

    /// @notice A leaf of a settlement root (Leaves.ofRecord).
    function record(WorkRecord calldata record) external;

    /// @notice A leaf of an aggregate's scores root (Leaves.ofScore).
    function score(ScoreRecord calldata record) external;

    /// @notice A file of score records: its digest is attested beside their root.
    function scores(ScoreRecord[] calldata records) external;

    /// @notice A leaf of a round's updates root (Leaves.ofUpdate).
    function update(RevealedUpdate calldata update) external;

    /// @notice A salted commitment to an update (Leaves.ofCommit).
    function commitment(address subchain, RevealedUpdate calldata update, bytes32 salt) external;

    /// @notice What aggregators attest the hash of.
    function aggregate(ITaskManager.Aggregate calldata aggregate) external;

    /// @notice What an aggregator commits to before it attests.
    function attestation(bytes32 aggregateHash, bytes32 salt, address aggregator) external;

    /// @notice Evidence for CheckpointVerifier: the fields of ICheckpointVerifier.Contradiction.
    function contradiction(
        ICheckpointVerifier.SignedCheckpoint calldata a,
        ICheckpointVerifier.SignedCheckpoint calldata b,
        uint32 nonce,
        bytes32 leafA,
        bytes32[] calldata branchA,
        bytes32 leafB,
        bytes32[] calldata branchB
    ) external;
}
