// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IGateway} from "../interfaces/IGateway.sol";
import {Guarded} from "./Guarded.sol";
import {RateLimit} from "./RateLimit.sol";

/// @title Routes of a gateway: whom it believes, and what stops or slows deliveries
/// @notice Nothing here touches what is sent: a send that could be blocked would block refunds.
abstract contract Routes is IGateway, Guarded {
    using RateLimit for RateLimit.Bucket;

    /// @dev Two slots, and a third that only limited routes read and write. `openSince` is from the last time that the
    /// route was opened, also while it is closed again.
    struct RouteState {
        address gateway;
        bool paused;
        bool frozen;
        bool limited;
        uint48 openSince;
        address verifier;
        RateLimit.Bucket bucket;
    }

    struct ScheduledVerifier {
        address verifier;
        uint48 activeFrom;
    }

    mapping(uint64 chainId => RouteState) private _routes;
    mapping(uint64 chainId => ScheduledVerifier) private _scheduled;

    /// @inheritdoc IGateway
    function openRoute(uint64 chainId, address gateway, address verifier) external onlyOwner {
        RouteState storage route = _routes[chainId];
        bool possible = chainId != block.chainid && gateway != address(0) && verifier != address(0);
        require(possible && route.gateway == address(0), InvalidRoute(chainId));
        route.gateway = gateway;
        route.verifier = verifier;
        route.openSince = uint48(block.timestamp);
        emit RouteOpened(chainId, gateway, verifier);
    }

    /// @inheritdoc IGateway
    function setLimit(uint64 chainId, uint32 burst, uint32 perMinute) external onlyOwner {
        RouteState storage route = _routeTo(chainId);
        route.limited = burst != 0;
        route.bucket = RateLimit.full(burst, perMinute);
        emit LimitSet(chainId, burst, perMinute);
    }

    /// @inheritdoc IGateway
    function scheduleVerifier(uint64 chainId, address verifier) external onlyOwner {
        _routeTo(chainId);
        require(verifier != address(0), InvalidRoute(chainId));
        uint48 activeFrom = _activeFrom();
        _scheduled[chainId] = ScheduledVerifier(verifier, activeFrom);
        emit VerifierScheduled(chainId, verifier, activeFrom);
    }

    /// @inheritdoc IGateway
    function cancelVerifier(uint64 chainId) external onlyGuardianOrOwner {
        address verifier = _scheduled[chainId].verifier;
        require(verifier != address(0), NotScheduled(chainId));
        delete _scheduled[chainId];
        emit VerifierCancelled(chainId, verifier);
    }

    /// @inheritdoc IGateway
    function applyVerifier(uint64 chainId) external {
        ScheduledVerifier memory scheduled = _scheduled[chainId];
        require(_isDue(scheduled.activeFrom), NotScheduled(chainId));
        delete _scheduled[chainId];
        _routes[chainId].verifier = scheduled.verifier;
        emit VerifierChanged(chainId, scheduled.verifier);
    }

    /// @inheritdoc IGateway
    function pause(uint64 chainId) external onlyGuardianOrOwner {
        _routeTo(chainId).paused = true;
        emit RoutePaused(chainId, msg.sender);
    }

    /// @inheritdoc IGateway
    function unpause(uint64 chainId) external onlyOwner {
        RouteState storage route = _routeTo(chainId);
        if (route.paused) (route.paused, route.openSince) = (false, uint48(block.timestamp));
        emit RouteUnpaused(chainId);
    }

    /// @inheritdoc IGateway
    function unfreeze(uint64 chainId) external onlyOwner {
        RouteState storage route = _routeTo(chainId);
        if (route.frozen) (route.frozen, route.openSince) = (false, uint48(block.timestamp));
        emit RouteUnfrozen(chainId);
    }

    /// @inheritdoc IGateway
    function routeOf(uint64 chainId) external view returns (Route memory) {
        RouteState storage route = _routes[chainId];
        RateLimit.Bucket memory bucket = route.bucket;
        return
            Route({
                gateway: route.gateway,
                paused: route.paused,
                frozen: route.frozen,
                verifier: route.verifier,
                burst: bucket.burst,
                perMinute: bucket.perMinute
            });
    }

    /// @inheritdoc IGateway
    function openSince(uint64 chainId) external view returns (uint48) {
        RouteState storage route = _routes[chainId];
        return route.paused || route.frozen ? 0 : route.openSince;
    }

    /// @inheritdoc IGateway
    function scheduledVerifier(uint64 chainId) external view returns (address verifier, uint48 activeFrom) {
        ScheduledVerifier memory scheduled = _scheduled[chainId];
        return (scheduled.verifier, scheduled.activeFrom);
    }

    /// @dev The route to or from a chain; reverts when there is none.
    function _routeTo(uint256 chainId) internal view returns (RouteState storage route) {
        // A chain id of more than 64 bits is not one of 64 bits.
        route = _routes[uint64(chainId)];
        require(chainId <= type(uint64).max && route.gateway != address(0), UnknownRoute(chainId));
    }

    /// @dev The route from a chain; reverts when nothing may be delivered on it.
    function _routeForDelivery(uint64 origin) internal view returns (RouteState storage route) {
        route = _routeTo(origin);
        (bool paused, bool frozen) = (route.paused, route.frozen);
        require(!paused, RouteIsPaused(origin));
        require(!frozen, RouteIsFrozen(origin));
    }

    /// @notice Counts one delivery against a route's limit.
    /// @return retrySeconds Zero if it may be; else after how many seconds it may.
    function _takeFromLimit(RouteState storage route) internal returns (uint256 retrySeconds) {
        if (!route.limited) return 0;
        RateLimit.Bucket memory bucket = route.bucket;
        retrySeconds = bucket.take();
        if (retrySeconds == 0) route.bucket = bucket;
    }

    /// @dev Takes back the counting of one delivery.
    function _putBackToLimit(RouteState storage route) internal {
        if (!route.limited) return;
        RateLimit.Bucket memory bucket = route.bucket;
        bucket.putBack();
        route.bucket = bucket;
    }
}
