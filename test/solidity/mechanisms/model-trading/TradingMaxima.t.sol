// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IncrementalMerkle} from "../../../../contracts/gateway/IncrementalMerkle.sol";
import {ILearningSubchain} from "../../../../contracts/interfaces/ILearningSubchain.sol";
import {Participation} from "../../../../contracts/interfaces/IRewardPolicy.sol";
import {ITaskManager} from "../../../../contracts/interfaces/ITaskManager.sol";
import {ITradingPolicy} from "../../../../contracts/mechanisms/model-trading/ITradingPolicy.sol";
import {TradingMechanism} from "../../../../contracts/mechanisms/model-trading/TradingMechanism.sol";
import {TradingMeter} from "../../../../contracts/mechanisms/model-trading/TradingMeter.sol";
import {
    TradingOffer,
    TradingScore,
    TradingTerms,
    TradingWork
} from "../../../../contracts/mechanisms/model-trading/TradingTypes.sol";
import {CrossChainManager} from "../../../../contracts/relay/CrossChainManager.sol";
import {Leaves} from "../../../../contracts/types/Leaves.sol";
import {MessageKind, RoundOpened, TaskOpened} from "../../../../contracts/types/Messages.sol";
import {Space, TaskTerms, WorkRecord} from "../../../../contracts/types/TaskTypes.sol";
import {SubchainFixture} from "../../subchain/SubchainFixture.sol";
import {TradingFixture} from "./TradingFixture.sol";
import {TradingManagerFixture} from "./TradingManagerFixture.sol";

/// @dev As Maxima.t.sol, for a task of model trading whose terms are at all their bounds at once: what it does on main.
contract TradingMaximaOnMainTest is TradingManagerFixture {
    uint256 private constant MOST_GAS = 16_000_000;
    /// @dev What 65,536 workers earn at the most is what an escrow takes.
    uint96 private constant MOST_CAP = type(uint96).max >> 16;
    uint16 private constant MOST_ROUNDS = 2_048;

    address private _seller;

    function setUp() external {
        _deployTrading();
        _seller = _workerOf(PHYSICAL, 0);
    }

    function test_publish() external {
        (TaskTerms memory terms, bytes memory trading) = _largest();
        bytes memory call = abi.encodeCall(ITaskManager.publish, (terms, trading, _token, type(uint96).max));
        vm.deal(PUBLISHER, type(uint128).max);
        vm.prank(PUBLISHER);
        uint256 used = _gasOf(address(_manager), call, _feeOf(terms, trading));
        assertLe(used, MOST_GAS, "publication");
    }

    /// @dev Half of what the relay chain gives a verification.
    function test_check() external {
        (TaskTerms memory terms, bytes memory trading) = _largest();
        vm.chainId(RELAY);
        CrossChainManager relay = new CrossChainManager(address(this), MAIN, _termsCheck);
        relay.addPolicy(_trading);
        for (uint256 i = 0; i < terms.subchains.length; ++i) relay.registerChain(terms.subchains[i], Space.Physical);
        vm.prank(address(relay));
        uint256 used = _gasOf(
            address(relay),
            abi.encodeCall(CrossChainManager.verifyTask, (TaskOpened(TASK, terms, trading)))
        );
        assertLe(2 * used, relay.VERIFY_GAS(), "verification");
    }

    /// @dev After as many rounds as there may be, each with a word of its own for the worker's bit and a report to look at.
    /// None came in time: the bond is its worker's.
    function test_lockAndSettleBond() external {
        (WorkRecord memory record, bytes32[] memory branch, bytes memory work) = _longest();
        bytes memory settle = abi.encodeCall(ITradingPolicy.settleBond, (address(_manager), record, branch, work));
        _fits(address(_trading), settle, MOST_GAS, "settlement of the bond");
        assertTrue(
            _trading.bondOf(address(_manager), TASK, PHYSICAL, _seller) == ITradingPolicy.Bond.Returned,
            "2,048 rounds that nobody is to blame for"
        );
    }

    function test_claim() external {
        (WorkRecord memory record, bytes32[] memory branch, bytes memory work) = _longest();
        ITaskManager.Score memory score = _noScore();
        vm.prank(_seller);
        bytes memory claim = abi.encodeCall(ITaskManager.claim, (record, branch, work, score));
        _fits(address(_manager), claim, MOST_GAS, "claim");
    }

    /// @dev The dearest pay there can be, beside what a claim takes anyway.
    function test_pay() external {
        TradingTerms memory trading = _tradingTerms();
        (trading.scale, trading.dataWeight, trading.leastTheta, trading.bond) = (type(uint64).max, type(uint64).max, 1, 0);
        TaskTerms memory terms = _tradeTerms();
        terms.maxSamples = type(uint32).max;
        _trading.open(TASK, terms, abi.encode(trading));
        bytes memory work = abi.encode(
            TradingWork(type(uint128).max, type(uint64).max, 1, 1, 0, type(uint40).max, 1)
        );
        bytes memory score = abi.encode(TradingScore(type(uint32).max, 0, 1));
        WorkRecord memory record = WorkRecord(PHYSICAL, TASK, 0, _seller, keccak256(work));
        bytes memory call = abi.encodeCall(
            _trading.pay,
            (address(this), record, work, Participation(type(uint16).max, type(uint16).max, score))
        );
        _fits(address(_trading), call, 70_000, "pay");
    }

    /// @dev The longest task has ended, in which the last of the most workers did nothing.
    function _longest() private returns (WorkRecord memory record, bytes32[] memory branch, bytes memory work) {
        TaskTerms memory terms = _maximalTerms(1);
        (terms.mechanism, terms.rounds) = (TradingMechanism.ID, MOST_ROUNDS);
        TradingTerms memory trading = _tradingTerms();
        (trading.cap, trading.leastTheta) = (MOST_CAP, 1);
        (trading.scale, trading.dataWeight) = (type(uint64).max, type(uint64).max);
        vm.deal(PUBLISHER, type(uint128).max);
        _publishTrade(terms, trading);
        vm.prank(_seller);
        bytes memory lock = abi.encodeCall(ITradingPolicy.lockBond, (address(_manager), TASK, PHYSICAL));
        _fits(address(_trading), lock, 300_000, "lock");
        work = abi.encode(
            TradingWork({
                price: type(uint128).max,
                samples: type(uint64).max,
                sales: MOST_ROUNDS,
                rounds: MOST_ROUNDS,
                firstDelayMs: 0,
                spanMs: type(uint40).max,
                ageMs2: 1
            })
        );
        uint32 index = terms.maxWorkers - 1;
        record = WorkRecord(PHYSICAL, TASK, index, _seller, keccak256(work));
        branch = new bytes32[](IncrementalMerkle.depthOf(terms.maxWorkers));
        _settle(TASK, PHYSICAL, terms.maxWorkers, IncrementalMerkle.branchRoot(Leaves.ofRecord(record), branch, index));
        _manager.completeAfter(TASK, terms.rounds);
    }

    /// @dev As many offers as there may be, to as many subchains as go with them.
    function _largest() private view returns (TaskTerms memory terms, bytes memory encoded) {
        TradingTerms memory trading = _tradingTerms();
        trading.offers = new TradingOffer[](256);
        for (uint160 i = 0; i < 256; ++i) trading.offers[i] = TradingOffer(address(type(uint160).max - 255 + i), type(uint128).max);
        trading.cap = MOST_CAP;
        encoded = abi.encode(trading);
        uint256 subchains = 32;
        while (!_passes(_maximalTerms(subchains), encoded.length)) --subchains;
        terms = _maximalTerms(subchains);
        (terms.mechanism, terms.rounds) = (TradingMechanism.ID, MOST_ROUNDS);
    }

    function _fits(address target, bytes memory call, uint256 most, string memory what) private {
        assertLe(_gasOf(target, call), most, what);
    }
}

/// @dev What it does on a subchain.
contract TradingMaximaOnASubchainTest is SubchainFixture {
    uint256 private constant MOST_GAS = 16_000_000;

    address[] private _sellers;

    /// @dev 256 offers, of which the last ten are those of registered workers.
    function setUp() external {
        _deploy(Space.Physical);
        _subchain.addMeter(new TradingMeter());
        address[] memory workers = new address[](256);
        for (uint256 i = 0; i < 256; ++i) workers[i] = _worker(i);
        _sellers = TradingFixture.sorted(workers);
        TaskTerms memory terms = _maximalTerms(1);
        terms.mechanism = TradingMechanism.ID;
        (terms.maxWorkers, terms.schedule.epochSeconds) = (256, 1_000_000);
        bytes memory body = abi.encode(TaskOpened(TASK, terms, abi.encode(_trade())));
        bytes memory call = abi.encodeCall(
            _gateway.inject,
            (address(_subchain), RELAY, RELAY_APP, MessageKind.TaskOpened, body)
        );
        assertLe(_gasOf(address(_gateway), call), MOST_GAS, "opening");
    }

    function test_roundOnASubchain() external {
        for (uint256 i = 0; i < 10; ++i) {
            bytes memory choice = TradingFixture.choice(_trade().offers, _placeOf(_worker(i)));
            vm.prank(_worker(i));
            _fits(abi.encodeCall(ILearningSubchain.enrol, (TASK, choice)), 200_000, "enrolment");
        }
        vm.warp(START);
        for (uint256 i = 0; i < 10; ++i) _commit(i, 0);
        vm.warp(START + TO_REVEALS);
        for (uint256 i = 0; i < 10; ++i) {
            bytes memory evidence = _evidence(i, 0);
            vm.prank(_worker(i));
            _fits(
                abi.encodeCall(ILearningSubchain.reveal, (TASK, 0, _opening(i, 0), evidence, new bytes(32 * 65))),
                400_000,
                "reveal"
            );
        }
        _fits(abi.encodeCall(ILearningSubchain.closeRound, (TASK)), MOST_GAS, "closing");
        bytes memory next = abi.encode(RoundOpened(TASK, 1, _model(1), START + 60));
        vm.warp(START + 60);
        _inject(MessageKind.RoundOpened, next);
        vm.warp(START + 1_000_000);
        _fits(abi.encodeCall(ILearningSubchain.settle, (TASK, _workers(0, 10))), 1_600_000, "settlement");
    }

    function _evidence(uint256 worker, uint16 round) private view returns (bytes memory) {
        return
            TradingFixture.evidence(
                _revealed(worker, round),
                _commitment(worker, round),
                uint64(START) * 1000 + 5,
                uint64(START) * 1000 + 900,
                address(_subchain),
                TradingFixture.COSIGNER_KEY
            );
    }

    function _trade() private view returns (TradingTerms memory) {
        return TradingFixture.terms(_sellers, type(uint128).max - 256);
    }

    function _placeOf(address worker) private view returns (uint16 place) {
        while (_sellers[place] != worker) ++place;
    }

    function _fits(bytes memory call, uint256 most, string memory what) private {
        assertLe(_gasOf(address(_subchain), call), most, what);
    }
}
