// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Extent, IRewardPolicy, Participation} from "../../interfaces/IRewardPolicy.sol";
import {TaskId, TaskTerms, WorkRecord} from "../../types/TaskTypes.sol";
import {AoIMechanism} from "./AoIMechanism.sol";
import {AoIMenu} from "./AoIMenu.sol";
import {AoITerms, AoITotals, AoIWork, MenuItem} from "./AoITypes.sol";
import {IAoIContractPolicy} from "./IAoIContractPolicy.sol";

/// @title AoIContractPolicy
/// @notice See IAoIContractPolicy. It holds no money and has no owner.
contract AoIContractPolicy is IAoIContractPolicy {
    struct Pinned {
        uint32 epochSeconds;
        uint96 bonus;
        uint16 items;
        mapping(uint256 item => MenuItem) menu;
    }

    mapping(address manager => mapping(TaskId task => Pinned)) private _pinned;

    /// @inheritdoc IRewardPolicy
    function open(
        TaskId task,
        TaskTerms calldata terms,
        bytes calldata mechanismTerms
    ) external returns (uint256 worstCase) {
        Pinned storage pinned = _pinned[msg.sender][task];
        require(pinned.epochSeconds == 0, TaskAlreadyOpen(task));
        AoITerms memory decoded = _decode(mechanismTerms);
        worstCase = _worstCase(terms, decoded);
        uint256 items = decoded.menu.length;
        pinned.epochSeconds = terms.schedule.epochSeconds;
        pinned.bonus = decoded.bonus;
        pinned.items = uint16(items);
        for (uint256 n = 0; n < items; ++n) pinned.menu[n] = decoded.menu[n];
        emit MenuPinned(msg.sender, task, keccak256(mechanismTerms), items);
    }

    /// @inheritdoc IRewardPolicy
    function pay(
        address manager,
        WorkRecord calldata record,
        bytes calldata work,
        Participation calldata participation
    ) external view returns (uint256) {
        Pinned storage pinned = _pinned[manager][record.task];
        uint256 epochSeconds = pinned.epochSeconds;
        require(epochSeconds != 0, TaskNotOpen(record.task));
        AoIWork memory done = abi.decode(work, (AoIWork));
        require(done.item < pinned.items, UnknownItem(done.item));
        uint256 rounds = participation.counted;
        if (rounds == 0) return 0;
        // Whatever a subchain reports, nobody earns more than the item.
        uint256 covered = Math.min(done.coveredSeconds, epochSeconds);
        uint256 accepted = Math.min(participation.accepted, rounds);
        uint256 earned = Math.mulDiv(pinned.menu[done.item].reward, covered * accepted, epochSeconds * rounds);
        bool complete = covered == epochSeconds && accepted == rounds;
        return complete ? earned + pinned.bonus : earned;
    }

    /// @inheritdoc IAoIContractPolicy
    function itemCount(address manager, TaskId task) external view returns (uint256) {
        return _pinned[manager][task].items;
    }

    /// @inheritdoc IAoIContractPolicy
    function itemOf(address manager, TaskId task, uint256 item) external view returns (MenuItem memory) {
        require(item < _pinned[manager][task].items, UnknownItem(item));
        return _pinned[manager][task].menu[item];
    }

    /// @inheritdoc IRewardPolicy
    function check(TaskTerms calldata terms, bytes calldata mechanismTerms) external pure returns (uint256 worstCase) {
        return _worstCase(terms, _decode(mechanismTerms));
    }

    /// @inheritdoc IRewardPolicy
    function checkTotals(Extent calldata extent, bytes calldata totals) external pure {
        _possible(totals.length == 64, "totals");
        AoITotals memory sums = abi.decode(totals, (AoITotals));
        uint256 workers = extent.workers;
        uint256 epochSeconds = extent.epochSeconds;
        // No worker covers more than the epoch, and squared gaps that add up to T are at most T².
        _possible(sums.coveredSeconds <= workers * epochSeconds, "coveredSeconds");
        _possible(sums.ageSquares <= workers * epochSeconds * epochSeconds, "ageSquares");
    }

    /// @inheritdoc IRewardPolicy
    function mechanismId() external pure returns (bytes4) {
        return AoIMechanism.ID;
    }

    /// @dev In their one form: what is behind or between the fields would be sent to every subchain and mean nothing.
    function _decode(bytes calldata mechanismTerms) private pure returns (AoITerms memory decoded) {
        decoded = abi.decode(mechanismTerms, (AoITerms));
        require(keccak256(abi.encode(decoded)) == keccak256(mechanismTerms), NonCanonicalTerms());
    }

    /// @dev Every worker on every subchain takes the dearest item and misses nothing.
    function _worstCase(TaskTerms calldata terms, AoITerms memory decoded) private pure returns (uint256) {
        return AoIMenu.check(decoded, terms.schedule.epochSeconds) * terms.maxWorkers * terms.subchains.length;
    }

    function _possible(bool holds, string memory field) private pure {
        require(holds, ImpossibleTotals(field));
    }
}
