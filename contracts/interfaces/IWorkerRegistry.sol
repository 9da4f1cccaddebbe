// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Registry of a subchain's workers
/// @notice Registration is permissioned: one identity, one choice. On a physical subchain a worker is a device; on a
/// virtual one it is a device's twin, and names the device that may synchronize data to it.
interface IWorkerRegistry {
    /// @notice A worker may take part.
    event WorkerRegistered(address indexed worker, address indexed device);
    /// @notice A worker may enrol no more.
    event WorkerRevoked(address indexed worker);

    /// @notice Thrown when an address that must take part is zero, or a device is registered as another's worker.
    error InvalidWorker(address worker);
    /// @notice Thrown when a worker is registered twice.
    error AlreadyRegistered(address worker);
    /// @notice Thrown when a worker is not registered.
    error NotRegistered(address worker);

    /// @notice Registers a worker. Registrars only.
    /// @param worker Who enrols and is paid.
    /// @param device Who senses the data: the worker itself on a physical subchain, the twin's device on a virtual one.
    function register(address worker, address device) external;

    /// @notice Keeps a worker from enrolling in further tasks; running tasks go on. Registrars only.
    function revoke(address worker) external;

    /// @notice The device of a registered worker; zero when it is not registered.
    function deviceOf(address worker) external view returns (address);
}
