// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {AoITerms, IAoIContractPolicy, MenuItem} from "./IAoIContractPolicy.sol";
import {IRewardPolicy} from "../../interfaces/IRewardPolicy.sol";
import {TaskId, WorkRecord} from "../../types/TaskTypes.sol";
import {AoIMenu} from "./AoIMenu.sol";

/// @title AoIContractPolicy
/// @notice See IAoIContractPolicy. It holds no money and has no owner.
contract AoIContractPolicy is IAoIContractPolicy {
    struct Pinned {
        uint32 epochSeconds;
        uint96 bonus;
        MenuItem[] menu;
    }

    mapping(address manager => mapping(TaskId task => Pinned)) private _pinned;

    /// @inheritdoc IRewardPolicy
    function open(TaskId task, bytes calldata terms, uint32 epochSeconds) external returns (uint256 worstCase) {
        Pinned storage pinned = _pinned[msg.sender][task];
        require(pinned.epochSeconds == 0, TaskAlreadyOpen(task));
        AoITerms memory decoded = abi.decode(terms, (AoITerms));
        worstCase = AoIMenu.check(decoded, epochSeconds);
        pinned.epochSeconds = epochSeconds;
        pinned.bonus = decoded.bonus;
        for (uint256 n = 0; n < decoded.menu.length; ++n) pinned.menu.push(decoded.menu[n]);
        emit MenuPinned(msg.sender, task, keccak256(terms), decoded.menu.length);
    }

    /// @inheritdoc IRewardPolicy
    function pay(
        address manager,
        WorkRecord calldata work,
        uint256 acceptedRounds,
        uint256 rounds
    ) external view returns (uint256) {
        Pinned storage pinned = _pinned[manager][work.task];
        uint256 epochSeconds = pinned.epochSeconds;
        require(epochSeconds != 0, TaskNotOpen(work.task));
        require(work.item < pinned.menu.length, UnknownItem(work.item));
        if (rounds == 0) return 0;
        // Whatever a subchain reports, nobody earns more than the item.
        uint256 covered = Math.min(work.coveredSeconds, epochSeconds);
        uint256 accepted = Math.min(acceptedRounds, rounds);
        uint256 earned = Math.mulDiv(pinned.menu[work.item].reward, covered * accepted, epochSeconds * rounds);
        bool complete = covered == epochSeconds && accepted == rounds;
        return complete ? earned + pinned.bonus : earned;
    }

    /// @inheritdoc IRewardPolicy
    function check(bytes calldata terms, uint32 epochSeconds) external pure returns (uint256 worstCase) {
        return AoIMenu.check(abi.decode(terms, (AoITerms)), epochSeconds);
    }

    /// @inheritdoc IRewardPolicy
    function periods(bytes calldata terms) external pure returns (uint32[] memory result) {
        MenuItem[] memory menu = abi.decode(terms, (AoITerms)).menu;
        result = new uint32[](menu.length);
        for (uint256 n = 0; n < menu.length; ++n) result[n] = menu[n].period;
    }

    /// @inheritdoc IAoIContractPolicy
    function itemCount(address manager, TaskId task) external view returns (uint256) {
        return _pinned[manager][task].menu.length;
    }

    /// @inheritdoc IAoIContractPolicy
    function itemOf(address manager, TaskId task, uint256 item) external view returns (MenuItem memory) {
        require(item < _pinned[manager][task].menu.length, UnknownItem(item));
        return _pinned[manager][task].menu[item];
    }

    /// @inheritdoc IRewardPolicy
    function policyId() external pure returns (bytes4) {
        return bytes4(keccak256("freshet.policy.aoi-contract"));
    }
}
