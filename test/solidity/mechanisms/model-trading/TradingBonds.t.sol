// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IRewardEscrow} from "../../../../contracts/interfaces/IRewardEscrow.sol";
import {IRewardPolicy} from "../../../../contracts/interfaces/IRewardPolicy.sol";
import {ITaskManager} from "../../../../contracts/interfaces/ITaskManager.sol";
import {ITradingPolicy} from "../../../../contracts/mechanisms/model-trading/ITradingPolicy.sol";
import {TradingScore, TradingTerms, TradingWork} from "../../../../contracts/mechanisms/model-trading/TradingTypes.sol";
import {TaskStatus} from "../../../../contracts/types/Messages.sol";
import {TaskId, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";
import {BlockingToken, FeeToken} from "../../main/Tokens.sol";
import {TradingManagerFixture} from "./TradingManagerFixture.sol";

contract TradingBondsTest is TradingManagerFixture {
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

    /// @dev Three rounds count; the worker's update was taken in as many, and the meter says the rest.
    function test_settleBond_ByWhatCanBeBlamed() external {
        uint16[5] memory rounds = [uint16(3), 3, 2, 1, 0];
        uint16[5] memory excused = [uint16(1), 2, 0, 1, 0];
        bool[5] memory forfeited = [true, false, true, false, false];
        for (uint256 i = 0; i < 5; ++i) {
            _deployTrading();
            _publishTrade();
            _lock(TASK, PHYSICAL, 1);
            _reportAndFinalize(3, 0);
            Done[] memory done = _sold(PHYSICAL, 2);
            TradingWork memory work = _threeSales();
            (work.rounds, work.excused) = (rounds[i], excused[i]);
            _setWork(done[1], abi.encode(work));
            vm.warp(START + EPOCH);
            _settle(done, PHYSICAL);
            assertTrue(_settleBond(done, 1) == forfeited[i], "as the meter says");
        }
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

    function acceptedOf(TaskId, uint64, uint32) external view returns (uint16) {
        return _accepted;
    }
}
