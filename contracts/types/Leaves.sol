// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {RevealedUpdate, ScoreRecord, WorkRecord} from "./TaskTypes.sol";

/// @title Leaves and commitments: one definition of every hash that two chains, or a chain and a program, share
/// @notice Each is the hash of the ABI encoding of what it stands for.
library Leaves {
    /// @notice Leaf of a subchain's settlement root.
    function ofRecord(WorkRecord memory record) internal pure returns (bytes32) {
        return keccak256(abi.encode(record));
    }

    /// @notice As `ofRecord`, for one who is given the record: a claim takes 450 gas less.
    function ofRecordCalldata(WorkRecord calldata record) internal pure returns (bytes32) {
        return keccak256(abi.encode(record));
    }

    /// @notice Leaf of an aggregate's scores root.
    function ofScore(ScoreRecord memory record) internal pure returns (bytes32) {
        return keccak256(abi.encode(record));
    }

    /// @notice Leaf of a round's updates root.
    function ofUpdate(RevealedUpdate memory update) internal pure returns (bytes32) {
        return keccak256(abi.encode(update));
    }

    /// @notice Salted commitment to an update, bound to chain, contract, task, round and worker.
    function ofCommit(address subchain, RevealedUpdate memory update, bytes32 salt) internal pure returns (bytes32) {
        return keccak256(abi.encode(subchain, update, salt));
    }
}
