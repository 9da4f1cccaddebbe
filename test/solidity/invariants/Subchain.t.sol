// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ILearningSubchain} from "../../../contracts/interfaces/ILearningSubchain.sol";
import {AoITotals, AoIWork} from "../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {IAoIMeter} from "../../../contracts/mechanisms/aoi-contract/IAoIMeter.sol";
import {Draws} from "../../../contracts/types/Draws.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {CommitsReport, MessageKind, RoundReport, SettlementReport, TaskStatus} from "../../../contracts/types/Messages.sol";
import {Sampling, Space, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {MockGateway} from "../MockGateway.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {Test} from "../Test.sol";
import {SubchainFixture} from "../subchain/SubchainFixture.sol";

/// @title Workers, the relay and the clock of a physical subchain, at random
/// @notice Calls that the subchain refuses change nothing and are let pass.
contract SubchainHandler is SubchainFixture {
    uint256 public constant ENROLLED = 5;

    /// @dev A report's totals were not the sums over the workers when it was sent.
    bool public misreported;
    /// @dev Somebody committed in a round that it was not drawn for.
    bool public undrawn;
    mapping(uint16 round => uint256) public reports;
    mapping(uint16 round => uint256) public commitsReports;
    uint256 public settlements;
    /// @dev How often each action took effect.
    mapping(string action => uint256) public effects;

    uint256 private _time = START;
    uint256 private _block = 1_000;
    uint256 private _sent;

    modifier now_() {
        vm.chainId(PHYSICAL);
        vm.warp(_time);
        vm.roll(_block);
        _;
        _watch();
    }

    constructor(Sampling sampling, uint16 workersPerRound) {
        _deploy(Space.Physical);
        TaskTerms memory terms = _terms();
        (terms.sampling, terms.workersPerRound) = (sampling, workersPerRound);
        terms.rounds = 8;
        terms.quorumPpb = 400_000_000;
        _arrive(terms);
        _enrolMany(ENROLLED);
    }

    function freshnessOf(uint256 index) external view returns (IAoIMeter.Freshness memory) {
        return _freshness(index);
    }

    function subchain() external view returns (ILearningSubchain) {
        return _subchain;
    }

    function task() external pure returns (TaskId) {
        return TASK;
    }

    function worker(uint256 index) external pure returns (address) {
        return _worker(index);
    }

    function refresh(uint256 seed) external now_ {
        ILearningSubchain.Anchor memory anchor = _anchor();
        bytes32 digest = bytes32(1 + (seed % 40));
        vm.prank(_worker(draw(seed, 1) % (ENROLLED + 1)));
        if (_try(abi.encodeCall(ILearningSubchain.refresh, (TASK, digest, 5, anchor)))) ++effects["refresh"];
    }

    function commit(uint256 seed) external now_ {
        uint256 who = seed % (ENROLLED + 1);
        uint16 round = _subchain.taskOf(TASK).round;
        bytes32 commitment = _commitment(who, round);
        vm.prank(_worker(who));
        if (!_try(abi.encodeCall(ILearningSubchain.commit, (TASK, round, commitment)))) return;
        ++effects["commit"];
        ILearningSubchain.Task memory state = _subchain.taskOf(TASK);
        uint256 drawn = state.workersPerRound;
        if (drawn == 0) return;
        bytes32 beacon = _subchain.beaconOf(TASK).value;
        if (beacon == 0 || !Draws.isDrawn(state.sampling, beacon, round, who, ENROLLED, drawn)) undrawn = true;
    }

    function drawBeacon() external now_ {
        if (!_try(abi.encodeCall(ILearningSubchain.drawBeacon, (TASK)))) return;
        ++effects[_subchain.beaconOf(TASK).value == 0 ? "nameBlock" : "drawBeacon"];
    }

    function reveal(uint256 seed) external now_ {
        uint256 who = seed % (ENROLLED + 1);
        uint16 round = _subchain.taskOf(TASK).round;
        uint32 samples = draw(seed, 1) % 8 == 0 ? 101 : 100;
        bytes32 update = _update(who, round);
        ILearningSubchain.Opening memory opening = ILearningSubchain.Opening(update, samples, ENGINE, SALT);
        vm.prank(_worker(who));
        if (_try(abi.encodeCall(ILearningSubchain.reveal, (TASK, round, opening, "", "")))) ++effects["reveal"];
    }

    function closeCommits() external now_ {
        if (_try(abi.encodeCall(ILearningSubchain.closeCommits, (TASK)))) ++effects["closeCommits"];
    }

    /// @dev The relay chain says so when every subchain has closed its commits.
    function openReveals() external now_ {
        uint16 round = _subchain.taskOf(TASK).round;
        ILearningSubchain.Round memory open = _round(round);
        if (open.commitsClosedAt == 0) return;
        _openReveals(round);
        if (_round(round).revealsOpenedAt != open.revealsOpenedAt) ++effects["openReveals"];
    }

    function closeRound() external now_ {
        if (_try(abi.encodeCall(ILearningSubchain.closeRound, (TASK)))) ++effects["closeRound"];
    }

    function nextRound(uint256 seed) external now_ {
        uint16 round = _subchain.taskOf(TASK).round + 1;
        if (round == 8 || seed % 4 != 0) return;
        if (_subchain.taskOf(TASK).status == TaskStatus.Open) ++effects["nextRound"];
        _nextRound(round);
    }

    function end(uint256 seed) external now_ {
        if (seed % 40 != 0 || _subchain.taskOf(TASK).status != TaskStatus.Open) return;
        _end(TaskStatus.Completed);
        ++effects["end"];
    }

    function settle(uint256 seed) external now_ {
        // Often the next ones, at times others or too many.
        uint256 from = draw(seed, 1) % 6 == 0 ? seed % (ENROLLED + 1) : _subchain.taskOf(TASK).recorded;
        address[] memory workers = _workers(from, from + (draw(seed, 2) % 4));
        if (_try(abi.encodeCall(ILearningSubchain.settle, (TASK, workers)))) ++effects["settle"];
    }

    function wait(uint256 seed) external {
        _time += seed % 6 == 0 ? draw(seed, 1) % 90 : draw(seed, 1) % 6;
        _block += 1 + (seed % 3);
    }

    /// @dev Looks at what was sent since the last action.
    function _watch() private {
        for (; _sent < _gateway.count(); ++_sent) {
            MockGateway.Sent memory sent = _gateway.sentAt(_sent);
            if (sent.kind == uint8(MessageKind.CommitsClosed)) {
                ++commitsReports[abi.decode(sent.body, (CommitsReport)).round];
            } else if (sent.kind == uint8(MessageKind.RoundReported)) {
                RoundReport memory report = abi.decode(sent.body, (RoundReport));
                ++reports[report.round];
                // In the settlement's last pages the totals hold some workers' rest of the epoch.
                if (_subchain.taskOf(TASK).recorded > 0) continue;
                if (keccak256(report.totals) != keccak256(_sums(false))) misreported = true;
            } else {
                SettlementReport memory report = abi.decode(sent.body, (SettlementReport));
                ++settlements;
                if (keccak256(report.totals) != keccak256(_sums(true))) misreported = true;
                if (report.beacon != _subchain.beaconOf(TASK).value) misreported = true;
                if (report.workers != ENROLLED || report.recordsRoot != _recordsRoot()) misreported = true;
            }
        }
    }

    function _sums(bool whole) private view returns (bytes memory) {
        AoITotals memory sums;
        for (uint256 i = 0; i < ENROLLED; ++i) {
            IAoIMeter.Freshness memory freshness = _freshness(i);
            AoIWork memory work = whole
                ? _workOf(i)
                : AoIWork(freshness.item, freshness.coveredSeconds, freshness.ageSquares);
            sums.coveredSeconds += work.coveredSeconds;
            sums.ageSquares += work.ageSquares;
        }
        return abi.encode(sums);
    }

    function _recordsRoot() private view returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](ENROLLED);
        for (uint32 i = 0; i < ENROLLED; ++i) leaves[i] = Leaves.ofRecord(_record(i, abi.encode(_workOf(i))));
        return NaiveMerkle.root(leaves, 3);
    }

    function _try(bytes memory call) private returns (bool done) {
        (done, ) = address(_subchain).call(call);
    }
}

/// @dev Numbers are those of INVARIANTS.md.
contract SubchainInvariants is Test {
    uint256 private constant START = 1_800_000_100;
    uint256 private constant EPOCH = 300;

    SubchainHandler private _handler;

    function setUp() external {
        _handler = new SubchainHandler(_sampling(), _workersPerRound());
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev 10
    function invariant_noWorkerCoversMoreThanTheTimePassed() external view {
        for (uint256 i = 0; i < _handler.ENROLLED(); ++i) {
            IAoIMeter.Freshness memory freshness = _handler.freshnessOf(i);
            if (freshness.last == 0) {
                assertEq(freshness.coveredSeconds, 0, "nothing before the first refresh");
                continue;
            }
            uint256 passed = freshness.last - START;
            assertLe(passed, EPOCH - 1, "refreshes lie in the epoch");
            assertLe(freshness.coveredSeconds, passed, "covered");
            assertLe(freshness.ageSquares, passed * passed, "age squares");
        }
    }

    /// @dev 11
    function invariant_totalsAreTheSumsOverTheWorkers() external view {
        assertFalse(_handler.misreported(), "misreported");
    }

    /// @dev 12
    function invariant_aRoundRevealsAtMostWhatWasCommitted() external view {
        for (uint16 round = 0; round < 8; ++round) {
            ILearningSubchain.Round memory state = _handler.subchain().roundOf(_handler.task(), round);
            assertLe(state.revealed, state.committed, "revealed");
            uint32 drawn = _workersPerRound();
            assertLe(state.committed, drawn == 0 ? _handler.ENROLLED() : drawn, "committed");
        }
    }

    /// @dev 16
    function invariant_whoCommitsIsDrawn() external view {
        assertFalse(_handler.undrawn(), "not drawn");
    }

    /// @dev 13
    function invariant_aRoundAndAnEpochAreReportedOnce() external view {
        for (uint16 round = 0; round < 8; ++round) {
            assertLe(_handler.reports(round), 1, "reports of a round");
            assertLe(_handler.commitsReports(round), 1, "reports of its commits");
        }
        assertLe(_handler.settlements(), 1, "settlements");
    }

    /// @dev 14
    function invariant_onlyTheLastRoundIsOpen() external view {
        uint16 last = _handler.subchain().taskOf(_handler.task()).round;
        for (uint16 round = 0; round < last; ++round) {
            assertTrue(_handler.subchain().roundOf(_handler.task(), round).closed, "closed");
        }
    }

    /// @dev The invariants would hold of a handler whose every call is refused; this one's take effect.
    function test_theHandlerReachesEveryAction() external {
        bytes4[11] memory actions = [_handler.drawBeacon.selector, _handler.refresh.selector, _handler.commit.selector, _handler.reveal.selector, _handler.closeCommits.selector, _handler.openReveals.selector, _handler.closeRound.selector, _handler.nextRound.selector, _handler.end.selector, _handler.settle.selector, _handler.wait.selector];
        SubchainHandler[4] memory handlers;
        for (uint256 run = 0; run < 4; ++run) {
            // Each until its task ends, sooner or later.
            handlers[run] = new SubchainHandler(_sampling(), _workersPerRound());
            for (uint256 i = 0; i < 400; ++i) {
                bytes4 action = actions[draw(2 * run + 1, i) % 11];
                (bool done, ) = address(handlers[run]).call(
                    abi.encodeWithSelector(action, draw(2 * run + 2, i))
                );
                assertTrue(done, "no action reverts");
            }
        }
        string[9] memory effects = ["refresh", "commit", "reveal", "closeCommits", "openReveals", "closeRound", "nextRound", "end", "settle"];
        for (uint256 i = 0; i < 9; ++i) assertTrue(_effects(handlers, effects[i]) > 0, effects[i]);
        bool drawn = _workersPerRound() != 0;
        assertTrue((_effects(handlers, "nameBlock") > 0) == drawn, "nameBlock");
        assertTrue((_effects(handlers, "drawBeacon") > 0) == drawn, "drawBeacon");
    }

    function _effects(SubchainHandler[4] memory handlers, string memory action) private view returns (uint256 sum) {
        for (uint256 run = 0; run < 4; ++run) sum += handlers[run].effects(action);
    }

    /// @dev All take part in each round.
    function _workersPerRound() internal pure virtual returns (uint16) {
        return 0;
    }

    function _sampling() internal pure virtual returns (Sampling) {
        return Sampling.Uniform;
    }
}

/// @dev The same where three of the five are drawn for each round.
contract DrawnSubchainInvariants is SubchainInvariants {
    function _workersPerRound() internal pure override returns (uint16) {
        return 3;
    }
}

/// @dev The same where they take turns.
contract FreshSubchainInvariants is DrawnSubchainInvariants {
    function _sampling() internal pure override returns (Sampling) {
        return Sampling.Freshness;
    }
}
