// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IPolicyRegistry} from "../../../contracts/interfaces/IPolicyRegistry.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {IRewardPolicy} from "../../../contracts/interfaces/IRewardPolicy.sol";
import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {MessageKind, RoundReport, SettlementReport, TaskOpened} from "../../../contracts/types/Messages.sol";
import {TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {TaskManagerFixture} from "../main/TaskManagerFixture.sol";
import {TaskManagerHarness} from "../main/TaskManagerHarness.sol";
import {CrossChainManagerFixture} from "../relay/CrossChainManagerFixture.sol";
import {FlatMechanism} from "./dummy/FlatMechanism.sol";
import {FlatPolicy} from "./dummy/FlatPolicy.sol";
import {LavishPolicy} from "./dummy/LavishPolicy.sol";
import {WitnessedMechanism} from "./dummy/WitnessedMechanism.sol";
import {WitnessedPolicy} from "./dummy/WitnessedPolicy.sol";

/// @dev Tasks of several mechanisms on the main chain.
contract SeveralPoliciesTest is TaskManagerFixture {
    uint96 private constant RATE = 10;
    /// @dev Of a whole task: every round of every place on every subchain.
    uint256 private constant FLAT_BUDGET = uint256(RATE) * 3 * WORKERS * 2;

    FlatPolicy private _flat;

    function setUp() external {
        _deploy();
        _flat = new FlatPolicy();
        _manager.addPolicy(_flat);
    }

    function test_addPolicy() external {
        WitnessedPolicy policy = new WitnessedPolicy();
        vm.expectEmit(address(_manager));
        emit IPolicyRegistry.PolicyAdded(WitnessedMechanism.ID, policy);
        _manager.addPolicy(policy);
        FlatPolicy other = new FlatPolicy();
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.PolicyExists.selector, FlatMechanism.ID));
        _manager.addPolicy(other);
    }

    /// @dev The policy answers the worst case of the whole task, and the budget is held against it to the wei.
    function test_publish_AsksForTheWorstCaseOfTheWholeTask() external {
        vm.expectRevert(
            abi.encodeWithSelector(ITaskManager.BudgetTooSmall.selector, FLAT_BUDGET - 1, FLAT_BUDGET)
        );
        _publishFlat(FLAT_BUDGET - 1);
        assertEq(TaskId.unwrap(_publishFlat(FLAT_BUDGET)), 1, "published");
    }

    function test_claim_OfTasksOfSeveralMechanisms() external {
        _publish();
        TaskId flat = _publishFlat(FLAT_BUDGET);
        _complete(7, 0);
        for (uint16 round = 0; round < 3; ++round) {
            _report(flat, round, VIRTUAL, 256);
            _report(flat, round, PHYSICAL, 256);
            _agree(_manager, flat, round, _aggregate(round == 1 ? 2 : 3, round == 1 ? 1 : 0));
        }
        Done[] memory done = _done(VIRTUAL, 3, EPOCH);
        _settle(done, VIRTUAL);
        for (uint256 i = 0; i < 3; ++i) {
            done[i].record.task = flat;
            _setWork(done[i], "");
        }
        _settle(flat, VIRTUAL, 3, _rootOf(done));
        for (uint32 i = 0; i < 3; ++i) {
            vm.prank(account("anyone"));
            assertEq(_claim(done, i), i == 0 ? 2 * RATE : i == 1 ? 3 * RATE : 0, "fixed pay a round");
        }
        assertEq(_account(flat).paid, 5 * RATE, "paid");
        Done[] memory aoi = _done(VIRTUAL, 3, EPOCH);
        assertEq(_claim(aoi, 2), WORST_CASE, "by the AoI contract");
    }

    /// @dev A policy keeps each manager's tasks apart: two may have the same number.
    function test_claim_OfTwoManagersWithOnePolicy() external {
        TaskManagerHarness other = new TaskManagerHarness(address(this), RELAY, _escrow, _termsCheck, _creditCheck, UNIT_FEE, COLLECTOR);
        other.addPolicy(_flat);
        other.link(address(_gateway), _at(RELAY, RELAY_APP));
        vm.prank(PUBLISHER);
        _token.approve(address(other), type(uint256).max);
        _publishFlat(FLAT_BUDGET);
        TaskTerms memory terms = _terms();
        terms.mechanism = FlatMechanism.ID;
        vm.prank(PUBLISHER);
        TaskId task = other.publish{value: FEE}(terms, abi.encode(2 * RATE), _token, 2 * FLAT_BUDGET);
        assertTrue(task == TASK, "the same number");
        _complete(3, 0);
        Done[] memory done = _done(VIRTUAL, 1, 0);
        _setWork(done[0], "");
        _settle(done, VIRTUAL);
        assertEq(_claim(done, 0), 3 * RATE, "at this manager's rate");
        assertEq(_escrow.heldBy(address(other), 1), 2 * FLAT_BUDGET, "the other's is whole");
    }

    /// @dev A policy with a fault harms its own tasks only.
    function test_RevertWhen_APolicyPaysMoreThanTheTaskHolds() external {
        _manager.addPolicy(new LavishPolicy());
        _publish();
        TaskId lavish = _publishLavish(1_000);
        _completeTask(lavish);
        Done[] memory done = _done(VIRTUAL, 2, 0);
        (done[0].record.task, done[1].record.task) = (lavish, lavish);
        _setWork(done[0], abi.encode(uint256(1_001)));
        _setWork(done[1], abi.encode(uint256(1_000)));
        _settle(lavish, VIRTUAL, 2, _rootOf(done));
        vm.expectRevert(
            abi.encodeWithSelector(
                IRewardEscrow.InsufficientEscrow.selector,
                address(_manager),
                TaskId.unwrap(lavish),
                1_001,
                1_000
            )
        );
        _claim(done, 0);
        assertEq(_claim(done, 1), 1_000, "all that the task holds");
        assertEq(_held(TASK), BUDGET, "the other task's is whole");
    }

    /// @dev Before any round was finalized nothing is owed without a reveal, whatever the policy says.
    function test_claim_OfATaskWithoutAFinalizedRoundPaysNothing() external {
        _manager.addPolicy(new LavishPolicy());
        _publish();
        TaskId lavish = _publishLavish(1_000);
        Done[] memory done = _done(VIRTUAL, 1, 0);
        done[0].record.task = lavish;
        _setWork(done[0], abi.encode(uint256(10)));
        _settle(lavish, VIRTUAL, 1, _rootOf(done));
        _settle(lavish, PHYSICAL, 0, 0);
        vm.warp(DEADLINE);
        _manager.expire(lavish);
        vm.prank(done[0].record.worker);
        assertEq(_claim(done, 0), 0, "amount");
        assertEq(_manager.refund(lavish), 1_000, "all of it");
    }

    function _publishFlat(uint256 budget) private returns (TaskId) {
        TaskTerms memory terms = _terms();
        terms.mechanism = FlatMechanism.ID;
        vm.prank(PUBLISHER);
        return _manager.publish{value: FEE}(terms, abi.encode(RATE), _token, budget);
    }

    function _publishLavish(uint256 budget) private returns (TaskId) {
        TaskTerms memory terms = _terms();
        terms.mechanism = bytes4(keccak256("freshet.mechanism.lavish"));
        vm.prank(PUBLISHER);
        return _manager.publish{value: FEE}(terms, "", _token, budget);
    }

    function _completeTask(TaskId task) private {
        for (uint16 round = 0; round < 3; ++round) {
            _report(task, round, VIRTUAL, 5);
            _report(task, round, PHYSICAL, 5);
            _agree(_manager, task, round, _aggregate(3, 0));
        }
    }
}

/// @dev Totals of several mechanisms on the relay chain, each checked by its own policy.
contract CheckedTotalsTest is CrossChainManagerFixture {
    TaskId private constant FLAT = TaskId.wrap(2);
    TaskId private constant WITNESSED = TaskId.wrap(3);

    function setUp() external {
        _deploy();
        _manager.addPolicy(new FlatPolicy());
        _manager.addPolicy(new WitnessedPolicy());
        _openTask();
        TaskTerms memory terms = _terms();
        terms.mechanism = FlatMechanism.ID;
        _inject(MAIN, MessageKind.TaskOpened, abi.encode(TaskOpened(FLAT, terms, abi.encode(uint96(9)))));
        terms.mechanism = WitnessedMechanism.ID;
        _inject(MAIN, MessageKind.TaskOpened, abi.encode(TaskOpened(WITNESSED, terms, abi.encode(uint96(9)))));
    }

    function test_totalsAreCheckedByTheTasksPolicy() external {
        RoundReport memory report = _report();
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(report));
        report.task = FLAT;
        _isImpossible(report, "totals");
        report.totals = "";
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(report));
        assertEq(_gateway.last().body, abi.encode(report), "forwarded as it is");
        report.task = WITNESSED;
        _isImpossible(report, "totals");
        assertEq(_manager.recordOf(MessageKind.RoundReported, WITNESSED, 0, VIRTUAL), 0, "not recorded");
    }

    /// @dev The policy is told the workers and the rounds that the totals are over.
    function test_totalsOfARoundAreOverTheRoundsSoFar() external {
        RoundReport memory report = _report();
        report.task = WITNESSED;
        _inject(MAIN, MessageKind.RoundOpened, _roundOpened(WITNESSED, 1));
        for (uint16 round = 0; round < 2; ++round) {
            report.round = round;
            report.totals = abi.encode(uint256(10) * (round + 1) + 1);
            _isImpossible(report, "reveals");
            report.totals = abi.encode(uint256(10) * (round + 1));
            _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(report));
        }
    }

    function test_totalsOfASettlementAreOverAllRounds() external {
        SettlementReport memory report = _settlement();
        report.task = WITNESSED;
        report.totals = abi.encode(uint256(10) * 3 + 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardPolicy.ImpossibleTotals.selector, "reveals"));
        _inject(VIRTUAL, MessageKind.EpochSettled, abi.encode(report));
        report.totals = abi.encode(uint256(10) * 3);
        _inject(VIRTUAL, MessageKind.EpochSettled, abi.encode(report));
        assertEq(_gateway.last().body, abi.encode(report), "forwarded");
    }

    function _isImpossible(RoundReport memory report, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IRewardPolicy.ImpossibleTotals.selector, field));
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(report));
    }
}
