// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CrossChainApp} from "../../contracts/gateway/CrossChainApp.sol";
import {Gateway} from "../../contracts/gateway/Gateway.sol";
import {IncrementalMerkle} from "../../contracts/gateway/IncrementalMerkle.sol";
import {IGateway} from "../../contracts/interfaces/IGateway.sol";
import {ILearningSubchain} from "../../contracts/interfaces/ILearningSubchain.sol";
import {ITaskManager} from "../../contracts/interfaces/ITaskManager.sol";
import {RewardEscrow} from "../../contracts/main/RewardEscrow.sol";
import {AoIMeter} from "../../contracts/mechanisms/aoi-contract/AoIMeter.sol";
import {AoIChoice, AoITotals, AoIWork} from "../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {CrossChainManager} from "../../contracts/relay/CrossChainManager.sol";
import {LearningSubchain} from "../../contracts/subchain/LearningSubchain.sol";
import {WorkerRegistry} from "../../contracts/subchain/WorkerRegistry.sol";
import {LocalToken} from "../../contracts/token/LocalToken.sol";
import {Leaves} from "../../contracts/types/Leaves.sol";
import {MessageKind, RoundReport, SettlementReport, TaskOpened} from "../../contracts/types/Messages.sol";
import {CLOCK_SKEW_SECONDS, RevealedUpdate, Sampling, Space, TaskId, TaskTerms, WorkRecord} from "../../contracts/types/TaskTypes.sol";
import {TaskFixture} from "./TaskFixture.sol";
import {BelievingVerifier} from "./gateway/BelievingVerifier.sol";
import {TaskManagerHarness} from "./main/TaskManagerHarness.sol";
import {FailingMechanism} from "./mechanisms/dummy/FailingMechanism.sol";
import {FailingPolicy} from "./mechanisms/dummy/FailingPolicy.sol";

/// @notice Whatever passes the checks of terms can be carried out: gas of every call of a task whose terms are at all
/// their bounds at once, through real gateways.
contract MaximaTest is TaskFixture {
    TaskId private constant TASK = TaskId.wrap(1);
    bytes32 private constant SALT = keccak256("salt");
    bytes32 private constant ENGINE = "strict/1 wasm 0.1.0";
    /// @dev The most that any call may take; a transaction may have 16,777,216.
    uint256 private constant MOST_GAS = 16_000_000;
    /// @dev What is left of it in a delivery for the proof: 255 signatures take some 2,000,000 with their calldata.
    uint256 private constant PROOF_GAS = 2_500_000;
    /// @dev Workers that the keeper settles in one call.
    uint256 private constant SETTLED_AT_ONCE = 100;

    Gateway private _real;
    TaskManagerHarness private _main;
    CrossChainManager private _relay;
    LearningSubchain private _subchain;
    LocalToken private _token;
    uint32 private _nonce;

    /// @dev One test plays one chain, whose gateway believes everything.
    function setUp() external {
        _deployCommon(MAIN);
        _real = new Gateway(address(this), 1 days);
        _token = new LocalToken(address(this), type(uint256).max);
        BelievingVerifier verifier = new BelievingVerifier();
        TaskTerms memory terms = _maximalTerms(32);

        _main = new TaskManagerHarness(address(this), RELAY, new RewardEscrow(), _termsCheck, _creditCheck, 0, COLLECTOR);
        _main.addPolicy(_policy);
        _token.approve(address(_main), type(uint256).max);
        vm.chainId(RELAY);
        _relay = new CrossChainManager(address(this), MAIN, _termsCheck);
        _relay.addPolicy(_policy);
        WorkerRegistry registry = new WorkerRegistry(address(this), Space.Physical);
        _subchain = new LearningSubchain(address(this), RELAY, Space.Physical, registry);
        _subchain.addMeter(new AoIMeter());
        for (uint256 i = 0; i < SETTLED_AT_ONCE; ++i) registry.register(_worker(i), _worker(i));

        vm.chainId(MAIN);
        _link(RELAY, _main, RELAY_APP, verifier);
        _linkOnly(RELAY, _subchain, RELAY_APP);
        vm.chainId(RELAY);
        _link(MAIN, _relay, MAIN_APP, verifier);
        for (uint256 i = 0; i < 32; ++i) {
            _relay.registerChain(terms.subchains[i], Space.Physical);
            _link(terms.subchains[i], _relay, PHYSICAL_APP, verifier);
        }
        vm.chainId(MAIN);
    }

    function test_publish() external {
        bytes memory call = abi.encodeCall(
            ITaskManager.publish,
            (_maximalTerms(32), _maximalMechanismTerms(32), _token, type(uint96).max)
        );
        _fits(address(_main), call, "publication");
    }

    function test_publishTheLargestMenu() external {
        (TaskTerms memory terms, bytes memory menu) = _largestMenu();
        bytes memory call = abi.encodeCall(ITaskManager.publish, (terms, menu, _token, type(uint96).max));
        _fits(address(_main), call, "publication");
    }

    /// @dev To the relay chain, which checks it and sends it to 32 subchains.
    function test_deliverToTheRelayChain() external {
        vm.chainId(RELAY);
        bytes memory body = abi.encode(TaskOpened(TASK, _maximalTerms(32), _maximalMechanismTerms(32)));
        _deliveryFits(MAIN, MAIN_APP, address(_relay), MessageKind.TaskOpened, body);
        bytes32 record = _relay.recordOf(MessageKind.TaskOpened, TASK, 0, MAIN);
        assertEq(record, keccak256(body), "taken");
    }

    /// @dev To the relay chain, of as many items as a menu may have and as many subchains as go with them.
    function test_deliverTheLargestMenuToTheRelayChain() external {
        (TaskTerms memory terms, bytes memory menu) = _largestMenu();
        vm.chainId(RELAY);
        bytes memory body = abi.encode(TaskOpened(TASK, terms, menu));
        _deliveryFits(MAIN, MAIN_APP, address(_relay), MessageKind.TaskOpened, body);
        bytes32 record = _relay.recordOf(MessageKind.TaskOpened, TASK, 0, MAIN);
        assertEq(record, keccak256(body), "taken");
    }

    /// @dev What a verification may take is twice what it takes, so that gas is never why a task is sent back.
    function test_verifyOnTheRelayChain() external {
        _verificationFits(_maximalTerms(32), _maximalMechanismTerms(32));
        (TaskTerms memory terms, bytes memory menu) = _largestMenu();
        _verificationFits(terms, menu);
    }

    /// @dev One that takes all that it may is sent back to main.
    function test_deliverToTheRelayChain_WhenThePolicyUsesUpAllGas() external {
        vm.chainId(RELAY);
        _relay.addPolicy(new FailingPolicy());
        TaskTerms memory terms = _maximalTerms(32);
        terms.mechanism = FailingMechanism.ID;
        bytes memory endless = bytes.concat(
            FailingMechanism.encode(FailingMechanism.Failure.Endless, 0),
            new bytes(_maximalMechanismTerms(32).length)
        );
        bytes memory body = abi.encode(TaskOpened(TASK, terms, endless));
        _deliveryFits(MAIN, MAIN_APP, address(_relay), MessageKind.TaskOpened, body);
        assertEq(_relay.recordOf(MessageKind.TaskOpened, TASK, 0, MAIN), 0, "sent back");
    }

    function test_deliverToASubchain() external {
        vm.chainId(PHYSICAL);
        bytes memory body = abi.encode(TaskOpened(TASK, _maximalTerms(32), _maximalMechanismTerms(1)));
        _deliveryFits(RELAY, RELAY_APP, address(_subchain), MessageKind.TaskOpened, body);
    }

    /// @dev The attestation that finalizes a round with every worker of every subchain.
    function test_attest_OnOneSubchain() external {
        _attestFits(1);
    }

    function test_attest_OnAllSubchains() external {
        _attestFits(32);
    }

    /// @dev After as many rounds as there may be, each with a word of its own for the worker's bit.
    function test_claim() external {
        _claimFits(_maximalTerms(1), 65_536);
    }

    /// @dev Each round's draw is derived: of all workers in one evaluation, of two in two on average, which is the most.
    function test_claim_WhereWorkersAreDrawn() external {
        TaskTerms memory terms = _maximalTerms(1);
        (terms.workersPerRound, terms.rounds) = (1, 2_048);
        _claimFits(terms, 65_536);
    }

    function test_claim_WhereOneOfTwoWorkersIsDrawn() external {
        TaskTerms memory terms = _maximalTerms(1);
        (terms.workersPerRound, terms.rounds) = (1, 2_048);
        _claimFits(terms, 2);
    }

    /// @dev All rounds in one evaluation, so no dearer than where all take part.
    function test_claim_WhereWorkersTakeTurns() external {
        TaskTerms memory terms = _maximalTerms(1);
        (terms.workersPerRound, terms.rounds, terms.sampling) = (1, 2_048, Sampling.Freshness);
        _claimFits(terms, 65_536);
    }

    function _claimFits(TaskTerms memory terms, uint32 workers) private {
        _main.publish(terms, _mechanismTerms(), _token, type(uint96).max);
        (uint64 chainId, uint32 index) = (terms.subchains[0], workers - 1);
        bytes memory work = abi.encode(AoIWork(0, terms.schedule.epochSeconds, 0));
        WorkRecord memory record = WorkRecord(chainId, TASK, index, _worker(0), keccak256(work));
        bytes32[] memory branch = new bytes32[](IncrementalMerkle.depthOf(workers));
        bytes32 root = IncrementalMerkle.branchRoot(Leaves.ofRecord(record), branch, index);
        SettlementReport memory report = SettlementReport(chainId, TASK, workers, root, keccak256("beacon"), "");
        _deliver(RELAY, RELAY_APP, address(_main), MessageKind.EpochSettled, abi.encode(report));
        _main.completeAfter(TASK, terms.rounds);
        ITaskManager.Score memory score;
        vm.prank(_worker(0));
        _fits(address(_main), abi.encodeCall(ITaskManager.claim, (record, branch, work, score)), "claim");
    }

    /// @dev What workers and the keeper send to a subchain.
    function test_roundOnASubchain() external {
        vm.chainId(PHYSICAL);
        TaskTerms memory terms = _maximalTerms(32);
        bytes memory opened = abi.encode(TaskOpened(TASK, terms, _maximalMechanismTerms(1)));
        _deliver(RELAY, RELAY_APP, address(_subchain), MessageKind.TaskOpened, opened);
        address[] memory workers = new address[](SETTLED_AT_ONCE);
        for (uint256 i = 0; i < SETTLED_AT_ONCE; ++i) {
            workers[i] = _worker(i);
            vm.prank(workers[i]);
            bytes memory choice = abi.encode(AoIChoice(255));
            _fits(address(_subchain), abi.encodeCall(ILearningSubchain.enrol, (TASK, choice)), "enrolment");
        }
        vm.warp(terms.schedule.startTime);
        for (uint256 i = 0; i < SETTLED_AT_ONCE; ++i) {
            bytes32 commitment = Leaves.ofCommit(address(_subchain), _update(i), SALT);
            vm.prank(workers[i]);
            _fits(address(_subchain), abi.encodeCall(ILearningSubchain.commit, (TASK, 0, commitment)), "commit");
        }
        // Others have not committed, and the relay chain has not opened reveals.
        vm.warp(terms.schedule.startTime + terms.schedule.commitSeconds + CLOCK_SKEW_SECONDS);
        for (uint256 i = 0; i < SETTLED_AT_ONCE; ++i) {
            ILearningSubchain.Opening memory opening = ILearningSubchain.Opening(_update(i).update, 1, ENGINE, SALT);
            vm.prank(workers[i]);
            _fits(address(_subchain), abi.encodeCall(ILearningSubchain.reveal, (TASK, 0, opening, "", new bytes(32 * 65))), "reveal");
        }
        _fits(address(_subchain), abi.encodeCall(ILearningSubchain.closeRound, (TASK)), "closing");
        vm.warp(terms.schedule.startTime + terms.schedule.epochSeconds);
        _fits(address(_subchain), abi.encodeCall(ILearningSubchain.settle, (TASK, workers)), "settlement");
    }

    function _attestFits(uint256 subchains) private {
        TaskTerms memory terms = _publish(subchains);
        ITaskManager.Aggregate memory aggregate;
        aggregate.globalModel = keccak256("next");
        aggregate.accepted = new uint256[][](subchains);
        uint256 words = (terms.maxWorkers + 255) / 256;
        for (uint256 i = 0; i < subchains; ++i) {
            RoundReport memory report = RoundReport(
                terms.subchains[i],
                TASK,
                1,
                terms.maxWorkers,
                terms.maxWorkers,
                terms.maxWorkers,
                keccak256("updates"),
                ""
            );
            _deliver(RELAY, RELAY_APP, address(_main), MessageKind.RoundReported, abi.encode(report));
            aggregate.accepted[i] = new uint256[](words);
            for (uint256 j = 0; j < words; ++j) aggregate.accepted[i][j] = type(uint256).max;
            uint256 rest = terms.maxWorkers & 0xff;
            if (rest != 0) aggregate.accepted[i][words - 1] >>= 256 - rest;
        }
        // Bits of the second round begin within a word where the first's ended within it.
        _main.skipTo(TASK, 1);
        for (uint256 i = 0; i < terms.aggregators.length; ++i) {
            bytes memory commit = abi.encodeCall(
                ITaskManager.commitAttestation,
                (TASK, 1, _commitmentTo(aggregate, i))
            );
            vm.prank(_aggregator(i));
            _fits(address(_main), commit, "commitment");
        }
        for (uint256 i = 0; i < terms.attestations; ++i) {
            bytes memory call = abi.encodeCall(ITaskManager.attest, (TASK, 1, aggregate, _saltOf(i)));
            vm.prank(_aggregator(i));
            _fits(address(_main), call, "attestation");
        }
        assertEq(_main.taskOf(TASK).round, 2, "final");
    }

    function _publish(uint256 subchains) private returns (TaskTerms memory terms) {
        terms = _maximalTerms(subchains);
        _main.publish(terms, _mechanismTerms(), _token, type(uint96).max);
    }

    function _update(uint256 worker) private pure returns (RevealedUpdate memory) {
        bytes32 update = keccak256(abi.encode("update", worker));
        return RevealedUpdate(PHYSICAL, TASK, 0, uint32(worker), _worker(worker), update, 1, ENGINE);
    }

    function _link(uint64 chainId, CrossChainApp app, address counterpart, BelievingVerifier verifier) private {
        _real.openRoute(chainId, account("another gateway"), address(verifier));
        _linkOnly(chainId, app, counterpart);
    }

    function _linkOnly(uint64 chainId, CrossChainApp app, address counterpart) private {
        app.link(address(_real), _at(chainId, counterpart));
    }

    function _deliver(uint64 from, address by, address to, MessageKind kind, bytes memory body) private {
        _real.deliver(from, IGateway.Message(_nonce++, by, to, abi.encode(kind, body)), "");
    }

    function _deliveryFits(uint64 from, address by, address to, MessageKind kind, bytes memory body) private {
        IGateway.Message memory message = IGateway.Message(_nonce++, by, to, abi.encode(kind, body));
        uint256 used = _gasOf(address(_real), abi.encodeCall(IGateway.deliver, (from, message, "")));
        assertLe(used, MOST_GAS - PROOF_GAS, "delivery");
    }

    /// @dev As many items as a menu may have, and as many subchains as go with them.
    function _largestMenu() private view returns (TaskTerms memory terms, bytes memory menu) {
        menu = _maximalMechanismTerms(1);
        uint256 subchains = 32;
        while (!_passes(_maximalTerms(subchains), menu.length)) --subchains;
        terms = _maximalTerms(subchains);
    }

    function _verificationFits(TaskTerms memory terms, bytes memory mechanismTerms) private {
        vm.chainId(RELAY);
        TaskOpened memory opened = TaskOpened(TASK, terms, mechanismTerms);
        vm.prank(address(_relay));
        uint256 used = _gasOf(address(_relay), abi.encodeCall(CrossChainManager.verifyTask, (opened)));
        assertLe(2 * used, _relay.VERIFY_GAS(), "verification");
        vm.chainId(MAIN);
    }

    function _fits(address target, bytes memory call, string memory what) private {
        assertLe(_gasOf(target, call), MOST_GAS, what);
    }
}
