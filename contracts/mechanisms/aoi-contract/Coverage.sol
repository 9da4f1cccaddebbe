// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Time covered by fresh data, in O(1) a refresh
/// @notice With refreshes at τ_1 … τ_k in [s, s+T), τ_0 = s and τ_{k+1} = s+T: covered = Σ_{j≥1} min(τ_{j+1} − τ_j, θ)
/// and mean age = Σ_{j≥0} (τ_{j+1} − τ_j)² / (2T). Before the first refresh nothing is covered and age runs from s.
/// Of refreshes before s the last counts: what is left of its θ at s is covered. Age runs from s all the same.
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
    /// @param start s, Unix seconds.
    /// @param period θ, seconds.
    function advance(
        Accumulator memory self,
        uint64 time,
        uint64 start,
        uint32 period
    ) internal pure returns (Accumulator memory) {
        if (time < start) return Accumulator(time, self.covered, self.ageSquares);
        uint64 from = self.last < start ? start : self.last;
        uint64 gap = time - from;
        uint64 covered = 0;
        if (self.last != 0) {
            // Of a refresh before the start, what is left of its period.
            uint64 fresh = uint64(period) > from - self.last ? period - (from - self.last) : 0;
            covered = gap < fresh ? gap : fresh;
        }
        return Accumulator(time, self.covered + covered, self.ageSquares + uint128(gap) * gap);
    }
}
