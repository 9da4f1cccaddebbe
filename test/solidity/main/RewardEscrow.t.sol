// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {RewardEscrow} from "../../../contracts/main/RewardEscrow.sol";
import {LocalToken} from "../../../contracts/token/LocalToken.sol";
import {TaskId} from "../../../contracts/types/TaskTypes.sol";
import {Test} from "../Test.sol";

/// @dev The test is the escrow's manager and the publisher.
contract RewardEscrowTest is Test {
    TaskId private constant TASK = TaskId.wrap(1);

    address private immutable WORKER = account("worker");

    RewardEscrow private _escrow;
    LocalToken private _token;

    function setUp() external {
        _escrow = new RewardEscrow(address(this));
        _token = new LocalToken(address(this), 10_000);
        _token.approve(address(_escrow), type(uint256).max);
        _escrow.fund(TASK, _token, address(this), 1_000);
    }

    function test_pay() external {
        vm.expectEmit(address(_escrow));
        emit IRewardEscrow.Paid(TASK, WORKER, 400);
        _escrow.pay(TASK, WORKER, 400);
        assertEq(_token.balanceOf(WORKER), 400, "balance");
        assertEq(_escrow.heldBy(TASK), 600, "held");
    }

    function test_refund() external {
        _escrow.pay(TASK, WORKER, 400);
        vm.expectEmit(address(_escrow));
        emit IRewardEscrow.Refunded(TASK, address(this), 600);
        assertEq(_escrow.refund(TASK), 600, "amount");
        assertEq(_token.balanceOf(address(this)), 9_600, "balance");
        IRewardEscrow.Account memory account_ = _escrow.accountOf(TASK);
        assertEq(account_.funded, account_.paid + account_.refunded, "nothing is held");
    }

    function test_RevertWhen_CallerIsNotTheManager() external {
        vm.startPrank(WORKER);
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.NotManager.selector, WORKER));
        _escrow.fund(TASK, _token, address(this), 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.NotManager.selector, WORKER));
        _escrow.pay(TASK, WORKER, 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.NotManager.selector, WORKER));
        _escrow.refund(TASK);
        vm.stopPrank();
    }

    function test_RevertWhen_FundedTwice() external {
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.AlreadyFunded.selector, TASK));
        _escrow.fund(TASK, _token, address(this), 1);
    }

    /// @dev What another task holds is out of reach.
    function test_RevertWhen_PaymentExceedsWhatIsHeld() external {
        _escrow.fund(TaskId.wrap(2), _token, address(this), 5_000);
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.InsufficientEscrow.selector, TASK, 1_001, 1_000));
        _escrow.pay(TASK, WORKER, 1_001);
        _escrow.pay(TASK, WORKER, 1_000);
        vm.expectRevert(abi.encodeWithSelector(IRewardEscrow.InsufficientEscrow.selector, TASK, 1, 0));
        _escrow.pay(TASK, WORKER, 1);
    }

    function testFuzz_conservation(uint256 seed) external {
        for (uint256 i = 0; i < 8; ++i) {
            uint256 amount = draw(seed, i) % (_escrow.heldBy(TASK) + 1);
            if (draw(seed, 100 + i) % 8 == 0) _escrow.refund(TASK);
            else _escrow.pay(TASK, WORKER, amount);
            IRewardEscrow.Account memory account_ = _escrow.accountOf(TASK);
            assertEq(account_.funded, account_.paid + account_.refunded + _escrow.heldBy(TASK), "conserved");
            assertEq(_token.balanceOf(address(_escrow)), _escrow.heldBy(TASK), "balance");
        }
    }
}
