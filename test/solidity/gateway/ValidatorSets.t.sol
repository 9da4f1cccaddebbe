// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {CheckpointVerifier} from "../../../contracts/gateway/CheckpointVerifier.sol";
import {IGateway} from "../../../contracts/interfaces/IGateway.sol";
import {IGuarded} from "../../../contracts/interfaces/IGuarded.sol";
import {IValidatorSets} from "../../../contracts/interfaces/IValidatorSets.sol";
import {GatewayFixture} from "./GatewayFixture.sol";

contract ValidatorSetsTest is GatewayFixture {
    uint64 private constant OTHER = 1003;

    IValidatorSets.ValidatorSet private _other;

    function setUp() external {
        _deploy();
        uint256[] memory keys = new uint256[](2);
        (keys[0], keys[1]) = (_keys[0], _keys[2]);
        _other = _set(2, keys);
    }

    function test_initializeValidators() external {
        vm.expectEmit(address(_verifier));
        emit IValidatorSets.ValidatorsChanged(OTHER, 2, _other.validators);
        _verifier.initializeValidators(OTHER, _other);
        assertEq(abi.encode(_verifier.validatorsOf(OTHER)), abi.encode(_other), "set");
        vm.expectRevert(abi.encodeWithSelector(IValidatorSets.AlreadyInitialized.selector, OTHER));
        _verifier.initializeValidators(OTHER, _other);
    }

    function test_initializeValidators_OfAnyThresholdAboveHalfOfTheSet() external {
        for (uint8 threshold = 2; threshold <= 3; ++threshold) {
            _verifier.initializeValidators(OTHER + threshold, _set(threshold, _keys));
        }
        _verifier.initializeValidators(OTHER, IValidatorSets.ValidatorSet(255, _ascending(255)));
        assertEq(_verifier.validatorsOf(OTHER).validators.length, 255, "the most");
    }

    function test_RevertWhen_TheSetIsUnsound() external {
        address[] memory validators = _set(1, _keys).validators;
        _refuses(0, validators);
        _refuses(1, validators);
        _refuses(4, validators);
        // Half is not above half.
        _refuses(2, _ascending(4));
        _refuses(127, _ascending(254));
        _refuses(1, new address[](0));
        _refuses(0, new address[](0));
        _refuses(1, new address[](1));
        _refuses(200, _ascending(256));
        (validators[0], validators[1]) = (validators[1], validators[0]);
        _refuses(2, validators);
        validators[0] = validators[1];
        _refuses(2, validators);
    }

    function test_scheduleValidators() external {
        uint48 activeFrom = uint48(block.timestamp) + DELAY;
        vm.expectEmit(address(_verifier));
        emit IValidatorSets.ValidatorsScheduled(ORIGIN, 2, _other.validators, activeFrom);
        _verifier.scheduleValidators(ORIGIN, _other);
        (IValidatorSets.ValidatorSet memory set, uint48 from) = _verifier.scheduledValidators(ORIGIN);
        assertEq(abi.encode(set), abi.encode(_other), "scheduled");
        assertEq(from, activeFrom, "active from");

        IGateway.Message memory message = _send(address(_recipient), "before");
        vm.warp(activeFrom - 1);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.NotScheduled.selector, ORIGIN));
        _verifier.applyValidators(ORIGIN);
        bytes memory proof = _prove(message);
        vm.warp(activeFrom);
        // Those who vouched do so until somebody applies the change.
        assertTrue(_delivers(message, proof), "by the former");
        vm.expectEmit(address(_verifier));
        emit IValidatorSets.ValidatorsChanged(ORIGIN, 2, _other.validators);
        vm.prank(SENDER);
        _verifier.applyValidators(ORIGIN);
        assertEq(abi.encode(_verifier.validatorsOf(ORIGIN)), abi.encode(_other), "changed");
        (set, from) = _verifier.scheduledValidators(ORIGIN);
        assertEq(set.validators.length + set.threshold + from, 0, "nothing is scheduled any more");

        message = _send(address(_recipient), "after");
        proof = _prove(message);
        vm.expectRevert(abi.encodeWithSelector(IValidatorSets.StaleValidators.selector, ORIGIN));
        _destination.deliver(ORIGIN, message, proof);
        bytes32 digest = _digest(ORIGIN, address(_origin), _rootOf(2), 1);
        bytes memory signers = abi.encodePacked(
            _packed(_other),
            _signature(_keys[0], digest),
            _signature(_keys[2], digest)
        );
        assertTrue(_delivers(message, _proof(_one(message), 2, signers)), "by the new");
        vm.expectRevert(abi.encodeWithSelector(IGuarded.NotScheduled.selector, ORIGIN));
        _verifier.applyValidators(ORIGIN);
    }

    function test_scheduleValidators_ReplacesAnEarlierOne() external {
        _verifier.scheduleValidators(ORIGIN, _other);
        vm.warp(block.timestamp + DELAY - 1);
        _verifier.scheduleValidators(ORIGIN, _set(3, _keys));
        vm.warp(block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.NotScheduled.selector, ORIGIN));
        _verifier.applyValidators(ORIGIN);
        vm.warp(block.timestamp + DELAY);
        _verifier.applyValidators(ORIGIN);
        assertEq(_verifier.validatorsOf(ORIGIN).threshold, 3, "the later one");
    }

    function test_cancelValidators() external {
        _verifier.scheduleValidators(ORIGIN, _other);
        vm.expectEmit(address(_verifier));
        emit IValidatorSets.ValidatorsCancelled(ORIGIN);
        vm.prank(GUARDIAN);
        _verifier.cancelValidators(ORIGIN);
        vm.warp(block.timestamp + DELAY);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.NotScheduled.selector, ORIGIN));
        _verifier.applyValidators(ORIGIN);
        vm.expectRevert(abi.encodeWithSelector(IGuarded.NotScheduled.selector, ORIGIN));
        _verifier.cancelValidators(ORIGIN);
        assertEq(_verifier.validatorsOf(ORIGIN).threshold, 2, "unchanged");
    }

    function test_RevertWhen_TheScheduledSetIsUnsound() external {
        _other.threshold = 3;
        vm.expectRevert(abi.encodeWithSelector(IValidatorSets.InvalidValidators.selector, ORIGIN));
        _verifier.scheduleValidators(ORIGIN, _other);
    }

    function test_RevertWhen_NobodyVouchesForTheChain() external {
        vm.expectRevert(abi.encodeWithSelector(IValidatorSets.UnknownChain.selector, OTHER));
        _verifier.scheduleValidators(OTHER, _other);
        vm.expectRevert(abi.encodeWithSelector(IValidatorSets.UnknownChain.selector, OTHER));
        _verifier.validatorsOf(OTHER);
        (, uint48 from) = _verifier.scheduledValidators(OTHER);
        assertEq(from, 0, "nothing is scheduled");
        vm.expectRevert(abi.encodeWithSelector(IGuarded.NotScheduled.selector, OTHER));
        _verifier.applyValidators(OTHER);
    }

    function test_RevertWhen_CallerMayNot() external {
        bytes[3] memory calls = [
            abi.encodeCall(IValidatorSets.initializeValidators, (OTHER, _other)),
            abi.encodeCall(IValidatorSets.scheduleValidators, (ORIGIN, _other)),
            abi.encodeCall(IGuarded.setGuardian, (SENDER))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            _refusesCaller(SENDER, calls[i], Ownable.OwnableUnauthorizedAccount.selector);
            _refusesCaller(GUARDIAN, calls[i], Ownable.OwnableUnauthorizedAccount.selector);
        }
        _verifier.scheduleValidators(ORIGIN, _other);
        bytes memory cancel = abi.encodeCall(IValidatorSets.cancelValidators, (ORIGIN));
        _refusesCaller(SENDER, cancel, IGuarded.NotGuardian.selector);
        _verifier.cancelValidators(ORIGIN);
    }

    function test_RevertWhen_TheDelayIsZero() external {
        vm.expectRevert(IGuarded.InvalidDelay.selector);
        new CheckpointVerifier(address(this), 0);
    }

    function _refuses(uint8 threshold, address[] memory validators) private {
        vm.expectRevert(abi.encodeWithSelector(IValidatorSets.InvalidValidators.selector, OTHER));
        _verifier.initializeValidators(OTHER, IValidatorSets.ValidatorSet(threshold, validators));
    }

    function _refusesCaller(address caller, bytes memory call, bytes4 selector) private {
        vm.prank(caller);
        (bool done, bytes memory reason) = address(_verifier).call(call);
        assertFalse(done, "done");
        assertEq(reason, abi.encodeWithSelector(selector, caller), "reason");
    }

    function _ascending(uint160 count) private pure returns (address[] memory validators) {
        validators = new address[](count);
        for (uint160 i = 0; i < count; ++i) validators[i] = address(i + 1);
    }
}
