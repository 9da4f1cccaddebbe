// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IncrementalMerkle} from "../gateway/IncrementalMerkle.sol";
import {ICreditCheck} from "../interfaces/ICreditCheck.sol";
import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {Leaves} from "../types/Leaves.sol";
import {TaskStatus} from "../types/Messages.sol";
import {RevealedUpdate, TaskId, TaskTerms} from "../types/TaskTypes.sol";
import {Receipts} from "./Receipts.sol";

/// @title CreditCheck
/// @notice See ICreditCheck. It holds nothing and has no owner.
contract CreditCheck is ICreditCheck {
    /// @inheritdoc ICreditCheck
    function credit(
        RevealedUpdate calldata revealed,
        uint32 position,
        bytes32[] calldata branch,
        bytes calldata receipts
    ) external view {
        ITaskManager manager = ITaskManager(msg.sender);
        TaskId task = revealed.task;
        ITaskManager.Task memory state = manager.taskOf(task);
        require(state.status == TaskStatus.Expired, ITaskManager.WrongStatus(task, state.status));
        require(!state.refunded, ITaskManager.AlreadyRefunded(task));
        TaskTerms memory terms = manager.termsOf(task);
        ITaskManager.Report memory report = manager.reportOf(task, revealed.round, revealed.chainId);
        bytes32 leaf = Leaves.ofUpdate(revealed);
        require(
            revealed.round == state.round &&
                revealed.index < terms.maxWorkers &&
                position < report.revealed &&
                branch.length == IncrementalMerkle.depthOf(report.revealed) &&
                IncrementalMerkle.branchRoot(leaf, branch, position) == report.updatesRoot &&
                Receipts.areEnough(receipts, leaf, msg.sender, terms.aggregators, terms.attestations),
            InvalidReveal(task, revealed.chainId, revealed.index)
        );
    }
}
