// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {ITradingPolicy} from "../../../contracts/mechanisms/model-trading/ITradingPolicy.sol";
import {TradingScore, TradingWork} from "../../../contracts/mechanisms/model-trading/TradingTypes.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {MessageKind, SettlementReport, TaskRejection, TaskStatus} from "../../../contracts/types/Messages.sol";
import {CLOCK_SKEW_SECONDS, ScoreRecord, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {Test} from "../Test.sol";
import {TradingManagerFixture} from "../mechanisms/model-trading/TradingManagerFixture.sol";

/// @title Publisher, workers, subchains, aggregators and the clock of trades with bonds, at random
/// @notice Calls that are refused change nothing and are let pass.
contract BondsHandler is TradingManagerFixture {
    uint256 private constant TASKS = 3;
    /// @dev In which most reports come, at the pace of these calls.
    uint32 private constant LONG_REPORT = 300;

    uint256 public tasks;
    /// @dev How often a bond went back to its worker, and to the publisher.
    mapping(bytes32 place => uint256) public returned;
    mapping(bytes32 place => uint256) public forfeited;
    mapping(bytes32 place => bool) public locked;
    mapping(bytes32 place => uint256) public claims;
    uint256 public lockedNow;
    /// @dev A claim above the worker's cap, or of who locked no bond.
    bool public overpaid;
    /// @dev A bond that the publisher got of a task that is not complete, or of a worker that kept half of the rounds.
    bool public wrongForfeit;
    /// @dev A bond that could not be taken back a week and twice the time for claims after all had ended.
    bool public stuck;
    mapping(string action => uint256) public effects;

    mapping(TaskId => mapping(uint64 chainId => Done[])) private _settled;
    uint256 private _time = NOW;

    modifier now_() {
        vm.chainId(MAIN);
        vm.warp(_time);
        _;
    }

    constructor() {
        _deployTrading();
        for (uint32 i = 0; i < SELLERS; ++i) {
            for (uint64 chainId = VIRTUAL; chainId <= PHYSICAL; ++chainId) {
                vm.prank(PUBLISHER);
                _token.transfer(_workerOf(chainId, i), 1_000 * uint256(BOND));
            }
        }
    }

    function publish(uint256 seed) external now_ {
        if (tasks == TASKS) return;
        TaskTerms memory terms = _tradeTerms();
        terms.rounds = uint16(1 + (draw(seed, 2) % 3));
        terms.schedule.startTime = uint48(_time + 60);
        terms.schedule.deadline = uint48(_time) + EPOCH + 1_000;
        terms.schedule.reportSeconds = LONG_REPORT;
        terms.schedule.claimSeconds = uint32(MIN_CLAIM + (draw(seed, 1) % 300));
        (terms.attestations, terms.aggregators) = (1, new address[](1));
        terms.aggregators[0] = _aggregator(0);
        _publishTrade(terms, _tradingTerms());
        ++tasks;
        ++effects["publish"];
    }

    function lock(uint256 seed) external now_ {
        (TaskId task, uint64 chainId, uint32 index) = _place(seed);
        bytes memory call = abi.encodeCall(ITradingPolicy.lockBond, (address(_manager), task, chainId));
        vm.prank(_workerOf(chainId, index));
        if (!_try(address(_trading), call)) return;
        locked[placeOf(task, chainId, index)] = true;
        ++lockedNow;
        ++effects["lock"];
    }

    /// @dev A round that some were taken in, and that scores all. At times few or none of the physical workers were there, or
    /// nothing is heard of them.
    function runRound(uint256 seed) external now_ {
        TaskId task = _pick(seed);
        uint16 round = _manager.taskOf(task).round;
        if (_manager.taskOf(task).status != TaskStatus.Open) return;
        _report(task, round, VIRTUAL, SELLERS);
        uint32 revealed = uint32(draw(seed, 2) % (SELLERS + 1));
        bool isSilent = draw(seed, 3) % 6 == 0;
        if (isSilent) _time += COMMIT + CLOCK_SKEW_SECONDS + REVEAL + LONG_REPORT;
        else _report(task, round, PHYSICAL, revealed);
        uint256 taken = isSilent ? 0 : draw(seed, 4) % (uint256(1) << revealed);
        ITaskManager.Aggregate memory aggregate = _aggregate(1 + (draw(seed, 1) % 15), taken);
        aggregate.scores = ITaskManager.Scores(NaiveMerkle.root(_scores(task), 3), keccak256("scores"));
        vm.warp(_time);
        vm.prank(_aggregator(0));
        bytes32 commitment = _commitmentTo(aggregate, 0);
        if (!_try(address(_manager), abi.encodeCall(ITaskManager.commitAttestation, (task, round, commitment)))) return;
        vm.prank(_aggregator(0));
        if (_try(address(_manager), abi.encodeCall(ITaskManager.attest, (task, round, aggregate, _saltOf(0))))) {
            ++effects["round"];
        }
    }

    /// @dev A subchain settles, often truly, at times with work that there cannot be.
    function settle(uint256 seed) external now_ {
        TaskId task = _pick(seed);
        uint64 chainId = draw(seed, 1) % 2 == 0 ? VIRTUAL : PHYSICAL;
        if (_manager.settlementOf(task, chainId).receivedAt != 0) return;
        Done[] memory done = _sold(chainId, uint32(1 + (draw(seed, 2) % SELLERS)));
        for (uint256 i = 0; i < done.length; ++i) {
            done[i].record.task = task;
            TradingWork memory work = _threeSales();
            work.rounds = draw(seed, 10 + i) % 4 == 0 ? uint16(draw(seed, 40 + i) % 4) : 3;
            if (draw(seed, 30 + i) % 3 == 0) (work.price, work.ageMs2) = (type(uint128).max, 0);
            _setWork(done[i], abi.encode(work));
        }
        SettlementReport memory said = SettlementReport(chainId, task, uint32(done.length), _rootOf(done), 0, "");
        bytes memory body = abi.encode(said);
        if (!_say(MessageKind.EpochSettled, body)) return;
        if (_manager.settlementOf(task, chainId).receivedAt == 0) return;
        for (uint256 i = 0; i < done.length; ++i) _settled[task][chainId].push(done[i]);
        ++effects["settle"];
    }

    function claim(uint256 seed) external now_ {
        (TaskId task, uint64 chainId, uint32 index) = _place(seed);
        Done[] memory done = _settled[task][chainId];
        if (index >= done.length) return;
        uint32 position = index + (chainId == PHYSICAL ? SELLERS : 0);
        ITaskManager.Score memory score = _manager.scoresOf(task) == 0
            ? _noScore()
            : ITaskManager.Score(_score(), position, NaiveMerkle.branch(_scores(task), 3, position));
        bytes32[] memory branch = _branch(done, index);
        address worker = done[index].record.worker;
        uint256 before = _token.balanceOf(worker);
        vm.prank(worker);
        bytes memory call = abi.encodeCall(ITaskManager.claim, (done[index].record, branch, done[index].work, score));
        if (!_try(address(_manager), call)) return;
        ++claims[placeOf(task, chainId, index)];
        ++effects["claim"];
        uint256 amount = _token.balanceOf(worker) - before;
        if (amount > 0) ++effects["pay"];
        if (amount > CAP || (amount > 0 && !locked[placeOf(task, chainId, index)])) overpaid = true;
    }

    function settleBond(uint256 seed) external now_ {
        (TaskId task, uint64 chainId, uint32 index, ) = _heldPlace(seed);
        Done[] memory done = _settled[task][chainId];
        if (index >= done.length) return;
        (uint256 worker, uint256 publisher) = _balances(chainId, index);
        bytes memory call = abi.encodeCall(
            ITradingPolicy.settleBond,
            (address(_manager), done[index].record, _branch(done, index), done[index].work)
        );
        if (!_try(address(_trading), call)) return;
        _moved(task, chainId, index, worker, publisher);
        ++effects["settleBond"];
    }

    function returnBond(uint256 seed) external now_ {
        // Or few would be left for those who settle.
        if (seed % 4 != 0) return;
        (TaskId task, uint64 chainId, uint32 index, bool held) = _heldPlace(seed / 4);
        (uint256 worker, uint256 publisher) = _balances(chainId, index);
        bytes memory call = abi.encodeCall(
            ITradingPolicy.returnBond,
            (address(_manager), task, chainId, _workerOf(chainId, index))
        );
        if (!_try(address(_trading), call)) {
            if (held && _isOver(task)) stuck = true;
            return;
        }
        _moved(task, chainId, index, worker, publisher);
        ++effects["returnBond"];
    }

    function expire(uint256 seed) external now_ {
        if (_try(address(_manager), abi.encodeCall(ITaskManager.expire, (_pick(seed))))) ++effects["expire"];
    }

    function refund(uint256 seed) external now_ {
        if (_try(address(_manager), abi.encodeCall(ITaskManager.refund, (_pick(seed))))) ++effects["refund"];
    }

    function reject(uint256 seed) external now_ {
        if (seed % 12 != 0) return;
        if (_say(MessageKind.TaskRejected, abi.encode(TaskRejection(_pick(seed / 12), "reason")))) ++effects["reject"];
    }

    /// @dev Some seconds, and rarely longer than anything is held.
    function wait(uint256 seed) external {
        _time += seed % 30 == 0 ? 9 days : seed % 120;
    }

    /// @dev What the escrow owes in the token, and what of it is of the tasks.
    function owed() external view returns (uint256 all, uint256 ofTasks) {
        all = _escrow.owedIn(_token);
        for (uint256 i = 1; i <= tasks; ++i) ofTasks += _held(TaskId.wrap(i));
    }

    function balances() external view returns (uint256 escrow, uint256 policy) {
        return (_token.balanceOf(address(_escrow)), _token.balanceOf(address(_trading)));
    }

    function bond() external pure returns (uint256) {
        return BOND;
    }

    function placeOf(TaskId task, uint64 chainId, uint32 index) public pure returns (bytes32) {
        return keccak256(abi.encode(task, chainId, index));
    }

    /// @dev To whom a bond went, by what both have more.
    function _moved(TaskId task, uint64 chainId, uint32 index, uint256 worker, uint256 publisher) private {
        (uint256 workerNow, uint256 publisherNow) = _balances(chainId, index);
        bytes32 place = placeOf(task, chainId, index);
        --lockedNow;
        if (workerNow == worker + BOND) {
            ++returned[place];
            ++effects["returned"];
        }
        if (publisherNow != publisher + BOND) return;
        ++forfeited[place];
        ++effects["forfeited"];
        (uint256 kept, uint256 missed) = _manager.attendanceOf(task, chainId, index, type(uint16).max, 0);
        uint256 counted = _manager.taskOf(task).round;
        bool complete = _manager.taskOf(task).status == TaskStatus.Completed;
        if (!complete || 2 * kept >= counted || 2 * missed <= counted) wrongForfeit = true;
    }

    function _balances(uint64 chainId, uint32 index) private view returns (uint256 worker, uint256 publisher) {
        return (_token.balanceOf(_workerOf(chainId, index)), _token.balanceOf(PUBLISHER));
    }

    function _isOver(TaskId task) private view returns (bool) {
        ITaskManager.Task memory state = _manager.taskOf(task);
        if (state.endedAt == 0) return false;
        TaskTerms memory terms = _manager.termsOf(task);
        uint256 end = terms.schedule.startTime + terms.schedule.epochSeconds;
        if (state.endedAt > end) end = state.endedAt;
        // A settlement may come until the refund, at any time after it is due.
        uint256 settledAt = 0;
        for (uint64 chainId = VIRTUAL; chainId <= PHYSICAL; ++chainId) {
            uint256 receivedAt = _manager.settlementOf(task, chainId).receivedAt;
            if (receivedAt > settledAt) settledAt = receivedAt;
        }
        if (settledAt > end) end = settledAt;
        return _time >= end + SILENCE + 2 * uint256(terms.schedule.claimSeconds);
    }

    /// @dev Of every place the same: the virtual ones, then the physical.
    function _scores(TaskId task) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](2 * SELLERS);
        for (uint32 i = 0; i < SELLERS; ++i) {
            leaves[i] = Leaves.ofScore(ScoreRecord(VIRTUAL, task, i, _score()));
            leaves[SELLERS + i] = Leaves.ofScore(ScoreRecord(PHYSICAL, task, i, _score()));
        }
    }

    function _score() private pure returns (bytes memory) {
        return abi.encode(TradingScore(900_000_000, 600_000_000, 1));
    }

    function _place(uint256 seed) private view returns (TaskId task, uint64 chainId, uint32 index) {
        task = _pick(seed);
        chainId = draw(seed, 100) % 2 == 0 ? VIRTUAL : PHYSICAL;
        index = draw(seed, 101) % 3 == 0 ? 0 : uint32(draw(seed, 102) % SELLERS);
    }

    /// @dev The place of a bond that is locked, as long as there is one: few are.
    function _heldPlace(uint256 seed) private view returns (TaskId task, uint64 chainId, uint32 index, bool held) {
        for (uint256 i = 0; i < TASKS * 2 * SELLERS && !held; ++i) {
            uint256 place = (seed % (TASKS * 2 * SELLERS)) + i;
            task = _pick(place);
            chainId = (place / TASKS) % 2 == 0 ? VIRTUAL : PHYSICAL;
            index = uint32((place / TASKS / 2) % SELLERS);
            held =
                _trading.bondOf(address(_manager), task, chainId, _workerOf(chainId, index)) ==
                ITradingPolicy.Bond.Locked;
        }
    }

    function _pick(uint256 seed) private view returns (TaskId) {
        return TaskId.wrap(tasks == 0 ? 1 : 1 + (seed % tasks));
    }

    function _try(address target, bytes memory call) private returns (bool done) {
        (done, ) = target.call(call);
    }

    function _say(MessageKind kind, bytes memory body) private returns (bool) {
        return
            _try(address(_gateway), abi.encodeCall(_gateway.inject, (address(_manager), RELAY, RELAY_APP, kind, body)));
    }
}

/// @dev Numbers are those of INVARIANTS.md.
contract BondsInvariants is Test {
    BondsHandler private _handler;

    function setUp() external {
        _handler = new BondsHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev 30
    function invariant_escrowAndBondsAreConserved() external view {
        (uint256 all, uint256 ofTasks) = _handler.owed();
        assertEq(all, ofTasks + _handler.lockedNow() * _handler.bond(), "what tasks hold and what is locked");
        (uint256 escrow, uint256 policy) = _handler.balances();
        assertEq(escrow, all, "lies in the escrow");
        assertEq(policy, 0, "and nothing with the policy");
    }

    /// @dev 31
    function invariant_aBondGoesOneWayOnce() external view {
        for (uint256 task = 1; task <= 3; ++task) {
            for (uint64 chainId = 1003; chainId <= 1004; ++chainId) {
                for (uint32 index = 0; index < 4; ++index) {
                    bytes32 place = _handler.placeOf(TaskId.wrap(task), chainId, index);
                    assertLe(_handler.returned(place) + _handler.forfeited(place), _handler.locked(place) ? 1 : 0, "once");
                    assertLe(_handler.claims(place), 1, "nor is a worker paid twice");
                }
            }
        }
        assertFalse(_handler.wrongForfeit(), "nobody's who kept half of the rounds of a complete task");
    }

    /// @dev 32
    function invariant_nobodyIsPaidAboveItsCapOrWithoutItsBond() external view {
        assertFalse(_handler.overpaid(), "overpaid");
    }

    /// @dev 33
    function invariant_noBondIsStuck() external view {
        assertFalse(_handler.stuck(), "stuck");
    }

    /// @dev The invariants would hold of a handler whose every call is refused; this one's take effect.
    function test_theHandlerReachesEveryAction() external {
        bytes4[11] memory actions = [
            _handler.publish.selector,
            _handler.lock.selector,
            _handler.runRound.selector,
            _handler.settle.selector,
            _handler.claim.selector,
            _handler.settleBond.selector,
            _handler.returnBond.selector,
            _handler.expire.selector,
            _handler.refund.selector,
            _handler.reject.selector,
            _handler.wait.selector
        ];
        string[13] memory effects = [
            "publish", "lock", "round", "settle", "claim", "pay", "settleBond", "returnBond", "expire", "refund",
            "reject", "returned", "forfeited"
        ];
        uint256[13] memory seen;
        // Few tasks fit into one handler's life: several lives.
        for (uint256 life = 0; life < 6; ++life) {
            _handler = new BondsHandler();
            for (uint256 i = 0; i < 250; ++i) {
                bytes4 action = actions[draw(life, i) % 11];
                (bool done, ) = address(_handler).call(abi.encodeWithSelector(action, draw(100 + life, i)));
                assertTrue(done, "no action reverts");
            }
            for (uint256 i = 0; i < 13; ++i) seen[i] += _handler.effects(effects[i]);
        }
        for (uint256 i = 0; i < 13; ++i) assertTrue(seen[i] > 0, effects[i]);
    }
}
