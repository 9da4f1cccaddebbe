// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Beta reputation with decay
/// @notice Counts in millionths, as mechanisms/twin-migration/mathematics/settlement.ts has them.
library Reputation {
    uint256 internal constant PPM = 1_000_000;

    /// @notice What epochs leave of two counts: each rounds down. Counts of 2^96 end within 3,700 epochs.
    function decayed(
        uint256 ok,
        uint256 bad,
        uint256 epochs,
        uint256 decayPpm
    ) internal pure returns (uint256, uint256) {
        for (; epochs > 0 && (ok | bad) != 0; --epochs) {
            ok = (ok * decayPpm) / PPM;
            bad = (bad * decayPpm) / PPM;
        }
        return (ok, bad);
    }

    /// @notice Mean of the Beta distribution that starts as Beta(1, 1), millionths, rounded down.
    function ppmOf(uint256 ok, uint256 bad) internal pure returns (uint256) {
        return (PPM * (PPM + ok)) / (2 * PPM + ok + bad);
    }
}
