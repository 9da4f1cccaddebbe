// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {TwinMessageKind} from "./MigrationTypes.sol";

/// @title The market's part on the relay chain
/// @notice Looks whether a subchain says only what it can know, and passes it on: a release to the new host's subchain, a
/// hand-over to main. Of each order it passes on one statement of a kind.
interface ITwinRelay {
    /// @notice A message was verified and passed on to `destinationChainId`.
    event HandOverForwarded(
        TwinMessageKind indexed kind,
        bytes32 indexed order,
        uint64 indexed originChainId,
        uint64 destinationChainId,
        bytes32 receiveId,
        bytes32 bodyHash
    );
    /// @notice A message is not passed on: it came before (`recorded` is what it said then), or no chain of this market is
    /// meant.
    event HandOverStopped(
        TwinMessageKind indexed kind,
        bytes32 indexed order,
        uint64 indexed originChainId,
        bytes32 receiveId,
        bytes32 recorded
    );

    /// @notice Thrown when a subchain speaks for another.
    error WrongReporter(uint256 originChainId, uint64 stated);

    /// @notice Hash of what a subchain said of an order; zero: nothing.
    function recordOf(TwinMessageKind kind, bytes32 order) external view returns (bytes32);

    /// @notice Chain id of the main chain.
    function MAIN_CHAIN_ID() external view returns (uint64);
}
