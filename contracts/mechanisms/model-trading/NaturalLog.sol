// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Natural logarithm in fixed point
/// @notice With 1 + x = 2^k · m and m in [1, 2): ln(1 + x) = k ln 2 + 2 artanh z, z = (m − 1) / (m + 1) in [0, 1/3), and
/// artanh z = z + z³/3 + z⁵/5 + …, until a power of z is nothing. Every quotient is rounded down.
library NaturalLog {
    /// @dev ⌊ln 2 · 2^128⌋.
    uint256 private constant LN2 = 0xb17217f7d1cf79abc9e3b39803f2f6af;
    uint256 private constant ONE = 1e18;

    /// @notice ln(1 + x), in units of 2^-128: never above the exact value, and below it by less than 2^-66 of it
    /// (1.4 · 10^-20).
    /// @param x In units of 10^-18, below 2^127.
    function ln1p(uint256 x) internal pure returns (uint256) {
        uint256 k = Math.log2((x + ONE) / ONE);
        uint256 power = ONE << k;
        uint256 z = ((x + ONE - power) << 128) / (x + ONE + power);
        uint256 square = (z * z) >> 128;
        uint256 sum = 0;
        uint256 odd = 1;
        for (uint256 term = z; term != 0; term = (term * square) >> 128) {
            sum += term / odd;
            odd += 2;
        }
        return k * LN2 + 2 * sum;
    }
}
