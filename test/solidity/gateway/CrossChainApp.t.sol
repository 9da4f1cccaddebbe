// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {CrosschainLinked} from "@openzeppelin/contracts/crosschain/CrosschainLinked.sol";
import {ERC7786Recipient} from "@openzeppelin/contracts/crosschain/ERC7786Recipient.sol";
import {IERC7786GatewaySource, IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {CrossChainApp} from "../../../contracts/gateway/CrossChainApp.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {MessageKind} from "../../../contracts/types/Messages.sol";
import {TaskId} from "../../../contracts/types/TaskTypes.sol";
import {TaskManagerFixture} from "../main/TaskManagerFixture.sol";
import {MarketApp} from "./MarketApp.sol";

/// @dev A market beside the task manager: the same chain, gateway, escrow, token and numbers.
contract CrossChainAppTest is TaskManagerFixture {
    address private immutable MARKET = account("market on the relay chain");

    MarketApp private _market;

    function setUp() external {
        _deploy();
        _market = new MarketApp(address(this), RELAY, _escrow);
        _market.link(address(_gateway), _at(RELAY, MARKET));
        vm.prank(PUBLISHER);
        _token.approve(address(_market), type(uint256).max);
    }

    function test_applicationsRunSideBySide() external {
        _publish();
        vm.prank(PUBLISHER);
        _market.offer(1, _token, 700);
        assertEq(_gateway.last().kind, 200, "kind");
        assertEq(_gateway.last().recipient, MARKET, "recipient");
        assertEq(_held(TASK), BUDGET, "the task's");
        assertEq(_escrow.heldBy(address(_market), 1), 700, "the offer's");
        bytes memory body = abi.encode(uint256(1), _worker(0), uint256(300));
        vm.expectEmit(address(_market));
        emit MarketApp.Sold(1, _worker(0), 300);
        _tell(address(_market), MARKET, abi.encode(uint8(200), body));
        assertEq(_token.balanceOf(_worker(0)), 300, "sold");
        // Not even an account of the same number pays for more than its own.
        body = abi.encode(uint256(1), _worker(0), uint256(401));
        bytes memory refusal = abi.encodeWithSelector(
            IRewardEscrow.InsufficientEscrow.selector,
            address(_market),
            1,
            401,
            400
        );
        _refuses(address(_market), MARKET, abi.encode(uint8(200), body), refusal);
        assertEq(_held(TASK), BUDGET, "the task's is whole");
    }

    function test_send_WritesKindAndBody() external {
        PayloadGateway gateway = new PayloadGateway();
        MarketApp market = new MarketApp(address(this), RELAY, _escrow);
        market.link(address(gateway), _at(RELAY, MARKET));
        vm.startPrank(PUBLISHER);
        _token.approve(address(market), 1);
        market.offer(9, _token, 1);
        vm.stopPrank();
        assertEq(gateway.recipient(), _at(RELAY, MARKET), "recipient");
        assertEq(gateway.payload(), abi.encode(uint8(200), abi.encode(uint256(9))), "payload");
    }

    /// @dev An application's messages come from its own counterpart, not from another application's.
    function test_RevertWhen_TheMessageIsAnotherApplications() external {
        bytes memory payload = abi.encode(uint8(MessageKind.TaskRejected), "");
        address[2] memory apps = [address(_manager), address(_market)];
        address[2] memory senders = [MARKET, RELAY_APP];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory refusal = abi.encodeWithSelector(
                ERC7786Recipient.ERC7786RecipientUnauthorizedGateway.selector,
                address(_gateway),
                _at(RELAY, senders[i])
            );
            _refuses(apps[i], senders[i], payload, refusal);
        }
    }

    /// @dev Nor from anything that only looks like its counterpart: cut, lengthened, or another form of its chain.
    function test_RevertWhen_TheSenderIsInAnotherForm() external {
        bytes[9] memory senders = [
            bytes(""),
            hex"0001000002",
            hex"000100000203ea",
            InteroperableAddress.formatEvmV1(RELAY),
            abi.encodePacked(_at(RELAY, RELAY_APP), uint8(0)),
            abi.encodePacked(hex"0001000003", uint24(RELAY), uint8(20), RELAY_APP),
            abi.encodePacked(hex"0001000102", uint16(RELAY), uint8(20), RELAY_APP),
            abi.encodePacked(hex"00010000ff", uint16(RELAY), uint8(20), RELAY_APP),
            abi.encodePacked(hex"0001000000", uint8(20), RELAY_APP)
        ];
        bytes memory payload = abi.encode(uint8(MessageKind.TaskRejected), "");
        for (uint256 i = 0; i < senders.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ERC7786Recipient.ERC7786RecipientUnauthorizedGateway.selector,
                    address(_gateway),
                    senders[i]
                )
            );
            vm.prank(address(_gateway));
            _manager.receiveMessage(bytes32(uint256(1)), senders[i], payload);
        }
    }

    /// @dev Every byte of the counterpart changed, in turn, and whoever says that it is the gateway.
    function testFuzz_RevertWhen_TheSenderOrTheGatewayIsAnother(uint256 place, uint8 value, address gateway) external {
        bytes memory sender = _at(RELAY, RELAY_APP);
        bytes memory payload = abi.encode(uint8(MessageKind.TaskRejected), "");
        place = bound(place, 0, sender.length - 1);
        if (uint8(sender[place]) == value) {
            if (gateway == address(_gateway)) return;
        } else {
            sender[place] = bytes1(value);
            gateway = address(_gateway);
        }
        vm.expectRevert(
            abi.encodeWithSelector(ERC7786Recipient.ERC7786RecipientUnauthorizedGateway.selector, gateway, sender)
        );
        vm.prank(gateway);
        _manager.receiveMessage(bytes32(uint256(1)), sender, payload);
    }

    /// @dev Kinds are the application's own, up to the last of them.
    function test_RevertWhen_TheKindIsNoneOfTheApplications() external {
        for (uint256 kind = uint256(type(MessageKind).max) + 1; kind <= type(uint8).max; kind += 50) {
            bytes memory refusal = abi.encodeWithSelector(CrossChainApp.UnexpectedMessage.selector, kind, RELAY);
            _refuses(address(_manager), RELAY_APP, abi.encode(kind, bytes("")), refusal);
        }
        bytes memory none = abi.encodeWithSelector(CrossChainApp.UnexpectedMessage.selector, 0, RELAY);
        _refuses(address(_market), MARKET, abi.encode(uint8(0), bytes("")), none);
        // Wider than a kind: not read as its last byte.
        vm.expectRevert();
        _tell(address(_manager), RELAY_APP, abi.encode(uint256(256), bytes("")));
        vm.expectRevert();
        _tell(address(_manager), RELAY_APP, "");
    }

    function test_link() external {
        MarketApp market = new MarketApp(address(this), RELAY, _escrow);
        vm.expectEmit(address(market));
        emit CrosschainLinked.LinkRegistered(address(_gateway), _at(RELAY, MARKET));
        market.link(address(_gateway), _at(RELAY, MARKET));
        bytes memory chain = InteroperableAddress.formatEvmV1(RELAY);
        vm.expectRevert(abi.encodeWithSelector(CrosschainLinked.LinkAlreadyRegistered.selector, chain));
        market.link(address(_gateway), _at(RELAY, RELAY_APP));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, MARKET));
        vm.prank(MARKET);
        market.link(address(_gateway), _at(RELAY, MARKET));
    }

    /// @dev Only the form that gateways write: any other of the same chain would be a second link to it.
    function test_RevertWhen_TheCounterpartIsNotInCanonicalForm() external {
        MarketApp market = new MarketApp(address(this), RELAY, _escrow);
        bytes memory canonical = _at(RELAY, MARKET);
        bytes[8] memory others = [
            abi.encodePacked(hex"0001000003", uint24(RELAY), uint8(20), MARKET),
            abi.encodePacked(canonical, uint8(0)),
            abi.encodePacked(hex"0002000002", uint16(RELAY), uint8(20), MARKET),
            abi.encodePacked(hex"0001000102", uint16(RELAY), uint8(20), MARKET),
            abi.encodePacked(hex"0001000002", uint16(RELAY), uint8(19), MARKET),
            abi.encodePacked(hex"0001000002", uint16(RELAY), uint8(0), MARKET),
            abi.encodePacked(hex"0001000001", uint16(RELAY), uint8(20), MARKET),
            _at(RELAY + 1, MARKET)
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(CrossChainApp.InvalidCounterpart.selector, others[i]));
            market.link(address(_gateway), others[i]);
        }
        bytes[4] memory broken = [
            bytes(""),
            hex"00010000",
            InteroperableAddress.formatEvmV1(RELAY),
            abi.encodePacked(hex"00010000ff", uint16(RELAY), uint8(20), MARKET)
        ];
        for (uint256 i = 0; i < broken.length; ++i) {
            vm.expectRevert();
            market.link(address(_gateway), broken[i]);
        }
        market.link(address(_gateway), canonical);
    }

    /// @dev Every byte of the canonical form changed, in turn.
    function testFuzz_RevertWhen_AByteOfTheFormIsAnother(uint256 place, uint8 value) external {
        MarketApp market = new MarketApp(address(this), RELAY, _escrow);
        bytes memory form = _at(RELAY, MARKET);
        // All but the address itself, which may be any.
        place = bound(place, 0, 7);
        if (uint8(form[place]) == value) return;
        form[place] = bytes1(value);
        vm.expectRevert();
        market.link(address(_gateway), form);
    }

    function _tell(address app, address sender, bytes memory payload) private {
        bytes memory from = _at(RELAY, sender);
        vm.prank(address(_gateway));
        IERC7786Recipient(app).receiveMessage(bytes32(uint256(1)), from, payload);
    }

    function _refuses(address app, address sender, bytes memory payload, bytes memory refusal) private {
        bytes memory from = _at(RELAY, sender);
        vm.expectRevert(refusal);
        vm.prank(address(_gateway));
        IERC7786Recipient(app).receiveMessage(bytes32(uint256(1)), from, payload);
    }
}

/// @dev Keeps the last message as it is.
contract PayloadGateway is IERC7786GatewaySource {
    bytes public recipient;
    bytes public payload;

    function sendMessage(
        bytes calldata recipient_,
        bytes calldata payload_,
        bytes[] calldata
    ) external payable returns (bytes32) {
        (recipient, payload) = (recipient_, payload_);
        return 0;
    }

    function supportsAttribute(bytes4) external pure returns (bool) {
        return false;
    }
}
