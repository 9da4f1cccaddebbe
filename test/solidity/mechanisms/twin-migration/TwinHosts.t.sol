// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CrossChainApp} from "../../../../contracts/gateway/CrossChainApp.sol";
import {ITwinHosts} from "../../../../contracts/mechanisms/twin-migration/ITwinHosts.sol";
import {HandOver, TwinMessageKind} from "../../../../contracts/mechanisms/twin-migration/MigrationTypes.sol";
import {TwinFixture} from "./TwinFixture.sol";

contract TwinHostsTest is TwinFixture {
    bytes32 private constant OTHER = keccak256("another state");

    uint256 private _id;

    function setUp() external {
        _deploy();
        _open();
        _place();
        _id = _accepted();
    }

    /// @dev By the relay from one subchain to another, and on to main.
    function test_aTwinMovesFromOneSubchainToAnother() external {
        HandOver memory order = _order(_id);
        bytes32 key = _east.keyOf(order);
        _release(order, STATE);
        assertTrue(_west.hostOf(VEHICLE).released, "given away");
        assertEq(_east.releasedState(key), 0, "the message is on its way");
        _deliverAll();
        assertEq(_east.releasedState(key), STATE, "and has come");
        vm.chainId(EAST);
        vm.expectEmit(address(_east));
        emit ITwinHosts.HostChanged(VEHICLE, DESTINATION, _id, key, STATE);
        _takeOn(order, STATE);
        assertEq(_east.hostOf(VEHICLE).server, DESTINATION, "host");
        assertFalse(_hasHandedOver(), "main does not know yet");
        _deliverAll();
        assertTrue(_hasHandedOver(), "main knows");
    }

    /// @dev The new host may have the state before the message has come.
    function test_aTwinIsTakenOnBeforeItsReleaseComes() external {
        HandOver memory order = _order(_id);
        _takeOn(order, STATE);
        assertEq(_east.hostOf(VEHICLE).server, address(0), "not yet");
        _release(order, STATE);
        _deliverAll();
        assertEq(_east.hostOf(VEHICLE).server, DESTINATION, "host");
        assertTrue(_hasHandedOver(), "main knows");
    }

    function test_aTwinMovesOnOneSubchain() external {
        _handOver(_id, STATE);
        _complete(_id, STATE, 0, 0, 1_000);
        uint256 id = _request(CLOUD);
        _accept(id);
        uint256 sent = _gateway.count();
        _handOver(id, STATE);
        assertEq(_gateway.count() - sent, 2, "to the relay and to main: no release has to travel");
        assertEq(_east.hostOf(VEHICLE).server, CLOUD, "host");
        // And the other way round.
        _complete(id, STATE, 0, 0, 1_000);
        id = _request(DESTINATION);
        _accept(id);
        HandOver memory order = _order(id);
        _takeOn(order, STATE);
        _release(order, STATE);
        assertEq(_east.hostOf(VEHICLE).server, DESTINATION, "host");
    }

    /// @dev An old host that does not answer keeps nobody: the vehicle releases its twin itself, without a signature.
    function test_aVehicleReleasesItsTwinItself() external {
        HandOver memory order = _order(_id);
        vm.chainId(WEST);
        vm.prank(VEHICLE);
        _west.release(order, STATE, 0, 0);
        vm.chainId(MAIN);
        _takeOn(order, STATE);
        _deliverAll();
        assertTrue(_hasHandedOver(), "main knows");
    }

    /// @dev A server that lies about the state it has hosts nothing.
    function test_anotherStateThanWasReleasedIsRefused() external {
        HandOver memory order = _order(_id);
        bytes32 key = _east.keyOf(order);
        _takeOn(order, OTHER);
        _release(order, STATE);
        // To the relay.
        _deliverNext();
        vm.expectEmit(address(_east));
        emit ITwinHosts.StateRefused(key, OTHER, STATE);
        _deliverNext();
        assertEq(_east.hostOf(VEHICLE).server, address(0), "not the host");
        assertFalse(_hasHandedOver(), "main hears nothing");
        (bytes32 r, bytes32 vs) = _sign(VEHICLE_KEY, _orderDigest(order, EAST));
        vm.chainId(EAST);
        vm.expectRevert(abi.encodeWithSelector(ITwinHosts.StateMismatch.selector, key, OTHER, STATE));
        vm.prank(DESTINATION);
        _east.takeOn(order, OTHER, r, vs);
        vm.chainId(MAIN);
        _takeOn(order, STATE);
        _deliverAll();
        assertTrue(_hasHandedOver(), "with the true one it is");
    }

    function test_RevertWhen_AReleaseCannotBe() external {
        HandOver memory order = _order(_id);
        bytes32 key = _west.keyOf(order);
        (bytes32 r, bytes32 vs) = _sign(VEHICLE_KEY, _orderDigest(order, WEST));
        _refuseRelease(order, 0, r, vs, SOURCE, abi.encodeWithSelector(ITwinHosts.InvalidValue.selector, "stateHash"));
        bytes memory notYours = abi.encodeWithSelector(ITwinHosts.NotYours.selector, VEHICLE, DESTINATION);
        _refuseRelease(order, STATE, r, vs, DESTINATION, notYours);
        bytes memory notOrdered = abi.encodeWithSelector(ITwinHosts.NotOrdered.selector, key, VEHICLE);
        _refuseRelease(order, STATE, 0, 0, SOURCE, notOrdered);
        // Signed for the other subchain.
        (bytes32 r2, bytes32 vs2) = _sign(VEHICLE_KEY, _orderDigest(order, EAST));
        _refuseRelease(order, STATE, r2, vs2, SOURCE, notOrdered);
        // By the server, not by the vehicle.
        (r2, vs2) = _sign(SOURCE_KEY, _orderDigest(order, WEST));
        _refuseRelease(order, STATE, r2, vs2, SOURCE, notOrdered);
        HandOver memory other = _order(_id);
        other.source = CLOUD;
        bytes memory notHosted = abi.encodeWithSelector(ITwinHosts.NotHosted.selector, VEHICLE, CLOUD);
        _refuseRelease(other, STATE, 0, 0, VEHICLE, notHosted);
        _release(order, STATE);
        _refuseRelease(order, STATE, r, vs, SOURCE, abi.encodeWithSelector(ITwinHosts.AlreadyDone.selector, key));
    }

    function test_RevertWhen_AnOrderIsNone() external {
        for (uint256 i = 0; i < 8; ++i) {
            HandOver memory order = _order(_id);
            if (i == 0) order.until = uint48(block.timestamp - 1);
            else if (i == 1) order.until = uint48(block.timestamp + 1 days + 1);
            else if (i == 2) order.vehicle = address(0);
            else if (i == 3) order.destination = address(0);
            else if (i == 4) order.destination = SOURCE;
            else if (i == 5) order.sourceChain = EAST;
            else if (i == 6) order.source = address(0);
            else order.sourceChain = 0;
            bytes memory refusal = abi.encodeWithSelector(ITwinHosts.InvalidOrder.selector, _west.keyOf(order));
            _refuseRelease(order, STATE, 0, 0, VEHICLE, refusal);
        }
        HandOver memory elsewhere = _order(_id);
        elsewhere.destinationChain = WEST;
        bytes memory invalid = abi.encodeWithSelector(ITwinHosts.InvalidOrder.selector, _east.keyOf(elsewhere));
        _refuseTaking(elsewhere, STATE, DESTINATION, invalid);
    }

    function test_RevertWhen_ATakingOnCannotBe() external {
        HandOver memory order = _order(_id);
        bytes32 key = _east.keyOf(order);
        bytes memory notYours = abi.encodeWithSelector(ITwinHosts.NotYours.selector, VEHICLE, CLOUD);
        _refuseTaking(order, STATE, CLOUD, notYours);
        vm.chainId(EAST);
        vm.expectRevert(abi.encodeWithSelector(ITwinHosts.NotOrdered.selector, key, VEHICLE));
        vm.prank(DESTINATION);
        _east.takeOn(order, STATE, 0, 0);
        vm.chainId(MAIN);
        // Before it is released the server may correct itself; after both it is done.
        _takeOn(order, OTHER);
        _takeOn(order, STATE);
        _release(order, STATE);
        _deliverAll();
        bytes memory done = abi.encodeWithSelector(ITwinHosts.AlreadyDone.selector, key);
        _refuseTaking(order, STATE, DESTINATION, done);
        _refuseTaking(order, OTHER, DESTINATION, done);
    }

    function test_RevertWhen_ATwinFromNowhereIsTakenOnTwice() external {
        HandOver memory order = _order(_id);
        (order.source, order.sourceChain, order.migration) = (address(0), 0, 9);
        _takeOn(order, STATE);
        assertEq(_east.hostOf(VEHICLE).server, DESTINATION, "at once");
        bytes memory done = abi.encodeWithSelector(ITwinHosts.AlreadyDone.selector, _east.keyOf(order));
        _refuseTaking(order, OTHER, DESTINATION, done);
    }

    /// @dev A twin that was given away and taken on by nobody can be given to another.
    function test_aTwinThatNobodyTookCanGoElsewhere() external {
        _release(_order(_id), STATE);
        vm.warp(block.timestamp + 17);
        _market.expire(_id);
        vm.warp(NOW + 100);
        _offer();
        uint256 id = _request(CLOUD);
        _accept(id);
        _handOver(id, STATE);
        assertEq(_east.hostOf(VEHICLE).server, CLOUD, "host");
    }

    /// @dev What an earlier order brings does not replace what a later one has brought.
    function test_anEarlierOrderThatComesLateChangesNoHost() external {
        HandOver memory early = _order(_id);
        _release(early, STATE);
        _deliverAll();
        HandOver memory late = _order(_id);
        (late.migration, late.destination) = (_id + 1, CLOUD);
        _release(late, OTHER);
        _takeOn(late, OTHER);
        _deliverAll();
        assertEq(_east.hostOf(VEHICLE).server, CLOUD, "the later");
        _takeOn(early, STATE);
        assertEq(_east.hostOf(VEHICLE).server, CLOUD, "still");
    }

    function test_drop() external {
        vm.expectRevert(abi.encodeWithSelector(ITwinHosts.NotYours.selector, VEHICLE, CLOUD));
        vm.prank(CLOUD);
        _west.drop(VEHICLE);
        vm.expectRevert(abi.encodeWithSelector(ITwinHosts.NotHosted.selector, VEHICLE, address(0)));
        _east.drop(VEHICLE);
        vm.prank(SOURCE);
        _west.drop(VEHICLE);
        assertEq(_west.hostOf(VEHICLE).server, address(0), "nobody");
    }

    /// @dev An old host that drops a twin keeps its vehicle no more than one that does not answer; others release nothing.
    function test_aVehicleReleasesATwinThatItsHostDropped() external {
        HandOver memory order = _order(_id);
        vm.chainId(WEST);
        vm.prank(SOURCE);
        _west.drop(VEHICLE);
        (bytes32 r, bytes32 vs) = _sign(VEHICLE_KEY, _orderDigest(order, WEST));
        bytes memory notHosted = abi.encodeWithSelector(ITwinHosts.NotHosted.selector, VEHICLE, SOURCE);
        _refuseRelease(order, STATE, r, vs, SOURCE, notHosted);
        _refuseRelease(order, STATE, r, vs, DESTINATION, notHosted);
        vm.chainId(WEST);
        vm.prank(VEHICLE);
        _west.release(order, STATE, 0, 0);
        vm.chainId(MAIN);
        _takeOn(order, STATE);
        _deliverAll();
        assertTrue(_hasHandedOver(), "main knows");
    }

    /// @dev Of a twin that was dropped an earlier order, which still holds, makes nobody the host.
    function test_anEarlierOrderBringsNoHostBackAfterADrop() external {
        HandOver memory early = _order(_id);
        _release(early, STATE);
        HandOver memory late = _order(_id);
        (late.migration, late.destination) = (_id + 1, CLOUD);
        _release(late, OTHER);
        _deliverAll();
        _takeOn(late, OTHER);
        vm.chainId(EAST);
        vm.prank(CLOUD);
        _east.drop(VEHICLE);
        vm.chainId(MAIN);
        _takeOn(early, STATE);
        assertEq(_east.hostOf(VEHICLE).server, address(0), "nobody");
        assertEq(_east.hostOf(VEHICLE).migration, _id + 1, "by what it came stays known");
    }

    function test_postRoot() external {
        uint32 epoch = _market.epochNow();
        bytes32 root = keccak256("root");
        vm.startPrank(SOURCE);
        vm.expectRevert(abi.encodeWithSelector(ITwinHosts.WrongEpoch.selector, epoch, epoch));
        _west.postRoot(epoch, root, 1);
        vm.warp(block.timestamp + 1_000);
        vm.expectRevert(abi.encodeWithSelector(ITwinHosts.InvalidValue.selector, "root"));
        _west.postRoot(epoch, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(ITwinHosts.InvalidValue.selector, "count"));
        _west.postRoot(epoch, root, 0);
        vm.expectEmit(address(_west));
        emit ITwinHosts.RootPosted(SOURCE, epoch, root, 100);
        _west.postRoot(epoch, root, 100);
        assertEq(_west.rootOf(SOURCE, epoch).root, root, "kept");
        vm.expectRevert(abi.encodeWithSelector(ITwinHosts.RootStands.selector, SOURCE, epoch));
        _west.postRoot(epoch, keccak256("another"), 100);
        vm.warp(block.timestamp + 100);
        vm.expectRevert(abi.encodeWithSelector(ITwinHosts.WrongEpoch.selector, epoch, epoch + 11));
        _west.postRoot(epoch, root, 1);
        vm.stopPrank();
    }

    function test_RevertWhen_AMessageIsNoRelease() external {
        bytes memory body = abi.encode(_report(_order(_id), STATE));
        vm.expectRevert(abi.encodeWithSelector(CrossChainApp.UnexpectedMessage.selector, 1, RELAY));
        _hand(address(_east), EAST, RELAY, address(_relay), uint8(TwinMessageKind.HandedOver), body);
    }

    function _hasHandedOver() private view returns (bool) {
        return _market.migrationOf(_id).flags & 1 == 1;
    }

    function _refuseRelease(
        HandOver memory order,
        bytes32 state,
        bytes32 r,
        bytes32 vs,
        address caller,
        bytes memory refusal
    ) private {
        vm.chainId(WEST);
        vm.expectRevert(refusal);
        vm.prank(caller);
        _west.release(order, state, r, vs);
        vm.chainId(MAIN);
    }

    function _refuseTaking(HandOver memory order, bytes32 state, address caller, bytes memory refusal) private {
        (bytes32 r, bytes32 vs) = _sign(VEHICLE_KEY, _orderDigest(order, EAST));
        vm.chainId(EAST);
        vm.expectRevert(refusal);
        vm.prank(caller);
        _east.takeOn(order, state, r, vs);
        vm.chainId(MAIN);
    }
}
