// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Commitment, Epoch, HEARS_REVEALS, HEARS_ROUNDS, IMeter} from "../../../../contracts/interfaces/IMeter.sol";
import {ITradingMeter} from "../../../../contracts/mechanisms/model-trading/ITradingMeter.sol";
import {TradingMeter} from "../../../../contracts/mechanisms/model-trading/TradingMeter.sol";
import {TradingOffers} from "../../../../contracts/mechanisms/model-trading/TradingOffers.sol";
import {
    TradingChoice,
    TradingTerms,
    TradingTotals,
    TradingWork
} from "../../../../contracts/mechanisms/model-trading/TradingTypes.sol";
import {RevealedUpdate, TaskId, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";
import {Test} from "../../Test.sol";
import {TradingFixture} from "./TradingFixture.sol";

/// @dev The test is the subchain that the meter serves.
contract TradingMeterTest is Test {
    TaskId private constant TASK = TaskId.wrap(7);
    uint48 private constant START = 1_800_000_000;
    uint32 private constant EPOCH = 600;
    uint64 private constant START_MS = uint64(START) * 1000;
    uint128 private constant PRICE = 3e18;
    bytes32 private constant COMMITMENT = keccak256("commitment");

    address private immutable OTHER = account("another subchain");

    TradingMeter private _meter;
    address[] private _workers;

    function setUp() external {
        _meter = new TradingMeter();
        address[] memory workers = new address[](5);
        for (uint256 i = 0; i < 5; ++i) workers[i] = account(string.concat("worker ", vm.toString(i)));
        _workers = TradingFixture.sorted(workers);
        vm.warp(START - 100);
        assertEq(_open(), HEARS_ROUNDS | HEARS_REVEALS, "it hears rounds and reveals");
    }

    function test_open() external view {
        ITradingMeter.Trade memory trade = _meter.tradeOf(address(this), TASK);
        assertEq(trade.openedAt, START, "round 0 opens with the epoch");
        assertEq(trade.periodMs, 60_000, "period");
        assertEq(trade.startSlackMs, 5_000, "slack");
        assertEq(trade.epochEnd, START + EPOCH, "end");
        assertEq(trade.cosigner, vm.addr(TradingFixture.COSIGNER_KEY), "cosigner");
        assertEq(trade.offers, 5, "offers");
        assertEq(trade.offersRoot, TradingOffers.rootOf(_terms().offers), "root");
    }

    function test_enrol() external {
        for (uint16 i = 0; i < 5; ++i) {
            _enrol(i);
            assertEq(_sales(i).price, PRICE + i, "price");
        }
    }

    function test_RevertWhen_TheOfferIsNotTheWorkers() external {
        bytes memory choice = TradingFixture.choice(_terms().offers, 1);
        _refuses(0, choice, 1, PRICE + 1);
        TradingChoice memory taken = abi.decode(choice, (TradingChoice));
        taken.price += 1;
        _refuses(1, abi.encode(taken), 1, PRICE + 2);
        taken.price -= 1;
        taken.offer = 3;
        _refuses(1, abi.encode(taken), 3, PRICE + 1);
        // A place past the tree, that leads to the same root.
        taken.offer = 1 + 8;
        _refuses(1, abi.encode(taken), 9, PRICE + 1);
        taken.offer = 1;
        taken.branch = new bytes32[](2);
        _refuses(1, abi.encode(taken), 1, PRICE + 1);
    }

    /// @dev Nobody is offered anything in a task that the meter does not know.
    function test_RevertWhen_TheTaskIsUnknown() external {
        bytes memory choice = abi.encode(TradingChoice(0, 0, new bytes32[](0)));
        vm.expectRevert();
        _meter.enrol(TaskId.wrap(8), _workers[0], choice);
    }

    function test_RevertWhen_TheChoiceHasTwoForms() external {
        bytes memory choice = bytes.concat(TradingFixture.choice(_terms().offers, 0), new bytes(32));
        vm.expectRevert(abi.encodeWithSelector(IMeter.InvalidChoice.selector, TASK, choice));
        _meter.enrol(TASK, _workers[0], choice);
        vm.expectRevert();
        _meter.enrol(TASK, _workers[0], hex"00");
    }

    /// @dev Two rounds of one τ each: Δ̂ is τ/2 and the delay.
    function test_reveal_WithCoSignedSales() external {
        _enrol(0);
        _sell(0, 0, START, 250, 10_250);
        _next(1, START + 60);
        _sell(0, 1, START + 60, 250, 10_250);
        TradingWork memory work = _settle(0);
        assertEq(work.sales, 2, "sales");
        assertEq(work.samples, 200, "samples");
        assertEq(work.firstDelayMs, 10_000, "first delay");
        assertEq(work.spanMs, 60_000, "span");
        assertEq(work.ageMs2, 2 * 60_000 * (30_000 + 10_000), "age");
        assertEq(_meter.totals(TASK), abi.encode(TradingTotals(2, 200)), "totals");
    }

    function test_round_SetsTheClockOnByNoMoreThanAPeriod() external {
        uint48[4] memory openings = [START, START + 10, START + 300, START + 360];
        uint40[4] memory clocks = [uint40(0), 10_000, 70_000, 130_000];
        for (uint16 round = 0; round < 4; ++round) {
            if (round > 0) _next(round, openings[round]);
            assertEq(_meter.tradeOf(address(this), TASK).clockMs, clocks[round], "clock");
            assertEq(_meter.tradeOf(address(this), TASK).round, round, "round");
        }
    }

    function test_settle_SaysHowManyRoundsBeganWithinTheEpoch() external {
        _enrol(0);
        assertEq(_settle(0).rounds, 1, "the first, with the epoch");
        _next(1, START + 60);
        _next(2, START + 120);
        assertEq(_settle(0).rounds, 3, "rounds");
    }

    function test_reveal_WithoutEvidenceTakesTheBlocksTimes() external {
        _enrol(0);
        vm.warp(START + 20);
        _meter.reveal(_update(0, 0), Commitment(START, START + 12, COMMITMENT), "");
        assertEq(_settle(0).firstDelayMs, 13_000, "to the end of the commit's second");
    }

    function test_RevertWhen_TheEvidenceIsNotThisSales() external {
        _enrol(0);
        vm.warp(START + 30);
        Commitment memory commitment = Commitment(START, START + 12, COMMITMENT);
        RevealedUpdate memory update = _update(0, 0);
        uint256 key = TradingFixture.COSIGNER_KEY;
        bytes memory good = TradingFixture.evidence(update, COMMITMENT, START_MS, START_MS + 9, address(this), key);
        bytes[8] memory others = [
            TradingFixture.evidence(update, keccak256("another"), START_MS, START_MS + 9, address(this), key),
            TradingFixture.evidence(update, COMMITMENT, START_MS, START_MS + 9, OTHER, key),
            TradingFixture.evidence(update, COMMITMENT, START_MS, START_MS + 9, address(this), key + 1),
            TradingFixture.evidence(_update(0, 1), COMMITMENT, START_MS, START_MS + 9, address(this), key),
            TradingFixture.evidence(_update(1, 0), COMMITMENT, START_MS, START_MS + 9, address(this), key),
            bytes.concat(good, hex"00"),
            hex"00",
            abi.encode(START_MS, START_MS + 9, bytes32(0), bytes32(0))
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IMeter.InvalidEvidence.selector, TASK, _workers[0]));
            _meter.reveal(update, commitment, others[i]);
        }
        update.samples = 101;
        vm.expectRevert(abi.encodeWithSelector(IMeter.InvalidEvidence.selector, TASK, _workers[0]));
        _meter.reveal(update, commitment, good);
        update.samples = 100;
        _meter.reveal(update, commitment, good);
        assertEq(_settle(0).sales, 1, "the sale itself");
    }

    /// @dev A sale that the publisher signed, with any times.
    function testFuzz_reveal_RefusesTimesOutsideOfTheRound(int64 begun, int64 received, uint8 committed) external {
        _enrol(0);
        vm.warp(START + 400);
        (begun, received) = (begun % 10_000, received % 300_000);
        Commitment memory commitment = Commitment(START, START + committed, COMMITMENT);
        uint64 generatedAtMs = uint64(int64(START_MS) + begun);
        uint64 receivedAtMs = uint64(int64(START_MS) + received);
        RevealedUpdate memory update = _update(0, 0);
        bytes memory evidence = TradingFixture.evidence(
            update,
            COMMITMENT,
            generatedAtMs,
            receivedAtMs,
            address(this),
            TradingFixture.COSIGNER_KEY
        );
        bool within = begun >= 0 && begun <= 5_000 && received >= begun && received <= (int64(uint64(committed)) + 2) * 1000;
        if (!within) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ITradingMeter.SaleOutsideRound.selector,
                    TASK,
                    _workers[0],
                    generatedAtMs,
                    receivedAtMs
                )
            );
        }
        _meter.reveal(update, commitment, evidence);
    }

    /// @dev A co-signed sale whose times are true is never older than the same sale without the signature, and by no more
    /// than the slack and what passed until the end of the commit's second younger.
    function testFuzz_reveal_WithholdingGainsNobodyMoreThanBlocksAreCoarse(
        uint16 slack,
        uint32 received,
        uint16 blockMs
    ) external {
        _enrol(0);
        _enrol(1);
        vm.warp(START + 400);
        uint64 begunMs = START_MS + uint64(bound(slack, 0, 5_000));
        uint64 receivedMs = begunMs + uint64(bound(received, 0, 50_000));
        // The block is made up to some seconds after the sale was received, and says the second in which it was.
        uint256 committedMs = receivedMs + bound(blockMs, 0, 12_000);
        Commitment memory commitment = Commitment(START, uint48(committedMs / 1000), COMMITMENT);
        bytes memory evidence = TradingFixture.evidence(
            _update(0, 0),
            COMMITMENT,
            begunMs,
            receivedMs,
            address(this),
            TradingFixture.COSIGNER_KEY
        );
        _meter.reveal(_update(0, 0), commitment, evidence);
        _meter.reveal(_update(1, 0), commitment, "");
        uint256 signed = _settle(0).firstDelayMs;
        uint256 unsigned = _settle(1).firstDelayMs;
        assertLe(signed, unsigned, "nothing gained");
        assertLe(unsigned, signed + (begunMs - START_MS) + (committedMs - receivedMs) + 1000, "no more lost");
    }

    /// @dev Two workers of the same times, the second without some of the signatures: its models are older, but for what the
    /// span moves at its ends. It is younger by no more than the greatest age, for as long as the longer of the two moves.
    function testFuzz_reveal_LeavingOutSignaturesGainsNoMoreThanTheEndsMove(uint256 seed, uint8 rounds) external {
        rounds = uint8(bound(rounds, 2, 8));
        _enrol(0);
        _enrol(1);
        uint48 openedAt = START;
        uint256[2] memory moved;
        for (uint16 round = 0; round < rounds; ++round) {
            if (round > 0) _next(round, openedAt += uint48(20 + (draw(seed, round) % 41)));
            uint256 late = _sellToTwo(draw(seed, 100 + round), round, openedAt);
            if (round == 0) moved[0] = late;
            moved[1] = late;
        }
        (TradingWork memory signed, TradingWork memory without) = (_settle(0), _settle(1));
        // From a round's opening to the next one's sale.
        uint256 most = 2 * 80_000 * (moved[0] > moved[1] ? moved[0] : moved[1]);
        assertLe(
            uint256(signed.ageMs2) * without.spanMs,
            (without.ageMs2 + most) * signed.spanMs,
            "gains no more"
        );
        if (moved[0] + moved[1] > 0) return;
        assertEq(without.spanMs, signed.spanMs, "the same span");
        assertLe(signed.ageMs2, without.ageMs2, "within it older");
    }

    function test_reveal_AfterTheEpochCountsForNothing() external {
        _enrol(0);
        _sell(0, 0, START, 0, 10_000);
        bytes memory before = abi.encode(_settle(0));
        vm.warp(START + EPOCH);
        _meter.reveal(_update(0, 0), Commitment(START, START + 12, COMMITMENT), hex"c0ffee");
        _meter.round(TASK, 1, START + 60);
        assertEq(abi.encode(_settle(0)), before, "work");
        assertEq(_meter.totals(TASK), abi.encode(TradingTotals(1, 100)), "totals");
        assertEq(_meter.tradeOf(address(this), TASK).round, 0, "round");
    }

    function test_anotherSubchainChangesNothing() external {
        _enrol(0);
        vm.startPrank(OTHER);
        _meter.open(TASK, _taskTerms(), abi.encode(_terms()));
        bytes memory choice = TradingFixture.choice(_terms().offers, 0);
        _meter.enrol(TASK, _workers[0], choice);
        vm.warp(START + 30);
        _meter.reveal(_update(0, 0), Commitment(START, START + 12, COMMITMENT), "");
        vm.stopPrank();
        assertEq(_settle(0).sales, 0, "no sale");
        assertEq(_meter.totals(TASK), abi.encode(TradingTotals(0, 0)), "totals");
        assertEq(_meter.salesOf(OTHER, TASK, _workers[0]).sales, 1, "but there");
    }

    /// @dev A main chain whose validators lie can name any opening: no call reverts for it.
    function testFuzz_round_TakesAnyOpening(uint256 seed) external {
        _enrol(0);
        for (uint16 round = 1; round < 60; ++round) {
            vm.warp(START + round);
            uint48 openedAt = uint48(draw(seed, round) % type(uint40).max);
            _meter.round(TASK, round, openedAt);
            _meter.reveal(_update(0, round), Commitment(openedAt, uint48(draw(seed, 100 + round) >> 216), COMMITMENT), "");
        }
        assertLe(_meter.tradeOf(address(this), TASK).clockMs, uint256(EPOCH) * 1000, "no further than the epoch");
        assertLe(_settle(0).spanMs, uint256(EPOCH) * 1000 + 60_000, "span");
    }

    /// @dev Lateness never makes a worker's models younger, and what is counted stays within the clock's bounds.
    function testFuzz_age_NeverFallsWithDelay(uint256 seed, uint8 rounds, uint8 worse) external {
        rounds = uint8(bound(rounds, 2, 9));
        worse = uint8(bound(worse, 0, rounds - 1));
        _enrol(0);
        _enrol(1);
        uint48 openedAt = START;
        for (uint16 round = 0; round < rounds; ++round) {
            if (round > 0) openedAt += uint48(1 + (draw(seed, round) % 60));
            vm.warp(openedAt);
            if (round > 0) _meter.round(TASK, round, openedAt);
            uint48 after_ = uint48(draw(seed, 100 + round) % 50);
            uint48 later = round == worse ? uint48(draw(seed, 200) % 30) : 0;
            _meter.reveal(_update(0, round), Commitment(openedAt, openedAt + after_, COMMITMENT), "");
            _meter.reveal(_update(1, round), Commitment(openedAt, openedAt + after_ + later, COMMITMENT), "");
        }
        (TradingWork memory prompt, TradingWork memory late) = (_settle(0), _settle(1));
        assertLe(prompt.firstDelayMs, late.firstDelayMs, "first delay");
        assertLe(late.spanMs, uint256(rounds) * 60_000, "span");
        assertLe(late.ageMs2, uint256(late.spanMs) * 2 * uint256(rounds + 1) * 60_000, "age");
    }

    function _refuses(uint256 worker, bytes memory choice, uint16 offer, uint128 price) private {
        vm.expectRevert(
            abi.encodeWithSelector(ITradingMeter.NotOffered.selector, TASK, _workers[worker], offer, price)
        );
        _meter.enrol(TASK, _workers[worker], choice);
    }

    function _open() private returns (uint8) {
        return _meter.open(TASK, _taskTerms(), abi.encode(_terms()));
    }

    function _enrol(uint16 worker) private {
        _meter.enrol(TASK, _workers[worker], TradingFixture.choice(_terms().offers, worker));
    }

    function _next(uint16 round, uint48 openedAt) private {
        vm.warp(openedAt);
        _meter.round(TASK, round, openedAt);
    }

    /// @dev A co-signed sale; times are ms from the round's opening.
    function _sell(uint16 worker, uint16 round, uint48 openedAt, uint64 begun, uint64 received) private {
        bytes memory evidence = TradingFixture.evidence(
            _update(worker, round),
            COMMITMENT,
            uint64(openedAt) * 1000 + begun,
            uint64(openedAt) * 1000 + received,
            address(this),
            TradingFixture.COSIGNER_KEY
        );
        _reveal(worker, round, openedAt, evidence);
    }

    /// @dev The first worker with a signature, the second with one or without.
    /// @return late By how much the second's sale is received later, ms.
    function _sellToTwo(uint256 seed, uint16 round, uint48 openedAt) private returns (uint256 late) {
        uint64 begun = uint64(draw(seed, 1) % 5_001);
        uint64 received = begun + uint64(draw(seed, 2) % 12_000);
        uint48 committedAt = openedAt + uint48(received / 1000) + uint48(draw(seed, 3) % 3);
        vm.warp(openedAt + 19);
        for (uint16 worker = 0; worker < 2; ++worker) {
            bool isSigned = worker == 0 || draw(seed, 4) % 2 == 0;
            bytes memory evidence = TradingFixture.evidence(
                _update(worker, round),
                COMMITMENT,
                uint64(openedAt) * 1000 + begun,
                uint64(openedAt) * 1000 + received,
                address(this),
                TradingFixture.COSIGNER_KEY
            );
            _meter.reveal(_update(worker, round), Commitment(openedAt, committedAt, COMMITMENT), isSigned ? evidence : bytes(""));
            if (!isSigned) late = (uint256(committedAt - openedAt) + 1) * 1000 - received;
        }
    }

    function _reveal(uint16 worker, uint16 round, uint48 openedAt, bytes memory evidence) private {
        vm.warp(openedAt + 30);
        _meter.reveal(_update(worker, round), Commitment(openedAt, openedAt + 12, COMMITMENT), evidence);
    }

    function _settle(uint16 worker) private view returns (TradingWork memory) {
        return abi.decode(_meter.settle(TASK, _workers[worker], Epoch(START, START + EPOCH)), (TradingWork));
    }

    function _sales(uint16 worker) private view returns (ITradingMeter.Sales memory) {
        return _meter.salesOf(address(this), TASK, _workers[worker]);
    }

    function _update(uint16 worker, uint16 round) private view returns (RevealedUpdate memory) {
        bytes32 update = keccak256(abi.encode(worker, round));
        return RevealedUpdate(uint64(block.chainid), TASK, round, worker, _workers[worker], update, 100, "engine");
    }

    function _terms() private view returns (TradingTerms memory) {
        return TradingFixture.terms(_workers, PRICE);
    }

    function _taskTerms() private pure returns (TaskTerms memory terms) {
        (terms.schedule.startTime, terms.schedule.epochSeconds) = (START, EPOCH);
    }
}
