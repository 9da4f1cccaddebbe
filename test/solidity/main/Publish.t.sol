// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {CrossChainApp} from "../../../contracts/gateway/CrossChainApp.sol";
import {IPolicyRegistry} from "../../../contracts/interfaces/IPolicyRegistry.sol";
import {IRewardEscrow} from "../../../contracts/interfaces/IRewardEscrow.sol";
import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {ITermsCheck} from "../../../contracts/interfaces/ITermsCheck.sol";
import {TaskManager} from "../../../contracts/main/TaskManager.sol";
import {AoIContractPolicy} from "../../../contracts/mechanisms/aoi-contract/AoIContractPolicy.sol";
import {AoITerms, MenuItem} from "../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {IAoIContractPolicy} from "../../../contracts/mechanisms/aoi-contract/IAoIContractPolicy.sol";
import {MessageKind, TaskOpened, TaskStatus} from "../../../contracts/types/Messages.sol";
import {CLOCK_SKEW_SECONDS, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {MockGateway} from "../MockGateway.sol";
import {TaskManagerFixture} from "./TaskManagerFixture.sol";
import {CallbackToken, FeeToken, SilentToken} from "./Tokens.sol";

contract PublishTest is TaskManagerFixture {
    function setUp() external {
        _deploy();
    }

    function test_publish() external {
        TaskTerms memory terms = _terms();
        vm.expectEmit(address(_manager));
        emit ITaskManager.TaskPublished(
            TASK,
            PUBLISHER,
            terms.specDigest,
            _token,
            BUDGET,
            BUDGET,
            _mechanismTerms()
        );
        vm.expectEmit(address(_escrow));
        emit IRewardEscrow.Funded(address(_manager), 1, _token, PUBLISHER, BUDGET);
        assertTrue(_publish(terms, _token, BUDGET) == TASK, "task id");

        ITaskManager.Task memory task = _task();
        assertEq(uint8(task.status), uint8(TaskStatus.Open), "status");
        assertEq(address(task.policy), address(_policy), "policy");
        assertEq(task.round, 0, "round");
        assertEq(task.roundOpenedAt, START, "round opened at");
        assertEq(task.endedAt, 0, "ended at");
        assertEq(task.globalModel, terms.initialModel, "global model");
        assertEq(abi.encode(_manager.termsOf(TASK)), abi.encode(terms), "terms");
        assertEq(_manager.taskCount(), 1, "tasks");
        IRewardEscrow.Account memory account_ = _account(TASK);
        assertEq(abi.encode(account_), abi.encode(IRewardEscrow.Account(_token, PUBLISHER, BUDGET, 0, 0)), "account");
        assertEq(_held(TASK), BUDGET, "held");
        assertEq(_token.balanceOf(address(_escrow)), BUDGET, "balance");
        assertEq(_token.balanceOf(address(_manager)), 0, "nothing stays on the way");
        assertEq(_token.allowance(address(_manager), address(_escrow)), 0, "no approval stays");
    }

    function test_publish_SendsTheTaskToTheRelayChain() external {
        TaskTerms memory terms = _terms();
        _publish(terms);
        assertEq(_gateway.count(), 1, "messages");
        MockGateway.Sent memory sent = _gateway.last();
        assertEq(sent.sender, address(_manager), "sender");
        assertEq(sent.chainId, RELAY, "chain");
        assertEq(sent.recipient, RELAY_APP, "recipient");
        assertEq(uint8(sent.kind), uint8(MessageKind.TaskOpened), "kind");
        assertEq(sent.body, abi.encode(TaskOpened(TASK, terms, _mechanismTerms())), "body");
    }

    function test_publish_NumbersTasksFromOne() external {
        for (uint256 i = 1; i < 4; ++i) assertEq(TaskId.unwrap(_publish()), i, "task id");
        assertEq(_token.balanceOf(address(_escrow)), 3 * BUDGET, "balance");
    }

    function test_publish_TakesMoreThanTheWorstCase() external {
        _publish(_terms(), _token, BUDGET + 5);
        assertEq(_held(TASK), BUDGET + 5, "held");
    }

    function test_publish_TakesTermsAtTheirBorders() external {
        TaskTerms memory terms = _terms();
        terms.rounds = 4_096;
        terms.targetScorePpb = 1e9;
        terms.quorumPpb = 1e9;
        terms.maxWorkers = 2_048;
        terms.minUpdates = type(uint16).max;
        terms.schedule.startTime = NOW;
        terms.schedule.reportSeconds = MIN_REPORT;
        terms.schedule.deadline = NOW + 4_096 * (COMMIT + CLOCK_SKEW_SECONDS + REVEAL + MIN_REPORT);
        terms.attestations = 32;
        terms.subchains = new uint64[](32);
        terms.aggregators = new address[](32);
        for (uint256 i = 0; i < 32; ++i) (terms.subchains[i], terms.aggregators[i]) = (uint64(i + 1), _aggregator(i));
        _publish(terms);
        terms = _terms();
        terms.targetScorePpb = 0;
        terms.quorumPpb = 1;
        terms.maxWorkers = 1;
        terms.subchains = new uint64[](1);
        terms.minUpdates = 1;
        _publish(terms);
    }

    function test_publish_TakesTokensThatReturnNothing() external {
        SilentToken token = new SilentToken(PUBLISHER);
        vm.prank(PUBLISHER);
        token.approve(address(_manager), BUDGET);
        _publish(_terms(), IERC20(address(token)), BUDGET);
        assertEq(token.balanceOf(address(_escrow)), BUDGET, "balance");
    }

    function test_RevertWhen_TermsAreInvalid() external {
        for (uint256 fault = 0; fault < 38; ++fault) {
            (TaskTerms memory terms, string memory field) = _faulty(fault);
            vm.expectRevert(abi.encodeWithSelector(ITermsCheck.InvalidTerms.selector, field));
            _publish(terms);
        }
    }

    function test_RevertWhen_PolicyIsUnknown() external {
        TaskTerms memory terms = _terms();
        terms.mechanism = 0x12345678;
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.UnknownPolicy.selector, bytes4(0x12345678)));
        _publish(terms);
    }

    /// @dev What stands behind the fields would be sent to every subchain, and mean nothing.
    function test_RevertWhen_TheMechanismsTermsHaveTrailingBytes() external {
        TaskTerms memory terms = _terms();
        bytes memory trailing = bytes.concat(_mechanismTerms(), new bytes(32));
        vm.expectRevert(IAoIContractPolicy.NonCanonicalTerms.selector);
        vm.prank(PUBLISHER);
        _manager.publish{value: FEE}(terms, trailing, _token, BUDGET);
        trailing = bytes.concat(_mechanismTerms(), new bytes(32_768));
        vm.expectRevert(abi.encodeWithSelector(ITermsCheck.InvalidTerms.selector, "mechanismTerms"));
        vm.prank(PUBLISHER);
        _manager.publish{value: _feeOf(terms, trailing)}(terms, trailing, _token, BUDGET);
    }

    function test_RevertWhen_MenuIsBad() external {
        TaskTerms memory terms = _terms();
        MenuItem[] memory menu = _menu();
        menu[2].reward += 1000;
        bytes memory mechanismTerms = abi.encode(AoITerms(BONUS, menu));
        vm.expectRevert(abi.encodeWithSelector(IAoIContractPolicy.UpwardIncentiveViolated.selector, 2));
        vm.prank(PUBLISHER);
        _manager.publish{value: FEE}(terms, mechanismTerms, _token, BUDGET);
    }

    function test_RevertWhen_BudgetIsOneWeiTooSmall() external {
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.BudgetTooSmall.selector, BUDGET - 1, BUDGET));
        _publish(_terms(), _token, BUDGET - 1);
    }

    /// @dev A menu may promise more than an escrow takes: no budget will do then, and both refusals say why.
    function test_RevertWhen_TheWorstCaseIsPast96Bits() external {
        uint96 most = type(uint96).max;
        MenuItem[] memory menu = new MenuItem[](1);
        menu[0] = MenuItem(EPOCH, most, most);
        bytes memory mechanismTerms = abi.encode(AoITerms(most, menu));
        uint256 worstCase = uint256(most) * 2 * WORKERS * 2;
        vm.startPrank(PUBLISHER);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.BudgetTooSmall.selector, most, worstCase));
        _manager.publish{value: FEE}(_terms(), mechanismTerms, _token, most);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardEscrow.AmountTooLarge.selector, address(_manager), 1, worstCase)
        );
        _manager.publish{value: FEE}(_terms(), mechanismTerms, _token, worstCase);
        vm.stopPrank();
    }

    function test_RevertWhen_TokenIsNotApproved() external {
        vm.prank(PUBLISHER);
        _token.approve(address(_manager), BUDGET - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector,
                address(_manager),
                BUDGET - 1,
                BUDGET
            )
        );
        _publish();
        assertEq(_manager.taskCount(), 0, "no task");
    }

    function test_RevertWhen_TokenTakesAFee() external {
        FeeToken token = new FeeToken(PUBLISHER);
        vm.prank(PUBLISHER);
        token.approve(address(_manager), type(uint256).max);
        // One wei is missing on the way to the escrow.
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, address(_manager), 0, 1)
        );
        _publish(_terms(), token, BUDGET);
        // Nor when somebody has given the manager what is missing.
        vm.prank(PUBLISHER);
        token.transfer(address(_manager), 10);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardEscrow.UnsupportedToken.selector, token, BUDGET, BUDGET - 1)
        );
        _publish(_terms(), token, BUDGET);
    }

    function test_RevertWhen_TokenHasNoCode() external {
        TaskTerms memory terms = _terms();
        vm.expectRevert();
        _publish(terms, IERC20(account("no token")), BUDGET);
    }

    /// @dev Otherwise one transfer could pass for two.
    function test_publish_InTheMiddleOfItsTransferToTheEscrowIsRefused() external {
        CallbackToken token = _publishingToken(1);
        _publish(_terms(), token, BUDGET);
        assertTrue(token.called(), "called");
        assertFalse(token.succeeded(), "refused inside");
        bytes memory why = abi.encodeWithSelector(IRewardEscrow.FundingWithin.selector, address(_manager), 2);
        assertEq(token.answer(), why, "why");
        assertEq(_manager.taskCount(), 1, "one task");
        assertEq(token.balanceOf(address(_escrow)), BUDGET, "one budget");
    }

    function test_publish_InTheMiddleOfItsTransferFromThePublisherPaysForBoth() external {
        CallbackToken token = _publishingToken(0);
        _publish(_terms(), token, BUDGET);
        assertTrue(token.succeeded(), "published inside");
        assertEq(_manager.taskCount(), 2, "two tasks");
        assertEq(_held(TASK) + _held(TaskId.wrap(2)), 2 * BUDGET, "held");
        assertEq(token.balanceOf(address(_escrow)), 2 * BUDGET, "two budgets");
        assertEq(_account(TASK).payer, PUBLISHER, "payer");
        assertEq(_account(TaskId.wrap(2)).payer, address(token), "the other payer");
    }

    function test_RevertWhen_NoRelayChainIsLinked() external {
        TaskManager unlinked = new TaskManager(address(this), RELAY, _escrow, _termsCheck, _creditCheck, UNIT_FEE, COLLECTOR);
        unlinked.addPolicy(_policy);
        TaskTerms memory terms = _terms();
        vm.prank(PUBLISHER);
        _token.approve(address(unlinked), BUDGET);
        vm.expectRevert();
        vm.prank(PUBLISHER);
        unlinked.publish{value: FEE}(terms, _mechanismTerms(), _token, BUDGET);
    }

    function test_RevertWhen_LinkedToAnotherChainThanTheRelayChain() external {
        bytes memory counterpart = _at(RELAY + 1, RELAY_APP);
        vm.expectRevert(abi.encodeWithSelector(CrossChainApp.InvalidCounterpart.selector, counterpart));
        _manager.link(address(_gateway), counterpart);
    }

    function test_addPolicy() external {
        AoIContractPolicy other = new AoIContractPolicy();
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.PolicyExists.selector, MECHANISM));
        _manager.addPolicy(other);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, PUBLISHER));
        vm.prank(PUBLISHER);
        _manager.addPolicy(other);
    }

    /// @dev A token that publishes a task of its own, once, in the transfer after `wait` others.
    function _publishingToken(uint256 wait) private returns (CallbackToken token) {
        token = new CallbackToken(address(this));
        token.transfer(PUBLISHER, BUDGET);
        token.transfer(address(token), BUDGET);
        vm.prank(PUBLISHER);
        token.approve(address(_manager), BUDGET);
        vm.prank(address(token));
        token.approve(address(_manager), BUDGET);
        vm.deal(address(token), FEE);
        bytes memory inner = abi.encodeCall(ITaskManager.publish, (_terms(), _mechanismTerms(), token, BUDGET));
        token.prepare(address(_manager), inner, wait);
    }

    function _faulty(uint256 fault) private pure returns (TaskTerms memory terms, string memory field) {
        terms = _terms();
        if (fault == 0) (terms.specDigest, field) = (0, "specDigest");
        if (fault == 1) (terms.initialModel, field) = (0, "initialModel");
        if (fault == 2) (terms.rounds, field) = (0, "rounds");
        if (fault == 3) (terms.rounds, field) = (4_097, "rounds");
        if (fault == 4) (terms.targetScorePpb, field) = (1e9 + 1, "targetScorePpb");
        if (fault == 5) (terms.quorumPpb, field) = (0, "quorumPpb");
        if (fault == 6) (terms.quorumPpb, field) = (1e9 + 1, "quorumPpb");
        if (fault == 7) (terms.minUpdates, field) = (0, "minUpdates");
        if (fault == 8) (terms.minUpdates, field) = (uint16(WORKERS * 2 + 1), "minUpdates");
        if (fault == 9) (terms.maxWorkers, field) = (0, "maxWorkers");
        if (fault == 10) (terms.maxWorkers, field) = (65_537, "maxWorkers");
        if (fault == 11) (terms.maxSamples, field) = (0, "maxSamples");
        if (fault == 12) (terms.schedule.startTime, field) = (NOW - 1, "schedule.startTime");
        if (fault == 13) (terms.schedule.epochSeconds, field) = (0, "schedule.epochSeconds");
        if (fault == 14) (terms.schedule.commitSeconds, field) = (0, "schedule.commitSeconds");
        if (fault == 15) (terms.schedule.revealSeconds, field) = (0, "schedule.revealSeconds");
        if (fault == 16) (terms.schedule.claimSeconds, field) = (0, "schedule.claimSeconds");
        if (fault == 17) (terms.schedule.deadline, field) = (START + EPOCH - 1, "schedule.deadline");
        if (fault == 18) (terms.subchains, field) = (new uint64[](0), "subchains");
        if (fault == 19) (terms.subchains, field) = (new uint64[](33), "subchains");
        if (fault == 20) (terms.subchains[1], field) = (terms.subchains[0], "subchains");
        if (fault == 21) (terms.aggregators, field) = (new address[](0), "aggregators");
        if (fault == 22) (terms.aggregators, field) = (new address[](33), "aggregators");
        if (fault == 23) (terms.aggregators[2], field) = (terms.aggregators[0], "aggregators");
        if (fault == 24) (terms.attestations, field) = (0, "attestations");
        if (fault == 25) (terms.attestations, field) = (4, "attestations");
        if (fault == 26) (terms.schedule.startTime, field) = (type(uint40).max - EPOCH + 1, "schedule.startTime");
        if (fault == 27) (terms.schedule.startTime, field) = (type(uint48).max, "schedule.startTime");
        if (fault == 28) (terms.maxWorkers, field) = (32_769, "maxWorkers");
        if (fault == 29) (terms.aggregators, terms.attestations, field) = (new address[](4), 2, "attestations");
        if (fault == 30) (terms.schedule.reportSeconds, field) = (MIN_REPORT - 1, "schedule.reportSeconds");
        if (fault == 31) (terms.schedule.claimSeconds, field) = (MIN_CLAIM - 1, "schedule.claimSeconds");
        if (fault == 32) (terms.schedule.epochSeconds, field) = (type(uint32).max, "schedule.epochSeconds");
        if (fault == 33) (terms.schedule.commitSeconds, field) = (type(uint32).max, "schedule.commitSeconds");
        if (fault == 34) (terms.schedule.claimSeconds, field) = (type(uint32).max, "schedule.claimSeconds");
        if (fault == 35) (terms.schedule.deadline, field) = (START + 366 days + 1, "schedule.deadline");
        if (fault == 36) (terms.schedule.commitSeconds, field) = (1_000, "schedule.deadline");
        if (fault == 37) (terms.schedule.startTime, field) = (NOW + 366 days + 1, "schedule.startTime");
    }
}
