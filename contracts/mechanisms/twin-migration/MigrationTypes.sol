// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @dev Length of an epoch on every chain, seconds: 100 steps of one second. Epoch e begins at Unix time 100 e.
uint256 constant EPOCH_SECONDS = 100;
/// @dev L_max: a migration that takes longer is late, ms.
uint256 constant LATENCY_LIMIT_MS = 6_000;
/// @dev Stamps further apart than this are a dispute, ms.
uint256 constant SPREAD_LIMIT_MS = 1_000;
/// @dev How long a request waits for its server, and an accepted migration for its completion, seconds: 2 L_max and 5 s
/// of grace. As to every wait, the time that messages take is added (ITwinServers.MESSAGE_SECONDS).
uint256 constant EXPIRY_SECONDS = 17;
/// @dev How long a dispute, or a completion without its hand-over, waits before anyone ends it, seconds; as above.
uint256 constant DISPUTE_SECONDS = 100;
/// @dev The most that a deployment may say messages take, seconds: so long is money held at the most by each wait.
uint256 constant MOST_MESSAGE_SECONDS = 6 hours;
/// @dev Share of the escrow that goes back to the vehicle when its migration was late, basis points.
uint256 constant LATE_BASIS_POINTS = 1_000;
/// @dev Share of the bond that goes to the vehicle when its migration failed or expired, basis points.
uint256 constant SLASH_BASIS_POINTS = 1_000;
/// @dev What an epoch leaves of counts of reputation, millionths.
uint256 constant DECAY_PPM = 980_000;
/// @dev Bounds of retail prices θ, micro-$/MB.
uint32 constant LEAST_RETAIL = 300_000;
uint32 constant MOST_RETAIL = 500_000;
/// @dev Bounds of wholesale prices w, micro-$/MB.
uint32 constant LEAST_WHOLESALE = 120_000;
uint32 constant MOST_WHOLESALE = 400_000;
/// @dev The largest twin: 1 TB, in kB.
uint32 constant MOST_KILOBYTES = 1_000_000_000;
/// @dev How many epochs before its own an offer may be posted.
uint256 constant MOST_EPOCHS_AHEAD = 10;
/// @dev How many epochs after its own a root of synchronizations may be posted.
uint256 constant MOST_EPOCHS_BEHIND = 10;
/// @dev How long after it is shown an order to hand over may still hold, seconds: more than a request and then a migration
/// wait, 2 (EXPIRY_SECONDS + MOST_MESSAGE_SECONDS), as it is shown before either.
uint256 constant MOST_ORDER_SECONDS = 1 days;

/// @notice Kinds of messages of the market; a payload is `abi.encode(uint8(kind), abi.encode(HandOverReport))`.
enum TwinMessageKind {
    Released, // subchain of the old host → relay → subchain of the new host
    HandedOver // subchain of the new host → relay → main
}

/// @notice What a server is.
enum ServerKind {
    None,
    Edge,
    Cloud
}

/// @notice How a migration stands.
enum MigrationStatus {
    None,
    Requested, // escrow locked
    Accepted, // bond locked
    Attested, // completed as vehicle and server signed; its hand-over is not there yet
    Disputed, // all is held
    Settled
}

/// @notice What became of a migration.
enum MigrationOutcome {
    None,
    Completed, // in time
    Late, // completed, 90 % is paid
    Failed, // the destination said so, or signed another state than it took on
    Expired, // neither completed nor handed over in time
    Cancelled, // never accepted
    Resolved // a dispute that nobody ended: paid as late
}

/// @notice An order of a vehicle to hand its twin over. EIP-712 type `HandOver` with these fields in this order, in the
/// domain (name "Freshet", version "1", chain id of the subchain, its TwinHosts as verifying contract): the vehicle signs
/// it for the subchain of the old host and for that of the new one.
struct HandOver {
    /// @dev Number of the migration at the market.
    uint256 migration;
    address vehicle;
    /// @dev The old host; zero where the twin begins anew.
    address source;
    /// @dev Chain id of its subchain; zero without an old host.
    uint64 sourceChain;
    /// @dev The new host.
    address destination;
    uint64 destinationChain;
    /// @dev Until when it holds on the subchains, Unix seconds.
    uint48 until;
}

/// @notice What subchains say of a hand-over: the body of both kinds of messages.
struct HandOverReport {
    HandOver order;
    /// @dev Storage digest of the twin's state; not zero.
    bytes32 stateHash;
    /// @dev When it was released, or taken on: the block's time on the subchain that says so, Unix seconds.
    uint48 reportedAt;
}

/// @notice A completed migration as one of its parties saw it. EIP-712 type `Completion` with these fields in this order,
/// in the domain (name "Freshet", version "1", chain id of main, TwinMarket as verifying contract).
struct Completion {
    uint256 migration;
    address vehicle;
    address source;
    address destination;
    /// @dev Storage digest of the state that moved.
    bytes32 stateHash;
    /// @dev When it began, Unix ms; the same for all who sign.
    uint64 startMs;
    /// @dev When it ended for the signer, Unix ms.
    uint64 endMs;
}

/// @notice A signature of a Completion with the signer's own end.
struct Stamp {
    /// @dev Zero: this party did not sign.
    uint64 endMs;
    /// @dev As in EIP-2098: r, then s with y in its highest bit.
    bytes32 r;
    bytes32 yParityAndS;
}

/// @notice A synchronization of a twin: a leaf of its server's root of an epoch, `keccak256(abi.encode(…))`.
struct Synchronization {
    address vehicle;
    address server;
    uint32 epoch;
    /// @dev Step within the epoch, from 0 to 99.
    uint16 step;
    /// @dev Time on the server's clock, Unix ms.
    uint64 atMs;
    /// @dev Storage digest of the twin's state after it.
    bytes32 stateHash;
}
