// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Coverage} from "../../../../contracts/mechanisms/aoi-contract/Coverage.sol";
import {Test} from "../../Test.sol";

contract CoverageTest is Test {
    using Coverage for Coverage.Accumulator;

    uint64 private constant START = 1_000_000;
    uint256 private constant MOST = 24;

    /// @dev Of the reading of the paper: s = 1000, θ = 60, K = 5, commits at 1000, 1075, 1180 and 1241.
    function test_advance_WorkedExample() external pure {
        uint64[4] memory times = [uint64(1000), 1075, 1180, 1241];
        Coverage.Accumulator memory age;
        for (uint256 i = 0; i < 4; ++i) age = age.advance(times[i], 1000, 60);
        age = age.advance(1000 + 5 * 60, 1000, 60);
        assertEq(age.covered, 239, "covered");
        assertEq(age.ageSquares, 75 ** 2 + 105 ** 2 + 61 ** 2 + 59 ** 2, "age squares");
    }

    function test_advance_WithoutRefreshCoversNothingAndAges() external pure {
        Coverage.Accumulator memory age;
        age = age.advance(START + 300, START, 60);
        assertEq(age.covered, 0, "covered");
        assertEq(age.ageSquares, 300 ** 2, "age squares");
    }

    function test_advance_BeforeTheFirstRefreshCoversNothingAndAges() external pure {
        Coverage.Accumulator memory age;
        age = age.advance(START + 20, START, 60);
        assertEq(age.covered, 0, "covered");
        assertEq(age.ageSquares, 20 ** 2, "age squares");
        age = age.advance(START + 50, START, 60);
        assertEq(age.covered, 30, "covered");
        assertEq(age.ageSquares, 20 ** 2 + 30 ** 2, "age squares");
    }

    function test_advance_BeforeTheStartWhatIsLeftOfItIsCovered() external pure {
        Coverage.Accumulator memory age;
        age = age.advance(START - 70, START, 60);
        age = age.advance(START - 10, START, 60);
        assertEq(age.covered, 0, "covered before");
        assertEq(age.ageSquares, 0, "age before");
        age = age.advance(START + 80, START, 60);
        assertEq(age.covered, 50, "covered");
        assertEq(age.ageSquares, 80 ** 2, "age squares");
        age = age.advance(START + 300, START, 60);
        assertEq(age.covered, 50 + 60, "covered later");
    }

    function test_advance_BeforeTheStartAndTooOldCoversNothing() external pure {
        Coverage.Accumulator memory age;
        age = age.advance(START - 60, START, 60);
        age = age.advance(START + 300, START, 60);
        assertEq(age.covered, 0, "covered");
        assertEq(age.ageSquares, 300 ** 2, "age squares");
    }

    function test_advance_BurstEarnsNothing() external pure {
        Coverage.Accumulator memory age;
        for (uint256 i = 0; i < 10; ++i) age = age.advance(START + 100, START, 60);
        assertEq(age.covered, 0, "covered");
        age = age.advance(START + 300, START, 60);
        assertEq(age.covered, 60, "one refresh's worth");
    }

    function test_advance_OnTimeCoversAll() external pure {
        Coverage.Accumulator memory age;
        for (uint64 time = START; time < START + 300; time += 60) age = age.advance(time, START, 60);
        age = age.advance(START + 300, START, 60);
        assertEq(age.covered, 300, "covered");
        assertEq(age.ageSquares, 5 * 60 ** 2, "age squares");
    }

    /// @dev The widest values that the types allow do not overflow.
    function test_advance_WidestGap() external pure {
        Coverage.Accumulator memory age = Coverage.Accumulator(1, 0, 0);
        age = age.advance(type(uint64).max, 1, type(uint32).max);
        assertEq(age.covered, type(uint32).max, "covered");
        assertEq(age.ageSquares, uint256(type(uint64).max - 1) ** 2, "age squares");
    }

    function testFuzz_advance_EqualsTheGapFormula(uint256 seed, uint256 count, uint32 period, uint32 epoch) external pure {
        epoch = uint32(bound(epoch, 1, type(uint32).max));
        period = uint32(bound(period, 1, epoch));
        uint64[] memory times = _times(seed, bound(count, 0, MOST), epoch);
        uint256 covered = 0;
        uint256 first = (times.length == 0 ? START + epoch : times[0]) - START;
        uint256 ageSquares = first * first;
        for (uint256 i = 0; i < times.length; ++i) {
            uint256 gap = (i + 1 < times.length ? times[i + 1] : START + epoch) - times[i];
            covered += gap < period ? gap : period;
            ageSquares += gap * gap;
        }
        Coverage.Accumulator memory age = _run(times, epoch, period);
        assertEq(age.covered, covered, "covered");
        assertEq(age.ageSquares, ageSquares, "age squares");
        assertEq(age.last, START + epoch, "last");
    }

    function testFuzz_advance_EqualsACountOfSeconds(uint256 seed, uint256 count, uint32 period, uint32 epoch) external pure {
        epoch = uint32(bound(epoch, 1, 400));
        period = uint32(bound(period, 1, epoch));
        uint64[] memory times = _times(seed, bound(count, 0, MOST), epoch);
        // Some before the start.
        uint64 lead = uint64(draw(seed, MOST) % 80);
        for (uint256 i = 0; i < times.length; ++i) times[i] -= lead;
        uint256 covered = 0;
        uint256 ageSquares = 0;
        uint256 next = 0;
        for (uint64 second = START; second < START + epoch; ++second) {
            while (next < times.length && times[next] <= second) ++next;
            uint64 last = next == 0 ? 0 : times[next - 1];
            if (next > 0 && second - last < period) ++covered;
            ageSquares += 2 * (second - (last < START ? START : last)) + 1;
        }
        Coverage.Accumulator memory age = _run(times, epoch, period);
        assertEq(age.covered, covered, "covered");
        assertEq(age.ageSquares, ageSquares, "age squares");
    }

    function testFuzz_advance_CoversAtMostTheEpoch(uint256 seed, uint256 count, uint32 period, uint32 epoch) external pure {
        epoch = uint32(bound(epoch, 1, type(uint32).max));
        period = uint32(bound(period, 1, type(uint32).max));
        Coverage.Accumulator memory age = _run(_times(seed, bound(count, 0, MOST), epoch), epoch, period);
        assertLe(age.covered, epoch, "covered");
        assertLe(age.ageSquares, uint256(epoch) * epoch, "age squares");
    }

    /// @dev One refresh more, wherever it falls, never covers less.
    function testFuzz_advance_RefreshingMoreCoversNoLess(uint256 seed, uint256 count, uint32 period, uint64 extra) external pure {
        uint32 epoch = 1000;
        period = uint32(bound(period, 1, epoch));
        uint64[] memory times = _times(seed, bound(count, 0, MOST), epoch);
        uint64[] memory more = new uint64[](times.length + 1);
        more[times.length] = START + uint64(bound(extra, 0, epoch - 1));
        for (uint256 i = 0; i < times.length; ++i) more[i] = times[i];
        _sort(more);
        assertLe(_run(times, epoch, period).covered, _run(more, epoch, period).covered, "covered");
    }

    function _run(
        uint64[] memory times,
        uint32 epoch,
        uint32 period
    ) private pure returns (Coverage.Accumulator memory age) {
        for (uint256 i = 0; i < times.length; ++i) age = age.advance(times[i], START, period);
        return age.advance(START + epoch, START, period);
    }

    function _times(uint256 seed, uint256 count, uint32 epoch) private pure returns (uint64[] memory times) {
        times = new uint64[](count);
        for (uint256 i = 0; i < count; ++i) times[i] = START + uint64(draw(seed, i) % epoch);
        _sort(times);
    }

    function _sort(uint64[] memory times) private pure {
        for (uint256 i = 1; i < times.length; ++i) {
            for (uint256 j = i; j > 0 && times[j - 1] > times[j]; --j) (times[j - 1], times[j]) = (times[j], times[j - 1]);
        }
    }
}
