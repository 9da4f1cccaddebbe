// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {CrosschainLinked} from "@openzeppelin/contracts/crosschain/CrosschainLinked.sol";

import {Erc7930} from "./Erc7930.sol";

/// @title A Freshet contract that talks to counterparts on other chains
/// @notice Adds to OpenZeppelin's CrosschainLinked that links are set by the owner after deployment, once a chain,
/// and that a payload is `abi.encode(kind, body)`, with kinds that are the application's own.
abstract contract CrossChainApp is CrosschainLinked, Ownable2Step {
    /// @notice Thrown when a message kind does not belong here.
    error UnexpectedMessage(uint8 kind, uint256 originChainId);
    /// @notice Thrown when a message comes before one that it builds on; deliver it again later.
    error NotYet();

    /// @notice Thrown when a counterpart is on a chain that this contract does not talk to, or its ERC-7930 address is
    /// not in the one form that the gateways write.
    error InvalidCounterpart(bytes counterpart);

    constructor(address owner) CrosschainLinked(new Link[](0)) Ownable(owner) {}

    /// @notice Sets the counterpart on another chain and the gateway to it. Owner only, once a chain.
    /// @param gateway ERC-7786 gateway on this chain.
    /// @param counterpart ERC-7930 address of the contract on the other chain.
    function link(address gateway, bytes calldata counterpart) external onlyOwner {
        uint256 chainId = Erc7930.chainOf(counterpart);
        // ERC-7930 allows leading zeros: a second form of a chain's id would be a second link to it.
        bytes memory canonical = Erc7930.format(chainId, address(bytes20(counterpart[counterpart.length - 20:])));
        require(
            _isCounterpartChain(chainId) && keccak256(counterpart) == keccak256(canonical),
            InvalidCounterpart(counterpart)
        );
        _setLink(gateway, counterpart, false);
    }

    /// @dev Whether this contract talks to that chain.
    function _isCounterpartChain(uint256 chainId) internal view virtual returns (bool);

    function _send(uint256 chainId, uint8 kind, bytes memory body) internal returns (bytes32) {
        return _sendMessageToCounterpart(Erc7930.formatChain(chainId), abi.encode(kind, body), new bytes[](0));
    }

    /// @dev As CrosschainLinked has it, whose links are all in canonical form here: read and written in place, the
    /// sender's chain takes 1,100 gas less.
    function _isAuthorizedGateway(address gateway, bytes calldata sender) internal view override returns (bool) {
        // Too short to name a chain.
        if (sender.length < 6) return false;
        (address linked, bytes memory counterpart) = getLink(Erc7930.formatChain(Erc7930.chainOf(sender)));
        return gateway == linked && keccak256(sender) == keccak256(counterpart);
    }

    function _processMessage(
        address,
        bytes32 receiveId,
        bytes calldata sender,
        bytes calldata payload
    ) internal override {
        (uint8 kind, bytes memory body) = abi.decode(payload, (uint8, bytes));
        // The sender is a counterpart, so its address is in the canonical form.
        _onMessage(Erc7930.chainOf(sender), receiveId, kind, body);
    }

    /// @dev Handles a message of the counterpart on `originChainId`. Reverts only when a later delivery can succeed
    /// or the message must never count; a message that came too late is let pass with an event.
    function _onMessage(uint256 originChainId, bytes32 receiveId, uint8 kind, bytes memory body) internal virtual;
}
