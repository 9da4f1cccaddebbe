// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IncrementalMerkle} from "../../gateway/IncrementalMerkle.sol";
import {IRewardEscrow} from "../../interfaces/IRewardEscrow.sol";
import {IRewardPolicy} from "../../interfaces/IRewardPolicy.sol";
import {ITaskManager} from "../../interfaces/ITaskManager.sol";
import {Leaves} from "../../types/Leaves.sol";
import {TaskStatus} from "../../types/Messages.sol";
import {Schedule, TaskId, WorkRecord} from "../../types/TaskTypes.sol";
import {ITradingPolicy} from "./ITradingPolicy.sol";
import {TradingWork} from "./TradingTypes.sol";

/// @title Bonds of model trading
/// @notice See ITradingPolicy. Everything is kept by manager: who names one that lies has only its own bond there.
abstract contract TradingBonds is ITradingPolicy {
    using SafeERC20 for IERC20;

    /// @dev How many workers a subchain has at the least that a round excuses by their staying away alone.
    uint32 private constant CROWD = 3;

    mapping(address manager => mapping(TaskId task => Pinned)) internal _pinned;
    mapping(uint256 account => Bond) private _bonds;

    /// @inheritdoc ITradingPolicy
    function lockBond(address manager, TaskId task, uint64 chainId) external {
        Pinned storage pinned = _pinned[manager][task];
        require(pinned.periodMs != 0, IRewardPolicy.TaskNotOpen(task));
        uint256 amount = pinned.bond;
        require(amount != 0, NoBondAsked(task));
        require(block.timestamp < pinned.startTime, BondsClosed(task, pinned.startTime));
        uint256 account = bondAccount(manager, task, chainId, msg.sender);
        require(_bonds[account] == Bond.None, BondAlreadyLocked(task, chainId, msg.sender));
        _bonds[account] = Bond.Locked;
        emit BondLocked(manager, task, msg.sender, chainId, amount);

        IRewardEscrow escrow = ITaskManager(manager).escrow();
        IERC20 token = escrow.accountOf(manager, TaskId.unwrap(task)).token;
        // The escrow takes from its caller only, and refuses a token that moves another amount.
        token.safeTransferFrom(msg.sender, address(this), amount);
        token.forceApprove(address(escrow), amount);
        escrow.fund(account, token, msg.sender, amount);
    }

    /// @inheritdoc ITradingPolicy
    function settleBond(
        address manager,
        WorkRecord calldata record,
        bytes32[] calldata branch,
        bytes calldata work
    ) external returns (bool forfeited) {
        uint256 account = _lockedAccount(manager, record.task, record.chainId, record.worker);
        (uint16 counted, uint32 workers) = _checkRecord(manager, record, branch, work);
        forfeited = _isForfeited(manager, record, abi.decode(work, (TradingWork)).rounds, counted, workers);
        if (forfeited) _forfeit(manager, record.task, record.chainId, record.worker, account);
        else _return(manager, record.task, record.chainId, record.worker, account);
    }

    /// @inheritdoc ITradingPolicy
    function returnBond(address manager, TaskId task, uint64 chainId, address worker) external {
        uint256 account = _lockedAccount(manager, task, chainId, worker);
        uint48 until = bondHeldUntil(manager, task, chainId);
        require(block.timestamp >= until, BondHeld(task, chainId, worker, until));
        _return(manager, task, chainId, worker, account);
    }

    /// @inheritdoc ITradingPolicy
    function bondOf(address manager, TaskId task, uint64 chainId, address worker) external view returns (Bond) {
        return _bonds[bondAccount(manager, task, chainId, worker)];
    }

    /// @inheritdoc ITradingPolicy
    function pinnedOf(address manager, TaskId task) external view returns (Pinned memory) {
        return _pinned[manager][task];
    }

    /// @inheritdoc ITradingPolicy
    function bondHeldUntil(address manager, TaskId task, uint64 chainId) public view returns (uint48) {
        ITaskManager.Task memory state = ITaskManager(manager).taskOf(task);
        if (state.status == TaskStatus.Expired || state.status == TaskStatus.Rejected) return 0;
        uint48 settledAt = ITaskManager(manager).settlementOf(task, chainId).receivedAt;
        if (state.status != TaskStatus.Completed || settledAt == 0) return ITaskManager(manager).heldUntil(task);
        Schedule memory schedule = ITaskManager(manager).termsOf(task).schedule;
        uint256 ended = Math.max(state.endedAt, uint256(schedule.startTime) + schedule.epochSeconds);
        return uint48(Math.max(ended, settledAt) + schedule.claimSeconds);
    }

    /// @inheritdoc ITradingPolicy
    function bondAccount(
        address manager,
        TaskId task,
        uint64 chainId,
        address worker
    ) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(manager, task, chainId, worker)));
    }

    /// @dev Whether a worker's place gives a right to pay: a bond, if one is asked for, was locked for it.
    function _isBonded(address manager, WorkRecord calldata record, uint256 asked) internal view returns (bool) {
        return
            asked == 0 ||
            _bonds[bondAccount(manager, record.task, record.chainId, record.worker)] != Bond.None;
    }

    function _return(address manager, TaskId task, uint64 chainId, address worker, uint256 account) private {
        _bonds[account] = Bond.Returned;
        emit BondReturned(manager, task, worker, chainId, _pinned[manager][task].bond);
        ITaskManager(manager).escrow().refund(account);
    }

    function _forfeit(address manager, TaskId task, uint64 chainId, address worker, uint256 account) private {
        _bonds[account] = Bond.Forfeited;
        uint256 amount = _pinned[manager][task].bond;
        emit BondForfeited(manager, task, worker, chainId, amount);
        IRewardEscrow escrow = ITaskManager(manager).escrow();
        escrow.pay(account, escrow.accountOf(manager, TaskId.unwrap(task)).payer, amount);
    }

    function _lockedAccount(
        address manager,
        TaskId task,
        uint64 chainId,
        address worker
    ) private view returns (uint256 account) {
        account = bondAccount(manager, task, chainId, worker);
        Bond bond = _bonds[account];
        require(bond == Bond.Locked, BondNotLocked(task, chainId, worker, bond));
    }

    /// @notice Reverts unless the task is complete and the record is one of its.
    /// @return counted Rounds finalized.
    /// @return workers Of the record's subchain.
    function _checkRecord(
        address manager,
        WorkRecord calldata record,
        bytes32[] calldata branch,
        bytes calldata work
    ) private view returns (uint16 counted, uint32 workers) {
        ITaskManager.Task memory state = ITaskManager(manager).taskOf(record.task);
        ITaskManager.Settled memory settled = ITaskManager(manager).settlementOf(record.task, record.chainId);
        require(
            state.status == TaskStatus.Completed &&
                settled.receivedAt != 0 &&
                record.workHash == keccak256(work) &&
                record.index < settled.workers &&
                branch.length == IncrementalMerkle.depthOf(settled.workers) &&
                IncrementalMerkle.branchRoot(Leaves.ofRecordCalldata(record), branch, record.index) ==
                settled.recordsRoot,
            BondNotDue(record.task, record.chainId, record.worker)
        );
        return (state.round, settled.workers);
    }

    /// @dev Nobody is blamed for rounds past the epoch, for those that its subchain did not report in time, nor for those
    /// that most of the subchain's workers stayed away from: but few who were never there cannot excuse each other.
    function _isForfeited(
        address manager,
        WorkRecord calldata record,
        uint16 rounds,
        uint16 counted,
        uint32 workers
    ) private view returns (bool) {
        (uint256 taken, uint256 missed) = _attendance(manager, record, rounds, workers - workers / 2);
        if (taken == 0 && workers < CROWD) (, missed) = _attendance(manager, record, rounds, 0);
        return 2 * missed > counted;
    }

    function _attendance(
        address manager,
        WorkRecord calldata record,
        uint16 rounds,
        uint32 least
    ) private view returns (uint256 taken, uint256 missed) {
        return ITaskManager(manager).attendanceOf(record.task, record.chainId, record.index, rounds, least);
    }
}
