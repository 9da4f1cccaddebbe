// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {Test} from "../Test.sol";
import {TaskManagerFixture} from "../main/TaskManagerFixture.sol";

/// @title Five aggregators of whom three are enough and three are honest, at random
/// @notice The honest ones have derived a round's aggregate at some time after its reports, and act as the program does
/// whenever time passes. The other two do whatever they like.
contract RoundsHandler is TaskManagerFixture {
    uint256 private constant HONEST = 3;
    uint256 private constant ALL = 5;
    /// @dev Longest pause between two looks of an honest aggregator, seconds.
    uint256 private constant LOOK = 5;
    /// @dev So long after the last honest aggregator knew the aggregate its round must be final: an attempt that it came
    /// too late for, the second at the most, and the time for commitments of its own; and looks between.
    uint256 private constant MOST = 3 * REPORT + 5 * LOOK;

    /// @dev A round that was not final in its time.
    bool public overdue;
    /// @dev An aggregate was finalized that no honest aggregator derived.
    bool public wrong;
    /// @dev A commitment was opened by one who had copied it.
    bool public copied;
    mapping(string action => uint256) public effects;

    uint256 private _time = START + 50;
    uint256[HONEST] private _knownAt;
    /// @dev What each of the others last committed to.
    mapping(uint256 aggregator => ITaskManager.Aggregate) private _committed;

    modifier now_() {
        vm.chainId(MAIN);
        vm.warp(_time);
        _;
    }

    constructor() {
        _deploy();
        TaskTerms memory terms = _terms();
        terms.aggregators = new address[](ALL);
        for (uint256 i = 0; i < ALL; ++i) terms.aggregators[i] = _aggregator(i);
        (terms.attestations, terms.rounds, terms.targetScorePpb) = (3, 4_096, 0);
        terms.schedule.deadline = START + 366 days;
        _publish(terms);
        vm.warp(_time);
        _begin(1);
    }

    /// @dev Time passes, and the honest aggregators look in some order.
    function wait(uint256 seed) external {
        _time += 1 + (seed % LOOK);
        vm.chainId(MAIN);
        vm.warp(_time);
        uint16 round = _task().round;
        uint256 first = draw(seed, 1);
        for (uint256 i = 0; i < HONEST && _task().round == round; ++i) _look(round, (first + i) % HONEST);
        if (_task().round != round) {
            if (_task().globalModel != _right().globalModel) wrong = true;
            ++effects["finalize"];
            _begin(seed);
        } else if (_time > _allKnownAt() + MOST) {
            overdue = true;
        }
    }

    function commitGarbage(uint256 seed) external now_ {
        _commitAs(seed, _aggregate(draw(seed, 1) % 32, draw(seed, 2) % 32), "garbage");
    }

    /// @dev What they do with it is theirs: attest it, or not.
    function commitTheRightOne(uint256 seed) external now_ {
        _commitAs(seed, _right(), "right");
    }

    function copyACommitment(uint256 seed) external now_ {
        uint16 round = _task().round;
        bytes32 commitment = _committedBy(draw(seed, 1) % HONEST, round);
        vm.prank(_aggregator(_other(seed)));
        if (_try(abi.encodeCall(ITaskManager.commitAttestation, (TASK, round, commitment)))) ++effects["copy"];
    }

    function openACopy(uint256 seed) external now_ {
        uint16 round = _task().round;
        uint256 honest = draw(seed, 1) % HONEST;
        uint256 other = _other(seed);
        bytes32 theirs = _committedBy(other, round);
        if (theirs == _commitmentTo(_right(), other)) return;
        vm.prank(_aggregator(other));
        if (_try(abi.encodeCall(ITaskManager.attest, (TASK, round, _right(), _saltOf(honest))))) copied = true;
        ++effects["open a copy"];
    }

    function open(uint256 seed) external now_ {
        uint16 round = _task().round;
        uint256 other = _other(seed);
        vm.prank(_aggregator(other));
        if (!_try(abi.encodeCall(ITaskManager.attest, (TASK, round, _committed[other], _saltOf(other))))) return;
        ++effects["open"];
        if (_task().round == round) return;
        if (_task().globalModel != _right().globalModel) wrong = true;
        _begin(seed);
    }

    /// @dev As aggregators/Aggregator.ts does it.
    function _look(uint16 round, uint256 aggregator) private {
        if (_time < _knownAt[aggregator]) return;
        ITaskManager.Attempt memory attempt = _attemptOf(round);
        bool opened = attempt.opensAt != 0 && _time >= attempt.opensAt;
        uint256 failsAt = attempt.opensAt + (uint256(REPORT) << attempt.number);
        bool differed = attempt.number == 0 && attempt.attested == attempt.committed;
        bool over = opened && (differed || _time >= failsAt);
        bytes32 mine = _committedBy(aggregator, round);
        if (opened && mine != 0) {
            _attest(aggregator, round, _right());
        } else if (mine == 0 && (over || !opened)) {
            _commit(aggregator, round, _right());
            if (over) ++effects["again"];
        }
    }

    function _commitAs(uint256 seed, ITaskManager.Aggregate memory aggregate, string memory effect) private {
        uint256 other = _other(seed);
        bytes memory call = abi.encodeCall(
            ITaskManager.commitAttestation,
            (TASK, _task().round, _commitmentTo(aggregate, other))
        );
        vm.prank(_aggregator(other));
        if (!_try(call)) return;
        _committed[other] = aggregate;
        ++effects[effect];
    }

    /// @dev A round begins with the reports of both subchains.
    function _begin(uint256 seed) private {
        _reportBoth(_task().round, 5);
        for (uint256 i = 0; i < HONEST; ++i) _knownAt[i] = _time + (draw(seed, 10 + i) % (2 * REPORT));
    }

    function _allKnownAt() private view returns (uint256 time) {
        for (uint256 i = 0; i < HONEST; ++i) if (_knownAt[i] > time) time = _knownAt[i];
    }

    function _right() private pure returns (ITaskManager.Aggregate memory) {
        return _aggregate(7, 3);
    }

    function _other(uint256 seed) private pure returns (uint256) {
        return HONEST + (draw(seed, 99) % (ALL - HONEST));
    }

    function _try(bytes memory call) private returns (bool done) {
        (done, ) = address(_manager).call(call);
    }
}

/// @dev Numbers are those of INVARIANTS.md.
contract RoundsInvariants is Test {
    RoundsHandler private _handler;

    function setUp() external {
        _handler = new RoundsHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev 24
    function invariant_enoughHonestAggregatorsFinalizeARoundInTime() external view {
        assertFalse(_handler.overdue(), "overdue");
    }

    /// @dev 25
    function invariant_whatIsFinalizedWasDerived() external view {
        assertFalse(_handler.wrong(), "wrong");
        assertFalse(_handler.copied(), "copied");
    }

    /// @dev The invariants would hold of a handler whose every call is refused; this one's take effect.
    function test_theHandlerReachesEveryAction() external {
        bytes4[6] memory actions = [_handler.wait.selector, _handler.commitGarbage.selector, _handler.commitTheRightOne.selector, _handler.copyACommitment.selector, _handler.openACopy.selector, _handler.open.selector];
        for (uint256 i = 0; i < 1_200; ++i) {
            (bool done, ) = address(_handler).call(abi.encodeWithSelector(actions[draw(1, i) % 6], draw(2, i)));
            assertTrue(done, "no action reverts");
        }
        string[7] memory effects = ["finalize", "garbage", "right", "copy", "open a copy", "open", "again"];
        for (uint256 i = 0; i < 7; ++i) assertTrue(_handler.effects(effects[i]) > 0, effects[i]);
        assertFalse(_handler.overdue(), "overdue");
        assertFalse(_handler.wrong(), "wrong");
        assertFalse(_handler.copied(), "copied");
    }
}
