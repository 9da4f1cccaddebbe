// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {TaskTerms} from "../types/TaskTypes.sol";

/// @title Checks of a task's terms, the same on the main and the relay chain
/// @notice Terms that pass do not contradict themselves, and bound every loop over them. A contract of its own, so that
/// neither of the two that ask it carries its code.
interface ITermsCheck {
    /// @notice Thrown when a task's terms contradict themselves; `field` names the first that does.
    error InvalidTerms(string field);

    /// @notice Reverts with InvalidTerms and the name of the first field that does not hold.
    /// @param terms The terms.
    /// @param time The time that they must lie after, Unix seconds; 0 to leave that out.
    function check(TaskTerms calldata terms, uint256 time) external pure;
}
