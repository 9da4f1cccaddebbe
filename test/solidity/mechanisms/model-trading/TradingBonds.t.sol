// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IRewardEscrow} from "../../../../contracts/interfaces/IRewardEscrow.sol";
import {IRewardPolicy} from "../../../../contracts/interfaces/IRewardPolicy.sol";
import {ITaskManager} from "../../../../contracts/interfaces/ITaskManager.sol";
import {ITradingPolicy} from "../../../../contracts/mechanisms/model-trading/ITradingPolicy.sol";
import {TradingScore, TradingTerms, TradingWork} from "../../../../contracts/mechanisms/model-trading/TradingTypes.sol";
import {TaskStatus} from "../../../../contracts/types/Messages.sol";
import {CLOCK_SKEW_SECONDS, RevealedUpdate, TaskId, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";
import {BlockingToken, FeeToken} from "../../main/Tokens.sol";
import {TradingManagerFixture} from "./TradingManagerFixture.sol";

contract TradingBondsTest is TradingManagerFixture {
    /// @dev What main sees of a subchain's round.
    struct Seen {
        /// @dev NONE: it did not report.
        uint32 revealed;
        /// @dev When it reported, seconds after the time for reports; NEVER: at once.
        int8 late;
        /// @dev Whether the first worker's update was taken.
        bool taken;
    }

    uint32 private constant NONE = type(uint32).max;
    int8 private constant NEVER = type(int8).min;

    address private immutable STRANGER = account("stranger");

    function setUp() external {
        _deployTrading();
        _publishTrade();
    }

    function test_lockBond() external {
        address worker = _workerOf(PHYSICAL, 0);
        vm.expectEmit(address(_trading));
        emit ITradingPolicy.BondLocked(address(_manager), TASK, worker, PHYSICAL, BOND);
        _lock(TASK, PHYSICAL, 0);
        assertTrue(_bond(PHYSICAL, 0) == ITradingPolicy.Bond.Locked, "locked");
        uint256 id = _trading.bondAccount(address(_manager), TASK, PHYSICAL, worker);
        IRewardEscrow.Account memory held = _escrow.accountOf(address(_trading), id);
        assertEq(held.payer, worker, "payer");
        assertEq(address(held.token), address(_token), "token");
        assertEq(held.funded, BOND, "amount");
        assertEq(_token.balanceOf(worker), 9 * uint256(BOND), "taken");
        assertEq(_token.balanceOf(address(_trading)), 0, "nothing lies with the policy");
    }

    function test_RevertWhen_ABondCannotBeLocked() external {
        _lock(TASK, PHYSICAL, 0);
        address worker = _workerOf(PHYSICAL, 0);
        vm.expectRevert(
            abi.encodeWithSelector(ITradingPolicy.BondAlreadyLocked.selector, TASK, PHYSICAL, worker)
        );
        _lock(TASK, PHYSICAL, 0);
        vm.expectRevert(abi.encodeWithSelector(IRewardPolicy.TaskNotOpen.selector, TaskId.wrap(9)));
        _lock(TaskId.wrap(9), PHYSICAL, 0);
        TradingTerms memory none = _tradingTerms();
        none.bond = 0;
        TaskId free = _publishTrade(_tradeTerms(), none);
        vm.expectRevert(abi.encodeWithSelector(ITradingPolicy.NoBondAsked.selector, free));
        _lock(free, PHYSICAL, 0);
        vm.warp(START);
        vm.expectRevert(abi.encodeWithSelector(ITradingPolicy.BondsClosed.selector, TASK, START));
        _lock(TASK, PHYSICAL, 1);
    }

    function test_RevertWhen_TheTokenTakesAFee() external {
        FeeToken fees = new FeeToken(PUBLISHER);
        FakeManager fake = new FakeManager(_escrow, fees);
        fake.open(_trading, _tradeTerms(), abi.encode(_tradingTerms()));
        address worker = _workerOf(PHYSICAL, 0);
        vm.prank(PUBLISHER);
        fees.transfer(worker, 10 * BOND);
        vm.startPrank(worker);
        fees.approve(address(_trading), type(uint256).max);
        vm.expectRevert();
        _trading.lockBond(address(fake), TASK, PHYSICAL);
        vm.stopPrank();
    }

    function test_settleBond_ReturnsWhatWasKept() external {
        _lock(TASK, PHYSICAL, 0);
        Done[] memory done = _end(3);
        vm.expectEmit(address(_trading));
        emit ITradingPolicy.BondReturned(address(_manager), TASK, _workerOf(PHYSICAL, 0), PHYSICAL, BOND);
        vm.prank(STRANGER);
        assertFalse(_settleBond(done, 0), "returned");
        assertTrue(_bond(PHYSICAL, 0) == ITradingPolicy.Bond.Returned, "returned");
        assertEq(_token.balanceOf(_workerOf(PHYSICAL, 0)), 10 * uint256(BOND), "all is back");
    }

    function test_settleBond_ForfeitsWhatWasNot() external {
        _lock(TASK, PHYSICAL, 1);
        Done[] memory done = _end(3);
        uint256 before = _token.balanceOf(PUBLISHER);
        vm.expectEmit(address(_trading));
        emit ITradingPolicy.BondForfeited(address(_manager), TASK, _workerOf(PHYSICAL, 1), PHYSICAL, BOND);
        assertTrue(_settleBond(done, 1), "forfeited");
        assertTrue(_bond(PHYSICAL, 1) == ITradingPolicy.Bond.Forfeited, "forfeited");
        assertEq(_token.balanceOf(PUBLISHER), before + BOND, "to the publisher");
        bytes memory settled = abi.encodeWithSelector(
            ITradingPolicy.BondNotLocked.selector,
            TASK,
            PHYSICAL,
            _workerOf(PHYSICAL, 1),
            ITradingPolicy.Bond.Forfeited
        );
        vm.expectRevert(settled);
        this.settleBond(done, 1);
        vm.warp(block.timestamp + 365 days);
        vm.expectRevert(settled);
        _trading.returnBond(address(_manager), TASK, PHYSICAL, _workerOf(PHYSICAL, 1));
    }

    /// @dev Nobody's fault: what the subchain said of the rounds came too late to be taken, or not at all.
    function test_settleBond_OfRoundsThatWereNotReportedInTime() external {
        _lock(TASK, PHYSICAL, 0);
        _runs(_same(NONE, 0));
        assertFalse(_isForfeited(1, 3), "no report");
        _restartTrade();
        Seen[] memory seen = _same(4, 0);
        for (uint256 i = 0; i < 3; ++i) seen[i].late = 0;
        _runs(seen);
        assertFalse(_isForfeited(4, 3), "after the time for reports, with others' updates left out too");
        _restartTrade();
        for (uint256 i = 0; i < 3; ++i) seen[i].late = -1;
        _runs(seen);
        assertTrue(_isForfeited(4, 3), "a second before");
    }

    /// @dev It sold in the round that most stayed away from, and in no other.
    function test_settleBond_CountsNoRoundTwice() external {
        _lock(TASK, PHYSICAL, 0);
        Seen[] memory seen = _same(3, 0);
        seen[0] = Seen(1, NEVER, true);
        _runs(seen);
        assertTrue(_isForfeited(4, 3), "two of three missed, while the others were there");
        _restartTrade();
        // Taken after the epoch, of which one round is left to judge by.
        seen = _same(3, 0);
        seen[2].taken = true;
        _runs(seen);
        assertFalse(_isForfeited(4, 1), "one of three");
    }

    /// @dev The others' staying away excuses it among three, not among fewer, unless it sold once.
    function test_settleBond_OfFewWorkers() external {
        for (uint32 workers = 1; workers <= 3; ++workers) {
            _restartTrade();
            _runs(_same(0, 0));
            assertTrue(_isForfeited(workers, 3) == (workers < 3), "nobody was there");
            _restartTrade();
            _runs(_same(NONE, 0));
            assertFalse(_isForfeited(workers, 3), "nothing was reported");
            _restartTrade();
            Seen[] memory seen = _same(0, 0);
            seen[0] = Seen(1, NEVER, true);
            _runs(seen);
            assertFalse(_isForfeited(workers, 3), "it sold once, and then nobody could");
        }
    }

    /// @dev An update that is not taken excuses nothing.
    function test_settleBond_OfUselessUpdates() external {
        _lock(TASK, PHYSICAL, 0);
        _runs(_same(1, 0));
        assertTrue(_isForfeited(1, 3), "alone");
    }

    /// @dev Rounds as they may be, each judged by itself and then added up.
    function testFuzz_settleBond_JudgesEachRoundOnce(uint256 seed) external {
        Seen[] memory seen = new Seen[](3);
        uint32 workers = uint32(1 + (draw(seed, 1) % 4));
        uint16 begun = uint16(draw(seed, 2) % 4);
        uint256 taken = 0;
        for (uint16 i = 0; i < 3; ++i) {
            seen[i].revealed = draw(seed, 10 + i) % 3 == 0 ? NONE : uint32(draw(seed, 20 + i) % (workers + 1));
            seen[i].late = draw(seed, 30 + i) % 3 == 0 ? int8(0) : NEVER;
            bool takes = seen[i].revealed != NONE && seen[i].revealed > 0 && seen[i].late == NEVER;
            seen[i].taken = takes && draw(seed, 40 + i) % 2 == 0;
            if (seen[i].taken && i < begun) ++taken;
        }
        uint256 missed = 0;
        for (uint16 i = 0; i < begun && i < 3; ++i) {
            bool isReported = seen[i].revealed != NONE && seen[i].late == NEVER;
            bool isExcused = 2 * uint256(seen[i].revealed) < workers && (workers >= 3 || taken > 0);
            if (isReported && !isExcused && !seen[i].taken) ++missed;
        }
        _lock(TASK, PHYSICAL, 0);
        _runs(seen);
        assertTrue(_isForfeited(workers, begun) == (2 * missed > 3), "as round by round");
    }

    /// @dev Real money and good terms, and then nothing: its aggregators never attest. It locks its own budget up for as long,
    /// and has nobody's bond; a worker loses a round's work, which nobody scored, and has its bond at the deadline.
    function test_aPublisherThatNeverRunsARound() external {
        uint256 budget = _held(TASK);
        uint256 before = _token.balanceOf(PUBLISHER);
        for (uint32 i = 0; i < 2; ++i) _lock(TASK, PHYSICAL, i);
        RevealedUpdate[] memory reveals = _reveals(PHYSICAL, 0, 2);
        _report(reveals);
        vm.warp(START + EPOCH);
        Done[] memory done = _sold(PHYSICAL, 2);
        _settle(done, PHYSICAL);
        vm.warp(DEADLINE - 1);
        _refusesToReturn(type(uint48).max);
        vm.expectRevert(
            abi.encodeWithSelector(ITradingPolicy.BondNotDue.selector, TASK, PHYSICAL, _workerOf(PHYSICAL, 0))
        );
        this.settleBond(done, 0);
        vm.warp(DEADLINE);
        vm.prank(STRANGER);
        _manager.expire(TASK);
        uint8[] memory places = new uint8[](2);
        places[1] = 1;
        _credit(reveals, 0, places);
        for (uint32 i = 0; i < 2; ++i) {
            _trading.returnBond(address(_manager), TASK, PHYSICAL, _workerOf(PHYSICAL, i));
            assertEq(_claimOwn(done, i), 0, "nobody scored it, held or not");
            assertEq(_token.balanceOf(_workerOf(PHYSICAL, i)), 10 * uint256(BOND), "no less than before");
        }
        vm.warp(_manager.heldUntil(TASK));
        _manager.refund(TASK);
        assertEq(_token.balanceOf(PUBLISHER), before + budget, "its own, and nothing else");
    }

    function test_RevertWhen_NoRecordDecides() external {
        _lock(TASK, PHYSICAL, 0);
        Done[] memory done = _sold(PHYSICAL, 2);
        bytes memory notDue = abi.encodeWithSelector(
            ITradingPolicy.BondNotDue.selector,
            TASK,
            PHYSICAL,
            _workerOf(PHYSICAL, 0)
        );
        vm.warp(START + EPOCH);
        _settle(done, PHYSICAL);
        vm.expectRevert(notDue);
        this.settleBond(done, 0);
        _reportAndFinalize(3, 1);
        // Another's work, another's place, another's branch.
        Done[] memory other = _sold(PHYSICAL, 2);
        other[0].work = abi.encode(1);
        vm.expectRevert(notDue);
        this.settleBond(other, 0);
        other = _sold(PHYSICAL, 2);
        other[0].record.index = 1;
        vm.expectRevert(notDue);
        this.settleBond(other, 0);
        other = _sold(PHYSICAL, 3);
        vm.expectRevert(notDue);
        this.settleBond(other, 0);
        this.settleBond(done, 0);
    }

    /// @dev What is locked for one place is not settled by the record of another.
    function test_RevertWhen_TheRecordIsOfAnotherPlace() external {
        _lock(TASK, VIRTUAL, 0);
        Done[] memory done = _end(3);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradingPolicy.BondNotLocked.selector,
                TASK,
                PHYSICAL,
                _workerOf(PHYSICAL, 0),
                ITradingPolicy.Bond.None
            )
        );
        this.settleBond(done, 0);
    }

    function test_returnBond_OfATaskThatExpired() external {
        _lock(TASK, PHYSICAL, 0);
        _refusesToReturn(type(uint48).max);
        vm.warp(DEADLINE);
        _refusesToReturn(type(uint48).max);
        _manager.expire(TASK);
        _returns();
    }

    function test_returnBond_OfATaskThatWasRejected() external {
        _lock(TASK, PHYSICAL, 0);
        _reject(TASK);
        _returns();
    }

    /// @dev For as long as the publisher has to settle by the record, and no longer.
    function test_returnBond_OnceTheTimeForTheRecordHasPassed() external {
        _lock(TASK, PHYSICAL, 0);
        _end(3);
        uint48 until = uint48(block.timestamp) + CLAIM;
        assertEq(_trading.bondHeldUntil(address(_manager), TASK, PHYSICAL), until, "until");
        vm.warp(until - 1);
        _refusesToReturn(until);
        vm.warp(until);
        _returns();
    }

    /// @dev That all have claimed, and nothing is held of the task any more, gives no bond back sooner.
    function test_returnBond_IsNoSoonerForClaims() external {
        _lock(TASK, PHYSICAL, 1);
        Done[] memory done = _end(3);
        _settle(TASK, VIRTUAL, 0, 0);
        for (uint32 i = 0; i < 2; ++i) _claimOwn(done, i);
        assertEq(_manager.heldUntil(TASK), 0, "nothing is held of the task");
        uint48 until = uint48(block.timestamp) + CLAIM;
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradingPolicy.BondHeld.selector,
                TASK,
                PHYSICAL,
                _workerOf(PHYSICAL, 1),
                until
            )
        );
        _trading.returnBond(address(_manager), TASK, PHYSICAL, _workerOf(PHYSICAL, 1));
    }

    /// @dev A subchain that never settles keeps nobody's bond; a place on a chain that is none of the task's neither.
    function test_returnBond_WithoutASettlement() external {
        _lock(TASK, PHYSICAL, 0);
        vm.prank(_workerOf(PHYSICAL, 0));
        _trading.lockBond(address(_manager), TASK, 77);
        _reportAndFinalize(3, 1);
        uint48 until = START + EPOCH + CLAIM + SILENCE;
        assertEq(_trading.bondHeldUntil(address(_manager), TASK, PHYSICAL), until, "until");
        vm.warp(until - 1);
        _refusesToReturn(until);
        vm.warp(until);
        _returns();
        _trading.returnBond(address(_manager), TASK, 77, _workerOf(PHYSICAL, 0));
        assertEq(_token.balanceOf(_workerOf(PHYSICAL, 0)), 10 * uint256(BOND), "all is back");
    }

    /// @dev A publisher that cannot be paid gets nothing, and holds up nobody else.
    function test_settleBond_OfAPublisherThatIsBlocked() external {
        BlockingToken blocking = new BlockingToken(PUBLISHER);
        FakeManager fake = new FakeManager(_escrow, blocking);
        fake.open(_trading, _tradeTerms(), abi.encode(_tradingTerms()));
        for (uint32 i = 0; i < 2; ++i) {
            vm.prank(PUBLISHER);
            blocking.transfer(_workerOf(PHYSICAL, i), BOND);
            vm.startPrank(_workerOf(PHYSICAL, i));
            blocking.approve(address(_trading), BOND);
            _trading.lockBond(address(fake), TASK, PHYSICAL);
            vm.stopPrank();
        }
        Done[] memory done = _sold(PHYSICAL, 2);
        fake.complete(3, 2, _rootOf(done));
        blocking.block_(address(fake), true);
        vm.expectRevert(abi.encodeWithSelector(BlockingToken.Blocked.selector, address(fake)));
        _trading.settleBond(address(fake), done[1].record, _branch(done, 1), done[1].work);
        fake.accept(3);
        _trading.settleBond(address(fake), done[0].record, _branch(done, 0), done[0].work);
        assertEq(blocking.balanceOf(_workerOf(PHYSICAL, 0)), BOND, "the other's is back");
    }

    /// @dev A manager that lies about everything moves only what was locked with it.
    function test_anotherManagerChangesNothing() external {
        _lock(TASK, PHYSICAL, 0);
        FakeManager fake = new FakeManager(_escrow, _token);
        fake.open(_trading, _tradeTerms(), abi.encode(_tradingTerms()));
        Done[] memory done = _sold(PHYSICAL, 2);
        fake.complete(3, 2, _rootOf(done));
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradingPolicy.BondNotLocked.selector,
                TASK,
                PHYSICAL,
                _workerOf(PHYSICAL, 0),
                ITradingPolicy.Bond.None
            )
        );
        _trading.settleBond(address(fake), done[0].record, _branch(done, 0), done[0].work);
        assertTrue(_bond(PHYSICAL, 0) == ITradingPolicy.Bond.Locked, "locked");
    }

    /// @dev A whole claim: only who locked is paid, by its score, and no more than once.
    function test_claim_PaysTheBonded() external {
        _lock(TASK, PHYSICAL, 0);
        TradingScore memory score = TradingScore(900_000_000, 600_000_000, 3);
        for (uint16 round = 0; round < 3; ++round) {
            _reportBoth(round, SELLERS);
            ITaskManager.Aggregate memory aggregate = _aggregate(0, 3);
            aggregate.scores = ITaskManager.Scores(_scoreRoot(PHYSICAL, 0, score), keccak256("scores"));
            _finalize(round, aggregate);
        }
        Done[] memory done = _sold(PHYSICAL, 2);
        vm.warp(START + EPOCH);
        _settle(done, PHYSICAL);
        bytes32[] memory branch = _branch(done, 0);
        uint256 amount = _manager.claim(done[0].record, branch, done[0].work, _scored(score));
        // 3 · 0.9 · 0.25 · ln 4 / 0.6 · 20 tokens, to 18 places.
        assertEq(amount, 31_191_623_125_197_538_923, "pay");
        branch = _branch(done, 1);
        vm.prank(_workerOf(PHYSICAL, 1));
        assertEq(_manager.claim(done[1].record, branch, done[1].work, _noScore()), 0, "nothing without a score");
    }

    function test_claim_PaysNothingWithoutABond() external {
        TradingScore memory score = TradingScore(900_000_000, 600_000_000, 3);
        for (uint16 round = 0; round < 3; ++round) {
            _reportBoth(round, SELLERS);
            ITaskManager.Aggregate memory aggregate = _aggregate(0, 3);
            aggregate.scores = ITaskManager.Scores(_scoreRoot(PHYSICAL, 0, score), keccak256("scores"));
            _finalize(round, aggregate);
        }
        Done[] memory done = _sold(PHYSICAL, 2);
        vm.warp(START + EPOCH);
        _settle(done, PHYSICAL);
        bytes32[] memory branch = _branch(done, 0);
        assertEq(_manager.claim(done[0].record, branch, done[0].work, _scored(score)), 0, "nothing");
    }

    function settleBond(Done[] memory done, uint32 index) external returns (bool) {
        return _settleBond(done, index);
    }

    function _settleBond(Done[] memory done, uint32 index) private returns (bool) {
        return _trading.settleBond(address(_manager), done[index].record, _branch(done, index), done[index].work);
    }

    /// @dev The three rounds as main sees them of the physical subchain.
    function _runs(Seen[] memory seen) private {
        for (uint16 round = 0; round < seen.length; ++round) {
            uint48 until = _task().roundOpenedAt + COMMIT + CLOCK_SKEW_SECONDS + REVEAL + REPORT;
            _report(TASK, round, VIRTUAL, SELLERS);
            bool isLate = seen[round].late != NEVER;
            if (isLate) vm.warp(uint48(int48(until) + seen[round].late));
            if (seen[round].revealed != NONE) _report(TASK, round, PHYSICAL, seen[round].revealed);
            else vm.warp(until);
            _finalize(round, _aggregate(1, seen[round].taken ? 1 : 0));
        }
    }

    /// @dev Whether the first physical worker loses its bond, of `workers`, of whom `begun` rounds had begun in the epoch.
    function _isForfeited(uint32 workers, uint16 begun) private returns (bool) {
        Done[] memory done = _sold(PHYSICAL, workers);
        TradingWork memory work = _threeSales();
        work.rounds = begun;
        _setWork(done[0], abi.encode(work));
        if (block.timestamp < START + EPOCH) vm.warp(START + EPOCH);
        _settle(done, PHYSICAL);
        return _settleBond(done, 0);
    }

    /// @dev Three rounds alike.
    function _same(uint32 revealed, uint8 taken) private pure returns (Seen[] memory seen) {
        seen = new Seen[](3);
        for (uint256 i = 0; i < 3; ++i) seen[i] = Seen(revealed, NEVER, taken != 0);
    }

    function _restartTrade() private {
        vm.warp(NOW);
        _deployTrading();
        _publishTrade();
        _lock(TASK, PHYSICAL, 0);
    }

    /// @dev The task completes with the first physical worker's updates and its subchain settles two workers.
    function _end(uint16 rounds) private returns (Done[] memory done) {
        _reportAndFinalize(rounds, 1);
        done = _sold(PHYSICAL, 2);
        vm.warp(START + EPOCH);
        _settle(done, PHYSICAL);
    }

    function _reportAndFinalize(uint16 rounds, uint256 fromPhysical) private {
        for (uint16 round = 0; round < rounds; ++round) {
            _reportBoth(round, SELLERS);
            // One of the virtual space makes the round count.
            _finalize(round, _aggregate(1, fromPhysical));
        }
    }

    function _refusesToReturn(uint48 until) private {
        address worker = _workerOf(PHYSICAL, 0);
        vm.expectRevert(abi.encodeWithSelector(ITradingPolicy.BondHeld.selector, TASK, PHYSICAL, worker, until));
        _trading.returnBond(address(_manager), TASK, PHYSICAL, worker);
    }

    function _returns() private {
        address worker = _workerOf(PHYSICAL, 0);
        uint256 before = _token.balanceOf(worker);
        vm.prank(STRANGER);
        _trading.returnBond(address(_manager), TASK, PHYSICAL, worker);
        assertEq(_token.balanceOf(worker), before + BOND, "back");
        assertTrue(_bond(PHYSICAL, 0) == ITradingPolicy.Bond.Returned, "returned");
    }
}

/// @dev What a policy asks a task manager, answered as a test wants. It funds nothing: its task's account in the escrow
/// says which token, and is paid in by itself.
contract FakeManager {
    IRewardEscrow public escrow;
    IERC20 private immutable _TOKEN;
    uint16 private _rounds;
    uint16 private _accepted;
    uint32 private _workers;
    bytes32 private _root;
    TaskStatus private _status = TaskStatus.Open;

    constructor(IRewardEscrow escrow_, IERC20 token) {
        (escrow, _TOKEN) = (escrow_, token);
        escrow_.fund(1, token, address(this), 0);
    }

    function open(ITradingPolicy policy, TaskTerms memory terms, bytes memory mechanismTerms) external {
        policy.open(TaskId.wrap(1), terms, mechanismTerms);
    }

    function complete(uint16 rounds, uint32 workers, bytes32 root) external {
        (_status, _rounds, _workers, _root) = (TaskStatus.Completed, rounds, workers, root);
    }

    function accept(uint16 accepted) external {
        _accepted = accepted;
    }

    function taskOf(TaskId) external view returns (ITaskManager.Task memory state) {
        (state.status, state.round) = (_status, _rounds);
    }

    function settlementOf(TaskId, uint64) external view returns (ITaskManager.Settled memory) {
        return ITaskManager.Settled(_root, _workers, 1);
    }

    function attendanceOf(TaskId, uint64, uint32, uint256, uint256) external view returns (uint256 taken, uint256 missed) {
        return (_accepted, _rounds - _accepted);
    }
}
