// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {TaskTerms} from "../types/TaskTypes.sol";

/// @title Checks of a task's terms, the same on the main and the relay chain
/// @notice Terms that pass do not contradict themselves, leave the time in which workers can be paid, and bound every
/// loop over them. A contract of its own, so that neither of the two that ask it carries its code.
interface ITermsCheck {
    /// @notice Thrown when a task's terms contradict themselves or exceed a bound; `field` names the first that does.
    error InvalidTerms(string field);

    /// @notice Reverts with InvalidTerms and the name of the first field that does not hold.
    /// @param terms The terms.
    /// @param time The time that they must lie after, and not more than 366 days, Unix seconds; 0 to leave that out.
    /// @param mechanismTermsLength Bytes of the terms of the task's mechanism.
    function check(TaskTerms calldata terms, uint256 time, uint256 mechanismTermsLength) external view;
}
