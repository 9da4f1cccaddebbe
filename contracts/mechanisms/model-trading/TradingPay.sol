// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Participation} from "../../interfaces/IRewardPolicy.sol";
import {ITradingPolicy} from "./ITradingPolicy.sol";
import {NaturalLog} from "./NaturalLog.sol";
import {TradingScore, TradingWork} from "./TradingTypes.sol";

/// @title What a worker's sales are worth
/// @notice See ITradingPolicy. Nothing overflows, whatever work and score say: the most bits are beside each factor.
library TradingPay {
    /// @notice Pay, wei.
    function earned(
        ITradingPolicy.Pinned memory pinned,
        TradingWork memory work,
        Participation memory participation
    ) internal pure returns (uint256) {
        if (work.sales == 0 || participation.counted == 0 || participation.score.length == 0) return 0;
        TradingScore memory score = abi.decode(participation.score, (TradingScore));
        (uint256 freshMs2, uint256 spanMs) = freshnessOf(pinned.periodMs, work);
        if (freshMs2 == 0) return 0;
        // At most 48 bits, whatever a subchain reports; with η 112.
        uint256 samples = Math.min(work.samples, uint256(participation.counted) * pinned.maxSamples);
        uint256 omega = Math.min(score.omegaPpb, pinned.mostOmega);
        uint256 theta = Math.max(score.thetaPpb, pinned.leastTheta);
        // ω 32, ε 64, ln 134: 230 bits; p 128, freshness 74: 202; θ 32, units 168, span 41: 241. The quotient has at most
        // p 128 + τ 32 + ω 32 + ε 64 + ln 134 − units 168 = 222.
        uint256 value = Math.mulDiv(
            omega * pinned.scale * NaturalLog.ln1p(samples * pinned.dataWeight),
            uint256(work.price) * freshMs2,
            theta * (uint256(1e12) << 128) * spanMs
        );
        uint256 accepted = Math.min(participation.accepted, participation.counted);
        return (Math.min(value, pinned.cap) * accepted) / participation.counted;
    }

    /// @notice max(0, τ − Δ̂) as a quotient.
    /// @return freshMs2 Numerator, ms².
    /// @return spanMs Denominator, ms: twice the span; 2 where no time lies between the first and the last sale.
    function freshnessOf(
        uint32 periodMs,
        TradingWork memory work
    ) internal pure returns (uint256 freshMs2, uint256 spanMs) {
        bool single = work.spanMs == 0;
        spanMs = single ? 2 : 2 * uint256(work.spanMs);
        uint256 ageMs2 = single ? uint256(periodMs) + 2 * uint256(work.firstDelayMs) : work.ageMs2;
        uint256 mostMs2 = spanMs * periodMs;
        freshMs2 = mostMs2 > ageMs2 ? mostMs2 - ageMs2 : 0;
    }
}
