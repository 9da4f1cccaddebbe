// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Extent, IRewardPolicy, Participation} from "../../../../contracts/interfaces/IRewardPolicy.sol";
import {TaskId, TaskTerms, WorkRecord} from "../../../../contracts/types/TaskTypes.sol";
import {WitnessedMechanism} from "./WitnessedMechanism.sol";

/// @title Pay for witnessed reveals, by score
/// @notice Terms: what a reveal pays at full score, wei, as a uint96. Work: the number of witnessed reveals, a uint32.
/// Totals: their sum. Score: a uint16 in 1/10,000; without one nothing is paid.
contract WitnessedPolicy is IRewardPolicy {
    mapping(address manager => mapping(TaskId => uint96)) private _rates;

    function open(TaskId task, TaskTerms calldata terms, bytes calldata mechanismTerms) external returns (uint256) {
        require(_rates[msg.sender][task] == 0, TaskAlreadyOpen(task));
        _rates[msg.sender][task] = abi.decode(mechanismTerms, (uint96));
        return check(terms, mechanismTerms);
    }

    function pay(
        address manager,
        WorkRecord calldata record,
        bytes calldata work,
        Participation calldata participation
    ) external view returns (uint256) {
        uint96 rate = _rates[manager][record.task];
        require(rate != 0, TaskNotOpen(record.task));
        if (participation.score.length == 0) return 0;
        uint256 score = abi.decode(participation.score, (uint16));
        uint256 reveals = abi.decode(work, (uint32));
        if (reveals > participation.counted) reveals = participation.counted;
        return (uint256(rate) * reveals * (score > 10_000 ? 10_000 : score)) / 10_000;
    }

    function checkTotals(Extent calldata extent, bytes calldata totals) external pure {
        require(totals.length == 32, ImpossibleTotals("totals"));
        uint256 reveals = abi.decode(totals, (uint256));
        require(reveals <= uint256(extent.workers) * extent.rounds, ImpossibleTotals("reveals"));
    }

    function mechanismId() external pure returns (bytes4) {
        return WitnessedMechanism.ID;
    }

    function check(TaskTerms calldata terms, bytes calldata mechanismTerms) public pure returns (uint256) {
        uint96 rate = abi.decode(mechanismTerms, (uint96));
        return uint256(rate) * terms.rounds * terms.maxWorkers * terms.subchains.length;
    }
}
