// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

/// @title What a call reverted with
/// @notice Whoever is called chooses how long that is, and to copy it could use up the caller's gas.
library RevertReason {
    uint256 private constant MOST_BYTES = 256;

    /// @notice The beginning of what the last call reverted with; longer reasons are cut off.
    function beginning() internal pure returns (bytes memory reason) {
        uint256 size = LowLevelCall.returnDataSize();
        if (size > MOST_BYTES) size = MOST_BYTES;
        reason = new bytes(size);
        // Only here can return data be copied in part.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            returndatacopy(add(reason, 0x20), 0x00, size)
        }
    }
}
