// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Extent, IRewardPolicy, Participation} from "../../interfaces/IRewardPolicy.sol";
import {TaskId, TaskTerms, WorkRecord} from "../../types/TaskTypes.sol";
import {TradingBonds} from "./TradingBonds.sol";
import {TradingMechanism} from "./TradingMechanism.sol";
import {TradingPay} from "./TradingPay.sol";
import {TradingOffer, TradingTerms, TradingTotals, TradingWork} from "./TradingTypes.sol";

/// @title TradingPolicy
/// @notice See ITradingPolicy. It has no owner.
contract TradingPolicy is TradingBonds {
    uint256 private constant MAX_OFFERS = 256;
    /// @dev A bond is decided on by a look at every round, some 5,000 gas each, in one transaction.
    uint256 private constant MAX_ROUNDS = 2_048;

    /// @inheritdoc IRewardPolicy
    function open(
        TaskId task,
        TaskTerms calldata terms,
        bytes calldata mechanismTerms
    ) external returns (uint256 worstCase) {
        require(_pinned[msg.sender][task].periodMs == 0, TaskAlreadyOpen(task));
        TradingTerms memory decoded = _decode(mechanismTerms);
        worstCase = _worstCase(terms, decoded);
        _pinned[msg.sender][task] = Pinned({
            periodMs: decoded.periodMs,
            leastTheta: decoded.leastTheta,
            mostOmega: decoded.mostOmega,
            maxSamples: terms.maxSamples,
            scale: decoded.scale,
            dataWeight: decoded.dataWeight,
            cap: decoded.cap,
            bond: decoded.bond,
            startTime: uint40(terms.schedule.startTime)
        });
        emit TradeOpened(msg.sender, task, keccak256(mechanismTerms), decoded.offers.length);
    }

    /// @inheritdoc IRewardPolicy
    function pay(
        address manager,
        WorkRecord calldata record,
        bytes calldata work,
        Participation calldata participation
    ) external view returns (uint256) {
        Pinned memory pinned = _pinned[manager][record.task];
        require(pinned.periodMs != 0, TaskNotOpen(record.task));
        if (!_isBonded(manager, record, pinned.bond)) return 0;
        return TradingPay.earned(pinned, abi.decode(work, (TradingWork)), participation);
    }

    /// @inheritdoc IRewardPolicy
    function check(TaskTerms calldata terms, bytes calldata mechanismTerms) external pure returns (uint256 worstCase) {
        return _worstCase(terms, _decode(mechanismTerms));
    }

    /// @inheritdoc IRewardPolicy
    function checkTotals(Extent calldata extent, bytes calldata totals) external pure {
        _possible(totals.length == 64, "totals");
        TradingTotals memory sums = abi.decode(totals, (TradingTotals));
        _possible(sums.sales <= uint256(extent.workers) * extent.rounds, "sales");
        _possible(sums.samples <= uint256(sums.sales) * type(uint32).max, "samples");
    }

    /// @inheritdoc IRewardPolicy
    function mechanismId() external pure returns (bytes4) {
        return TradingMechanism.ID;
    }

    /// @dev In their one form: what is behind or between the fields would be sent to every subchain and mean nothing.
    function _decode(bytes calldata mechanismTerms) private pure returns (TradingTerms memory decoded) {
        decoded = abi.decode(mechanismTerms, (TradingTerms));
        require(keccak256(abi.encode(decoded)) == keccak256(mechanismTerms), NonCanonicalTerms());
    }

    /// @dev Every worker on every subchain earns its cap.
    function _worstCase(TaskTerms calldata terms, TradingTerms memory decoded) private pure returns (uint256) {
        _bounded(terms.rounds <= MAX_ROUNDS, "rounds");
        // A model ages, and a bond is lost, by every round that a worker has no part in.
        _bounded(terms.workersPerRound == 0, "workersPerRound");
        _bounded(
            decoded.periodMs > 0 && decoded.periodMs <= uint256(terms.schedule.epochSeconds) * 1000,
            "periodMs"
        );
        _bounded(decoded.scale > 0, "scale");
        _bounded(decoded.dataWeight > 0, "dataWeight");
        _bounded(decoded.leastTheta > 0 && decoded.leastTheta <= 1e9, "leastTheta");
        _bounded(decoded.mostOmega > 0 && decoded.mostOmega <= 2e9, "mostOmega");
        _bounded(decoded.startSlackMs < decoded.periodMs, "startSlackMs");
        _bounded(decoded.cap > 0, "cap");
        _bounded(decoded.cosigner != address(0), "cosigner");
        uint256 offers = decoded.offers.length;
        _bounded(offers > 0 && offers <= MAX_OFFERS, "offers");
        address last = address(0);
        for (uint256 i = 0; i < offers; ++i) {
            TradingOffer memory offer = decoded.offers[i];
            require(offer.worker > last && offer.price > 0, InvalidOffer(i));
            last = offer.worker;
        }
        return uint256(decoded.cap) * terms.maxWorkers * terms.subchains.length;
    }

    function _bounded(bool holds, string memory field) private pure {
        require(holds, InvalidTerm(field));
    }

    function _possible(bool holds, string memory field) private pure {
        require(holds, ImpossibleTotals(field));
    }
}
