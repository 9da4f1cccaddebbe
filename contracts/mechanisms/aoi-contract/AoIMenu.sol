// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AoITerms, MenuItem} from "./AoITypes.sol";
import {IAoIContractPolicy} from "./IAoIContractPolicy.sol";

/// @title Lemma 1 in integers
/// @notice With F_n = T/θ_n, every condition is multiplied by the periods it divides by, so nothing is rounded.
library AoIMenu {
    uint256 internal constant MAX_ITEMS = 256;
    /// @dev ⌈T/θ⌉: as many transactions a worker sends, and as many events whoever shows or audits the task reads of it.
    uint256 internal constant MAX_REFRESHES = 65_536;

    /// @notice Reverts with the first condition that does not hold and its item (from 0).
    /// @return worstCase The highest reward and the bonus: the most one worker can earn, wei.
    function check(AoITerms memory terms, uint32 epochSeconds) internal pure returns (uint256 worstCase) {
        uint256 items = terms.menu.length;
        require(items > 0 && items <= MAX_ITEMS, IAoIContractPolicy.InvalidMenuSize(items));
        require(terms.bonus > 0, IAoIContractPolicy.BonusMissing());
        MenuItem memory low = terms.menu[0];
        _requirePeriod(low, 0, epochSeconds);
        require(
            uint256(low.reward) * low.period >= uint256(low.cost) * epochSeconds,
            IAoIContractPolicy.IndividualRationalityViolated(0)
        );
        for (uint256 n = 1; n < items; ++n) {
            MenuItem memory high = terms.menu[n];
            _requirePeriod(high, n, epochSeconds);
            require(high.cost <= low.cost, IAoIContractPolicy.CostNotMonotone(n));
            require(high.period <= low.period && high.reward >= low.reward, IAoIContractPolicy.NotMonotone(n));
            // (R_n − R_{n−1}) θ_n θ_{n−1} against δ T (θ_{n−1} − θ_n)
            uint256 gain = uint256(high.reward - low.reward) * high.period * low.period;
            uint256 more = uint256(epochSeconds) * (low.period - high.period);
            require(gain >= high.cost * more, IAoIContractPolicy.DownwardIncentiveViolated(n));
            require(gain <= low.cost * more, IAoIContractPolicy.UpwardIncentiveViolated(n));
            low = high;
        }
        return uint256(low.reward) + terms.bonus;
    }

    function _requirePeriod(MenuItem memory item, uint256 n, uint32 epochSeconds) private pure {
        require(
            item.period > 0 && item.period <= epochSeconds && item.period * MAX_REFRESHES >= epochSeconds,
            IAoIContractPolicy.InvalidPeriod(n, item.period, epochSeconds)
        );
    }
}
