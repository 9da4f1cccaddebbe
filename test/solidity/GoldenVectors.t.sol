// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {CheckpointVerifier} from "../../contracts/gateway/CheckpointVerifier.sol";
import {Erc7930} from "../../contracts/gateway/Erc7930.sol";
import {Gateway} from "../../contracts/gateway/Gateway.sol";
import {IncrementalMerkle} from "../../contracts/gateway/IncrementalMerkle.sol";
import {MerkleMultiProof} from "../../contracts/gateway/MerkleMultiProof.sol";
import {IGateway} from "../../contracts/interfaces/IGateway.sol";
import {Epoch} from "../../contracts/interfaces/IMeter.sol";
import {Participation} from "../../contracts/interfaces/IRewardPolicy.sol";
import {IValidatorSets} from "../../contracts/interfaces/IValidatorSets.sol";
import {AoIContractPolicy} from "../../contracts/mechanisms/aoi-contract/AoIContractPolicy.sol";
import {AoIMeter} from "../../contracts/mechanisms/aoi-contract/AoIMeter.sol";
import {
    AoIChoice,
    AoITerms,
    AoITotals,
    AoIWork,
    MenuItem
} from "../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {Coverage} from "../../contracts/mechanisms/aoi-contract/Coverage.sol";
import {IAoIContractPolicy} from "../../contracts/mechanisms/aoi-contract/IAoIContractPolicy.sol";
import {Leaves} from "../../contracts/types/Leaves.sol";
import {
    CommitsReport,
    MessageKind,
    RevealsOpened,
    RoundOpened,
    RoundReport,
    SettlementReport,
    TaskEnded,
    TaskOpened,
    TaskRejection,
    TaskStatus
} from "../../contracts/types/Messages.sol";
import {RevealedUpdate, Sampling, Schedule, ScoreRecord, TaskId, TaskTerms, WorkRecord} from "../../contracts/types/TaskTypes.sol";
import {Test} from "./Test.sol";
import {ReceiptsBook} from "./main/Receipts.t.sol";
import {RecordingRecipient} from "./gateway/Recipients.sol";

/// @dev One of the files in test/vectors, read key by key.
abstract contract VectorReader is Test {
    string internal _json;

    function _load(string memory file) internal {
        _json = vm.readFile(string.concat("test/vectors/", file, ".json"));
    }

    function _case(uint256 index) internal pure returns (string memory) {
        return _element(".cases", index);
    }

    function _element(string memory list, uint256 index) internal pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]");
    }

    function _has(string memory path) internal view returns (bool) {
        return vm.keyExistsJson(_json, path);
    }

    function _uint(string memory path, string memory key) internal view returns (uint256) {
        return vm.parseJsonUint(_json, string.concat(path, key));
    }

    function _uints(string memory path, string memory key) internal view returns (uint256[] memory) {
        return vm.parseJsonUintArray(_json, string.concat(path, key));
    }

    function _hash(string memory path, string memory key) internal view returns (bytes32) {
        return vm.parseJsonBytes32(_json, string.concat(path, key));
    }

    function _hashes(string memory path, string memory key) internal view returns (bytes32[] memory) {
        return vm.parseJsonBytes32Array(_json, string.concat(path, key));
    }

    function _bytes(string memory path, string memory key) internal view returns (bytes memory) {
        return vm.parseJsonBytes(_json, string.concat(path, key));
    }

    function _address(string memory path, string memory key) internal view returns (address) {
        return vm.parseJsonAddress(_json, string.concat(path, key));
    }

    function _string(string memory path, string memory key) internal view returns (string memory) {
        return vm.parseJsonString(_json, string.concat(path, key));
    }
}

contract IncentiveVectorsTest is VectorReader {
    using Coverage for Coverage.Accumulator;

    AoIContractPolicy private _policy;

    function setUp() external {
        _policy = new AoIContractPolicy();
    }

    function test_coverage() external {
        _load("coverage");
        uint256 count = 0;
        for (; _has(_case(count)); ++count) _checkCoverage(_case(count), TaskId.wrap(count));
        assertEq(count, 33, "cases");
    }

    function test_menus() external {
        _load("menus");
        uint256 count = 0;
        for (; _has(_case(count)); ++count) _checkMenu(_case(count));
        assertEq(count, 62, "cases");
    }

    function _checkCoverage(string memory path, TaskId task) private {
        string memory name = _string(path, ".name");
        uint48 start = uint48(_uint(path, ".start"));
        uint32 epoch = uint32(_uint(path, ".epochSeconds"));
        uint32 period = uint32(_uint(path, ".period"));
        uint256[] memory refreshes = _uints(path, ".refreshes");
        Coverage.Accumulator memory age;
        for (uint256 i = 0; i < refreshes.length; ++i) age = age.advance(uint64(refreshes[i]), start, period);
        age = age.advance(start + epoch, start, period);
        assertEq(age.covered, _uint(path, ".coveredSeconds"), name);
        assertEq(age.ageSquares, _uint(path, ".ageSquares"), name);

        MenuItem[] memory menu = new MenuItem[](1);
        menu[0] = MenuItem(period, uint96(_uint(path, ".reward")), 0);
        bytes memory mechanismTerms = abi.encode(AoITerms(uint96(_uint(path, ".bonus")), menu));
        bytes memory work = abi.encode(AoIWork(0, age.covered, age.ageSquares));
        assertEq(_meter(task, mechanismTerms, start, epoch, refreshes), work, name);
        _policy.open(task, _terms(epoch), mechanismTerms);
        _checkPay(path, task, work);
    }

    /// @dev What the meter answers of a worker with these refreshes.
    function _meter(
        TaskId task,
        bytes memory mechanismTerms,
        uint48 start,
        uint32 epoch,
        uint256[] memory refreshes
    ) private returns (bytes memory) {
        AoIMeter meter = new AoIMeter();
        Epoch memory times = Epoch(start, start + epoch);
        meter.open(task, _terms(epoch), mechanismTerms);
        meter.enrol(task, address(1), abi.encode(AoIChoice(0)));
        for (uint256 i = 0; i < refreshes.length; ++i) {
            vm.warp(refreshes[i]);
            meter.refresh(task, address(1), 1, times);
        }
        return meter.settle(task, address(1), times);
    }

    function _checkPay(string memory path, TaskId task, bytes memory work) private view {
        Participation memory participation = Participation(
            uint16(_uint(path, ".acceptedRounds")),
            uint16(_uint(path, ".rounds")),
            ""
        );
        WorkRecord memory record = WorkRecord(1, task, 0, address(1), keccak256(work));
        uint256 pay = _policy.pay(address(this), record, work, participation);
        assertEq(pay, _uint(path, ".pay"), _string(path, ".name"));
    }

    /// @dev Of one worker on one subchain, so that the worst case of the task is that of a worker.
    function _terms(uint32 epoch) private pure returns (TaskTerms memory terms) {
        terms.maxWorkers = 1;
        terms.schedule.epochSeconds = epoch;
        terms.subchains = new uint64[](1);
    }

    function _checkMenu(string memory path) private view {
        uint32 epoch = uint32(_uint(path, ".epochSeconds"));
        try _policy.check(_terms(epoch), _menuTerms(path)) returns (uint256 worstCase) {
            assertFalse(_has(string.concat(path, ".error")), _string(path, ".name"));
            assertEq(worstCase, _uint(path, ".worstCase"), _string(path, ".name"));
        } catch (bytes memory reason) {
            assertTrue(_has(string.concat(path, ".error")), _string(path, ".name"));
            assertEq(reason, _reason(path, epoch), _string(path, ".name"));
        }
    }

    function _menuTerms(string memory path) private view returns (bytes memory) {
        uint256[] memory periods = _uints(path, ".periods");
        uint256[] memory rewards = _uints(path, ".rewards");
        uint256[] memory costs = _uints(path, ".costs");
        MenuItem[] memory menu = new MenuItem[](periods.length);
        for (uint256 n = 0; n < menu.length; ++n) {
            menu[n] = MenuItem(uint32(periods[n]), uint96(rewards[n]), uint96(costs[n]));
        }
        return abi.encode(AoITerms(uint96(_uint(path, ".bonus")), menu));
    }

    /// @dev The data of the error that a case names.
    function _reason(string memory path, uint32 epoch) private view returns (bytes memory) {
        string memory name = _string(path, ".error");
        if (!_has(string.concat(path, ".item"))) return abi.encodeWithSignature(string.concat(name, "()"));
        uint256 item = _uint(path, ".item");
        if (keccak256(bytes(name)) == keccak256("InvalidPeriod")) {
            uint256 period = _uints(path, ".periods")[item];
            return abi.encodeWithSelector(IAoIContractPolicy.InvalidPeriod.selector, item, period, epoch);
        }
        return abi.encodeWithSignature(string.concat(name, "(uint256)"), item);
    }
}

contract TreeVectorsTest is VectorReader {
    using IncrementalMerkle for IncrementalMerkle.Tree;

    mapping(uint256 number => IncrementalMerkle.Tree) private _trees;

    function test_trees() external {
        _load("trees");
        uint256 count = 0;
        for (; _has(_case(count)); ++count) {
            string memory path = _case(count);
            bytes32[] memory leaves = _hashes(path, ".leaves");
            IncrementalMerkle.Tree storage tree = _trees[count];
            for (uint256 i = 0; i < leaves.length; ++i) tree.insert(leaves[i]);
            uint256 depth = IncrementalMerkle.depthOf(leaves.length);
            assertEq(depth, _uint(path, ".depth"), "depth");
            assertEq(tree.root(depth), _hash(path, ".root"), "root");
            if (leaves.length == 0) continue;
            uint256 index = _uint(path, ".index");
            bytes32[] memory branch = _hashes(path, ".branch");
            assertEq(IncrementalMerkle.branchRoot(leaves[index], branch, index), tree.root(depth), "branch");
        }
        assertEq(count, 10, "cases");
    }

    function test_multiProofs() external {
        _load("trees");
        uint256 count = 0;
        for (; _has(_element(".multiProofs", count)); ++count) {
            string memory path = _element(".multiProofs", count);
            uint256[] memory listed = _uints(path, ".places");
            uint32[] memory places = new uint32[](listed.length);
            for (uint256 i = 0; i < places.length; ++i) places[i] = uint32(listed[i]);
            bytes memory siblings = abi.encodePacked(_hashes(path, ".siblings"));
            bytes32 root = this.rootOf(places, _hashes(path, ".leaves"), siblings, _uint(path, ".depth"));
            assertEq(root, _hash(path, ".root"), "root");
        }
        assertEq(count, 57 + 15, "proofs");
    }

    function rootOf(
        uint32[] calldata places,
        bytes32[] calldata leaves,
        bytes calldata siblings,
        uint256 depth
    ) external pure returns (bytes32) {
        return MerkleMultiProof.root(places, leaves, siblings, depth);
    }

    function test_leaves() external {
        _load("leaves");
        uint256 count = 0;
        for (; _has(_element(".records", count)); ++count) {
            string memory path = _element(".records", count);
            WorkRecord memory record = WorkRecord({
                chainId: uint64(_uint(path, ".chainId")),
                task: TaskId.wrap(_uint(path, ".task")),
                index: uint32(_uint(path, ".index")),
                worker: _address(path, ".worker"),
                workHash: keccak256(_bytes(path, ".work"))
            });
            assertEq(record.workHash, _hash(path, ".workHash"), "hash of the work");
            _checkEncoding(path);
            assertEq(Leaves.ofRecord(record), _hash(path, ".leaf"), "leaf of a record");
        }
        assertEq(count, 6, "records");
        for (count = 0; _has(_element(".scores", count)); ++count) {
            string memory path = _element(".scores", count);
            ScoreRecord memory score = ScoreRecord({
                chainId: uint64(_uint(path, ".chainId")),
                task: TaskId.wrap(_uint(path, ".task")),
                index: uint32(_uint(path, ".index")),
                score: _bytes(path, ".score")
            });
            assertEq(Leaves.ofScore(score), _hash(path, ".leaf"), "leaf of a score");
        }
        assertEq(count, 6, "scores");
        for (count = 0; _has(_element(".updates", count)); ++count) {
            string memory path = _element(".updates", count);
            RevealedUpdate memory update = RevealedUpdate({
                chainId: uint64(_uint(path, ".chainId")),
                task: TaskId.wrap(_uint(path, ".task")),
                round: uint16(_uint(path, ".round")),
                index: uint32(_uint(path, ".index")),
                worker: _address(path, ".worker"),
                update: _hash(path, ".update"),
                samples: uint32(_uint(path, ".samples")),
                engine: bytes32(bytes(_string(path, ".engineText")))
            });
            assertEq(update.engine, _hash(path, ".engine"), "engine");
            assertEq(Leaves.ofUpdate(update), _hash(path, ".leaf"), "leaf of an update");
            bytes32 commitment = Leaves.ofCommit(_address(path, ".subchain"), update, _hash(path, ".salt"));
            assertEq(commitment, _hash(path, ".commitment"), "commitment");
        }
        assertEq(count, 6, "updates");
    }
    /// @dev Choice and work of the AoI contract.
    function _checkEncoding(string memory path) private view {
        uint16 item = uint16(_uint(path, ".item"));
        AoIWork memory work = AoIWork(
            item,
            uint64(_uint(path, ".coveredSeconds")),
            uint128(_uint(path, ".ageSquares"))
        );
        assertEq(abi.encode(AoIChoice(item)), _bytes(path, ".choice"), "choice");
        assertEq(abi.encode(work), _bytes(path, ".work"), "work");
    }
}

contract MessageVectorsTest is VectorReader {
    uint64 private _originId;
    uint64 private _destinationId;
    Gateway private _origin;
    Gateway private _destination;
    CheckpointVerifier private _verifier;
    RecordingRecipient private _recipient;

    /// @dev The origin's gateway and the recipient stand at the addresses that the vectors name.
    function setUp() external {
        _load("messages");
        _originId = uint64(_uint("", ".originChainId"));
        _destinationId = uint64(_uint("", ".destinationChainId"));
        _destination = new Gateway(address(this), 1);
        _verifier = new CheckpointVerifier(address(this), 1);
        _origin = Gateway(_address("", ".originGateway"));
        vm.etch(address(_origin), address(_destination).code);
        _recipient = RecordingRecipient(_address("", ".recipient"));
        vm.etch(address(_recipient), address(new RecordingRecipient()).code);
        address[] memory validators = new address[](3);
        for (uint256 i = 0; i < 3; ++i) validators[i] = _address(_element(".validators", i), ".address");
        uint8 threshold = uint8(_uint("", ".threshold"));
        _verifier.initializeValidators(_originId, IValidatorSets.ValidatorSet(threshold, validators));
        vm.chainId(_destinationId);
        _destination.openRoute(_originId, address(_origin), address(_verifier));
        vm.chainId(_originId);
        // Code put at an address has no owner.
        vm.prank(address(0));
        _origin.openRoute(_destinationId, address(_destination), address(_verifier));
    }

    function test_interoperable() external view {
        for (uint256 i = 0; i < 6; ++i) {
            string memory path = _element(".interoperable", i);
            bytes memory encoded = InteroperableAddress.formatEvmV1(_uint(path, ".chainId"), _address(path, ".address"));
            assertEq(encoded, _bytes(path, ".bytes"), "ERC-7930");
            encoded = Erc7930.format(_uint(path, ".chainId"), _address(path, ".address"));
            assertEq(encoded, _bytes(path, ".bytes"), "ERC-7930");
        }
    }

    function test_messages() external {
        for (uint256 i = 0; i < 6; ++i) _send(i);
        assertFalse(_has(_element(".messages", 6)), "no more");
    }

    /// @dev The first alone, then all together; the other proofs are asked of the verifier.
    function test_proofs() external {
        vm.chainId(_destinationId);
        for (uint256 i = 0; i < 8; ++i) _verify(_element(".proofs", i));
        assertFalse(_has(_element(".proofs", 8)), "no more");
        _destination.deliver(_originId, _message(0), _bytes(_element(".proofs", 0), ".proof"));
        IGateway.Message[] memory messages = new IGateway.Message[](5);
        for (uint256 i = 0; i < 5; ++i) messages[i] = _message(i + 1);
        assertEq(_destination.deliverBatch(_originId, messages, _bytes(".batch", ".proof"), 5), 31, "all others");
        for (uint256 i = 0; i < 6; ++i) {
            assertEq(_recipient.times(_hash(_element(".messages", i), ".id")), 1, "delivered");
        }
    }

    function test_contradictions() external {
        vm.chainId(_destinationId);
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory evidence = _bytes(_element(".contradictions", i), ".evidence");
            _destination.freeze(_originId, evidence);
            assertTrue(_destination.routeOf(_originId).frozen, "frozen");
            _destination.unfreeze(_originId);
        }
        assertFalse(_has(_element(".contradictions", 3)), "no more");
    }

    function _send(uint256 index) private {
        string memory path = _element(".messages", index);
        address sender = _address(path, ".sender");
        assertEq(InteroperableAddress.formatEvmV1(_originId, sender), _bytes(path, ".senderBytes"), "sender");
        vm.prank(sender);
        bytes32 id = _origin.sendMessage(_bytes(path, ".recipientBytes"), _bytes(path, ".payload"), new bytes[](0));
        assertEq(id, _hash(path, ".id"), "id");
        (bytes32 root, uint32 count) = _origin.outbox();
        assertEq(root, _hash(path, ".outboxRoot"), "outbox root");
        assertEq(count, index + 1, "count");
        bytes32 digest = _verifier.checkpointDigest(_originId, address(_origin), root, count - 1);
        assertEq(digest, _hash(path, ".checkpointDigest"), "digest");
    }

    function _verify(string memory path) private view {
        uint256[] memory listed = _uints(path, ".nonces");
        uint32[] memory nonces = new uint32[](listed.length);
        bytes32[] memory ids = new bytes32[](listed.length);
        for (uint256 i = 0; i < listed.length; ++i) {
            nonces[i] = uint32(listed[i]);
            ids[i] = _hash(_element(".messages", listed[i]), ".id");
        }
        _verifier.verify(_originId, address(_origin), nonces, ids, _bytes(path, ".proof"));
    }

    function _message(uint256 index) private view returns (IGateway.Message memory) {
        string memory path = _element(".messages", index);
        return
            IGateway.Message(uint32(index), _address(path, ".sender"), address(_recipient), _bytes(path, ".payload"));
    }
}

contract PayloadVectorsTest is VectorReader {
    function setUp() external {
        _load("payloads");
    }

    function test_taskOpened() external view {
        TaskTerms memory terms;
        string memory path = ".taskOpened.terms";
        terms.specDigest = _hash(path, ".specDigest");
        terms.initialModel = _hash(path, ".initialModel");
        terms.mechanism = bytes4(_bytes(path, ".mechanism"));
        terms.rounds = uint16(_uint(path, ".rounds"));
        terms.targetScorePpb = uint32(_uint(path, ".targetScorePpb"));
        terms.quorumPpb = uint32(_uint(path, ".quorumPpb"));
        terms.minUpdates = uint16(_uint(path, ".minUpdates"));
        terms.attestations = uint16(_uint(path, ".attestations"));
        terms.maxWorkers = uint32(_uint(path, ".maxWorkers"));
        terms.maxSamples = uint32(_uint(path, ".maxSamples"));
        terms.workersPerRound = uint16(_uint(path, ".workersPerRound"));
        terms.sampling = Sampling(_uint(path, ".sampling"));
        terms.schedule = _schedule(".taskOpened.terms.schedule");
        uint256[] memory subchains = _uints(path, ".subchains");
        terms.subchains = new uint64[](subchains.length);
        for (uint256 i = 0; i < subchains.length; ++i) terms.subchains[i] = uint64(subchains[i]);
        terms.aggregators = vm.parseJsonAddressArray(_json, ".taskOpened.terms.aggregators");
        TaskOpened memory opened = TaskOpened(_task(".taskOpened"), terms, _bytes(".taskOpened", ".mechanismTerms"));
        _equals(".taskOpened", MessageKind.TaskOpened, abi.encode(opened));
    }

    function test_roundOpened() external view {
        string memory path = ".roundOpened";
        RoundOpened memory opened = RoundOpened(
            _task(path),
            uint16(_uint(path, ".round")),
            _hash(path, ".globalModel"),
            uint48(_uint(path, ".openedAt"))
        );
        _equals(path, MessageKind.RoundOpened, abi.encode(opened));
    }

    function test_taskEnded() external view {
        string memory path = ".taskEnded";
        TaskStatus status = TaskStatus(_uint(path, ".status"));
        _equals(path, MessageKind.TaskEnded, abi.encode(TaskEnded(_task(path), status, _hash(path, ".globalModel"))));
    }

    function test_roundReported() external view {
        string memory path = ".roundReported";
        RoundReport memory report = RoundReport({
            chainId: uint64(_uint(path, ".chainId")),
            task: _task(path),
            round: uint16(_uint(path, ".round")),
            enrolled: uint32(_uint(path, ".enrolled")),
            committed: uint32(_uint(path, ".committed")),
            revealed: uint32(_uint(path, ".revealed")),
            updatesRoot: _hash(path, ".updatesRoot"),
            totals: _bytes(path, ".totals")
        });
        _checkTotals(path);
        _equals(path, MessageKind.RoundReported, abi.encode(report));
    }

    function test_epochSettled() external view {
        string memory path = ".epochSettled";
        SettlementReport memory report = SettlementReport({
            chainId: uint64(_uint(path, ".chainId")),
            task: _task(path),
            workers: uint32(_uint(path, ".workers")),
            recordsRoot: _hash(path, ".recordsRoot"),
            beacon: _hash(path, ".beacon"),
            totals: _bytes(path, ".totals")
        });
        _checkTotals(path);
        _equals(path, MessageKind.EpochSettled, abi.encode(report));
    }

    function test_taskRejected() external view {
        string memory path = ".taskRejected";
        TaskRejection memory rejection = TaskRejection(_task(path), _bytes(path, ".reason"));
        _equals(path, MessageKind.TaskRejected, abi.encode(rejection));
    }

    function test_commitsClosed() external view {
        string memory path = ".commitsClosed";
        CommitsReport memory report = CommitsReport({
            chainId: uint64(_uint(path, ".chainId")),
            task: _task(path),
            round: uint16(_uint(path, ".round")),
            committed: uint32(_uint(path, ".committed"))
        });
        _equals(path, MessageKind.CommitsClosed, abi.encode(report));
    }

    function test_revealsOpened() external view {
        string memory path = ".revealsOpened";
        RevealsOpened memory opened = RevealsOpened(_task(path), uint16(_uint(path, ".round")));
        _equals(path, MessageKind.RevealsOpened, abi.encode(opened));
    }

    function _checkTotals(string memory path) private view {
        AoITotals memory totals = AoITotals(
            uint128(_uint(path, ".coveredSeconds")),
            uint128(_uint(path, ".ageSquares"))
        );
        assertEq(abi.encode(totals), _bytes(path, ".totals"), "totals");
    }

    function _schedule(string memory path) private view returns (Schedule memory) {
        return
            Schedule({
                startTime: uint48(_uint(path, ".startTime")),
                deadline: uint48(_uint(path, ".deadline")),
                epochSeconds: uint32(_uint(path, ".epochSeconds")),
                commitSeconds: uint32(_uint(path, ".commitSeconds")),
                revealSeconds: uint32(_uint(path, ".revealSeconds")),
                reportSeconds: uint32(_uint(path, ".reportSeconds")),
                claimSeconds: uint32(_uint(path, ".claimSeconds"))
            });
    }

    function _task(string memory path) private view returns (TaskId) {
        return TaskId.wrap(_uint(path, ".task"));
    }

    function _equals(string memory path, MessageKind kind, bytes memory body) private view {
        assertEq(abi.encode(kind, body), _bytes(path, ".payload"), path);
    }
}

contract ReceiptVectorsTest is VectorReader {
    ReceiptsBook private _book;

    function setUp() external {
        _load("receipts");
        vm.chainId(_uint("", ".chainId"));
        // Receipts are for the contract that checks them.
        address place = _address("", ".taskManager");
        vm.etch(place, address(new ReceiptsBook()).code);
        _book = ReceiptsBook(place);
        _book.setAggregators(vm.parseJsonAddressArray(_json, ".aggregators"));
    }

    function test_receipts() external view {
        bytes32 leaf = _hash("", ".leaf");
        assertEq(_book.digestOf(leaf), _hash("", ".digest"), "digest");
        uint256 count = 0;
        for (; _has(_case(count)); ++count) {
            string memory path = _case(count);
            bool enough = _book.areEnough(_bytes(path, ".packed"), leaf, _uint(path, ".needed"));
            assertEq(enough ? 1 : 0, _uint(path, ".enough"), _string(path, ".name"));
        }
        assertEq(count, 15, "cases");
    }
}
