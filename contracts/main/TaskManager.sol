// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {CrossChainApp} from "../gateway/CrossChainApp.sol";
import {IRewardPolicy} from "../interfaces/IRewardPolicy.sol";
import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {
    MessageKind,
    RoundOpened,
    RoundReport,
    SettlementReport,
    TaskEnded,
    TaskOpened,
    TaskRejection,
    TaskStatus
} from "../types/Messages.sol";
import {TaskId, TaskTerms} from "../types/TaskTypes.sol";
import {Rounds} from "./Rounds.sol";
import {Settlement} from "./Settlement.sol";
import {TermsCheck} from "./TermsCheck.sol";

/// @title TaskManager
/// @notice See ITaskManager. Its owner adds reward policies and sets the link to the relay chain, each once; it can
/// neither change a task nor move its escrow.
contract TaskManager is Rounds, Settlement, CrossChainApp {
    /// @notice Chain id of the relay chain.
    uint256 public immutable RELAY_CHAIN_ID;

    constructor(address owner, uint256 relayChainId) CrossChainApp(owner) {
        RELAY_CHAIN_ID = relayChainId;
    }

    /// @inheritdoc ITaskManager
    function publish(
        TaskTerms calldata terms,
        bytes calldata policyTerms,
        IERC20 token,
        uint256 budget
    ) external returns (TaskId task) {
        TermsCheck.check(terms, block.timestamp);
        IRewardPolicy policy = _policy(terms.policy);

        task = TaskId.wrap(++_taskCount);
        Task storage state = _tasks[task];
        state.status = TaskStatus.Open;
        state.roundOpenedAt = terms.schedule.startTime;
        state.globalModel = terms.initialModel;
        _terms[task] = terms;
        uint256 worstCase = policy.open(task, policyTerms, terms.schedule.epochSeconds) *
            terms.maxWorkers *
            terms.subchains.length;
        require(budget >= worstCase, BudgetTooSmall(budget, worstCase));
        emit TaskPublished(task, msg.sender, terms.specDigest, token, budget, worstCase);

        ESCROW.fund(task, token, msg.sender, budget);
        _send(RELAY_CHAIN_ID, MessageKind.TaskOpened, abi.encode(TaskOpened(task, terms, policyTerms)));
    }

    /// @inheritdoc ITaskManager
    function expire(TaskId task) external {
        _requireStatus(task, TaskStatus.Open);
        uint48 deadline = _terms[task].schedule.deadline;
        require(block.timestamp >= deadline, DeadlineNotReached(task, deadline));
        _end(task, TaskStatus.Expired);
    }

    function _afterRound(TaskId task, bool last) internal override {
        if (last) {
            _end(task, TaskStatus.Completed);
        } else {
            Task storage state = _tasks[task];
            _send(
                RELAY_CHAIN_ID,
                MessageKind.RoundOpened,
                abi.encode(RoundOpened(task, state.round, state.globalModel))
            );
        }
    }

    function _onMessage(
        uint256 originChainId,
        bytes32 receiveId,
        MessageKind kind,
        bytes memory body
    ) internal override {
        if (kind == MessageKind.RoundReported) {
            RoundReport memory report = abi.decode(body, (RoundReport));
            if (!_isSubchain(report.task, report.chainId) || !_recordReport(report)) {
                emit LateMessage(report.task, report.chainId, receiveId);
            }
        } else if (kind == MessageKind.EpochSettled) {
            SettlementReport memory report = abi.decode(body, (SettlementReport));
            if (!_isSubchain(report.task, report.chainId) || !_recordSettlement(report)) {
                emit LateMessage(report.task, report.chainId, receiveId);
            }
        } else if (kind == MessageKind.TaskRejected) {
            TaskRejection memory rejection = abi.decode(body, (TaskRejection));
            if (_tasks[rejection.task].status != TaskStatus.Open) {
                emit LateMessage(rejection.task, uint64(originChainId), receiveId);
                return;
            }
            emit TaskRefused(rejection.task, rejection.reason);
            _close(rejection.task, TaskStatus.Rejected);
        } else {
            revert UnexpectedMessage(kind, originChainId);
        }
    }

    function _isCounterpartChain(uint256 chainId) internal view override returns (bool) {
        return chainId == RELAY_CHAIN_ID;
    }

    function _end(TaskId task, TaskStatus status) private {
        _close(task, status);
        _send(
            RELAY_CHAIN_ID,
            MessageKind.TaskEnded,
            abi.encode(TaskEnded(task, status, _tasks[task].globalModel))
        );
    }

    function _close(TaskId task, TaskStatus status) private {
        Task storage state = _tasks[task];
        state.status = status;
        state.endedAt = uint48(block.timestamp);
        emit TaskClosed(task, status, state.round, state.globalModel);
    }
}
