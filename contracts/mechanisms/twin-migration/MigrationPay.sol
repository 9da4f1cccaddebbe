// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {MigrationOutcome} from "./MigrationTypes.sol";

/// @title Money of one migration
/// @notice Whole micro-$, as mechanisms/twin-migration/mathematics/settlement.ts computes it.
library MigrationPay {
    /// @notice Who gets what of escrow and bond.
    struct Parts {
        /// @dev Of the escrow, to the destination.
        uint256 toProvider;
        /// @dev Of the escrow, to the vehicle.
        uint256 refund;
        /// @dev Of the bond, to the destination.
        uint256 bondReturned;
        /// @dev Of the bond, to the vehicle.
        uint256 bondSlashed;
    }

    uint256 private constant KILOBYTES_A_MEGABYTE = 1_000;
    uint256 private constant BASIS_POINTS = 10_000;

    /// @notice ⌈price · volume⌉.
    /// @param price micro-$/MB.
    /// @param kilobytes kB.
    function priceOf(uint256 price, uint256 kilobytes) internal pure returns (uint256) {
        return Math.ceilDiv(price * kilobytes, KILOBYTES_A_MEGABYTE);
    }

    /// @notice The volume that `priceOf` made an amount of, kB: exactly, as it rounds up by less than a micro-$ and a price
    /// is 1,000 micro-$/MB or more.
    /// @param price micro-$/MB.
    /// @param amount micro-$, below 2^64.
    function volumeOf(uint256 price, uint256 amount) internal pure returns (uint256) {
        unchecked {
            return (amount * KILOBYTES_A_MEGABYTE) / price;
        }
    }

    /// @notice What an outcome leaves to whom.
    /// @param bond Zero where nobody accepted.
    function partsOf(
        MigrationOutcome outcome,
        uint256 escrow,
        uint256 bond,
        uint256 lateBasisPoints,
        uint256 slashBasisPoints
    ) internal pure returns (Parts memory parts) {
        if (isPaid(outcome)) {
            bool whole = outcome == MigrationOutcome.Completed;
            parts.refund = whole ? 0 : (escrow * lateBasisPoints) / BASIS_POINTS;
            parts.toProvider = escrow - parts.refund;
        } else {
            parts.refund = escrow;
            if (outcome != MigrationOutcome.Cancelled) parts.bondSlashed = (bond * slashBasisPoints) / BASIS_POINTS;
        }
        parts.bondReturned = bond - parts.bondSlashed;
    }

    /// @notice Whether the destination is paid.
    function isPaid(MigrationOutcome outcome) internal pure returns (bool) {
        return
            outcome == MigrationOutcome.Completed ||
            outcome == MigrationOutcome.Late ||
            outcome == MigrationOutcome.Resolved;
    }

    /// @notice The median of the ends that are signed, of two the later, and how far they are apart, ms.
    /// @param ends Zero of who did not sign; at least one is not.
    function attested(uint64[3] memory ends) internal pure returns (uint64 median, uint64 spread) {
        (uint64 a, uint64 b, uint64 c) = (ends[0], ends[1], ends[2]);
        if (a > b) (a, b) = (b, a);
        if (b > c) (b, c) = (c, b);
        if (a > b) (a, b) = (b, a);
        // In order, those that are not signed first.
        if (a != 0) return (b, c - a);
        return (c, b == 0 ? 0 : c - b);
    }
}
