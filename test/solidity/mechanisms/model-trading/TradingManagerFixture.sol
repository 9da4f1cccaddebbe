// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITaskManager} from "../../../../contracts/interfaces/ITaskManager.sol";
import {ITradingPolicy} from "../../../../contracts/mechanisms/model-trading/ITradingPolicy.sol";
import {TradingMechanism} from "../../../../contracts/mechanisms/model-trading/TradingMechanism.sol";
import {TradingPolicy} from "../../../../contracts/mechanisms/model-trading/TradingPolicy.sol";
import {TradingScore, TradingTerms, TradingWork} from "../../../../contracts/mechanisms/model-trading/TradingTypes.sol";
import {Leaves} from "../../../../contracts/types/Leaves.sol";
import {ScoreRecord, TaskId, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";
import {TaskManagerFixture} from "../../main/TaskManagerFixture.sol";
import {TradingFixture} from "./TradingFixture.sol";

/// @title A task manager with a task of model trading, whose workers have the token
abstract contract TradingManagerFixture is TaskManagerFixture {
    uint96 internal constant CAP = 1e21;
    uint96 internal constant BOND = 1e18;
    uint32 internal constant SELLERS = 4;

    TradingPolicy internal _trading;

    function _deployTrading() internal {
        _deploy();
        _trading = new TradingPolicy();
        _manager.addPolicy(_trading);
        for (uint32 i = 0; i < SELLERS; ++i) {
            for (uint64 chainId = VIRTUAL; chainId <= PHYSICAL; ++chainId) {
                address worker = _workerOf(chainId, i);
                vm.prank(PUBLISHER);
                _token.transfer(worker, 10 * BOND);
                vm.prank(worker);
                _token.approve(address(_trading), type(uint256).max);
            }
        }
    }

    function _tradeTerms() internal pure returns (TaskTerms memory terms) {
        terms = _terms();
        (terms.mechanism, terms.maxWorkers, terms.minUpdates) = (TradingMechanism.ID, SELLERS, 1);
    }

    function _tradingTerms() internal pure returns (TradingTerms memory trading) {
        address[] memory workers = new address[](2 * SELLERS);
        for (uint32 i = 0; i < SELLERS; ++i) {
            (workers[2 * i], workers[2 * i + 1]) = (_workerOf(VIRTUAL, i), _workerOf(PHYSICAL, i));
        }
        trading = TradingFixture.terms(TradingFixture.sorted(workers), 3e18);
        (trading.cap, trading.bond) = (CAP, BOND);
    }

    function _publishTrade() internal returns (TaskId) {
        return _publishTrade(_tradeTerms(), _tradingTerms());
    }

    function _publishTrade(TaskTerms memory terms, TradingTerms memory trading) internal returns (TaskId) {
        bytes memory encoded = abi.encode(trading);
        uint256 budget = uint256(trading.cap) * terms.maxWorkers * terms.subchains.length;
        vm.prank(PUBLISHER);
        return _manager.publish{value: _feeOf(terms, encoded)}(terms, encoded, _token, budget);
    }

    function _lock(TaskId task, uint64 chainId, uint32 index) internal {
        vm.prank(_workerOf(chainId, index));
        _trading.lockBond(address(_manager), task, chainId);
    }

    function _bond(uint64 chainId, uint32 index) internal view returns (ITradingPolicy.Bond) {
        return _trading.bondOf(address(_manager), TASK, chainId, _workerOf(chainId, index));
    }

    /// @dev Of workers who sold an update in each of three rounds, promptly.
    function _sold(uint64 chainId, uint32 workers) internal pure returns (Done[] memory done) {
        done = _done(chainId, workers, 0);
        for (uint32 i = 0; i < workers; ++i) _setWork(done[i], abi.encode(_threeSales()));
    }

    function _threeSales() internal pure returns (TradingWork memory) {
        return TradingWork({
            price: 3e18,
            samples: 300,
            sales: 3,
            rounds: 3,
            firstDelayMs: 10_000,
            spanMs: 120_000,
            ageMs2: 2 * 120_000 * 40_000
        });
    }

    /// @dev The same about every worker, whose records make a tree that proves the score of the first.
    function _scoreRoot(uint64 chainId, uint32 index, TradingScore memory score) internal pure returns (bytes32) {
        return Leaves.ofScore(ScoreRecord(chainId, TASK, index, abi.encode(score)));
    }

    function _scored(TradingScore memory score) internal pure returns (ITaskManager.Score memory) {
        return ITaskManager.Score(abi.encode(score), 0, new bytes32[](0));
    }
}
