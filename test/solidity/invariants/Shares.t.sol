// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {RewardEscrow} from "../../../contracts/main/RewardEscrow.sol";
import {Test} from "../Test.sol";
import {RebasingToken} from "../main/Tokens.sol";

/// @title An application that pays out of accounts in a token that shrinks again and again
contract SharesHandler is Test {
    address private constant PAYEE = address(0xbeef);

    RewardEscrow public immutable ESCROW = new RewardEscrow();
    RebasingToken public immutable TOKEN;

    uint256 public accounts;
    /// @dev A payment or refund that was refused.
    bool public insolvent;
    /// @dev A payment that moved more or less than its part of what was there.
    bool public unfair;
    mapping(string action => uint256) public effects;
    uint256 private _percent = 100;

    constructor() {
        TOKEN = new RebasingToken(address(this));
        TOKEN.approve(address(ESCROW), type(uint256).max);
    }

    function fund(uint256 seed) external {
        uint256 amount = seed % 1e12;
        bool short = TOKEN.balanceOf(address(ESCROW)) < ESCROW.owedIn(TOKEN);
        (bool done, ) = address(ESCROW).call(abi.encodeCall(RewardEscrow.fund, (accounts + 1, TOKEN, PAYEE, amount)));
        if (!done) return;
        // Or it would pay for what the others lost.
        if (short) unfair = true;
        ++accounts;
        ++effects["fund"];
    }

    function pay(uint256 seed) external {
        if (accounts == 0) return;
        uint256 id = 1 + (seed % accounts);
        uint256 amount = draw(seed, 1) % (ESCROW.heldBy(address(this), id) + 1);
        _moves(amount, abi.encodeCall(RewardEscrow.pay, (id, PAYEE, amount)), "pay");
    }

    function refund(uint256 seed) external {
        if (accounts == 0 || seed % 4 != 0) return;
        uint256 id = 1 + (draw(seed, 1) % accounts);
        _moves(ESCROW.heldBy(address(this), id), abi.encodeCall(RewardEscrow.refund, (id)), "refund");
    }

    /// @dev By at most a half, and back again at times.
    function rebase(uint256 seed) external {
        if (_percent < 4 || seed % 4 == 0) _percent = 100;
        else _percent -= draw(seed, 1) % (_percent / 2);
        TOKEN.rebase(_percent);
        if (TOKEN.balanceOf(address(ESCROW)) < ESCROW.owedIn(TOKEN)) ++effects["shrink"];
    }

    function _moves(uint256 amount, bytes memory call, string memory action) private {
        (uint256 balance, uint256 owed) = (TOKEN.balanceOf(address(ESCROW)), ESCROW.owedIn(TOKEN));
        uint256 before = TOKEN.balanceOf(PAYEE);
        (bool done, ) = address(ESCROW).call(call);
        if (!done) {
            insolvent = true;
            return;
        }
        uint256 moved = TOKEN.balanceOf(PAYEE) - before;
        uint256 part = balance >= owed ? amount : (amount * balance) / owed;
        // The token itself rounds by the units that it counts in.
        if (moved > part + 2 || part > moved + 2) unfair = true;
        ++effects[action];
        if (balance < owed && part > 0) ++effects["share"];
    }
}

/// @dev Numbers are those of INVARIANTS.md.
contract SharesInvariants is Test {
    SharesHandler private _handler;

    function setUp() external {
        _handler = new SharesHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev 25
    function invariant_whatATokenLostIsSharedAlike() external view {
        assertFalse(_handler.insolvent(), "nobody is the last");
        assertFalse(_handler.unfair(), "the same part for everyone");
    }

    /// @dev 25
    function invariant_whatIsOwedIsWhatTheAccountsHold() external view {
        uint256 held = 0;
        for (uint256 id = 1; id <= _handler.accounts(); ++id) held += _handler.ESCROW().heldBy(address(_handler), id);
        assertEq(_handler.ESCROW().owedIn(_handler.TOKEN()), held, "owed");
    }

    function test_theHandlerReachesEveryAction() external {
        bytes4[4] memory actions = [_handler.fund.selector, _handler.pay.selector, _handler.refund.selector, _handler.rebase.selector];
        for (uint256 i = 0; i < 200; ++i) {
            (bool done, ) = address(_handler).call(abi.encodeWithSelector(actions[draw(1, i) % 4], draw(2, i)));
            assertTrue(done, "no action reverts");
        }
        string[5] memory effects = ["fund", "pay", "refund", "shrink", "share"];
        for (uint256 i = 0; i < 5; ++i) assertTrue(_handler.effects(effects[i]) > 0, effects[i]);
    }
}
