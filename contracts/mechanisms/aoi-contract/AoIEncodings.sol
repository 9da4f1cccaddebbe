// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AoIChoice, AoITerms, AoITotals, AoIWork} from "./AoITypes.sol";

/// @title What the core carries as bytes for the AoI contract
/// @notice As contracts/types/Encodings.sol; nothing implements it.
interface AoIEncodings {
    /// @notice A task's terms.
    function terms(AoITerms calldata terms) external;

    /// @notice A worker's choice.
    function choice(AoIChoice calldata choice) external;

    /// @notice A worker's work.
    function work(AoIWork calldata work) external;

    /// @notice A report's totals.
    function totals(AoITotals calldata totals) external;
}
