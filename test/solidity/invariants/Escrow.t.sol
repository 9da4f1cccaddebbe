// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IncrementalMerkle} from "../../../contracts/gateway/IncrementalMerkle.sol";
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
import {RevealedUpdate, Schedule, TaskId, TaskTerms, WorkRecord} from "../../../contracts/types/TaskTypes.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
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
    /// @dev A credit that a worker had a right to and that was refused, or one that it had no right to and that was taken.
    bool public wrongCredit;
    /// @dev A claim of a worker that is a settled one's own, while the escrow is held, that was refused.
    bool public refusedClaim;
    /// @dev A refund while the route was closed and something could be claimed, or one refused after the longest time.
    bool public wrongRefund;
    uint256 public collected;
    uint256 public donated;
    uint256 public tasks;
    /// @dev Of all tasks, wei.
    uint256 public fees;
    /// @dev How often each action took effect.
    mapping(string action => uint256) public effects;

    mapping(TaskId => mapping(uint64 chainId => Done[])) private _settled;
    /// @dev How many updates a subchain reported of a round.
    mapping(TaskId => mapping(uint16 round => mapping(uint64 chainId => uint32))) private _reported;
    mapping(TaskId => mapping(uint64 chainId => mapping(uint32 index => bool))) private _credited;
    uint256 private _time = NOW;
    uint48 private _openSince = NOW;

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
        fees += _feeOf(terms, _mechanismTerms());
        ++tasks;
        ++effects["publish"];
    }

    /// @dev A round reported by both subchains, or one, and attested.
    function runRound(uint256 seed) external now_ {
        TaskId task = _pick(seed);
        uint16 round = _manager.taskOf(task).round;
        uint32 workers = _manager.termsOf(task).maxWorkers;
        bool silent = draw(seed, 1) % 8 == 0;
        _reportRound(task, round, VIRTUAL, workers);
        if (!silent) _reportRound(task, round, PHYSICAL, workers);
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

    /// @dev A subchain's report of a round, which may come when the task has expired.
    function report(uint256 seed) external now_ {
        TaskId task = _pick(seed);
        uint16 round = _manager.taskOf(task).round + (draw(seed, 1) % 8 == 0 ? 1 : 0);
        uint64 chainId = draw(seed, 2) % 2 == 0 ? VIRTUAL : PHYSICAL;
        bool expired = _manager.taskOf(task).status == TaskStatus.Expired;
        uint32 revealed = uint32(draw(seed, 3) % (uint256(_manager.termsOf(task).maxWorkers) + 1));
        if (_reportRound(task, round, chainId, revealed) && expired) ++effects["report"];
    }

    /// @dev A credit: often rightly, at times with too few receipts, of another round or of what was not reported.
    function credit(uint256 seed) external now_ {
        TaskId task = _pick(seed);
        uint64 chainId = draw(seed, 1) % 2 == 0 ? VIRTUAL : PHYSICAL;
        ITaskManager.Task memory state = _manager.taskOf(task);
        uint16 round = draw(seed, 2) % 8 == 0 && state.round > 0 ? state.round - 1 : state.round;
        uint32 reported = _reported[task][round][chainId];
        RevealedUpdate[] memory reveals = _revealsOf(task, round, chainId, reported + (draw(seed, 3) % 8 == 0 ? 1 : 0));
        if (reveals.length == 0) return;
        uint32 index = uint32(draw(seed, 4) % reveals.length);
        bool enough = draw(seed, 5) % 8 != 0;
        bytes32[] memory leaves = _leaves(reveals);
        bytes memory call = abi.encodeCall(
            ITaskManager.credit,
            (
                reveals[index],
                index,
                NaiveMerkle.branch(leaves, IncrementalMerkle.depthOf(leaves.length), index),
                _receipts(leaves[index], new uint8[](enough ? 1 : 0))
            )
        );
        bool right = state.status == TaskStatus.Expired &&
            !state.refunded &&
            round == state.round &&
            reveals.length == reported &&
            enough;
        if (_try(call) != right) wrongCredit = true;
        if (!right) return;
        _credited[task][chainId][index] = true;
        ++effects["credit"];
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
        bytes memory body = abi.encode(SettlementReport(chainId, task, workers, _rootOf(done), 0, _totals()));
        bool known = _manager.settlementOf(task, chainId).receivedAt != 0;
        if (!_say(MessageKind.EpochSettled, body) || known) return;
        if (_manager.settlementOf(task, chainId).receivedAt == 0) return;
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
        ITaskManager.Task memory state = _manager.taskOf(task);
        bool own = draw(seed, 5) % 4 != 0;
        bool right = (state.status == TaskStatus.Completed || (state.status == TaskStatus.Expired && own)) &&
            !state.refunded &&
            !_manager.isClaimed(task, chainId, index) &&
            // In storage: the record is the one in `done`, and what is changed in it is changed there.
            record.worker == _settled[task][chainId][index].record.worker &&
            keccak256(work) == keccak256(done[index].work) &&
            // An item that there is not has no pay.
            abi.decode(work, (AoIWork)).item < 3 &&
            abi.decode(work, (AoIWork)).coveredSeconds <= EPOCH;
        if (own) vm.prank(record.worker);
        if (!_try(abi.encodeCall(ITaskManager.claim, (record, branch, work, _noScore())))) {
            if (right) refusedClaim = true;
            return;
        }
        uint256 amount = _token.balanceOf(record.worker) - before;
        paidOut[task] += amount;
        ++payments[task][chainId][index];
        AoIWork memory did = abi.decode(done[index].work, (AoIWork));
        if (amount > (did.item < 3 ? _menu()[did.item].reward + BONUS : 0)) overpaid = true;
        if (refunded) movedAfterRefund = true;
        if (_credited[task][chainId][index] && did.coveredSeconds == EPOCH && amount == 0) refusedClaim = true;
        ++effects["claim"];
        if (amount > 0) ++effects["pay"];
    }

    function refund(uint256 seed) external now_ {
        TaskId task = _pick(seed);
        bool refunded = refundedTo[task] > 0;
        uint256 before = _token.balanceOf(PUBLISHER);
        ITaskManager.Task memory state = _manager.taskOf(task);
        uint48 held = _manager.heldUntil(task);
        bool longest = _isLongest(task, state);
        if (!_try(abi.encodeCall(ITaskManager.refund, (task)))) {
            if (longest) wrongRefund = true;
            return;
        }
        if (_openSince == 0 && held != 0) wrongRefund = true;
        refundedTo[task] += _token.balanceOf(PUBLISHER) - before;
        if (refunded) movedAfterRefund = true;
        ++effects["refund"];
    }

    function expire(uint256 seed) external now_ {
        if (_try(abi.encodeCall(ITaskManager.expire, (_pick(seed))))) ++effects["expire"];
    }

    /// @dev The route from the relay chain is paused, or opens again.
    function turnRoute(uint256 seed) external now_ {
        _openSince = seed % 3 == 0 ? 0 : uint48(_time);
        _gateway.setOpenSince(_openSince);
        if (_openSince == 0) ++effects["pause"];
    }

    function collectFees(uint256) external now_ {
        collected += _manager.collectFees();
        if (collected > 0) ++effects["collect"];
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

    /// @dev Some seconds, and rarely longer than any escrow is held.
    function wait(uint256 seed) external {
        _time += seed % 40 == 0 ? 8 days : seed % 200;
    }

    /// @dev Reports updates of the first workers; whether that was taken.
    function _reportRound(TaskId task, uint16 round, uint64 chainId, uint32 revealed) private returns (bool) {
        bool known = _manager.reportOf(task, round, chainId).received;
        RoundReport memory said = _roundReport(task, round, chainId, revealed);
        bytes32[] memory leaves = _leaves(_revealsOf(task, round, chainId, revealed));
        said.updatesRoot = NaiveMerkle.root(leaves, IncrementalMerkle.depthOf(leaves.length));
        _say(MessageKind.RoundReported, abi.encode(said));
        if (known || !_manager.reportOf(task, round, chainId).received) return false;
        _reported[task][round][chainId] = revealed;
        return true;
    }

    function _revealsOf(
        TaskId task,
        uint16 round,
        uint64 chainId,
        uint32 count
    ) private pure returns (RevealedUpdate[] memory reveals) {
        reveals = _reveals(chainId, round, count);
        for (uint256 i = 0; i < count; ++i) reveals[i].task = task;
    }

    /// @dev Whether an ended task is past the longest time for which its escrow is held: a week for subchains that are
    /// silent, and twice the time for claims, or the time for claims since the route is open.
    function _isLongest(TaskId task, ITaskManager.Task memory state) private view returns (bool) {
        if (state.endedAt == 0 || state.refunded || _openSince == 0) return false;
        Schedule memory schedule = _manager.termsOf(task).schedule;
        uint256 end = schedule.startTime + schedule.epochSeconds;
        if (state.endedAt > end) end = state.endedAt;
        return
            _time >= end + SILENCE + 2 * uint256(schedule.claimSeconds) &&
            _time >= _openSince + uint256(schedule.claimSeconds);
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

    /// @dev 22
    function invariant_revealedWorkIsOwedWhileTheEscrowIsHeld() external view {
        assertFalse(_handler.wrongCredit(), "credits are of what was revealed and held, and no other");
        assertFalse(_handler.refusedClaim(), "whoever is owed is paid");
    }

    /// @dev 23
    function invariant_thePublisherWaitsOnlySoLong() external view {
        assertFalse(_handler.wrongRefund(), "refunds come when they are due");
    }

    /// @dev 24
    function invariant_feesAreApart() external view {
        assertEq(address(_handler.manager()).balance + _handler.collected(), _handler.fees(), "fees");
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
        bytes4[13] memory actions = [_handler.publish.selector, _handler.runRound.selector, _handler.settle.selector, _handler.claim.selector, _handler.refund.selector, _handler.expire.selector, _handler.reject.selector, _handler.donate.selector, _handler.wait.selector, _handler.report.selector, _handler.credit.selector, _handler.turnRoute.selector, _handler.collectFees.selector];
        for (uint256 i = 0; i < 900; ++i) {
            bytes4 action = actions[draw(1, i) % 13];
            (bool done, ) = address(_handler).call(abi.encodeWithSelector(action, draw(2, i)));
            assertTrue(done, "no action reverts");
        }
        string[12] memory effects = ["publish", "attest", "settle", "claim", "pay", "refund", "expire", "reject", "report", "credit", "pause", "collect"];
        for (uint256 i = 0; i < 12; ++i) assertTrue(_handler.effects(effects[i]) > 0, effects[i]);
    }
}
