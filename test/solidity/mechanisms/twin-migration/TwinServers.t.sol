// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITwinServers} from "../../../../contracts/mechanisms/twin-migration/ITwinServers.sol";
import {
    EXPIRY_SECONDS,
    MigrationOutcome,
    MOST_MESSAGE_SECONDS,
    MOST_ORDER_SECONDS,
    ServerKind
} from "../../../../contracts/mechanisms/twin-migration/MigrationTypes.sol";
import {TwinMarket} from "../../../../contracts/mechanisms/twin-migration/TwinMarket.sol";
import {TwinFixture} from "./TwinFixture.sol";

contract TwinServersTest is TwinFixture {
    function setUp() external {
        _deploy();
    }

    function test_RevertWhen_TheMarketsOwnNumbersAreOutOfBounds() external {
        uint256[3][6] memory wrong = [
            [uint256(0), STAKE, 0],
            [10 ** 15 + 1, STAKE, 0],
            [WEI, 0, 0],
            [WEI, 10 ** 18 + 1, 0],
            [uint256(10 ** 15), 10 ** 14, 0],
            [WEI, STAKE, 6 hours + 1]
        ];
        string[6] memory fields = ["weiPerMicro", "weiPerMicro", "stake", "stake", "stake", "messageSeconds"];
        for (uint256 i = 0; i < 6; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ITwinServers.InvalidValue.selector, fields[i]));
            new TwinMarket(address(this), RELAY, _token, _escrow, wrong[i][0], wrong[i][1], wrong[i][2]);
        }
        _deploy(6 hours);
        assertEq(_market.MESSAGE_SECONDS(), 6 hours, "the most");
    }

    /// @dev An order is shown before a request is accepted, and holds to the migration's end, whatever messages take.
    function test_anOrderCanHoldForAllOfAMigration() external pure {
        assertTrue(2 * (EXPIRY_SECONDS + MOST_MESSAGE_SECONDS) <= MOST_ORDER_SECONDS, "orders");
    }

    function test_join() external {
        _join(CLOUD, ServerKind.Cloud, EAST, address(0));
        uint256 account = _market.stakeAccount(SOURCE, 1);
        vm.expectEmit(address(_market));
        emit ITwinServers.ServerJoined(SOURCE, ServerKind.Edge, WEST, CLOUD, account, STAKE * WEI);
        _join(SOURCE, ServerKind.Edge, WEST, CLOUD);
        assertEq(_escrow.heldBy(address(_market), account), STAKE * WEI, "stake");
        ITwinServers.Server memory server = _market.serverOf(SOURCE);
        assertTrue(server.joined && server.kind == ServerKind.Edge && server.cloud == CLOUD, "as it said");
        assertEq(server.chainId, WEST, "chain");
    }

    function test_RevertWhen_JoiningOtherwiseThanOneCan() external {
        _refuseJoin(ServerKind.None, WEST, address(0), "kind");
        _refuseJoin(ServerKind.Cloud, 0, address(0), "chainId");
        _refuseJoin(ServerKind.Cloud, WEST, DESTINATION, "cloud");
        _refuseJoin(ServerKind.Edge, WEST, CLOUD, "cloud");
        _join(CLOUD, ServerKind.Cloud, EAST, address(0));
        _join(SOURCE, ServerKind.Edge, WEST, CLOUD);
        _refuseJoin(ServerKind.Edge, WEST, DESTINATION, "cloud");
        bytes memory again = abi.encodeWithSelector(ITwinServers.AlreadyJoined.selector, SOURCE);
        vm.expectRevert(again);
        _join(SOURCE, ServerKind.Edge, WEST, CLOUD);
        // Who comes again is who he was: hand-overs are checked against his chain.
        vm.prank(SOURCE);
        _market.quit();
        vm.expectRevert(again);
        _join(SOURCE, ServerKind.Edge, EAST, CLOUD);
        _join(SOURCE, ServerKind.Edge, WEST, CLOUD);
        assertEq(_market.serverOf(SOURCE).stakes, 2, "a second stake");
    }

    function test_quit() external {
        _open();
        uint256 until = NOW + 100 + 2 * 117;
        vm.expectRevert(abi.encodeWithSelector(ITwinServers.StakeHeld.selector, SOURCE, until));
        vm.prank(SOURCE);
        _market.quit();
        vm.warp(until);
        uint256 before = _token.balanceOf(SOURCE);
        vm.prank(SOURCE);
        _market.quit();
        assertEq(_token.balanceOf(SOURCE) - before, STAKE * WEI, "the stake");
        vm.expectRevert(abi.encodeWithSelector(ITwinServers.NotJoined.selector, SOURCE));
        vm.prank(SOURCE);
        _market.quit();
        uint32 epoch = _market.epochNow();
        vm.expectRevert(abi.encodeWithSelector(ITwinServers.NotJoined.selector, SOURCE));
        vm.prank(SOURCE);
        _market.postOffer(epoch, THETA, 1, 1, 0);
    }

    /// @dev A stake is held for a request of its last epoch, whatever messages take: asked for in the epoch's last second,
    /// accepted in its last, disputed in its last, signed with the old host in its last, and paid as signed.
    function testFuzz_quit_waitsForMessages(uint256 seed) external {
        uint256 messages = bound(seed, 0, 6 hours);
        _deploy(messages);
        _open();
        _place();
        vm.warp(NOW + 99);
        uint256 id = _request(DESTINATION);
        vm.warp(_market.expiresAt(id) - 1);
        _accept(id);
        uint64 start = _startOf(id, 0);
        vm.warp(_market.expiresAt(id) - 1);
        _completeWith(id, STATE, start, [start + 3_000, start, 0]);
        vm.warp(_market.expiresAt(id) - 1);
        _completeWith(id, STATE, start, [start + 3_000, start + 3_000, 0]);
        uint256 until = NOW + 100 + 2 * 117 + 4 * messages;
        assertTrue(_market.expiresAt(id) <= until, "it is over by then");
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(ITwinServers.StakeHeld.selector, DESTINATION, until));
        vm.prank(DESTINATION);
        _market.quit();
        vm.warp(until);
        _market.expire(id);
        _assertSettled(id, MigrationOutcome.Completed);
        vm.prank(DESTINATION);
        _market.quit();
    }

    function test_postOffer() external {
        _open();
        uint32 epoch = _market.epochNow();
        ITwinServers.Offer memory offer = _market.offerOf(DESTINATION, epoch);
        assertEq(offer.theta, THETA, "theta");
        assertEq(offer.wholesale, WHOLESALE, "what its cloud asks");
        assertEq(offer.own, 1_000_000, "own");
        assertEq(offer.capacity, 2_000_000, "capacity");
        assertEq(_market.offerOf(SOURCE, epoch).wholesale, 0, "who buys nothing has no price of it");
        vm.expectRevert(abi.encodeWithSelector(ITwinServers.OfferStands.selector, SOURCE, epoch));
        vm.prank(SOURCE);
        _market.postOffer(epoch, THETA + 1, 1, 1, 0);
    }

    /// @dev An offer is for an epoch that can still be: who could post one for the past could take what he knows it to be.
    function test_RevertWhen_TheEpochIsOverOrFar() external {
        _open();
        uint32 epoch = _market.epochNow();
        uint32[2] memory wrong = [epoch - 1, epoch + 11];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ITwinServers.WrongEpoch.selector, wrong[i], epoch));
            vm.prank(SOURCE);
            _market.postOffer(wrong[i], THETA, 1, 1, 0);
        }
        vm.prank(SOURCE);
        _market.postOffer(epoch + 10, THETA, 1, 1, 0);
        assertEq(_market.serverOf(SOURCE).lastEpoch, epoch + 10, "its stake waits for it");
        vm.prank(SOURCE);
        _market.postOffer(epoch + 5, THETA, 1, 1, 0);
        assertEq(_market.serverOf(SOURCE).lastEpoch, epoch + 10, "and no shorter for an earlier one");
    }

    function test_RevertWhen_AnOfferIsOutOfBounds() external {
        _open();
        uint32 epoch = _market.epochNow() + 1;
        _refuseOffer(SOURCE, epoch, 299_999, 1, 1, 0, "theta");
        _refuseOffer(SOURCE, epoch, 500_001, 1, 1, 0, "theta");
        _refuseOffer(SOURCE, epoch, THETA, 0, 0, 0, "capacity");
        _refuseOffer(SOURCE, epoch, THETA, 2, 1, 0, "capacity");
        _refuseOffer(CLOUD, epoch, THETA, 1, 2, WHOLESALE, "own");
        _refuseOffer(CLOUD, epoch, THETA, 1, 1, 119_999, "wholesale");
        _refuseOffer(CLOUD, epoch, THETA, 1, 1, 400_001, "wholesale");
        // The cloud has posted nothing yet for that epoch; then it asks more than the edge would pay; then it sells.
        _refuseWholesale(epoch, WHOLESALE, 0);
        vm.prank(CLOUD);
        _market.postOffer(epoch, THETA, 1_000, 1_000, WHOLESALE);
        _refuseWholesale(epoch, WHOLESALE - 1, WHOLESALE);
        vm.prank(DESTINATION);
        _market.postOffer(epoch, THETA, 1, 2, WHOLESALE + 5);
        assertEq(_market.offerOf(DESTINATION, epoch).wholesale, WHOLESALE, "the cloud's price");
    }

    function testFuzz_aCloudMaySellNothing(uint256 seed) external {
        _open();
        uint32 epoch = _market.epochNow() + 1;
        vm.prank(CLOUD);
        _market.postOffer(epoch, uint32(bound(seed, 300_000, 500_000)), 5, 5, 0);
        _refuseWholesale(epoch, type(uint32).max, 0);
    }

    /// @dev Each migration counts once, for the running epoch, and 2 % fade with each epoch that passes.
    function test_reputation() external {
        _open();
        assertEq(_market.reputationOf(SOURCE), 500_000, "nothing is known");
        uint256 id = _place();
        _assertSettled(id, MigrationOutcome.Completed);
        assertEq(_market.reputationOf(SOURCE), uint256(2_000_000 * 1e6) / 3_000_000, "once well");
        id = _accepted();
        vm.prank(DESTINATION);
        _market.fail(id);
        assertEq(_market.reputationOf(DESTINATION), uint256(1_000_000 * 1e6) / 3_000_000, "once badly");
        vm.warp(block.timestamp + 300);
        (uint256 ok, uint256 bad) = _market.countsOf(SOURCE);
        assertEq(ok, 941_192, "0.98 three times, rounded down each time");
        assertEq(bad, 0, "nothing bad");
        vm.warp(block.timestamp + 100 * 10_000);
        assertEq(_market.reputationOf(DESTINATION), 500_000, "all is forgotten");
    }

    function _refuseJoin(ServerKind kind, uint64 chainId, address cloud, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(ITwinServers.InvalidValue.selector, field));
        _join(DESTINATION, kind, chainId, cloud);
    }

    function _refuseOffer(
        address server,
        uint32 epoch,
        uint32 theta,
        uint48 own,
        uint48 capacity,
        uint32 wholesale,
        string memory field
    ) private {
        vm.expectRevert(abi.encodeWithSelector(ITwinServers.InvalidValue.selector, field));
        vm.prank(server);
        _market.postOffer(epoch, theta, own, capacity, wholesale);
    }

    function _refuseWholesale(uint32 epoch, uint32 most, uint32 asked) private {
        vm.expectRevert(abi.encodeWithSelector(ITwinServers.NoWholesale.selector, CLOUD, epoch, asked));
        vm.prank(DESTINATION);
        _market.postOffer(epoch, THETA, 1, 2, most);
    }
}
