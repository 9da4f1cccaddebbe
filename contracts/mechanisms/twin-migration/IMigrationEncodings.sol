// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Completion, HandOver, HandOverReport, Synchronization, TwinMessageKind} from "./MigrationTypes.sol";

/// @title What chains and programs encode for each other in twin migration
/// @notice As contracts/types/IEncodings.sol; nothing implements it.
interface IMigrationEncodings {
    /// @notice A payload; `body` is an encoded `report`.
    function message(TwinMessageKind kind, bytes calldata body) external;

    /// @notice The body of a message.
    function report(HandOverReport calldata report) external;

    /// @notice An order, as EIP-712 encodes it behind its type's hash; the hash of it alone is its key (ITwinHosts).
    function handOver(HandOver calldata order) external;

    /// @notice A completion, as EIP-712 encodes it behind its type's hash.
    function completion(Completion calldata completion) external;

    /// @notice A leaf of a root of synchronizations.
    function synchronization(Synchronization calldata synchronization) external;
}
