// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title A bucket of messages that refills with time
/// @notice OpenZeppelin's RateLimiter.RefillingBucket keeps two slots and its rate elsewhere; this one is a single
/// slot, so that a limited delivery reads one slot and writes it. The level is counted in sixtieths of a message: a
/// rate of r messages a minute then adds r a second, and nothing is lost to rounding.
library RateLimit {
    uint256 private constant ONE_MESSAGE = 60;

    struct Bucket {
        /// @dev Messages that fit into it.
        uint32 burst;
        uint32 perMinute;
        /// @dev What was in it at `updated`, in sixtieths of a message.
        uint48 level;
        /// @dev Unix seconds.
        uint48 updated;
    }

    /// @notice A full bucket.
    function full(uint32 burst, uint32 perMinute) internal view returns (Bucket memory) {
        return Bucket(burst, perMinute, uint48(burst * ONE_MESSAGE), uint48(block.timestamp));
    }

    /// @notice Takes one message out of the bucket, if there is one.
    /// @return retrySeconds Zero if there was; else after how many seconds there will be, the maximum for never.
    function take(Bucket memory bucket) internal view returns (uint256 retrySeconds) {
        uint256 level = _levelOf(bucket);
        if (level >= ONE_MESSAGE) {
            _set(bucket, level - ONE_MESSAGE);
        } else if (bucket.perMinute == 0) {
            retrySeconds = type(uint256).max;
        } else {
            retrySeconds = Math.ceilDiv(ONE_MESSAGE - level, bucket.perMinute);
        }
    }

    /// @notice Puts back a message that was taken and not used.
    function putBack(Bucket memory bucket) internal view {
        _set(bucket, Math.min(_levelOf(bucket) + ONE_MESSAGE, bucket.burst * ONE_MESSAGE));
    }

    function _levelOf(Bucket memory bucket) private view returns (uint256) {
        uint256 added = (block.timestamp - bucket.updated) * bucket.perMinute;
        return Math.min(bucket.level + added, bucket.burst * ONE_MESSAGE);
    }

    function _set(Bucket memory bucket, uint256 level) private view {
        // A full bucket holds less than 2^38 sixtieths.
        bucket.level = uint48(level);
        bucket.updated = uint48(block.timestamp);
    }
}
