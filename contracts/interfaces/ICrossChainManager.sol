// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {MessageKind} from "../types/Messages.sol";
import {Space, TaskId} from "../types/TaskTypes.sol";
import {IPolicyRegistry} from "./IPolicyRegistry.sol";

/// @title Cross-chain manager: the relay chain's platform
/// @notice Knows the connected chains, verifies what each sends, records it and forwards it. A chain that contradicts
/// itself is frozen.
interface ICrossChainManager is IPolicyRegistry {
    /// @notice A connected chain.
    struct Chain {
        Space space;
        bool frozen;
    }

    /// @notice A chain was registered.
    event ChainRegistered(uint64 indexed chainId, Space space);
    /// @notice A chain sent two different messages on the same thing; nothing more of it is forwarded.
    event ChainFrozen(uint64 indexed chainId, TaskId indexed task, bytes32 recorded, bytes32 contradicting);
    /// @notice The owner let a frozen chain in again.
    event ChainUnfrozen(uint64 indexed chainId);
    /// @notice A message was verified, recorded and forwarded. `round` is 0 where the kind has none.
    event MessageRecorded(
        MessageKind indexed kind,
        TaskId indexed task,
        uint64 indexed originChainId,
        uint16 round,
        bytes32 receiveId,
        bytes32 bodyHash
    );
    /// @notice A task failed its verification and was sent back. `reason` is the beginning of the error data, at most 256
    /// bytes; empty when it failed without any, as one does that uses up its gas.
    event TaskSentBack(TaskId indexed task, bytes32 receiveId, bytes reason);
    /// @notice A message came again, unchanged; nothing was forwarded.
    event RepeatedMessage(uint64 indexed chainId, TaskId indexed task, bytes32 receiveId);

    /// @notice Thrown when a chain is registered twice or without a space, or unfrozen though it is not frozen.
    error InvalidChain(uint64 chainId);
    /// @notice Thrown when a task names a chain that is not a registered, unfrozen subchain.
    error NotASubchain(uint64 chainId);
    /// @notice Thrown when a message comes from a frozen chain; it can be delivered after the chain is unfrozen.
    error ChainIsFrozen(uint64 chainId);
    /// @notice Thrown when a report's chain id is not that of its sender, or its task does not run there.
    error WrongReporter(uint256 originChainId, uint64 stated);
    /// @notice Thrown when a report's counts cannot be true; `field` names the first that cannot. What its totals say, its
    /// mechanism's policy checks.
    error ImpossibleReport(uint64 chainId, TaskId task, string field);
    /// @notice Thrown when a task's verification fails, but had less than all of VERIFY_GAS: deliver it again with more.
    error VerificationUnfinished(TaskId task);
    /// @notice Thrown when anyone but this contract calls its verification.
    error OnlySelf();

    /// @notice Registers a connected chain. Owner only.
    function registerChain(uint64 chainId, Space space) external;

    /// @notice Lets a frozen chain in again. Owner only.
    function unfreeze(uint64 chainId) external;

    /// @notice A connected chain.
    function chainOf(uint64 chainId) external view returns (Chain memory);

    /// @notice Ids of all connected chains, in the order of registration.
    function chainIds() external view returns (uint64[] memory);

    /// @notice Hash of what was recorded: a task's opening or ending (chain id of main), a round's report, a
    /// settlement; zero where nothing was.
    function recordOf(MessageKind kind, TaskId task, uint16 round, uint64 chainId) external view returns (bytes32);
}
