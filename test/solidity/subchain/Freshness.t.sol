// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {ILearningSubchain} from "../../../contracts/interfaces/ILearningSubchain.sol";
import {IMeter} from "../../../contracts/interfaces/IMeter.sol";
import {IMeterRegistry} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {IWorkerRegistry} from "../../../contracts/interfaces/IWorkerRegistry.sol";
import {AoIMeter} from "../../../contracts/mechanisms/aoi-contract/AoIMeter.sol";
import {IAoIMeter} from "../../../contracts/mechanisms/aoi-contract/IAoIMeter.sol";
import {TaskStatus} from "../../../contracts/types/Messages.sol";
import {Space, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {SubchainFixture} from "./SubchainFixture.sol";

contract EnrolTest is SubchainFixture {
    function setUp() external {
        _deploy(Space.Physical);
        _arrive();
    }

    function test_enrol() external {
        for (uint256 i = 0; i < 4; ++i) {
            uint16 item = uint16(2 - (i % 3));
            vm.expectEmit(address(_subchain));
            emit ILearningSubchain.WorkerEnrolled(TASK, _worker(i), uint32(i), _choice(item));
            _enrol(i, item);
            ILearningSubchain.Worker memory worker = _workerState(i);
            assertTrue(worker.enrolled, "enrolled");
            assertEq(worker.index, i, "index");
            assertEq(worker.device, _device(i), "device");
            assertEq(_freshness(i).item, item, "item");
            assertEq(_freshness(i).period, _menu()[item].period, "period");
        }
        assertEq(_subchain.taskOf(TASK).enrolled, 4, "enrolled");
    }

    function test_enrol_UntilTheEpochBegins() external {
        vm.warp(START - 1);
        _enrol(0, 0);
        vm.warp(START);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.EnrolmentClosed.selector, TASK, START));
        _enrol(1, 0);
    }

    function test_RevertWhen_TaskIsNotOpen() external {
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.TaskNotOpen.selector, TaskId.wrap(2)));
        vm.prank(_worker(0));
        _subchain.enrol(TaskId.wrap(2), _choice(0));
        _end(TaskStatus.Expired);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.TaskNotOpen.selector, TASK));
        _enrol(0, 0);
    }

    function test_RevertWhen_WorkerIsNotRegistered() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.NotRegistered.selector, _worker(10)));
        _enrol(10, 0);
        _registry.revoke(_worker(0));
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.NotRegistered.selector, _worker(0)));
        _enrol(0, 0);
    }

    function test_RevertWhen_EnrolledTwice() external {
        _enrol(0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.AlreadyEnrolled.selector, TASK, _worker(0)));
        _enrol(0, 1);
    }

    function test_RevertWhen_TaskIsFull() external {
        _deploy(Space.Physical);
        TaskTerms memory terms = _terms();
        terms.maxWorkers = 2;
        _arrive(terms);
        _enrolMany(2);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.TaskFull.selector, TASK, 2));
        _enrol(2, 0);
    }

    function test_RevertWhen_ItemIsUnknown() external {
        vm.expectRevert(abi.encodeWithSelector(IAoIMeter.UnknownItem.selector, TASK, 3, 3));
        _enrol(0, 3);
        assertFalse(_workerState(0).enrolled, "not enrolled");
        assertEq(_subchain.taskOf(TASK).enrolled, 0, "and no place taken");
    }

    /// @dev Each choice has one encoding.
    function test_RevertWhen_ChoiceIsNotEncodedSo() external {
        bytes[4] memory choices = [bytes(""), hex"01", abi.encodePacked(_choice(0), uint8(0)), abi.encode(0, 0)];
        for (uint256 i = 0; i < choices.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IMeter.InvalidChoice.selector, TASK, choices[i]));
            vm.prank(_worker(0));
            _subchain.enrol(TASK, choices[i]);
        }
        uint256 large = (1 << 16) | 1;
        vm.expectRevert(abi.encodeWithSelector(IAoIMeter.UnknownItem.selector, TASK, large, 3));
        vm.prank(_worker(0));
        _subchain.enrol(TASK, abi.encode(large));
    }

    function test_addMeter() external {
        AoIMeter other = new AoIMeter();
        vm.expectRevert(abi.encodeWithSelector(IMeterRegistry.MeterExists.selector, MECHANISM));
        _subchain.addMeter(other);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, _worker(0)));
        vm.prank(_worker(0));
        _subchain.addMeter(other);
    }
}

contract RefreshTest is SubchainFixture {
    function setUp() external {
        _deploy(Space.Physical);
        _arrive();
        _enrolMany(3);
        vm.warp(START);
    }

    function test_refresh() external {
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.DataRefreshed(TASK, _worker(0), keccak256("a"), 5);
        vm.prank(_worker(0));
        _subchain.refresh(TASK, keccak256("a"), 5, anchor);
        IAoIMeter.Freshness memory freshness = _freshness(0);
        assertEq(freshness.last, START, "last refresh");
        assertEq(freshness.coveredSeconds, 0, "covered");

        vm.warp(START + 75);
        _refresh(0, keccak256("b"));
        freshness = _freshness(0);
        assertEq(freshness.last, START + 75, "last refresh");
        assertEq(freshness.coveredSeconds, 60, "at most the item's period");
        assertEq(freshness.ageSquares, 75 ** 2, "age squares");
    }

    function test_refresh_GoesOnWhenTheTaskHasEnded() external {
        _end(TaskStatus.Completed);
        _refresh(0, keccak256("a"));
        vm.warp(START + 10);
        _refresh(0, keccak256("b"));
        assertEq(_freshness(0).coveredSeconds, 10, "covered");
    }

    function test_refresh_GoesOnWhenTheWorkerIsRevoked() external {
        _registry.revoke(_worker(0));
        _refresh(0, keccak256("a"));
        assertEq(_freshness(0).last, START, "last refresh");
    }

    function test_RevertWhen_TaskIsUnknown() external {
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.TaskNotOpen.selector, TaskId.wrap(2)));
        vm.prank(_worker(0));
        _subchain.refresh(TaskId.wrap(2), keccak256("a"), 5, anchor);
    }

    function test_RevertWhen_WorkerIsNotEnrolled() external {
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.NotEnrolled.selector, TASK, _worker(5)));
        vm.prank(_worker(5));
        _subchain.refresh(TASK, keccak256("a"), 5, anchor);
    }

    function test_RevertWhen_TheEpochIsOver() external {
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.startPrank(_worker(0));
        vm.warp(START + EPOCH);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.EpochOver.selector, TASK, START + EPOCH));
        _subchain.refresh(TASK, keccak256("a"), 5, anchor);
        vm.warp(START + EPOCH - 1);
        _subchain.refresh(TASK, keccak256("a"), 5, anchor);
        vm.stopPrank();
    }

    /// @dev On a chain whose blocks are seconds apart none may be at the epoch's very beginning.
    function test_refresh_BeforeTheEpochCountsForWhatIsLeftOfItsPeriod() external {
        vm.warp(START - 15);
        _refresh(0, keccak256("a"));
        assertEq(_freshness(0).last, START - 15, "last refresh");
        assertEq(_freshness(0).coveredSeconds, 0, "nothing is covered before the epoch");
        vm.warp(START + 70);
        _refresh(0, keccak256("b"));
        assertEq(_freshness(0).coveredSeconds, 45, "what is left of the period of 60 s");
        assertEq(_freshness(0).ageSquares, 70 ** 2, "age runs from the start");
    }

    function test_RevertWhen_ADigestOrSampleCountIsZero() external {
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.startPrank(_worker(0));
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.InvalidValue.selector, "dataDigest"));
        _subchain.refresh(TASK, 0, 5, anchor);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.InvalidValue.selector, "samples"));
        _subchain.refresh(TASK, keccak256("a"), 0, anchor);
        vm.stopPrank();
    }

    function test_RevertWhen_AnchorIsStale() external {
        vm.roll(2_000);
        uint48 oldest = 2_000 - 256;
        vm.startPrank(_worker(0));
        _isStale(ILearningSubchain.Anchor(oldest - 1, keccak256("hash")));
        _isStale(ILearningSubchain.Anchor(oldest - 1, 0));
        _isStale(ILearningSubchain.Anchor(oldest, 0));
        _isStale(ILearningSubchain.Anchor(oldest, keccak256("another hash")));
        // The block itself has no hash yet.
        _isStale(ILearningSubchain.Anchor(2_000, 0));
        _isStale(ILearningSubchain.Anchor(oldest, blockhash(oldest + 1)));
        bytes32 hash = blockhash(oldest);
        _subchain.refresh(TASK, keccak256("a"), 5, ILearningSubchain.Anchor(oldest, hash));
        vm.stopPrank();
    }

    function test_RevertWhen_DigestIsRepeated() external {
        _refresh(0, keccak256("a"));
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.DataNotDistinct.selector, TASK, keccak256("a")));
        vm.prank(_worker(0));
        _subchain.refresh(TASK, keccak256("a"), 5, anchor);
    }

    /// @dev Else a worker could use up the digests that others are about to send.
    function test_refresh_WithADigestThatAnotherWorkerUsed() external {
        _refresh(1, keccak256("a"));
        _refresh(0, keccak256("a"));
        assertEq(_freshness(0).last, START, "last refresh");
    }

    function test_RevertWhen_SpaceIsPhysical() external {
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.expectRevert(ILearningSubchain.WrongSpace.selector);
        vm.prank(_worker(0));
        _subchain.synchronize(TASK, _worker(0), keccak256("a"), 5, keccak256("policy"), anchor);
    }

    function _isStale(ILearningSubchain.Anchor memory anchor) private {
        vm.expectRevert(
            abi.encodeWithSelector(ILearningSubchain.StaleAnchor.selector, anchor.number, anchor.blockHash)
        );
        _subchain.refresh(TASK, keccak256("a"), 5, anchor);
    }
}

contract SynchronizeTest is SubchainFixture {
    function setUp() external {
        _deploy(Space.Virtual);
        _arrive();
        _enrolMany(3);
        vm.warp(START);
    }

    function test_synchronize() external {
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.TwinSynchronized(
            TASK,
            _worker(1),
            _device(1),
            keccak256("a"),
            5,
            keccak256("policy")
        );
        vm.prank(_device(1));
        _subchain.synchronize(TASK, _worker(1), keccak256("a"), 5, keccak256("policy"), anchor);
        vm.warp(START + 20);
        _refresh(1, keccak256("b"));
        assertEq(_freshness(1).coveredSeconds, 20, "covered");
    }

    function test_RevertWhen_CallerIsNotItsDevice() external {
        ILearningSubchain.Anchor memory anchor = _anchor();
        address[2] memory callers = [_device(0), _worker(1)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(ILearningSubchain.NotItsDevice.selector, _worker(1), callers[i])
            );
            vm.prank(callers[i]);
            _subchain.synchronize(TASK, _worker(1), keccak256("a"), 5, keccak256("policy"), anchor);
        }
    }

    function test_RevertWhen_TwinIsNotEnrolled() external {
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.NotEnrolled.selector, TASK, _worker(5)));
        vm.prank(_device(5));
        _subchain.synchronize(TASK, _worker(5), keccak256("a"), 5, keccak256("policy"), anchor);
    }

    function test_RevertWhen_PolicyDigestIsZero() external {
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.InvalidValue.selector, "privacyPolicyDigest"));
        vm.prank(_device(1));
        _subchain.synchronize(TASK, _worker(1), keccak256("a"), 5, 0, anchor);
    }

    function test_RevertWhen_SpaceIsVirtual() external {
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.expectRevert(ILearningSubchain.WrongSpace.selector);
        vm.prank(_worker(1));
        _subchain.refresh(TASK, keccak256("a"), 5, anchor);
    }

    /// @dev A running task goes on with the device of its enrolment.
    function test_synchronize_GoesOnWhenTheTwinIsRevokedOrGivenAnotherDevice() external {
        _registry.revoke(_worker(1));
        _refresh(1, keccak256("a"));
        _registry.register(_worker(1), account("another device"));
        vm.warp(START + 10);
        _refresh(1, keccak256("b"));
        assertEq(_freshness(1).coveredSeconds, 10, "covered");
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.expectRevert(
            abi.encodeWithSelector(
                ILearningSubchain.NotItsDevice.selector,
                _worker(1),
                account("another device")
            )
        );
        vm.prank(account("another device"));
        _subchain.synchronize(TASK, _worker(1), keccak256("c"), 5, keccak256("policy"), anchor);
    }
}
