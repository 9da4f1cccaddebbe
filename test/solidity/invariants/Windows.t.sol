// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ILearningSubchain} from "../../../contracts/interfaces/ILearningSubchain.sol";
import {AoIMeter} from "../../../contracts/mechanisms/aoi-contract/AoIMeter.sol";
import {AoIChoice} from "../../../contracts/mechanisms/aoi-contract/AoITypes.sol";
import {CrossChainManager} from "../../../contracts/relay/CrossChainManager.sol";
import {LearningSubchain} from "../../../contracts/subchain/LearningSubchain.sol";
import {WorkerRegistry} from "../../../contracts/subchain/WorkerRegistry.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {MessageKind, RoundOpened, TaskOpened} from "../../../contracts/types/Messages.sol";
import {CLOCK_SKEW_SECONDS, RevealedUpdate, Space, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {MockGateway} from "../MockGateway.sol";
import {TaskFixture} from "../TaskFixture.sol";
import {Test} from "../Test.sol";

/// @title Makes a call and undoes it
contract Probe is Test {
    /// @dev Reverts with whether the call succeeds.
    function make(address target, address caller, bytes calldata call) external {
        vm.prank(caller);
        (bool done, ) = target.call(call);
        bytes memory answer = abi.encode(done);
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }
}

/// @title Two subchains and the relay chain between them: workers, whoever closes, and a relay that delivers in any order
/// @notice The physical subchain's clock is behind the virtual one's by as much as it may be. Calls that are refused
/// change nothing and are let pass.
contract WindowsHandler is TaskFixture {
    uint256 public constant ENROLLED = 3;
    uint16 public constant ROUNDS = 8;
    TaskId public constant TASK = TaskId.wrap(1);
    bytes32 private constant SALT = keccak256("salt");
    bytes32 private constant ENGINE = "strict/1 wasm 0.1.0";

    /// @dev Somebody could commit on one subchain after an update of the round was revealed on the other.
    bool public copyable;
    mapping(string action => uint256) public effects;

    uint64[2] private _chains = [VIRTUAL, PHYSICAL];
    mapping(uint64 chainId => LearningSubchain) private _subchains;
    mapping(uint64 chainId => MockGateway) private _gateways;
    CrossChainManager private _relay;
    Probe private immutable _probe = new Probe();
    mapping(uint64 chainId => mapping(uint16 round => bool)) private _hasRevealed;
    mapping(uint64 chainId => mapping(uint256 sent => bool)) private _delivered;
    uint48 private _time = START - 1;
    uint16 private _round;

    constructor() {
        _deployCommon(RELAY);
        _gateways[RELAY] = _gateway;
        _relay = new CrossChainManager(address(this), MAIN, _termsCheck);
        _relay.addPolicy(_policy);
        _relay.link(address(_gateway), _at(MAIN, MAIN_APP));
        AoIMeter meter = new AoIMeter();
        for (uint256 i = 0; i < 2; ++i) {
            Space space = i == 0 ? Space.Virtual : Space.Physical;
            uint64 chainId = _chains[i];
            vm.chainId(chainId);
            WorkerRegistry registry = new WorkerRegistry(address(this), space);
            LearningSubchain subchain = new LearningSubchain(address(this), RELAY, space, registry);
            _gateways[chainId] = new MockGateway();
            subchain.link(address(_gateways[chainId]), _at(RELAY, address(_relay)));
            subchain.addMeter(meter);
            for (uint256 j = 0; j < ENROLLED; ++j) registry.register(_worker(j), _worker(j));
            _subchains[chainId] = subchain;
            vm.chainId(RELAY);
            _relay.registerChain(chainId, space);
            _relay.link(address(_gateway), _at(chainId, address(subchain)));
        }
        TaskTerms memory terms = _terms();
        terms.rounds = ROUNDS;
        terms.quorumPpb = 500_000_000;
        _fromMain(MessageKind.TaskOpened, abi.encode(TaskOpened(TASK, terms, _mechanismTerms())));
        for (uint256 i = 0; i < 2; ++i) {
            assertTrue(_deliver(RELAY, i), "arrives");
            vm.chainId(_chains[i]);
            for (uint256 j = 0; j < ENROLLED; ++j) {
                vm.prank(_worker(j));
                _subchains[_chains[i]].enrol(TASK, abi.encode(AoIChoice(0)));
            }
        }
        _time = START;
    }

    function subchainOf(uint256 place) external view returns (LearningSubchain) {
        return _subchains[_chains[place]];
    }

    function commit(uint256 seed) external {
        uint64 chainId = _chains[seed % 2];
        uint16 round = _subchains[chainId].taskOf(TASK).round;
        if (!_commit(chainId, round, draw(seed, 1) % ENROLLED)) return;
        ++effects["commit"];
        if (_hasRevealed[_other(chainId)][round]) copyable = true;
    }

    function reveal(uint256 seed) external {
        uint64 chainId = _chains[seed % 2];
        uint256 who = draw(seed, 1) % ENROLLED;
        uint16 round = _subchains[chainId].taskOf(TASK).round;
        RevealedUpdate memory revealed = _update(chainId, round, who);
        ILearningSubchain.Opening memory opening = ILearningSubchain.Opening(revealed.update, 100, ENGINE, SALT);
        _turnTo(chainId);
        vm.prank(_worker(who));
        if (!_try(chainId, abi.encodeCall(ILearningSubchain.reveal, (TASK, round, opening, "", "")))) return;
        ++effects["reveal"];
        _hasRevealed[chainId][round] = true;
        if (_couldCommit(_other(chainId), round)) copyable = true;
    }

    function closeCommits(uint256 seed) external {
        _turnTo(_chains[seed % 2]);
        if (_try(_chains[seed % 2], abi.encodeCall(ILearningSubchain.closeCommits, (TASK)))) ++effects["closeCommits"];
    }

    function closeRound(uint256 seed) external {
        _turnTo(_chains[seed % 2]);
        if (_try(_chains[seed % 2], abi.encodeCall(ILearningSubchain.closeRound, (TASK)))) ++effects["closeRound"];
    }

    /// @dev One of the messages that are on their way, whatever came after it.
    function deliver(uint256 seed) external {
        uint64 from = seed % 2 == 0 ? RELAY : _chains[draw(seed, 1) % 2];
        uint256 sent = _gateways[from].count();
        for (uint256 i = 0; i < sent; ++i) {
            uint256 place = (draw(seed, 2) % sent + i) % sent;
            if (_delivered[from][place]) continue;
            if (_deliver(from, place)) ++effects["deliver"];
            return;
        }
    }

    /// @dev The main chain goes on, whatever the subchains have said.
    function nextRound(uint256 seed) external {
        if (seed % 20 != 0 || _round == ROUNDS - 1) return;
        RoundOpened memory opened = RoundOpened(TASK, ++_round, keccak256(abi.encode(_round)), _time);
        _fromMain(MessageKind.RoundOpened, abi.encode(opened));
        ++effects["nextRound"];
    }

    function wait(uint256 seed) external {
        _time += uint48(seed % 12 == 0 ? draw(seed, 1) % 60 : draw(seed, 1) % 3);
        // Often to where commits end on one clock and not on the other.
        if (seed % 16 != 1) return;
        uint48 end_ = _subchains[VIRTUAL].roundOf(TASK, _round).openedAt + COMMIT + uint48(draw(seed, 2) % 4);
        if (end_ > _time) _time = end_;
    }

    /// @dev Whether anyone can close a subchain's open round once all its times are over.
    function closesInTime(uint256 place) external returns (bool) {
        uint64 chainId = _chains[place % 2];
        uint16 round = _subchains[chainId].taskOf(TASK).round;
        ILearningSubchain.Round memory open = _subchains[chainId].roundOf(TASK, round);
        if (open.closed) return true;
        uint256 until = uint256(open.openedAt) + COMMIT + CLOCK_SKEW_SECONDS + REVEAL;
        vm.chainId(chainId);
        vm.warp(until > _timeOf(chainId) ? until : _timeOf(chainId));
        return _would(chainId, address(this), abi.encodeCall(ILearningSubchain.closeRound, (TASK)));
    }

    function _couldCommit(uint64 chainId, uint16 round) private returns (bool) {
        _turnTo(chainId);
        for (uint256 who = 0; who < ENROLLED; ++who) {
            bytes memory call = abi.encodeCall(ILearningSubchain.commit, (TASK, round, keccak256("a copy")));
            if (_would(chainId, _worker(who), call)) return true;
        }
        return false;
    }

    function _would(uint64 chainId, address caller, bytes memory call) private returns (bool) {
        try _probe.make(address(_subchains[chainId]), caller, call) {
            return false;
        } catch (bytes memory answer) {
            return abi.decode(answer, (bool));
        }
    }

    function _commit(uint64 chainId, uint16 round, uint256 who) private returns (bool) {
        bytes32 commitment = Leaves.ofCommit(address(_subchains[chainId]), _update(chainId, round, who), SALT);
        _turnTo(chainId);
        vm.prank(_worker(who));
        return _try(chainId, abi.encodeCall(ILearningSubchain.commit, (TASK, round, commitment)));
    }

    function _update(uint64 chainId, uint16 round, uint256 who) private view returns (RevealedUpdate memory) {
        bytes32 update = keccak256(abi.encode(chainId, round, who));
        uint32 index = _subchains[chainId].workerOf(TASK, _worker(who)).index;
        return RevealedUpdate(chainId, TASK, round, index, _worker(who), update, 100, ENGINE);
    }

    function _fromMain(MessageKind kind, bytes memory body) private {
        vm.chainId(RELAY);
        _gateways[RELAY].inject(address(_relay), MAIN, MAIN_APP, kind, body);
    }

    /// @return done Whether a message came for the first time and was taken.
    function _deliver(uint64 from, uint256 place) private returns (bool done) {
        MockGateway.Sent memory sent = _gateways[from].sentAt(place);
        uint64 to = uint64(sent.chainId);
        if (to == MAIN) {
            _delivered[from][place] = true;
            return false;
        }
        _turnTo(to);
        (done, ) = address(_gateways[to]).call(
            abi.encodeCall(
                MockGateway.inject,
                (sent.recipient, from, sent.sender, MessageKind(sent.kind), sent.body)
            )
        );
        _delivered[from][place] = done;
    }

    function _turnTo(uint64 chainId) private {
        vm.chainId(chainId);
        vm.warp(_timeOf(chainId));
    }

    function _timeOf(uint64 chainId) private view returns (uint48) {
        return chainId == PHYSICAL ? _time - CLOCK_SKEW_SECONDS : _time;
    }

    function _other(uint64 chainId) private pure returns (uint64) {
        return chainId == PHYSICAL ? VIRTUAL : PHYSICAL;
    }

    function _try(uint64 chainId, bytes memory call) private returns (bool done) {
        (done, ) = address(_subchains[chainId]).call(call);
    }
}

/// @dev Numbers are those of INVARIANTS.md.
contract WindowsInvariants is Test {
    WindowsHandler private _handler;

    function setUp() external {
        _handler = new WindowsHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev 22
    function invariant_whatIsRevealedCanBeCommittedToNowhere() external view {
        assertFalse(_handler.copyable(), "copyable");
    }

    /// @dev 23
    function invariant_anyoneCanCloseARoundOnceItsTimesAreOver() external {
        for (uint256 i = 0; i < 2; ++i) assertTrue(_handler.closesInTime(i), "closes");
    }

    /// @dev The invariants would hold of a handler whose every call is refused; this one's take effect.
    function test_theHandlerReachesEveryAction() external {
        bytes4[7] memory actions = [_handler.commit.selector, _handler.reveal.selector, _handler.closeCommits.selector, _handler.closeRound.selector, _handler.deliver.selector, _handler.nextRound.selector, _handler.wait.selector];
        bool early = false;
        bool byTime = false;
        for (uint256 i = 0; i < 1200; ++i) {
            (bool done, ) = address(_handler).call(abi.encodeWithSelector(actions[draw(3, i) % 7], draw(4, i)));
            assertTrue(done, "no action reverts");
            for (uint256 place = 0; place < 2; ++place) {
                ILearningSubchain subchain = _handler.subchainOf(place);
                uint16 round = subchain.taskOf(_handler.TASK()).round;
                ILearningSubchain.Round memory open = subchain.roundOf(_handler.TASK(), round);
                if (open.revealed > 0 && open.revealsOpenedAt != 0) early = true;
                if (open.revealed > 0 && open.revealsOpenedAt == 0) byTime = true;
            }
        }
        string[6] memory effects = ["commit", "reveal", "closeCommits", "closeRound", "deliver", "nextRound"];
        for (uint256 i = 0; i < 6; ++i) assertTrue(_handler.effects(effects[i]) > 0, effects[i]);
        assertFalse(_handler.copyable(), "copyable");
        assertTrue(early, "reveals began by message");
        assertTrue(byTime, "reveals began by time");
    }
}
