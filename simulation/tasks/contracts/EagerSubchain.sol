// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IWorkerRegistry} from "../../../contracts/interfaces/IWorkerRegistry.sol";
import {LearningSubchain} from "../../../contracts/subchain/LearningSubchain.sol";
import {Space, TaskId} from "../../../contracts/types/TaskTypes.sol";

/// @title Subchain with a planted bug, which the tasks' simulation must find
/// @notice Reveals begin when its own commits have closed, while other subchains of the task still take some.
contract EagerSubchain is LearningSubchain {
    constructor(
        address owner,
        uint256 relayChainId,
        Space space,
        IWorkerRegistry registry
    ) LearningSubchain(owner, relayChainId, space, registry) {}

    function _closeCommits(TaskId task, uint16 round, Round storage open) internal override {
        super._closeCommits(task, round, open);
        open.revealsOpenedAt = uint40(block.timestamp);
        emit RevealsStarted(task, round);
    }
}
