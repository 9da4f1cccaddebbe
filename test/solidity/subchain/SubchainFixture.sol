// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ILearningSubchain} from "../../../contracts/interfaces/ILearningSubchain.sol";
import {AoIMeter} from "../../../contracts/mechanisms/aoi-contract/AoIMeter.sol";
import {AoIChoice, AoITotals, AoIWork} from "../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {IAoIMeter} from "../../../contracts/mechanisms/aoi-contract/IAoIMeter.sol";
import {LearningSubchain} from "../../../contracts/subchain/LearningSubchain.sol";
import {WorkerRegistry} from "../../../contracts/subchain/WorkerRegistry.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {
    MessageKind,
    RevealsOpened,
    RoundOpened,
    TaskEnded,
    TaskOpened,
    TaskStatus
} from "../../../contracts/types/Messages.sol";
import {CLOCK_SKEW_SECONDS, RevealedUpdate, Space, TaskId, TaskTerms, WorkRecord} from "../../../contracts/types/TaskTypes.sol";
import {TaskFixture} from "../TaskFixture.sol";

/// @title A subchain whose messages come from and go to a mock gateway
abstract contract SubchainFixture is TaskFixture {
    TaskId internal constant TASK = TaskId.wrap(1);
    /// @dev From a round's opening until its reveals begin by time.
    uint48 internal constant TO_REVEALS = COMMIT + CLOCK_SKEW_SECONDS;
    bytes32 internal constant SALT = keccak256("salt");
    bytes32 internal constant ENGINE = "strict/1 wasm 0.1.0";

    LearningSubchain internal _subchain;
    AoIMeter internal _meter;
    WorkerRegistry internal _registry;
    uint64 internal _chainId;
    Space internal _space;

    /// @dev With ten registered workers.
    function _deploy(Space space) internal {
        _space = space;
        _chainId = space == Space.Virtual ? VIRTUAL : PHYSICAL;
        _deployCommon(_chainId);
        _registry = new WorkerRegistry(address(this), space);
        _subchain = new LearningSubchain(address(this), RELAY, space, _registry);
        _subchain.link(address(_gateway), _at(RELAY, RELAY_APP));
        _meter = new AoIMeter();
        _subchain.addMeter(_meter);
        for (uint256 i = 0; i < 10; ++i) _registry.register(_worker(i), _device(i));
    }

    function _device(uint256 index) internal view returns (address) {
        return _space == Space.Virtual ? account(string.concat("device ", vm.toString(index))) : _worker(index);
    }

    function _inject(MessageKind kind, bytes memory body) internal {
        _gateway.inject(address(_subchain), RELAY, RELAY_APP, kind, body);
    }

    function _arrive() internal {
        _arrive(_terms());
    }

    function _arrive(TaskTerms memory terms) internal {
        _inject(MessageKind.TaskOpened, abi.encode(TaskOpened(TASK, terms, _mechanismTerms())));
    }

    /// @dev It opened on the main chain just now.
    function _nextRound(uint16 round) internal {
        _nextRound(round, uint48(block.timestamp));
    }

    function _nextRound(uint16 round, uint48 openedAt) internal {
        _inject(MessageKind.RoundOpened, abi.encode(RoundOpened(TASK, round, _model(round), openedAt)));
    }

    /// @dev All subchains of the task have closed their commits.
    function _openReveals(uint16 round) internal {
        _inject(MessageKind.RevealsOpened, abi.encode(RevealsOpened(TASK, round)));
    }

    function _end(TaskStatus status) internal {
        _inject(MessageKind.TaskEnded, abi.encode(TaskEnded(TASK, status, _model(99))));
    }

    function _model(uint16 round) internal pure returns (bytes32) {
        return keccak256(abi.encode("model", round));
    }

    function _enrol(uint256 worker, uint16 item) internal {
        vm.prank(_worker(worker));
        _subchain.enrol(TASK, _choice(item));
    }

    function _choice(uint16 item) internal pure returns (bytes memory) {
        return abi.encode(AoIChoice(item));
    }

    /// @dev The first `count` workers, who take the items in turn.
    function _enrolMany(uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) _enrol(i, uint16(i % 3));
    }

    function _anchor() internal view returns (ILearningSubchain.Anchor memory) {
        uint48 number = uint48(block.number - 1);
        return ILearningSubchain.Anchor(number, blockhash(number));
    }

    /// @dev The worker's data are refreshed, in the way of this space.
    function _refresh(uint256 worker, bytes32 dataDigest) internal {
        ILearningSubchain.Anchor memory anchor = _anchor();
        vm.prank(_device(worker));
        if (_space == Space.Physical) _subchain.refresh(TASK, dataDigest, 5, anchor);
        else _subchain.synchronize(TASK, _worker(worker), dataDigest, 5, keccak256("policy"), anchor);
    }

    function _update(uint256 worker, uint16 round) internal pure returns (bytes32) {
        return keccak256(abi.encode("update", worker, round));
    }

    function _revealed(uint256 worker, uint16 round) internal view returns (RevealedUpdate memory) {
        uint32 index = _subchain.workerOf(TASK, _worker(worker)).index;
        return RevealedUpdate(_chainId, TASK, round, index, _worker(worker), _update(worker, round), 100, ENGINE);
    }

    function _commitment(uint256 worker, uint16 round) internal view returns (bytes32) {
        return Leaves.ofCommit(address(_subchain), _revealed(worker, round), SALT);
    }

    function _commit(uint256 worker, uint16 round) internal {
        bytes32 commitment = _commitment(worker, round);
        vm.prank(_worker(worker));
        _subchain.commit(TASK, round, commitment);
    }

    /// @dev What opens the worker's commitment.
    function _opening(uint256 worker, uint16 round) internal pure returns (ILearningSubchain.Opening memory) {
        return ILearningSubchain.Opening(_update(worker, round), 100, ENGINE, SALT);
    }

    function _reveal(uint256 worker, uint16 round) internal {
        vm.prank(_worker(worker));
        _subchain.reveal(TASK, round, _opening(worker, round), "", "");
    }

    function _round(uint16 round) internal view returns (ILearningSubchain.Round memory) {
        return _subchain.roundOf(TASK, round);
    }

    /// @dev The workers from `from` up to `until`, excluded.
    function _workers(uint256 from, uint256 until) internal pure returns (address[] memory workers) {
        workers = new address[](until - from);
        for (uint256 i = from; i < until; ++i) workers[i - from] = _worker(i);
    }

    function _totals(uint128 coveredSeconds, uint128 ageSquares) internal pure returns (bytes memory) {
        return abi.encode(AoITotals(coveredSeconds, ageSquares));
    }

    function _record(uint32 index, bytes memory work) internal view returns (WorkRecord memory) {
        return WorkRecord(_chainId, TASK, index, _worker(index), keccak256(work));
    }

    function _freshness(uint256 worker) internal view returns (IAoIMeter.Freshness memory) {
        return _meter.freshnessOf(address(_subchain), TASK, _worker(worker));
    }

    /// @dev What a worker did when the epoch ends: what the meter holds up to the last refresh, and the rest.
    function _workOf(uint256 worker) internal view returns (AoIWork memory work) {
        IAoIMeter.Freshness memory freshness = _freshness(worker);
        work = AoIWork(freshness.item, freshness.coveredSeconds, freshness.ageSquares);
        bool fresh = freshness.last != 0;
        uint64 gap = START + EPOCH - (fresh ? freshness.last : START);
        if (fresh) work.coveredSeconds += gap < freshness.period ? gap : freshness.period;
        work.ageSquares += uint128(gap) * gap;
    }

    function _workerState(uint256 worker) internal view returns (ILearningSubchain.Worker memory) {
        return _subchain.workerOf(TASK, _worker(worker));
    }
}
