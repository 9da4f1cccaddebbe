// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IMeter} from "../../interfaces/IMeter.sol";
import {TaskId} from "../../types/TaskTypes.sol";

/// @title Meter of model trading: how old an MSP's models of a worker are
/// @notice Every reveal within the epoch is a sale. It begins at s_r and is received at t_r. With a co-signed leaf these
/// are the leaf's, if they lie within the round's blocks: opening ≤ s_r ≤ opening + `startSlackMs`, and
/// s_r ≤ t_r ≤ commit + CLOCK_SKEW_SECONDS. Without one, s_r is the round's opening and t_r the end of the second in which
/// the commit's block was made: to the worker's disadvantage, by what block times are coarse. So neither side can
/// hold back a signature to more effect than that.
///
/// Ages are on the trade's clock, on which round 0 opens at v_0 = 0 and round r at
/// v_r = v_{r−1} + min(o_r − o_{r−1}, τ), where o_r is its opening on the main chain: nobody's model ages because a
/// round is opened late. A time of round r is v_r plus its distance from o_r, which counts as no less than 0 and no more
/// than τ; t_r is no less than the t of the sale before.
///
/// All is fixed at the epoch's end: later rounds and reveals count for nothing, whenever the worker is settled.
interface ITradingMeter is IMeter {
    /// @notice A task, as its meter keeps it. Three storage slots.
    struct Trade {
        /// @dev o_r of the latest round that began within the epoch, Unix seconds.
        uint40 openedAt;
        /// @dev v_r of that round, ms.
        uint40 clockMs;
        /// @dev τ, ms; zero for a task that is not known.
        uint32 periodMs;
        uint32 startSlackMs;
        /// @dev That round, from 0.
        uint16 round;
        uint16 offers;
        uint40 epochEnd;
        address cosigner;
        bytes32 offersRoot;
    }

    /// @notice A worker's sales so far. Two storage slots.
    struct Sales {
        /// @dev Price of the offer taken, wei an IoM; zero for who is not enrolled.
        uint128 price;
        uint64 samples;
        uint16 sales;
        /// @dev t_1 and t_1 − s_1, ms.
        uint40 firstMs;
        uint40 firstDelayMs;
        /// @dev t and s of the last sale, ms.
        uint40 lastMs;
        uint40 lastBegunMs;
        /// @dev See TradingWork.
        uint96 ageMs2;
    }

    /// @notice Thrown when a worker chooses an offer that the terms do not make it.
    error NotOffered(TaskId task, address worker, uint16 offer, uint128 price);
    /// @notice Thrown when a co-signed sale says that it was begun before its round opened or more than the terms' slack
    /// after, received before it was begun, or received later than CLOCK_SKEW_SECONDS after the commit. Times are Unix ms.
    error SaleOutsideRound(TaskId task, address worker, uint64 generatedAtMs, uint64 receivedAtMs);

    /// @notice A task as it stands; all zero for one that is not known.
    function tradeOf(address subchain, TaskId task) external view returns (Trade memory);

    /// @notice A worker's sales so far.
    function salesOf(address subchain, TaskId task, address worker) external view returns (Sales memory);
}
