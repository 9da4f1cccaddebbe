// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Escrow of rewards
/// @notice Holds the tokens of any number of applications, each account apart under (application, id). For every
/// account: funded = paid + refunded + held. Only the application that funded an account moves what it holds, to
/// whomever it says or back to who paid it in. It takes tokens from its caller alone: no approval but the caller's own
/// is ever used. A token can lose some of what lies here (rebasing): then every payment and refund moves the same part of
/// what the books say, so that nobody is the last.
interface IRewardEscrow {
    /// @notice An account, wei of its token.
    struct Account {
        IERC20 token;
        /// @dev Who paid in and is refunded.
        address payer;
        uint256 funded;
        uint256 paid;
        uint256 refunded;
    }

    /// @notice An account was funded.
    event Funded(address indexed application, uint256 indexed id, IERC20 indexed token, address payer, uint256 amount);
    /// @notice Somebody was paid.
    event Paid(address indexed application, uint256 indexed id, address indexed payee, uint256 amount);
    /// @notice What was left went back to who paid it in.
    event Refunded(address indexed application, uint256 indexed id, address indexed payer, uint256 amount);

    /// @notice Less of the token was here than all accounts in it hold: `moved` is the part of `amount` that the last
    /// Paid or Refunded moved, the same for everyone.
    event MovedShort(address indexed application, uint256 indexed id, uint256 amount, uint256 moved);

    /// @notice Thrown when an account is funded twice, or by nobody.
    error AlreadyFunded(address application, uint256 id);
    /// @notice Thrown when an account is funded with 2^96 or more.
    error AmountTooLarge(address application, uint256 id, uint256 amount);
    /// @notice Thrown when an account is funded while the tokens of another are coming in.
    error FundingWithin(address application, uint256 id);
    /// @notice Thrown when something is to be moved within the transfer of a part.
    error SharingWithin(address application, uint256 id);
    /// @notice Thrown when an account is funded in a token of which less is here than its accounts hold.
    error TokenShort(IERC20 token, uint256 owed, uint256 balance);
    /// @notice Thrown when the token moved another amount than it was asked to (fees on transfer).
    error UnsupportedToken(IERC20 token, uint256 asked, uint256 received);
    /// @notice Thrown when a payment would exceed what the account holds.
    error InsufficientEscrow(address application, uint256 id, uint256 asked, uint256 held);

    /// @notice Takes `amount` from the caller, the application, which has approved this contract.
    /// @param id The application's number for the account.
    /// @param payer Who gets the rest back; not zero.
    /// @param amount Below 2^96.
    function fund(uint256 id, IERC20 token, address payer, uint256 amount) external;

    /// @notice Pays out of the caller's account.
    function pay(uint256 id, address payee, uint256 amount) external;

    /// @notice Returns all that the caller's account holds to who paid it in.
    function refund(uint256 id) external returns (uint256 amount);

    /// @notice An account.
    function accountOf(address application, uint256 id) external view returns (Account memory);

    /// @notice What an account still holds, wei.
    function heldBy(address application, uint256 id) external view returns (uint256);

    /// @notice What all accounts in a token hold, wei.
    function owedIn(IERC20 token) external view returns (uint256);
}
