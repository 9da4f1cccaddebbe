// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CLOCK_SKEW_SECONDS} from "../../types/TaskTypes.sol";
import {ITwinMarket} from "./ITwinMarket.sol";
import {MigrationPay} from "./MigrationPay.sol";
import {MigrationSignature} from "./MigrationSignature.sol";
import {Completion, Stamp} from "./MigrationTypes.sol";

/// @title Completions of migrations
/// @notice A part of TwinMarket that is deployed by itself and linked, so that both stay small.
library Completions {
    /// @notice Reverts unless the vehicle and a server signed a completion with possible times; else says it in an event of
    /// the market.
    /// @param completion What they signed, without the ends.
    /// @param acceptedAt When it was accepted, Unix seconds.
    /// @param stamps Of vehicle, old host, new host.
    /// @return latencyMs The median of the ends that are signed, of two the later, less the start.
    /// @return spread How far they are apart, ms.
    function attest(
        Completion memory completion,
        uint256 acceptedAt,
        Stamp[3] calldata stamps
    ) public returns (uint64 latencyMs, uint64 spread) {
        uint64[3] memory ends = _endsOf(completion, acceptedAt, stamps);
        uint64 end;
        (end, spread) = MigrationPay.attested(ends);
        latencyMs = end - completion.startMs;
        emit ITwinMarket.MigrationAttested(
            completion.migration,
            completion.stateHash,
            completion.startMs,
            ends,
            latencyMs,
            spread
        );
    }

    /// @dev The ends that are signed, else zero.
    function _endsOf(
        Completion memory completion,
        uint256 acceptedAt,
        Stamp[3] calldata stamps
    ) private view returns (uint64[3] memory ends) {
        address[3] memory signers = [completion.vehicle, completion.source, completion.destination];
        uint256 migration = completion.migration;
        require(stamps[0].endMs != 0, ITwinMarket.MissingSignature(migration, signers[0]));
        bool byServer = stamps[1].endMs != 0 || stamps[2].endMs != 0;
        require(byServer, ITwinMarket.MissingSignature(migration, signers[2]));
        uint64 start = completion.startMs;
        uint256 least = (acceptedAt - CLOCK_SKEW_SECONDS) * 1_000;
        uint256 most = (block.timestamp + CLOCK_SKEW_SECONDS) * 1_000;
        for (uint256 i = 0; i < 3; ++i) {
            uint64 end = stamps[i].endMs;
            if (end == 0) continue;
            bool possible = start >= least && end >= start && end <= most;
            require(possible, ITwinMarket.ImpossibleTimes(migration, start, end));
            completion.endMs = ends[i] = end;
            bool signed = signers[i] != address(0) &&
                MigrationSignature.isCompletedBy(signers[i], completion, stamps[i].r, stamps[i].yParityAndS);
            require(signed, ITwinMarket.MissingSignature(migration, signers[i]));
        }
    }
}
