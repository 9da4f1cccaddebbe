// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ILearningSubchain} from "../../../contracts/interfaces/ILearningSubchain.sol";
import {Draws} from "../../../contracts/types/Draws.sol";
import {MessageKind, SettlementReport, TaskStatus} from "../../../contracts/types/Messages.sol";
import {Sampling, Space, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {MockGateway} from "../MockGateway.sol";
import {SubchainFixture} from "./SubchainFixture.sol";

contract SamplingTest is SubchainFixture {
    uint256 private constant ENROLLED = 5;
    uint16 private constant DRAWN = 2;
    uint256 private constant BLOCK = 1_000;

    function setUp() external {
        _deploy(Space.Physical);
        _arriveWith(Sampling.Uniform, DRAWN);
        _enrolMany(ENROLLED);
        vm.roll(BLOCK);
        vm.warp(START);
    }

    function test_drawBeacon() external {
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.BeaconNamed(TASK, uint48(BLOCK));
        _subchain.drawBeacon(TASK);
        assertEq(_subchain.beaconOf(TASK).blockNumber, BLOCK, "named");
        assertEq(_subchain.beaconOf(TASK).value, 0, "not drawn");

        vm.roll(BLOCK + 256);
        bytes32 blockHash = blockhash(BLOCK);
        assertTrue(blockHash != 0, "known");
        bytes32 beacon = keccak256(abi.encode(block.chainid, address(_subchain), TASK, blockHash));
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.BeaconDrawn(TASK, beacon, uint48(BLOCK), blockHash);
        _subchain.drawBeacon(TASK);
        assertEq(_subchain.beaconOf(TASK).value, beacon, "drawn");
    }

    function test_drawBeacon_NamesAnotherBlockOnceTheHashIsGone() external {
        _subchain.drawBeacon(TASK);
        vm.roll(BLOCK + 257);
        vm.expectEmit(address(_subchain));
        emit ILearningSubchain.BeaconNamed(TASK, uint48(BLOCK + 257));
        _subchain.drawBeacon(TASK);
        assertEq(_subchain.beaconOf(TASK).value, 0, "not drawn");
        vm.roll(BLOCK + 258);
        _subchain.drawBeacon(TASK);
        bytes32 other = keccak256(abi.encode(block.chainid, address(_subchain), TASK, blockhash(BLOCK + 257)));
        assertEq(_subchain.beaconOf(TASK).value, other, "another's hash");
    }

    function test_RevertWhen_NoBeaconIsToBeDrawn() external {
        vm.warp(START - 1);
        _isNotToBeDrawn();
        vm.warp(START);
        _subchain.drawBeacon(TASK);
        // Its own block's hash nobody can know.
        _isNotToBeDrawn();
        vm.roll(BLOCK + 1);
        _subchain.drawBeacon(TASK);
        _isNotToBeDrawn();
        vm.roll(BLOCK + 300);
        _isNotToBeDrawn();
    }

    function test_RevertWhen_AllTakePart() external {
        for (uint16 drawn = 0; drawn < 2; ++drawn) {
            // All, or as many as enrolled.
            vm.warp(START - 10);
            _deploy(Space.Physical);
            _arriveWith(Sampling(drawn), drawn * uint16(ENROLLED));
            _enrolMany(ENROLLED);
            vm.warp(START);
            _isNotToBeDrawn();
            for (uint256 i = 0; i < ENROLLED; ++i) _commit(i, 0);
            assertEq(_round(0).committed, ENROLLED, "all take part");
        }
    }

    function test_RevertWhen_TheEpochIsSettledOrTheTaskIsOver() external {
        vm.warp(START + EPOCH);
        _subchain.settle(TASK, _workers(0, ENROLLED));
        _isNotToBeDrawn();
        _end(TaskStatus.Expired);
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.TaskNotOpen.selector, TASK));
        _subchain.drawBeacon(TASK);
    }

    function test_RevertWhen_TheBeaconIsNotDrawn() external {
        bytes32 commitment = _commitment(0, 0);
        vm.prank(_worker(0));
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.BeaconNotDrawn.selector, TASK));
        _subchain.commit(TASK, 0, commitment);
    }

    function test_commit_TakesThoseThatAreDrawn() external {
        bytes32 beacon = _draw();
        uint256 committed = 0;
        for (uint256 i = 0; i < ENROLLED; ++i) {
            if (Draws.isDrawn(Sampling.Uniform, beacon, 0, i, ENROLLED, DRAWN)) {
                _commit(i, 0);
                ++committed;
            } else {
                _isNotDrawn(i, 0);
            }
        }
        assertEq(committed, DRAWN, "drawn");
        assertEq(_round(0).committed, DRAWN, "committed");
    }

    /// @dev Five workers of whom two are drawn: after five rounds each has had two turns, and nobody waited for a fourth.
    function test_commit_ByFreshness_EverybodyHasItsTurn() external {
        vm.warp(START - 10);
        _deploy(Space.Physical);
        _arriveWith(Sampling.Freshness, DRAWN);
        _enrolMany(ENROLLED);
        vm.warp(START);
        bytes32 beacon = _draw();
        assertEq(uint8(_subchain.taskOf(TASK).sampling), uint8(Sampling.Freshness), "as the terms say");
        uint256[ENROLLED] memory turns;
        uint256[ENROLLED] memory last;
        for (uint16 round = 0; round < 5; ++round) {
            if (round > 0) _nextRound(round);
            for (uint256 i = 0; i < ENROLLED; ++i) {
                if (!Draws.isDrawn(Sampling.Freshness, beacon, round, i, ENROLLED, DRAWN)) {
                    _isNotDrawn(i, round);
                    assertLe(round + 1 - last[i], 2, "waits for three rounds at the most");
                    continue;
                }
                _commit(i, round);
                ++turns[i];
                last[i] = round + 1;
            }
            assertEq(_round(round).committed, DRAWN, "committed");
        }
        for (uint256 i = 0; i < ENROLLED; ++i) assertEq(turns[i], 2, "turns");
    }

    function test_closeCommits_WaitsForThoseThatAreDrawn() external {
        bytes32 beacon = _draw();
        uint256 left = DRAWN;
        for (uint256 i = 0; i < ENROLLED; ++i) {
            if (!Draws.isDrawn(Sampling.Uniform, beacon, 0, i, ENROLLED, DRAWN)) continue;
            vm.expectRevert(
                abi.encodeWithSelector(
                    ILearningSubchain.CommitsStillOpen.selector,
                    TASK,
                    uint16(0),
                    DRAWN - uint32(left),
                    uint48(START + (COMMIT + 3) / 4)
                )
            );
            _subchain.closeCommits(TASK);
            _commit(i, 0);
            --left;
        }
        _subchain.closeCommits(TASK);
        assertTrue(_round(0).commitsClosedAt != 0, "closed");
    }

    /// @dev Half of two that are drawn, not of five that enrolled.
    function test_closeCommits_CountsTheQuorumOfThoseThatAreDrawn() external {
        vm.warp(START - 10);
        _deploy(Space.Physical);
        TaskTerms memory terms = _terms();
        (terms.workersPerRound, terms.quorumPpb) = (DRAWN, 500_000_000);
        _arrive(terms);
        _enrolMany(ENROLLED);
        vm.warp(START);
        bytes32 beacon = _draw();
        uint256 first = 0;
        while (!Draws.isDrawn(Sampling.Uniform, beacon, 0, first, ENROLLED, DRAWN)) ++first;
        _commit(first, 0);
        vm.warp(START + (COMMIT + 3) / 4);
        _subchain.closeCommits(TASK);
        assertTrue(_round(0).commitsClosedAt != 0, "closed");
    }

    function test_settle_TellsTheBeacon() external {
        bytes32 beacon = _draw();
        vm.warp(START + EPOCH);
        _subchain.settle(TASK, _workers(0, ENROLLED));
        MockGateway.Sent memory sent = _gateway.sentAt(_gateway.count() - 1);
        assertEq(sent.kind, uint8(MessageKind.EpochSettled), "kind");
        assertEq(abi.decode(sent.body, (SettlementReport)).beacon, beacon, "beacon");
    }

    /// @dev Whoever takes part in a round was drawn for it, whatever the block and the numbers.
    function testFuzz_commit(uint256 seed, bool fresh, uint16 drawn, uint256 enrolled, uint16 rounds) external {
        Sampling sampling = fresh ? Sampling.Freshness : Sampling.Uniform;
        enrolled = bound(enrolled, 1, 10);
        drawn = uint16(bound(drawn, 1, 10));
        rounds = uint16(bound(rounds, 1, 3));
        vm.warp(START - 10);
        vm.roll(1_000 + (seed % 1_000_000));
        _deploy(Space.Physical);
        _arriveWith(sampling, drawn);
        _enrolMany(enrolled);
        vm.warp(START);
        bytes32 beacon = drawn < enrolled ? _draw() : bytes32(0);
        for (uint16 round = 0; round < rounds; ++round) {
            if (round > 0) _nextRound(round);
            for (uint256 i = 0; i < enrolled; ++i) {
                if (Draws.isDrawn(sampling, beacon, round, i, enrolled, drawn)) _commit(i, round);
                else _isNotDrawn(i, round);
            }
            assertEq(_round(round).committed, drawn < enrolled ? drawn : enrolled, "committed");
        }
    }

    function _arriveWith(Sampling sampling, uint16 drawn) private {
        TaskTerms memory terms = _terms();
        (terms.workersPerRound, terms.sampling) = (drawn, sampling);
        _arrive(terms);
    }

    function _draw() private returns (bytes32 beacon) {
        _subchain.drawBeacon(TASK);
        vm.roll(block.number + 1);
        _subchain.drawBeacon(TASK);
        beacon = _subchain.beaconOf(TASK).value;
        assertTrue(beacon != 0, "drawn");
    }

    function _isNotToBeDrawn() private {
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.NoBeaconToDraw.selector, TASK));
        _subchain.drawBeacon(TASK);
    }

    function _isNotDrawn(uint256 index, uint16 round) private {
        bytes32 commitment = _commitment(index, round);
        vm.prank(_worker(index));
        vm.expectRevert(
            abi.encodeWithSelector(ILearningSubchain.NotDrawn.selector, TASK, round, _worker(index))
        );
        _subchain.commit(TASK, round, commitment);
    }
}
