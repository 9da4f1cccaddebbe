// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRewardPolicy} from "../../interfaces/IRewardPolicy.sol";
import {TaskId, WorkRecord} from "../../types/TaskTypes.sol";

/// @title Model trading: a publisher (MSP) buys updates from workers (MUs) at posted prices
/// @notice Pays for immersion of the model, "IoM", of eqs 1–9 of the paper (docs/mechanisms/model-trading.md), realized:
///
/// pay = min(cap, p · Î · max(0, τ − Δ̂)) · accepted / counted
///
/// Î = ω ε ln(1 + η Σ samples) / θ, with ω and θ from the score, ω at most `mostOmega`, θ at least `leastTheta`, and no
/// more samples than `maxSamples` a counted round. Δ̂ = `ageMs2` / (2 `spanMs`); of one sale, or where no time lies between
/// the first and the last, τ/2 + `firstDelayMs`. Nothing is paid without a sale, a score, or the bond, if there is one.
/// Both quotients are rounded down.
///
/// Worst case: cap · maxWorkers · subchains.
///
/// A bond is a worker's for one subchain. It lies in the task manager's escrow, in the task's token, in an account of this
/// contract, which itself holds nothing; it goes back to the worker or to the task's publisher, and to nobody else.
interface ITradingPolicy is IRewardPolicy {
    /// @notice A task's terms, as pay and bonds need them. Two storage slots.
    struct Pinned {
        /// @dev τ, ms; zero for a task that is not known.
        uint32 periodMs;
        uint32 leastTheta;
        uint32 mostOmega;
        uint32 maxSamples;
        uint64 scale;
        uint64 dataWeight;
        uint96 cap;
        uint96 bond;
        /// @dev Until when bonds are locked, Unix seconds.
        uint40 startTime;
    }

    /// @notice How a bond stands.
    enum Bond {
        None,
        Locked,
        Returned,
        Forfeited
    }

    /// @notice The terms of a task were checked and fixed.
    event TradeOpened(address indexed manager, TaskId indexed task, bytes32 termsHash, uint256 offers);
    /// @notice A worker locked its bond.
    event BondLocked(
        address indexed manager,
        TaskId indexed task,
        address indexed worker,
        uint64 chainId,
        uint256 amount
    );
    /// @notice A bond went back to its worker.
    event BondReturned(
        address indexed manager,
        TaskId indexed task,
        address indexed worker,
        uint64 chainId,
        uint256 amount
    );
    /// @notice A bond went to the task's publisher.
    event BondForfeited(
        address indexed manager,
        TaskId indexed task,
        address indexed worker,
        uint64 chainId,
        uint256 amount
    );

    /// @notice Thrown when a task's terms are not encoded in their one form, as `abi.encode` gives it.
    error NonCanonicalTerms();
    /// @notice Thrown when a term is outside of its bounds (TradingTypes.sol), or the task has more than 2,048 rounds;
    /// `field` names the first that is.
    error InvalidTerm(string field);
    /// @notice Thrown when an offer's price is zero, or its worker is zero or not above the one before.
    error InvalidOffer(uint256 offer);
    /// @notice Thrown when a bond is locked in a task that asks for none.
    error NoBondAsked(TaskId task);
    /// @notice Thrown when a bond is locked once the task has started.
    error BondsClosed(TaskId task, uint48 startTime);
    /// @notice Thrown when a bond is locked twice.
    error BondAlreadyLocked(TaskId task, uint64 chainId, address worker);
    /// @notice Thrown when a bond that is not locked, or not any more, is to be settled or returned.
    error BondNotLocked(TaskId task, uint64 chainId, address worker, Bond bond);
    /// @notice Thrown when a bond is settled of a task that is not complete, or by a record that its task has not: its
    /// subchain has not settled, the record is not under its root, or the work is not the record's.
    error BondNotDue(TaskId task, uint64 chainId, address worker);
    /// @notice Thrown when a bond is taken back while it can still be settled. The greatest number: while the task is
    /// open or the route from the relay chain is closed.
    error BondHeld(TaskId task, uint64 chainId, address worker, uint48 until);

    /// @notice Locks the caller's bond for its place on a subchain, before the task starts. The caller has approved this
    /// contract in the task's token.
    function lockBond(address manager, TaskId task, uint64 chainId) external;

    /// @notice Decides on a bond by the worker's record once the task is complete: it is forfeited when the worker missed
    /// more than half of the counted rounds, else returned. It missed a round whose aggregate did not take its update, but
    /// for those that speak against nobody:
    /// - that began after the epoch;
    /// - that its subchain did not report, or not before reports are waited for no more;
    /// - that fewer than half of its subchain's workers revealed in, on a subchain of three workers or more. On a smaller
    ///   one this excuses whose update was taken in some round of the epoch.
    /// Anyone may call.
    /// @param branch Siblings of the record's leaf under the settlement root.
    /// @param work What the record holds the hash of.
    /// @return forfeited Whether the publisher got it.
    function settleBond(
        address manager,
        WorkRecord calldata record,
        bytes32[] calldata branch,
        bytes calldata work
    ) external returns (bool forfeited);

    /// @notice Returns a bond that no record decides on: the task expired or was rejected, or `bondHeldUntil` has passed.
    /// Anyone may call.
    function returnBond(address manager, TaskId task, uint64 chainId, address worker) external;

    /// @notice Until when a bond is held for a record, Unix seconds: `claimSeconds` after the last of the task's end, its
    /// epoch's end and the subchain's settlement; without a settlement, for as long as the task manager waits for it
    /// (ITaskManager.heldUntil). 0: it can be returned. The greatest number: for as long as the task is open, or nothing
    /// can come from the relay chain.
    function bondHeldUntil(address manager, TaskId task, uint64 chainId) external view returns (uint48);

    /// @notice How a worker's bond stands.
    function bondOf(address manager, TaskId task, uint64 chainId, address worker) external view returns (Bond);

    /// @notice The escrow's number for the account of a bond; its application is this contract.
    function bondAccount(
        address manager,
        TaskId task,
        uint64 chainId,
        address worker
    ) external pure returns (uint256);

    /// @notice A task's terms as they were fixed.
    function pinnedOf(address manager, TaskId task) external view returns (Pinned memory);
}
