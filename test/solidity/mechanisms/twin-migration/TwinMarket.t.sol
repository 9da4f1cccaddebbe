// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {CrossChainApp} from "../../../../contracts/gateway/CrossChainApp.sol";
import {ITwinMarket} from "../../../../contracts/mechanisms/twin-migration/ITwinMarket.sol";
import {ITwinServers} from "../../../../contracts/mechanisms/twin-migration/ITwinServers.sol";
import {MigrationPay} from "../../../../contracts/mechanisms/twin-migration/MigrationPay.sol";
import {
    HandOver,
    LEAST_WHOLESALE,
    MigrationOutcome,
    MigrationStatus,
    MOST_KILOBYTES,
    MOST_WHOLESALE,
    ServerKind,
    Stamp
} from "../../../../contracts/mechanisms/twin-migration/MigrationTypes.sol";
import {TwinFixture} from "./TwinFixture.sol";

contract TwinMarketTest is TwinFixture {
    bytes32 private constant OTHER = keccak256("another state");

    function setUp() external {
        _deploy();
        _open();
    }

    function test_request() external {
        _place();
        uint32 epoch = _market.epochNow();
        vm.expectEmit(address(_market));
        emit ITwinMarket.MigrationRequested(
            2,
            VEHICLE,
            DESTINATION,
            SOURCE,
            epoch,
            KILOBYTES,
            THETA,
            uint64(PRICE),
            false
        );
        uint256 id = _request(DESTINATION);
        assertEq(_escrow.heldBy(address(_market), id), PRICE * WEI, "escrow");
        assertEq(_market.openOf(VEHICLE), id, "open");
        HandOver memory order = _market.orderOf(id);
        assertTrue(order.source == SOURCE && order.destination == DESTINATION, "parties");
        assertTrue(order.sourceChain == WEST && order.destinationChain == EAST, "chains");
    }

    function test_RevertWhen_ARequestCannotBe() external {
        uint32 epoch = _market.epochNow();
        _refuse(DESTINATION, epoch, 0, false, abi.encodeWithSelector(ITwinServers.InvalidValue.selector, "kilobytes"));
        bytes memory large = abi.encodeWithSelector(ITwinServers.InvalidValue.selector, "kilobytes");
        _refuse(DESTINATION, epoch, 1_000_000_001, false, large);
        _refuse(DESTINATION, epoch, 1, true, abi.encodeWithSelector(ITwinServers.InvalidValue.selector, "lost"));
        _refuseOffer(VEHICLE, epoch);
        _refuseOffer(DESTINATION, epoch + 1);
        _refuseOffer(DESTINATION, epoch - 1);
        _place();
        _refuseOffer(SOURCE, _market.epochNow());
        // A server is no vehicle of its own.
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.NotOffered.selector, DESTINATION, epoch));
        vm.prank(DESTINATION);
        _market.request(DESTINATION, epoch, 1, false);
        uint256 id = _request(DESTINATION);
        _refuse(DESTINATION, epoch, 1, false, abi.encodeWithSelector(ITwinMarket.MigrationOpen.selector, VEHICLE, id));
    }

    function test_cancel() external {
        uint256 id = _request(DESTINATION);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.NotOver.selector, id, NOW + 17));
        _market.cancel(id);
        vm.prank(VEHICLE);
        _market.cancel(id);
        _assertSettled(id, MigrationOutcome.Cancelled);
        assertEq(_collect(id, VEHICLE), PRICE, "refunded");
        assertEq(_market.openOf(VEHICLE), 0, "free");
        assertEq(_market.reputationOf(DESTINATION), 500_000, "nothing against the server");
        assertEq(_market.tallyOf(_market.epochNow()).rejected, 1, "rejected");
        id = _request(DESTINATION);
        vm.warp(NOW + 17);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.RequestOver.selector, id, NOW + 17));
        vm.prank(DESTINATION);
        _market.accept(id);
        _market.cancel(id);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.WrongStatus.selector, id, MigrationStatus.Settled));
        vm.prank(VEHICLE);
        _market.cancel(id);
    }

    function test_accept() external {
        uint256 id = _request(DESTINATION);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.NotYours.selector, id, SOURCE));
        vm.prank(SOURCE);
        _market.accept(id);
        _accept(id);
        assertEq(_escrow.heldBy(address(_market), _market.bondAccount(id)), PRICE * WEI, "a bond like the escrow");
        assertEq(_market.offerOf(DESTINATION, _market.epochNow()).taken, KILOBYTES, "taken");
        _refuseAccept(id, abi.encodeWithSelector(ITwinMarket.WrongStatus.selector, id, MigrationStatus.Accepted));
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.WrongStatus.selector, id, MigrationStatus.Accepted));
        vm.prank(VEHICLE);
        _market.cancel(id);
    }

    /// @dev A server may wait for the release of the twin, which comes as a message: in each second it can still accept, or
    /// anybody can have the vehicle paid back, and never both.
    function testFuzz_aRequestWaitsForMessages(uint256 seed, uint256 late) external {
        uint256 messages = bound(seed, 0, 6 hours);
        _deploy(messages);
        _open();
        uint256 id = _request(DESTINATION);
        uint256 until = NOW + 17 + messages;
        assertEq(_market.expiresAt(id), until, "until");
        uint256 time = bound(late, NOW, until + 7 days);
        if (late % 4 == 0) time = until - (late % 8 == 0 ? 1 : 0);
        vm.warp(time);
        if (time >= until) {
            _refuseAccept(id, abi.encodeWithSelector(ITwinMarket.RequestOver.selector, id, until));
            _market.cancel(id);
            _assertSettled(id, MigrationOutcome.Cancelled);
            assertEq(_collect(id, VEHICLE), PRICE, "refunded");
            _assertEmpty(id);
            return;
        }
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.NotOver.selector, id, until));
        _market.cancel(id);
        _accept(id);
        assertEq(_market.expiresAt(id), time + 17 + messages, "as long again");
    }

    function test_accept_inTheLastSecond() external {
        _deploy(48);
        _open();
        _place();
        uint256 id = _request(DESTINATION);
        vm.warp(block.timestamp + 17 + 48 - 1);
        _accept(id);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Accepted), "in the last second");
        vm.warp(block.timestamp + 17 + 48 - 1);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.NotOver.selector, id, block.timestamp + 1));
        _market.expire(id);
        _handOver(id, STATE);
        _complete(id, STATE, 0, 0, 1_000);
        _assertSettled(id, MigrationOutcome.Completed);
        _offer();
        id = _ask(SOURCE, KILOBYTES);
        vm.warp(_market.expiresAt(id));
        _refuseAccept(id, abi.encodeWithSelector(ITwinMarket.RequestOver.selector, id, block.timestamp));
    }

    /// @dev However long messages are said to take, its vehicle need not wait, and who is gone loses nothing to nobody.
    function test_aVehicleNeedNotWaitForItsServer() external {
        _deploy(6 hours);
        _open();
        uint256 id = _request(DESTINATION);
        vm.prank(VEHICLE);
        _market.cancel(id);
        assertEq(_collect(id, VEHICLE), PRICE, "at once");
        id = _request(DESTINATION);
        vm.warp(NOW + 17 + 6 hours);
        vm.prank(CLOUD);
        _market.cancel(id);
        assertEq(_collect(id, VEHICLE), PRICE, "by anybody's call");
    }

    /// @dev Who posts more than it has buys it, or fails; who accepts above what it posted cannot.
    function test_RevertWhen_AServerAcceptsAboveItsCapacity() external {
        uint256 id = _ask(DESTINATION, 1_990_001);
        _accept(id);
        _end(id);
        id = _ask(DESTINATION, 10_000);
        _refuseAccept(id, abi.encodeWithSelector(ITwinMarket.NoCapacity.selector, DESTINATION, 10_000, 9_999));
        vm.prank(VEHICLE);
        _market.cancel(id);
        id = _ask(DESTINATION, 9_999);
        _accept(id);
    }

    function test_RevertWhen_TheCloudHasNothingLeft() external {
        uint256 id = _ask(CLOUD, 9_999_999);
        _accept(id);
        _end(id);
        id = _ask(DESTINATION, 1_000_002);
        _refuseAccept(id, abi.encodeWithSelector(ITwinMarket.NoCapacity.selector, CLOUD, 2, 1));
        vm.prank(VEHICLE);
        _market.cancel(id);
        id = _ask(DESTINATION, 1_000_001);
        _accept(id);
        assertEq(_market.migrationOf(id).wholesale, 200, "w for 1 kB, rounded up");
    }

    /// @dev An edge pays its cloud for what it takes on above its own capacity, when it is paid itself.
    function test_wholesale() external {
        uint256 id = _ask(DESTINATION, 999_999);
        _accept(id);
        _end(id);
        id = _ask(DESTINATION, 50_000);
        _accept(id);
        // All but one kB of it, at 200,000 micro-$/MB.
        uint256 wholesale = 9_999_800;
        assertEq(_market.migrationOf(id).wholesale, wholesale, "wholesale");
        assertEq(_market.offerOf(CLOUD, _market.epochNow()).taken, 49_999, "of the cloud's capacity");
        uint256 escrow = 20_600_000;
        assertEq(_escrow.heldBy(address(_market), _market.bondAccount(id)), (escrow + wholesale) * WEI, "locked");
        _handOver(id, STATE);
        _complete(id, STATE, 0, 0, 1_000);
        assertEq(_market.owedTo(id, CLOUD), wholesale * WEI, "owed");
        assertEq(_collect(id, CLOUD), wholesale, "to the cloud");
        assertEq(_collect(id, DESTINATION), 2 * escrow, "price and bond");
        _assertEmpty(id);
    }

    function test_wholesaleGoesBackWhenItFailed() external {
        uint256 id = _ask(DESTINATION, 1_001_000);
        _accept(id);
        _end(id);
        assertEq(_market.owedTo(id, CLOUD), 0, "the cloud");
        uint256 escrow = 412_412_000;
        assertEq(_collect(id, DESTINATION), escrow - escrow / 10 + 200_000, "bond less a tenth, and wholesale");
        assertEq(_collect(id, VEHICLE), escrow + escrow / 10, "price and a tenth of the bond");
        _assertEmpty(id);
    }

    /// @dev Who requests of an edge of its own and fails at once has bought nothing of the cloud.
    function test_whatFailedOrExpiredTakesNothingOfTheCloud() external {
        address edge = vm.addr(uint256(keccak256("an edge with nothing of its own")));
        _equip(edge);
        _join(edge, ServerKind.Edge, EAST, CLOUD);
        uint32 epoch = _market.epochNow();
        vm.prank(edge);
        _market.postOffer(epoch, THETA, 0, 10_000_000, WHOLESALE);
        uint256 id = _ask(edge, 6_000_001);
        _accept(id);
        assertEq(_market.offerOf(CLOUD, epoch).taken, 6_000_001, "taken");
        _end(id);
        assertEq(_market.offerOf(CLOUD, epoch).taken, 0, "failed: the cloud sells it again");
        id = _ask(edge, 3_999_999);
        _accept(id);
        vm.warp(block.timestamp + 17);
        _market.expire(id);
        _assertSettled(id, MigrationOutcome.Expired);
        assertEq(_market.offerOf(CLOUD, epoch).taken, 0, "expired: the same");
        assertEq(_market.offerOf(edge, epoch).taken, 10_000_000, "the edge itself gets nothing back");
        // What the cloud is paid for it has sold.
        id = _ask(DESTINATION, 1_000_003);
        _accept(id);
        _handOver(id, STATE);
        _complete(id, STATE, 0, 0, 1_000);
        assertEq(_market.offerOf(CLOUD, epoch).taken, 3, "sold");
    }

    /// @dev Back to the kB, whatever was rounded.
    function testFuzz_whatWasBoughtIsGivenBackExactly(uint256 price, uint256 kilobytes) external pure {
        price = bound(price, LEAST_WHOLESALE, MOST_WHOLESALE);
        kilobytes = bound(kilobytes, 0, MOST_KILOBYTES);
        assertEq(MigrationPay.volumeOf(price, MigrationPay.priceOf(price, kilobytes)), kilobytes, "exactly");
    }

    function test_completedInTime() external {
        _place();
        uint256 id = _accepted();
        _handOver(id, STATE);
        _complete(id, STATE, 0, 1_000, 6_000);
        _assertSettled(id, MigrationOutcome.Completed);
        assertEq(_market.migrationOf(id).latencyMs, 6_000, "latency");
        assertEq(_market.owedTo(id, VEHICLE), 0, "vehicle");
        assertEq(_collect(id, DESTINATION), 2 * PRICE, "price and bond");
        _assertEmpty(id);
        ITwinMarket.Tally memory tally = _market.tallyOf(_market.epochNow());
        assertTrue(tally.attempts == 1 && tally.successes == 1, "a success; placing it was no attempt");
        (address host, uint256 by) = _market.hostOf(VEHICLE);
        assertTrue(host == DESTINATION && by == id, "host");
    }

    function test_completedLate() external {
        _place();
        uint256 id = _accepted();
        _complete(id, STATE, 0, 0, 6_001);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Attested), "waits for its hand-over");
        _handOver(id, STATE);
        _assertSettled(id, MigrationOutcome.Late);
        assertEq(_collect(id, DESTINATION), 2 * PRICE - PRICE / 10, "90 % and bond");
        assertEq(_collect(id, VEHICLE), PRICE / 10, "a tenth");
        _assertEmpty(id);
        (, uint256 bad) = _market.countsOf(DESTINATION);
        assertEq(bad, 1_000_000, "against it");
        ITwinMarket.Tally memory tally = _market.tallyOf(_market.epochNow());
        assertTrue(tally.attempts == 1 && tally.successes == 0, "no success");
    }

    function test_completedWithoutAHandOverIsPaidAsSigned() external {
        _place();
        uint256 id = _accepted();
        _complete(id, STATE, 0, 0, 2_000);
        uint256 until = block.timestamp + 100;
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.NotOver.selector, id, until));
        _market.expire(id);
        vm.warp(until);
        _market.expire(id);
        _assertSettled(id, MigrationOutcome.Completed);
        (address host, ) = _market.hostOf(VEHICLE);
        assertEq(host, SOURCE, "where it is, only a hand-over says");
    }

    /// @dev The vehicle and any server are enough.
    function test_twoSignaturesAreEnough() external {
        _place();
        for (uint256 i = 0; i < 2; ++i) {
            uint256 id = _request(i == 0 ? DESTINATION : SOURCE);
            _accept(id);
            _handOver(id, STATE);
            uint64 start = _startOf(id, 0);
            uint64[3] memory ends = [start + 3_000, 0, start + 3_500];
            if (i == 1) ends = [start + 3_000, start + 3_500, 0];
            _completeWith(id, STATE, start, ends);
            assertEq(_market.migrationOf(id).latencyMs, 3_500, "of two the later");
            if (i == 0) continue;
            assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Attested), "the destination has 100 s to sign too");
            vm.warp(block.timestamp + 100);
            _market.expire(id);
            _assertSettled(id, MigrationOutcome.Completed);
        }
    }

    /// @dev An old host that has the vehicle's stamp and leaves out the new one's cannot choose which stamps count.
    function test_anOldHostAloneMakesNobodyLate() external {
        _place();
        for (uint256 i = 0; i < 2; ++i) {
            uint256 id = _request(i == 0 ? DESTINATION : SOURCE);
            _accept(id);
            // The hand-over is there before its stamp and the vehicle's, or comes after.
            if (i == 0) _handOver(id, STATE);
            uint64 start = _startOf(id, 0);
            _completeWith(id, STATE, start, [start + 5_500, start + 6_400, 0]);
            if (i == 1) _handOver(id, STATE);
            assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Attested), "waits for the destination's stamp");
            assertEq(_market.openOf(VEHICLE), 0, "the vehicle drives on");
            uint64[3] memory ends = [start + 5_500, 0, start + 5_400];
            if (i == 1) ends = [start + 5_500, start + 6_400, start + 5_400];
            _completeWith(id, STATE, start, ends);
            _assertSettled(id, MigrationOutcome.Completed);
            assertEq(_market.migrationOf(id).latencyMs, 5_500, "as vehicle and destination say");
        }
    }

    /// @dev Only the destination's stamp reopens it, once, and only one that agrees: nobody holds a bond longer by others.
    function test_RevertWhen_ACompletionThatStandsIsReplaced() external {
        _place();
        uint256 id = _accepted();
        uint64 start = _startOf(id, 0);
        uint64[3] memory byOldHost = [start + 5_500, start + 6_400, 0];
        _completeWith(id, STATE, start, byOldHost);
        Stamp[3] memory stamps = _stamps(id, STATE, start, byOldHost);
        bytes memory attested = abi.encodeWithSelector(
            ITwinMarket.WrongStatus.selector,
            id,
            MigrationStatus.Attested
        );
        vm.expectRevert(attested);
        _market.complete(id, STATE, start, stamps);
        stamps = _stamps(id, STATE, start, [start + 5_500, 0, start + 4_400]);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.StampsApart.selector, id, 1_100));
        _market.complete(id, STATE, start, stamps);
        _completeWith(id, STATE, start, [start + 5_500, 0, start + 5_000]);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Attested), "waits for its hand-over");
        stamps = _stamps(id, STATE, start, [start + 5_500, 0, start + 5_000]);
        vm.expectRevert(attested);
        _market.complete(id, STATE, start, stamps);
        stamps = _stamps(id, OTHER, start, byOldHost);
        vm.expectRevert(attested);
        _market.complete(id, OTHER, start, stamps);
    }

    function test_RevertWhen_SignaturesAreMissing() external {
        _place();
        uint256 id = _accepted();
        uint64 start = _startOf(id, 0);
        vm.warp(block.timestamp + 5);
        uint64 end = start + 2_000;
        _refuseCompletion(id, start, [uint64(0), end, end], VEHICLE);
        _refuseCompletion(id, start, [end, uint64(0), 0], DESTINATION);
        // Somebody else's, or of another time than it says.
        Stamp[3] memory stamps = _stamps(id, STATE, start, [end, 0, end]);
        stamps[0].endMs -= 1;
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.MissingSignature.selector, id, VEHICLE));
        _market.complete(id, STATE, start, stamps);
        stamps = _stamps(id, STATE, start, [end, 0, end]);
        stamps[1] = stamps[2];
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.MissingSignature.selector, id, SOURCE));
        _market.complete(id, STATE, start, stamps);
        // Of another state, or another start.
        stamps = _stamps(id, STATE, start, [end, 0, end]);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.MissingSignature.selector, id, VEHICLE));
        _market.complete(id, OTHER, start, stamps);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.MissingSignature.selector, id, VEHICLE));
        _market.complete(id, STATE, start + 1, stamps);
        vm.expectRevert(abi.encodeWithSelector(ITwinServers.InvalidValue.selector, "stateHash"));
        _market.complete(id, 0, start, stamps);
    }

    /// @dev Without an old host nobody can sign for it: the zero address recovers from no signature that counts.
    function test_RevertWhen_AnOldHostThatThereIsNotSigns() external {
        uint256 id = _request(SOURCE);
        _accept(id);
        uint64 start = _startOf(id, 0);
        Stamp[3] memory stamps = _stamps(id, STATE, start, [start, 0, start]);
        stamps[1] = Stamp(start, bytes32(uint256(1)), bytes32(uint256(1)));
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.MissingSignature.selector, id, address(0)));
        _market.complete(id, STATE, start, stamps);
    }

    function test_RevertWhen_TimesCannotBe() external {
        uint256 id = _request(SOURCE);
        _accept(id);
        uint64 accepted = _startOf(id, 0);
        _refuseTimes(id, accepted - 2_001, accepted, accepted);
        _refuseTimes(id, accepted, accepted - 1, accepted - 1);
        _refuseTimes(id, accepted, accepted + 2_001, accepted + 2_001);
        _completeWith(id, STATE, accepted - 2_000, [accepted + 2_000, 0, accepted + 2_000]);
        assertEq(_market.migrationOf(id).latencyMs, 4_000, "clocks may be 2 s apart");
    }

    /// @dev The median of three holds against any one of them.
    function testFuzz_oneLiarDoesNotMoveTheMedianOfThree(uint256 liar, uint64 lie) external {
        _place();
        uint256 id = _accepted();
        _handOver(id, STATE);
        uint64 start = _startOf(id, 0);
        uint64 truth = start + 5_500;
        uint64[3] memory ends = [truth, truth, truth];
        ends[liar % 3] = uint64(bound(lie, truth - 1_000, truth + 1_000));
        _completeWith(id, STATE, start, ends);
        _assertSettled(id, MigrationOutcome.Completed);
        assertEq(_market.migrationOf(id).latencyMs, 5_500, "the truth");
    }

    /// @dev What a vehicle gains that says a second more than there was, where only one server signs: a tenth.
    function test_aVehicleThatLiesAboutTimeGainsATenth() external {
        _place();
        uint256 id = _accepted();
        _handOver(id, STATE);
        uint64 start = _startOf(id, 0);
        _completeWith(id, STATE, start, [start + 6_500, 0, start + 5_500]);
        _assertSettled(id, MigrationOutcome.Late);
        assertEq(_collect(id, VEHICLE), PRICE / 10, "a tenth of what it should have paid");
        // A server that was late and says a second less gains nothing: of two the later counts.
        id = _request(SOURCE);
        _accept(id);
        _handOver(id, STATE);
        start = _startOf(id, 0);
        _completeWith(id, STATE, start, [start + 6_500, 0, start + 5_500]);
        _assertSettled(id, MigrationOutcome.Late);
    }

    function test_dispute() external {
        _place();
        uint256 id = _accepted();
        _handOver(id, STATE);
        uint64 start = _startOf(id, 0);
        vm.expectEmit(address(_market));
        emit ITwinMarket.MigrationDisputed(id, 2 * PRICE);
        _completeWith(id, STATE, start, [start + 4_200, start + 3_199, 0]);
        assertEq(_market.owedTo(id, VEHICLE) + _market.owedTo(id, DESTINATION), 0, "all is held");
        assertEq(_market.openOf(VEHICLE), 0, "the vehicle drives on");
        uint256 until = block.timestamp + 100;
        assertEq(_market.expiresAt(id), until, "until");
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.NotOver.selector, id, until));
        _market.expire(id);
        vm.warp(until);
        _market.expire(id);
        _assertSettled(id, MigrationOutcome.Resolved);
        // Nobody gains more by a dispute than by lying within a second, and a server nothing.
        assertEq(_collect(id, VEHICLE), PRICE / 10, "vehicle");
        assertEq(_collect(id, DESTINATION), 2 * PRICE - PRICE / 10, "destination");
        _assertEmpty(id);
        (uint256 ok, uint256 bad) = _market.countsOf(DESTINATION);
        assertEq(ok + bad, 0, "who was right nobody knows");
        assertEq(_market.tallyOf(uint32(NOW / 100)).attempts, 1, "an attempt, and no success");
    }

    function test_aDisputeEndsWhenStampsAgreeOrTheServerGivesIn() external {
        _place();
        uint256 id = _disputed();
        uint64 start = _startOf(id, 0);
        // Apart as before: it stays as it is.
        Stamp[3] memory stamps = _stamps(id, STATE, start, [start + 4_200, 0, start + 3_000]);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.StampsApart.selector, id, 1_200));
        _market.complete(id, STATE, start, stamps);
        _completeWith(id, STATE, start, [start + 4_000, 0, start + 3_000]);
        _assertSettled(id, MigrationOutcome.Completed);
        id = _request(SOURCE);
        _accept(id);
        _handOver(id, STATE);
        start = _startOf(id, 0);
        _completeWith(id, STATE, start, [start + 4_200, start + 3_000, 0]);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.NotYours.selector, id, VEHICLE));
        vm.prank(VEHICLE);
        _market.fail(id);
        vm.prank(SOURCE);
        _market.fail(id);
        _assertSettled(id, MigrationOutcome.Failed);
    }

    /// @dev Who was late and stamps more than a second too early gets a dispute instead of a bad mark. It pays a tenth all
    /// the same, and vehicle and old host together can say that it was late.
    function test_aLateServerThatStampsTooEarlyDodgesItsBadMark() external {
        _place();
        for (uint256 i = 0; i < 2; ++i) {
            uint256 id = _request(i == 0 ? DESTINATION : SOURCE);
            _accept(id);
            _handOver(id, STATE);
            uint64 start = _startOf(id, 0);
            _completeWith(id, STATE, start, [start + 6_500, 0, start + 5_400]);
            assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Disputed), "disputed");
            if (i == 1) _completeWith(id, STATE, start, [start + 6_500, start + 6_400, 0]);
            vm.warp(_market.expiresAt(id));
            _market.expire(id);
            _assertSettled(id, i == 0 ? MigrationOutcome.Resolved : MigrationOutcome.Late);
            (, uint256 bad) = _market.countsOf(i == 0 ? DESTINATION : SOURCE);
            assertEq(bad, i * 1_000_000, "a bad mark only of who was late");
            assertEq(_collect(id, VEHICLE), PRICE / 10, "a tenth");
            vm.warp(((block.timestamp / 100) + 1) * 100);
            _offer();
        }
    }

    function test_fail() external {
        _place();
        uint256 id = _request(DESTINATION);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.WrongStatus.selector, id + 1, MigrationStatus.None));
        vm.prank(DESTINATION);
        _market.fail(id + 1);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.WrongStatus.selector, id, MigrationStatus.Requested));
        vm.prank(DESTINATION);
        _market.fail(id);
        _accept(id);
        vm.prank(DESTINATION);
        _market.fail(id);
        _assertSettled(id, MigrationOutcome.Failed);
        assertEq(_collect(id, VEHICLE), PRICE + PRICE / 10, "escrow and a tenth of the bond");
        assertEq(_collect(id, DESTINATION), PRICE - PRICE / 10, "the rest of the bond");
        _assertEmpty(id);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.WrongStatus.selector, id, MigrationStatus.Settled));
        vm.prank(DESTINATION);
        _market.fail(id);
    }

    /// @dev No message, no signature: the vehicle has its money back after 17 s, whoever asks.
    function test_expire() external {
        _place();
        uint256 id = _request(DESTINATION);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.WrongStatus.selector, id, MigrationStatus.Requested));
        _market.expire(id);
        _accept(id);
        uint256 until = block.timestamp + 17;
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.NotOver.selector, id, until));
        _market.expire(id);
        vm.warp(until);
        _market.expire(id);
        _assertSettled(id, MigrationOutcome.Expired);
        assertEq(_market.expiresAt(id), 0, "what is settled never expires");
        assertEq(_collect(id, VEHICLE), PRICE + PRICE / 10, "escrow and a tenth of the bond");
        assertEq(_collect(id, DESTINATION), PRICE - PRICE / 10, "the rest of the bond");
        _assertEmpty(id);
        // The twin moves later all the same: nothing of the money does.
        HandOver memory order = _order(id);
        _release(order, STATE);
        _takeOn(order, STATE);
        _deliverAll();
        _assertSettled(id, MigrationOutcome.Expired);
        (address host, ) = _market.hostOf(VEHICLE);
        assertEq(host, DESTINATION, "but main knows where it is");
    }

    function test_expire_waitsForMessages() external {
        _deploy(12);
        _open();
        _place();
        uint256 id = _accepted();
        assertEq(_market.expiresAt(id), block.timestamp + 29, "17 s and what messages take");
        _complete(id, STATE, 0, 0, 1_000);
        assertEq(_market.expiresAt(id), block.timestamp + 112, "100 s and what messages take");
    }

    /// @dev What main hears late of an earlier migration moves nobody back.
    function test_aHandOverThatComesLateMovesNobodyBack() external {
        _place();
        uint256 id = _accepted();
        HandOver memory order = _order(id);
        _release(order, STATE);
        vm.warp(block.timestamp + 17);
        _market.expire(id);
        uint256 later = _accepted();
        _handOver(later, STATE);
        _takeOn(order, STATE);
        _deliverAll();
        (, uint256 by) = _market.hostOf(VEHICLE);
        assertEq(by, later, "the later migration's");
    }

    /// @dev What an old host alone signed, and does not count, leaves no latency.
    function test_whatIsDroppedLeavesNothingBehind() external {
        _place();
        uint256 id = _accepted();
        uint64 start = _startOf(id, 0);
        _completeWith(id, OTHER, start, [start + 1_000, start + 1_000, 0]);
        _handOver(id, STATE);
        assertEq(_market.migrationOf(id).latencyMs, 0, "dropped");
    }

    /// @dev A dispute does not keep its vehicle from the next request, also without a hand-over.
    function test_aDisputeLetsItsVehicleRequestAnew() external {
        _place();
        uint256 id = _accepted();
        _complete(id, STATE, 0, 1_500, 3_000);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Disputed), "stamps are apart");
        assertEq(_market.openOf(VEHICLE), 0, "free to request");
    }

    /// @dev A server may take a twin on that it has not accepted: the request stays open, and the vehicle has one.
    function test_aHandOverBeforeTheAcceptanceLeavesTheRequestOpen() external {
        _place();
        uint256 id = _request(DESTINATION);
        _handOver(id, STATE);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Requested), "still requested");
        assertEq(_market.openOf(VEHICLE), id, "still open");
    }

    /// @dev Signed, given up, and handed over with another state after all: it has failed once.
    function test_aHandOverAfterTheEndSettlesNothingAgain() external {
        _place();
        uint256 id = _accepted();
        _complete(id, STATE, 0, 0, 1_000);
        vm.prank(DESTINATION);
        _market.fail(id);
        (, uint256 bad) = _market.countsOf(DESTINATION);
        _handOver(id, OTHER);
        _assertSettled(id, MigrationOutcome.Failed);
        (, uint256 after_) = _market.countsOf(DESTINATION);
        assertEq(after_, bad, "counted once");
        assertEq(_market.tallyOf(_market.migrationOf(id).epoch).attempts, 1, "one attempt");
    }

    /// @dev A server that wants to be sure that the twin is free accepts once it was released: no step waits for it.
    function test_aReleaseMayComeBeforeTheAcceptance() external {
        _place();
        uint256 id = _request(DESTINATION);
        HandOver memory order = _order(id);
        _release(order, STATE);
        _deliverAll();
        assertEq(_east.releasedState(_east.keyOf(order)), STATE, "seen before it locks a bond");
        _accept(id);
        _takeOn(order, STATE);
        _deliverAll();
        _complete(id, STATE, 0, 0, 1_000);
        _assertSettled(id, MigrationOutcome.Completed);
    }

    /// @dev A vehicle that was served and says nothing saves a tenth at the most: the subchains show that it was.
    function test_aVehicleThatSignsNothingGainsATenth() external {
        _place();
        uint256 id = _accepted();
        _handOver(id, STATE);
        vm.warp(block.timestamp + 17);
        _market.expire(id);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Disputed), "no proof of a failure");
        vm.warp(block.timestamp + 100);
        _market.expire(id);
        _assertSettled(id, MigrationOutcome.Resolved);
        assertEq(_collect(id, VEHICLE), PRICE / 10, "vehicle");
        assertEq(_collect(id, DESTINATION), 2 * PRICE - PRICE / 10, "destination");
    }

    /// @dev A destination that signs another state than it took on loses the price and a tenth of its bond.
    function test_aServerThatLiesAboutStateHasFailed() external {
        _place();
        uint256 id = _accepted();
        _handOver(id, STATE);
        _complete(id, OTHER, 0, 0, 1_000);
        _assertSettled(id, MigrationOutcome.Failed);
        assertEq(_collect(id, VEHICLE), PRICE + PRICE / 10, "vehicle");
        // The same when the message comes after.
        id = _request(SOURCE);
        _accept(id);
        _complete(id, OTHER, 0, 0, 1_000);
        _handOver(id, STATE);
        _assertSettled(id, MigrationOutcome.Failed);
        // And in a dispute.
        id = _request(DESTINATION);
        _accept(id);
        _complete(id, OTHER, 0, 1_001, 2_000);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Disputed), "disputed");
        _handOver(id, STATE);
        _assertSettled(id, MigrationOutcome.Failed);
    }

    /// @dev Vehicle and old host alone can sign any state: against what was handed over it counts for nothing.
    function test_anOldHostThatLiesAboutStateHurtsNobody() external {
        _place();
        uint256 id = _accepted();
        uint64 start = _startOf(id, 0);
        uint64[3] memory ends = [start + 1_000, start + 1_000, 0];
        _completeWith(id, OTHER, start, ends);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Attested), "signed");
        HandOver memory order = _order(id);
        _release(order, STATE);
        _takeOn(order, STATE);
        // To the relay, to the other subchain, to the relay.
        for (uint256 i = 0; i < 3; ++i) _deliverNext();
        vm.expectEmit(address(_market));
        emit ITwinMarket.AttestationDropped(id, OTHER, STATE);
        _deliverNext();
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Accepted), "as if it had not been");
        Stamp[3] memory stamps = _stamps(id, OTHER, start, ends);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.StateMismatch.selector, id, OTHER, STATE));
        _market.complete(id, OTHER, start, stamps);
        _completeWith(id, STATE, start, ends);
        vm.warp(block.timestamp + 100);
        _market.expire(id);
        _assertSettled(id, MigrationOutcome.Completed);
    }

    /// @dev Of the completion that counts the destination has signed nothing, though it signed an earlier one: what vehicle
    /// and old host put in its place is not its lie.
    function test_whatADestinationSignedBeforeMakesNoLaterStateItsLie() external {
        _place();
        uint256 id = _accepted();
        uint64 start = _startOf(id, 0);
        _completeWith(id, STATE, start, [start + 3_500, 0, start + 2_000]);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Disputed), "disputed");
        _completeWith(id, OTHER, start, [start + 3_500, start + 3_500, 0]);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Attested), "signed by others");
        _handOver(id, STATE);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Accepted), "as if it had not been");
        _completeWith(id, STATE, start, [start + 3_500, 0, start + 3_000]);
        _assertSettled(id, MigrationOutcome.Completed);
        assertEq(_collect(id, DESTINATION), 2 * PRICE, "it served and is paid");
    }

    /// @dev The longest that a vehicle with its old host can hold a bond that nobody else can end.
    function test_aBondIsHeldFor417SecondsAtTheMost() external {
        _place();
        uint256 id = _accepted();
        uint256 accepted = block.timestamp;
        vm.warp(accepted + 16);
        uint64 start = _startOf(id, 0);
        _completeWith(id, OTHER, start, [start + 2_000, start + 4_000, 0]);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Disputed), "disputed");
        vm.warp(accepted + 115);
        _completeWith(id, OTHER, start, [start + 2_000, start + 2_000, 0]);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Attested), "signed");
        vm.warp(accepted + 214);
        _handOver(id, STATE);
        _market.expire(id);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Disputed), "silent");
        vm.warp(accepted + 313);
        _completeWith(id, STATE, start, [start + 7_000, start + 7_000, 0]);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Attested), "signed anew");
        vm.warp(accepted + 413);
        _market.expire(id);
        _assertSettled(id, MigrationOutcome.Late);
        assertEq(_collect(id, VEHICLE), PRICE / 10, "for a tenth, as by any other lie");
    }

    function test_lost() external {
        _place();
        uint32 epoch = _market.epochNow();
        vm.prank(VEHICLE);
        uint256 id = _market.request(DESTINATION, epoch, KILOBYTES, true);
        assertEq(_market.migrationOf(id).escrow, 15_000_000, "at the highest price");
        assertEq(_market.orderOf(id).source, address(0), "from nowhere");
        _accept(id);
        _handOver(id, STATE);
        _complete(id, STATE, 0, 0, 1_000);
        ITwinMarket.Tally memory tally = _market.tallyOf(epoch);
        assertTrue(tally.missed == 1 && tally.attempts == 0 && tally.successes == 0, "missed");
    }

    function test_collect() external {
        _place();
        uint256 id = _accepted();
        uint256[] memory ids = new uint256[](1);
        ids[0] = id;
        _refuseCollecting(ids, DESTINATION, id);
        vm.prank(DESTINATION);
        _market.fail(id);
        _refuseCollecting(ids, SOURCE, id);
        _refuseCollecting(ids, CLOUD, id);
        vm.expectEmit(address(_market));
        emit ITwinMarket.ShareCollected(id, VEHICLE, (PRICE + PRICE / 10) * WEI);
        _market.collect(ids, VEHICLE);
        _refuseCollecting(ids, VEHICLE, id);
        ids = new uint256[](2);
        // What another collected for the party before, or nobody owes it, keeps back nothing of the rest.
        (ids[0], ids[1]) = (1, id);
        uint256 before = _token.balanceOf(DESTINATION);
        _market.collect(ids, DESTINATION);
        assertEq(_token.balanceOf(DESTINATION) - before, (PRICE - PRICE / 10) * WEI, "the rest of the bond");
        _refuseCollecting(ids, DESTINATION, 1);
        ids[0] = 1;
        ids[1] = 1;
        before = _token.balanceOf(SOURCE);
        _market.collect(ids, SOURCE);
        assertEq(_token.balanceOf(SOURCE) - before, 2 * PRICE * WEI, "named twice, paid once");
        vm.expectRevert(abi.encodeWithSelector(ITwinServers.InvalidValue.selector, "migrations"));
        _market.collect(new uint256[](0), VEHICLE);
        vm.expectRevert(abi.encodeWithSelector(ITwinServers.InvalidValue.selector, "migrations"));
        _market.collect(new uint256[](65), VEHICLE);
    }

    /// @dev An order of any vehicle's making, or told twice, changes nothing.
    function test_handOversThatAreNoneOfTheMarkets() external {
        _place();
        uint256 id = _accepted();
        HandOver memory order = _order(id);
        for (uint256 field = 0; field < 6; ++field) {
            HandOver memory other = abi.decode(abi.encode(order), (HandOver));
            if (field == 0) other.vehicle = CLOUD;
            else if (field == 1) other.source = CLOUD;
            else if (field == 2) other.destination = CLOUD;
            else if (field == 3) other.sourceChain = EAST;
            else if (field == 4) other.destinationChain = WEST;
            else other.migration = id + 1;
            _ignores(other);
        }
        _handOver(id, STATE);
        _ignores(order);
        assertEq(_market.migrationOf(id).stateHash, STATE, "the first counts");
        bytes memory body = abi.encode(_report(order, STATE));
        vm.expectRevert(abi.encodeWithSelector(CrossChainApp.UnexpectedMessage.selector, 0, RELAY));
        _hand(address(_market), MAIN, RELAY, address(_relay), 0, body);
    }

    function testFuzz_moneyIsConserved(uint256 seed) external {
        _place();
        uint32 kilobytes = uint32(1 + (draw(seed, 1) % 1_999_000));
        uint256 id = _ask(DESTINATION, kilobytes);
        if (draw(seed, 2) % 8 == 0) {
            vm.prank(VEHICLE);
            _market.cancel(id);
        } else {
            _accept(id);
            if (draw(seed, 3) % 2 == 0) _handOver(id, draw(seed, 4) % 4 == 0 ? OTHER : STATE);
            if (draw(seed, 5) % 3 != 0) {
                _complete(id, STATE, 0, uint64(draw(seed, 6) % 1_200), 1_200 + uint64(draw(seed, 7) % 8_000));
            }
            for (uint256 i = 0; i < 3 && _statusOf(id) != MigrationStatus.Settled; ++i) {
                vm.warp(_market.expiresAt(id));
                _market.expire(id);
            }
        }
        uint256 escrow = _market.migrationOf(id).escrow;
        uint256 owed = _market.owedTo(id, VEHICLE) + _market.owedTo(id, DESTINATION) + _market.owedTo(id, CLOUD);
        uint256 bond = _market.migrationOf(id).acceptedAt == 0 ? 0 : escrow + _market.migrationOf(id).wholesale;
        assertEq(owed, (escrow + bond) * WEI, "all that was locked");
        address[3] memory parties = [VEHICLE, DESTINATION, CLOUD];
        for (uint256 i = 0; i < 3; ++i) if (_market.owedTo(id, parties[i]) > 0) _collect(id, parties[i]);
        _assertEmpty(id);
        assertEq(_token.balanceOf(address(_market)), 0, "nothing stays");
    }

    function _ask(address destination, uint32 kilobytes) private returns (uint256) {
        uint32 epoch = _market.epochNow();
        vm.prank(VEHICLE);
        return _market.request(destination, epoch, kilobytes, false);
    }

    function _disputed() private returns (uint256 id) {
        id = _accepted();
        _handOver(id, STATE);
        uint64 start = _startOf(id, 0);
        _completeWith(id, STATE, start, [start + 4_200, start + 3_000, 0]);
    }

    /// @dev The destination gives up, so that the vehicle can ask again.
    function _end(uint256 id) private {
        address destination = _market.migrationOf(id).destination;
        vm.prank(destination);
        _market.fail(id);
    }

    function _assertEmpty(uint256 id) private view {
        assertEq(_escrow.heldBy(address(_market), id), 0, "nothing of the escrow is left");
        assertEq(_escrow.heldBy(address(_market), _market.bondAccount(id)), 0, "nor of the bond");
    }

    function _refuse(address destination, uint32 epoch, uint32 kilobytes, bool lost, bytes memory refusal) private {
        vm.expectRevert(refusal);
        vm.prank(VEHICLE);
        _market.request(destination, epoch, kilobytes, lost);
    }

    function _refuseAccept(uint256 id, bytes memory refusal) private {
        address destination = _market.migrationOf(id).destination;
        vm.expectRevert(refusal);
        vm.prank(destination);
        _market.accept(id);
    }

    function _refuseOffer(address destination, uint32 epoch) private {
        bytes memory refusal = abi.encodeWithSelector(ITwinMarket.NotOffered.selector, destination, epoch);
        _refuse(destination, epoch, 1, false, refusal);
    }

    function _refuseCompletion(uint256 id, uint64 start, uint64[3] memory ends, address missing) private {
        Stamp[3] memory stamps = _stamps(id, STATE, start, ends);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.MissingSignature.selector, id, missing));
        _market.complete(id, STATE, start, stamps);
    }

    function _refuseTimes(uint256 id, uint64 start, uint64 vehicle, uint64 destination) private {
        Stamp[3] memory stamps = _stamps(id, STATE, start, [vehicle, 0, destination]);
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.ImpossibleTimes.selector, id, start, vehicle));
        _market.complete(id, STATE, start, stamps);
    }

    function _refuseCollecting(uint256[] memory ids, address party, uint256 id) private {
        vm.expectRevert(abi.encodeWithSelector(ITwinMarket.NothingOwed.selector, id, party));
        _market.collect(ids, party);
    }

    function _ignores(HandOver memory order) private {
        bytes memory body = abi.encode(_report(order, OTHER));
        bytes32 before = keccak256(abi.encode(_market.migrationOf(order.migration)));
        _hand(address(_market), MAIN, RELAY, address(_relay), _handedOverKind(), body);
        assertEq(keccak256(abi.encode(_market.migrationOf(order.migration))), before, "unchanged");
    }
}
