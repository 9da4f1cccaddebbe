// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ICreditCheck} from "../../../contracts/interfaces/ICreditCheck.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {ITermsCheck} from "../../../contracts/interfaces/ITermsCheck.sol";
import {TaskEntry} from "../../../contracts/main/TaskEntry.sol";
import {TaskManager} from "../../../contracts/main/TaskManager.sol";
import {TaskStatus} from "../../../contracts/types/Messages.sol";
import {TaskId} from "../../../contracts/types/TaskTypes.sol";

/// @title The task manager with its acceptance bits open to see
contract TaskManagerHarness is TaskManager {
    constructor(
        address owner,
        uint256 relayChainId,
        IRewardEscrow rewardEscrow,
        ITermsCheck termsCheck,
        ICreditCheck creditCheck,
        uint256 unitFee,
        address payable feeCollector
    ) TaskManager(owner, relayChainId, rewardEscrow, termsCheck, creditCheck, unitFee, feeCollector) {}

    /// @dev Of the first workers of a subchain.
    function acceptedRoundsOf(TaskId task, uint64 chainId, uint32 workers) external view returns (uint16[] memory all) {
        all = new uint16[](workers);
        for (uint32 i = 0; i < workers; ++i) all[i] = acceptedRounds(task, chainId, i);
    }

    /// @dev As if the rounds before this one had been finalized without an update.
    function skipTo(TaskId task, uint16 round) external {
        _entries[task].state.round = round;
    }

    /// @dev As if the task had completed with so many rounds.
    function completeAfter(TaskId task, uint16 rounds) external {
        (_entries[task].state.round, _entries[task].state.status) = (rounds, TaskStatus.Completed);
    }

    /// @dev In how many finalized rounds the worker's update was taken.
    function acceptedRounds(TaskId task, uint64 chainId, uint32 index) public view returns (uint16) {
        TaskEntry storage entry = _entries[task];
        return _acceptedRounds(entry.marks[chainId], index, entry.state.round, entry.terms.maxWorkers);
    }
}
