// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Commitment, Epoch} from "../../../../contracts/interfaces/IMeter.sol";
import {Participation} from "../../../../contracts/interfaces/IRewardPolicy.sol";
import {ITradingPolicy} from "../../../../contracts/mechanisms/model-trading/ITradingPolicy.sol";
import {NaturalLog} from "../../../../contracts/mechanisms/model-trading/NaturalLog.sol";
import {SaleSignature} from "../../../../contracts/mechanisms/model-trading/SaleSignature.sol";
import {TradingMeter} from "../../../../contracts/mechanisms/model-trading/TradingMeter.sol";
import {TradingOffers} from "../../../../contracts/mechanisms/model-trading/TradingOffers.sol";
import {TradingPay} from "../../../../contracts/mechanisms/model-trading/TradingPay.sol";
import {
    Sale,
    TradingChoice,
    TradingEvidence,
    TradingOffer,
    TradingTerms,
    TradingWork
} from "../../../../contracts/mechanisms/model-trading/TradingTypes.sol";
import {RevealedUpdate, TaskId, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";
import {VectorReader} from "../../GoldenVectors.t.sol";

/// @dev The test is the subchain that the meter serves, of one worker a task.
contract TradingVectorsTest is VectorReader {
    uint256 private constant KEY = uint256(keccak256("cosigner"));

    address private immutable WORKER = account("worker");

    TradingMeter private _meter;

    function setUp() external {
        _load("trading");
        _meter = new TradingMeter();
    }

    function test_logarithms() external view {
        uint256 count = 0;
        for (; _has(_element(".logarithms", count)); ++count) {
            string memory path = _element(".logarithms", count);
            uint256 ln = NaturalLog.ln1p(_uint(path, ".x"));
            uint256 exact = _uint(path, ".exact");
            assertEq(ln, _uint(path, ".ln"), path);
            assertLe(ln, exact, "never above");
            assertLe(exact - ln, exact >> 66, "and not far below");
        }
        assertEq(count, 83, "logarithms");
    }

    function test_ages() external {
        uint256 count = 0;
        for (; _has(_element(".ages", count)); ++count) _checkAge(_element(".ages", count), TaskId.wrap(count + 1));
        assertEq(count, 42, "ages");
    }

    function test_pays() external view {
        uint256 count = 0;
        for (; _has(_element(".pays", count)); ++count) {
            string memory path = _element(".pays", count);
            ITradingPolicy.Pinned memory pinned = ITradingPolicy.Pinned({
                periodMs: uint32(_uint(path, ".periodMs")),
                leastTheta: uint32(_uint(path, ".leastTheta")),
                mostOmega: uint32(_uint(path, ".mostOmega")),
                maxSamples: uint32(_uint(path, ".maxSamples")),
                scale: uint64(_uint(path, ".scale")),
                dataWeight: uint64(_uint(path, ".dataWeight")),
                cap: uint96(_uint(path, ".cap")),
                bond: 0,
                startTime: 0
            });
            Participation memory participation = Participation(
                uint16(_uint(path, ".accepted")),
                uint16(_uint(path, ".counted")),
                _bytes(path, ".score")
            );
            TradingWork memory work = abi.decode(_bytes(path, ".work"), (TradingWork));
            assertEq(TradingPay.earned(pinned, work, participation), _uint(path, ".pay"), _string(path, ".name"));
        }
        assertEq(count, 79, "pays");
    }

    function test_offers() external view {
        uint256 count = 0;
        for (; _has(_element(".offers", count)); ++count) {
            string memory path = _element(".offers", count);
            address[] memory workers = vm.parseJsonAddressArray(_json, string.concat(path, ".workers"));
            uint256[] memory prices = _uints(path, ".prices");
            TradingOffer[] memory offers = new TradingOffer[](workers.length);
            for (uint256 i = 0; i < offers.length; ++i) offers[i] = TradingOffer(workers[i], uint128(prices[i]));
            bytes32 root = TradingOffers.rootOf(offers);
            assertEq(root, _hash(path, ".root"), "root");
            uint16 taken = uint16(_uint(path, ".taken"));
            TradingChoice memory choice = TradingChoice(taken, uint128(prices[taken]), _hashes(path, ".branch"));
            assertEq(abi.encode(choice), _bytes(path, ".choice"), "choice");
            assertTrue(TradingOffers.isOffered(choice, workers[taken], root, offers.length), "offered");
        }
        assertEq(count, 6, "offers");
    }

    function test_sales() external {
        uint256 count = 0;
        for (; _has(_element(".sales", count)); ++count) {
            string memory path = _element(".sales", count);
            Sale memory sale = Sale({
                chainId: uint64(_uint(path, ".chainId")),
                task: _uint(path, ".task"),
                round: uint16(_uint(path, ".round")),
                worker: _address(path, ".worker"),
                commitment: _hash(path, ".commitment"),
                generatedAtMs: uint64(_uint(path, ".generatedAtMs")),
                receivedAtMs: uint64(_uint(path, ".receivedAtMs")),
                samples: uint32(_uint(path, ".samples"))
            });
            (bytes32 r, bytes32 s) = (_hash(path, ".r"), _hash(path, ".yParityAndS"));
            bytes memory evidence = abi.encode(TradingEvidence(sale.generatedAtMs, sale.receivedAtMs, r, s));
            assertEq(evidence, _bytes(path, ".evidence"), "evidence");
            vm.chainId(sale.chainId);
            address subchain = _address(path, ".subchain");
            assertEq(SaleSignature.digestOf(sale, subchain), _hash(path, ".digest"), "digest");
            assertTrue(SaleSignature.isBy(_address(path, ".cosigner"), sale, subchain, r, s), "signature");
        }
        assertEq(count, 4, "sales");
    }

    function _checkAge(string memory path, TaskId task) private {
        uint256 rounds = 0;
        while (_has(_element(string.concat(path, ".rounds"), rounds))) ++rounds;
        uint48 start = uint48(_uint(_element(string.concat(path, ".rounds"), 0), ".openedAt"));
        _open(path, task, start);
        for (uint256 round = 0; round < rounds; ++round) {
            string memory seen = _element(string.concat(path, ".rounds"), round);
            uint48 openedAt = uint48(_uint(seen, ".openedAt"));
            vm.warp(openedAt);
            if (round > 0) _meter.round(task, uint16(round), openedAt);
            if (_uint(seen, ".committedAt") != 0) _reveal(seen, task, uint16(round));
        }
        bytes memory work = _meter.settle(task, WORKER, Epoch(start, start + 366 days));
        assertEq(work, _bytes(path, ".work"), _string(path, ".name"));
    }

    function _open(string memory path, TaskId task, uint48 start) private {
        TaskTerms memory terms;
        (terms.schedule.startTime, terms.schedule.epochSeconds) = (start, 366 days);
        TradingTerms memory trading;
        trading.periodMs = uint32(_uint(path, ".periodMs"));
        trading.startSlackMs = uint32(_uint(path, ".startSlackMs"));
        trading.cosigner = vm.addr(KEY);
        trading.offers = new TradingOffer[](1);
        trading.offers[0] = TradingOffer(WORKER, uint128(_uint(path, ".price")));
        _meter.open(task, terms, abi.encode(trading));
        _meter.enrol(task, WORKER, abi.encode(TradingChoice(0, trading.offers[0].price, new bytes32[](0))));
    }

    function _reveal(string memory seen, TaskId task, uint16 round) private {
        RevealedUpdate memory update = RevealedUpdate({
            chainId: uint64(block.chainid),
            task: task,
            round: round,
            index: 0,
            worker: WORKER,
            update: keccak256("update"),
            samples: uint32(_uint(seen, ".samples")),
            engine: "engine"
        });
        Commitment memory commitment = Commitment(
            uint48(_uint(seen, ".openedAt")),
            uint48(_uint(seen, ".committedAt")),
            keccak256("commitment")
        );
        uint64 generatedAtMs = uint64(_uint(seen, ".generatedAtMs"));
        bytes memory evidence = "";
        if (generatedAtMs != 0) {
            Sale memory sale = Sale({
                chainId: update.chainId,
                task: TaskId.unwrap(task),
                round: round,
                worker: WORKER,
                commitment: commitment.hash,
                generatedAtMs: generatedAtMs,
                receivedAtMs: uint64(_uint(seen, ".receivedAtMs")),
                samples: update.samples
            });
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, SaleSignature.digestOf(sale, address(this)));
            bytes32 yParityAndS = v == 28 ? s | bytes32(uint256(1) << 255) : s;
            evidence = abi.encode(TradingEvidence(generatedAtMs, sale.receivedAtMs, r, yParityAndS));
        }
        _meter.reveal(update, commitment, evidence);
    }
}
