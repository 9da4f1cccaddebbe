// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {RewardEscrow} from "../../../../contracts/main/RewardEscrow.sol";
import {ITwinMarket} from "../../../../contracts/mechanisms/twin-migration/ITwinMarket.sol";
import {
    Completion,
    HandOver,
    HandOverReport,
    MigrationOutcome,
    MigrationStatus,
    ServerKind,
    Stamp,
    TwinMessageKind
} from "../../../../contracts/mechanisms/twin-migration/MigrationTypes.sol";
import {TwinHosts} from "../../../../contracts/mechanisms/twin-migration/TwinHosts.sol";
import {TwinMarket} from "../../../../contracts/mechanisms/twin-migration/TwinMarket.sol";
import {TwinRelay} from "../../../../contracts/mechanisms/twin-migration/TwinRelay.sol";
import {LocalToken} from "../../../../contracts/token/LocalToken.sol";
import {MockGateway} from "../../MockGateway.sol";
import {Test} from "../../Test.sol";

/// @title A market of twins with its relay and two subchains, whose messages a test delivers
/// @notice All chains are one here: who is called has its own chain id.
abstract contract TwinFixture is Test {
    uint64 internal constant MAIN = 1001;
    uint64 internal constant RELAY = 1002;
    uint64 internal constant WEST = 1003;
    uint64 internal constant EAST = 1004;

    /// @dev Some moment, the beginning of an epoch.
    uint256 internal constant NOW = 1_800_000_000;
    uint256 internal constant WEI = 10 ** 12;
    uint256 internal constant STAKE = 100_000_000;
    /// @dev θ and D of most tests: the escrow is 12.36 $.
    uint32 internal constant THETA = 412_000;
    uint32 internal constant KILOBYTES = 30_000;
    uint256 internal constant PRICE = 12_360_000;
    uint32 internal constant WHOLESALE = 200_000;
    bytes32 internal constant STATE = keccak256("state");

    uint256 internal constant VEHICLE_KEY = uint256(keccak256("vehicle"));
    uint256 internal constant SOURCE_KEY = uint256(keccak256("old host"));
    uint256 internal constant DESTINATION_KEY = uint256(keccak256("new host"));
    uint256 internal constant CLOUD_KEY = uint256(keccak256("cloud"));

    address internal immutable VEHICLE = vm.addr(VEHICLE_KEY);
    /// @dev An edge server in the west.
    address internal immutable SOURCE = vm.addr(SOURCE_KEY);
    /// @dev An edge server in the east.
    address internal immutable DESTINATION = vm.addr(DESTINATION_KEY);
    /// @dev The cloud of both, in the east.
    address internal immutable CLOUD = vm.addr(CLOUD_KEY);

    MockGateway internal _gateway;
    RewardEscrow internal _escrow;
    LocalToken internal _token;
    TwinMarket internal _market;
    TwinRelay internal _relay;
    TwinHosts internal _west;
    TwinHosts internal _east;

    /// @dev How many messages have been delivered.
    uint256 internal _delivered;

    function _deploy() internal {
        _deploy(0);
    }

    function _deploy(uint256 messageSeconds) internal {
        vm.warp(NOW);
        vm.chainId(MAIN);
        _gateway = new MockGateway();
        _escrow = new RewardEscrow();
        _token = new LocalToken(address(this), type(uint96).max);
        _market = new TwinMarket(address(this), RELAY, _token, _escrow, WEI, STAKE, messageSeconds);
        vm.chainId(RELAY);
        _relay = new TwinRelay(address(this), MAIN);
        vm.chainId(WEST);
        _west = new TwinHosts(address(this), RELAY);
        vm.chainId(EAST);
        _east = new TwinHosts(address(this), RELAY);
        _east.link(address(_gateway), _at(RELAY, address(_relay)));
        vm.chainId(WEST);
        _west.link(address(_gateway), _at(RELAY, address(_relay)));
        vm.chainId(RELAY);
        _relay.link(address(_gateway), _at(MAIN, address(_market)));
        _relay.link(address(_gateway), _at(WEST, address(_west)));
        _relay.link(address(_gateway), _at(EAST, address(_east)));
        vm.chainId(MAIN);
        _market.link(address(_gateway), _at(RELAY, address(_relay)));
        address[4] memory parties = [VEHICLE, SOURCE, DESTINATION, CLOUD];
        for (uint256 i = 0; i < 4; ++i) _equip(parties[i]);
    }

    /// @dev Gives money to a party, which lets the market take it.
    function _equip(address party) internal {
        _token.transfer(party, 10 ** 24);
        vm.prank(party);
        _token.approve(address(_market), type(uint256).max);
    }

    /// @dev Servers join, and offer for this epoch.
    function _open() internal {
        _join(CLOUD, ServerKind.Cloud, EAST, address(0));
        _join(SOURCE, ServerKind.Edge, WEST, CLOUD);
        _join(DESTINATION, ServerKind.Edge, EAST, CLOUD);
        _offer();
    }

    function _offer() internal {
        uint32 epoch = _market.epochNow();
        vm.prank(CLOUD);
        _market.postOffer(epoch, THETA, 10_000_000, 10_000_000, WHOLESALE);
        vm.prank(SOURCE);
        _market.postOffer(epoch, THETA, 1_000_000, 1_000_000, 0);
        vm.prank(DESTINATION);
        _market.postOffer(epoch, THETA, 1_000_000, 2_000_000, WHOLESALE);
    }

    function _join(address server, ServerKind kind, uint64 chainId, address cloud) internal {
        vm.prank(server);
        _market.join(kind, chainId, cloud);
    }

    /// @dev The twin begins at the source.
    function _place() internal returns (uint256 id) {
        id = _request(SOURCE);
        _accept(id);
        _handOver(id, STATE);
        _complete(id, STATE, 1_000, 0, 1_000);
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Settled), "placed");
    }

    function _request(address destination) internal returns (uint256) {
        uint32 epoch = _market.epochNow();
        vm.prank(VEHICLE);
        return _market.request(destination, epoch, KILOBYTES, false);
    }

    function _accept(uint256 id) internal {
        vm.prank(_market.migrationOf(id).destination);
        _market.accept(id);
    }

    /// @dev A placed twin's migration, accepted.
    function _accepted() internal returns (uint256 id) {
        id = _request(DESTINATION);
        _accept(id);
    }

    /// @dev Both servers hand over, and all messages are delivered.
    function _handOver(uint256 id, bytes32 state) internal {
        HandOver memory order = _order(id);
        if (order.source != address(0)) _release(order, state);
        _takeOn(order, state);
        _deliverAll();
    }

    function _release(HandOver memory order, bytes32 state) internal {
        TwinHosts hosts = _hostsOn(order.sourceChain);
        (bytes32 r, bytes32 vs) = _sign(_keyOf(order.vehicle), _orderDigest(order, order.sourceChain));
        vm.chainId(order.sourceChain);
        vm.prank(order.source);
        hosts.release(order, state, r, vs);
        vm.chainId(MAIN);
    }

    function _takeOn(HandOver memory order, bytes32 state) internal {
        TwinHosts hosts = _hostsOn(order.destinationChain);
        (bytes32 r, bytes32 vs) = _sign(_keyOf(order.vehicle), _orderDigest(order, order.destinationChain));
        vm.chainId(order.destinationChain);
        vm.prank(order.destination);
        hosts.takeOn(order, state, r, vs);
        vm.chainId(MAIN);
    }

    function _order(uint256 id) internal view returns (HandOver memory order) {
        order = _market.orderOf(id);
        order.until = uint48(block.timestamp + 60);
    }

    /// @dev Delivers what was sent, in the order in which it was.
    function _deliverAll() internal {
        while (_delivered < _gateway.count()) _deliverNext();
    }

    function _deliverNext() internal {
        MockGateway.Sent memory sent = _gateway.sentAt(_delivered++);
        _hand(sent.recipient, uint64(sent.chainId), _chainOf(sent.sender), sent.sender, sent.kind, sent.body);
    }

    /// @dev Hands a message to a contract, as its gateway would.
    function _hand(
        address app,
        uint64 chainId,
        uint64 origin,
        address sender,
        uint8 kind,
        bytes memory body
    ) internal {
        vm.chainId(chainId);
        bytes memory from = _at(origin, sender);
        vm.prank(address(_gateway));
        IERC7786Recipient(app).receiveMessage(bytes32(_delivered), from, abi.encode(kind, body));
        vm.chainId(MAIN);
    }

    /// @dev Completes as all three parties sign (the old host where there is one): `spread` ms between first and last.
    function _complete(uint256 id, bytes32 state, uint64 afterAccept, uint64 spread, uint64 latency) internal {
        uint64 start = _startOf(id, afterAccept);
        uint64[3] memory ends = [start + latency, start + latency, start + latency - spread];
        _completeWith(id, state, start, ends);
    }

    /// @dev Completes with the ends given; zero for who does not sign. The clock is moved to where that can be.
    function _completeWith(uint256 id, bytes32 state, uint64 start, uint64[3] memory ends) internal {
        if (_market.migrationOf(id).source == address(0)) ends[1] = 0;
        Stamp[3] memory stamps = _stamps(id, state, start, ends);
        for (uint256 i = 0; i < 3; ++i) if (ends[i] / 1_000 > block.timestamp) vm.warp(ends[i] / 1_000);
        _market.complete(id, state, start, stamps);
    }

    function _startOf(uint256 id, uint64 afterAccept) internal view returns (uint64) {
        return uint64(_market.migrationOf(id).acceptedAt) * 1_000 + afterAccept;
    }

    function _stamps(
        uint256 id,
        bytes32 state,
        uint64 start,
        uint64[3] memory ends
    ) internal view returns (Stamp[3] memory stamps) {
        ITwinMarket.Migration memory migration = _market.migrationOf(id);
        Completion memory completion = Completion(
            id,
            migration.vehicle,
            migration.source,
            migration.destination,
            state,
            start,
            0
        );
        uint256[3] memory keys = [_keyOf(migration.vehicle), _keyOf(migration.source), _keyOf(migration.destination)];
        for (uint256 i = 0; i < 3; ++i) {
            if (ends[i] == 0) continue;
            completion.endMs = ends[i];
            (bytes32 r, bytes32 vs) = _sign(keys[i], _completionDigest(completion));
            stamps[i] = Stamp(ends[i], r, vs);
        }
    }

    function _statusOf(uint256 id) internal view returns (MigrationStatus) {
        return _market.migrationOf(id).status;
    }

    function _assertSettled(uint256 id, MigrationOutcome outcome) internal view {
        assertEq(uint8(_statusOf(id)), uint8(MigrationStatus.Settled), "status");
        assertEq(uint8(_market.migrationOf(id).outcome), uint8(outcome), "outcome");
    }

    /// @dev What a party gets when it collects, micro-$.
    function _collect(uint256 id, address party) internal returns (uint256 micros) {
        uint256[] memory ids = new uint256[](1);
        ids[0] = id;
        uint256 before = _token.balanceOf(party);
        _market.collect(ids, party);
        return (_token.balanceOf(party) - before) / WEI;
    }

    function _keyOf(address party) internal view virtual returns (uint256) {
        if (party == SOURCE) return SOURCE_KEY;
        if (party == DESTINATION) return DESTINATION_KEY;
        if (party == CLOUD) return CLOUD_KEY;
        return VEHICLE_KEY;
    }

    function _hostsOn(uint64 chainId) internal view returns (TwinHosts) {
        return chainId == WEST ? _west : _east;
    }

    function _chainOf(address app) internal view returns (uint64) {
        if (app == address(_market)) return MAIN;
        if (app == address(_relay)) return RELAY;
        return app == address(_west) ? WEST : EAST;
    }

    function _at(uint64 chainId, address app) internal pure returns (bytes memory) {
        return InteroperableAddress.formatEvmV1(chainId, app);
    }

    /// @dev As the standard defines it, with nothing of MigrationSignature's.
    function _completionDigest(Completion memory completion) internal view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Completion(uint256 migration,address vehicle,address source,address destination,bytes32 stateHash,uint64 startMs,uint64 endMs)"
        );
        return _typed(MAIN, address(_market), keccak256(bytes.concat(typeHash, abi.encode(completion))));
    }

    function _orderDigest(HandOver memory order, uint64 chainId) internal view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "HandOver(uint256 migration,address vehicle,address source,uint64 sourceChain,address destination,uint64 destinationChain,uint48 until)"
        );
        bytes32 structHash = keccak256(bytes.concat(typeHash, abi.encode(order)));
        return _typed(chainId, address(_hostsOn(chainId)), structHash);
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes32 r, bytes32 vs) {
        uint8 v;
        bytes32 s;
        (v, r, s) = vm.sign(key, digest);
        vs = v == 28 ? bytes32(uint256(s) | (1 << 255)) : s;
    }

    function _report(HandOver memory order, bytes32 state) internal view returns (HandOverReport memory) {
        return HandOverReport(order, state, uint48(block.timestamp));
    }

    function _handedOverKind() internal pure returns (uint8) {
        return uint8(TwinMessageKind.HandedOver);
    }

    function _typed(uint64 chainId, address verifying, bytes32 structHash) private pure returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Freshet"),
                keccak256("1"),
                uint256(chainId),
                verifying
            )
        );
        return MessageHashUtils.toTypedDataHash(domain, structHash);
    }
}
