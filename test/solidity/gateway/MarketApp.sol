// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {CrossChainApp} from "../../../contracts/gateway/CrossChainApp.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";

/// @title An application without tasks: a market whose deals are made on another chain
/// @notice It has kinds of messages of its own and keeps its money in the chain's escrow.
contract MarketApp is CrossChainApp {
    /// @dev Its only kind; as a number it is none of a task's.
    uint8 internal constant SOLD = 200;

    uint256 public immutable MARKET_CHAIN_ID;
    IRewardEscrow private immutable ESCROW;

    event Sold(uint256 indexed offer, address seller, uint256 price);

    constructor(address owner, uint256 marketChainId, IRewardEscrow escrow) CrossChainApp(owner) {
        MARKET_CHAIN_ID = marketChainId;
        ESCROW = escrow;
    }

    function offer(uint256 id, IERC20 token, uint256 amount) external {
        token.transferFrom(msg.sender, address(this), amount);
        token.approve(address(ESCROW), amount);
        ESCROW.fund(id, token, msg.sender, amount);
        _send(MARKET_CHAIN_ID, SOLD, abi.encode(id));
    }

    function _onMessage(uint256 originChainId, bytes32, uint8 kind, bytes memory body) internal override {
        require(kind == SOLD, UnexpectedMessage(kind, originChainId));
        (uint256 id, address seller, uint256 price) = abi.decode(body, (uint256, address, uint256));
        emit Sold(id, seller, price);
        ESCROW.pay(id, seller, price);
    }

    function _isCounterpartChain(uint256 chainId) internal view override returns (bool) {
        return chainId == MARKET_CHAIN_ID;
    }
}
