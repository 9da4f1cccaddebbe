// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IncrementalMerkle} from "../../../contracts/gateway/IncrementalMerkle.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {TaskManager} from "../../../contracts/main/TaskManager.sol";
import {LocalToken} from "../../../contracts/token/LocalToken.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {MessageKind, RoundReport, SettlementReport, TaskRejection} from "../../../contracts/types/Messages.sol";
import {TaskId, TaskTerms, WorkRecord} from "../../../contracts/types/TaskTypes.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {TaskFixture} from "../TaskFixture.sol";

/// @title A task manager whose messages come from and go to a mock gateway
abstract contract TaskManagerFixture is TaskFixture {
    TaskId internal constant TASK = TaskId.wrap(1);
    uint256 internal constant BUDGET = WORST_CASE * WORKERS * 2;

    address internal immutable PUBLISHER = account("publisher");

    TaskManager internal _manager;
    IRewardEscrow internal _escrow;
    LocalToken internal _token;

    function _deploy() internal {
        _deployCommon(MAIN);
        _manager = new TaskManager(address(this), RELAY);
        _manager.link(address(_gateway), _at(RELAY, RELAY_APP));
        _manager.addPolicy(_policy);
        _escrow = _manager.escrow();
        _token = new LocalToken(PUBLISHER, type(uint128).max);
        vm.prank(PUBLISHER);
        _token.approve(address(_escrow), type(uint256).max);
    }

    function _publish() internal returns (TaskId) {
        return _publish(_terms());
    }

    function _publish(TaskTerms memory terms) internal returns (TaskId) {
        return _publish(terms, _token, WORST_CASE * terms.maxWorkers * terms.subchains.length);
    }

    function _publish(TaskTerms memory terms, IERC20 token, uint256 budget) internal returns (TaskId) {
        vm.prank(PUBLISHER);
        return _manager.publish(terms, _policyTerms(), token, budget);
    }

    /// @dev Everything anew, with the first task on other terms.
    function _restart(TaskTerms memory terms) internal {
        _deploy();
        _publish(terms);
    }

    /// @dev Everything anew, with the first task paid in another token.
    function _restart(IERC20 token) internal {
        _deploy();
        vm.prank(PUBLISHER);
        token.approve(address(_escrow), type(uint256).max);
        _publish(_terms(), token, BUDGET);
    }

    function _inject(MessageKind kind, bytes memory body) internal {
        _gateway.inject(address(_manager), RELAY, RELAY_APP, kind, body);
    }

    function _report(TaskId task, uint16 round, uint64 chainId, uint32 revealed) internal {
        _inject(MessageKind.RoundReported, abi.encode(_roundReport(task, round, chainId, revealed)));
    }

    /// @dev Both subchains report `revealed` updates of a round.
    function _reportBoth(uint16 round, uint32 revealed) internal {
        _report(TASK, round, VIRTUAL, revealed);
        _report(TASK, round, PHYSICAL, revealed);
    }

    function _roundReport(
        TaskId task,
        uint16 round,
        uint64 chainId,
        uint32 revealed
    ) internal pure returns (RoundReport memory) {
        return RoundReport(chainId, task, round, revealed, revealed, revealed, _updatesRoot(round, chainId), 0, 0);
    }

    function _updatesRoot(uint16 round, uint64 chainId) internal pure returns (bytes32) {
        return keccak256(abi.encode("updates", round, chainId));
    }

    function _reject(TaskId task) internal {
        _inject(MessageKind.TaskRejected, abi.encode(TaskRejection(task, "reason")));
    }

    /// @dev A chain settles with these records.
    function _settle(WorkRecord[] memory records, uint64 chainId) internal {
        uint32 workers = uint32(records.length);
        _inject(MessageKind.EpochSettled, abi.encode(SettlementReport(chainId, TASK, workers, _rootOf(records), 0, 0)));
    }

    function _rootOf(WorkRecord[] memory records) internal pure returns (bytes32) {
        return NaiveMerkle.root(_leaves(records), IncrementalMerkle.depthOf(records.length));
    }

    /// @dev Records of workers who took the items in turn and covered `covered` seconds.
    function _records(uint64 chainId, uint32 workers, uint64 covered) internal pure returns (WorkRecord[] memory records) {
        records = new WorkRecord[](workers);
        for (uint32 i = 0; i < workers; ++i) {
            records[i] = WorkRecord(chainId, TASK, i, _workerOf(chainId, i), uint16(i % 3), covered, 0);
        }
    }

    function _workerOf(uint64 chainId, uint32 index) internal pure returns (address) {
        return _worker(uint256(chainId) * 100_000 + index);
    }

    function _branch(WorkRecord[] memory records, uint32 index) internal pure returns (bytes32[] memory) {
        return NaiveMerkle.branch(_leaves(records), IncrementalMerkle.depthOf(records.length), index);
    }

    function _leaves(WorkRecord[] memory records) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](records.length);
        for (uint256 i = 0; i < records.length; ++i) leaves[i] = Leaves.ofRecord(records[i]);
    }

    /// @dev An aggregate that takes the workers whose bits are set in one word a subchain.
    function _aggregate(uint256 fromVirtual, uint256 fromPhysical) internal pure returns (ITaskManager.Aggregate memory aggregate) {
        aggregate.globalModel = keccak256(abi.encode("model", fromVirtual, fromPhysical));
        aggregate.accuracyBps = 5_000;
        aggregate.accepted = new uint256[][](2);
        (aggregate.accepted[0], aggregate.accepted[1]) = (_word(fromVirtual), _word(fromPhysical));
    }

    function _word(uint256 bits) internal pure returns (uint256[] memory words) {
        words = new uint256[](bits == 0 ? 0 : 1);
        if (bits != 0) words[0] = bits;
    }

    function _attest(uint256 aggregator, uint16 round, ITaskManager.Aggregate memory aggregate) internal {
        vm.prank(_aggregator(aggregator));
        _manager.attest(TASK, round, aggregate);
    }

    /// @dev Two of the three aggregators attest.
    function _finalize(uint16 round, ITaskManager.Aggregate memory aggregate) internal {
        _attest(0, round, aggregate);
        _attest(1, round, aggregate);
    }

    /// @dev All rounds, with the same workers taken in each.
    function _complete(uint256 fromVirtual, uint256 fromPhysical) internal {
        for (uint16 round = 0; round < 3; ++round) {
            _reportBoth(round, 256);
            _finalize(round, _aggregate(fromVirtual, fromPhysical));
        }
    }

    function _task() internal view returns (ITaskManager.Task memory) {
        return _manager.taskOf(TASK);
    }
}
