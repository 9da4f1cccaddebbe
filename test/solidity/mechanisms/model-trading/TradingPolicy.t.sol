// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Extent, IRewardPolicy, Participation} from "../../../../contracts/interfaces/IRewardPolicy.sol";
import {ITradingPolicy} from "../../../../contracts/mechanisms/model-trading/ITradingPolicy.sol";
import {TradingPolicy} from "../../../../contracts/mechanisms/model-trading/TradingPolicy.sol";
import {
    TradingOffer,
    TradingScore,
    TradingTerms,
    TradingTotals,
    TradingWork
} from "../../../../contracts/mechanisms/model-trading/TradingTypes.sol";
import {TaskId, TaskTerms, WorkRecord} from "../../../../contracts/types/TaskTypes.sol";
import {Test} from "../../Test.sol";
import {TradingFixture} from "./TradingFixture.sol";

/// @dev The test is the task manager.
contract TradingPolicyTest is Test {
    TaskId private constant TASK = TaskId.wrap(1);
    uint32 private constant EPOCH = 300;
    uint96 private constant CAP = 1e21;

    address private immutable OTHER = account("other manager");

    TradingPolicy private _policy;

    function setUp() external {
        _policy = new TradingPolicy();
    }

    function test_mechanismId() external view {
        assertEq(bytes32(_policy.mechanismId()), bytes32(bytes4(keccak256("freshet.mechanism.model-trading"))), "id");
    }

    function testFuzz_check_CountsEveryPlace(uint32 maxWorkers, uint8 subchains, uint96 cap) external view {
        TaskTerms memory terms = _terms();
        (terms.maxWorkers, terms.subchains) = (maxWorkers, new uint64[](subchains));
        TradingTerms memory trading = _trading();
        trading.cap = cap == 0 ? 1 : cap;
        assertEq(_policy.check(terms, abi.encode(trading)), uint256(trading.cap) * maxWorkers * subchains, "worst case");
    }

    function test_RevertWhen_ATermIsOutOfBounds() external {
        TradingTerms[14] memory all;
        string[14] memory fields = [
            "periodMs", "periodMs", "scale", "dataWeight", "leastTheta", "leastTheta", "mostOmega", "mostOmega",
            "startSlackMs", "cap", "cosigner", "offers", "offers", "periodMs"
        ];
        for (uint256 i = 0; i < all.length; ++i) all[i] = _trading();
        all[0].periodMs = 0;
        all[1].periodMs = EPOCH * 1000 + 1;
        all[2].scale = 0;
        all[3].dataWeight = 0;
        all[4].leastTheta = 0;
        all[5].leastTheta = 1e9 + 1;
        all[6].mostOmega = 0;
        all[7].mostOmega = 2e9 + 1;
        all[8].startSlackMs = all[8].periodMs;
        all[9].cap = 0;
        all[10].cosigner = address(0);
        all[11].offers = new TradingOffer[](0);
        all[12].offers = new TradingOffer[](257);
        all[13].periodMs = type(uint32).max;
        for (uint256 i = 0; i < all.length; ++i) {
            bytes memory why = abi.encodeWithSelector(ITradingPolicy.InvalidTerm.selector, fields[i]);
            vm.expectRevert(why);
            _policy.check(_terms(), abi.encode(all[i]));
            vm.expectRevert(why);
            _policy.open(TASK, _terms(), abi.encode(all[i]));
        }
    }

    function test_RevertWhen_TheTaskHasTooManyRounds() external {
        TaskTerms memory terms = _terms();
        terms.rounds = 2_048;
        bytes memory encoded = abi.encode(_trading());
        _policy.check(terms, encoded);
        terms.rounds = 2_049;
        vm.expectRevert(abi.encodeWithSelector(ITradingPolicy.InvalidTerm.selector, "rounds"));
        _policy.check(terms, encoded);
    }

    function test_RevertWhen_WorkersAreDrawnForRounds() external {
        TaskTerms memory terms = _terms();
        terms.workersPerRound = 1;
        bytes memory encoded = abi.encode(_trading());
        vm.expectRevert(abi.encodeWithSelector(ITradingPolicy.InvalidTerm.selector, "workersPerRound"));
        _policy.check(terms, encoded);
    }

    function test_check_TakesTermsAtTheirBounds() external view {
        TradingTerms memory trading = _trading();
        (trading.periodMs, trading.startSlackMs) = (EPOCH * 1000, EPOCH * 1000 - 1);
        (trading.scale, trading.dataWeight, trading.leastTheta, trading.mostOmega) = (1, 1, 1e9, 2e9);
        (trading.cap, trading.bond) = (1, type(uint96).max);
        trading.offers = new TradingOffer[](256);
        for (uint160 i = 0; i < 256; ++i) trading.offers[i] = TradingOffer(address(i + 1), 1);
        assertEq(_policy.check(_terms(), abi.encode(trading)), 600, "worst case");
    }

    function test_RevertWhen_AnOfferIsNone() external {
        TradingTerms memory trading = _trading();
        trading.offers[2].price = 0;
        _refuses(trading, 2);
        trading = _trading();
        trading.offers[2].worker = trading.offers[1].worker;
        _refuses(trading, 2);
        trading = _trading();
        (trading.offers[0], trading.offers[1]) = (trading.offers[1], trading.offers[0]);
        _refuses(trading, 1);
        trading = _trading();
        trading.offers[0].worker = address(0);
        _refuses(trading, 0);
    }

    function test_RevertWhen_TermsHaveTwoForms() external {
        bytes memory terms = bytes.concat(abi.encode(_trading()), new bytes(32));
        vm.expectRevert(ITradingPolicy.NonCanonicalTerms.selector);
        _policy.check(_terms(), terms);
        vm.expectRevert();
        _policy.open(TASK, _terms(), hex"1234");
    }

    function test_open() external {
        bytes memory terms = abi.encode(_trading());
        vm.expectEmit(address(_policy));
        emit ITradingPolicy.TradeOpened(address(this), TASK, keccak256(terms), 3);
        assertEq(_policy.open(TASK, _terms(), terms), uint256(CAP) * 600, "worst case");
        ITradingPolicy.Pinned memory pinned = _policy.pinnedOf(address(this), TASK);
        assertEq(pinned.periodMs, 60_000, "period");
        assertEq(pinned.maxSamples, 1_000, "samples");
        assertEq(pinned.startTime, 1_800_000_000, "start");
        assertEq(pinned.cap, CAP, "cap");
        assertEq(_policy.pinnedOf(OTHER, TASK).periodMs, 0, "none of another manager");
        vm.expectRevert(abi.encodeWithSelector(IRewardPolicy.TaskAlreadyOpen.selector, TASK));
        _policy.open(TASK, _terms(), terms);
        vm.expectRevert(abi.encodeWithSelector(IRewardPolicy.TaskNotOpen.selector, TASK));
        _policy.pay(OTHER, _record(), abi.encode(_work()), Participation(1, 1, ""));
    }

    function test_pay_Borders() external {
        _open(_trading());
        TradingWork memory work = _work();
        bytes memory score = abi.encode(TradingScore(9e8, 6e8, 3));
        uint256 whole = _pay(work, 3, 3, score);
        // 3 · 0.9 · 0.25 · ln 4 / 0.6 · 20 tokens, to 18 places.
        assertEq(whole, 31_191_623_125_197_538_923, "pay");
        assertEq(_pay(work, 3, 3, ""), 0, "no score");
        assertEq(_pay(work, 0, 3, score), 0, "nothing accepted");
        assertEq(_pay(work, 0, 0, score), 0, "no round counts");
        assertEq(_pay(work, 1, 3, score), whole / 3, "a third");
        assertEq(_pay(work, 9, 3, score), whole, "no more than all");
        work.ageMs2 = 2 * 120_000 * 60_000;
        assertEq(_pay(work, 3, 3, score), 0, "as old as the period");
        work.sales = 0;
        assertEq(_pay(work, 3, 3, score), 0, "nothing sold");
    }

    /// @dev Every number that somebody else chooses, at random and at its most; it reverts for none that its type holds.
    function testFuzz_pay_NeverExceedsItsShareOfTheCap(
        TradingWork memory work,
        TradingScore memory score,
        uint16 accepted,
        uint16 counted,
        uint96 cap,
        uint256 seed
    ) external {
        TradingTerms memory trading = _trading();
        trading.cap = cap == 0 ? 1 : cap;
        (trading.scale, trading.dataWeight) = (type(uint64).max, type(uint64).max);
        (trading.leastTheta, trading.mostOmega) = (1, 2e9);
        if (seed % 2 == 0) (work.price, work.samples) = (type(uint128).max, type(uint64).max);
        if (seed % 3 == 0) (work.spanMs, work.ageMs2) = (type(uint40).max, 0);
        if (seed % 5 == 0) (score.omegaPpb, score.thetaPpb) = (type(uint32).max, 0);
        if (seed % 7 == 0) (accepted, counted) = (type(uint16).max, type(uint16).max);
        TaskTerms memory terms = _terms();
        (terms.maxSamples, terms.schedule.epochSeconds) = (type(uint32).max, 366 days);
        trading.periodMs = seed % 11 == 0 ? type(uint32).max : 60_000;
        _policy.open(TASK, terms, abi.encode(trading));
        uint256 pay = _pay(work, accepted, counted, abi.encode(score));
        assertLe(pay, trading.cap, "cap");
        if (counted != 0 && accepted < counted) {
            assertLe(pay, (uint256(trading.cap) * accepted) / counted, "share of the cap");
        }
        assertLe(_pay(work, accepted, counted, ""), pay, "an empty score is worth no more");
    }

    function testFuzz_pay_IsMonotone(uint256 seed) external {
        TradingTerms memory trading = _trading();
        trading.cap = type(uint96).max;
        _open(trading);
        TradingWork memory work = _work();
        work.samples = uint64(1 + (draw(seed, 0) % 3_000));
        work.ageMs2 = uint96(draw(seed, 1) % (2 * 120_000 * 60_000));
        TradingScore memory score = TradingScore(uint32(draw(seed, 2) % 2e9), uint32(1 + (draw(seed, 3) % 1e9)), 3);
        uint16 accepted = uint16(draw(seed, 4) % 4);
        uint256 pay = _pay(work, accepted, 3, abi.encode(score));
        score.omegaPpb += uint32(draw(seed, 5) % 1e9);
        pay = _noLess(pay, _pay(work, accepted, 3, abi.encode(score)), "more potential");
        score.thetaPpb -= uint32(draw(seed, 6) % score.thetaPpb);
        pay = _noLess(pay, _pay(work, accepted, 3, abi.encode(score)), "better accuracy");
        work.samples += uint64(draw(seed, 7) % 1_000);
        pay = _noLess(pay, _pay(work, accepted, 3, abi.encode(score)), "more samples");
        work.price += uint128(draw(seed, 8) % 1e18);
        pay = _noLess(pay, _pay(work, accepted, 3, abi.encode(score)), "a higher price");
        work.ageMs2 -= uint96(draw(seed, 9) % (uint256(work.ageMs2) + 1));
        pay = _noLess(pay, _pay(work, accepted, 3, abi.encode(score)), "younger models");
        if (accepted < 3) ++accepted;
        assertLe(pay, _pay(work, accepted, 3, abi.encode(score)), "more rounds");
    }

    /// @dev ω above the most and θ below the least count as those: what a liar gains is bounded by the terms.
    function testFuzz_pay_BoundsALiarsScore(uint32 omega, uint32 theta) external {
        TradingTerms memory trading = _trading();
        trading.cap = type(uint96).max;
        _open(trading);
        uint256 most = _pay(_work(), 3, 3, abi.encode(TradingScore(trading.mostOmega, trading.leastTheta, 3)));
        assertLe(_pay(_work(), 3, 3, abi.encode(TradingScore(omega, theta, 3))), most, "most");
    }

    /// @dev Samples count up to what the task allows in the rounds that count.
    function test_pay_BoundsSamples() external {
        _open(_trading());
        bytes memory score = abi.encode(TradingScore(9e8, 6e8, 3));
        TradingWork memory work = _work();
        work.samples = 3_000;
        uint256 most = _pay(work, 3, 3, score);
        work.samples = type(uint64).max;
        assertEq(_pay(work, 3, 3, score), most, "no more");
    }

    function testFuzz_checkTotals(uint32 workers, uint16 rounds, uint64 sales, uint128 samples, bool near) external view {
        uint256 mostSales = uint256(workers) * rounds;
        if (near) {
            sales = uint64(mostSales + (sales % 2));
            samples = uint128(uint256(sales) * type(uint32).max + (samples % 2));
        }
        uint256 mostSamples = uint256(sales) * type(uint32).max;
        try _policy.checkTotals(Extent(EPOCH, rounds, workers), abi.encode(TradingTotals(sales, samples))) {
            assertTrue(sales <= mostSales && samples <= mostSamples, "possible");
        } catch (bytes memory reason) {
            assertTrue(sales > mostSales || samples > mostSamples, "impossible");
            string memory field = sales > mostSales ? "sales" : "samples";
            assertEq(reason, abi.encodeWithSelector(IRewardPolicy.ImpossibleTotals.selector, field), "why");
        }
    }

    function test_RevertWhen_TotalsAreNotTwoNumbers() external {
        bytes[3] memory others = [bytes(""), abi.encode(0), abi.encodePacked(abi.encode(0, 0), uint8(0))];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRewardPolicy.ImpossibleTotals.selector, "totals"));
            _policy.checkTotals(Extent(EPOCH, 1, 1), others[i]);
        }
    }

    function _noLess(uint256 before, uint256 pay, string memory what) private pure returns (uint256) {
        assertLe(before, pay, what);
        return pay;
    }

    function _refuses(TradingTerms memory trading, uint256 offer) private {
        vm.expectRevert(abi.encodeWithSelector(ITradingPolicy.InvalidOffer.selector, offer));
        _policy.check(_terms(), abi.encode(trading));
    }

    function _open(TradingTerms memory trading) private {
        _policy.open(TASK, _terms(), abi.encode(trading));
    }

    function _pay(
        TradingWork memory work,
        uint16 accepted,
        uint16 counted,
        bytes memory score
    ) private view returns (uint256) {
        return _policy.pay(address(this), _record(), abi.encode(work), Participation(accepted, counted, score));
    }

    function _record() private pure returns (WorkRecord memory) {
        return WorkRecord(9, TASK, 0, address(1), 0);
    }

    /// @dev Δ̂ = 40 s of τ = 60 s.
    function _work() private pure returns (TradingWork memory) {
        return TradingWork(3e18, 300, 3, 3, 10_000, 120_000, 2 * 120_000 * 40_000);
    }

    function _trading() private pure returns (TradingTerms memory trading) {
        address[] memory workers = new address[](3);
        for (uint160 i = 0; i < 3; ++i) workers[i] = address(i + 1);
        trading = TradingFixture.terms(workers, 3e18);
        (trading.cap, trading.bond) = (CAP, 0);
    }

    /// @dev A task of two subchains with 300 places each.
    function _terms() private pure returns (TaskTerms memory terms) {
        (terms.maxWorkers, terms.maxSamples) = (300, 1_000);
        (terms.schedule.startTime, terms.schedule.epochSeconds) = (1_800_000_000, EPOCH);
        terms.subchains = new uint64[](2);
    }
}
