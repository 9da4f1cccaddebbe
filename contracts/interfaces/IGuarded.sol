// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Owner, delay and guardian
/// @notice What decides whom to believe changes only after a delay in which everybody sees it come. A guardian can
/// stop things and drop what is scheduled; it can bring nothing about.
interface IGuarded {
    /// @notice Another account is the guardian.
    event GuardianSet(address guardian);

    /// @notice Thrown when the delay is zero.
    error InvalidDelay();
    /// @notice Thrown when neither the guardian nor the owner calls.
    error NotGuardian(address caller);
    /// @notice Thrown when what should be applied or cancelled was not scheduled, or its time has not come.
    error NotScheduled(uint64 chainId);

    /// @notice Names the guardian; zero for none. Owner only.
    function setGuardian(address guardian) external;

    /// @notice Seconds that pass between scheduling a change and its first use.
    function DELAY_SECONDS() external view returns (uint48);

    /// @notice The guardian; zero when there is none.
    function guardian() external view returns (address);
}
