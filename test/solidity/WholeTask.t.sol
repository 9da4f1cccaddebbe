// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {CrossChainApp} from "../../contracts/gateway/CrossChainApp.sol";
import {CheckpointVerifier} from "../../contracts/gateway/CheckpointVerifier.sol";
import {Gateway} from "../../contracts/gateway/Gateway.sol";
import {IncrementalMerkle} from "../../contracts/gateway/IncrementalMerkle.sol";
import {ICheckpointVerifier} from "../../contracts/interfaces/ICheckpointVerifier.sol";
import {IGateway} from "../../contracts/interfaces/IGateway.sol";
import {ILearningSubchain} from "../../contracts/interfaces/ILearningSubchain.sol";
import {ITaskManager} from "../../contracts/interfaces/ITaskManager.sol";
import {IValidatorSets} from "../../contracts/interfaces/IValidatorSets.sol";
import {RewardEscrow} from "../../contracts/main/RewardEscrow.sol";
import {TaskManager} from "../../contracts/main/TaskManager.sol";
import {AoIMeter} from "../../contracts/mechanisms/aoi-contract/AoIMeter.sol";
import {AoIChoice, AoITerms, AoIWork, MenuItem} from "../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {IAoIMeter} from "../../contracts/mechanisms/aoi-contract/IAoIMeter.sol";
import {CrossChainManager} from "../../contracts/relay/CrossChainManager.sol";
import {LearningSubchain} from "../../contracts/subchain/LearningSubchain.sol";
import {WorkerRegistry} from "../../contracts/subchain/WorkerRegistry.sol";
import {LocalToken} from "../../contracts/token/LocalToken.sol";
import {Leaves} from "../../contracts/types/Leaves.sol";
import {TaskStatus} from "../../contracts/types/Messages.sol";
import {CLOCK_SKEW_SECONDS, RevealedUpdate, Space, TaskId, TaskTerms, WorkRecord} from "../../contracts/types/TaskTypes.sol";
import {NaiveMerkle} from "./NaiveMerkle.sol";
import {TaskFixture} from "./TaskFixture.sol";
import {Vm} from "./Vm.sol";
import {MenuBuilder} from "./mechanisms/aoi-contract/MenuBuilder.sol";

/// @notice A task from its publication to its refund on four chains with real gateways and a relayer that delivers
/// whatever was sent. The chains share the test's one, which changes its id to play each of them.
contract WholeTaskTest is TaskFixture {
    using InteroperableAddress for bytes;

    TaskId private constant TASK = TaskId.wrap(1);
    uint256 private constant VALIDATOR = 12345;
    bytes32 private constant SALT = keccak256("salt");
    bytes32 private constant ENGINE = "strict/1 wasm 0.1.0";

    mapping(uint64 chainId => Gateway) private _gateways;
    mapping(uint64 chainId => LearningSubchain) private _subchains;
    mapping(address gateway => bytes32[]) private _ids;
    /// @dev Of both subchains: it keeps them apart.
    AoIMeter private _meter;
    /// @dev Of all gateways.
    CheckpointVerifier private _verifier;
    uint256 private _messages;
    /// @dev Of all deliveries.
    uint256 private _mostGas;

    TaskManager private _main;
    CrossChainManager private _relay;
    LocalToken private _token;
    uint256 private _budget;

    function setUp() external {
        _deployCommon(MAIN);
        _meter = new AoIMeter();
        uint64[4] memory chains = [MAIN, RELAY, VIRTUAL, PHYSICAL];
        for (uint256 i = 0; i < 4; ++i) _gateways[chains[i]] = new Gateway(address(this), 1 days);
        _verifier = new CheckpointVerifier(address(this), 1 days);
        _verifier.initializeValidators(RELAY, _validators());
        _main = new TaskManager(address(this), RELAY, new RewardEscrow(), _termsCheck, _creditCheck, UNIT_FEE, COLLECTOR);
        _main.addPolicy(_policy);
        vm.chainId(RELAY);
        _relay = new CrossChainManager(address(this), MAIN, _termsCheck);
        _relay.addPolicy(_policy);
        _connect(MAIN, _main);
        for (uint256 i = 2; i < 4; ++i) {
            Space space = i == 2 ? Space.Virtual : Space.Physical;
            _relay.registerChain(chains[i], space);
            vm.chainId(chains[i]);
            _subchains[chains[i]] = _deploySubchain(space);
            _connect(chains[i], _subchains[chains[i]]);
        }
        _token = new LocalToken(address(this), 10_000_000);
        _token.approve(address(_main), type(uint256).max);
        vm.deal(address(this), 1e20);
        vm.recordLogs();
    }

    function test_aTaskRunsToItsEnd() external {
        _publish();
        uint256 sent = _carry();
        assertEq(sent, 3, "to the relay chain and two subchains");
        for (uint256 i = 0; i < 3; ++i) {
            _enrol(VIRTUAL, i);
            _enrol(PHYSICAL, i);
        }
        for (uint16 round = 0; round < 3; ++round) {
            vm.warp(START + (EPOCH / 3) * round);
            for (uint256 i = 0; i < 3; ++i) {
                _refresh(VIRTUAL, i, round);
                _refresh(PHYSICAL, i, round);
                _commit(VIRTUAL, i, round);
            }
            // On the physical subchain one worker commits and vanishes.
            for (uint256 i = 0; i < 3; ++i) _commit(PHYSICAL, i, round);
            _closeCommits(VIRTUAL);
            assertEq(_carry(), 1, "it waits for the other subchain");
            _closeCommits(PHYSICAL);
            assertEq(_carry(), 3, "and both reveal");
            for (uint256 i = 0; i < 2; ++i) _reveal(PHYSICAL, i, round);
            for (uint256 i = 0; i < 3; ++i) _reveal(VIRTUAL, i, round);
            vm.chainId(VIRTUAL);
            _subchains[VIRTUAL].closeRound(TASK);
            vm.warp(START + (EPOCH / 3) * round + REVEAL);
            vm.chainId(PHYSICAL);
            _subchains[PHYSICAL].closeRound(TASK);
            assertEq(_carry(), 4, "two reports, each by way of the relay chain");
            _attest(round, 7, 3);
            assertEq(_carry(), 3, "the next round, or the end");
        }
        assertEq(uint8(_main.taskOf(TASK).status), uint8(TaskStatus.Completed), "main");
        assertEq(uint8(_subchains[VIRTUAL].taskOf(TASK).status), uint8(TaskStatus.Completed), "virtual");
        assertEq(uint8(_subchains[PHYSICAL].taskOf(TASK).status), uint8(TaskStatus.Completed), "physical");

        vm.warp(START + EPOCH);
        uint256 paid = _settleAndClaim(VIRTUAL, 7) + _settleAndClaim(PHYSICAL, 3);
        assertEq(_main.refund(TASK), _budget - paid, "the rest goes back");
        assertEq(_token.balanceOf(address(_main.escrow())), 0, "nothing stays");
        assertEq(_messages, 3 + 3 * 11 + 4, "messages");
    }

    function test_aDeadSubchainDelaysAndNothingElse() external {
        _publish();
        _carry();
        for (uint256 i = 0; i < 3; ++i) _enrol(VIRTUAL, i);
        vm.warp(START);
        for (uint256 i = 0; i < 3; ++i) _refresh(VIRTUAL, i, 0);
        for (uint256 i = 0; i < 3; ++i) _commit(VIRTUAL, i, 0);
        vm.warp(START + COMMIT + CLOCK_SKEW_SECONDS);
        for (uint256 i = 0; i < 3; ++i) _reveal(VIRTUAL, i, 0);
        vm.chainId(VIRTUAL);
        _subchains[VIRTUAL].closeRound(TASK);
        _carry();
        vm.warp(START + COMMIT + CLOCK_SKEW_SECONDS + REVEAL + REPORT);
        _attest(0, 7, 0);
        _carry();
        // Nothing more comes. At the deadline the task expires, and pays the one round of three.
        vm.warp(DEADLINE);
        vm.chainId(MAIN);
        _main.expire(TASK);
        _carry();
        uint256 paid = _settleAndClaim(VIRTUAL, 7);
        assertTrue(paid > 0, "paid");
        vm.warp(DEADLINE + CLAIM + SILENCE);
        assertEq(_main.refund(TASK), _budget - paid, "the rest goes back");
    }

    /// @dev The aggregators held every update, and never attest. The virtual subchain has reported its round, the physical
    /// one has not closed it.
    function test_whatWasRevealedIsPaidThoughNoRoundIsFinal() external {
        _publish();
        _carry();
        _revealAll();
        vm.chainId(VIRTUAL);
        _subchains[VIRTUAL].closeRound(TASK);
        _carry();
        vm.warp(DEADLINE);
        _main.expire(TASK);
        assertEq(_carry(), 3 + 2, "the end, and a report by way of the relay chain");
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.ClaimsOpen.selector, TASK, DEADLINE + CLAIM + SILENCE));
        _main.refund(TASK);
        uint256 paid = 0;
        for (uint256 i = 2; i < 4; ++i) {
            uint64 chainId = i == 2 ? VIRTUAL : PHYSICAL;
            _creditAll(chainId);
            paid += _settleAndClaim(chainId, 7, 1);
        }
        assertTrue(paid > 0, "paid");
        assertEq(_main.refund(TASK), _budget - paid, "the rest goes back");
        assertEq(_token.balanceOf(address(_main.escrow())), 0, "nothing stays");
        assertEq(_main.collectFees(), FEE, "the fee");
    }

    /// @dev Whoever vouches for the relay chain contradicts himself; anybody shows it on main.
    function test_aFrozenRouteHoldsThePayUntilItOpens() external {
        _publish();
        _carry();
        vm.chainId(MAIN);
        vm.prank(account("anyone"));
        _gateways[MAIN].freeze(RELAY, _contradictionOf(RELAY));
        _expiresAndIsHeld();
        _gateways[MAIN].unfreeze(RELAY);
        _isRefundedAfterTheTimeForClaims();
    }

    /// @dev The guardian pauses the route until the time for claims is over.
    function test_aPausedRouteHoldsThePayUntilItOpens() external {
        _gateways[MAIN].setGuardian(account("guardian"));
        _publish();
        _carry();
        vm.chainId(MAIN);
        vm.prank(account("guardian"));
        _gateways[MAIN].pause(RELAY);
        _expiresAndIsHeld();
        _gateways[MAIN].unpause(RELAY);
        _isRefundedAfterTheTimeForClaims();
    }

    /// @dev No relayer carries anything, not even the publication.
    function test_aTaskIsRefundedWhenEveryRouteIsSilent() external {
        _publish();
        vm.warp(DEADLINE);
        _main.expire(TASK);
        vm.warp(DEADLINE + CLAIM + SILENCE);
        assertEq(_main.refund(TASK), _budget, "all of it");
    }

    /// @dev Work is done and reported, and nothing of it gets to main.
    function _expiresAndIsHeld() private {
        for (uint256 i = 0; i < 3; ++i) _enrol(VIRTUAL, i);
        vm.warp(START);
        for (uint256 i = 0; i < 3; ++i) _refresh(VIRTUAL, i, 0);
        for (uint256 i = 0; i < 3; ++i) _commit(VIRTUAL, i, 0);
        vm.warp(START + COMMIT + CLOCK_SKEW_SECONDS);
        for (uint256 i = 0; i < 3; ++i) _reveal(VIRTUAL, i, 0);
        vm.chainId(VIRTUAL);
        _subchains[VIRTUAL].closeRound(TASK);
        assertEq(_carry(), 1, "as far as the relay chain");
        vm.warp(DEADLINE);
        vm.chainId(MAIN);
        _main.expire(TASK);
        assertEq(uint8(_main.taskOf(TASK).status), uint8(TaskStatus.Expired), "status");
        // Sending goes on: the end reaches the subchains.
        assertEq(_carry(), 3, "the end");
        assertEq(uint8(_subchains[VIRTUAL].taskOf(TASK).status), uint8(TaskStatus.Expired), "virtual");
        vm.warp(DEADLINE + CLAIM + SILENCE);
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.ClaimsOpen.selector, TASK, type(uint48).max));
        _main.refund(TASK);
    }

    /// @dev Nothing more comes, though it could.
    function _isRefundedAfterTheTimeForClaims() private {
        uint48 until = DEADLINE + CLAIM + SILENCE + CLAIM;
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.ClaimsOpen.selector, TASK, until));
        _main.refund(TASK);
        uint256 before = _token.balanceOf(address(this));
        vm.warp(until);
        assertEq(_main.refund(TASK), _budget, "all of it");
        assertEq(_token.balanceOf(address(this)) - before, _budget, "in hand");
        assertEq(_token.balanceOf(address(_main.escrow())), 0, "nothing stays");
    }

    /// @dev Two signed roots at one index.
    function _contradictionOf(uint64 chainId) private view returns (bytes memory) {
        (bytes32 a, bytes32 b, bytes32[] memory none) = (keccak256("a"), keccak256("b"), new bytes32[](0));
        return
            abi.encode(
                ICheckpointVerifier.SignedCheckpoint(a, 9, _signers(chainId, a, 9)),
                ICheckpointVerifier.SignedCheckpoint(b, 9, _signers(chainId, b, 9)),
                uint32(0),
                bytes32(0),
                none,
                bytes32(0),
                none
            );
    }

    function test_aRefusedTaskIsRefunded() external {
        TaskTerms memory terms = _terms();
        terms.subchains[1] = 7;
        _publish(terms);
        assertEq(_carry(), 2, "there and back");
        assertEq(uint8(_main.taskOf(TASK).status), uint8(TaskStatus.Rejected), "status");
        assertEq(_main.refund(TASK), _budget, "all of it");
    }

    /// @dev The publication and both deliveries, of a menu of 256 items.
    function test_theLargestMenuFitsATransaction() external {
        TaskTerms memory terms = _terms();
        MenuItem[] memory menu = MenuBuilder.random(1, 256, 1e4, EPOCH, EPOCH);
        bytes memory mechanismTerms = abi.encode(AoITerms(BONUS, menu));
        uint256 budget = (uint256(menu[255].reward) + BONUS) * WORKERS * 2;
        _token = new LocalToken(address(this), budget);
        _token.approve(address(_main), budget);
        vm.chainId(MAIN);
        bytes memory call = abi.encodeCall(ITaskManager.publish, (terms, mechanismTerms, _token, budget));
        assertLe(_gasOf(address(_main), call, _feeOf(terms, mechanismTerms)), GAS_CAP / 2, "publication");
        assertEq(_carry(), 3, "messages");
        assertLe(_mostGas, GAS_CAP / 4, "deliveries");
        assertEq(_meter.periodsOf(address(_subchains[PHYSICAL]), TASK).length, 256, "arrived");
    }

    function _deploySubchain(Space space) private returns (LearningSubchain subchain) {
        WorkerRegistry registry = new WorkerRegistry(address(this), space);
        subchain = new LearningSubchain(address(this), RELAY, space, registry);
        subchain.addMeter(_meter);
        for (uint256 i = 0; i < 3; ++i) {
            address worker = _workerOn(space == Space.Virtual ? VIRTUAL : PHYSICAL, i);
            registry.register(worker, space == Space.Virtual ? account("device") : worker);
        }
    }

    /// @dev Gateways and apps of the relay chain and another one get to know each other.
    function _connect(uint64 chainId, CrossChainApp app) private {
        _verifier.initializeValidators(chainId, _validators());
        vm.chainId(RELAY);
        _gateways[RELAY].openRoute(chainId, address(_gateways[chainId]), address(_verifier));
        _relay.link(address(_gateways[RELAY]), _at(chainId, address(app)));
        vm.chainId(chainId);
        _gateways[chainId].openRoute(RELAY, address(_gateways[RELAY]), address(_verifier));
        app.link(address(_gateways[chainId]), _at(RELAY, address(_relay)));
    }

    function _publish() private {
        _publish(_terms());
    }

    function _publish(TaskTerms memory terms) private {
        vm.chainId(MAIN);
        _budget = WORST_CASE * terms.maxWorkers * 2;
        _main.publish{value: _feeOf(terms, _mechanismTerms())}(terms, _mechanismTerms(), _token, _budget);
    }

    /// @dev Delivers what was sent, and what that caused to be sent, until all is still.
    function _carry() private returns (uint256 delivered) {
        while (true) {
            Vm.Log[] memory logs = vm.getRecordedLogs();
            uint256 before = delivered;
            for (uint256 i = 0; i < logs.length; ++i) {
                if (logs[i].topics[0] != IERC7786GatewaySource.MessageSent.selector) continue;
                (bytes memory sender, bytes memory recipient, bytes memory payload, , ) = abi.decode(
                    logs[i].data,
                    (bytes, bytes, bytes, uint256, bytes[])
                );
                bytes32[] storage ids = _ids[logs[i].emitter];
                ids.push(logs[i].topics[1]);
                if (_deliver(uint32(ids.length - 1), sender, recipient, payload, logs[i].emitter)) ++delivered;
            }
            if (delivered == before) break;
        }
        _messages += delivered;
        vm.chainId(MAIN);
    }

    /// @return Whether the route was open.
    function _deliver(
        uint32 nonce,
        bytes memory sender,
        bytes memory recipient,
        bytes memory payload,
        address origin
    ) private returns (bool) {
        (uint256 from, address by) = sender.parseEvmV1();
        (uint256 to, address app) = recipient.parseEvmV1();
        IGateway.Message memory message = IGateway.Message(nonce, by, app, payload);
        vm.chainId(to);
        IGateway.Route memory route = _gateways[uint64(to)].routeOf(uint64(from));
        if (route.paused || route.frozen) return false;
        bytes memory proof = _prove(uint64(from), origin, nonce);
        _call(address(_gateways[uint64(to)]), abi.encodeCall(IGateway.deliver, (uint64(from), message, proof)));
        return true;
    }

    /// @dev A message's proof under the outbox as it is.
    function _prove(uint64 from, address origin, uint32 nonce) private view returns (bytes memory) {
        bytes32[] storage ids = _ids[origin];
        uint256 depth = IncrementalMerkle.depthOf(ids.length);
        bytes32[] memory siblings = NaiveMerkle.branch(ids, depth, nonce);
        uint32 index = uint32(ids.length - 1);
        bytes memory signers = _signers(from, NaiveMerkle.root(ids, depth), index);
        return abi.encodePacked(index, signers, siblings);
    }

    /// @dev Threshold, set and signature of the one validator.
    function _signers(uint64 from, bytes32 root, uint32 index) private view returns (bytes memory) {
        bytes32 digest = _verifier.checkpointDigest(from, address(_gateways[from]), root, index);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(VALIDATOR, digest);
        return abi.encodePacked(uint8(1), uint8(1), vm.addr(VALIDATOR), r, uint256(s) | (uint256(v - 27) << 255));
    }

    function _validators() private pure returns (IValidatorSets.ValidatorSet memory set) {
        set = IValidatorSets.ValidatorSet(1, new address[](1));
        set.validators[0] = vm.addr(VALIDATOR);
    }

    function _call(address gateway, bytes memory call) private {
        uint256 gas_ = _gasOf(gateway, call);
        if (gas_ > _mostGas) _mostGas = gas_;
    }

    function _workerOn(uint64 chainId, uint256 index) private pure returns (address) {
        return _worker(uint256(chainId) * 100 + index);
    }

    function _enrol(uint64 chainId, uint256 worker) private {
        vm.chainId(chainId);
        vm.prank(_workerOn(chainId, worker));
        _subchains[chainId].enrol(TASK, abi.encode(AoIChoice(uint16(worker))));
    }

    function _refresh(uint64 chainId, uint256 worker, uint16 round) private {
        vm.chainId(chainId);
        uint48 number = uint48(block.number - 1);
        ILearningSubchain.Anchor memory anchor = ILearningSubchain.Anchor(number, blockhash(number));
        bytes32 digest = keccak256(abi.encode(worker, round));
        address who = _workerOn(chainId, worker);
        if (chainId == PHYSICAL) {
            vm.prank(who);
            _subchains[chainId].refresh(TASK, digest, 5, anchor);
        } else {
            vm.prank(account("device"));
            _subchains[chainId].synchronize(TASK, who, digest, 5, keccak256("policy"), anchor);
        }
    }

    function _commit(uint64 chainId, uint256 worker, uint16 round) private {
        vm.chainId(chainId);
        address who = _workerOn(chainId, worker);
        bytes32 update = keccak256(abi.encode(who, round));
        RevealedUpdate memory revealed = RevealedUpdate(chainId, TASK, round, uint32(worker), who, update, 10, ENGINE);
        vm.prank(who);
        _subchains[chainId].commit(TASK, round, Leaves.ofCommit(address(_subchains[chainId]), revealed, SALT));
    }

    function _closeCommits(uint64 chainId) private {
        vm.chainId(chainId);
        _subchains[chainId].closeCommits(TASK);
    }

    function _reveal(uint64 chainId, uint256 worker, uint16 round) private {
        vm.chainId(chainId);
        address who = _workerOn(chainId, worker);
        vm.prank(who);
        _subchains[chainId].reveal(
            TASK,
            round,
            ILearningSubchain.Opening(keccak256(abi.encode(who, round)), 10, ENGINE, SALT),
            "",
            ""
        );
    }

    function _attest(uint16 round, uint256 fromVirtual, uint256 fromPhysical) private {
        vm.chainId(MAIN);
        ITaskManager.Aggregate memory aggregate;
        aggregate.globalModel = keccak256(abi.encode("model", round));
        aggregate.accepted = new uint256[][](2);
        aggregate.accepted[0] = new uint256[](1);
        aggregate.accepted[0][0] = fromVirtual;
        aggregate.accepted[1] = new uint256[](fromPhysical == 0 ? 0 : 1);
        if (fromPhysical != 0) aggregate.accepted[1][0] = fromPhysical;
        _agree(_main, TASK, round, aggregate);
    }

    /// @dev Three workers of either subchain enrol and reveal an update of the first round.
    function _revealAll() private {
        uint64[2] memory chains = [VIRTUAL, PHYSICAL];
        for (uint256 c = 0; c < 2; ++c) for (uint256 i = 0; i < 3; ++i) _enrol(chains[c], i);
        vm.warp(START);
        for (uint256 c = 0; c < 2; ++c) {
            for (uint256 i = 0; i < 3; ++i) _refresh(chains[c], i, 0);
            for (uint256 i = 0; i < 3; ++i) _commit(chains[c], i, 0);
        }
        vm.warp(START + COMMIT + CLOCK_SKEW_SECONDS);
        for (uint256 c = 0; c < 2; ++c) for (uint256 i = 0; i < 3; ++i) _reveal(chains[c], i, 0);
    }

    /// @dev Anyone credits a subchain's workers, who have revealed in the order of enrolment.
    function _creditAll(uint64 chainId) private {
        RevealedUpdate[] memory reveals = new RevealedUpdate[](3);
        bytes32[] memory leaves = new bytes32[](3);
        for (uint32 i = 0; i < 3; ++i) {
            address who = _workerOn(chainId, i);
            bytes32 update = keccak256(abi.encode(who, uint16(0)));
            reveals[i] = RevealedUpdate(chainId, TASK, 0, i, who, update, 10, ENGINE);
            leaves[i] = Leaves.ofUpdate(reveals[i]);
        }
        for (uint32 i = 0; i < 3; ++i) {
            bytes32[] memory branch = NaiveMerkle.branch(leaves, IncrementalMerkle.depthOf(3), i);
            bytes memory receipts = _receipts(address(_main), leaves[i], _places(0, 1));
            vm.prank(account("anyone"));
            _main.credit(reveals[i], i, branch, receipts);
        }
    }

    function _settleAndClaim(uint64 chainId, uint256 accepted) private returns (uint256) {
        return _settleAndClaim(chainId, accepted, _main.taskOf(TASK).round);
    }

    /// @dev Settles a subchain and claims for all its workers; what they were paid, against the formula.
    function _settleAndClaim(
        uint64 chainId,
        uint256 accepted,
        uint256 acceptedRounds
    ) private returns (uint256 paid) {
        vm.chainId(chainId);
        LearningSubchain subchain = _subchains[chainId];
        AoIWork[] memory works = new AoIWork[](3);
        WorkRecord[] memory records = new WorkRecord[](3);
        bytes32[] memory leaves = new bytes32[](3);
        for (uint32 i = 0; i < 3; ++i) {
            works[i] = _workOf(chainId, i);
            bytes32 workHash = keccak256(abi.encode(works[i]));
            records[i] = WorkRecord(chainId, TASK, i, _workerOn(chainId, i), workHash);
            leaves[i] = Leaves.ofRecord(records[i]);
        }
        subchain.settle(TASK, _workersOn(chainId, 0, 2));
        subchain.settle(TASK, _workersOn(chainId, 2, 3));
        assertEq(_carry(), 2, "a settlement by way of the relay chain");
        ITaskManager.Task memory task = _main.taskOf(TASK);
        uint256 rounds = task.status == TaskStatus.Completed ? task.round : 3;
        for (uint32 i = 0; i < 3; ++i) {
            uint256 mine = (accepted >> i) & 1 == 1 ? acceptedRounds : 0;
            uint256 pay = (uint256(_menu()[i].reward) * works[i].coveredSeconds * mine) / (EPOCH * rounds);
            bytes32[] memory branch = NaiveMerkle.branch(leaves, IncrementalMerkle.depthOf(3), i);
            ITaskManager.Score memory score;
            vm.prank(records[i].worker);
            uint256 claimed = _main.claim(records[i], branch, abi.encode(works[i]), score);
            assertEq(claimed, pay, "pay");
            assertEq(_token.balanceOf(records[i].worker), pay, "balance");
            paid += claimed;
        }
    }

    /// @dev What the worker will have done at the epoch's end.
    function _workOf(uint64 chainId, uint256 worker) private view returns (AoIWork memory) {
        address subchain = address(_subchains[chainId]);
        IAoIMeter.Freshness memory freshness = _meter.freshnessOf(subchain, TASK, _workerOn(chainId, worker));
        uint64 gap = START + EPOCH - freshness.last;
        uint64 covered = freshness.coveredSeconds + (gap < freshness.period ? gap : freshness.period);
        return AoIWork(freshness.item, covered, freshness.ageSquares + uint128(gap) * gap);
    }

    function _workersOn(uint64 chainId, uint256 from, uint256 until) private pure returns (address[] memory workers) {
        workers = new address[](until - from);
        for (uint256 i = from; i < until; ++i) workers[i - from] = _workerOn(chainId, i);
    }
}
