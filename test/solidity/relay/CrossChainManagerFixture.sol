// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AoITotals} from "../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {CrossChainManager} from "../../../contracts/relay/CrossChainManager.sol";
import {
    CommitsReport,
    MessageKind,
    RoundOpened,
    RoundReport,
    SettlementReport,
    TaskOpened
} from "../../../contracts/types/Messages.sol";
import {Space, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {MockGateway} from "../MockGateway.sol";
import {TaskFixture} from "../TaskFixture.sol";

/// @title A cross-chain manager whose messages come from and go to a mock gateway
abstract contract CrossChainManagerFixture is TaskFixture {
    TaskId internal constant TASK = TaskId.wrap(1);

    CrossChainManager internal _manager;

    function _deploy() internal {
        _deployCommon(RELAY);
        _manager = new CrossChainManager(address(this), MAIN, _termsCheck);
        _manager.registerChain(VIRTUAL, Space.Virtual);
        _manager.registerChain(PHYSICAL, Space.Physical);
        _manager.addPolicy(_policy);
        _manager.link(address(_gateway), _at(MAIN, MAIN_APP));
        _manager.link(address(_gateway), _at(VIRTUAL, VIRTUAL_APP));
        _manager.link(address(_gateway), _at(PHYSICAL, PHYSICAL_APP));
    }

    function _inject(uint64 chainId, MessageKind kind, bytes memory body) internal {
        address sender = chainId == MAIN ? MAIN_APP : chainId == VIRTUAL ? VIRTUAL_APP : PHYSICAL_APP;
        _gateway.inject(address(_manager), chainId, sender, kind, body);
    }

    function _openTask(TaskTerms memory terms, bytes memory mechanismTerms) internal returns (bytes memory body) {
        body = abi.encode(TaskOpened(TASK, terms, mechanismTerms));
        _inject(MAIN, MessageKind.TaskOpened, body);
    }

    function _openTask() internal returns (bytes memory) {
        return _openTask(_terms(), _mechanismTerms());
    }

    function _openRound(uint16 round) internal {
        _inject(MAIN, MessageKind.RoundOpened, _roundOpened(TASK, round));
    }

    function _roundOpened(TaskId task, uint16 round) internal pure returns (bytes memory) {
        return abi.encode(RoundOpened(task, round, keccak256(abi.encode(round)), START + 60 * round));
    }

    function _commitsClosed(uint64 chainId, uint16 round) internal pure returns (bytes memory) {
        return abi.encode(CommitsReport(chainId, TASK, round, 8));
    }

    function _report() internal pure returns (RoundReport memory) {
        return RoundReport(VIRTUAL, TASK, 0, 10, 8, 6, keccak256("updates"), _mostTotals());
    }

    function _settlement() internal pure returns (SettlementReport memory) {
        return SettlementReport(VIRTUAL, TASK, 10, keccak256("records"), 0, _mostTotals());
    }

    /// @dev Of ten workers.
    function _mostTotals() internal pure returns (bytes memory) {
        return _totals(10 * EPOCH, 10 * EPOCH * EPOCH);
    }

    function _totals(uint128 coveredSeconds, uint128 ageSquares) internal pure returns (bytes memory) {
        return abi.encode(AoITotals(coveredSeconds, ageSquares));
    }

    /// @dev Since `before`, this message went to these chains' apps, and nothing else went anywhere.
    function _wasSent(uint256 before, MessageKind kind, bytes memory body, uint64[] memory chains) internal view {
        assertEq(_gateway.count() - before, chains.length, "messages");
        for (uint256 i = 0; i < chains.length; ++i) {
            MockGateway.Sent memory sent = _gateway.sentAt(before + i);
            assertEq(uint8(sent.kind), uint8(kind), "kind");
            assertEq(sent.body, body, "body");
            assertEq(sent.chainId, chains[i], "chain");
            address app = chains[i] == MAIN ? MAIN_APP : chains[i] == VIRTUAL ? VIRTUAL_APP : PHYSICAL_APP;
            assertEq(sent.recipient, app, "recipient");
        }
    }

    function _toMain() internal pure returns (uint64[] memory chains) {
        chains = new uint64[](1);
        chains[0] = MAIN;
    }

    function _toSubchains() internal pure returns (uint64[] memory chains) {
        chains = new uint64[](2);
        (chains[0], chains[1]) = (VIRTUAL, PHYSICAL);
    }
}
