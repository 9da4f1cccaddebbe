// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Token that keeps one wei of every transfer
contract FeeToken is ERC20 {
    constructor(address holder) ERC20("Fee", "FEE") {
        _mint(holder, type(uint128).max);
    }

    function _update(address from, address to, uint256 amount) internal override {
        bool charged = from != address(0) && to != address(0) && amount > 0;
        super._update(from, to, charged ? amount - 1 : amount);
        if (charged) super._update(from, address(0), 1);
    }
}

/// @title Token whose transfers return nothing
contract SilentToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    constructor(address holder) {
        balanceOf[holder] = type(uint128).max;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @title Token that refuses some recipients
contract BlockingToken is ERC20 {
    error Blocked(address account);

    mapping(address => bool) public blocked;

    constructor(address holder) ERC20("Blocking", "BLK") {
        _mint(holder, type(uint128).max);
    }

    function block_(address account, bool on) external {
        blocked[account] = on;
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(!blocked[to], Blocked(to));
        super._update(from, to, amount);
    }
}

/// @title Token that makes a prepared call, with all coins that it has, in the middle of a transfer, before balances change
contract CallbackToken is ERC20 {
    address private _target;
    bytes private _call;
    uint256 private _wait;
    bool public called;
    bool public succeeded;
    bytes public answer;

    constructor(address holder) ERC20("Callback", "CBK") {
        _mint(holder, type(uint128).max);
    }

    /// @dev Calls in the transfer that comes after `wait` others.
    function prepare(address target, bytes calldata call, uint256 wait) external {
        (_target, _call, _wait, called) = (target, call, wait, false);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (_call.length > 0 && _wait > 0) {
            --_wait;
        } else if (_call.length > 0 && !called) {
            called = true;
            (succeeded, answer) = _target.call{value: address(this).balance}(_call);
        }
        super._update(from, to, amount);
    }
}

/// @title Token whose balances its owner grows or shrinks while they lie
contract RebasingToken is ERC20 {
    uint256 private _percent = 100;

    constructor(address holder) ERC20("Rebasing", "RBS") {
        _mint(holder, type(uint128).max / 2);
    }

    function rebase(uint256 percent) external {
        _percent = percent;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return (super.balanceOf(account) * _percent) / 100;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, (amount * 100) / _percent);
    }
}
