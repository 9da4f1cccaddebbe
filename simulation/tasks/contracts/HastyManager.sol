// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ICreditCheck} from "../../../contracts/interfaces/ICreditCheck.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {ITermsCheck} from "../../../contracts/interfaces/ITermsCheck.sol";
import {TaskEntry} from "../../../contracts/main/TaskEntry.sol";
import {TaskManager} from "../../../contracts/main/TaskManager.sol";

/// @title Task manager with a planted bug, which the tasks' simulation must find
/// @notice It takes every subchain for settled, so that a refund holds nothing for the workers of one that is late.
contract HastyManager is TaskManager {
    constructor(
        address owner,
        uint256 relayChainId,
        IRewardEscrow rewardEscrow,
        ITermsCheck termsCheck,
        ICreditCheck creditCheck,
        uint256 unitFee,
        address payable feeCollector
    ) TaskManager(owner, relayChainId, rewardEscrow, termsCheck, creditCheck, unitFee, feeCollector) {}

    function _settledAt(TaskEntry storage entry) internal view override returns (uint48 last, bool all) {
        (last, ) = super._settledAt(entry);
        all = true;
    }
}
