// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Commitment, Epoch, IMeter} from "../../interfaces/IMeter.sol";
import {RevealedUpdate, TaskId, TaskTerms} from "../../types/TaskTypes.sol";
import {AoIMechanism} from "./AoIMechanism.sol";
import {AoITerms, AoITotals, AoIWork} from "./AoITypes.sol";
import {Coverage} from "./Coverage.sol";
import {IAoIMeter} from "./IAoIMeter.sol";

/// @title AoIMeter
/// @notice See IAoIMeter. It holds no money and has no owner.
contract AoIMeter is IAoIMeter {
    using Coverage for Coverage.Accumulator;

    /// @dev A task's first takes some 30,000: it writes the totals anew.
    uint256 private constant REFRESH_GAS = 45_000;

    mapping(address subchain => mapping(TaskId => uint32[])) private _periods;
    mapping(address subchain => mapping(TaskId => AoITotals)) private _totals;
    mapping(address subchain => mapping(TaskId => mapping(address worker => Freshness))) private _freshness;

    /// @inheritdoc IMeter
    function open(TaskId task, TaskTerms calldata, bytes calldata mechanismTerms) external returns (uint8 hears) {
        AoITerms memory terms = abi.decode(mechanismTerms, (AoITerms));
        uint32[] memory periods = new uint32[](terms.menu.length);
        for (uint256 n = 0; n < periods.length; ++n) periods[n] = terms.menu[n].period;
        _periods[msg.sender][task] = periods;
        return 0;
    }

    /// @inheritdoc IMeter
    function enrol(TaskId task, address worker, bytes calldata choice) external {
        require(choice.length == 32, InvalidChoice(task, choice));
        uint256 item = uint256(bytes32(choice));
        uint32[] storage periods = _periods[msg.sender][task];
        uint256 items = periods.length;
        require(item < items, UnknownItem(task, item, items));
        _freshness[msg.sender][task][worker] = Freshness(uint16(item), periods[item], 0, 0, 0);
    }

    /// @inheritdoc IMeter
    function refresh(TaskId task, address worker, uint32, Epoch calldata epoch) external {
        _freshness[msg.sender][task][worker] = _advance(task, worker, uint48(block.timestamp), epoch.start);
    }

    /// @inheritdoc IMeter
    function settle(TaskId task, address worker, Epoch calldata epoch) external returns (bytes memory work) {
        Freshness memory freshness = _advance(task, worker, epoch.end, epoch.start);
        return abi.encode(AoIWork(freshness.item, freshness.coveredSeconds, freshness.ageSquares));
    }

    /// @inheritdoc IMeter
    function totals(TaskId task) external view returns (bytes memory) {
        return abi.encode(_totals[msg.sender][task]);
    }

    /// @inheritdoc IAoIMeter
    function periodsOf(address subchain, TaskId task) external view returns (uint32[] memory) {
        return _periods[subchain][task];
    }

    /// @inheritdoc IAoIMeter
    function freshnessOf(address subchain, TaskId task, address worker) external view returns (Freshness memory) {
        return _freshness[subchain][task][worker];
    }

    /// @inheritdoc IMeter
    function round(TaskId, uint16, uint48) external pure {} // solhint-disable-line no-empty-blocks

    /// @inheritdoc IMeter
    function reveal(RevealedUpdate calldata update, Commitment calldata, bytes calldata evidence) external pure {
        require(evidence.length == 0, InvalidEvidence(update.task, update.worker));
    }

    /// @inheritdoc IMeter
    function refreshGas() external pure returns (uint256) {
        return REFRESH_GAS;
    }

    /// @inheritdoc IMeter
    function mechanismId() external pure returns (bytes4) {
        return AoIMechanism.ID;
    }

    /// @dev A worker's freshness at `time`; what is added to it is added to the task's totals.
    function _advance(
        TaskId task,
        address worker,
        uint48 time,
        uint48 start
    ) private returns (Freshness memory freshness) {
        freshness = _freshness[msg.sender][task][worker];
        Coverage.Accumulator memory age = Coverage
            .Accumulator(freshness.last, freshness.coveredSeconds, freshness.ageSquares)
            .advance(time, start, freshness.period);
        AoITotals storage sums = _totals[msg.sender][task];
        sums.coveredSeconds += age.covered - freshness.coveredSeconds;
        sums.ageSquares += age.ageSquares - freshness.ageSquares;
        // Nothing is lost: see Freshness.
        freshness.last = uint40(time);
        freshness.coveredSeconds = uint32(age.covered);
        freshness.ageSquares = uint64(age.ageSquares);
    }
}
