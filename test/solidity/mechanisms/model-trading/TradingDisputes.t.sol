// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ILearningSubchain} from "../../../../contracts/interfaces/ILearningSubchain.sol";
import {IMeter} from "../../../../contracts/interfaces/IMeter.sol";
import {ITradingMeter} from "../../../../contracts/mechanisms/model-trading/ITradingMeter.sol";
import {TradingMechanism} from "../../../../contracts/mechanisms/model-trading/TradingMechanism.sol";
import {TradingMeter} from "../../../../contracts/mechanisms/model-trading/TradingMeter.sol";
import {TradingTerms} from "../../../../contracts/mechanisms/model-trading/TradingTypes.sol";
import {MessageKind, TaskOpened} from "../../../../contracts/types/Messages.sol";
import {Space, TaskTerms} from "../../../../contracts/types/TaskTypes.sol";
import {SubchainFixture} from "../../subchain/SubchainFixture.sol";
import {TradingFixture} from "./TradingFixture.sol";

/// @dev Why there is no call to dispute a sale (docs/mechanisms/model-trading.md, "Disputes"): on a subchain as it is, one
/// worker in one round, whose commit is of second 12 after the round's opening.
contract TradingDisputesTest is SubchainFixture {
    uint64 private constant START_MS = uint64(START) * 1000;
    uint48 private constant COMMITTED = START + 12;

    TradingMeter private _sales;

    function setUp() external {
        _deploy(Space.Physical);
        _sales = new TradingMeter();
        _subchain.addMeter(_sales);
        TaskTerms memory terms = _terms();
        terms.mechanism = TradingMechanism.ID;
        _inject(MessageKind.TaskOpened, abi.encode(TaskOpened(TASK, terms, abi.encode(_trade()))));
        bytes memory choice = TradingFixture.choice(_trade().offers, 0);
        vm.prank(_worker(0));
        _subchain.enrol(TASK, choice);
        vm.warp(COMMITTED);
        _commit(0, 0);
        vm.warp(START + TO_REVEALS);
    }

    function test_twoTimesOfOneSale() external {
        (bytes memory early, bytes memory late) = (_signed(0, 4_000), _signed(0, 9_000));
        _show(early);
        assertEq(_delay(), 4_000, "as the worker reveals it");
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.NothingToReveal.selector, TASK, 0, _worker(0)));
        this.show(late);
        assertEq(_delay(), 4_000, "once");
        assertEq(_sales.salesOf(address(_subchain), TASK, _worker(0)).sales, 1, "a sale");
    }

    /// @dev Whatever its cosigner signs, in whatever number: a sale is no younger than the slack and no sale is older than the
    /// blocks have it, unless the worker wants it to be.
    function testFuzz_anySignatures(uint64[4] memory begun, uint64[4] memory received) external {
        uint256 youngest = 13_000;
        bytes memory best = "";
        for (uint256 i = 0; i < 4; ++i) {
            (begun[i], received[i]) = (begun[i] % 20_000, received[i] % 20_000);
            bytes memory shown = _signed(begun[i], received[i]);
            bool within = begun[i] <= 5_000 && begun[i] <= received[i] && received[i] <= 14_000;
            if (!within) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        ITradingMeter.SaleOutsideRound.selector,
                        TASK,
                        _worker(0),
                        START_MS + begun[i],
                        START_MS + received[i]
                    )
                );
                this.show(shown);
            } else if (received[i] - begun[i] < youngest) {
                (youngest, best) = (received[i] - begun[i], shown);
            }
        }
        _show(best);
        assertEq(_delay(), youngest, "the best that was signed within the round's blocks, or the blocks' times");
    }

    /// @dev A worker that was started again has a new salt: its publisher signs that too, and the chain knows which counts.
    function test_twoCommitmentsOfOneRound() external {
        bytes32 other = keccak256("another salt");
        vm.warp(COMMITTED);
        vm.prank(_worker(0));
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.AlreadyCommitted.selector, TASK, 0, _worker(0)));
        _subchain.commit(TASK, 0, other);
        vm.warp(START + TO_REVEALS);
        bytes memory evidence = TradingFixture.evidence(
            _revealed(0, 0),
            other,
            START_MS,
            START_MS + 1_000,
            address(_subchain),
            TradingFixture.COSIGNER_KEY
        );
        vm.expectRevert(abi.encodeWithSelector(IMeter.InvalidEvidence.selector, TASK, _worker(0)));
        this.show(evidence);
        _show(_signed(0, 4_000));
        assertEq(_delay(), 4_000, "the one that was committed to");
    }

    /// @dev From the reveal on nothing that is signed counts: who signs late, or says that it did not, moves nothing.
    function testFuzz_aSignatureAfterTheReveal(uint64 received) external {
        received %= 13_001;
        bytes memory late = _signed(0, received);
        _show("");
        vm.expectRevert(abi.encodeWithSelector(ILearningSubchain.NothingToReveal.selector, TASK, 0, _worker(0)));
        this.show(late);
        assertEq(_delay(), 13_000, "the blocks' times");
        uint256 coarse = 13_000 - received;
        assertLe(_delay(), uint256(received) + coarse, "what the worker lost is what passed until the commit's second was over");
    }

    function test_aForgedSignature() external {
        bytes memory forged = TradingFixture.evidence(
            _revealed(0, 0),
            _commitment(0, 0),
            START_MS,
            START_MS + 4_000,
            address(_subchain),
            TradingFixture.COSIGNER_KEY + 1
        );
        vm.expectRevert(abi.encodeWithSelector(IMeter.InvalidEvidence.selector, TASK, _worker(0)));
        this.show(forged);
        _show("");
        assertEq(_delay(), 13_000, "by the blocks' times");
    }

    function show(bytes memory evidence) external {
        _show(evidence);
    }

    function _show(bytes memory evidence) private {
        vm.prank(_worker(0));
        _subchain.reveal(TASK, 0, _opening(0, 0), evidence, "");
    }

    function _delay() private view returns (uint256) {
        return _sales.salesOf(address(_subchain), TASK, _worker(0)).firstDelayMs;
    }

    /// @dev Times are ms after the round's opening.
    function _signed(uint64 begun, uint64 received) private view returns (bytes memory) {
        return
            TradingFixture.evidence(
                _revealed(0, 0),
                _commitment(0, 0),
                START_MS + begun,
                START_MS + received,
                address(_subchain),
                TradingFixture.COSIGNER_KEY
            );
    }

    function _trade() private pure returns (TradingTerms memory) {
        address[] memory sellers = new address[](1);
        sellers[0] = _worker(0);
        return TradingFixture.terms(sellers, 3e18);
    }
}
