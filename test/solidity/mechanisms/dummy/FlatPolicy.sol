// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Extent, IRewardPolicy, Participation} from "../../../../contracts/interfaces/IRewardPolicy.sol";
import {TaskId, TaskTerms, WorkRecord} from "../../../../contracts/types/TaskTypes.sol";
import {FlatMechanism} from "./FlatMechanism.sol";

/// @title Fixed pay a round
/// @notice Terms: what a round pays, wei, as a uint96. It looks at no work, totals or score.
contract FlatPolicy is IRewardPolicy {
    mapping(address manager => mapping(TaskId => uint96)) private _rates;

    function open(TaskId task, TaskTerms calldata terms, bytes calldata mechanismTerms) external returns (uint256) {
        require(_rates[msg.sender][task] == 0, TaskAlreadyOpen(task));
        _rates[msg.sender][task] = abi.decode(mechanismTerms, (uint96));
        return check(terms, mechanismTerms);
    }

    function pay(
        address manager,
        WorkRecord calldata record,
        bytes calldata,
        Participation calldata participation
    ) external view returns (uint256) {
        uint96 rate = _rates[manager][record.task];
        require(rate != 0, TaskNotOpen(record.task));
        return uint256(rate) * participation.accepted;
    }

    function checkTotals(Extent calldata, bytes calldata totals) external pure {
        require(totals.length == 0, ImpossibleTotals("totals"));
    }

    function mechanismId() external pure returns (bytes4) {
        return FlatMechanism.ID;
    }

    function check(TaskTerms calldata terms, bytes calldata mechanismTerms) public pure returns (uint256) {
        uint96 rate = abi.decode(mechanismTerms, (uint96));
        return uint256(rate) * terms.rounds * terms.maxWorkers * terms.subchains.length;
    }
}
