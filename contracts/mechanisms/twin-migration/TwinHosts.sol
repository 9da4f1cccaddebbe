// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CrossChainApp} from "../../gateway/CrossChainApp.sol";
import {ITwinHosts} from "./ITwinHosts.sol";
import {MigrationSignature} from "./MigrationSignature.sol";
import {
    EPOCH_SECONDS,
    HandOver,
    HandOverReport,
    MOST_EPOCHS_BEHIND,
    MOST_ORDER_SECONDS,
    TwinMessageKind
} from "./MigrationTypes.sol";

/// @title TwinHosts
/// @notice See ITwinHosts. Its owner links it to the relay chain, once, and can do nothing else.
contract TwinHosts is ITwinHosts, CrossChainApp {
    /// @inheritdoc ITwinHosts
    uint256 public immutable RELAY_CHAIN_ID;

    /// @inheritdoc ITwinHosts
    mapping(bytes32 order => bytes32) public releasedState;
    /// @inheritdoc ITwinHosts
    mapping(bytes32 order => bytes32) public takenState;

    mapping(address vehicle => Host) private _hosts;
    mapping(address server => mapping(uint32 epoch => Root)) private _roots;

    constructor(address owner, uint256 relayChainId) CrossChainApp(owner) {
        RELAY_CHAIN_ID = relayChainId;
    }

    /// @inheritdoc ITwinHosts
    function release(HandOver calldata order, bytes32 stateHash, bytes32 r, bytes32 yParityAndS) external {
        bytes32 key = _requireValid(order, stateHash);
        require(order.sourceChain == block.chainid && order.source != address(0), InvalidOrder(key));
        require(releasedState[key] == 0, AlreadyDone(key));
        Host storage host = _hosts[order.vehicle];
        // An old host that dropped the twin keeps nobody either.
        bool isHosted = host.server == order.source || (host.server == address(0) && msg.sender == order.vehicle);
        require(isHosted, NotHosted(order.vehicle, order.source));
        if (msg.sender != order.vehicle) {
            require(msg.sender == order.source, NotYours(order.vehicle, msg.sender));
            require(MigrationSignature.isOrdered(order, r, yParityAndS), NotOrdered(key, order.vehicle));
        }
        host.released = true;
        emit TwinReleased(
            key,
            order.migration,
            order.vehicle,
            order.source,
            order.destination,
            order.destinationChain,
            stateHash
        );
        HandOverReport memory report = HandOverReport(order, stateHash, uint48(block.timestamp));
        if (order.destinationChain == block.chainid) _onReleased(key, report);
        else {
            releasedState[key] = stateHash;
            _tell(TwinMessageKind.Released, report);
        }
    }

    /// @inheritdoc ITwinHosts
    function takeOn(HandOver calldata order, bytes32 stateHash, bytes32 r, bytes32 yParityAndS) external {
        bytes32 key = _requireValid(order, stateHash);
        require(order.destinationChain == block.chainid, InvalidOrder(key));
        require(msg.sender == order.destination, NotYours(order.vehicle, msg.sender));
        require(MigrationSignature.isOrdered(order, r, yParityAndS), NotOrdered(key, order.vehicle));
        bytes32 released = releasedState[key];
        bool fromNowhere = order.source == address(0);
        // What was released and taken on is done; another state than was released is not kept.
        require(takenState[key] == 0 || (released == 0 && !fromNowhere), AlreadyDone(key));
        require(released == 0 || released == stateHash, StateMismatch(key, stateHash, released));
        takenState[key] = stateHash;
        emit TwinTakenOn(key, order.migration, order.vehicle, order.destination, stateHash);
        if (released == 0 && !fromNowhere) return;
        _finish(key, HandOverReport(order, stateHash, uint48(block.timestamp)));
    }

    /// @inheritdoc ITwinHosts
    function drop(address vehicle) external {
        address server = _hosts[vehicle].server;
        require(server != address(0), NotHosted(vehicle, server));
        require(msg.sender == vehicle || msg.sender == server, NotYours(vehicle, msg.sender));
        // By which migration it came stays: earlier orders bring no host back.
        (_hosts[vehicle].server, _hosts[vehicle].released) = (address(0), false);
        emit TwinDropped(vehicle, server);
    }

    /// @inheritdoc ITwinHosts
    function postRoot(uint32 epoch, bytes32 root, uint32 count) external {
        uint256 running = block.timestamp / EPOCH_SECONDS;
        require(epoch < running && epoch + MOST_EPOCHS_BEHIND >= running, WrongEpoch(epoch, running));
        require(root != 0, InvalidValue("root"));
        require(count > 0, InvalidValue("count"));
        require(_roots[msg.sender][epoch].root == 0, RootStands(msg.sender, epoch));
        _roots[msg.sender][epoch] = Root(root, count);
        emit RootPosted(msg.sender, epoch, root, count);
    }

    /// @inheritdoc ITwinHosts
    function hostOf(address vehicle) external view returns (Host memory) {
        return _hosts[vehicle];
    }

    /// @inheritdoc ITwinHosts
    function rootOf(address server, uint32 epoch) external view returns (Root memory) {
        return _roots[server][epoch];
    }

    /// @inheritdoc ITwinHosts
    function keyOf(HandOver calldata order) public pure returns (bytes32) {
        return keccak256(abi.encode(order));
    }

    function _onMessage(uint256 originChainId, bytes32 receiveId, uint8 kind, bytes memory body) internal override {
        require(kind == uint8(TwinMessageKind.Released), UnexpectedMessage(kind, originChainId));
        HandOverReport memory report = abi.decode(body, (HandOverReport));
        bytes32 key = keccak256(abi.encode(report.order));
        emit ReleaseArrived(key, report.order.migration, report.stateHash, receiveId);
        _onReleased(key, report);
    }

    function _isCounterpartChain(uint256 chainId) internal view override returns (bool) {
        return chainId == RELAY_CHAIN_ID;
    }

    /// @dev A twin is free for its new host on this chain, which may have it already.
    function _onReleased(bytes32 key, HandOverReport memory report) private {
        releasedState[key] = report.stateHash;
        bytes32 taken = takenState[key];
        if (taken == 0) return;
        if (taken == report.stateHash) {
            report.reportedAt = uint48(block.timestamp);
            _finish(key, report);
        } else {
            delete takenState[key];
            emit StateRefused(key, taken, report.stateHash);
        }
    }

    function _finish(bytes32 key, HandOverReport memory report) private {
        HandOver memory order = report.order;
        Host storage host = _hosts[order.vehicle];
        if (host.migration < order.migration) {
            (host.server, host.released, host.migration) = (order.destination, false, order.migration);
            emit HostChanged(order.vehicle, order.destination, order.migration, key, report.stateHash);
        }
        _tell(TwinMessageKind.HandedOver, report);
    }

    function _tell(TwinMessageKind kind, HandOverReport memory report) private {
        _send(RELAY_CHAIN_ID, uint8(kind), abi.encode(report));
    }

    /// @dev What both ends of a hand-over need of an order; answers its key.
    function _requireValid(HandOver calldata order, bytes32 stateHash) private view returns (bytes32 key) {
        key = keyOf(order);
        require(
            order.vehicle != address(0) &&
                order.destination != address(0) &&
                order.destination != order.source &&
                order.until >= block.timestamp &&
                order.until <= block.timestamp + MOST_ORDER_SECONDS,
            InvalidOrder(key)
        );
        require(stateHash != 0, InvalidValue("stateHash"));
    }
}
