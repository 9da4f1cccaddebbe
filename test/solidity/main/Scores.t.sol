// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IncrementalMerkle} from "../../../contracts/gateway/IncrementalMerkle.sol";
import {ITaskManager} from "../../../contracts/interfaces/ITaskManager.sol";
import {Leaves} from "../../../contracts/types/Leaves.sol";
import {ScoreRecord, TaskId, TaskTerms} from "../../../contracts/types/TaskTypes.sol";
import {NaiveMerkle} from "../NaiveMerkle.sol";
import {WitnessedMechanism} from "../mechanisms/dummy/WitnessedMechanism.sol";
import {WitnessedPolicy} from "../mechanisms/dummy/WitnessedPolicy.sol";
import {TaskManagerFixture} from "./TaskManagerFixture.sol";

/// @dev A task of a mechanism that pays by score: 100 wei a witnessed reveal at the full score, of which every worker
/// of the virtual subchain has three.
contract ScoresTest is TaskManagerFixture {
    uint96 private constant RATE = 100;

    Done[] private _workers;

    function setUp() external {
        _deploy();
        _manager.addPolicy(new WitnessedPolicy());
        _publishScored();
    }

    function test_claim_PaysByScore() external {
        ScoreRecord[] memory scores = _scores(5);
        _endWith(scores);
        for (uint32 i = 0; i < 5; ++i) {
            uint256 pay = _payOf(i);
            vm.prank(account("anyone"));
            assertEq(_claimWith(i, _proof(scores, i)), pay, "amount");
            assertEq(_token.balanceOf(_workers[i].record.worker), pay, "balance");
        }
    }

    /// @dev Records may lie under the root in any order.
    function test_claim_WithAScoreAtAnotherPlaceThanTheWorkers() external {
        ScoreRecord[] memory scores = _scores(5);
        (scores[0], scores[3]) = (scores[3], scores[0]);
        _endWith(scores);
        assertEq(_claimWith(0, _proof(scores, 3)), _payOf(0), "amount");
    }

    function test_claim_WithTheOnlyScoreNeedsNoBranch() external {
        ScoreRecord[] memory scores = _scores(1);
        _endWith(scores);
        assertEq(_claimWith(0, ITaskManager.Score(scores[0].score, 0, new bytes32[](0))), 150, "amount");
    }

    function test_claim_CountsTheLatestScores() external {
        ScoreRecord[] memory first = _scores(5);
        ScoreRecord[] memory second = _scores(5);
        second[2].score = abi.encode(uint16(10_000));
        _finalizeWith(0, first);
        _finalizeWith(1, second);
        _finalizeWith(2, new ScoreRecord[](0));
        _settleAll();
        _isInvalid(2, _proof(first, 2));
        assertEq(_claimWith(2, _proof(second, 2)), 300, "amount");
    }

    function test_RevertWhen_ThePositionIsAnother() external {
        ScoreRecord[] memory scores = _scores(5);
        _endWith(scores);
        for (uint32 position = 0; position < 8; ++position) {
            ITaskManager.Score memory score = _proof(scores, 1);
            if (position == score.position) continue;
            score.position = position;
            _isInvalid(1, score);
        }
    }

    function test_RevertWhen_TheScoreOrItsBranchIsAnother() external {
        ScoreRecord[] memory scores = _scores(5);
        _endWith(scores);
        ITaskManager.Score memory score = _proof(scores, 1);
        score.value = abi.encode(uint16(10_000));
        _isInvalid(1, score);
        score.value = bytes.concat(scores[1].score, hex"00");
        _isInvalid(1, score);
        // Another worker's, with its own proof.
        _isInvalid(1, _proof(scores, 4));
        score = _proof(scores, 1);
        score.branch = _proof(scores, 2).branch;
        _isInvalid(1, score);
        score.branch = new bytes32[](0);
        _isInvalid(1, score);
        score.branch = new bytes32[](4);
        for (uint256 i = 0; i < 3; ++i) score.branch[i] = _proof(scores, 1).branch[i];
        _isInvalid(1, score);
    }

    /// @dev The very same root stands for both tasks; each record names its own.
    function test_RevertWhen_TheScoreIsOfAnotherTaskOrChain() external {
        TaskId other = _publishScored();
        ScoreRecord[] memory scores = _scores(5);
        scores[1].task = other;
        scores[2].chainId = PHYSICAL;
        scores[3].index = 4;
        _endWith(scores);
        for (uint32 i = 1; i < 4; ++i) _isInvalid(i, _proof(scores, i));
        assertEq(_claimWith(0, _proof(scores, 0)), _payOf(0), "its own");
    }

    function test_RevertWhen_NothingWasAttested() external {
        _endWith(new ScoreRecord[](0));
        ScoreRecord[] memory scores = _scores(5);
        _isInvalid(1, _proof(scores, 1));
        // Nor does a leaf of the making of who claims become a root of zero.
        _isInvalid(1, ITaskManager.Score(hex"00", 0, new bytes32[](0)));
    }

    /// @dev What nobody attested for the worker, it cannot have; it gets the least.
    function test_claim_WithoutAScoreByTheWorker() external {
        _endWith(_scores(5));
        vm.prank(_workers[1].record.worker);
        assertEq(_claimWith(1, _noScore()), 0, "amount");
        assertTrue(_manager.isClaimed(TASK, VIRTUAL, 1), "claimed");
    }

    /// @dev Else the publisher, say, could claim for every worker and leave its score out.
    function test_RevertWhen_SomebodyElseClaimsWithoutAScore() external {
        _endWith(_scores(5));
        address[3] memory others = [account("anyone"), PUBLISHER, _workers[2].record.worker];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            _isInvalid(1, _noScore());
        }
        // Nor with a branch that leads to the root for it.
        ITaskManager.Score memory score = _proof(_scores(5), 1);
        score.value = "";
        _isInvalid(1, score);
        assertFalse(_manager.isClaimed(TASK, VIRTUAL, 1), "not claimed");
    }

    function test_claim_WithoutAScoreByAnybodyWhereNoneWasAttested() external {
        _endWith(new ScoreRecord[](0));
        vm.prank(account("anyone"));
        assertEq(_claimWith(1, _noScore()), 0, "amount");
        assertTrue(_manager.isClaimed(TASK, VIRTUAL, 1), "claimed");
    }

    /// @dev Random trees and lengths of scores: the policy gets the bytes that were attested, and no others pass.
    function testFuzz_claim_WithAnyScore(uint256 seed, uint16 bps, uint32 count, uint256 flip) external {
        count = uint32(bound(count, 1, 12));
        uint32 place = uint32(seed % count);
        ScoreRecord[] memory scores = new ScoreRecord[](count);
        for (uint32 i = 0; i < count; ++i) {
            scores[i] = ScoreRecord(VIRTUAL, TASK, 100 + i, abi.encodePacked(draw(seed, i), draw(seed, i)));
        }
        scores[place] = ScoreRecord(VIRTUAL, TASK, 3, abi.encode(bps));
        _endWith(scores);
        ITaskManager.Score memory score = _proof(scores, place);
        bytes memory changed = abi.encode(bps);
        changed[flip % 32] ^= bytes1(uint8(1 + ((flip >> 8) % 255)));
        _isInvalid(3, ITaskManager.Score(changed, score.position, score.branch));
        uint256 pay = (300 * (bps > 10_000 ? 10_000 : uint256(bps))) / 10_000;
        assertEq(_claimWith(3, score), pay, "amount");
    }

    function _publishScored() private returns (TaskId) {
        TaskTerms memory terms = _terms();
        terms.mechanism = WitnessedMechanism.ID;
        vm.prank(PUBLISHER);
        return _manager.publish{value: FEE}(terms, abi.encode(RATE), _token, uint256(RATE) * 3 * WORKERS * 2);
    }

    /// @dev Completes the first task, with these scores attested in the last round, and settles its virtual subchain.
    function _endWith(ScoreRecord[] memory scores) private {
        for (uint16 round = 0; round < 3; ++round) {
            _finalizeWith(round, round == 2 ? scores : new ScoreRecord[](0));
        }
        _settleAll();
    }

    function _finalizeWith(uint16 round, ScoreRecord[] memory scores) private {
        _reportBoth(round, 256);
        ITaskManager.Aggregate memory aggregate = _aggregate(7, 0);
        if (scores.length > 0) {
            bytes32 root = NaiveMerkle.root(_scoreLeaves(scores), IncrementalMerkle.depthOf(scores.length));
            aggregate.scores = ITaskManager.Scores(root, keccak256("file"));
        }
        _finalize(round, aggregate);
    }

    function _settleAll() private {
        Done[] memory done = _done(VIRTUAL, 5, 0);
        for (uint256 i = 0; i < 5; ++i) {
            _setWork(done[i], abi.encode(uint32(3)));
            _workers.push(done[i]);
        }
        _settle(done, VIRTUAL);
    }

    function _claimWith(uint32 index, ITaskManager.Score memory score) private returns (uint256) {
        Done[] memory done = _workers;
        return _manager.claim(done[index].record, _branch(done, index), done[index].work, score);
    }

    function _isInvalid(uint32 index, ITaskManager.Score memory score) private {
        vm.expectRevert(abi.encodeWithSelector(ITaskManager.InvalidScore.selector, TASK, VIRTUAL, index));
        _claimWith(index, score);
    }

    function _scores(uint32 count) private pure returns (ScoreRecord[] memory scores) {
        scores = new ScoreRecord[](count);
        for (uint32 i = 0; i < count; ++i) scores[i] = ScoreRecord(VIRTUAL, TASK, i, abi.encode(_bps(i)));
    }

    function _payOf(uint32 index) private pure returns (uint256) {
        return (3 * uint256(RATE) * _bps(index)) / 10_000;
    }

    function _bps(uint32 index) private pure returns (uint16) {
        return uint16(5_000 + 1_111 * index);
    }

    function _proof(ScoreRecord[] memory scores, uint32 place) private pure returns (ITaskManager.Score memory) {
        uint256 depth = IncrementalMerkle.depthOf(scores.length);
        return
            ITaskManager.Score(scores[place].score, place, NaiveMerkle.branch(_scoreLeaves(scores), depth, place));
    }

    function _scoreLeaves(ScoreRecord[] memory scores) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](scores.length);
        for (uint256 i = 0; i < scores.length; ++i) leaves[i] = Leaves.ofScore(scores[i]);
    }
}
