// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IncrementalMerkle} from "../../../contracts/gateway/IncrementalMerkle.sol";
import {ILearningSubchain} from "../../../contracts/interfaces/ILearningSubchain.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {AoITotals, AoIWork} from "../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {MessageKind, SettlementReport, TaskOpened, TaskStatus} from "../../../contracts/types/Messages.sol";
import {Space, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {MockGateway} from "../MockGateway.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {SubchainFixture} from "./SubchainFixture.sol";

contract EpochSettleTest is SubchainFixture {
    function setUp() external {
        _deploy(Space.Physical);
        _arrive();
    }

    /// @dev Of the reading of the paper: θ = 60, T = 300, refreshes after 0, 75, 180 and 241 s.
    function test_settle_WorkedExample() external {
        _enrol(0, 0);
        uint32[4] memory after_ = [uint32(0), 75, 180, 241];
        for (uint256 i = 0; i < 4; ++i) {
            vm.warp(START + after_[i]);
            _refresh(0, bytes32(i + 1));
        }
        vm.warp(START + EPOCH);
        uint128 ageSquares = 75 ** 2 + 105 ** 2 + 61 ** 2 + 59 ** 2;
        bytes memory work = abi.encode(AoIWork(0, 239, ageSquares));
        bytes32 root = Leaves.ofRecord(_record(0, work));
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.WorkRecorded(TASK, _worker(0), 0, work);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.EpochClosed(TASK, root, 1);
        _subchain.settle(TASK, _workers(0, 1));
        _wasReported(SettlementReport(PHYSICAL, TASK, 1, root, 0, _totals(239, ageSquares)));
    }

    function test_settle_WithoutWorkers() external {
        vm.warp(START + EPOCH);
        _subchain.settle(TASK, _workers(0, 0));
        _wasReported(SettlementReport(PHYSICAL, TASK, 0, 0, 0, _totals(0, 0)));
    }

    function test_settle_OfWorkersThatNeverRefreshed() external {
        _enrolMany(2);
        vm.warp(START + EPOCH);
        _subchain.settle(TASK, _workers(0, 2));
        bytes32[] memory leaves = new bytes32[](2);
        for (uint32 i = 0; i < 2; ++i) {
            leaves[i] = Leaves.ofRecord(_record(i, abi.encode(AoIWork(uint16(i), 0, EPOCH ** 2))));
        }
        bytes memory totals = _totals(0, 2 * EPOCH ** 2);
        _wasReported(SettlementReport(PHYSICAL, TASK, 2, NaiveMerkle.root(leaves, 1), 0, totals));
    }

    function test_settle_PageByPage() external {
        _enrolMany(5);
        vm.warp(START + EPOCH);
        _subchain.settle(TASK, _workers(0, 0));
        assertEq(_subchain.taskOf(TASK).recorded, 0, "none");
        _subchain.settle(TASK, _workers(0, 2));
        assertEq(_subchain.taskOf(TASK).recorded, 2, "two");
        _subchain.settle(TASK, _workers(2, 4));
        assertEq(_gateway.count(), 0, "not yet");
        assertFalse(_subchain.taskOf(TASK).settled, "not yet");
        _subchain.settle(TASK, _workers(4, 5));
        assertEq(_subchain.taskOf(TASK).recorded, 5, "all");
        assertTrue(_subchain.taskOf(TASK).settled, "settled");
        assertEq(_gateway.count(), 1, "one report");
    }

    function test_settle_WhenTheTaskHasEnded() external {
        _enrolMany(2);
        _end(TaskStatus.Completed);
        vm.warp(START + EPOCH);
        vm.prank(account("anyone"));
        _subchain.settle(TASK, _workers(0, 2));
        assertTrue(_subchain.taskOf(TASK).settled, "settled");
    }

    function test_RevertWhen_EpochHasNotEnded() external {
        vm.warp(START + EPOCH - 1);
        _isRefused();
    }

    function test_RevertWhen_SettledTwice() external {
        _enrolMany(2);
        vm.warp(START + EPOCH);
        _subchain.settle(TASK, _workers(0, 2));
        _isRefused();
    }

    /// @dev The order of enrolment is the order of the records, whoever settles.
    function test_RevertWhen_AWorkerIsNotTheNext() external {
        _enrolMany(4);
        vm.warp(START + EPOCH);
        // Out of order, left out, a stranger to the task, nobody.
        _isNotNext(_workers(1, 4), _worker(1), 0);
        _isNotNext(_of(0, 2), _worker(2), 1);
        _isNotNext(_of(0, 9), _worker(9), 1);
        _isNotNext(new address[](1), address(0), 0);
        _subchain.settle(TASK, _workers(0, 2));
        // Twice, in one call and in two.
        _isNotNext(_of(2, 2), _worker(2), 3);
        _isNotNext(_workers(0, 4), _worker(0), 2);
        // More than there are.
        _isNotNext(_workers(2, 5), _worker(4), 4);
        assertEq(_subchain.taskOf(TASK).recorded, 2, "a refused call records nobody");
        _subchain.settle(TASK, _workers(2, 4));
        assertTrue(_subchain.taskOf(TASK).settled, "settled");
    }

    /// @dev A worker of another task, with the very index that is next.
    function test_RevertWhen_TheNextWorkerIsAnotherTasks() external {
        _enrolMany(1);
        TaskTerms memory terms = _terms();
        _inject(MessageKind.TaskOpened, abi.encode(TaskOpened(TaskId.wrap(2), terms, _mechanismTerms())));
        vm.prank(_worker(5));
        _subchain.enrol(TaskId.wrap(2), _choice(0));
        vm.warp(START + EPOCH);
        _isNotNext(_workers(5, 6), _worker(5), 0);
    }

    function test_RevertWhen_TaskIsUnknown() external {
        vm.warp(START + EPOCH);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.TaskNotOpen.selector, TaskId.wrap(2)));
        _subchain.settle(TaskId.wrap(2), _workers(0, 0));
    }

    /// @dev Random refreshes and pages: the root is that of the records, the totals are their sums.
    function testFuzz_settle(uint256 seed, uint256 workers) external {
        workers = bound(workers, 1, 10);
        _enrolMany(workers);
        uint64 time = START;
        for (uint256 i = 0; time < START + EPOCH; ++i) {
            vm.warp(time);
            _refresh(draw(seed, i) % workers, bytes32(i + 1));
            time += uint64(draw(seed, 1_000 + i) % 30);
        }
        vm.warp(START + EPOCH + (seed % 100));
        bytes32[] memory leaves = new bytes32[](workers);
        AoITotals memory sums;
        for (uint32 i = 0; i < workers; ++i) {
            AoIWork memory work = _workOf(i);
            leaves[i] = Leaves.ofRecord(_record(i, abi.encode(work)));
            sums.coveredSeconds += work.coveredSeconds;
            sums.ageSquares += work.ageSquares;
        }
        for (uint256 recorded = 0; recorded < workers; ) {
            uint256 until = recorded + 1 + (draw(seed, 2_000 + recorded) % 4);
            if (until > workers) until = workers;
            _subchain.settle(TASK, _workers(recorded, until));
            recorded = until;
        }
        bytes32 root = NaiveMerkle.root(leaves, IncrementalMerkle.depthOf(workers));
        _wasReported(SettlementReport(PHYSICAL, TASK, uint32(workers), root, 0, abi.encode(sums)));
    }

    function _of(uint256 first, uint256 second) private pure returns (address[] memory workers) {
        workers = new address[](2);
        (workers[0], workers[1]) = (_worker(first), _worker(second));
    }

    function _isNotNext(address[] memory workers, address worker, uint32 next) private {
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.NotNextWorker.selector, TASK, worker, next));
        _subchain.settle(TASK, workers);
    }

    function _isRefused() private {
        vm.expectRevert(
            abi.encodeWithSelector(ILearningSubchain.NotSettleable.selector, TASK, START + EPOCH)
        );
        _subchain.settle(TASK, _workers(0, 2));
    }

    function _wasReported(SettlementReport memory report) private view {
        MockGateway.Sent memory sent = _gateway.last();
        assertEq(_gateway.count(), 1, "messages");
        assertEq(uint8(sent.kind), uint8(MessageKind.EpochSettled), "kind");
        assertEq(sent.chainId, RELAY, "chain");
        assertEq(sent.body, abi.encode(report), "body");
    }
}
