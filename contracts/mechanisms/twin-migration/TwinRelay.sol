// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CrossChainApp} from "../../gateway/CrossChainApp.sol";
import {Erc7930} from "../../gateway/Erc7930.sol";
import {ITwinRelay} from "./ITwinRelay.sol";
import {HandOver, HandOverReport, TwinMessageKind} from "./MigrationTypes.sol";

/// @title TwinRelay
/// @notice See ITwinRelay. Its owner links it to the other chains, each once, and can do nothing else.
contract TwinRelay is ITwinRelay, CrossChainApp {
    /// @inheritdoc ITwinRelay
    uint64 public immutable MAIN_CHAIN_ID;

    /// @inheritdoc ITwinRelay
    mapping(TwinMessageKind kind => mapping(bytes32 order => bytes32)) public recordOf;

    constructor(address owner, uint64 mainChainId) CrossChainApp(owner) {
        MAIN_CHAIN_ID = mainChainId;
    }

    function _onMessage(uint256 originChainId, bytes32 receiveId, uint8 number, bytes memory body) internal override {
        bool known = originChainId != MAIN_CHAIN_ID && number <= uint8(type(TwinMessageKind).max);
        require(known, UnexpectedMessage(number, originChainId));
        TwinMessageKind kind = TwinMessageKind(number);
        HandOver memory order = abi.decode(body, (HandOverReport)).order;
        uint64 stated = kind == TwinMessageKind.Released ? order.sourceChain : order.destinationChain;
        require(stated == originChainId, WrongReporter(originChainId, stated));
        _pass(kind, order, receiveId, body);
    }

    /// @dev Passes a statement on, the first on its order.
    function _pass(TwinMessageKind kind, HandOver memory order, bytes32 receiveId, bytes memory body) private {
        bytes32 key = keccak256(abi.encode(order));
        bytes32 recorded = recordOf[kind][key];
        bool released = kind == TwinMessageKind.Released;
        uint64 origin = released ? order.sourceChain : order.destinationChain;
        uint64 to = released ? order.destinationChain : MAIN_CHAIN_ID;
        // Whom a vehicle's order names is its own matter: of another chain than this market's nothing can be told.
        if (recorded != 0 || (released && to == MAIN_CHAIN_ID) || !_isLinked(to)) {
            emit HandOverStopped(kind, key, origin, receiveId, recorded);
            return;
        }
        recorded = keccak256(body);
        recordOf[kind][key] = recorded;
        emit HandOverForwarded(kind, key, origin, to, receiveId, recorded);
        _send(to, uint8(kind), body);
    }

    function _isCounterpartChain(uint256 chainId) internal view override returns (bool) {
        return chainId != block.chainid && chainId <= type(uint64).max;
    }

    function _isLinked(uint256 chainId) private view returns (bool) {
        if (chainId == 0) return false;
        (address gateway, ) = getLink(Erc7930.formatChain(chainId));
        return gateway != address(0);
    }
}
