// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {Erc7930} from "../gateway/Erc7930.sol";
import {TaskApp} from "../gateway/TaskApp.sol";
import {ICreditCheck} from "../interfaces/ICreditCheck.sol";
import {IGateway} from "../interfaces/IGateway.sol";
import {IRewardEscrow} from "../interfaces/IRewardEscrow.sol";
import {IRewardPolicy} from "../interfaces/IRewardPolicy.sol";
import {ITaskManager} from "../interfaces/ITaskManager.sol";
import {ITermsCheck} from "../interfaces/ITermsCheck.sol";
import {
    MessageKind,
    RoundOpened,
    RoundReport,
    TaskEnded,
    TaskOpened,
    TaskRejection,
    TaskStatus
} from "../types/Messages.sol";
import {TaskId, TaskTerms} from "../types/TaskTypes.sol";
import {Agreement} from "./Agreement.sol";
import {Rounds} from "./Rounds.sol";
import {Settlement} from "./Settlement.sol";
import {TaskBook} from "./TaskBook.sol";
import {TaskEntry} from "./TaskEntry.sol";

/// @title TaskManager
/// @notice See ITaskManager. Its owner adds reward policies and sets the link to the relay chain, each once; it can
/// neither change a task nor move its escrow.
contract TaskManager is Rounds, Settlement, TaskApp {
    using SafeERC20 for IERC20;

    /// @notice Chain id of the relay chain.
    uint256 public immutable RELAY_CHAIN_ID;
    /// @notice What a publication costs for one round on one subchain, wei of this chain's own coin.
    uint256 public immutable UNIT_FEE;
    /// @notice Who gets the fees.
    address payable public immutable FEE_COLLECTOR;
    ITermsCheck private immutable TERMS_CHECK;

    constructor(
        address owner,
        uint256 relayChainId,
        IRewardEscrow rewardEscrow,
        ITermsCheck termsCheck,
        ICreditCheck creditCheck,
        uint256 unitFee,
        address payable feeCollector
    ) TaskBook(rewardEscrow) Settlement(creditCheck) TaskApp(owner) {
        RELAY_CHAIN_ID = relayChainId;
        TERMS_CHECK = termsCheck;
        UNIT_FEE = unitFee;
        FEE_COLLECTOR = feeCollector;
    }

    /// @inheritdoc ITaskManager
    function publish(
        TaskTerms memory terms,
        bytes memory mechanismTerms,
        IERC20 token,
        uint256 budget
    ) external payable returns (TaskId task) {
        uint256 fee = publishFee(terms.rounds, terms.subchains.length, mechanismTerms.length);
        require(msg.value == fee, WrongFee(msg.value, fee));
        TERMS_CHECK.check(terms, block.timestamp, mechanismTerms.length);

        task = TaskId.wrap(++_taskCount);
        IRewardPolicy policy = _policy(terms.mechanism);
        TaskEntry storage entry = _entries[task];
        Task storage state = entry.state;
        state.status = TaskStatus.Open;
        state.policy = policy;
        state.roundOpenedAt = terms.schedule.startTime;
        state.globalModel = terms.initialModel;
        entry.terms = terms;
        uint256 worstCase = policy.open(task, terms, mechanismTerms);
        require(budget >= worstCase, BudgetTooSmall(budget, worstCase));
        emit TaskPublished(task, msg.sender, terms.specDigest, token, budget, worstCase, mechanismTerms);

        _fund(task, token, budget);
        _send(RELAY_CHAIN_ID, MessageKind.TaskOpened, abi.encode(TaskOpened(task, terms, mechanismTerms)));
    }

    /// @inheritdoc ITaskManager
    function collectFees() external returns (uint256 amount) {
        amount = address(this).balance;
        // No event for nothing: programs keep those that they read.
        if (amount == 0) return 0;
        emit FeesCollected(FEE_COLLECTOR, amount);
        (bool sent, ) = FEE_COLLECTOR.call{value: amount}("");
        require(sent, FeesRefused(FEE_COLLECTOR));
    }

    /// @inheritdoc ITaskManager
    function expire(TaskId task) external {
        TaskEntry storage entry = _entries[task];
        TaskStatus status = entry.state.status;
        require(status == TaskStatus.Open, WrongStatus(task, status));
        uint48 deadline = entry.terms.schedule.deadline;
        require(block.timestamp >= deadline, DeadlineNotReached(task, deadline));
        _end(task, TaskStatus.Expired);
    }

    /// @inheritdoc ITaskManager
    function publishFee(
        uint256 rounds,
        uint256 subchains,
        uint256 mechanismTermsLength
    ) public view returns (uint256) {
        // Beside its rounds a subchain is told of the task and settles; long terms take as much again a round's worth.
        return UNIT_FEE * subchains * (rounds + 1 + mechanismTermsLength / 8_192);
    }

    function _afterRound(TaskId task, bool last) internal override {
        if (last) {
            _end(task, TaskStatus.Completed);
        } else {
            Task storage state = _entries[task].state;
            _send(
                RELAY_CHAIN_ID,
                MessageKind.RoundOpened,
                abi.encode(RoundOpened(task, state.round, state.globalModel, state.roundOpenedAt))
            );
        }
    }

    function _openSince() internal view override returns (uint48) {
        (address gateway, ) = getLink(Erc7930.formatChain(RELAY_CHAIN_ID));
        return IGateway(gateway).openSince(uint64(RELAY_CHAIN_ID));
    }

    function _onTaskMessage(
        uint256 originChainId,
        bytes32 receiveId,
        MessageKind kind,
        bytes memory body
    ) internal override {
        if (kind == MessageKind.RoundReported) {
            RoundReport memory report = abi.decode(body, (RoundReport));
            if (!_recordReport(report)) emit LateMessage(report.task, report.chainId, receiveId);
        } else if (kind == MessageKind.EpochSettled) {
            Agreement.recordSettlement(_entries, receiveId, body);
        } else if (kind == MessageKind.TaskRejected) {
            TaskRejection memory rejection = abi.decode(body, (TaskRejection));
            if (_entries[rejection.task].state.status != TaskStatus.Open) {
                emit LateMessage(rejection.task, uint64(originChainId), receiveId);
                return;
            }
            emit TaskRefused(rejection.task, rejection.reason);
            _close(rejection.task, TaskStatus.Rejected);
        } else {
            revert UnexpectedMessage(uint8(kind), originChainId);
        }
    }

    function _isCounterpartChain(uint256 chainId) internal view override returns (bool) {
        return chainId == RELAY_CHAIN_ID;
    }

    /// @dev The escrow takes from its caller only, so that nobody's approval is anybody else's to use.
    function _fund(TaskId task, IERC20 token, uint256 budget) private {
        token.safeTransferFrom(msg.sender, address(this), budget);
        token.forceApprove(address(ESCROW), budget);
        ESCROW.fund(TaskId.unwrap(task), token, msg.sender, budget);
    }

    function _end(TaskId task, TaskStatus status) private {
        _close(task, status);
        _send(
            RELAY_CHAIN_ID,
            MessageKind.TaskEnded,
            abi.encode(TaskEnded(task, status, _entries[task].state.globalModel))
        );
    }

    function _close(TaskId task, TaskStatus status) private {
        Task storage state = _entries[task].state;
        state.status = status;
        state.endedAt = uint48(block.timestamp);
        emit TaskClosed(task, status, state.round, state.globalModel);
    }
}
