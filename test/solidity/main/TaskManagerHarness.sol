// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {ITermsCheck} from "../../../contracts/interfaces/ITermsCheck.sol";
import {TaskManager} from "../../../contracts/main/TaskManager.sol";
import {TaskId} from "../../../contracts/types/TaskTypes.sol";

/// @title The task manager with its acceptance bits open to see
contract TaskManagerHarness is TaskManager {
    constructor(
        address owner,
        uint256 relayChainId,
        IRewardEscrow rewardEscrow,
        ITermsCheck termsCheck
    ) TaskManager(owner, relayChainId, rewardEscrow, termsCheck) {}

    /// @dev In how many finalized rounds the worker's update was taken.
    function acceptedRounds(TaskId task, uint64 chainId, uint32 index) external view returns (uint16) {
        return _acceptedRounds(task, chainId, index, _tasks[task].round, _terms[task].maxWorkers);
    }
}
