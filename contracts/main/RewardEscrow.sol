// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IRewardEscrow} from "../interfaces/IRewardEscrow.sol";

/// @title RewardEscrow
/// @notice See IRewardEscrow. It has no owner and knows no application.
contract RewardEscrow is IRewardEscrow {
    using SafeERC20 for IERC20;

    /// @dev What is funded is what was ever paid, refunded or is held; a payment writes one slot.
    struct Book {
        IERC20 token;
        address payer;
        uint128 held;
        uint128 paid;
        uint128 refunded;
    }

    mapping(address application => mapping(uint256 id => Book)) private _books;
    /// @dev While tokens come in: a funding within another would count its tokens for both.
    bool private transient _funding;

    /// @inheritdoc IRewardEscrow
    function fund(uint256 id, IERC20 token, address payer, uint256 amount) external {
        require(!_funding, FundingWithin(msg.sender, id));
        _funding = true;
        require(
            payer != address(0) && _books[msg.sender][id].payer == address(0),
            AlreadyFunded(msg.sender, id)
        );
        _books[msg.sender][id] = Book(token, payer, SafeCast.toUint128(amount), 0, 0);
        emit Funded(msg.sender, id, token, payer, amount);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        require(received == amount, UnsupportedToken(token, amount, received));
        _funding = false;
    }

    /// @inheritdoc IRewardEscrow
    function pay(uint256 id, address payee, uint256 amount) external {
        Book storage book = _books[msg.sender][id];
        uint128 held = book.held;
        require(amount <= held, InsufficientEscrow(msg.sender, id, amount, held));
        book.held = held - uint128(amount);
        book.paid += uint128(amount);
        emit Paid(msg.sender, id, payee, amount);
        book.token.safeTransfer(payee, amount);
    }

    /// @inheritdoc IRewardEscrow
    function refund(uint256 id) external returns (uint256 amount) {
        Book storage book = _books[msg.sender][id];
        amount = book.held;
        address payer = book.payer;
        book.refunded += uint128(amount);
        book.held = 0;
        emit Refunded(msg.sender, id, payer, amount);
        book.token.safeTransfer(payer, amount);
    }

    /// @inheritdoc IRewardEscrow
    function accountOf(address application, uint256 id) external view returns (Account memory) {
        Book storage book = _books[application][id];
        uint256 funded = uint256(book.held) + book.paid + book.refunded;
        return Account(book.token, book.payer, funded, book.paid, book.refunded);
    }

    /// @inheritdoc IRewardEscrow
    function heldBy(address application, uint256 id) external view returns (uint256) {
        return _books[application][id].held;
    }
}
