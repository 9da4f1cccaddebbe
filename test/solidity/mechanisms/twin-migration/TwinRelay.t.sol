// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CrossChainApp} from "../../../../contracts/gateway/CrossChainApp.sol";
import {ITwinRelay} from "../../../../contracts/mechanisms/twin-migration/ITwinRelay.sol";
import {HandOver, TwinMessageKind} from "../../../../contracts/mechanisms/twin-migration/MigrationTypes.sol";
import {TwinFixture} from "./TwinFixture.sol";

contract TwinRelayTest is TwinFixture {
    uint8 private constant RELEASED = uint8(TwinMessageKind.Released);
    uint8 private constant HANDED_OVER = uint8(TwinMessageKind.HandedOver);

    HandOver private _handed;
    bytes32 private _key;

    function setUp() external {
        _deploy();
        _open();
        _handed = HandOver(5, VEHICLE, SOURCE, WEST, DESTINATION, EAST, uint48(NOW + 60));
        _key = keccak256(abi.encode(_handed));
    }

    function test_aReleaseGoesToTheNewHostsChain() external {
        bytes memory body = abi.encode(_report(_handed, STATE));
        vm.expectEmit(address(_relay));
        emit ITwinRelay.HandOverForwarded(TwinMessageKind.Released, _key, WEST, EAST, 0, keccak256(body));
        _say(WEST, address(_west), RELEASED, body);
        assertEq(_gateway.last().chainId, EAST, "to");
        assertEq(_gateway.last().recipient, address(_east), "whom");
        assertEq(_gateway.last().body, body, "as it came");
        assertEq(_relay.recordOf(TwinMessageKind.Released, _key), keccak256(body), "recorded");
    }

    function test_aHandOverGoesToMain() external {
        bytes memory body = abi.encode(_report(_handed, STATE));
        _say(EAST, address(_east), HANDED_OVER, body);
        assertEq(_gateway.last().recipient, address(_market), "whom");
        assertEq(_gateway.last().kind, HANDED_OVER, "kind");
    }

    /// @dev A subchain that says something else on the same order later is not heard.
    function test_onlyTheFirstStatementCounts() external {
        bytes memory body = abi.encode(_report(_handed, STATE));
        _say(EAST, address(_east), HANDED_OVER, body);
        uint256 sent = _gateway.count();
        bytes32 recorded = keccak256(body);
        vm.expectEmit(address(_relay));
        emit ITwinRelay.HandOverStopped(TwinMessageKind.HandedOver, _key, EAST, 0, recorded);
        _say(EAST, address(_east), HANDED_OVER, abi.encode(_report(_handed, keccak256("another"))));
        assertEq(_gateway.count(), sent, "nothing is passed on");
    }

    function test_RevertWhen_AChainSpeaksForAnother() external {
        bytes memory body = abi.encode(_report(_handed, STATE));
        _refuses(EAST, address(_east), RELEASED, body, abi.encodeWithSelector(ITwinRelay.WrongReporter.selector, EAST, WEST));
        _refuses(WEST, address(_west), HANDED_OVER, body, abi.encodeWithSelector(ITwinRelay.WrongReporter.selector, WEST, EAST));
        _refuses(MAIN, address(_market), HANDED_OVER, body, abi.encodeWithSelector(CrossChainApp.UnexpectedMessage.selector, 1, MAIN));
        _refuses(WEST, address(_west), 2, body, abi.encodeWithSelector(CrossChainApp.UnexpectedMessage.selector, 2, WEST));
    }

    /// @dev A vehicle can name any chain in its order: the message must not wait for ever.
    function test_anOrderToNoChainOfThisMarketIsStopped() external {
        uint64[3] memory nowhere = [uint64(0), 77, MAIN];
        for (uint256 i = 0; i < 3; ++i) {
            _handed.destinationChain = nowhere[i];
            uint256 sent = _gateway.count();
            _say(WEST, address(_west), RELEASED, abi.encode(_report(_handed, STATE)));
            assertEq(_gateway.count(), sent, "nothing is passed on");
        }
    }

    function _say(uint64 origin, address sender, uint8 kind, bytes memory body) private {
        _hand(address(_relay), RELAY, origin, sender, kind, body);
    }

    function _refuses(
        uint64 origin,
        address sender,
        uint8 kind,
        bytes memory body,
        bytes memory refusal
    ) private {
        vm.expectRevert(refusal);
        this.say(origin, sender, kind, body);
    }

    function say(uint64 origin, address sender, uint8 kind, bytes memory body) external {
        _say(origin, sender, kind, body);
    }
}
