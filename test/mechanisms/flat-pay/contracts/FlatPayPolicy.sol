// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Extent, IRewardPolicy, Participation} from "../../../../contracts/interfaces/IRewardPolicy.sol";
import {TaskId, TaskTerms, WorkRecord} from "../../../../contracts/types/TaskTypes.sol";
import {FlatPay, FlatPayTerms} from "./FlatPayTypes.sol";

/// @title The same pay for every round that took a worker's update
/// @notice Terms: FlatPayTerms. Work: FlatPayWork. Totals: reveals, a uint256. Score: rounds that took the worker's
/// update as the aggregators count them, a uint16; who has none was never taken.
contract FlatPayPolicy is IRewardPolicy {
    mapping(address manager => mapping(TaskId => uint96)) private _pay;

    /// @notice The pay of a task was fixed.
    event PayFixed(address indexed manager, TaskId indexed task, uint96 payPerRound);

    /// @notice Thrown when a round pays nothing.
    error PayMissing();
    /// @notice Thrown when there is no lane to choose.
    error LaneMissing();

    function open(TaskId task, TaskTerms calldata terms, bytes calldata mechanismTerms) external returns (uint256) {
        require(_pay[msg.sender][task] == 0, TaskAlreadyOpen(task));
        uint96 payPerRound = abi.decode(mechanismTerms, (FlatPayTerms)).payPerRound;
        _pay[msg.sender][task] = payPerRound;
        emit PayFixed(msg.sender, task, payPerRound);
        return check(terms, mechanismTerms);
    }

    function pay(
        address manager,
        WorkRecord calldata record,
        bytes calldata,
        Participation calldata participation
    ) external view returns (uint256) {
        uint96 payPerRound = _pay[manager][record.task];
        require(payPerRound != 0, TaskNotOpen(record.task));
        if (participation.score.length == 0) return 0;
        uint256 counted = abi.decode(participation.score, (uint16));
        return uint256(payPerRound) * (counted < participation.accepted ? counted : participation.accepted);
    }

    function payPerRoundOf(address manager, TaskId task) external view returns (uint96) {
        return _pay[manager][task];
    }

    function checkTotals(Extent calldata extent, bytes calldata totals) external pure {
        require(totals.length == 32, ImpossibleTotals("totals"));
        uint256 reveals = abi.decode(totals, (uint256));
        require(reveals <= uint256(extent.workers) * extent.rounds, ImpossibleTotals("reveals"));
    }

    function mechanismId() external pure returns (bytes4) {
        return FlatPay.ID;
    }

    function check(TaskTerms calldata terms, bytes calldata mechanismTerms) public pure returns (uint256) {
        FlatPayTerms memory own = abi.decode(mechanismTerms, (FlatPayTerms));
        require(own.payPerRound != 0, PayMissing());
        require(own.lanes != 0, LaneMissing());
        return uint256(own.payPerRound) * terms.rounds * terms.maxWorkers * terms.subchains.length;
    }
}
