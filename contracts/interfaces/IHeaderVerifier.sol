// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IVerifier} from "./IVerifier.sol";

/// @title Verifier of messages under attested block headers
/// @notice The validators of a chain attest hash and number of its final blocks. That a gateway sent messages in such
/// a block is shown by the logs that it left: each is in a receipt, and each receipt is under a root in the header. So
/// the sending side keeps no record of its messages for proofs.
/// @dev Proofs are packed. Lengths, counts and places are uint32; all messages of a proof are of one block:
///
///     proof   = length | header RLP | signers | count | nodes | receipts
///     signers = threshold uint8 | count uint8 | validators 20 bytes each | signatures 64 bytes each
///     node    = length | RLP
///     receipt = place of the transaction in the block | count | places of nodes | count | places of logs
///
/// Signers are as in ICheckpointVerifier. Nodes are of the trie of the block's receipts, each once, however many of the
/// receipts are below it; a receipt names those on its way down from the root. Its logs are named by their places in
/// it, in the order of the messages, and receipts go on until the proof ends.
///
/// Two attested blocks contradict each other when they have one number, or when the later one's ancestor of the
/// earlier one's number is another block. Evidence:
///
///     evidence = later block | earlier block | headers, each: length | RLP
///     block    = hash bytes32 | number uint64 | signers
///
/// The headers are those of the later block and its ancestors, down to the number after the earlier block's.
interface IHeaderVerifier is IVerifier {
    /// @notice Thrown when the log that a proof names is not the one that the gateway leaves for the message.
    error NoSuchLog(bytes32 messageId);

    /// @notice The digest that validators sign to attest a block of a chain, for the gateway on it.
    /// @param origin Chain id of the block.
    /// @param gateway The gateway on that chain.
    /// @param blockHash Hash of the block.
    /// @param number Number of the block.
    function headerDigest(
        uint64 origin,
        address gateway,
        bytes32 blockHash,
        uint64 number
    ) external pure returns (bytes32);
}
