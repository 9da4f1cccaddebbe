// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CLOCK_SKEW_SECONDS, Schedule} from "../types/TaskTypes.sol";

/// @title How long a round's reports are waited for
library RoundTime {
    /// @notice From a round's opening on, seconds.
    function longest(Schedule storage schedule) internal view returns (uint256) {
        return
            uint256(schedule.commitSeconds) + CLOCK_SKEW_SECONDS + schedule.revealSeconds + schedule.reportSeconds;
    }
}
