// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRewardPolicy} from "../../interfaces/IRewardPolicy.sol";
import {TaskId} from "../../types/TaskTypes.sol";
import {MenuItem} from "./AoITypes.sol";

/// @title AoI contract: a menu of (update period, reward) items
/// @notice Checks Lemma 1 of "Blockchain-based Federated Learning for Industrial Metaverses: Incentive Scheme with
/// Optimal AoI" exactly, in integers, with the frequency of item n being T/θ_n updates an epoch, and pays for time
/// covered.
interface IAoIContractPolicy is IRewardPolicy {
    /// @notice The terms of a task were checked and fixed.
    event MenuPinned(address indexed manager, TaskId indexed task, bytes32 menuHash, uint256 items);

    /// @notice Thrown when a task's terms are not encoded in their one form, as `abi.encode` gives it.
    error NonCanonicalTerms();
    /// @notice Thrown when a menu has no item or more than 256.
    error InvalidMenuSize(uint256 items);
    /// @notice Thrown when the bonus is zero.
    error BonusMissing();
    /// @notice Thrown when an item's period is zero, longer than the epoch, or so short that an epoch would have more than
    /// 65,536 refreshes.
    error InvalidPeriod(uint256 item, uint32 period, uint32 epochSeconds);
    /// @notice Thrown when an item's cost is larger than that of the item before it.
    error CostNotMonotone(uint256 item);
    /// @notice Thrown when an item asks for fewer updates, or pays less, than the item before it (Lemma 1, a.2).
    error NotMonotone(uint256 item);
    /// @notice Thrown when the first item pays less than its type's cost (Lemma 1, a.1).
    error IndividualRationalityViolated(uint256 item);
    /// @notice Thrown when a type gains by taking the item below its own (Lemma 1, a.3).
    error DownwardIncentiveViolated(uint256 item);
    /// @notice Thrown when the type below gains by taking this item (Lemma 1, a.4).
    error UpwardIncentiveViolated(uint256 item);
    /// @notice Thrown when a worker's work names an item outside the menu.
    error UnknownItem(uint256 item);

    /// @notice How many items a task's menu has.
    function itemCount(address manager, TaskId task) external view returns (uint256);

    /// @notice An item of a task's menu.
    function itemOf(address manager, TaskId task, uint256 item) external view returns (MenuItem memory);
}
