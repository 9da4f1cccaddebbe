// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IRewardEscrow} from "../interfaces/IRewardEscrow.sol";

/// @title RewardEscrow
/// @notice See IRewardEscrow. It has no owner and knows no application.
contract RewardEscrow is IRewardEscrow {
    using SafeERC20 for IERC20;

    /// @dev A payment reads and writes the first slot alone. What was paid is what is neither held nor refunded.
    struct Book {
        IERC20 token;
        uint96 held;
        address payer;
        uint96 funded;
        uint96 refunded;
    }

    mapping(address application => mapping(uint256 id => Book)) private _books;
    /// @dev What all accounts in a token hold.
    mapping(IERC20 token => uint256) private _owed;
    /// @dev While tokens come in: a funding within another would count its tokens for both.
    bool private transient _funding;
    /// @dev While a part goes out in place of the whole: the balance that the next part is taken of is not there yet.
    bool private transient _sharing;

    /// @inheritdoc IRewardEscrow
    function fund(uint256 id, IERC20 token, address payer, uint256 amount) external {
        require(!_funding, FundingWithin(msg.sender, id));
        _funding = true;
        require(
            payer != address(0) && _books[msg.sender][id].payer == address(0),
            AlreadyFunded(msg.sender, id)
        );
        require(amount <= type(uint96).max, AmountTooLarge(msg.sender, id, amount));
        uint96 funded = uint96(amount);
        _books[msg.sender][id] = Book(token, funded, payer, funded, 0);
        emit Funded(msg.sender, id, token, payer, amount);
        uint256 before = token.balanceOf(address(this));
        uint256 owed = _owed[token];
        // Or a part of it would be the earlier accounts'.
        require(before >= owed, TokenShort(token, owed, before));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        require(received == amount, UnsupportedToken(token, amount, received));
        // Not before: meanwhile the payer may have others paid, for whom the tokens must not seem to lack.
        _owed[token] += amount;
        _funding = false;
    }

    /// @inheritdoc IRewardEscrow
    function pay(uint256 id, address payee, uint256 amount) external {
        Book storage book = _books[msg.sender][id];
        (IERC20 token, uint96 held) = (book.token, book.held);
        require(amount <= held, InsufficientEscrow(msg.sender, id, amount, held));
        (book.token, book.held) = (token, held - uint96(amount));
        emit Paid(msg.sender, id, payee, amount);
        _move(id, token, payee, amount);
    }

    /// @inheritdoc IRewardEscrow
    function refund(uint256 id) external returns (uint256 amount) {
        Book storage book = _books[msg.sender][id];
        IERC20 token = book.token;
        amount = book.held;
        address payer = book.payer;
        (book.token, book.held) = (token, 0);
        book.refunded += uint96(amount);
        emit Refunded(msg.sender, id, payer, amount);
        _move(id, token, payer, amount);
    }

    /// @inheritdoc IRewardEscrow
    function accountOf(address application, uint256 id) external view returns (Account memory) {
        Book storage book = _books[application][id];
        uint256 paid = uint256(book.funded) - book.held - book.refunded;
        return Account(book.token, book.payer, book.funded, paid, book.refunded);
    }

    /// @inheritdoc IRewardEscrow
    function heldBy(address application, uint256 id) external view returns (uint256) {
        return _books[application][id].held;
    }

    /// @inheritdoc IRewardEscrow
    function owedIn(IERC20 token) external view returns (uint256) {
        return _owed[token];
    }

    /// @dev Moves what the books say; of a token of which less is here than is owed, the same part for everyone.
    function _move(uint256 id, IERC20 token, address to, uint256 amount) private {
        require(!_sharing, SharingWithin(msg.sender, id));
        uint256 balance = token.balanceOf(address(this));
        uint256 owed = _owed[token];
        _owed[token] = owed - amount;
        if (balance >= owed) {
            token.safeTransfer(to, amount);
            return;
        }
        _sharing = true;
        uint256 moved = (amount * balance) / owed;
        emit MovedShort(msg.sender, id, amount, moved);
        token.safeTransfer(to, moved);
        _sharing = false;
    }
}
