// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {CrosschainLinked} from "@openzeppelin/contracts/crosschain/CrosschainLinked.sol";
import {ERC7786Recipient} from "@openzeppelin/contracts/crosschain/ERC7786Recipient.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {CrossChainApp} from "../../../contracts/gateway/CrossChainApp.sol";
import {ICrossChainManager} from "../../../contracts/interfaces/ICrossChainManager.sol";
import {IPolicyRegistry} from "../../../contracts/interfaces/IPolicyRegistry.sol";
import {IRewardPolicy} from "../../../contracts/interfaces/IRewardPolicy.sol";
import {ITermsCheck} from "../../../contracts/interfaces/ITermsCheck.sol";
import {AoITerms, MenuItem} from "../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {IAoIContractPolicy} from "../../../contracts/mechanisms/aoi-contract/IAoIContractPolicy.sol";
import {
    CommitsReport,
    MessageKind,
    RevealsOpened,
    RoundOpened,
    RoundReport,
    SettlementReport,
    TaskEnded,
    TaskOpened,
    TaskRejection,
    TaskStatus
} from "../../../contracts/types/Messages.sol";
import {Space, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {MockGateway} from "../MockGateway.sol";
import {MenuBuilder} from "../mechanisms/aoi-contract/MenuBuilder.sol";
import {FailingMechanism} from "../mechanisms/dummy/FailingMechanism.sol";
import {FailingPolicy} from "../mechanisms/dummy/FailingPolicy.sol";
import {CrossChainManagerFixture} from "./CrossChainManagerFixture.sol";

contract RegistrationTest is CrossChainManagerFixture {
    function setUp() external {
        _deploy();
    }

    function test_constructor_RegistersTheMainChain() external view {
        assertEq(uint8(_manager.chainOf(MAIN).space), uint8(Space.Main), "space");
        uint64[] memory ids = _manager.chainIds();
        assertEq(ids.length, 3, "chains");
        assertTrue(ids[0] == MAIN && ids[1] == VIRTUAL && ids[2] == PHYSICAL, "in order");
    }

    function test_registerChain() external {
        vm.expectEmit(address(_manager));
        emit ICrossChainManager.ChainRegistered(7, Space.Physical);
        _manager.registerChain(7, Space.Physical);
        assertEq(uint8(_manager.chainOf(7).space), uint8(Space.Physical), "space");
        assertFalse(_manager.chainOf(7).frozen, "frozen");
    }

    function test_RevertWhen_ChainIsRegisteredTwice() external {
        _isInvalid(VIRTUAL, Space.Virtual);
        _isInvalid(MAIN, Space.Physical);
    }

    function test_RevertWhen_ChainIsTheRelayChain() external {
        _isInvalid(RELAY, Space.Virtual);
    }

    function test_RevertWhen_SpaceIsNotASubchains() external {
        _isInvalid(7, Space.None);
        _isInvalid(7, Space.Main);
        _isInvalid(7, Space.Relay);
    }

    function test_RevertWhen_ChainIsNotFrozen() external {
        vm.expectRevert(abi.encodeWithSelector(ICrossChainManager.InvalidChain.selector, VIRTUAL));
        _manager.unfreeze(VIRTUAL);
        vm.expectRevert(abi.encodeWithSelector(ICrossChainManager.InvalidChain.selector, 7));
        _manager.unfreeze(7);
    }

    function test_RevertWhen_CallerIsNotTheOwner() external {
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, MAIN_APP);
        bytes memory counterpart = _at(7, MAIN_APP);
        vm.startPrank(MAIN_APP);
        vm.expectRevert(refusal);
        _manager.registerChain(7, Space.Virtual);
        vm.expectRevert(refusal);
        _manager.unfreeze(VIRTUAL);
        vm.expectRevert(refusal);
        _manager.addPolicy(_policy);
        vm.expectRevert(refusal);
        _manager.link(address(_gateway), counterpart);
        vm.stopPrank();
    }

    function test_link() external {
        _manager.registerChain(7, Space.Virtual);
        vm.expectEmit(address(_manager));
        emit CrosschainLinked.LinkRegistered(address(_gateway), _at(7, MAIN_APP));
        _manager.link(address(_gateway), _at(7, MAIN_APP));
        (address gateway, bytes memory counterpart) = _manager.getLink(InteroperableAddress.formatEvmV1(7));
        assertEq(gateway, address(_gateway), "gateway");
        assertEq(counterpart, _at(7, MAIN_APP), "counterpart");
    }

    function test_RevertWhen_ChainIsLinkedTwice() external {
        vm.expectRevert(abi.encodeWithSelector(CrosschainLinked.LinkAlreadyRegistered.selector, InteroperableAddress.formatEvmV1(MAIN)));
        _manager.link(address(_gateway), _at(MAIN, VIRTUAL_APP));
    }

    function test_RevertWhen_CounterpartIsOnAnUnregisteredChain() external {
        bytes memory counterpart = _at(7, MAIN_APP);
        vm.expectRevert(abi.encodeWithSelector(CrossChainApp.InvalidCounterpart.selector, counterpart));
        _manager.link(address(_gateway), counterpart);
    }

    function test_RevertWhen_CounterpartsChainIdIsWrittenWithALeadingZero() external {
        _manager.registerChain(7, Space.Virtual);
        // The canonical form has one byte for chain 7; this one has two.
        bytes memory counterpart = abi.encodePacked(hex"00010000020007", uint8(20), MAIN_APP);
        vm.expectRevert(abi.encodeWithSelector(CrossChainApp.InvalidCounterpart.selector, counterpart));
        _manager.link(address(_gateway), counterpart);
    }

    function test_RevertWhen_CounterpartsChainIdIsARegisteredOnePlusTwoToThe64() external {
        bytes memory counterpart = InteroperableAddress.formatEvmV1(uint256(MAIN) + (1 << 64), MAIN_APP);
        vm.expectRevert(abi.encodeWithSelector(CrossChainApp.InvalidCounterpart.selector, counterpart));
        _manager.link(address(_gateway), counterpart);
    }

    function test_RevertWhen_GatewayIsNone() external {
        _manager.registerChain(7, Space.Virtual);
        vm.expectRevert();
        _manager.link(account("no gateway"), _at(7, MAIN_APP));
    }

    function _isInvalid(uint64 chainId, Space space) private {
        vm.expectRevert(abi.encodeWithSelector(ICrossChainManager.InvalidChain.selector, chainId));
        _manager.registerChain(chainId, space);
    }
}

contract TaskVerificationTest is CrossChainManagerFixture {
    function setUp() external {
        _deploy();
    }

    function test_taskOpened_IsRecordedAndForwarded() external {
        bytes memory body = abi.encode(TaskOpened(TASK, _terms(), _mechanismTerms()));
        bytes32 receiveId = _gateway.nextReceiveId();
        vm.expectEmit(address(_manager));
        emit ICrossChainManager.MessageRecorded(MessageKind.TaskOpened, TASK, MAIN, 0, receiveId, keccak256(body));
        _openTask();
        _wasSent(0, MessageKind.TaskOpened, body, _toSubchains());
        assertEq(_manager.recordOf(MessageKind.TaskOpened, TASK, 0, MAIN), keccak256(body), "record");
    }

    function test_taskOpened_GoesToItsSubchainsOnly() external {
        TaskTerms memory terms = _terms();
        terms.subchains = new uint64[](1);
        terms.subchains[0] = PHYSICAL;
        bytes memory body = _openTask(terms, _mechanismTerms());
        _wasSent(0, MessageKind.TaskOpened, body, terms.subchains);
    }

    /// @dev A relayer may be late: a start that has passed is no reason to refuse.
    function test_taskOpened_MayComeAfterItsStart() external {
        vm.warp(START + 1);
        bytes memory body = _openTask();
        _wasSent(0, MessageKind.TaskOpened, body, _toSubchains());
    }

    function test_taskOpened_IsSentBackWhenTermsAreInvalid() external {
        TaskTerms memory terms = _terms();
        terms.quorumPpb = 0;
        _openTask(terms, _mechanismTerms());
        _wasSentBack(abi.encodeWithSelector(ITermsCheck.InvalidTerms.selector, "quorumPpb"));
    }

    function test_taskOpened_IsSentBackWhenItsPolicyIsUnknown() external {
        TaskTerms memory terms = _terms();
        terms.mechanism = 0x12345678;
        _openTask(terms, _mechanismTerms());
        _wasSentBack(abi.encodeWithSelector(IPolicyRegistry.UnknownPolicy.selector, bytes4(0x12345678)));
    }

    function test_taskOpened_IsSentBackWhenItsMenuIsBad() external {
        MenuItem[] memory menu = _menu();
        menu[1].reward += 1000;
        _openTask(_terms(), abi.encode(AoITerms(BONUS, menu)));
        _wasSentBack(abi.encodeWithSelector(IAoIContractPolicy.UpwardIncentiveViolated.selector, 1));
    }

    function test_taskOpened_IsSentBackWhenAChainIsNoSubchain() external {
        TaskTerms memory terms = _terms();
        uint64[3] memory others = [MAIN, RELAY, 7];
        for (uint256 i = 0; i < others.length; ++i) {
            terms.subchains[1] = others[i];
            _openTask(terms, _mechanismTerms());
            _wasSentBack(abi.encodeWithSelector(ICrossChainManager.NotASubchain.selector, others[i]));
        }
    }

    function test_taskOpened_IsSentBackWhenASubchainIsFrozen() external {
        _openTask();
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(_report()));
        RoundReport memory other = _report();
        other.revealed = 5;
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(other));
        bytes memory body = abi.encode(TaskOpened(TaskId.wrap(2), _terms(), _mechanismTerms()));
        _inject(MAIN, MessageKind.TaskOpened, body);
        bytes memory reason = abi.encodeWithSelector(ICrossChainManager.NotASubchain.selector, VIRTUAL);
        assertEq(_gateway.last().body, abi.encode(TaskRejection(TaskId.wrap(2), reason)), "body");
    }

    /// @dev Whoever delivers chooses the gas. With whatever amount, a sound task is never sent back: the delivery
    /// fails, or the task is forwarded.
    function test_taskOpened_IsNotSentBackForWantOfGas() external {
        _isForwardedOnceTheGasIsEnough(
            _terms(),
            abi.encode(AoITerms(BONUS, MenuBuilder.random(1, 256, 1e12, EPOCH, EPOCH)))
        );
    }

    /// @dev Nor one whose check takes as much as it may, and fails without a reason where that is not there.
    function test_taskOpened_IsNotSentBackForWantOfGas_WhateverItsCheckTakes() external {
        _isForwardedWhateverItTakes(FailingMechanism.Failure.Hungry);
    }

    /// @dev Or with an error, which is not believed either.
    function test_taskOpened_IsNotSentBackForWantOfGas_WhateverItsCheckSays() external {
        _isForwardedWhateverItTakes(FailingMechanism.Failure.Accusing);
    }

    /// @dev Or nobody could ever tell main, and the escrow would wait for the deadline.
    function test_taskOpened_IsSentBackWhenItFailsWithoutAReason() external {
        _openTask(_terms(), hex"1234");
        _wasSentBack("");
    }

    function test_taskOpened_IsSentBackWhenItsPolicyFailsWithoutAReason() external {
        _openFailing(FailingMechanism.Failure.Silent, 0);
        _wasSentBack("");
    }

    function test_taskOpened_IsSentBackWhenItsPolicyUsesUpAllGas() external {
        _openFailing(FailingMechanism.Failure.Endless, 0);
        _wasSentBack("");
    }

    /// @dev To copy all of it, and to send it, would take more gas than a delivery may have.
    function test_taskOpened_IsSentBackWithTheBeginningOfALongReason() external {
        _openFailing(FailingMechanism.Failure.Talkative, 1_000_000);
        _wasSentBack(new bytes(256));
    }

    function test_RevertWhen_TheVerificationHadTooLittleGas() external {
        _manager.addPolicy(new FailingPolicy());
        bytes memory unfinished = abi.encodeWithSelector(ICrossChainManager.VerificationUnfinished.selector, TASK);
        uint256 gas_ = _manager.VERIFY_GAS();
        for (uint256 failure = 0; failure < 2; ++failure) {
            bytes memory terms = FailingMechanism.encode(FailingMechanism.Failure(failure), 0);
            bytes memory call = _delivery(_failingTerms(), terms);
            (bool done, bytes memory reason) = address(_gateway).call{gas: gas_}(call);
            assertFalse(done, "delivered");
            assertEq(reason, unfinished, "reason");
        }
        assertEq(_gateway.count(), 0, "messages");
    }

    function test_RevertWhen_VerificationIsCalledFromOutside() external {
        TaskOpened memory opened = TaskOpened(TASK, _terms(), _mechanismTerms());
        vm.expectRevert(ICrossChainManager.OnlySelf.selector);
        _manager.verifyTask(opened);
    }

    function _isForwardedOnceTheGasIsEnough(TaskTerms memory terms, bytes memory mechanismTerms) private {
        bytes memory call = _delivery(terms, mechanismTerms);
        bool done = false;
        for (uint256 gas_ = 200_000; !done; gas_ += 20_000) {
            (done, ) = address(_gateway).call{gas: gas_}(call);
        }
        bytes memory body = abi.encode(TaskOpened(TASK, terms, mechanismTerms));
        _wasSent(0, MessageKind.TaskOpened, body, _toSubchains());
    }

    function _isForwardedWhateverItTakes(FailingMechanism.Failure failure) private {
        _manager.addPolicy(new FailingPolicy());
        uint256 taken = _manager.VERIFY_GAS() - 500_000;
        _isForwardedOnceTheGasIsEnough(_failingTerms(), FailingMechanism.encode(failure, taken));
    }

    function _delivery(TaskTerms memory terms, bytes memory mechanismTerms) private view returns (bytes memory) {
        bytes memory body = abi.encode(TaskOpened(TASK, terms, mechanismTerms));
        return
            abi.encodeCall(MockGateway.inject, (address(_manager), MAIN, MAIN_APP, MessageKind.TaskOpened, body));
    }

    function _openFailing(FailingMechanism.Failure failure, uint256 amount) private {
        _manager.addPolicy(new FailingPolicy());
        bytes memory call = _delivery(_failingTerms(), FailingMechanism.encode(failure, amount));
        (bool done, ) = address(_gateway).call{gas: GAS_CAP}(call);
        assertTrue(done, "delivered with as much gas as a transaction may have");
    }

    function _failingTerms() private pure returns (TaskTerms memory terms) {
        terms = _terms();
        terms.mechanism = FailingMechanism.ID;
    }

    function _wasSentBack(bytes memory reason) private view {
        assertEq(_gateway.last().body, abi.encode(TaskRejection(TASK, reason)), "body");
        assertEq(uint8(_gateway.last().kind), uint8(MessageKind.TaskRejected), "kind");
        assertEq(_gateway.last().chainId, MAIN, "chain");
        assertEq(_manager.recordOf(MessageKind.TaskOpened, TASK, 0, MAIN), 0, "no record");
        for (uint256 i = 0; i < _gateway.count(); ++i) {
            assertEq(uint8(_gateway.sentAt(i).kind), uint8(MessageKind.TaskRejected), "nothing is forwarded");
        }
    }
}

contract MainMessagesTest is CrossChainManagerFixture {
    function setUp() external {
        _deploy();
    }

    function test_roundOpened() external {
        _openTask();
        for (uint16 round = 1; round < 3; ++round) {
            bytes memory body = _roundOpened(TASK, round);
            uint256 before = _gateway.count();
            _openRound(round);
            _wasSent(before, MessageKind.RoundOpened, body, _toSubchains());
            assertEq(_manager.recordOf(MessageKind.RoundOpened, TASK, round, MAIN), keccak256(body), "record");
        }
    }

    function test_RevertWhen_RoundOvertakesItsTask() external {
        vm.expectRevert(CrossChainApp.NotYet.selector);
        _openRound(1);
        _openTask();
        _openRound(1);
    }

    function test_RevertWhen_RoundOvertakesAnother() external {
        _openTask();
        vm.expectRevert(CrossChainApp.NotYet.selector);
        _openRound(2);
        _openRound(1);
        _openRound(2);
    }

    function test_taskEnded() external {
        _openTask();
        bytes memory body = abi.encode(TaskEnded(TASK, TaskStatus.Completed, keccak256("model")));
        uint256 before = _gateway.count();
        _inject(MAIN, MessageKind.TaskEnded, body);
        _wasSent(before, MessageKind.TaskEnded, body, _toSubchains());
        assertEq(_manager.recordOf(MessageKind.TaskEnded, TASK, 0, MAIN), keccak256(body), "record");
    }

    /// @dev The end may overtake rounds; these follow all the same.
    function test_taskEnded_MayOvertakeRounds() external {
        _openTask();
        _inject(MAIN, MessageKind.TaskEnded, abi.encode(TaskEnded(TASK, TaskStatus.Completed, 0)));
        _openRound(1);
        assertEq(uint8(_gateway.last().kind), uint8(MessageKind.RoundOpened), "forwarded");
    }

    /// @dev A task may end, by its deadline, before main hears that it was sent back.
    function test_taskEnded_OfATaskThatWasSentBackIsOnlyRecorded() external {
        TaskTerms memory terms = _terms();
        terms.quorumPpb = 0;
        _openTask(terms, _mechanismTerms());
        uint256 before = _gateway.count();
        bytes memory body = abi.encode(TaskEnded(TASK, TaskStatus.Expired, 0));
        _inject(MAIN, MessageKind.TaskEnded, body);
        assertEq(_gateway.count(), before, "not forwarded");
        assertEq(_manager.recordOf(MessageKind.TaskEnded, TASK, 0, MAIN), keccak256(body), "record");
    }

    function test_RevertWhen_EndOvertakesItsTask() external {
        vm.expectRevert(CrossChainApp.NotYet.selector);
        _inject(MAIN, MessageKind.TaskEnded, abi.encode(TaskEnded(TASK, TaskStatus.Expired, 0)));
    }

    function test_repeated_IsNotForwarded() external {
        bytes memory body = _openTask();
        uint256 before = _gateway.count();
        bytes32 receiveId = _gateway.nextReceiveId();
        vm.expectEmit(address(_manager));
        emit ICrossChainManager.RepeatedMessage(MAIN, TASK, receiveId);
        _inject(MAIN, MessageKind.TaskOpened, body);
        _openRound(1);
        _openRound(1);
        assertEq(_gateway.count(), before + 2, "one round to two subchains");
    }

    /// @dev Else a forged opening could have a running task sent back, and its escrow with it.
    function test_contradiction_FreezesTheMainChain() external {
        _openTask();
        TaskTerms memory terms = _terms();
        terms.quorumPpb = 0;
        uint256 before = _gateway.count();
        _openTask(terms, _mechanismTerms());
        assertEq(_gateway.count(), before, "nothing is sent");
        assertTrue(_manager.chainOf(MAIN).frozen, "frozen");
        vm.expectRevert(abi.encodeWithSelector(ICrossChainManager.ChainIsFrozen.selector, MAIN));
        _openRound(1);
        _manager.unfreeze(MAIN);
        _openRound(1);
    }

    function test_contradiction_OfARoundOrAnEnd() external {
        _openTask();
        _openRound(1);
        _inject(MAIN, MessageKind.RoundOpened, abi.encode(RoundOpened(TASK, 1, keccak256("another"), START)));
        assertTrue(_manager.chainOf(MAIN).frozen, "frozen by a round");
        _manager.unfreeze(MAIN);
        _inject(MAIN, MessageKind.TaskEnded, abi.encode(TaskEnded(TASK, TaskStatus.Completed, 0)));
        _inject(MAIN, MessageKind.TaskEnded, abi.encode(TaskEnded(TASK, TaskStatus.Expired, 0)));
        assertTrue(_manager.chainOf(MAIN).frozen, "frozen by an end");
    }

    function test_RevertWhen_KindDoesNotComeFromThere() external {
        _openTask();
        _isUnexpected(MAIN, MessageKind.RoundReported);
        _isUnexpected(MAIN, MessageKind.EpochSettled);
        _isUnexpected(MAIN, MessageKind.TaskRejected);
        _isUnexpected(MAIN, MessageKind.CommitsClosed);
        _isUnexpected(MAIN, MessageKind.RevealsOpened);
        _isUnexpected(VIRTUAL, MessageKind.TaskOpened);
        _isUnexpected(VIRTUAL, MessageKind.RoundOpened);
        _isUnexpected(VIRTUAL, MessageKind.TaskEnded);
        _isUnexpected(PHYSICAL, MessageKind.TaskRejected);
        _isUnexpected(PHYSICAL, MessageKind.RevealsOpened);
    }

    function test_RevertWhen_SenderIsNotTheCounterpart() external {
        bytes memory body = abi.encode(TaskOpened(TASK, _terms(), _mechanismTerms()));
        bytes memory from = _at(MAIN, VIRTUAL_APP);
        vm.expectRevert(
            abi.encodeWithSelector(
                ERC7786Recipient.ERC7786RecipientUnauthorizedGateway.selector,
                address(_gateway),
                from
            )
        );
        _gateway.inject(address(_manager), MAIN, VIRTUAL_APP, MessageKind.TaskOpened, body);
    }

    function _isUnexpected(uint64 chainId, MessageKind kind) private {
        vm.expectRevert(abi.encodeWithSelector(CrossChainApp.UnexpectedMessage.selector, kind, chainId));
        _inject(chainId, kind, "");
    }
}

contract SubchainReportsTest is CrossChainManagerFixture {
    function setUp() external {
        _deploy();
        _openTask();
    }

    function test_roundReported() external {
        bytes memory body = abi.encode(_report());
        uint256 before = _gateway.count();
        bytes32 receiveId = _gateway.nextReceiveId();
        vm.expectEmit(address(_manager));
        emit ICrossChainManager.MessageRecorded(MessageKind.RoundReported, TASK, VIRTUAL, 0, receiveId, keccak256(body));
        _inject(VIRTUAL, MessageKind.RoundReported, body);
        _wasSent(before, MessageKind.RoundReported, body, _toMain());
        assertEq(_manager.recordOf(MessageKind.RoundReported, TASK, 0, VIRTUAL), keccak256(body), "record");
        assertEq(_manager.recordOf(MessageKind.RoundReported, TASK, 0, PHYSICAL), 0, "the other chain's");
    }

    function test_roundReported_OfAnEmptyRound() external {
        uint256 before = _gateway.count();
        bytes memory body = abi.encode(RoundReport(VIRTUAL, TASK, 0, 0, 0, 0, 0, _totals(0, 0)));
        _inject(VIRTUAL, MessageKind.RoundReported, body);
        _wasSent(before, MessageKind.RoundReported, body, _toMain());
    }

    function test_epochSettled() external {
        bytes memory body = abi.encode(_settlement());
        uint256 before = _gateway.count();
        _inject(VIRTUAL, MessageKind.EpochSettled, body);
        _wasSent(before, MessageKind.EpochSettled, body, _toMain());
        assertEq(_manager.recordOf(MessageKind.EpochSettled, TASK, 0, VIRTUAL), keccak256(body), "record");
    }

    function test_RevertWhen_RoundReportIsImpossible() external {
        RoundReport memory report = _report();
        report.round = 1;
        _isImpossible(report, "round");
        report = _report();
        report.enrolled = WORKERS + 1;
        _isImpossible(report, "enrolled");
        report = _report();
        report.committed = 11;
        _isImpossible(report, "committed");
        report = _report();
        report.revealed = 9;
        _isImpossible(report, "revealed");
        report = _report();
        report.updatesRoot = 0;
        _isImpossible(report, "updatesRoot");
        report = _report();
        report.revealed = 0;
        _isImpossible(report, "updatesRoot");
        report = _report();
        report.totals = _totals(10 * EPOCH + 1, 0);
        _isImpossibleInTotal(report, "coveredSeconds");
        report.totals = _totals(0, uint128(10) * EPOCH * EPOCH + 1);
        _isImpossibleInTotal(report, "ageSquares");
        report.totals = "";
        _isImpossibleInTotal(report, "totals");
        report.totals = bytes.concat(_mostTotals(), hex"00");
        _isImpossibleInTotal(report, "totals");
    }

    function test_RevertWhen_SettlementIsImpossible() external {
        SettlementReport memory report = _settlement();
        report.workers = WORKERS + 1;
        _isImpossible(report, "workers");
        report = _settlement();
        report.recordsRoot = 0;
        _isImpossible(report, "recordsRoot");
        report = _settlement();
        report.workers = 0;
        _isImpossible(report, "recordsRoot");
        report = _settlement();
        report.totals = _totals(10 * EPOCH + 1, 0);
        _isImpossibleInTotal(report, "coveredSeconds");
        report.totals = _totals(0, uint128(10) * EPOCH * EPOCH + 1);
        _isImpossibleInTotal(report, "ageSquares");
        report.totals = "";
        _isImpossibleInTotal(report, "totals");
    }

    function test_RevertWhen_ReporterIsAnotherChain() external {
        bytes memory refusal = abi.encodeWithSelector(ICrossChainManager.WrongReporter.selector, PHYSICAL, VIRTUAL);
        vm.expectRevert(refusal);
        _inject(PHYSICAL, MessageKind.RoundReported, abi.encode(_report()));
        vm.expectRevert(refusal);
        _inject(PHYSICAL, MessageKind.EpochSettled, abi.encode(_settlement()));
    }

    function test_RevertWhen_TaskDoesNotRunThere() external {
        TaskTerms memory terms = _terms();
        terms.subchains = new uint64[](1);
        terms.subchains[0] = PHYSICAL;
        _inject(MAIN, MessageKind.TaskOpened, abi.encode(TaskOpened(TaskId.wrap(2), terms, _mechanismTerms())));
        RoundReport memory report = _report();
        for (uint256 task = 2; task < 4; ++task) {
            report.task = TaskId.wrap(task);
            vm.expectRevert(abi.encodeWithSelector(ICrossChainManager.WrongReporter.selector, VIRTUAL, VIRTUAL));
            _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(report));
        }
    }

    function test_repeated_IsNotForwarded() external {
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(_report()));
        uint256 before = _gateway.count();
        bytes32 receiveId = _gateway.nextReceiveId();
        vm.expectEmit(address(_manager));
        emit ICrossChainManager.RepeatedMessage(VIRTUAL, TASK, receiveId);
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(_report()));
        assertEq(_gateway.count(), before, "messages");
        assertFalse(_manager.chainOf(VIRTUAL).frozen, "frozen");
    }

    function test_contradiction_FreezesTheChain() external {
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(_report()));
        RoundReport memory other = _report();
        other.revealed = 5;
        uint256 before = _gateway.count();
        vm.expectEmit(address(_manager));
        emit ICrossChainManager.ChainFrozen(
            VIRTUAL,
            TASK,
            keccak256(abi.encode(_report())),
            keccak256(abi.encode(other))
        );
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(other));
        assertEq(_gateway.count(), before, "not forwarded");
        assertTrue(_manager.chainOf(VIRTUAL).frozen, "frozen");

        vm.expectRevert(abi.encodeWithSelector(ICrossChainManager.ChainIsFrozen.selector, VIRTUAL));
        _inject(VIRTUAL, MessageKind.EpochSettled, abi.encode(_settlement()));
        // Others go on.
        SettlementReport memory physical = _settlement();
        physical.chainId = PHYSICAL;
        _inject(PHYSICAL, MessageKind.EpochSettled, abi.encode(physical));

        vm.expectEmit(address(_manager));
        emit ICrossChainManager.ChainUnfrozen(VIRTUAL);
        _manager.unfreeze(VIRTUAL);
        _inject(VIRTUAL, MessageKind.EpochSettled, abi.encode(_settlement()));
        assertEq(_gateway.last().body, abi.encode(_settlement()), "forwarded");
        bytes32 record = _manager.recordOf(MessageKind.RoundReported, TASK, 0, VIRTUAL);
        assertEq(record, keccak256(abi.encode(_report())), "the first stands");
    }

    function test_contradiction_OfASettlement() external {
        _inject(VIRTUAL, MessageKind.EpochSettled, abi.encode(_settlement()));
        SettlementReport memory other = _settlement();
        other.totals = _totals(0, 0);
        _inject(VIRTUAL, MessageKind.EpochSettled, abi.encode(other));
        assertTrue(_manager.chainOf(VIRTUAL).frozen, "frozen");
    }

    function test_roundReported_OfThatAndEarlierRounds() external {
        _openRound(1);
        RoundReport memory report = _report();
        report.round = 1;
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(report));
        report.round = 0;
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(report));
        assertEq(_gateway.last().body, abi.encode(report), "forwarded");
    }

    /// @dev As its mechanism's policy says.
    function _isImpossibleInTotal(RoundReport memory report, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IRewardPolicy.ImpossibleTotals.selector, field));
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(report));
    }

    function _isImpossibleInTotal(SettlementReport memory report, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IRewardPolicy.ImpossibleTotals.selector, field));
        _inject(VIRTUAL, MessageKind.EpochSettled, abi.encode(report));
    }

    function _isImpossible(RoundReport memory report, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(ICrossChainManager.ImpossibleReport.selector, VIRTUAL, TASK, field));
        _inject(VIRTUAL, MessageKind.RoundReported, abi.encode(report));
    }

    function _isImpossible(SettlementReport memory report, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(ICrossChainManager.ImpossibleReport.selector, VIRTUAL, TASK, field));
        _inject(VIRTUAL, MessageKind.EpochSettled, abi.encode(report));
    }
}

contract CommitsClosedTest is CrossChainManagerFixture {
    function setUp() external {
        _deploy();
        _openTask();
    }

    /// @dev Whichever subchain is first.
    function test_commitsClosed_OpensRevealsOnceAllSubchainsHaveSaidSo() external {
        _openRound(1);
        uint64[2][2] memory orders = [[VIRTUAL, PHYSICAL], [PHYSICAL, VIRTUAL]];
        for (uint16 round = 0; round < 2; ++round) {
            uint256 before = _gateway.count();
            bytes memory body = _commitsClosed(orders[round][0], round);
            bytes32 receiveId = _gateway.nextReceiveId();
            vm.expectEmit(address(_manager));
            emit ICrossChainManager.MessageRecorded(
                MessageKind.CommitsClosed,
                TASK,
                orders[round][0],
                round,
                receiveId,
                keccak256(body)
            );
            _close(orders[round][0], round);
            assertEq(_gateway.count(), before, "the other subchain takes commits");
            assertEq(
                _manager.recordOf(MessageKind.CommitsClosed, TASK, round, orders[round][0]),
                keccak256(body),
                "record"
            );
            _close(orders[round][1], round);
            _wasSent(before, MessageKind.RevealsOpened, abi.encode(RevealsOpened(TASK, round)), _toSubchains());
        }
    }

    function test_commitsClosed_OfATaskOnOneSubchain() external {
        TaskTerms memory terms = _terms();
        terms.subchains = new uint64[](1);
        terms.subchains[0] = PHYSICAL;
        TaskId task = TaskId.wrap(2);
        _inject(MAIN, MessageKind.TaskOpened, abi.encode(TaskOpened(task, terms, _mechanismTerms())));
        uint256 before = _gateway.count();
        _inject(PHYSICAL, MessageKind.CommitsClosed, abi.encode(CommitsReport(PHYSICAL, task, 0, 0)));
        _wasSent(before, MessageKind.RevealsOpened, abi.encode(RevealsOpened(task, 0)), terms.subchains);
    }

    /// @dev One that says it twice stands for no other.
    function test_commitsClosed_TwiceFromOneSubchain() external {
        uint256 before = _gateway.count();
        _close(VIRTUAL, 0);
        bytes32 receiveId = _gateway.nextReceiveId();
        vm.expectEmit(address(_manager));
        emit ICrossChainManager.RepeatedMessage(VIRTUAL, TASK, receiveId);
        _close(VIRTUAL, 0);
        assertEq(_gateway.count(), before, "messages");
    }

    function test_contradiction_FreezesTheChain() external {
        uint256 before = _gateway.count();
        _close(VIRTUAL, 0);
        _inject(VIRTUAL, MessageKind.CommitsClosed, abi.encode(CommitsReport(VIRTUAL, TASK, 0, 7)));
        assertTrue(_manager.chainOf(VIRTUAL).frozen, "frozen");
        assertEq(_gateway.count(), before, "messages");
        // What it said first stands.
        _close(PHYSICAL, 0);
        assertEq(_gateway.count(), before + 2, "reveals open");
    }

    function test_RevertWhen_ItCannotBeTrue() external {
        _isImpossible(CommitsReport(VIRTUAL, TASK, 1, 8), "round");
        _isImpossible(CommitsReport(VIRTUAL, TASK, 0, WORKERS + 1), "committed");
    }

    function test_RevertWhen_ReporterIsAnotherChain() external {
        vm.expectRevert(abi.encodeWithSelector(ICrossChainManager.WrongReporter.selector, PHYSICAL, VIRTUAL));
        _inject(PHYSICAL, MessageKind.CommitsClosed, _commitsClosed(VIRTUAL, 0));
        bytes memory body = abi.encode(CommitsReport(VIRTUAL, TaskId.wrap(2), 0, 8));
        vm.expectRevert(abi.encodeWithSelector(ICrossChainManager.WrongReporter.selector, VIRTUAL, VIRTUAL));
        _inject(VIRTUAL, MessageKind.CommitsClosed, body);
    }

    function _close(uint64 chainId, uint16 round) private {
        _inject(chainId, MessageKind.CommitsClosed, _commitsClosed(chainId, round));
    }

    function _isImpossible(CommitsReport memory report, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(ICrossChainManager.ImpossibleReport.selector, VIRTUAL, TASK, field));
        _inject(VIRTUAL, MessageKind.CommitsClosed, abi.encode(report));
    }
}
