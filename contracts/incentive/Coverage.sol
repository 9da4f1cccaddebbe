// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Time covered by fresh data, in O(1) a refresh
/// @notice With refreshes at τ_1 … τ_k in [s, s+T) and τ_{k+1} = s+T: covered = Σ min(τ_{j+1} − τ_j, θ) and
/// mean age = Σ (τ_{j+1} − τ_j)² / (2T).
library Coverage {
    /// @notice One storage slot.
    struct Accumulator {
        /// @dev Time of the last refresh, Unix seconds; 0 before the first.
        uint64 last;
        /// @dev Seconds covered up to `last`.
        uint64 covered;
        /// @dev Sum of squared gaps up to `last`, s².
        uint128 ageSquares;
    }

    /// @notice The accumulator at `time`, when a refresh happens or the epoch ends.
    /// @param time Unix seconds, at or after the last refresh.
    /// @param period θ, seconds.
    function advance(
        Accumulator memory self,
        uint64 time,
        uint32 period
    ) internal pure returns (Accumulator memory next) {
        next = Accumulator(time, self.covered, self.ageSquares);
        if (self.last == 0) return next;
        uint64 gap = time - self.last;
        next.covered += gap < period ? gap : period;
        next.ageSquares += uint128(gap) * gap;
    }
}
