// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {Space} from "../types/TaskTypes.sol";

/// @title WorkerRegistry
/// @notice See IWorkerRegistry. The admin names registrars.
contract WorkerRegistry is IWorkerRegistry, AccessControl {
    /// @notice Role that registers and revokes workers.
    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");

    /// @notice Which space this subchain manages.
    Space public immutable SPACE;

    mapping(address worker => address device) private _devices;

    constructor(address admin, Space space) {
        SPACE = space;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(REGISTRAR_ROLE, admin);
    }

    /// @inheritdoc IWorkerRegistry
    function register(address worker, address device) external onlyRole(REGISTRAR_ROLE) {
        bool valid = worker != address(0) && device != address(0) && (SPACE == Space.Virtual || worker == device);
        require(valid, InvalidWorker(worker));
        require(_devices[worker] == address(0), AlreadyRegistered(worker));
        _devices[worker] = device;
        emit WorkerRegistered(worker, device);
    }

    /// @inheritdoc IWorkerRegistry
    function revoke(address worker) external onlyRole(REGISTRAR_ROLE) {
        require(_devices[worker] != address(0), NotRegistered(worker));
        delete _devices[worker];
        emit WorkerRevoked(worker);
    }

    /// @inheritdoc IWorkerRegistry
    function deviceOf(address worker) public view returns (address) {
        return _devices[worker];
    }
}
