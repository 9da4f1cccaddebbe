// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {
    Sale,
    TradingChoice,
    TradingEvidence,
    TradingOffer,
    TradingScore,
    TradingTerms,
    TradingTotals,
    TradingWork
} from "./TradingTypes.sol";

/// @title What the core carries as bytes for model trading, and what it hashes
/// @notice As contracts/types/IEncodings.sol; nothing implements it.
interface ITradingEncodings {
    /// @notice A task's terms.
    function terms(TradingTerms calldata terms) external;

    /// @notice A leaf of the tree of offers (TradingOffers.leafOf).
    function offer(TradingOffer calldata offer) external;

    /// @notice A worker's choice.
    function choice(TradingChoice calldata choice) external;

    /// @notice A sale, as EIP-712 encodes it behind its type's hash.
    function sale(Sale calldata sale) external;

    /// @notice The evidence of a co-signed sale.
    function evidence(TradingEvidence calldata evidence) external;

    /// @notice A worker's work.
    function work(TradingWork calldata work) external;

    /// @notice A report's totals.
    function totals(TradingTotals calldata totals) external;

    /// @notice A worker's score.
    function score(TradingScore calldata score) external;
}
