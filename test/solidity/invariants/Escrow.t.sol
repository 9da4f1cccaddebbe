// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {AoIWork} from "../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {
    MessageKind,
    RoundReport,
    SettlementReport,
    TaskRejection,
    TaskStatus
} from "../../../contracts/types/Messages.sol";
import {TaskId, TaskTerms, WorkRecord} from "../../../contracts/types/TaskTypes.sol";
import {Test} from "../Test.sol";
import {TaskManagerFixture} from "../main/TaskManagerFixture.sol";

/// @title Publishers, subchains, aggregators, workers and the clock of a main chain, at random
/// @notice Calls that the task manager refuses change nothing and are let pass.
contract EscrowHandler is TaskManagerFixture {
    uint256 private constant TASKS = 4;

    /// @dev What was seen to move, by task.
    mapping(TaskId => uint256) public paidOut;
    mapping(TaskId => uint256) public refundedTo;
    mapping(TaskId => mapping(uint64 chainId => mapping(uint32 index => uint256))) public payments;
    /// @dev A claim that paid more than reward and bonus of the record's item.
    bool public overpaid;
    /// @dev A refund or claim that moved something after a refund.
    bool public movedAfterRefund;
    uint256 public donated;
    uint256 public tasks;
    /// @dev How often each action took effect.
    mapping(string action => uint256) public effects;

    mapping(TaskId => mapping(uint64 chainId => Done[])) private _settled;
    uint256 private _time = NOW;

    modifier now_() {
        vm.chainId(MAIN);
        vm.warp(_time);
        _;
    }

    constructor() {
        _deploy();
    }

    function manager() external view returns (ITaskManager) {
        return _manager;
    }

    function balance() external view returns (uint256) {
        return _token.balanceOf(address(_escrow));
    }

    function publish(uint256 seed) external now_ {
        if (tasks == TASKS) return;
        TaskTerms memory terms = _terms();
        terms.schedule.startTime = uint48(_time);
        terms.schedule.deadline = uint48(_time) + EPOCH + uint48(seed % 200);
        terms.schedule.claimSeconds = uint32(MIN_CLAIM + (draw(seed, 1) % 300));
        terms.maxWorkers = uint32(2 + (draw(seed, 2) % 5));
        terms.rounds = uint16(1 + (draw(seed, 3) % 3));
        terms.minUpdates = 1;
        (terms.attestations, terms.aggregators) = (1, new address[](1));
        terms.aggregators[0] = _aggregator(0);
        uint256 budget = WORST_CASE * terms.maxWorkers * 2 + (draw(seed, 4) % 2_000);
        _publish(terms, _token, budget);
        ++tasks;
        ++effects["publish"];
    }

    /// @dev A round reported by both subchains, or one, and attested.
    function runRound(uint256 seed) external now_ {
        TaskId task = _pick(seed);
        uint16 round = _manager.taskOf(task).round;
        uint32 workers = _manager.termsOf(task).maxWorkers;
        bool silent = draw(seed, 1) % 8 == 0;
        _say(MessageKind.RoundReported, abi.encode(_roundReport(task, round, VIRTUAL, workers)));
        if (!silent) _say(MessageKind.RoundReported, abi.encode(_roundReport(task, round, PHYSICAL, workers)));
        uint256 mask = (1 << workers) - 1;
        ITaskManager.Aggregate memory aggregate = _aggregate(draw(seed, 2) & mask, silent ? 0 : draw(seed, 3) & mask);
        if (draw(seed, 4) % 3 != 0) (aggregate.accepted[0], aggregate.accepted[1]) = (_word(mask), _word(silent ? 0 : mask));
        if (draw(seed, 5) % 10 == 0) aggregate.scorePpb = 950_000_000;
        // An attempt before it that failed is over by then.
        _time += REPORT;
        vm.warp(_time);
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(_aggregator(i));
            _try(abi.encodeCall(ITaskManager.commitAttestation, (task, round, _commitmentTo(aggregate, i))));
        }
        uint256 aggregator = draw(seed, 6) % 4;
        vm.prank(_aggregator(aggregator));
        if (_try(abi.encodeCall(ITaskManager.attest, (task, round, aggregate, _saltOf(aggregator))))) ++effects["attest"];
    }

    /// @dev A subchain settles: often truly, at times with more workers, time or items than there are.
    function settle(uint256 seed) external now_ {
        TaskId task = _pick(seed);
        uint64 chainId = draw(seed, 1) % 2 == 0 ? VIRTUAL : PHYSICAL;
        uint32 workers = uint32(draw(seed, 2) % (_manager.termsOf(task).maxWorkers + 2));
        Done[] memory done = _done(chainId, workers, 0);
        for (uint256 i = 0; i < workers; ++i) {
            done[i].record.task = task;
            done[i].record.worker = _worker(draw(seed, 10 + i) % 50);
            uint16 item = uint16(draw(seed, 20 + i) % 10 == 0 ? 3 : draw(seed, 30 + i) % 3);
            uint64 covered = uint64(draw(seed, 40 + i) % 3 == 0 ? EPOCH : draw(seed, 50 + i) % (2 * EPOCH));
            _setWork(done[i], abi.encode(AoIWork(item, covered, 0)));
        }
        bytes memory body = abi.encode(SettlementReport(chainId, task, workers, _rootOf(done), _totals()));
        bool known = _manager.settlementOf(task, chainId).received;
        if (!_say(MessageKind.EpochSettled, body) || known) return;
        if (!_manager.settlementOf(task, chainId).received) return;
        for (uint256 i = 0; i < workers; ++i) _settled[task][chainId].push(done[i]);
        ++effects["settle"];
    }

    /// @dev A claim of a settled worker, again at times, or with a changed record or work.
    function claim(uint256 seed) external now_ {
        TaskId task = _pick(seed);
        uint64 chainId = draw(seed, 1) % 2 == 0 ? VIRTUAL : PHYSICAL;
        Done[] memory done = _settled[task][chainId];
        if (done.length == 0) return;
        uint32 index = uint32(draw(seed, 2) % done.length);
        WorkRecord memory record = done[index].record;
        bytes memory work = done[index].work;
        bytes32[] memory branch = _branch(done, index);
        if (draw(seed, 3) % 10 == 0) record.worker = _worker(99);
        if (draw(seed, 4) % 10 == 0) work = abi.encode(AoIWork(2, EPOCH, 0));
        bool refunded = refundedTo[task] > 0;
        uint256 before = _token.balanceOf(record.worker);
        if (!_try(abi.encodeCall(ITaskManager.claim, (record, branch, work, _noScore())))) return;
        uint256 amount = _token.balanceOf(record.worker) - before;
        paidOut[task] += amount;
        ++payments[task][chainId][index];
        AoIWork memory did = abi.decode(done[index].work, (AoIWork));
        if (amount > _menu()[did.item].reward + BONUS) overpaid = true;
        if (refunded) movedAfterRefund = true;
        ++effects["claim"];
        if (amount > 0) ++effects["pay"];
    }

    function refund(uint256 seed) external now_ {
        TaskId task = _pick(seed);
        bool refunded = refundedTo[task] > 0;
        uint256 before = _token.balanceOf(PUBLISHER);
        if (!_try(abi.encodeCall(ITaskManager.refund, (task)))) return;
        refundedTo[task] += _token.balanceOf(PUBLISHER) - before;
        if (refunded) movedAfterRefund = true;
        ++effects["refund"];
    }

    function expire(uint256 seed) external now_ {
        if (_try(abi.encodeCall(ITaskManager.expire, (_pick(seed))))) ++effects["expire"];
    }

    function reject(uint256 seed) external now_ {
        if (seed % 8 != 0) return;
        if (_say(MessageKind.TaskRejected, abi.encode(TaskRejection(_pick(seed / 8), "reason")))) ++effects["reject"];
    }

    /// @dev Anyone may send tokens to the escrow; they belong to no task.
    function donate(uint256 seed) external now_ {
        if (seed % 4 != 0) return;
        donated += seed % 1_000;
        vm.prank(PUBLISHER);
        _token.transfer(address(_escrow), seed % 1_000);
    }

    function wait(uint256 seed) external {
        _time += seed % 200;
    }

    function _pick(uint256 seed) private view returns (TaskId) {
        // At times one that is not there.
        return TaskId.wrap(seed % (tasks + 1) == 0 ? tasks : seed % (tasks + 1));
    }

    function _try(bytes memory call) private returns (bool done) {
        (done, ) = address(_manager).call(call);
    }

    function _say(MessageKind kind, bytes memory body) private returns (bool done) {
        bytes memory call = abi.encodeCall(_gateway.inject, (address(_manager), RELAY, RELAY_APP, kind, body));
        (done, ) = address(_gateway).call(call);
    }
}

/// @dev Numbers are those of INVARIANTS.md.
contract EscrowInvariants is Test {
    EscrowHandler private _handler;

    function setUp() external {
        _handler = new EscrowHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev 1, 2
    function invariant_escrowIsConserved() external view {
        IRewardEscrow escrow = _handler.manager().escrow();
        uint256 held = 0;
        for (uint256 i = 1; i <= _handler.tasks(); ++i) {
            TaskId task = TaskId.wrap(i);
            IRewardEscrow.Account memory account_ = escrow.accountOf(address(_handler.manager()), TaskId.unwrap(task));
            assertEq(account_.paid, _handler.paidOut(task), "paid is what workers received");
            assertEq(account_.refunded, _handler.refundedTo(task), "refunded is what the publisher received");
            assertEq(account_.funded, account_.paid + account_.refunded + escrow.heldBy(address(_handler.manager()), TaskId.unwrap(task)), "conserved");
            held += escrow.heldBy(address(_handler.manager()), TaskId.unwrap(task));
        }
        assertEq(_handler.balance(), held + _handler.donated(), "the balance covers what is held");
    }

    /// @dev 3
    function invariant_noWorkerIsPaidMoreThanItsItem() external view {
        assertFalse(_handler.overpaid(), "overpaid");
    }

    /// @dev 4
    function invariant_noWorkerIsPaidTwice() external view {
        for (uint256 i = 1; i <= _handler.tasks(); ++i) {
            for (uint64 chainId = 1003; chainId <= 1004; ++chainId) {
                for (uint32 index = 0; index < 8; ++index) {
                    assertLe(_handler.payments(TaskId.wrap(i), chainId, index), 1, "claims of one record");
                }
            }
        }
    }

    /// @dev 5
    function invariant_aRefundIsTheLastPayment() external view {
        assertFalse(_handler.movedAfterRefund(), "moved after the refund");
    }

    /// @dev 6
    function invariant_anOpenTaskHoldsItsWholeBudget() external view {
        IRewardEscrow escrow = _handler.manager().escrow();
        for (uint256 i = 1; i <= _handler.tasks(); ++i) {
            TaskId task = TaskId.wrap(i);
            if (_handler.manager().taskOf(task).status != TaskStatus.Open) continue;
            assertEq(escrow.heldBy(address(_handler.manager()), TaskId.unwrap(task)), escrow.accountOf(address(_handler.manager()), TaskId.unwrap(task)).funded, "held");
        }
    }

    /// @dev The invariants would hold of a handler whose every call is refused; this one's take effect.
    function test_theHandlerReachesEveryAction() external {
        bytes4[9] memory actions = [_handler.publish.selector, _handler.runRound.selector, _handler.settle.selector, _handler.claim.selector, _handler.refund.selector, _handler.expire.selector, _handler.reject.selector, _handler.donate.selector, _handler.wait.selector];
        for (uint256 i = 0; i < 600; ++i) {
            bytes4 action = actions[draw(1, i) % 9];
            (bool done, ) = address(_handler).call(abi.encodeWithSelector(action, draw(2, i)));
            assertTrue(done, "no action reverts");
        }
        string[8] memory effects = ["publish", "attest", "settle", "claim", "pay", "refund", "expire", "reject"];
        for (uint256 i = 0; i < 8; ++i) assertTrue(_handler.effects(effects[i]) > 0, effects[i]);
    }
}
