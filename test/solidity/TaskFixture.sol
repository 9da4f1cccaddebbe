// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {ICreditCheck} from "../../contracts/interfaces/ICreditCheck.sol";
import {ITaskManager} from "../../contracts/interfaces/ITaskManager.sol";
import {ITermsCheck} from "../../contracts/interfaces/ITermsCheck.sol";
import {CreditCheck} from "../../contracts/main/CreditCheck.sol";
import {TermsCheck} from "../../contracts/main/TermsCheck.sol";
import {AoIContractPolicy} from "../../contracts/mechanisms/aoi-contract/AoIContractPolicy.sol";
import {AoITerms, MenuItem} from "../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {Schedule, TaskId, TaskTerms} from "../../contracts/types/TaskTypes.sol";
import {MockGateway} from "./MockGateway.sol";
import {Test} from "./Test.sol";

/// @title A task, its menu and the chains that it runs on
abstract contract TaskFixture is Test {
    uint64 internal constant MAIN = 1001;
    uint64 internal constant RELAY = 1002;
    uint64 internal constant VIRTUAL = 1003;
    uint64 internal constant PHYSICAL = 1004;

    uint48 internal constant NOW = 1_800_000_000;
    uint48 internal constant START = NOW + 100;
    uint32 internal constant EPOCH = 300;
    uint48 internal constant DEADLINE = START + 1_000;
    uint32 internal constant COMMIT = 40;
    uint32 internal constant REVEAL = 20;
    uint32 internal constant REPORT = 30;
    uint32 internal constant CLAIM = 5_000;
    /// @dev How long a subchain that has not settled is waited for besides.
    uint48 internal constant SILENCE = 7 days;

    /// @dev What the routes of these chains take.
    uint32 internal constant MIN_REPORT = 2;
    uint32 internal constant MIN_CLAIM = 10;

    /// @dev More than one word of an acceptance bitmap holds.
    uint32 internal constant WORKERS = 300;
    bytes4 internal constant MECHANISM = bytes4(keccak256("freshet.mechanism.aoi-contract"));
    uint96 internal constant BONUS = 7;
    /// @dev With which 65,536 workers earn no more than an escrow takes, the same again as a bonus.
    uint96 internal constant MOST_REWARD = type(uint96).max >> 17;
    /// @dev The most gas that a transaction may have (EIP-7825).
    uint256 internal constant GAS_CAP = 1 << 24;
    /// @dev For a round on a subchain, wei.
    uint256 internal constant UNIT_FEE = 1e15;
    /// @dev Of a publication with the terms that `_terms` gives, wei.
    uint256 internal constant FEE = 8 * UNIT_FEE;
    /// @dev Of one worker: reward of the last item, and the bonus.
    uint256 internal constant WORST_CASE = 1703 + BONUS;

    address payable internal immutable COLLECTOR = payable(account("fee collector"));
    address internal immutable MAIN_APP = account("task manager");
    address internal immutable RELAY_APP = account("cross-chain manager");
    address internal immutable VIRTUAL_APP = account("virtual subchain");
    address internal immutable PHYSICAL_APP = account("physical subchain");

    AoIContractPolicy internal _policy;
    ITermsCheck internal _termsCheck;
    ICreditCheck internal _creditCheck;
    MockGateway internal _gateway;

    function _deployCommon(uint64 chainId) internal {
        vm.chainId(chainId);
        vm.warp(NOW);
        vm.roll(1_000);
        _policy = new AoIContractPolicy();
        _termsCheck = new TermsCheck(MIN_REPORT, MIN_CLAIM);
        _creditCheck = new CreditCheck();
        _gateway = new MockGateway();
    }

    function _aggregator(uint256 index) internal pure returns (address) {
        return vm.addr(_aggregatorKey(index));
    }

    function _aggregatorKey(uint256 index) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("aggregator", index)));
    }

    /// @dev Storage receipts of the aggregators at these places, as EIP-712 and EIP-2098 have it.
    function _receipts(
        address manager,
        bytes32 leaf,
        uint8[] memory places
    ) internal pure returns (bytes memory packed) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Freshet"),
                keccak256("1"),
                MAIN,
                manager
            )
        );
        bytes32 message = keccak256(abi.encode(keccak256("StorageReceipt(bytes32 leaf)"), leaf));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, message));
        for (uint256 i = 0; i < places.length; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(_aggregatorKey(places[i]), digest);
            packed = abi.encodePacked(packed, places[i], r, uint256(s) | (uint256(v - 27) << 255));
        }
    }

    function _places(uint8 first, uint8 second) internal pure returns (uint8[] memory places) {
        places = new uint8[](2);
        (places[0], places[1]) = (first, second);
    }

    function _worker(uint256 index) internal pure returns (address) {
        return account(string.concat("worker ", vm.toString(index)));
    }

    /// @dev What the task's aggregators commit to an aggregate with.
    function _saltOf(uint256 aggregator) internal pure returns (bytes32) {
        return keccak256(abi.encode("salt", aggregator));
    }

    function _commitmentTo(
        ITaskManager.Aggregate memory aggregate,
        uint256 aggregator
    ) internal pure returns (bytes32) {
        bytes32 aggregateHash = keccak256(abi.encode(aggregate));
        return keccak256(abi.encode(aggregateHash, _saltOf(aggregator), _aggregator(aggregator)));
    }

    /// @dev All aggregators commit to the aggregate, and as many as are enough attest it.
    function _agree(
        ITaskManager manager,
        TaskId task,
        uint16 round,
        ITaskManager.Aggregate memory aggregate
    ) internal {
        TaskTerms memory terms = manager.termsOf(task);
        for (uint256 i = 0; i < terms.aggregators.length; ++i) {
            vm.prank(_aggregator(i));
            manager.commitAttestation(task, round, _commitmentTo(aggregate, i));
        }
        for (uint256 i = 0; i < terms.attestations; ++i) {
            vm.prank(_aggregator(i));
            manager.attest(task, round, aggregate, _saltOf(i));
        }
    }

    /// @dev What a manager with the unit fee asks for a publication.
    function _feeOf(TaskTerms memory terms, bytes memory mechanismTerms) internal pure returns (uint256) {
        return UNIT_FEE * terms.subchains.length * (uint256(terms.rounds) + 1 + mechanismTerms.length / 8_192);
    }

    function _terms() internal pure returns (TaskTerms memory terms) {
        terms.specDigest = keccak256("specification");
        terms.initialModel = keccak256("model 0");
        terms.mechanism = MECHANISM;
        terms.rounds = 3;
        terms.targetScorePpb = 900_000_000;
        terms.quorumPpb = 750_000_000;
        terms.minUpdates = 2;
        terms.attestations = 2;
        terms.maxWorkers = WORKERS;
        terms.maxSamples = 10_000;
        terms.schedule = Schedule(START, DEADLINE, EPOCH, COMMIT, REVEAL, REPORT, CLAIM);
        terms.subchains = new uint64[](2);
        (terms.subchains[0], terms.subchains[1]) = (VIRTUAL, PHYSICAL);
        terms.aggregators = new address[](3);
        for (uint256 i = 0; i < 3; ++i) terms.aggregators[i] = _aggregator(i);
    }

    /// @dev With T = 300: 5, 10 and 15 updates at 200, 100 and 20 wei each.
    function _menu() internal pure returns (MenuItem[] memory menu) {
        menu = new MenuItem[](3);
        menu[0] = MenuItem(60, 1003, 200);
        menu[1] = MenuItem(30, 1603, 100);
        menu[2] = MenuItem(20, 1703, 20);
    }

    function _mechanismTerms() internal pure returns (bytes memory) {
        return abi.encode(AoITerms(BONUS, _menu()));
    }

    /// @dev Terms at all their bounds at once, with as many workers as go with so many subchains.
    function _maximalTerms(uint256 subchains) internal view returns (TaskTerms memory terms) {
        terms = _terms();
        (terms.rounds, terms.targetScorePpb, terms.quorumPpb) = (4_096, 0, 1e9);
        (terms.minUpdates, terms.maxSamples) = (1, type(uint32).max);
        terms.schedule.deadline = START + 366 days;
        (terms.subchains, terms.aggregators) = (new uint64[](subchains), new address[](32));
        for (uint256 i = 0; i < subchains; ++i) terms.subchains[i] = PHYSICAL + uint64(i);
        for (uint256 i = 0; i < 32; ++i) terms.aggregators[i] = _aggregator(i);
        terms.attestations = 32;
        terms.maxWorkers = 65_536;
        while (!_passes(terms, 0)) terms.maxWorkers /= 2;
    }

    /// @dev The AoI contract's terms, with as many items as may go to so many subchains.
    function _maximalMechanismTerms(uint256 subchains) internal view returns (bytes memory) {
        TaskTerms memory terms = _maximalTerms(subchains);
        uint256 items = 256;
        while (!_passes(terms, 128 + 96 * items)) --items;
        return _encodedMenu(items);
    }

    function _passes(TaskTerms memory terms, uint256 mechanismTermsLength) internal view returns (bool) {
        try _termsCheck.check(terms, 0, mechanismTermsLength) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev Every item as dear as the one before.
    function _encodedMenu(uint256 items) internal pure returns (bytes memory) {
        MenuItem[] memory menu = new MenuItem[](items);
        for (uint256 i = 0; i < items; ++i) menu[i] = MenuItem(EPOCH, MOST_REWARD, MOST_REWARD);
        return abi.encode(AoITerms(MOST_REWARD, menu));
    }

    function _at(uint64 chainId, address app) internal pure returns (bytes memory) {
        return InteroperableAddress.formatEvmV1(chainId, app);
    }

    /// @dev Gas of a transaction with this call, its calldata (EIP-7623) included.
    function _gasOf(address target, bytes memory call) internal returns (uint256) {
        return _gasOf(target, call, 0);
    }

    function _gasOf(address target, bytes memory call, uint256 value) internal returns (uint256) {
        uint256 before = gasleft();
        (bool done, bytes memory data) = target.call{value: value}(call);
        uint256 used = before - gasleft();
        if (!done) {
            assembly ("memory-safe") {
                revert(add(data, 32), mload(data))
            }
        }
        uint256 tokens = 0;
        for (uint256 i = 0; i < call.length; ++i) tokens += call[i] == 0 ? 1 : 4;
        return 21_000 + (4 * tokens + used > 10 * tokens ? 4 * tokens + used : 10 * tokens);
    }
}
