// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {RateLimit} from "../../../contracts/gateway/RateLimit.sol";
import {Test} from "../Test.sol";

contract RateLimitTest is Test {
    using RateLimit for RateLimit.Bucket;

    /// @dev Against a bucket of exact fractions: what is in it, in sixtieths, after each second, one by one.
    function testFuzz_take(uint256 seed, uint256 burst, uint256 perMinute) external {
        burst = bound(burst, 1, 20);
        perMinute = bound(perMinute, 0, 200);
        RateLimit.Bucket memory bucket = RateLimit.full(uint32(burst), uint32(perMinute));
        uint256 model = burst * 60;
        for (uint256 step = 0; step < 40; ++step) {
            uint256 wait = draw(seed, step) % 4;
            vm.warp(block.timestamp + wait);
            for (uint256 i = 0; i < wait; ++i) {
                model = model + perMinute > burst * 60 ? burst * 60 : model + perMinute;
            }
            uint256 action = draw(seed, step + 1000) % 8;
            if (action == 0) {
                bucket.putBack();
                model = model + 60 > burst * 60 ? burst * 60 : model + 60;
                continue;
            }
            uint256 retrySeconds = bucket.take();
            assertTrue((retrySeconds == 0) == (model >= 60), "taken if there is one");
            if (retrySeconds == 0) {
                model -= 60;
            } else if (perMinute == 0) {
                assertEq(retrySeconds, type(uint256).max, "never");
            } else {
                assertTrue(model + retrySeconds * perMinute >= 60, "then there is one");
                assertTrue(model + (retrySeconds - 1) * perMinute < 60, "and not before");
            }
        }
    }

    /// @dev In any time no more than the burst and what flows in.
    function testFuzz_take_NeverMoreThanBurstAndRate(uint256 seed, uint256 burst, uint256 perMinute) external {
        burst = bound(burst, 1, 50);
        perMinute = bound(perMinute, 1, 600);
        RateLimit.Bucket memory bucket = RateLimit.full(uint32(burst), uint32(perMinute));
        uint256 start = block.timestamp;
        uint256 taken = 0;
        for (uint256 step = 0; step < 60; ++step) {
            vm.warp(block.timestamp + (draw(seed, step) % 7));
            while (bucket.take() == 0) ++taken;
            assertLe(taken * 60, burst * 60 + (block.timestamp - start) * perMinute, "too many");
        }
    }

    function test_take_OfTheLargestBucketAfterAges() external {
        RateLimit.Bucket memory bucket = RateLimit.full(type(uint32).max, type(uint32).max);
        assertEq(bucket.take(), 0, "full");
        vm.warp(type(uint40).max);
        assertEq(bucket.take(), 0, "full again");
        bucket.putBack();
        bucket.putBack();
        assertEq(bucket.level, uint256(type(uint32).max) * 60, "no fuller than full");
    }
}
