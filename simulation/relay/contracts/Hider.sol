// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Stranger of the fault simulation who hides messages
/// @notice Makes a call that anybody may make, and leaves so many logs in the same transaction that its receipt is too
/// large to be shown to a verifier.
contract Hider {
    /// @notice The rest of the receipt.
    event Noise(bytes noise);

    /// @notice Thrown when the call did not go well.
    error CallFailed();

    function hide(address target, bytes calldata data, uint256 noise) external {
        // solhint-disable-next-line avoid-low-level-calls
        (bool succeeded, ) = target.call(data);
        require(succeeded, CallFailed());
        emit Noise(new bytes(noise));
    }
}
