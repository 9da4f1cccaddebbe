// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {NaturalLog} from "../../../../contracts/mechanisms/model-trading/NaturalLog.sol";
import {Test} from "../../Test.sol";

contract NaturalLogTest is Test {
    uint256 private constant ONE = 1e18;

    function test_ln1p_Borders() external pure {
        assertEq(NaturalLog.ln1p(0), 0, "ln 1");
        assertEq(NaturalLog.ln1p(ONE), 0xb17217f7d1cf79abc9e3b39803f2f6af, "ln 2");
        assertEq(NaturalLog.ln1p(1), 2 * ((uint256(1) << 128) / (2 * ONE + 1)), "10^-18 is its own logarithm");
    }

    function testFuzz_ln1p_Grows(uint256 x, uint256 more) external pure {
        x = bound(x, 0, (uint256(1) << 127) - 2);
        more = bound(more, x, (uint256(1) << 127) - 1);
        (uint256 low, uint256 high) = (NaturalLog.ln1p(x), NaturalLog.ln1p(more));
        assertLe(low, high + (high >> 66) + 1, "within the error");
    }

    /// @dev x ≥ ln(1 + x) ≥ x / (1 + x).
    function testFuzz_ln1p_IsBetweenItsBounds(uint256 x) external pure {
        x = bound(x, 1, (uint256(1) << 127) - 1);
        uint256 ln = NaturalLog.ln1p(x);
        assertLe(ln, (x << 128) / ONE, "at most x");
        uint256 least = (x << 128) / (ONE + x);
        assertLe(least - (least >> 66), ln + 1, "at least x / (1 + x)");
    }

    /// @dev Of integers, whose product is exact.
    function testFuzz_ln1p_TurnsProductsIntoSums(uint256 a, uint256 b) external pure {
        (a, b) = (bound(a, 1, 1 << 31), bound(b, 1, 1 << 31));
        uint256 sum = NaturalLog.ln1p((a - 1) * ONE) + NaturalLog.ln1p((b - 1) * ONE);
        uint256 whole = NaturalLog.ln1p((a * b - 1) * ONE);
        assertLe(sum > whole ? sum - whole : whole - sum, (whole >> 65) + 2, "ln ab");
    }
}
