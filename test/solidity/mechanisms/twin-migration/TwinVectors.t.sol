// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITwinServers} from "../../../../contracts/mechanisms/twin-migration/ITwinServers.sol";
import {MigrationPay} from "../../../../contracts/mechanisms/twin-migration/MigrationPay.sol";
import {MigrationSignature} from "../../../../contracts/mechanisms/twin-migration/MigrationSignature.sol";
import {
    Completion,
    DECAY_PPM,
    HandOver,
    LATENCY_LIMIT_MS,
    MigrationOutcome,
    SPREAD_LIMIT_MS,
    Synchronization
} from "../../../../contracts/mechanisms/twin-migration/MigrationTypes.sol";
import {Reputation} from "../../../../contracts/mechanisms/twin-migration/Reputation.sol";
import {VectorReader} from "../../GoldenVectors.t.sol";
import {TwinFixture} from "./TwinFixture.sol";

/// @dev Reads signatures as the market and the hosts do, in its own domain.
contract SignatureReader {
    function isCompletedBy(
        address signer,
        Completion calldata completion,
        bytes32 r,
        bytes32 yParityAndS
    ) external view returns (bool) {
        return MigrationSignature.isCompletedBy(signer, completion, r, yParityAndS);
    }

    function isOrdered(HandOver calldata order, bytes32 r, bytes32 yParityAndS) external view returns (bool) {
        return MigrationSignature.isOrdered(order, r, yParityAndS);
    }
}

contract TwinVectorsTest is VectorReader {
    function setUp() external {
        _load("twins");
    }

    function test_settles() external view {
        uint256 count = 0;
        for (; _has(_element(".settles", count)); ++count) _checkSettle(_element(".settles", count));
        assertEq(count, 74, "settles");
    }

    function test_reputations() external view {
        uint256 count = 0;
        for (; _has(_element(".reputations", count)); ++count) _checkReputation(_element(".reputations", count));
        assertEq(count, 16, "reputations");
    }

    /// @dev An epoch without migrations is one more to decay, and all of them can be caught up with at once.
    function testFuzz_epochsCanBeCaughtUpWith(uint96 ok, uint96 bad, uint8 epochs) external pure {
        (uint256 a, uint256 b) = (ok, bad);
        for (uint256 i = 0; i < epochs; ++i) (a, b) = Reputation.decayed(a, b, 1, DECAY_PPM);
        (uint256 c, uint256 d) = Reputation.decayed(ok, bad, epochs, DECAY_PPM);
        assertEq(a, c, "ok");
        assertEq(b, d, "bad");
        uint256 ppm = Reputation.ppmOf(c, d);
        assertTrue(ppm <= 1_000_000, "a share");
        (c, d) = Reputation.decayed(ok, bad, 4_000, DECAY_PPM);
        assertEq(c + d, 0, "all is forgotten");
    }

    function testFuzz_partsAddUp(uint8 outcome, uint64 escrow, uint64 bond, uint16 late, uint16 slash) external pure {
        MigrationOutcome what = MigrationOutcome(1 + (outcome % uint8(type(MigrationOutcome).max)));
        MigrationPay.Parts memory parts = MigrationPay.partsOf(what, escrow, bond, late % 10_001, slash % 10_001);
        assertEq(parts.toProvider + parts.refund, escrow, "escrow");
        assertEq(parts.bondReturned + parts.bondSlashed, bond, "bond");
    }

    function test_signatures() external {
        SignatureReader reader = SignatureReader(_address(".signatures", ".contract"));
        vm.etch(address(reader), type(SignatureReader).runtimeCode);
        vm.chainId(_uint(".signatures", ".chainId"));
        address vehicle = _address(".signatures", ".vehicle");
        string memory path = ".signatures.completion";
        Completion memory completion = abi.decode(_bytes(path, ".encoded"), (Completion));
        bytes32 r = _hash(path, ".r");
        bytes32 vs = _hash(path, ".yParityAndS");
        assertTrue(reader.isCompletedBy(vehicle, completion, r, vs), "completion");
        assertFalse(reader.isCompletedBy(address(this), completion, r, vs), "another's");
        ++completion.endMs;
        assertFalse(reader.isCompletedBy(vehicle, completion, r, vs), "another time");
        path = ".signatures.handOver";
        HandOver memory order = abi.decode(_bytes(path, ".encoded"), (HandOver));
        (r, vs) = (_hash(path, ".r"), _hash(path, ".yParityAndS"));
        assertTrue(order.vehicle == vehicle && reader.isOrdered(order, r, vs), "order");
        vm.chainId(1);
        assertFalse(reader.isOrdered(order, r, vs), "on another chain");
    }

    function test_synchronization() external view {
        bytes memory encoded = _bytes(".synchronization", ".encoded");
        Synchronization memory synchronization = abi.decode(encoded, (Synchronization));
        assertEq(abi.encode(synchronization), encoded, "encoded");
        assertEq(keccak256(encoded), _hash(".synchronization", ".leaf"), "leaf");
    }

    function _checkSettle(string memory path) private view {
        string memory name = _string(path, ".name");
        uint256 escrow = MigrationPay.priceOf(_uint(path, ".theta"), _uint(path, ".kilobytes"));
        assertEq(escrow, _uint(path, ".escrow"), name);
        MigrationOutcome outcome = _uint(path, ".cancelled") == 1 ? MigrationOutcome.Cancelled : MigrationOutcome.Failed;
        if (_uint(path, ".completed") == 1) {
            uint64[3] memory ends;
            uint256[] memory given = _uints(path, ".ends");
            for (uint256 i = 0; i < 3; ++i) ends[i] = uint64(given[i]);
            (uint256 median, uint256 spread) = MigrationPay.attested(ends);
            uint256 latency = median - _uint(path, ".startMs");
            assertEq(latency, _uint(path, ".latencyMs"), name);
            assertEq(spread, _uint(path, ".spreadMs"), name);
            assertEq(spread > SPREAD_LIMIT_MS ? 1 : 0, _uint(path, ".disputed"), name);
            bool late = latency > _uint(path, ".deadlineMs");
            assertEq(late ? 1 : 0, _uint(path, ".late"), name);
            outcome = late ? MigrationOutcome.Late : MigrationOutcome.Completed;
        }
        MigrationPay.Parts memory parts = MigrationPay.partsOf(
            outcome,
            escrow,
            _uint(path, ".bond"),
            _uint(path, ".lateBasisPoints"),
            _uint(path, ".slashBasisPoints")
        );
        assertEq(parts.toProvider, _uint(path, ".toProvider"), name);
        assertEq(parts.refund, _uint(path, ".refund"), name);
        assertEq(parts.bondReturned, _uint(path, ".bondReturned"), name);
        assertEq(parts.bondSlashed, _uint(path, ".bondSlashed"), name);
        assertEq(LATENCY_LIMIT_MS, 6_000, "the market's own limit");
    }

    function _checkReputation(string memory path) private view {
        string memory name = _string(path, ".name");
        uint256[] memory good = _uints(path, ".good");
        uint256[] memory wrong = _uints(path, ".wrong");
        uint256 decay = _uint(path, ".decayPpm");
        (uint256 ok, uint256 bad) = (uint256(0), uint256(0));
        for (uint256 i = 0; i < good.length; ++i) {
            (ok, bad) = Reputation.decayed(ok, bad, 1, decay);
            (ok, bad) = (ok + good[i] * Reputation.PPM, bad + wrong[i] * Reputation.PPM);
        }
        assertEq(ok, _uint(path, ".ok"), name);
        assertEq(bad, _uint(path, ".bad"), name);
        assertEq(Reputation.ppmOf(ok, bad), _uint(path, ".ppm"), name);
    }
}

contract TwinWaitsTest is VectorReader, TwinFixture {
    function setUp() external {
        _load("twins");
    }

    function test_waits() external {
        uint256 count = 0;
        for (; _has(_element(".waits", count)); ++count) _checkWaits(_element(".waits", count));
        assertEq(count, 9, "waits");
    }

    function _checkWaits(string memory path) private {
        string memory name = _string(path, ".name");
        _deploy(_uint(path, ".messageSeconds"));
        _open();
        uint256 until = (_market.epochNow() + 1) * 100 + _uint(path, ".stake");
        vm.expectRevert(abi.encodeWithSelector(ITwinServers.StakeHeld.selector, SOURCE, until));
        vm.prank(SOURCE);
        _market.quit();
        uint256 id = _request(DESTINATION);
        assertEq(_market.expiresAt(id), block.timestamp + _uint(path, ".requested"), name);
        _accept(id);
        assertEq(_market.expiresAt(id), block.timestamp + _uint(path, ".accepted"), name);
        uint64 start = _startOf(id, 0);
        _completeWith(id, STATE, start, [start + 3_000, 0, start]);
        assertEq(_market.expiresAt(id), block.timestamp + _uint(path, ".disputed"), name);
        _completeWith(id, STATE, start, [start + 3_000, 0, start + 3_000]);
        assertEq(_market.expiresAt(id), block.timestamp + _uint(path, ".attested"), name);
    }
}
