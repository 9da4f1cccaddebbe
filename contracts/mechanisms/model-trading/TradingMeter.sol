// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Commitment, Epoch, HEARS_REVEALS, HEARS_ROUNDS, IMeter} from "../../interfaces/IMeter.sol";
import {CLOCK_SKEW_SECONDS, RevealedUpdate, TaskId, TaskTerms} from "../../types/TaskTypes.sol";
import {ITradingMeter} from "./ITradingMeter.sol";
import {SaleSignature} from "./SaleSignature.sol";
import {TradingMechanism} from "./TradingMechanism.sol";
import {TradingOffers} from "./TradingOffers.sol";
import {Sale, TradingChoice, TradingEvidence, TradingTerms, TradingTotals, TradingWork} from "./TradingTypes.sol";

/// @title TradingMeter
/// @notice See ITradingMeter. It holds no money and has no owner.
contract TradingMeter is ITradingMeter {
    /// @dev Of evidence that is there at all: two times and a signature, a word each.
    uint256 private constant EVIDENCE_BYTES = 128;

    mapping(address subchain => mapping(TaskId => Trade)) private _trades;
    mapping(address subchain => mapping(TaskId => TradingTotals)) private _totals;
    mapping(address subchain => mapping(TaskId => mapping(address worker => Sales))) private _sales;

    /// @inheritdoc IMeter
    function open(
        TaskId task,
        TaskTerms calldata terms,
        bytes calldata mechanismTerms
    ) external returns (uint8 hears) {
        TradingTerms memory decoded = abi.decode(mechanismTerms, (TradingTerms));
        uint48 start = terms.schedule.startTime;
        Trade storage trade = _trades[msg.sender][task];
        trade.openedAt = uint40(start);
        trade.periodMs = decoded.periodMs;
        trade.startSlackMs = decoded.startSlackMs;
        trade.cosigner = decoded.cosigner;
        trade.epochEnd = uint40(start + terms.schedule.epochSeconds);
        trade.offers = uint16(decoded.offers.length);
        trade.offersRoot = TradingOffers.rootOf(decoded.offers);
        return HEARS_ROUNDS | HEARS_REVEALS;
    }

    /// @inheritdoc IMeter
    function enrol(TaskId task, address worker, bytes calldata choice) external {
        TradingChoice memory taken = abi.decode(choice, (TradingChoice));
        require(keccak256(abi.encode(taken)) == keccak256(choice), InvalidChoice(task, choice));
        Trade storage trade = _trades[msg.sender][task];
        require(
            TradingOffers.isOffered(taken, worker, trade.offersRoot, trade.offers),
            NotOffered(task, worker, taken.offer, taken.price)
        );
        _sales[msg.sender][task][worker].price = taken.price;
    }

    /// @inheritdoc IMeter
    function round(TaskId task, uint16 number, uint48 openedAt) external {
        Trade storage trade = _trades[msg.sender][task];
        if (block.timestamp >= trade.epochEnd) return;
        // Whatever main says, the clock is never ahead of the epoch's end, so nothing of what follows from it overflows.
        uint256 opened = Math.min(openedAt, trade.epochEnd);
        uint256 passedMs = opened > trade.openedAt ? (opened - trade.openedAt) * 1000 : 0;
        trade.round = number;
        trade.openedAt = uint40(opened);
        trade.clockMs += uint40(Math.min(passedMs, trade.periodMs));
    }

    /// @inheritdoc IMeter
    function reveal(
        RevealedUpdate calldata update,
        Commitment calldata commitment,
        bytes calldata evidence
    ) external {
        Trade storage trade = _trades[msg.sender][update.task];
        if (block.timestamp >= trade.epochEnd) return;
        uint256 openedMs = uint256(trade.openedAt) * 1000;
        (uint256 begunMs, uint256 receivedMs) = evidence.length == 0
            ? (openedMs, (uint256(commitment.committedAt) + 1) * 1000)
            : _coSigned(trade, update, commitment, evidence);
        _sell(trade, update, _distance(begunMs, openedMs, trade), _distance(receivedMs, openedMs, trade));
    }

    /// @inheritdoc IMeter
    function settle(TaskId task, address worker, Epoch calldata) external view returns (bytes memory work) {
        uint16 latest = _trades[msg.sender][task].round;
        Sales memory sales = _sales[msg.sender][task][worker];
        return
            abi.encode(
                TradingWork({
                    price: sales.price,
                    samples: sales.samples,
                    sales: sales.sales,
                    rounds: latest + 1,
                    firstDelayMs: sales.firstDelayMs,
                    spanMs: sales.lastMs - sales.firstMs,
                    ageMs2: sales.ageMs2
                })
            );
    }

    /// @inheritdoc IMeter
    function totals(TaskId task) external view returns (bytes memory) {
        return abi.encode(_totals[msg.sender][task]);
    }

    /// @inheritdoc ITradingMeter
    function tradeOf(address subchain, TaskId task) external view returns (Trade memory) {
        return _trades[subchain][task];
    }

    /// @inheritdoc ITradingMeter
    function salesOf(address subchain, TaskId task, address worker) external view returns (Sales memory) {
        return _sales[subchain][task][worker];
    }

    /// @inheritdoc IMeter
    function refresh(TaskId, address, uint32, Epoch calldata) external pure {} // solhint-disable-line no-empty-blocks

    /// @inheritdoc IMeter
    function refreshGas() external pure returns (uint256) {
        return 5_000;
    }

    /// @inheritdoc IMeter
    function mechanismId() external pure returns (bytes4) {
        return TradingMechanism.ID;
    }

    /// @dev Counts a sale of the open round, given its times' distances from the round's opening, ms.
    function _sell(Trade storage trade, RevealedUpdate calldata update, uint40 begun, uint40 received) private {
        Sales memory sales = _sales[msg.sender][update.task][update.worker];
        uint40 begunMs = trade.clockMs + begun;
        uint40 receivedMs = trade.clockMs + received;
        if (sales.sales == 0) {
            (sales.firstMs, sales.firstDelayMs) = (receivedMs, received - begun);
        } else {
            if (receivedMs < sales.lastMs) receivedMs = sales.lastMs;
            uint256 ages = uint256(sales.lastMs - sales.lastBegunMs) + (receivedMs - sales.lastBegunMs);
            sales.ageMs2 += uint96((receivedMs - sales.lastMs) * ages);
        }
        (sales.lastMs, sales.lastBegunMs) = (receivedMs, begunMs);
        sales.samples += update.samples;
        ++sales.sales;
        _sales[msg.sender][update.task][update.worker] = sales;
        TradingTotals storage sums = _totals[msg.sender][update.task];
        ++sums.sales;
        sums.samples += update.samples;
    }

    /// @dev Times of a co-signed sale, Unix ms; reverts when it is not one of this update and its round.
    function _coSigned(
        Trade storage trade,
        RevealedUpdate calldata update,
        Commitment calldata commitment,
        bytes calldata evidence
    ) private view returns (uint256 begunMs, uint256 receivedMs) {
        require(evidence.length == EVIDENCE_BYTES, InvalidEvidence(update.task, update.worker));
        TradingEvidence memory shown = abi.decode(evidence, (TradingEvidence));
        (begunMs, receivedMs) = (shown.generatedAtMs, shown.receivedAtMs);
        uint256 openedMs = uint256(trade.openedAt) * 1000;
        require(
            begunMs >= openedMs &&
                begunMs <= openedMs + trade.startSlackMs &&
                begunMs <= receivedMs &&
                receivedMs <= (uint256(commitment.committedAt) + CLOCK_SKEW_SECONDS) * 1000,
            SaleOutsideRound(update.task, update.worker, shown.generatedAtMs, shown.receivedAtMs)
        );
        Sale memory sale = Sale({
            chainId: update.chainId,
            task: TaskId.unwrap(update.task),
            round: update.round,
            worker: update.worker,
            commitment: commitment.hash,
            generatedAtMs: shown.generatedAtMs,
            receivedAtMs: shown.receivedAtMs,
            samples: update.samples
        });
        require(
            SaleSignature.isBy(trade.cosigner, sale, msg.sender, shown.r, shown.yParityAndS),
            InvalidEvidence(update.task, update.worker)
        );
    }

    /// @dev How far a time is from its round's opening: no less than 0, as chains' clocks differ, and no more than τ, ms.
    function _distance(uint256 timeMs, uint256 openedMs, Trade storage trade) private view returns (uint40) {
        return timeMs > openedMs ? uint40(Math.min(timeMs - openedMs, trade.periodMs)) : 0;
    }
}
