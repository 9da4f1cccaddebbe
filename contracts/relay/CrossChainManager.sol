// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {RevertReason} from "../gateway/RevertReason.sol";
import {TaskApp} from "../gateway/TaskApp.sol";
import {ICrossChainManager} from "../interfaces/ICrossChainManager.sol";
import {Extent, IRewardPolicy} from "../interfaces/IRewardPolicy.sol";
import {ITermsCheck} from "../interfaces/ITermsCheck.sol";
import {PolicyRegistry} from "../main/PolicyRegistry.sol";
import {
    CommitsReport,
    MessageKind,
    RevealsOpened,
    RoundOpened,
    RoundReport,
    SettlementReport,
    TaskEnded,
    TaskOpened,
    TaskRejection
} from "../types/Messages.sol";
import {Space, TaskId, TaskTerms} from "../types/TaskTypes.sol";

/// @title CrossChainManager
/// @notice See ICrossChainManager. Its owner registers chains and policies, links them and unfreezes; it cannot make
/// up or change a message.
contract CrossChainManager is ICrossChainManager, PolicyRegistry, TaskApp {
    /// @dev What this chain must remember of a task to verify what is said of it.
    struct TaskFacts {
        uint16 rounds;
        uint16 round;
        uint32 maxWorkers;
        uint32 epochSeconds;
        IRewardPolicy policy;
        uint64[] subchains;
    }

    /// @dev What a chain says on one matter: a record's key, and the message that says it.
    struct Statement {
        MessageKind kind;
        TaskId task;
        uint16 round;
        uint64 origin;
        bytes32 receiveId;
        bytes body;
    }

    /// @notice The most gas that a task's verification gets: more than twice what the largest terms take with the AoI
    /// contract.
    uint256 public constant VERIFY_GAS = 6_000_000;
    /// @dev To encode a task of the largest terms for its verification takes less.
    uint256 private constant CALL_GAS = 200_000;

    /// @notice Chain id of the main chain.
    uint64 public immutable MAIN_CHAIN_ID;
    /// @notice What checks the terms.
    ITermsCheck public immutable TERMS_CHECK;

    mapping(uint64 chainId => Chain) private _chains;
    uint64[] private _chainIds;
    mapping(TaskId => TaskFacts) private _facts;
    mapping(TaskId => bool) private _sentBack;
    mapping(bytes32 key => bytes32 bodyHash) private _records;
    /// @dev How many subchains take no more commits.
    mapping(TaskId => mapping(uint16 round => uint256)) private _commitsClosed;

    constructor(address owner, uint64 mainChainId, ITermsCheck termsCheck) TaskApp(owner) {
        MAIN_CHAIN_ID = mainChainId;
        TERMS_CHECK = termsCheck;
        _register(mainChainId, Space.Main);
    }

    /// @inheritdoc ICrossChainManager
    function registerChain(uint64 chainId, Space space) external onlyOwner {
        require(space == Space.Virtual || space == Space.Physical, InvalidChain(chainId));
        _register(chainId, space);
    }

    /// @inheritdoc ICrossChainManager
    function unfreeze(uint64 chainId) external onlyOwner {
        require(_chains[chainId].frozen, InvalidChain(chainId));
        _chains[chainId].frozen = false;
        emit ChainUnfrozen(chainId);
    }

    /// @inheritdoc ICrossChainManager
    function chainOf(uint64 chainId) external view returns (Chain memory) {
        return _chains[chainId];
    }

    /// @inheritdoc ICrossChainManager
    function chainIds() external view returns (uint64[] memory) {
        return _chainIds;
    }

    /// @inheritdoc ICrossChainManager
    function recordOf(MessageKind kind, TaskId task, uint16 round, uint64 chainId) external view returns (bytes32) {
        return _records[_key(kind, task, round, chainId)];
    }

    /// @notice Verifies a task; external so that its failure can be caught and sent back. Callable by itself only.
    function verifyTask(TaskOpened calldata opened) external view {
        require(msg.sender == address(this), OnlySelf());
        TaskTerms memory terms = opened.terms;
        TERMS_CHECK.check(terms, 0, opened.mechanismTerms.length);
        _policy(terms.mechanism).check(terms, opened.mechanismTerms);
        for (uint256 i = 0; i < terms.subchains.length; ++i) {
            Chain storage chain = _chains[terms.subchains[i]];
            bool open = (chain.space == Space.Virtual || chain.space == Space.Physical) && !chain.frozen;
            require(open, NotASubchain(terms.subchains[i]));
        }
    }

    function _onTaskMessage(
        uint256 originChainId,
        bytes32 receiveId,
        MessageKind kind,
        bytes memory body
    ) internal override {
        // Only registered chains have a link, and their ids fit 64 bits.
        uint64 origin = uint64(originChainId);
        require(!_chains[origin].frozen, ChainIsFrozen(origin));
        bool fromMain = origin == MAIN_CHAIN_ID;
        if (kind == MessageKind.TaskOpened && fromMain) _onTaskOpened(receiveId, body);
        else if (kind == MessageKind.RoundOpened && fromMain) _onRoundOpened(receiveId, body);
        else if (kind == MessageKind.TaskEnded && fromMain) _onTaskEnded(receiveId, body);
        else if (kind == MessageKind.RoundReported && !fromMain) _onRoundReported(origin, receiveId, body);
        else if (kind == MessageKind.EpochSettled && !fromMain) _onEpochSettled(origin, receiveId, body);
        else if (kind == MessageKind.CommitsClosed && !fromMain) _onCommitsClosed(origin, receiveId, body);
        else revert UnexpectedMessage(uint8(kind), originChainId);
    }

    function _isCounterpartChain(uint256 chainId) internal view override returns (bool) {
        return chainId <= type(uint64).max && _chains[uint64(chainId)].space != Space.None;
    }

    function _onTaskOpened(bytes32 receiveId, bytes memory body) private {
        TaskOpened memory opened = abi.decode(body, (TaskOpened));
        TaskId task = opened.task;
        Statement memory said = Statement(MessageKind.TaskOpened, task, 0, MAIN_CHAIN_ID, receiveId, body);
        if (_isKnown(said)) return;
        uint256 gas = gasleft();
        try this.verifyTask{gas: VERIFY_GAS}(opened) {
            TaskTerms memory terms = opened.terms;
            TaskFacts storage facts = _facts[task];
            facts.rounds = terms.rounds;
            facts.maxWorkers = terms.maxWorkers;
            facts.epochSeconds = terms.schedule.epochSeconds;
            facts.policy = _policy(terms.mechanism);
            facts.subchains = terms.subchains;
            _record(said);
            _forward(said);
        } catch {
            // With less than all of its gas the failure may be the doing of whoever delivers. 1/64 is not passed on.
            require(gas >= (VERIFY_GAS * 64) / 63 + CALL_GAS, VerificationUnfinished(task));
            bytes memory reason = RevertReason.beginning();
            _sentBack[task] = true;
            emit TaskSentBack(task, receiveId, reason);
            _send(MAIN_CHAIN_ID, MessageKind.TaskRejected, abi.encode(TaskRejection(task, reason)));
        }
    }

    function _onRoundOpened(bytes32 receiveId, bytes memory body) private {
        RoundOpened memory opened = abi.decode(body, (RoundOpened));
        Statement memory said = Statement(
            MessageKind.RoundOpened,
            opened.task,
            opened.round,
            MAIN_CHAIN_ID,
            receiveId,
            body
        );
        if (_isKnown(said)) return;
        TaskFacts storage facts = _facts[opened.task];
        // Rounds open one after the other; one that overtook its predecessor is delivered again.
        require(facts.rounds > 0 && opened.round == facts.round + 1, NotYet());
        facts.round = opened.round;
        _record(said);
        _forward(said);
    }

    function _onTaskEnded(bytes32 receiveId, bytes memory body) private {
        TaskId task = abi.decode(body, (TaskEnded)).task;
        Statement memory said = Statement(MessageKind.TaskEnded, task, 0, MAIN_CHAIN_ID, receiveId, body);
        if (_isKnown(said)) return;
        // A task that was sent back runs nowhere: its end is only recorded.
        require(_facts[task].rounds > 0 || _sentBack[task], NotYet());
        _record(said);
        _forward(said);
    }

    function _onRoundReported(uint64 origin, bytes32 receiveId, bytes memory body) private {
        RoundReport memory report = abi.decode(body, (RoundReport));
        TaskFacts storage facts = _requireReporter(origin, report.chainId, report.task);
        _possible(report.round <= facts.round, origin, report.task, "round");
        _possible(report.enrolled <= facts.maxWorkers, origin, report.task, "enrolled");
        _possible(report.committed <= report.enrolled, origin, report.task, "committed");
        _possible(report.revealed <= report.committed, origin, report.task, "revealed");
        _possible((report.revealed == 0) == (report.updatesRoot == 0), origin, report.task, "updatesRoot");
        facts.policy.checkTotals(Extent(facts.epochSeconds, report.round + 1, report.enrolled), report.totals);
        _recordOnce(Statement(MessageKind.RoundReported, report.task, report.round, origin, receiveId, body));
    }

    function _onEpochSettled(uint64 origin, bytes32 receiveId, bytes memory body) private {
        SettlementReport memory report = abi.decode(body, (SettlementReport));
        TaskFacts storage facts = _requireReporter(origin, report.chainId, report.task);
        _possible(report.workers <= facts.maxWorkers, origin, report.task, "workers");
        _possible((report.workers == 0) == (report.recordsRoot == 0), origin, report.task, "recordsRoot");
        facts.policy.checkTotals(Extent(facts.epochSeconds, facts.rounds, report.workers), report.totals);
        _recordOnce(Statement(MessageKind.EpochSettled, report.task, 0, origin, receiveId, body));
    }

    function _onCommitsClosed(uint64 origin, bytes32 receiveId, bytes memory body) private {
        CommitsReport memory report = abi.decode(body, (CommitsReport));
        TaskId task = report.task;
        uint16 round = report.round;
        TaskFacts storage facts = _requireReporter(origin, report.chainId, task);
        _possible(round <= facts.round, origin, task, "round");
        _possible(report.committed <= facts.maxWorkers, origin, task, "committed");
        Statement memory said = Statement(MessageKind.CommitsClosed, task, round, origin, receiveId, body);
        if (_isKnown(said)) return;
        _record(said);
        if (++_commitsClosed[task][round] < facts.subchains.length) return;
        // All have said so: whatever is revealed from now on, nobody can commit to a copy of it.
        _sendToSubchains(task, MessageKind.RevealsOpened, abi.encode(RevealsOpened(task, round)));
    }

    /// @dev Records a report and forwards it to main.
    function _recordOnce(Statement memory said) private {
        if (_isKnown(said)) return;
        _record(said);
        _send(MAIN_CHAIN_ID, said.kind, said.body);
    }

    /// @dev Whether the chain said something on this before: the same is let pass, a contradiction freezes it.
    function _isKnown(Statement memory said) private returns (bool) {
        bytes32 recorded = _records[_keyOf(said)];
        if (recorded == 0) return false;
        bytes32 bodyHash = keccak256(said.body);
        if (recorded == bodyHash) {
            emit RepeatedMessage(said.origin, said.task, said.receiveId);
        } else {
            _chains[said.origin].frozen = true;
            emit ChainFrozen(said.origin, said.task, recorded, bodyHash);
        }
        return true;
    }

    function _record(Statement memory said) private {
        bytes32 bodyHash = keccak256(said.body);
        _records[_keyOf(said)] = bodyHash;
        emit MessageRecorded(said.kind, said.task, said.origin, said.round, said.receiveId, bodyHash);
    }

    function _forward(Statement memory said) private {
        _sendToSubchains(said.task, said.kind, said.body);
    }

    function _sendToSubchains(TaskId task, MessageKind kind, bytes memory body) private {
        uint64[] storage subchains = _facts[task].subchains;
        for (uint256 i = 0; i < subchains.length; ++i) _send(subchains[i], kind, body);
    }

    function _register(uint64 chainId, Space space) private {
        require(_chains[chainId].space == Space.None && chainId != block.chainid, InvalidChain(chainId));
        _chains[chainId] = Chain(space, false);
        _chainIds.push(chainId);
        emit ChainRegistered(chainId, space);
    }

    function _requireReporter(
        uint64 origin,
        uint64 stated,
        TaskId task
    ) private view returns (TaskFacts storage facts) {
        facts = _facts[task];
        bool takesPart = false;
        for (uint256 i = 0; i < facts.subchains.length; ++i) {
            if (facts.subchains[i] == origin) takesPart = true;
        }
        require(takesPart && origin == stated, WrongReporter(origin, stated));
    }

    function _possible(bool holds, uint64 origin, TaskId task, string memory field) private pure {
        require(holds, ImpossibleReport(origin, task, field));
    }

    function _keyOf(Statement memory said) private pure returns (bytes32) {
        return _key(said.kind, said.task, said.round, said.origin);
    }

    function _key(MessageKind kind, TaskId task, uint16 round, uint64 chainId) private pure returns (bytes32) {
        return keccak256(abi.encode(kind, task, round, chainId));
    }
}
