// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IRewardEscrow} from "../interfaces/IRewardEscrow.sol";
import {TaskId} from "../types/TaskTypes.sol";

/// @title RewardEscrow
/// @notice See IRewardEscrow. It has no owner: the task manager is fixed at deployment.
contract RewardEscrow is IRewardEscrow {
    using SafeERC20 for IERC20;

    /// @notice The only caller that moves tokens.
    address public immutable MANAGER;

    mapping(TaskId task => Account) private _accounts;

    modifier onlyManager() {
        require(msg.sender == MANAGER, NotManager(msg.sender));
        _;
    }

    constructor(address manager) {
        MANAGER = manager;
    }

    /// @inheritdoc IRewardEscrow
    function fund(TaskId task, IERC20 token, address publisher, uint256 amount) external onlyManager {
        require(_accounts[task].publisher == address(0), AlreadyFunded(task));
        _accounts[task] = Account(token, publisher, amount, 0, 0);
        emit Funded(task, token, publisher, amount);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(publisher, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        require(received == amount, UnsupportedToken(token, amount, received));
    }

    /// @inheritdoc IRewardEscrow
    function pay(TaskId task, address worker, uint256 amount) external onlyManager {
        uint256 held = heldBy(task);
        require(amount <= held, InsufficientEscrow(task, amount, held));
        _accounts[task].paid += amount;
        emit Paid(task, worker, amount);
        _accounts[task].token.safeTransfer(worker, amount);
    }

    /// @inheritdoc IRewardEscrow
    function refund(TaskId task) external onlyManager returns (uint256 amount) {
        Account storage account = _accounts[task];
        amount = heldBy(task);
        account.refunded += amount;
        emit Refunded(task, account.publisher, amount);
        account.token.safeTransfer(account.publisher, amount);
    }

    /// @inheritdoc IRewardEscrow
    function accountOf(TaskId task) external view returns (Account memory) {
        return _accounts[task];
    }

    /// @inheritdoc IRewardEscrow
    function heldBy(TaskId task) public view returns (uint256) {
        Account storage account = _accounts[task];
        return account.funded - account.paid - account.refunded;
    }
}
