// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IncrementalMerkle} from "../../../contracts/gateway/IncrementalMerkle.sol";
import {ILearningSubchain} from "../../../contracts/interfaces/ILearningSubchain.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {MessageKind, SettlementReport, TaskStatus} from "../../../contracts/types/Messages.sol";
import {Space, TaskId, WorkRecord} from "../../../contracts/types/TaskTypes.sol";
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
        WorkRecord memory record = WorkRecord(PHYSICAL, TASK, 0, _worker(0), 0, 239, ageSquares);
        bytes32 root = Leaves.ofRecord(record);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.WorkRecorded(TASK, _worker(0), 0, 0, 239, ageSquares);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.EpochClosed(TASK, root, 1);
        _subchain.settle(TASK, 10);
        _wasReported(SettlementReport(PHYSICAL, TASK, 1, root, 239, ageSquares));
    }

    function test_settle_WithoutWorkers() external {
        vm.warp(START + EPOCH);
        _subchain.settle(TASK, 0);
        _wasReported(SettlementReport(PHYSICAL, TASK, 0, 0, 0, 0));
    }

    function test_settle_OfWorkersThatNeverRefreshed() external {
        _enrolMany(2);
        vm.warp(START + EPOCH);
        _subchain.settle(TASK, 2);
        bytes32[] memory leaves = new bytes32[](2);
        for (uint32 i = 0; i < 2; ++i) {
            leaves[i] = Leaves.ofRecord(WorkRecord(PHYSICAL, TASK, i, _worker(i), uint16(i), 0, EPOCH ** 2));
        }
        _wasReported(SettlementReport(PHYSICAL, TASK, 2, NaiveMerkle.root(leaves, 1), 0, 2 * EPOCH ** 2));
    }

    function test_settle_PageByPage() external {
        _enrolMany(5);
        vm.warp(START + EPOCH);
        _subchain.settle(TASK, 0);
        assertEq(_subchain.taskOf(TASK).recorded, 0, "none");
        _subchain.settle(TASK, 2);
        assertEq(_subchain.taskOf(TASK).recorded, 2, "two");
        _subchain.settle(TASK, 2);
        assertEq(_gateway.count(), 0, "not yet");
        assertFalse(_subchain.taskOf(TASK).settled, "not yet");
        _subchain.settle(TASK, type(uint32).max);
        assertEq(_subchain.taskOf(TASK).recorded, 5, "all");
        assertTrue(_subchain.taskOf(TASK).settled, "settled");
        assertEq(_gateway.count(), 1, "one report");
    }

    function test_settle_WhenTheTaskHasEnded() external {
        _enrolMany(2);
        _end(TaskStatus.Completed);
        vm.warp(START + EPOCH);
        vm.prank(account("anyone"));
        _subchain.settle(TASK, 2);
        assertTrue(_subchain.taskOf(TASK).settled, "settled");
    }

    function test_RevertWhen_EpochHasNotEnded() external {
        vm.warp(START + EPOCH - 1);
        _isRefused();
    }

    function test_RevertWhen_SettledTwice() external {
        _enrolMany(2);
        vm.warp(START + EPOCH);
        _subchain.settle(TASK, 2);
        _isRefused();
    }

    function test_RevertWhen_TaskIsUnknown() external {
        vm.warp(START + EPOCH);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.TaskNotOpen.selector, TaskId.wrap(2)));
        _subchain.settle(TaskId.wrap(2), 1);
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
        uint256 pages = 0;
        while (!_subchain.taskOf(TASK).settled) _subchain.settle(TASK, uint32(1 + (draw(seed, 2_000 + pages++) % 4)));

        bytes32[] memory leaves = new bytes32[](workers);
        SettlementReport memory report = SettlementReport(PHYSICAL, TASK, uint32(workers), 0, 0, 0);
        for (uint32 i = 0; i < workers; ++i) {
            ILearningSubchain.Worker memory worker = _workerState(i);
            // What the accumulator holds up to the last refresh, and the rest of the epoch.
            bool fresh = worker.lastRefresh != 0;
            uint64 gap = START + EPOCH - (fresh ? worker.lastRefresh : START);
            if (fresh) worker.coveredSeconds += gap < worker.period ? gap : worker.period;
            worker.ageSquares += uint128(gap) * gap;
            leaves[i] = Leaves.ofRecord(
                WorkRecord(PHYSICAL, TASK, i, _worker(i), worker.item, worker.coveredSeconds, worker.ageSquares)
            );
            report.coveredSeconds += worker.coveredSeconds;
            report.ageSquares += worker.ageSquares;
        }
        report.recordsRoot = NaiveMerkle.root(leaves, IncrementalMerkle.depthOf(workers));
        _wasReported(report);
    }

    function _isRefused() private {
        vm.expectRevert(
            abi.encodeWithSelector(ILearningSubchain.NotSettleable.selector, TASK, START + EPOCH)
        );
        _subchain.settle(TASK, 10);
    }

    function _wasReported(SettlementReport memory report) private view {
        MockGateway.Sent memory sent = _gateway.last();
        assertEq(_gateway.count(), 1, "messages");
        assertEq(uint8(sent.kind), uint8(MessageKind.EpochSettled), "kind");
        assertEq(sent.chainId, RELAY, "chain");
        assertEq(sent.body, abi.encode(report), "body");
    }
}
