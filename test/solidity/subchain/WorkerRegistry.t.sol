// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {IWorkerRegistry} from "../../../contracts/interfaces/IWorkerRegistry.sol";
import {WorkerRegistry} from "../../../contracts/subchain/WorkerRegistry.sol";
import {Space} from "../../../contracts/types/TaskTypes.sol";
import {Test} from "../Test.sol";

contract WorkerRegistryTest is Test {
    address private immutable WORKER = account("worker");
    address private immutable DEVICE = account("device");

    WorkerRegistry private _virtual;
    WorkerRegistry private _physical;

    function setUp() external {
        _virtual = new WorkerRegistry(address(this), Space.Virtual);
        _physical = new WorkerRegistry(address(this), Space.Physical);
    }

    function test_register() external {
        vm.expectEmit(address(_virtual));
        emit IWorkerRegistry.WorkerRegistered(WORKER, DEVICE);
        _virtual.register(WORKER, DEVICE);
        assertEq(_virtual.deviceOf(WORKER), DEVICE, "a twin's device");
        _physical.register(DEVICE, DEVICE);
        assertEq(_physical.deviceOf(DEVICE), DEVICE, "a device is its own");
        assertEq(_physical.deviceOf(WORKER), address(0), "not registered");
    }

    function test_register_ByARegistrarOfTheAdmin() external {
        _virtual.grantRole(_virtual.REGISTRAR_ROLE(), DEVICE);
        vm.prank(DEVICE);
        _virtual.register(WORKER, DEVICE);
    }

    function test_revoke() external {
        _virtual.register(WORKER, DEVICE);
        vm.expectEmit(address(_virtual));
        emit IWorkerRegistry.WorkerRevoked(WORKER);
        _virtual.revoke(WORKER);
        assertEq(_virtual.deviceOf(WORKER), address(0), "not registered");
        _virtual.register(WORKER, account("another device"));
        assertEq(_virtual.deviceOf(WORKER), account("another device"), "again");
    }

    function test_RevertWhen_CallerIsNoRegistrar() external {
        bytes32 role = _virtual.REGISTRAR_ROLE();
        bytes memory refusal = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector,
            WORKER,
            role
        );
        vm.startPrank(WORKER);
        vm.expectRevert(refusal);
        _virtual.register(WORKER, DEVICE);
        vm.expectRevert(refusal);
        _virtual.revoke(WORKER);
        vm.stopPrank();
    }

    function test_RevertWhen_CallerIsNotTheAdminOfRoles() external {
        bytes32 role = _virtual.REGISTRAR_ROLE();
        _virtual.grantRole(role, DEVICE);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, DEVICE, bytes32(0))
        );
        vm.prank(DEVICE);
        _virtual.grantRole(role, WORKER);
    }

    function test_RevertWhen_WorkerOrDeviceIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.InvalidWorker.selector, address(0)));
        _virtual.register(address(0), DEVICE);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.InvalidWorker.selector, WORKER));
        _virtual.register(WORKER, address(0));
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.InvalidWorker.selector, address(0)));
        _physical.register(address(0), address(0));
    }

    function test_RevertWhen_APhysicalWorkerIsNotItsDevice() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.InvalidWorker.selector, WORKER));
        _physical.register(WORKER, DEVICE);
    }

    function test_RevertWhen_RegisteredTwice() external {
        _virtual.register(WORKER, DEVICE);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.AlreadyRegistered.selector, WORKER));
        _virtual.register(WORKER, account("another device"));
    }

    function test_RevertWhen_RevokedWithoutRegistration() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.NotRegistered.selector, WORKER));
        _virtual.revoke(WORKER);
    }
}
