// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A posted price: what the publisher, an MSP, offers one worker, an MU.
struct TradingOffer {
    /// @dev Who may take it.
    address worker;
    /// @dev p_mn, wei for a unit of IoM; not zero. IoM is (IoM/s of I) times seconds.
    uint128 price;
}

/// @notice Terms of model trading: a task's `mechanismTerms`.
struct TradingTerms {
    /// @dev τ: the period of a sale, ms. From 1 to the epoch.
    uint32 periodMs;
    /// @dev ε of eq. 3, billionths of an IoM/s; not zero.
    uint64 scale;
    /// @dev η of eq. 3, 10⁻¹⁸ a sample; not zero.
    uint64 dataWeight;
    /// @dev An attested θ below this counts as this, billionths: from 1 to 10⁹.
    uint32 leastTheta;
    /// @dev An attested ω above this counts as this, billionths: from 1 to 2·10⁹, as a Brier loss is in [0, 2].
    uint32 mostOmega;
    /// @dev How long after its round's opening an update may say that it was begun, ms; below `periodMs`.
    uint32 startSlackMs;
    /// @dev The most that one worker is paid, wei; not zero.
    uint96 cap;
    /// @dev What a worker locks when it accepts, wei; 0 for none.
    uint96 bond;
    /// @dev Whose signature of a sale counts as the publisher's; not zero.
    address cosigner;
    /// @dev By ascending worker, none twice: from 1 to 256.
    TradingOffer[] offers;
}

/// @notice What a worker enrols with: its `choice`.
struct TradingChoice {
    /// @dev Place of its offer in the terms, from 0.
    uint16 offer;
    /// @dev The offer's price.
    uint128 price;
    /// @dev Siblings of the offer's leaf, from the leaf up (TradingOffers).
    bytes32[] branch;
}

/// @notice A sale: the leaf of a round, EIP-712 type `Sale` with these fields in this order, in the domain (name
/// "Freshet", version "1", chain id of the subchain, its LearningSubchain as verifying contract). The publisher's
/// cosigner signs it; the worker signs it by the transaction that reveals with it.
struct Sale {
    /// @dev Of the subchain.
    uint64 chainId;
    uint256 task;
    uint16 round;
    address worker;
    /// @dev The worker's salted commitment, not the update: who co-signs can copy nothing before commits are over.
    bytes32 commitment;
    /// @dev s_r: when the worker began the update, Unix ms.
    uint64 generatedAtMs;
    /// @dev t_r: when the publisher received the sale, Unix ms.
    uint64 receivedAtMs;
    /// @dev Samples that the update was trained on, as the reveal says.
    uint32 samples;
}

/// @notice A reveal's `evidence` when the sale is co-signed; without, it is empty. Of the sale what the chain does not
/// know itself.
struct TradingEvidence {
    uint64 generatedAtMs;
    uint64 receivedAtMs;
    /// @dev The cosigner's signature of the Sale as in EIP-2098, of which there is one form: r, then s with y in its
    /// highest bit.
    bytes32 r;
    bytes32 yParityAndS;
}

/// @notice What a worker did over the epoch: its `work`. Rounds and reveals within the epoch count.
struct TradingWork {
    /// @dev p_mn of the offer taken, wei an IoM.
    uint128 price;
    /// @dev Σ samples of its sales.
    uint64 samples;
    /// @dev R: its sales, which are its reveals.
    uint16 sales;
    /// @dev Rounds that had begun by the end of the epoch.
    uint16 rounds;
    /// @dev t_1 − s_1 of the first sale, ms.
    uint40 firstDelayMs;
    /// @dev t_R − t_1 on the trade's clock, ms.
    uint40 spanMs;
    /// @dev Twice the integral of the age from t_1 to t_R: Σ (t_{r+1} − t_r) · [(t_r − s_r) + (t_{r+1} − s_r)], ms².
    uint96 ageMs2;
}

/// @notice Sums over workers: a report's `totals`.
struct TradingTotals {
    uint64 sales;
    uint128 samples;
}

/// @notice What the aggregators attest about a worker: its `score`.
struct TradingScore {
    /// @dev ω: potential value of the task's initial model to the worker, billionths.
    uint32 omegaPpb;
    /// @dev θ: the update's accuracy, billionths: the mean over the rounds whose aggregate took the worker's update.
    uint32 thetaPpb;
    /// @dev How many rounds those are; not looked at on chain.
    uint16 rounds;
}
