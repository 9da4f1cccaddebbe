// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITwinMarket} from "../../../contracts/mechanisms/twin-migration/ITwinMarket.sol";
import {ITwinServers} from "../../../contracts/mechanisms/twin-migration/ITwinServers.sol";
import {
    HandOver,
    MigrationOutcome,
    MigrationStatus,
    Stamp
} from "../../../contracts/mechanisms/twin-migration/MigrationTypes.sol";
import {Test} from "../Test.sol";
import {Vm} from "../Vm.sol";
import {TwinFixture} from "../mechanisms/twin-migration/TwinFixture.sol";

/// @title Vehicles, servers, the relay and the clock of a market of twins, at random
/// @notice Calls that are refused change nothing and are let pass.
contract TwinsHandler is TwinFixture {
    uint256 private constant VEHICLES = 3;
    /// @dev Of these an action picks its migration: few of the others are open.
    uint256 private constant LATEST = 8;

    /// @dev What events said.
    mapping(uint256 id => uint256) public settledTimes;
    mapping(uint256 id => uint256) public collected;
    uint256 public attempts;
    uint256 public successes;
    uint256 public missed;
    uint256 public rejected;
    /// @dev A request was accepted when its time was over.
    bool public late;
    /// @dev A migration whose time was over and that could not be ended.
    bool public stuck;
    /// @dev A party that got more or less of a migration than it was owed.
    bool public mispaid;
    uint32[] public epochs;
    mapping(string action => uint256) public effects;

    uint256 private _time = NOW;
    bool private _handsOver;
    uint256 private _all;
    mapping(address party => uint256) private _keys;
    address[] private _vehicles;
    address[] private _servers;
    mapping(uint256 id => bool) private _isMove;
    mapping(uint256 id => bool) private _isLost;
    mapping(uint256 id => uint256) private _bought;
    mapping(address server => mapping(uint32 epoch => uint256)) private _taken;

    modifier heard() {
        vm.warp(_time);
        vm.chainId(MAIN);
        _offerAgain();
        vm.recordLogs();
        _;
        _hear(vm.getRecordedLogs());
        // Completions move the clock.
        _time = block.timestamp;
    }

    constructor(uint256 messageSeconds) {
        _deploy(messageSeconds);
        _servers = [SOURCE, DESTINATION, CLOUD];
        for (uint256 i = 0; i < VEHICLES; ++i) {
            uint256 key = uint256(keccak256(abi.encode("vehicle", i)));
            address vehicle = vm.addr(key);
            _keys[vehicle] = key;
            _vehicles.push(vehicle);
            _equip(vehicle);
        }
        _open();
        epochs.push(_market.epochNow());
        _all = tokens();
    }

    function request(uint256 seed) external heard {
        address vehicle = _vehicles[seed % VEHICLES];
        address destination = _servers[draw(seed, 1) % 3];
        uint32 kilobytes = uint32(1 + (draw(seed, 2) % 400_000));
        bytes memory call = abi.encodeCall(
            ITwinMarket.request,
            (destination, _market.epochNow(), kilobytes, draw(seed, 3) % 6 == 0)
        );
        vm.prank(vehicle);
        if (_try(address(_market), call)) ++effects["request"];
    }

    function accept(uint256 seed) external heard {
        uint256 id = _pick(seed, MigrationStatus.Requested);
        uint256 until = _market.migrationOf(id).requestedAt + 17 + _market.MESSAGE_SECONDS();
        vm.prank(_market.migrationOf(id).destination);
        if (!_try(address(_market), abi.encodeCall(ITwinMarket.accept, (id)))) return;
        if (block.timestamp >= until) late = true;
        ++effects["accept"];
    }

    function cancel(uint256 seed) external heard {
        uint256 id = _pick(seed, MigrationStatus.Requested);
        if (seed % 5 == 0) vm.prank(_market.migrationOf(id).vehicle);
        if (_try(address(_market), abi.encodeCall(ITwinMarket.cancel, (id)))) ++effects["cancel"];
    }

    /// @dev Whoever signs says what he likes.
    function complete(uint256 seed) external heard {
        uint256 from = draw(seed, 1) % 4;
        MigrationStatus status = from == 0 ? MigrationStatus.Disputed : MigrationStatus.Accepted;
        uint256 id = _pick(seed, from == 1 ? MigrationStatus.Attested : status);
        ITwinMarket.Migration memory migration = _market.migrationOf(id);
        if (migration.acceptedAt == 0) return;
        uint64 start = _startOf(id, 0);
        uint64 latency = uint64(draw(seed, 2) % 8_000);
        uint64[3] memory ends;
        for (uint256 i = 0; i < 3; ++i) ends[i] = start + latency + uint64(draw(seed, 3 + i) % 1_500);
        uint256 who = draw(seed, 6) % 3;
        if (who != 0) ends[who] = 0;
        if (migration.source == address(0)) ends[1] = 0;
        bytes32 state = draw(seed, 7) % 5 == 0 ? keccak256("another state") : STATE;
        Stamp[3] memory stamps = _stamps(id, state, start, ends);
        for (uint256 i = 0; i < 3; ++i) if (ends[i] / 1_000 > block.timestamp) vm.warp(ends[i] / 1_000);
        if (_try(address(_market), abi.encodeCall(ITwinMarket.complete, (id, state, start, stamps)))) {
            ++effects["complete"];
        }
    }

    function fail(uint256 seed) external heard {
        if (seed % 3 != 0) return;
        uint256 id = _pick(seed / 3, draw(seed, 1) % 2 == 0 ? MigrationStatus.Accepted : MigrationStatus.Disputed);
        vm.prank(_market.migrationOf(id).destination);
        if (_try(address(_market), abi.encodeCall(ITwinMarket.fail, (id)))) ++effects["fail"];
    }

    function expire(uint256 seed) external heard {
        uint256 id = _pick(seed, MigrationStatus(2 + (draw(seed, 1) % 3)));
        MigrationStatus status = _statusOf(id);
        if (status == MigrationStatus.None || status == MigrationStatus.Settled) return;
        uint256 until = _market.expiresAt(id);
        // Some wait for it; whom a dispute keeps waiting does.
        bool waits = status == MigrationStatus.Disputed || draw(seed, 2) % 2 == 0;
        if (waits && until > block.timestamp) vm.warp(until);
        bool over = block.timestamp >= until;
        bytes memory call = status == MigrationStatus.Requested
            ? abi.encodeCall(ITwinMarket.cancel, (id))
            : abi.encodeCall(ITwinMarket.expire, (id));
        bool done = _try(address(_market), call);
        if (done != over) stuck = true;
        if (done) ++effects["expire"];
    }

    /// @dev One side of a hand-over, or both; with whatever state, and as the subchains allow.
    function handOver(uint256 seed) external heard {
        uint256 id = _pick(seed, draw(seed, 1) % 3 == 0 ? MigrationStatus.Attested : MigrationStatus.Accepted);
        if (_statusOf(id) == MigrationStatus.None) return;
        bytes32 state = draw(seed, 2) % 7 == 0 ? keccak256("another state") : STATE;
        _handsOver = true;
        if (draw(seed, 3) % 6 != 0) try this.releaseIt(id, state) {} catch {}
        if (draw(seed, 4) % 6 != 0) try this.takeItOn(id, state) {} catch {}
        _handsOver = false;
        vm.chainId(MAIN);
    }

    /// @dev Messages are delivered in their order, or not yet.
    function deliver(uint256 seed) external heard {
        for (uint256 i = 0; i < 1 + (seed % 4) && _delivered < _gateway.count(); ++i) {
            _deliverNext();
            ++effects["deliver"];
        }
    }

    function collect(uint256 seed) external heard {
        uint256 id = _pick(seed, MigrationStatus.Settled);
        ITwinMarket.Migration memory migration = _market.migrationOf(id);
        address[3] memory parties = [migration.vehicle, migration.destination, CLOUD];
        address party = parties[draw(seed, 1) % 3];
        uint256 owed = _market.owedTo(id, party);
        uint256[] memory ids = new uint256[](1);
        ids[0] = id;
        uint256 before = _token.balanceOf(party);
        bool done = _try(address(_market), abi.encodeCall(ITwinMarket.collect, (ids, party)));
        uint256 got = _token.balanceOf(party) - before;
        if (done != (owed > 0) || got != owed) mispaid = true;
        collected[id] += got;
        if (done) ++effects["collect"];
    }

    /// @dev Some seconds, and rarely an epoch or more.
    function wait(uint256 seed) external {
        _time += seed % 12 == 0 ? 150 : seed % 25;
    }

    /// @dev Of handOver only, which lets pass what is refused: also this address may be drawn as a caller.
    function releaseIt(uint256 id, bytes32 state) external {
        if (!_handsOver) return;
        HandOver memory order = _market.orderOf(id);
        order.until = uint48(NOW + 1 days);
        if (order.source != address(0)) _release(order, state);
    }

    function takeItOn(uint256 id, bytes32 state) external {
        if (!_handsOver) return;
        HandOver memory order = _market.orderOf(id);
        order.until = uint48(NOW + 1 days);
        _takeOn(order, state);
    }

    /// @dev All tokens that the market has to do with.
    function tokens() public view returns (uint256 sum) {
        sum = _token.balanceOf(address(_escrow)) + _token.balanceOf(address(_market));
        for (uint256 i = 0; i < VEHICLES; ++i) sum += _token.balanceOf(_vehicles[i]);
        for (uint256 i = 0; i < 3; ++i) sum += _token.balanceOf(_servers[i]);
    }

    function tokensAtFirst() external view returns (uint256) {
        return _all;
    }

    function count() external view returns (uint256) {
        return _market.migrationCount();
    }

    /// @dev Of a migration: what lies in its accounts, what was locked in them, and what parties are owed; wei.
    function moneyOf(uint256 id) external view returns (uint256 held, uint256 locked, uint256 owed, bool settled) {
        ITwinMarket.Migration memory migration = _market.migrationOf(id);
        held = _escrow.heldBy(address(_market), id) + _escrow.heldBy(address(_market), _market.bondAccount(id));
        locked = migration.escrow;
        if (migration.acceptedAt != 0) locked += uint256(migration.escrow) + migration.wholesale;
        locked *= WEI;
        settled = migration.status == MigrationStatus.Settled;
        owed = _market.owedTo(id, migration.vehicle) + _market.owedTo(id, migration.destination);
        if (migration.destination != CLOUD) owed += _market.owedTo(id, CLOUD);
    }

    /// @dev What lies in the escrow, what of it are stakes, and what lies with the market.
    function places() external view returns (uint256 escrow, uint256 stakes, uint256 market) {
        for (uint256 i = 0; i < 3; ++i) {
            stakes += _escrow.heldBy(address(_market), _market.stakeAccount(_servers[i], 1));
        }
        return (_token.balanceOf(address(_escrow)), stakes, _token.balanceOf(address(_market)));
    }

    function tallies() external view returns (uint256 a, uint256 s, uint256 m, uint256 r) {
        for (uint256 i = 0; i < epochs.length; ++i) {
            ITwinMarket.Tally memory tally = _market.tallyOf(epochs[i]);
            (a, s, m, r) = (a + tally.attempts, s + tally.successes, m + tally.missed, r + tally.rejected);
        }
    }

    /// @dev What a server has taken is what it accepted, and a cloud what it sold and is paid for or may be.
    function overCapacity() external view returns (bool) {
        for (uint256 i = 0; i < epochs.length; ++i) {
            for (uint256 j = 0; j < 3; ++j) {
                ITwinServers.Offer memory offer = _market.offerOf(_servers[j], epochs[i]);
                if (offer.taken > offer.capacity || offer.taken != _taken[_servers[j]][epochs[i]]) return true;
            }
        }
        return false;
    }

    /// @dev Of a vehicle: its open migration is its own, and neither handed over nor settled.
    function wronglyOpen() external view returns (bool) {
        for (uint256 i = 0; i < VEHICLES; ++i) {
            uint256 id = _market.openOf(_vehicles[i]);
            if (id == 0) continue;
            ITwinMarket.Migration memory migration = _market.migrationOf(id);
            if (migration.vehicle != _vehicles[i] || migration.status == MigrationStatus.Settled) return true;
        }
        return false;
    }

    function _keyOf(address party) internal view override returns (uint256) {
        uint256 key = _keys[party];
        return key == 0 ? super._keyOf(party) : key;
    }

    function _hear(Vm.Log[] memory logs) private {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(_market)) continue;
            if (logs[i].topics[0] == ITwinMarket.MigrationRequested.selector) {
                (address source, , , , , bool lost) = abi.decode(
                    logs[i].data,
                    (address, uint32, uint32, uint32, uint64, bool)
                );
                uint256 id = uint256(logs[i].topics[1]);
                (_isMove[id], _isLost[id]) = (source != address(0), lost);
            } else if (logs[i].topics[0] == ITwinMarket.MigrationAccepted.selector) {
                uint256 id = uint256(logs[i].topics[1]);
                (, _bought[id], ) = abi.decode(logs[i].data, (uint64, uint64, uint64));
                ITwinMarket.Migration memory migration = _market.migrationOf(id);
                _taken[migration.destination][migration.epoch] += migration.kilobytes;
                _taken[CLOUD][migration.epoch] += _bought[id];
            } else if (logs[i].topics[0] == ITwinMarket.MigrationSettled.selector) {
                uint256 id = uint256(logs[i].topics[1]);
                MigrationOutcome outcome = MigrationOutcome(uint256(logs[i].topics[2]));
                if (outcome == MigrationOutcome.Failed || outcome == MigrationOutcome.Expired) {
                    _taken[CLOUD][_market.migrationOf(id).epoch] -= _bought[id];
                }
                ++settledTimes[id];
                ++effects[_nameOf(outcome)];
                if (outcome == MigrationOutcome.Cancelled) ++rejected;
                else if (_isLost[id]) ++missed;
                else if (_isMove[id]) {
                    ++attempts;
                    if (outcome == MigrationOutcome.Completed) ++successes;
                }
            } else if (logs[i].topics[0] == ITwinMarket.MigrationDisputed.selector) ++effects["dispute"];
        }
    }

    /// @dev Offers stand for one epoch.
    function _offerAgain() private {
        uint32 epoch = _market.epochNow();
        if (epochs[epochs.length - 1] == epoch) return;
        epochs.push(epoch);
        _offer();
    }

    function _nameOf(MigrationOutcome outcome) private pure returns (string memory) {
        if (outcome == MigrationOutcome.Completed) return "completed";
        if (outcome == MigrationOutcome.Late) return "late";
        if (outcome == MigrationOutcome.Failed) return "failed";
        if (outcome == MigrationOutcome.Expired) return "expired";
        return outcome == MigrationOutcome.Cancelled ? "cancelled" : "resolved";
    }

    /// @dev One of the latest migrations, with that status as long as there is one.
    function _pick(uint256 seed, MigrationStatus status) private view returns (uint256 id) {
        uint256 all = _market.migrationCount();
        if (all == 0) return 0;
        uint256 latest = all < LATEST ? all : LATEST;
        for (uint256 i = 0; i < latest; ++i) {
            id = all - (((seed % latest) + i) % latest);
            if (_statusOf(id) == status) return id;
        }
    }

    function _try(address target, bytes memory call) private returns (bool done) {
        (done, ) = target.call(call);
    }
}

/// @dev Numbers are those of INVARIANTS.md.
abstract contract AllTwinsInvariants is Test {
    TwinsHandler internal _handler;

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev 34
    function invariant_twinMoneyIsConserved() external view {
        assertEq(_handler.tokens(), _handler.tokensAtFirst(), "nothing comes or goes");
        uint256 sum = 0;
        for (uint256 id = 1; id <= _handler.count(); ++id) {
            (uint256 held, uint256 locked, uint256 owed, bool settled) = _handler.moneyOf(id);
            assertEq(held, settled ? owed : locked, "all of it is held until it is decided, then what is owed");
            assertEq(held + _handler.collected(id), locked, "and what was locked");
            sum += held;
        }
        (uint256 escrow, uint256 stakes, uint256 market) = _handler.places();
        assertEq(escrow, sum + stakes, "lies in the escrow");
        assertEq(market, 0, "and nothing with the market");
        assertFalse(_handler.mispaid(), "each gets what it is owed");
    }

    /// @dev 35
    function invariant_aMigrationIsSettledOnce() external view {
        for (uint256 id = 1; id <= _handler.count(); ++id) {
            (, , , bool settled) = _handler.moneyOf(id);
            assertEq(_handler.settledTimes(id), settled ? 1 : 0, "settled once");
        }
        assertFalse(_handler.wronglyOpen(), "and is open to nobody then");
    }

    /// @dev 36
    function invariant_theMsrIsThatOfTheEvents() external view {
        (uint256 attempts, uint256 successes, uint256 missed, uint256 rejected) = _handler.tallies();
        assertEq(attempts, _handler.attempts(), "attempts");
        assertEq(successes, _handler.successes(), "successes");
        assertEq(missed, _handler.missed(), "missed");
        assertEq(rejected, _handler.rejected(), "rejected");
    }

    /// @dev 37
    function invariant_noServerTakesOnMoreThanItPosted() external view {
        assertFalse(_handler.overCapacity(), "capacity, by what was taken and not given back");
    }

    /// @dev 38
    function invariant_whatHasWaitedLongEnoughEnds() external view {
        assertFalse(_handler.stuck(), "stuck");
    }

    /// @dev 39
    function invariant_nothingIsAcceptedTooLate() external view {
        assertFalse(_handler.late(), "late");
    }

    /// @dev Else a suite could pass by doing nothing.
    function test_theHandlerReachesEveryAction() external {
        for (uint256 i = 0; i < 3_000; ++i) {
            uint256 seed = draw(7, i);
            uint256 action = draw(seed, 0) % 16;
            if (action < 3) _handler.request(seed);
            else if (action < 6) _handler.accept(seed);
            else if (action < 8) _handler.complete(seed);
            else if (action < 10) _handler.handOver(seed);
            else if (action < 12) _handler.deliver(seed);
            else if (action == 12) _handler.collect(seed);
            else if (action == 13) _handler.expire(seed);
            else if (action == 14) draw(seed, 99) % 2 == 0 ? _handler.fail(seed) : _handler.cancel(seed);
            else _handler.wait(seed);
        }
        string[15] memory actions = [
            "request",
            "accept",
            "cancel",
            "complete",
            "fail",
            "expire",
            "deliver",
            "collect",
            "dispute",
            "completed",
            "late",
            "failed",
            "expired",
            "cancelled",
            "resolved"
        ];
        for (uint256 i = 0; i < actions.length; ++i) {
            assertTrue(_handler.effects(actions[i]) > 0, actions[i]);
        }
        assertTrue(_handler.successes() > 0 && _handler.missed() > 0, "successes and missed ones");
    }
}

/// @dev Where messages come at once.
contract TwinsInvariants is AllTwinsInvariants {
    function setUp() external {
        _handler = new TwinsHandler(0);
    }
}

/// @dev Where they take as long as with blocks of 2 s that are final under three more.
contract SlowTwinsInvariants is AllTwinsInvariants {
    function setUp() external {
        _handler = new TwinsHandler(48);
    }
}
