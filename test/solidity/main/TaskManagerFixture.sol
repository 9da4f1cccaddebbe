// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IncrementalMerkle} from "../../../contracts/gateway/IncrementalMerkle.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {RewardEscrow} from "../../../contracts/main/RewardEscrow.sol";
import {AoITotals, AoIWork} from "../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {LocalToken} from "../../../contracts/token/LocalToken.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {MessageKind, RoundReport, SettlementReport, TaskRejection} from "../../../contracts/types/Messages.sol";
import {RevealedUpdate, TaskId, TaskTerms, WorkRecord} from "../../../contracts/types/TaskTypes.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {TaskFixture} from "../TaskFixture.sol";
import {TaskManagerHarness} from "./TaskManagerHarness.sol";

/// @title A task manager whose messages come from and go to a mock gateway
abstract contract TaskManagerFixture is TaskFixture {
    /// @dev A worker's record, and the work that it holds the hash of.
    struct Done {
        WorkRecord record;
        bytes work;
    }

    TaskId internal constant TASK = TaskId.wrap(1);
    uint256 internal constant BUDGET = WORST_CASE * WORKERS * 2;

    address internal immutable PUBLISHER = account("publisher");

    TaskManagerHarness internal _manager;
    IRewardEscrow internal _escrow;
    LocalToken internal _token;

    function _deploy() internal {
        _deployCommon(MAIN);
        _escrow = new RewardEscrow();
        _manager = new TaskManagerHarness(address(this), RELAY, _escrow, _termsCheck, _creditCheck, UNIT_FEE, COLLECTOR);
        _manager.link(address(_gateway), _at(RELAY, RELAY_APP));
        _manager.addPolicy(_policy);
        _token = new LocalToken(PUBLISHER, type(uint128).max);
        vm.deal(PUBLISHER, 1e24);
        vm.prank(PUBLISHER);
        _token.approve(address(_manager), type(uint256).max);
    }

    function _publish() internal returns (TaskId) {
        return _publish(_terms());
    }

    function _publish(TaskTerms memory terms) internal returns (TaskId) {
        return _publish(terms, _token, WORST_CASE * terms.maxWorkers * terms.subchains.length);
    }

    function _publish(TaskTerms memory terms, IERC20 token, uint256 budget) internal returns (TaskId) {
        vm.prank(PUBLISHER);
        return _manager.publish{value: _feeOf(terms, _mechanismTerms())}(terms, _mechanismTerms(), token, budget);
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
        token.approve(address(_manager), type(uint256).max);
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
        bytes32 root = _updatesRoot(round, chainId);
        return RoundReport(chainId, task, round, revealed, revealed, revealed, root, _totals());
    }

    function _updatesRoot(uint16 round, uint64 chainId) internal pure returns (bytes32) {
        return keccak256(abi.encode("updates", round, chainId));
    }

    /// @dev The last round's updates of a subchain's first workers.
    function _reveals(uint64 chainId, uint16 round, uint32 count) internal pure returns (RevealedUpdate[] memory reveals) {
        reveals = new RevealedUpdate[](count);
        for (uint32 i = 0; i < count; ++i) {
            address worker = _workerOf(chainId, i);
            bytes32 update = keccak256(abi.encode(worker, round));
            reveals[i] = RevealedUpdate(chainId, TASK, round, i, worker, update, 10, "engine");
        }
    }

    /// @dev A subchain reports these updates, in this order.
    function _report(RevealedUpdate[] memory reveals) internal {
        RevealedUpdate memory first = reveals[0];
        RoundReport memory report = _roundReport(first.task, first.round, first.chainId, uint32(reveals.length));
        report.updatesRoot = NaiveMerkle.root(_leaves(reveals), IncrementalMerkle.depthOf(reveals.length));
        _inject(MessageKind.RoundReported, abi.encode(report));
    }

    /// @dev Credits the worker at a place among its subchain's reveals, with receipts of the aggregators at these places.
    function _credit(RevealedUpdate[] memory reveals, uint32 position, uint8[] memory places) internal {
        bytes32[] memory leaves = _leaves(reveals);
        bytes32[] memory branch = NaiveMerkle.branch(leaves, IncrementalMerkle.depthOf(leaves.length), position);
        _manager.credit(reveals[position], position, branch, _receipts(leaves[position], places));
    }

    function _receipts(bytes32 leaf, uint8[] memory places) internal view returns (bytes memory) {
        return _receipts(address(_manager), leaf, places);
    }

    function _leaves(RevealedUpdate[] memory reveals) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](reveals.length);
        for (uint256 i = 0; i < leaves.length; ++i) leaves[i] = Leaves.ofUpdate(reveals[i]);
    }

    function _reject(TaskId task) internal {
        _inject(MessageKind.TaskRejected, abi.encode(TaskRejection(task, "reason")));
    }

    /// @dev Main does not look at totals: the relay chain has checked them.
    function _totals() internal pure returns (bytes memory) {
        return abi.encode(AoITotals(0, 0));
    }

    /// @dev A chain settles with these records.
    function _settle(Done[] memory done, uint64 chainId) internal {
        _settle(TASK, chainId, uint32(done.length), _rootOf(done));
    }

    /// @dev A chain states so many workers and such a root.
    function _settle(TaskId task, uint64 chainId, uint32 workers, bytes32 root) internal {
        _inject(MessageKind.EpochSettled, abi.encode(SettlementReport(chainId, task, workers, root, 0, _totals())));
    }

    function _rootOf(Done[] memory done) internal pure returns (bytes32) {
        return NaiveMerkle.root(_leaves(done), IncrementalMerkle.depthOf(done.length));
    }

    /// @dev Of workers who took the items in turn and covered `covered` seconds.
    function _done(uint64 chainId, uint32 workers, uint64 covered) internal pure returns (Done[] memory done) {
        done = new Done[](workers);
        for (uint32 i = 0; i < workers; ++i) {
            done[i].record = WorkRecord(chainId, TASK, i, _workerOf(chainId, i), 0);
            _setWork(done[i], abi.encode(AoIWork(uint16(i % 3), covered, 0)));
        }
    }

    /// @dev The worker did this instead.
    function _setWork(Done memory done, bytes memory work) internal pure {
        (done.work, done.record.workHash) = (work, keccak256(work));
    }

    /// @dev Claims for the worker, about whom nothing was attested.
    function _claim(Done[] memory done, uint32 index) internal returns (uint256) {
        return _manager.claim(done[index].record, _branch(done, index), done[index].work, _noScore());
    }

    /// @dev As `_claim`, by the worker itself.
    function _claimOwn(Done[] memory done, uint32 index) internal returns (uint256) {
        bytes32[] memory branch = _branch(done, index);
        vm.prank(done[index].record.worker);
        return _manager.claim(done[index].record, branch, done[index].work, _noScore());
    }

    function _noScore() internal pure returns (ITaskManager.Score memory) {
        return ITaskManager.Score("", 0, new bytes32[](0));
    }

    function _workerOf(uint64 chainId, uint32 index) internal pure returns (address) {
        return _worker(uint256(chainId) * 100_000 + index);
    }

    function _branch(Done[] memory done, uint32 index) internal pure returns (bytes32[] memory) {
        return NaiveMerkle.branch(_leaves(done), IncrementalMerkle.depthOf(done.length), index);
    }

    function _leaves(Done[] memory done) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](done.length);
        for (uint256 i = 0; i < done.length; ++i) leaves[i] = Leaves.ofRecord(done[i].record);
    }

    /// @dev An aggregate that takes the workers whose bits are set in one word a subchain.
    function _aggregate(uint256 fromVirtual, uint256 fromPhysical) internal pure returns (ITaskManager.Aggregate memory aggregate) {
        aggregate.globalModel = keccak256(abi.encode("model", fromVirtual, fromPhysical));
        aggregate.scorePpb = 500_000_000;
        aggregate.accepted = new uint256[][](2);
        (aggregate.accepted[0], aggregate.accepted[1]) = (_word(fromVirtual), _word(fromPhysical));
    }

    function _word(uint256 bits) internal pure returns (uint256[] memory words) {
        words = new uint256[](bits == 0 ? 0 : 1);
        if (bits != 0) words[0] = bits;
    }

    function _commit(uint256 aggregator, uint16 round, ITaskManager.Aggregate memory aggregate) internal {
        vm.prank(_aggregator(aggregator));
        _manager.commitAttestation(TASK, round, _commitmentTo(aggregate, aggregator));
    }

    /// @dev Opens what `_commit` committed to.
    function _attest(uint256 aggregator, uint16 round, ITaskManager.Aggregate memory aggregate) internal {
        vm.prank(_aggregator(aggregator));
        _manager.attest(TASK, round, aggregate, _saltOf(aggregator));
    }

    /// @dev All commit to an aggregate, in an attempt of its own.
    function _commitAll(uint16 round, ITaskManager.Aggregate memory aggregate) internal {
        ITaskManager.Attempt memory attempt = _attemptOf(round);
        if (attempt.opensAt != 0) vm.warp(block.timestamp + (uint256(REPORT) << attempt.number));
        for (uint256 i = 0; i < 3; ++i) _commit(i, round, aggregate);
    }

    function _attemptOf(uint16 round) internal view returns (ITaskManager.Attempt memory attempt) {
        (attempt, ) = _manager.attemptOf(TASK, round, _aggregator(0));
    }

    /// @dev What an aggregator committed to and has not attested yet.
    function _committedBy(uint256 aggregator, uint16 round) internal view returns (bytes32 commitment) {
        (, commitment) = _manager.attemptOf(TASK, round, _aggregator(aggregator));
    }

    /// @dev All commit to the aggregate, and two of the three attest it.
    function _finalize(uint16 round, ITaskManager.Aggregate memory aggregate) internal {
        _agree(_manager, TASK, round, aggregate);
    }

    /// @dev All rounds, with the same workers taken in each.
    function _complete(uint256 fromVirtual, uint256 fromPhysical) internal {
        for (uint16 round = 0; round < 3; ++round) {
            _reportBoth(round, 256);
            _finalize(round, _aggregate(fromVirtual, fromPhysical));
        }
    }

    /// @dev What the escrow holds for a task, wei.
    function _held(TaskId task) internal view returns (uint256) {
        return _escrow.heldBy(address(_manager), TaskId.unwrap(task));
    }

    function _account(TaskId task) internal view returns (IRewardEscrow.Account memory) {
        return _escrow.accountOf(address(_manager), TaskId.unwrap(task));
    }

    function _task() internal view returns (ITaskManager.Task memory) {
        return _manager.taskOf(TASK);
    }
}
