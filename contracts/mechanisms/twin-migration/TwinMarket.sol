// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {CrossChainApp} from "../../gateway/CrossChainApp.sol";
import {IRewardEscrow} from "../../interfaces/IRewardEscrow.sol";
import {Completions} from "./Completions.sol";
import {ITwinMarket} from "./ITwinMarket.sol";
import {MigrationPay} from "./MigrationPay.sol";
import {
    Completion,
    DISPUTE_SECONDS,
    EXPIRY_SECONDS,
    HandOver,
    HandOverReport,
    LATE_BASIS_POINTS,
    LATENCY_LIMIT_MS,
    MigrationOutcome,
    MigrationStatus,
    MOST_KILOBYTES,
    MOST_RETAIL,
    SLASH_BASIS_POINTS,
    SPREAD_LIMIT_MS,
    Stamp,
    TwinMessageKind
} from "./MigrationTypes.sol";
import {TwinServers} from "./TwinServers.sol";

/// @title TwinMarket
/// @notice See ITwinMarket. Its owner links it to the relay chain, once, and can do nothing else.
contract TwinMarket is ITwinMarket, TwinServers, CrossChainApp {
    /// @dev A twin's host, and the migration that brought it there.
    struct Hosted {
        address host;
        uint256 migration;
    }

    uint8 private constant HANDED_OVER = 1;
    uint8 private constant SIGNED_BY_DESTINATION = 2;
    uint8 private constant LOST = 4;

    uint8 private constant VEHICLE = 1;
    uint8 private constant DESTINATION = 2;
    uint8 private constant CLOUD = 4;

    /// @dev Migrations that one call collects of at the most.
    uint256 private constant MOST_COLLECTED = 64;
    /// @dev Numbers of migrations are far below, those of stakes are hashes.
    uint256 private constant BOND_ACCOUNT = 1 << 255;

    /// @notice Chain id of the relay chain.
    uint256 public immutable RELAY_CHAIN_ID;

    /// @inheritdoc ITwinMarket
    uint256 public migrationCount;
    /// @inheritdoc ITwinMarket
    mapping(address vehicle => uint256) public openOf;
    /// @inheritdoc ITwinMarket
    mapping(address vehicle => Hosted) public hostOf;

    mapping(uint256 migration => Migration) private _migrations;
    mapping(uint32 epoch => Tally) private _tallies;

    constructor(
        address owner,
        uint256 relayChainId,
        IERC20 token,
        IRewardEscrow escrow,
        uint256 weiPerMicro,
        uint256 stake,
        uint256 messageSeconds
    ) CrossChainApp(owner) TwinServers(token, escrow, weiPerMicro, stake, messageSeconds) {
        RELAY_CHAIN_ID = relayChainId;
    }

    /// @inheritdoc ITwinMarket
    function request(
        address destination,
        uint32 epoch,
        uint32 kilobytes,
        bool lost
    ) external returns (uint256 migration) {
        require(kilobytes > 0 && kilobytes <= MOST_KILOBYTES, InvalidValue("kilobytes"));
        require(openOf[msg.sender] == 0, MigrationOpen(msg.sender, openOf[msg.sender]));
        address host = hostOf[msg.sender].host;
        require(!lost || host != address(0), InvalidValue("lost"));
        uint32 theta = _offers[destination][epoch].theta;
        bool offered = theta != 0 && epoch == epochNow() && destination != host && destination != msg.sender;
        require(offered, NotOffered(destination, epoch));
        if (lost) theta = MOST_RETAIL;

        migration = ++migrationCount;
        openOf[msg.sender] = migration;
        Migration storage state = _migrations[migration];
        state.vehicle = msg.sender;
        state.kilobytes = kilobytes;
        state.epoch = epoch;
        state.flags = lost ? LOST : 0;
        state.source = lost ? address(0) : host;
        state.escrow = _priceOf(theta, kilobytes);
        state.theta = theta;
        state.destination = destination;
        state.requestedAt = uint40(block.timestamp);
        _become(state, MigrationStatus.Requested);
        emit MigrationRequested(
            migration,
            msg.sender,
            destination,
            state.source,
            epoch,
            kilobytes,
            theta,
            state.escrow,
            lost
        );
        _fund(migration, state.escrow);
    }

    /// @inheritdoc ITwinMarket
    function cancel(uint256 migration) external {
        Migration storage state = _in(migration, MigrationStatus.Requested);
        if (msg.sender != state.vehicle) _requireOver(migration);
        _settle(migration, state, MigrationOutcome.Cancelled);
    }

    /// @inheritdoc ITwinMarket
    function accept(uint256 migration) external {
        Migration storage state = _in(migration, MigrationStatus.Requested);
        address server = state.destination;
        require(msg.sender == server, NotYours(migration, msg.sender));
        uint256 until = expiresAt(migration);
        require(block.timestamp < until, RequestOver(migration, until));
        (uint256 bought, uint64 wholesale, address cloud) = _take(server, state.epoch, state.kilobytes);
        state.wholesale = wholesale;
        state.acceptedAt = uint40(block.timestamp);
        _become(state, MigrationStatus.Accepted);
        emit MigrationAccepted(migration, server, state.escrow, uint64(bought), wholesale, cloud);
        _fund(bondAccount(migration), uint256(state.escrow) + wholesale);
    }

    /// @inheritdoc ITwinMarket
    function complete(uint256 migration, bytes32 stateHash, uint64 startMs, Stamp[3] calldata stamps) external {
        Migration storage state = _migrations[migration];
        MigrationStatus status = state.status;
        uint8 flags = state.flags;
        bool byDestination = stamps[2].endMs != 0;
        bool first = byDestination && flags & SIGNED_BY_DESTINATION == 0;
        require(
            status == MigrationStatus.Accepted ||
                status == MigrationStatus.Disputed ||
                (status == MigrationStatus.Attested && first),
            WrongStatus(migration, status)
        );
        require(stateHash != 0, InvalidValue("stateHash"));
        Completion memory completion = Completion({
            migration: migration,
            vehicle: state.vehicle,
            source: state.source,
            destination: state.destination,
            stateHash: stateHash,
            startMs: startMs,
            endMs: 0
        });
        (uint64 latencyMs, uint64 spread) = Completions.attest(completion, state.acceptedAt, stamps);
        // It is about the completion that counts from now on, not about an earlier one.
        state.flags = byDestination ? flags | SIGNED_BY_DESTINATION : flags & ~SIGNED_BY_DESTINATION;
        state.latencyMs = latencyMs;

        bool handedOver = flags & HANDED_OVER != 0;
        if (handedOver && state.stateHash != stateHash) {
            require(byDestination, StateMismatch(migration, stateHash, state.stateHash));
            _settle(migration, state, MigrationOutcome.Failed);
            return;
        }
        state.stateHash = stateHash;
        if (spread > SPREAD_LIMIT_MS) {
            require(status == MigrationStatus.Accepted, StampsApart(migration, spread));
            _dispute(migration, state);
        } else if (handedOver && byDestination) {
            _settleCompleted(migration, state);
        } else {
            _become(state, MigrationStatus.Attested);
        }
    }

    /// @inheritdoc ITwinMarket
    function fail(uint256 migration) external {
        Migration storage state = _migrations[migration];
        MigrationStatus status = state.status;
        require(
            status != MigrationStatus.None &&
                status != MigrationStatus.Requested &&
                status != MigrationStatus.Settled,
            WrongStatus(migration, status)
        );
        require(msg.sender == state.destination, NotYours(migration, msg.sender));
        _settle(migration, state, MigrationOutcome.Failed);
    }

    /// @inheritdoc ITwinMarket
    function expire(uint256 migration) external {
        Migration storage state = _migrations[migration];
        MigrationStatus status = state.status;
        if (status == MigrationStatus.Accepted) {
            _requireOver(migration);
            if (state.flags & HANDED_OVER == 0) _settle(migration, state, MigrationOutcome.Expired);
            else _dispute(migration, state);
        } else if (status == MigrationStatus.Attested) {
            _requireOver(migration);
            _settleCompleted(migration, state);
        } else {
            require(status == MigrationStatus.Disputed, WrongStatus(migration, status));
            _requireOver(migration);
            _settle(migration, state, MigrationOutcome.Resolved);
        }
    }

    /// @inheritdoc ITwinMarket
    function collect(uint256[] calldata migrations, address party) external {
        require(migrations.length > 0 && migrations.length <= MOST_COLLECTED, InvalidValue("migrations"));
        bool paid = false;
        for (uint256 i = 0; i < migrations.length; ++i) if (_collect(migrations[i], party)) paid = true;
        require(paid, NothingOwed(migrations[0], party));
    }

    /// @inheritdoc ITwinMarket
    function migrationOf(uint256 migration) external view returns (Migration memory) {
        return _migrations[migration];
    }

    /// @inheritdoc ITwinMarket
    function owedTo(uint256 migration, address party) external view returns (uint256) {
        (uint256 ofEscrow, uint256 ofBond, ) = _owed(_migrations[migration], party);
        return (ofEscrow + ofBond) * WEI_PER_MICRO;
    }

    /// @inheritdoc ITwinMarket
    function tallyOf(uint32 epoch) external view returns (Tally memory) {
        return _tallies[epoch];
    }

    /// @inheritdoc ITwinMarket
    function orderOf(uint256 migration) external view returns (HandOver memory) {
        Migration storage state = _migrations[migration];
        return
            HandOver({
                migration: migration,
                vehicle: state.vehicle,
                source: state.source,
                sourceChain: _servers[state.source].chainId,
                destination: state.destination,
                destinationChain: _servers[state.destination].chainId,
                until: 0
            });
    }

    /// @inheritdoc ITwinMarket
    function expiresAt(uint256 migration) public view returns (uint256) {
        Migration storage state = _migrations[migration];
        MigrationStatus status = state.status;
        // Also a request waits for a message: its server accepts once the twin is released to it.
        if (status == MigrationStatus.Requested) return state.requestedAt + EXPIRY_SECONDS + MESSAGE_SECONDS;
        if (status == MigrationStatus.Accepted) return state.acceptedAt + EXPIRY_SECONDS + MESSAGE_SECONDS;
        if (status == MigrationStatus.Attested || status == MigrationStatus.Disputed) {
            return state.since + DISPUTE_SECONDS + MESSAGE_SECONDS;
        }
        return 0;
    }

    /// @inheritdoc ITwinMarket
    function bondAccount(uint256 migration) public pure returns (uint256) {
        return BOND_ACCOUNT | migration;
    }

    function _onMessage(uint256 originChainId, bytes32 receiveId, uint8 kind, bytes memory body) internal override {
        require(kind == uint8(TwinMessageKind.HandedOver), UnexpectedMessage(kind, originChainId));
        HandOverReport memory report = abi.decode(body, (HandOverReport));
        HandOver memory order = report.order;
        uint256 migration = order.migration;
        Migration storage state = _migrations[migration];
        if (!_isOrder(state, order) || state.flags & HANDED_OVER != 0) {
            emit HandOverIgnored(migration, order.vehicle, receiveId);
            return;
        }
        state.flags |= HANDED_OVER;
        // Whatever became of its money, this is where the twin is.
        Hosted storage hosted = hostOf[order.vehicle];
        if (migration > hosted.migration) (hosted.host, hosted.migration) = (order.destination, migration);
        emit TwinHandedOver(migration, order.vehicle, order.destination, report.stateHash, report.reportedAt, receiveId);
        _onHandedOver(migration, state, report.stateHash);
    }

    function _isCounterpartChain(uint256 chainId) internal view override returns (bool) {
        return chainId == RELAY_CHAIN_ID;
    }

    /// @dev What a hand-over means for a migration's money.
    function _onHandedOver(uint256 migration, Migration storage state, bytes32 handedOver) private {
        MigrationStatus status = state.status;
        bytes32 signed = state.stateHash;
        state.stateHash = handedOver;
        if (status == MigrationStatus.Requested || status == MigrationStatus.Settled) return;
        bool byDestination = state.flags & SIGNED_BY_DESTINATION != 0;
        if (signed != 0 && signed != handedOver) {
            if (byDestination) {
                _settle(migration, state, MigrationOutcome.Failed);
                return;
            }
            state.latencyMs = 0;
            emit AttestationDropped(migration, signed, handedOver);
            if (status == MigrationStatus.Attested) _become(state, MigrationStatus.Accepted);
        } else if (status == MigrationStatus.Attested && byDestination) {
            _settleCompleted(migration, state);
            return;
        }
        _close(state.vehicle, migration);
    }

    /// @dev Takes a volume out of what a server offers, and what exceeds its own capacity out of what its cloud offers.
    function _take(
        address server,
        uint32 epoch,
        uint256 kilobytes
    ) private returns (uint256 bought, uint64 wholesale, address cloud) {
        Offer storage offer = _offers[server][epoch];
        uint256 taken = offer.taken + kilobytes;
        require(taken <= offer.capacity, NoCapacity(server, kilobytes, offer.capacity - offer.taken));
        offer.taken = uint48(taken);
        if (taken <= offer.own) return (0, 0, address(0));
        bought = Math.min(kilobytes, taken - offer.own);
        wholesale = _priceOf(offer.wholesale, bought);
        cloud = _servers[server].cloud;
        Offer storage sold = _offers[cloud][epoch];
        uint256 left = sold.capacity - sold.taken;
        require(bought <= left, NoCapacity(cloud, bought, left));
        sold.taken += uint48(bought);
    }

    /// @dev What the cloud sold for a migration that it is not paid for it can sell again, within the epoch. Else whoever
    /// requests of an edge of its own and fails would take all of a cloud's capacity for the price of gas.
    function _giveBack(Migration storage state) private {
        address server = state.destination;
        // It was added when it was bought.
        unchecked {
            uint256 bought = MigrationPay.volumeOf(_offers[server][state.epoch].wholesale, state.wholesale);
            _offers[_servers[server].cloud][state.epoch].taken -= uint48(bought);
        }
    }

    function _dispute(uint256 migration, Migration storage state) private {
        _become(state, MigrationStatus.Disputed);
        _close(state.vehicle, migration);
        emit MigrationDisputed(migration, 2 * uint256(state.escrow));
    }

    function _settleCompleted(uint256 migration, Migration storage state) private {
        bool late = state.latencyMs > LATENCY_LIMIT_MS;
        _settle(migration, state, late ? MigrationOutcome.Late : MigrationOutcome.Completed);
    }

    function _settle(uint256 migration, Migration storage state, MigrationOutcome outcome) private {
        state.outcome = outcome;
        _become(state, MigrationStatus.Settled);
        _close(state.vehicle, migration);
        _countIn(_tallies[state.epoch], state, outcome);
        MigrationPay.Parts memory parts = _partsOf(state);
        uint64 toCloud = MigrationPay.isPaid(outcome) ? state.wholesale : 0;
        if (toCloud != state.wholesale) _giveBack(state);
        emit MigrationSettled(
            migration,
            outcome,
            state.latencyMs,
            parts.toProvider,
            parts.refund,
            parts.bondReturned,
            parts.bondSlashed,
            toCloud
        );
        if (outcome == MigrationOutcome.Completed) _count(state.destination, true);
        else if (outcome != MigrationOutcome.Cancelled && outcome != MigrationOutcome.Resolved) {
            _count(state.destination, false);
        }
    }

    /// @dev Twins that begin without having been anywhere are neither attempts nor missed.
    function _countIn(Tally storage tally, Migration storage state, MigrationOutcome outcome) private {
        if (outcome == MigrationOutcome.Cancelled) ++tally.rejected;
        else if (state.flags & LOST != 0) ++tally.missed;
        else if (state.source != address(0)) {
            ++tally.attempts;
            if (outcome == MigrationOutcome.Completed) ++tally.successes;
        }
    }

    /// @dev The vehicle may request anew.
    function _close(address vehicle, uint256 migration) private {
        if (openOf[vehicle] == migration) delete openOf[vehicle];
    }

    function _become(Migration storage state, MigrationStatus status) private {
        state.status = status;
        state.since = uint40(block.timestamp);
    }

    /// @dev Whether anything was owed: in a batch, what another has collected for the party before is passed over.
    function _collect(uint256 migration, address party) private returns (bool) {
        Migration storage state = _migrations[migration];
        (uint256 ofEscrow, uint256 ofBond, uint8 shares) = _owed(state, party);
        if (ofEscrow + ofBond == 0) return false;
        state.collected |= shares;
        emit ShareCollected(migration, party, (ofEscrow + ofBond) * WEI_PER_MICRO);
        if (ofEscrow > 0) ESCROW.pay(migration, party, ofEscrow * WEI_PER_MICRO);
        if (ofBond > 0) ESCROW.pay(bondAccount(migration), party, ofBond * WEI_PER_MICRO);
        return true;
    }

    /// @dev What a party is owed of the escrow and of the bond's account, micro-$, and by which shares.
    function _owed(
        Migration storage state,
        address party
    ) private view returns (uint256 ofEscrow, uint256 ofBond, uint8 shares) {
        if (state.status != MigrationStatus.Settled) return (0, 0, 0);
        MigrationPay.Parts memory parts = _partsOf(state);
        bool paid = MigrationPay.isPaid(state.outcome);
        uint8 open = ~state.collected;
        if (party == state.vehicle && open & VEHICLE != 0) {
            (ofEscrow, ofBond, shares) = (parts.refund, parts.bondSlashed, VEHICLE);
        }
        if (party == state.destination && open & DESTINATION != 0) {
            ofEscrow += parts.toProvider;
            ofBond += parts.bondReturned + (paid ? 0 : state.wholesale);
            shares |= DESTINATION;
        }
        if (paid && state.wholesale > 0 && open & CLOUD != 0 && party == _servers[state.destination].cloud) {
            ofBond += state.wholesale;
            shares |= CLOUD;
        }
    }

    function _partsOf(Migration storage state) private view returns (MigrationPay.Parts memory) {
        // Who never accepted has no bond.
        uint256 bond = state.outcome == MigrationOutcome.Cancelled ? 0 : state.escrow;
        return MigrationPay.partsOf(state.outcome, state.escrow, bond, LATE_BASIS_POINTS, SLASH_BASIS_POINTS);
    }

    function _isOrder(Migration storage state, HandOver memory order) private view returns (bool) {
        return
            state.status != MigrationStatus.None &&
            order.vehicle == state.vehicle &&
            order.source == state.source &&
            order.destination == state.destination &&
            order.sourceChain == _servers[order.source].chainId &&
            order.destinationChain == _servers[order.destination].chainId;
    }

    function _requireOver(uint256 migration) private view {
        uint256 until = expiresAt(migration);
        require(block.timestamp >= until, NotOver(migration, until));
    }

    function _in(uint256 migration, MigrationStatus status) private view returns (Migration storage state) {
        state = _migrations[migration];
        require(state.status == status, WrongStatus(migration, state.status));
    }
}
