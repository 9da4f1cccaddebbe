// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {RewardEscrow} from "../../../contracts/main/RewardEscrow.sol";
import {LocalToken} from "../../../contracts/token/LocalToken.sol";
import {Test} from "../Test.sol";
import {CallbackToken, FeeToken, RebasingToken} from "./Tokens.sol";

/// @dev The test is an application, and pays in for PAYER.
contract RewardEscrowTest is Test {
    uint256 private constant ID = 1;

    address private immutable WORKER = account("worker");
    address private immutable PAYER = account("payer");
    address private immutable OTHER = account("another application");

    RewardEscrow private _escrow;
    LocalToken private _token;

    function setUp() external {
        _escrow = new RewardEscrow();
        _token = new LocalToken(address(this), 10_000);
        _token.approve(address(_escrow), type(uint256).max);
        _escrow.fund(ID, _token, PAYER, 1_000);
    }

    function test_fund() external {
        vm.expectEmit(address(_escrow));
        emit IRewardEscrow.Funded(address(this), 2, _token, PAYER, 500);
        _escrow.fund(2, _token, PAYER, 500);
        assertEq(_token.balanceOf(address(_escrow)), 1_500, "balance");
        assertEq(_token.balanceOf(address(this)), 8_500, "the application's");
        IRewardEscrow.Account memory account_ = _escrow.accountOf(address(this), 2);
        assertEq(abi.encode(account_), abi.encode(IRewardEscrow.Account(_token, PAYER, 500, 0, 0)), "account");
        assertEq(_held(2), 500, "held");
    }

    function test_fund_WithNothing() external {
        _escrow.fund(2, _token, PAYER, 0);
        assertEq(_held(2), 0, "held");
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.AlreadyFunded.selector, address(this), 2));
        _escrow.fund(2, _token, PAYER, 1);
    }

    function test_pay() external {
        vm.expectEmit(address(_escrow));
        emit IRewardEscrow.Paid(address(this), ID, WORKER, 400);
        _escrow.pay(ID, WORKER, 400);
        assertEq(_token.balanceOf(WORKER), 400, "balance");
        assertEq(_held(ID), 600, "held");
    }

    function test_refund() external {
        _escrow.pay(ID, WORKER, 400);
        vm.expectEmit(address(_escrow));
        emit IRewardEscrow.Refunded(address(this), ID, PAYER, 600);
        assertEq(_escrow.refund(ID), 600, "amount");
        assertEq(_token.balanceOf(PAYER), 600, "balance");
        IRewardEscrow.Account memory account_ = _escrow.accountOf(address(this), ID);
        assertEq(abi.encode(account_), abi.encode(IRewardEscrow.Account(_token, PAYER, 1_000, 400, 600)), "account");
        assertEq(_escrow.refund(ID), 0, "and nothing more");
    }

    /// @dev Who calls names the account: with whatever id, it is never another's.
    function test_anApplicationCannotTouchAnothers() external {
        vm.startPrank(OTHER);
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.InsufficientEscrow.selector, OTHER, ID, 1, 0));
        _escrow.pay(ID, WORKER, 1);
        vm.expectRevert();
        _escrow.pay(ID, WORKER, 0);
        vm.expectRevert();
        _escrow.refund(ID);
        vm.stopPrank();
        _token.transfer(OTHER, 300);
        vm.startPrank(OTHER);
        _token.approve(address(_escrow), 300);
        _escrow.fund(ID, _token, OTHER, 300);
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.InsufficientEscrow.selector, OTHER, ID, 301, 300));
        _escrow.pay(ID, WORKER, 301);
        assertEq(_escrow.refund(ID), 300, "its own");
        vm.stopPrank();
        assertEq(_held(ID), 1_000, "this one's is whole");
        assertEq(_token.balanceOf(address(_escrow)), 1_000, "balance");
    }

    /// @dev Whoever has approved the escrow cannot be made to pay by others, named as payer or not.
    function test_RevertWhen_TheCallerHasNotApproved() external {
        _token.transfer(PAYER, 500);
        vm.prank(PAYER);
        _token.approve(address(_escrow), type(uint256).max);
        bytes memory refusal = abi.encodeWithSelector(
            IERC20Errors.ERC20InsufficientAllowance.selector,
            address(_escrow),
            0,
            500
        );
        vm.startPrank(OTHER);
        vm.expectRevert(refusal);
        _escrow.fund(2, _token, PAYER, 500);
        vm.expectRevert(refusal);
        _escrow.fund(2, _token, OTHER, 500);
        vm.stopPrank();
        assertEq(_token.balanceOf(PAYER), 500, "untouched");
    }

    function test_RevertWhen_FundedTwice() external {
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.AlreadyFunded.selector, address(this), ID));
        _escrow.fund(ID, _token, address(this), 1);
        // Nor after all of it was moved.
        _escrow.pay(ID, WORKER, 900);
        _escrow.refund(ID);
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.AlreadyFunded.selector, address(this), ID));
        _escrow.fund(ID, _token, address(this), 1);
    }

    function test_RevertWhen_NobodyPaysIn() external {
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.AlreadyFunded.selector, address(this), 2));
        _escrow.fund(2, _token, address(0), 1);
    }

    function test_RevertWhen_TheAmountIsPast96Bits() external {
        uint256 most = type(uint96).max;
        LocalToken vast = new LocalToken(address(this), 2 * most);
        vast.approve(address(_escrow), type(uint256).max);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardEscrow.AmountTooLarge.selector, address(this), 2, most + 1)
        );
        _escrow.fund(2, vast, PAYER, most + 1);
        _escrow.fund(2, vast, PAYER, most);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardEscrow.InsufficientEscrow.selector, address(this), 2, most + 1, most)
        );
        _escrow.pay(2, WORKER, most + 1);
        _escrow.pay(2, WORKER, most - 1);
        assertEq(_escrow.refund(2), 1, "the rest");
        assertEq(_escrow.accountOf(address(this), 2).funded, most, "funded");
    }

    function test_RevertWhen_TokenTakesAFee() external {
        FeeToken token = new FeeToken(address(this));
        token.approve(address(_escrow), 500);
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.UnsupportedToken.selector, token, 500, 499));
        _escrow.fund(2, token, PAYER, 500);
    }

    /// @dev It harms whoever was paid in it, all alike, and no other token's accounts.
    function test_pay_OfATokenThatShrankWhileItLay() external {
        RebasingToken token = new RebasingToken(address(this));
        token.approve(address(_escrow), type(uint256).max);
        _escrow.fund(2, token, PAYER, 1_000);
        _escrow.fund(3, token, PAYER, 600);
        token.rebase(50);
        vm.expectEmit(address(_escrow));
        emit IRewardEscrow.Paid(address(this), 2, WORKER, 400);
        vm.expectEmit(address(_escrow));
        emit IRewardEscrow.MovedShort(address(this), 2, 400, 200);
        _escrow.pay(2, WORKER, 400);
        _escrow.pay(3, WORKER, 600);
        assertEq(token.balanceOf(WORKER), 200 + 300, "half of both accounts");
        assertEq(_held(2), 600, "held by the books");
        assertEq(_escrow.owedIn(token), 600, "owed");
        _escrow.pay(ID, WORKER, 1_000);
        // What it grew by belongs to nobody.
        token.rebase(300);
        assertEq(_escrow.refund(2), 600, "what is left");
        assertEq(token.balanceOf(PAYER), 600, "balance");
        assertEq(_escrow.owedIn(token), 0, "nothing is owed");
    }

    /// @dev A new account would share what the earlier ones lost.
    function test_RevertWhen_TheTokenHasShrunk() external {
        RebasingToken token = new RebasingToken(address(this));
        token.approve(address(_escrow), type(uint256).max);
        _escrow.fund(2, token, PAYER, 1_000);
        token.rebase(99);
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.TokenShort.selector, token, 1_000, 990));
        _escrow.fund(3, token, PAYER, 100);
        token.rebase(100);
        _escrow.fund(3, token, PAYER, 100);
    }

    /// @dev Payees of several accounts in any order: each gets the same part, but for a wei that each payment before it
    /// was rounded down by.
    function testFuzz_pay_OfATokenThatShrankIsProRata(uint256 seed, uint256 percent) external {
        percent = bound(percent, 1, 99);
        RebasingToken token = new RebasingToken(address(this));
        token.approve(address(_escrow), type(uint256).max);
        for (uint256 i = 0; i < 3; ++i) _escrow.fund(2 + i, token, PAYER, 1e6 + (draw(seed, i) % 1e6));
        token.rebase(percent);
        (uint256 balance, uint256 owed) = (token.balanceOf(address(_escrow)), _escrow.owedIn(token));
        for (uint256 n = 0; n < 12; ++n) {
            uint256 id = 2 + (draw(seed, 10 + n) % 3);
            uint256 amount = n < 9 ? draw(seed, 30 + n) % (_held(id) + 1) : _held(2 + n - 9);
            address payee = n < 9 ? account(vm.toString(n)) : PAYER;
            uint256 before = token.balanceOf(payee);
            if (n < 9) _escrow.pay(id, payee, amount);
            else _escrow.refund(2 + n - 9);
            uint256 moved = token.balanceOf(payee) - before;
            uint256 part = (amount * balance) / owed;
            // The token itself rounds by the units that it counts in.
            assertLe(part, moved + 2, "not less");
            assertLe(moved, part + 2 * (n + 1), "nor more");
        }
        assertEq(_escrow.owedIn(token), 0, "nothing is owed");
    }

    function test_RevertWhen_TokenHasNoCode() external {
        IERC20 none = IERC20(account("no token"));
        vm.expectRevert();
        _escrow.fund(2, none, PAYER, 0);
    }

    /// @dev Of an account that nobody funded.
    function test_RevertWhen_NothingWasFunded() external {
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.InsufficientEscrow.selector, address(this), 2, 1, 0));
        _escrow.pay(2, WORKER, 1);
        vm.expectRevert();
        _escrow.refund(2);
    }

    /// @dev What another account holds is out of reach.
    function test_RevertWhen_PaymentExceedsWhatIsHeld() external {
        _escrow.fund(2, _token, address(this), 5_000);
        _isTooMuch(1_001, 1_000);
        _escrow.pay(ID, WORKER, 1_000);
        _isTooMuch(1, 0);
    }

    /// @dev A funding within another would count its tokens for both.
    function test_fund_IsNotReentered() external {
        CallbackToken token = new CallbackToken(address(this));
        token.approve(address(_escrow), type(uint256).max);
        token.transfer(address(token), 100);
        vm.prank(address(token));
        token.approve(address(_escrow), 100);
        bytes memory inner = abi.encodeCall(IRewardEscrow.fund, (7, token, PAYER, 100));
        token.prepare(address(_escrow), inner, 0);
        _escrow.fund(2, token, PAYER, 1_000);
        assertTrue(token.called(), "called");
        assertFalse(token.succeeded(), "refused inside");
        bytes memory why = abi.encodeWithSelector(IRewardEscrow.FundingWithin.selector, address(token), 7);
        assertEq(token.answer(), why, "why");
        assertEq(token.balanceOf(address(_escrow)), 1_000, "balance");
    }

    /// @dev Whoever is called in the middle of a payment finds it booked.
    function test_pay_IsNotReentered() external {
        CallbackToken token = new CallbackToken(address(this));
        token.approve(address(_escrow), type(uint256).max);
        token.transfer(address(token), 300);
        vm.startPrank(address(token));
        token.approve(address(_escrow), 300);
        _escrow.fund(7, token, address(token), 300);
        vm.stopPrank();
        _escrow.fund(2, token, PAYER, 1_000);
        token.prepare(address(_escrow), abi.encodeCall(IRewardEscrow.pay, (7, WORKER, 301)), 0);
        vm.prank(address(token));
        _escrow.pay(7, WORKER, 200);
        assertFalse(token.succeeded(), "refused inside");
        token.prepare(address(_escrow), abi.encodeCall(IRewardEscrow.refund, (7)), 0);
        vm.prank(address(token));
        _escrow.pay(7, WORKER, 60);
        assertTrue(token.succeeded(), "the rest");
        assertEq(_escrow.accountOf(address(token), 7).refunded, 40, "refunded");
        assertEq(token.balanceOf(address(_escrow)), 1_000, "the other application's");
    }

    function testFuzz_conservation(uint256 seed) external {
        for (uint256 i = 0; i < 8; ++i) {
            uint256 amount = draw(seed, i) % (_held(ID) + 1);
            if (draw(seed, 100 + i) % 8 == 0) _escrow.refund(ID);
            else _escrow.pay(ID, WORKER, amount);
            IRewardEscrow.Account memory account_ = _escrow.accountOf(address(this), ID);
            assertEq(account_.funded, 1_000, "funded");
            assertEq(account_.funded, account_.paid + account_.refunded + _held(ID), "conserved");
            assertEq(_token.balanceOf(address(_escrow)), _held(ID), "balance");
        }
    }

    /// @dev Several applications with the same numbers in one token: each moves its own.
    function testFuzz_conservation_OfSeveralApplications(uint256 seed) external {
        uint256[3] memory held;
        for (uint256 i = 0; i < 3; ++i) {
            held[i] = draw(seed, i) % 2_000;
            _token.transfer(_application(i), held[i]);
            vm.startPrank(_application(i));
            _token.approve(address(_escrow), held[i]);
            _escrow.fund(ID, _token, PAYER, held[i]);
            vm.stopPrank();
        }
        for (uint256 i = 0; i < 12; ++i) {
            uint256 who = draw(seed, 10 + i) % 3;
            uint256 amount = draw(seed, 30 + i) % (held[who] + 2);
            bool fits = amount <= held[who];
            if (!fits) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        IRewardEscrow.InsufficientEscrow.selector,
                        _application(who),
                        ID,
                        amount,
                        held[who]
                    )
                );
            }
            vm.prank(_application(who));
            _escrow.pay(ID, WORKER, amount);
            if (fits) held[who] -= amount;
        }
        uint256 sum = 1_000;
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(_escrow.heldBy(_application(i), ID), held[i], "held");
            sum += held[i];
        }
        assertEq(_held(ID), 1_000, "this one's is whole");
        assertEq(_token.balanceOf(address(_escrow)), sum, "balance");
    }

    function _isTooMuch(uint256 amount, uint256 held) private {
        vm.expectRevert(
            abi.encodeWithSelector(IRewardEscrow.InsufficientEscrow.selector, address(this), ID, amount, held)
        );
        _escrow.pay(ID, WORKER, amount);
    }

    function _held(uint256 id) private view returns (uint256) {
        return _escrow.heldBy(address(this), id);
    }

    function _application(uint256 index) private pure returns (address) {
        return account(string.concat("application ", vm.toString(index)));
    }
}
