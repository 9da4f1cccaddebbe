// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AoITerms} from "./IAoIContractPolicy.sol";

/// @title What programs encode for the AoI contract outside of calls
/// @notice As contracts/types/Encodings.sol; nothing implements it.
interface AoIEncodings {
    /// @notice The policy's part of a task's terms.
    function terms(AoITerms calldata terms) external;
}
