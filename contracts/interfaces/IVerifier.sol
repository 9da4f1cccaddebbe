// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Verifier of what another chain's gateway sent
/// @notice A gateway asks the verifier of a route whether messages were sent; how that is proven is the verifier's
/// business. A verifier only reads: it cannot deliver anything.
interface IVerifier {
    /// @notice Reverts unless the gateway of another chain sent every one of these messages.
    /// @param origin Chain id of the sending gateway.
    /// @param gateway The sending gateway.
    /// @param nonces Places of the messages in the order in which the gateway sent them, ascending.
    /// @param ids Message ids, one for each nonce.
    /// @param proof What the verifier wants to see.
    function verify(
        uint64 origin,
        address gateway,
        uint32[] calldata nonces,
        bytes32[] calldata ids,
        bytes calldata proof
    ) external view;

    /// @notice Reverts unless the evidence shows that those who vouch for the chain vouched for two histories of it.
    /// @param origin Chain id of the sending gateway.
    /// @param gateway The sending gateway.
    /// @param evidence What the verifier wants to see.
    function verifyContradiction(uint64 origin, address gateway, bytes calldata evidence) external view;

    /// @notice Names the form of this verifier's proofs, for those who make them: a short string, padded with zeros.
    function proofKind() external pure returns (bytes32);
}
