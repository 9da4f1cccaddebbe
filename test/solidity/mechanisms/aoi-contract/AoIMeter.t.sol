// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Commitment, Epoch, IMeter} from "../../../../contracts/interfaces/IMeter.sol";
import {AoIContractPolicy} from "../../../../contracts/mechanisms/aoi-contract/AoIContractPolicy.sol";
import {AoIMeter} from "../../../../contracts/mechanisms/aoi-contract/AoIMeter.sol";
import {AoIChoice, AoITerms, AoITotals, AoIWork, MenuItem} from "../../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {Coverage} from "../../../../contracts/mechanisms/aoi-contract/Coverage.sol";
import {IAoIMeter} from "../../../../contracts/mechanisms/aoi-contract/IAoIMeter.sol";
import {RevealedUpdate, TaskId, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";
import {Test} from "../../Test.sol";

/// @dev The test is the subchain that the meter serves.
contract AoIMeterTest is Test {
    using Coverage for Coverage.Accumulator;

    TaskId private constant TASK = TaskId.wrap(1);
    uint48 private constant START = 1_800_000_000;
    uint32 private constant EPOCH = 300;

    address private immutable WORKER = account("worker");
    address private immutable OTHER = account("another subchain");

    AoIMeter private _meter;

    function setUp() external {
        _meter = new AoIMeter();
        vm.warp(START);
        assertEq(_open(60, 30), 0, "it hears nothing besides");
    }

    function test_mechanismId_IsThePolicys() external {
        assertEq(_meter.mechanismId(), new AoIContractPolicy().mechanismId(), "id");
    }

    function test_open() external view {
        uint32[] memory periods = _meter.periodsOf(address(this), TASK);
        assertEq(periods.length, 2, "items");
        assertTrue(periods[0] == 60 && periods[1] == 30, "periods");
        assertEq(_meter.periodsOf(OTHER, TASK).length, 0, "none of another subchain");
        assertEq(_meter.periodsOf(address(this), TaskId.wrap(2)).length, 0, "none of another task");
        assertEq(_meter.totals(TASK), abi.encode(AoITotals(0, 0)), "totals");
    }

    function test_enrol() external {
        _enrol(WORKER, 1);
        IAoIMeter.Freshness memory freshness = _freshness(WORKER);
        assertEq(abi.encode(freshness), abi.encode(IAoIMeter.Freshness(1, 30, 0, 0, 0)), "freshness");
    }

    function test_RevertWhen_ChoiceIsNotAnItem() external {
        vm.expectRevert(abi.encodeWithSelector(IAoIMeter.UnknownItem.selector, TASK, 2, 2));
        _enrol(WORKER, 2);
        vm.expectRevert(abi.encodeWithSelector(IAoIMeter.UnknownItem.selector, TASK, type(uint256).max, 2));
        _meter.enrol(TASK, WORKER, abi.encode(type(uint256).max));
        vm.expectRevert(abi.encodeWithSelector(IAoIMeter.UnknownItem.selector, TaskId.wrap(2), 0, 0));
        _meter.enrol(TaskId.wrap(2), WORKER, abi.encode(0));
    }

    function testFuzz_RevertWhen_ChoiceIsNotOneWord(bytes calldata choice) external {
        if (choice.length == 32) return;
        vm.expectRevert(abi.encodeWithSelector(IMeter.InvalidChoice.selector, TASK, choice));
        _meter.enrol(TASK, WORKER, choice);
    }

    /// @dev It asks for no evidence, and if it is told of a reveal, for none it is.
    function test_RevertWhen_ARevealHasEvidence() external {
        RevealedUpdate memory update = RevealedUpdate(1, TASK, 0, 0, WORKER, keccak256("update"), 1, "engine");
        Commitment memory commitment = Commitment(START, START, keccak256("commitment"));
        _meter.reveal(update, commitment, "");
        vm.expectRevert(abi.encodeWithSelector(IMeter.InvalidEvidence.selector, TASK, WORKER));
        _meter.reveal(update, commitment, hex"00");
    }

    /// @dev Of the reading of the paper: θ = 60, T = 300, refreshes after 0, 75, 180 and 241 s.
    function test_settle_WorkedExample() external {
        _enrol(WORKER, 0);
        uint32[4] memory after_ = [uint32(0), 75, 180, 241];
        for (uint256 i = 0; i < 4; ++i) {
            vm.warp(START + after_[i]);
            _meter.refresh(TASK, WORKER, 5, _epoch());
        }
        uint128 squares = 75 ** 2 + 105 ** 2 + 61 ** 2;
        assertEq(_meter.totals(TASK), abi.encode(AoITotals(180, squares)), "totals so far");
        squares += 59 ** 2;
        vm.warp(START + EPOCH + 17);
        assertEq(_meter.settle(TASK, WORKER, _epoch()), abi.encode(AoIWork(0, 239, squares)), "work");
        assertEq(_meter.totals(TASK), abi.encode(AoITotals(239, squares)), "totals");
    }

    function test_settle_OfAWorkerThatNeverRefreshed() external {
        _enrol(WORKER, 1);
        assertEq(_meter.settle(TASK, WORKER, _epoch()), abi.encode(AoIWork(1, 0, EPOCH ** 2)), "work");
        assertEq(_meter.totals(TASK), abi.encode(AoITotals(0, EPOCH ** 2)), "totals");
    }

    /// @dev A subchain tells of its own tasks only, whatever it says.
    function test_callersAreKeptApart() external {
        _enrol(WORKER, 0);
        _meter.refresh(TASK, WORKER, 5, _epoch());
        vm.startPrank(OTHER);
        _open(300, 300);
        _meter.enrol(TASK, WORKER, abi.encode(AoIChoice(1)));
        vm.warp(START + 100);
        _meter.refresh(TASK, WORKER, 5, _epoch());
        bytes memory work = _meter.settle(TASK, WORKER, _epoch());
        vm.stopPrank();
        assertEq(work, abi.encode(AoIWork(1, 200, 100 ** 2 + 200 ** 2)), "the other's");
        IAoIMeter.Freshness memory freshness = _freshness(WORKER);
        assertEq(abi.encode(freshness), abi.encode(IAoIMeter.Freshness(0, 60, uint40(START), 0, 0)), "this one's");
        assertEq(_meter.totals(TASK), abi.encode(AoITotals(0, 0)), "its totals");
        assertEq(_meter.periodsOf(address(this), TASK)[1], 30, "its periods");
    }

    /// @dev Against the library, one accumulator a worker: work and totals, at any time.
    function testFuzz_refresh_OfSeveralWorkers(uint256 seed, uint256 refreshes) external {
        Coverage.Accumulator[4] memory ages;
        uint32[2] memory periods = [uint32(60), 30];
        for (uint16 i = 0; i < 4; ++i) _enrol(_worker(i), i % 2);
        uint64 time = START;
        refreshes = bound(refreshes, 0, 60);
        for (uint256 i = 0; i < refreshes; ++i) {
            time += uint64(draw(seed, i) % 12);
            if (time >= START + EPOCH) break;
            vm.warp(time);
            uint256 who = draw(seed, 1_000 + i) % 4;
            _meter.refresh(TASK, _worker(who), 5, _epoch());
            ages[who] = ages[who].advance(time, START, periods[who % 2]);
            _hasTotals(ages);
        }
        for (uint256 i = 0; i < 4; ++i) {
            ages[i] = ages[i].advance(START + EPOCH, START, periods[i % 2]);
            bytes memory work = _meter.settle(TASK, _worker(i), _epoch());
            assertEq(work, abi.encode(AoIWork(uint16(i % 2), ages[i].covered, ages[i].ageSquares)), "work");
            _hasTotals(ages);
        }
    }

    /// @dev Nothing is lost where a worker's freshness is packed in one slot: the latest and longest epoch there is.
    function testFuzz_refresh_AtTheWidestValues(uint256 seed, uint32 epoch, uint32 period) external {
        epoch = uint32(bound(epoch, 1, type(uint32).max));
        period = uint32(bound(period, 1, epoch));
        uint48 start = type(uint40).max - epoch;
        Epoch memory times = Epoch(start, start + epoch);
        _open(period, period);
        _enrol(WORKER, 0);
        Coverage.Accumulator memory age;
        uint64 time = start;
        for (uint256 i = 0; i < 4; ++i) {
            time += uint64(draw(seed, i) % (times.end - time));
            vm.warp(time);
            _meter.refresh(TASK, WORKER, 5, times);
            age = age.advance(time, start, period);
            IAoIMeter.Freshness memory freshness = _freshness(WORKER);
            assertEq(freshness.last, age.last, "last");
            assertEq(freshness.coveredSeconds, age.covered, "covered");
            assertEq(freshness.ageSquares, age.ageSquares, "age squares");
        }
        age = age.advance(times.end, start, period);
        assertEq(_meter.settle(TASK, WORKER, times), abi.encode(AoIWork(0, age.covered, age.ageSquares)), "work");
    }

    function _hasTotals(Coverage.Accumulator[4] memory ages) private view {
        AoITotals memory sums;
        for (uint256 i = 0; i < 4; ++i) {
            sums.coveredSeconds += ages[i].covered;
            sums.ageSquares += ages[i].ageSquares;
        }
        assertEq(_meter.totals(TASK), abi.encode(sums), "totals");
    }

    function _open(uint32 first, uint32 second) private returns (uint8) {
        TaskTerms memory terms;
        MenuItem[] memory menu = new MenuItem[](2);
        (menu[0], menu[1]) = (MenuItem(first, 1_000, 10), MenuItem(second, 2_000, 5));
        return _meter.open(TASK, terms, abi.encode(AoITerms(7, menu)));
    }

    function _enrol(address worker, uint16 item) private {
        _meter.enrol(TASK, worker, abi.encode(AoIChoice(item)));
    }

    function _freshness(address worker) private view returns (IAoIMeter.Freshness memory) {
        return _meter.freshnessOf(address(this), TASK, worker);
    }

    function _worker(uint256 index) private pure returns (address) {
        return account(string.concat("worker ", vm.toString(index)));
    }

    function _epoch() private pure returns (Epoch memory) {
        return Epoch(START, START + EPOCH);
    }
}
