// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MenuItem} from "../../../../contracts/mechanisms/aoi-contract/AoITypes.sol";

/// @title Menus by the rule R̂_n = R̂_{n−1} + ⌈δ_n ΔF_n⌉, with F_n = T/θ_n
library MenuBuilder {
    /// @dev The least and the most by which item n may pay more than the item before it, wei.
    function range(
        MenuItem memory low,
        MenuItem memory high,
        uint256 epochSeconds
    ) internal pure returns (uint256 least, uint256 most) {
        uint256 more = epochSeconds * (low.period - high.period);
        uint256 periods = uint256(low.period) * high.period;
        least = (high.cost * more + periods - 1) / periods;
        most = (low.cost * more) / periods;
    }

    /// @dev What the first item pays at least, wei.
    function leastFirst(MenuItem memory item, uint256 epochSeconds) internal pure returns (uint256) {
        return (item.cost * epochSeconds + item.period - 1) / item.period;
    }

    /// @dev Fills in the rewards of a menu whose costs and periods do not increase; where the rule does not fit, the
    /// item takes the period of the one before it.
    function price(MenuItem[] memory menu, uint256 epochSeconds) internal pure {
        menu[0].reward = uint96(leastFirst(menu[0], epochSeconds));
        for (uint256 n = 1; n < menu.length; ++n) {
            (uint256 least, uint256 most) = range(menu[n - 1], menu[n], epochSeconds);
            if (least > most) {
                menu[n].period = menu[n - 1].period;
                least = 0;
            }
            menu[n].reward = uint96(menu[n - 1].reward + least);
        }
    }

    /// @dev A random priced menu. Costs fall from `cost` and periods from `period`.
    function random(
        uint256 seed,
        uint256 items,
        uint96 cost,
        uint32 period,
        uint256 epochSeconds
    ) internal pure returns (MenuItem[] memory menu) {
        menu = new MenuItem[](items);
        // An epoch has at most so many refreshes.
        uint32 least = uint32((epochSeconds + 65_535) / 65_536);
        for (uint256 n = 0; n < items; ++n) {
            if (period < least) period = least;
            menu[n].cost = cost;
            menu[n].period = period;
            uint256 number = uint256(keccak256(abi.encode(seed, n)));
            // Often a small step, sometimes none, now and then a large one.
            cost -= uint96((number >> 128) % (cost / (1 + ((number >> 120) & 15)) + 1));
            period -= uint32((number & type(uint96).max) % (period / (1 + ((number >> 112) & 15)) + 1));
        }
        price(menu, epochSeconds);
    }
}
