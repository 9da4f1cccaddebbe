// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITwinServers} from "./ITwinServers.sol";
import {HandOver, MigrationOutcome, MigrationStatus, Stamp} from "./MigrationTypes.sol";

/// @title Market for migrations of twins, on the main chain
/// @notice A vehicle requests and locks ⌈θD⌉; the destination accepts and locks as much as a bond, and what it buys of its
/// cloud for it; both end a migration by their signatures, or time does. Who hosts a twin, subchains say (ITwinHosts).
///
/// | | to the destination | to the vehicle | of the bond |
/// | completed in time | escrow | | back |
/// | late, or a dispute that nobody ended | escrow − ⌊escrow/10⌋ | ⌊escrow/10⌋ | back |
/// | failed, expired | | escrow + ⌊bond/10⌋ | the rest back |
/// | cancelled | | escrow | none |
///
/// What a destination bought of its cloud goes to the cloud where the destination is paid; else the money goes back, and the
/// volume to what the cloud has left. Of the latency holds what vehicle and servers signed: it is attested, not proven.
///
/// Waits, to each of which `MESSAGE_SECONDS` are added, as what it waits for may come as a message:
/// - Requested, and not accepted after 17 s: anyone cancels it. Its server may wait for the release of the twin.
/// - Accepted, and neither completed nor handed over after 17 s: anyone expires it.
/// - Handed over, as both subchains say, and the vehicle does not sign: no proof that the server failed. It becomes a
///   dispute after 17 s, and is paid as late after another 100 s.
/// - Signed by vehicle and destination, and not handed over: it waits for 100 s, and is then paid as signed.
/// - Signed by vehicle and old host only, handed over or not: it waits for 100 s for the destination's stamp, and is then
///   paid as signed. So nobody settles it with stamps of his choice before the destination's is there.
/// - Signed and handed over with another state: the destination has failed if it signed; a completion that only the
///   old host signed does not count.
/// - Stamps more than 1 s apart: a dispute. Until it is resolved, new stamps that agree end it, as above, and the
///   destination can give in (`fail`).
///
/// Whatever it says, a vehicle saves a tenth of the escrow at the most where it was served.
///
/// Money lies in the escrow in accounts of this application: a migration's number for the vehicle's escrow, `bondAccount`
/// for the destination's bond, `stakeAccount` for a server's stake. Whoever is owed collects.
interface ITwinMarket is ITwinServers {
    /// @notice A migration. Five storage slots.
    struct Migration {
        address vehicle;
        /// @dev D, kB.
        uint32 kilobytes;
        /// @dev Of the offer.
        uint32 epoch;
        MigrationStatus status;
        MigrationOutcome outcome;
        /// @dev 1: handed over; 2: the destination signed the completion that counts; 4: the twin was lost.
        uint8 flags;
        /// @dev Who has collected: 1 the vehicle, 2 the destination, 4 its cloud.
        uint8 collected;
        /// @dev The old host; zero where the twin begins anew.
        address source;
        /// @dev ⌈θD⌉, micro-$; the bond as well.
        uint64 escrow;
        /// @dev θ as it was paid, micro-$/MB.
        uint32 theta;
        /// @dev The new host.
        address destination;
        /// @dev What the destination buys of its cloud for this, micro-$.
        uint64 wholesale;
        /// @dev When it got the status that it has, Unix seconds.
        uint40 since;
        uint40 requestedAt;
        uint40 acceptedAt;
        /// @dev Attested latency, ms; zero until there is one.
        uint64 latencyMs;
        /// @dev Of the hand-over; before there is one, of the completion.
        bytes32 stateHash;
    }

    /// @notice What there was of an epoch's migrations: MSR = successes / (attempts + missed).
    struct Tally {
        /// @dev Accepted and settled, from one host to another.
        uint32 attempts;
        /// @dev Of those, completed in time.
        uint32 successes;
        /// @dev Twins that were lost and began anew.
        uint32 missed;
        /// @dev Requests that no server accepted.
        uint32 rejected;
    }

    /// @notice A vehicle asked for a migration and locked its escrow.
    event MigrationRequested(
        uint256 indexed migration,
        address indexed vehicle,
        address indexed destination,
        address source,
        uint32 epoch,
        uint32 kilobytes,
        uint32 theta,
        uint64 escrow,
        bool lost
    );
    /// @notice The destination accepted and locked its bond. `wholesale` is what it buys of `cloud` for it, micro-$.
    event MigrationAccepted(
        uint256 indexed migration,
        address indexed destination,
        uint64 bond,
        uint64 bought,
        uint64 wholesale,
        address indexed cloud
    );
    /// @notice Vehicle and server signed that it is completed: the last one counts; `stamps` are the ends of vehicle, old and new host, zero of
    /// who did not sign.
    event MigrationAttested(
        uint256 indexed migration,
        bytes32 stateHash,
        uint64 startMs,
        uint64[3] stamps,
        uint64 latencyMs,
        uint64 spreadMs
    );
    /// @notice The subchains say that the twin was handed over.
    event TwinHandedOver(
        uint256 indexed migration,
        address indexed vehicle,
        address indexed destination,
        bytes32 stateHash,
        uint48 takenOnAt,
        bytes32 receiveId
    );
    /// @notice A message of a hand-over that is not one of this market's migrations, or came twice: it counts for nothing.
    event HandOverIgnored(uint256 indexed migration, address indexed vehicle, bytes32 receiveId);
    /// @notice What the old host alone had signed with the vehicle was of another state than was handed over: it counts for
    /// nothing.
    event AttestationDropped(uint256 indexed migration, bytes32 signed, bytes32 handedOver);
    /// @notice All is held: stamps too far apart, or nobody signed for what was handed over.
    event MigrationDisputed(uint256 indexed migration, uint256 held);
    /// @notice It is decided who gets what, micro-$.
    event MigrationSettled(
        uint256 indexed migration,
        MigrationOutcome indexed outcome,
        uint64 latencyMs,
        uint256 toProvider,
        uint256 refund,
        uint256 bondReturned,
        uint256 bondSlashed,
        uint256 toCloud
    );
    /// @notice Somebody got what he is owed of a migration, wei.
    event ShareCollected(uint256 indexed migration, address indexed party, uint256 amount);

    /// @notice Thrown when a migration's status does not allow what is asked.
    error WrongStatus(uint256 migration, MigrationStatus status);
    /// @notice Thrown when somebody else than who may calls.
    error NotYours(uint256 migration, address caller);
    /// @notice Thrown when a vehicle requests while another of its migrations is neither handed over nor settled.
    error MigrationOpen(address vehicle, uint256 migration);
    /// @notice Thrown when a vehicle requests a server that makes no offer in the running epoch, or is its host already.
    error NotOffered(address server, uint256 epoch);
    /// @notice Thrown when a server accepts above its capacity, or above what its cloud has left.
    error NoCapacity(address server, uint256 asked, uint256 left);
    /// @notice Thrown when a request is accepted too late; it can only be cancelled.
    error RequestOver(uint256 migration, uint256 until);
    /// @notice Thrown when a migration is ended by who has to wait for it to expire.
    error NotOver(uint256 migration, uint256 until);
    /// @notice Thrown when a completion lacks the vehicle's signature, or has none of a server's, or one is not its signer's.
    error MissingSignature(uint256 migration, address signer);
    /// @notice Thrown when stamps of a dispute are still too far apart, or the destination's from those that it joins.
    error StampsApart(uint256 migration, uint256 spreadMs);
    /// @notice Thrown when signed times cannot be: it began before it was accepted, ended before it began, or is to end.
    error ImpossibleTimes(uint256 migration, uint64 startMs, uint64 endMs);
    /// @notice Thrown when the vehicle and its old host sign another state than was handed over.
    error StateMismatch(uint256 migration, bytes32 signed, bytes32 handedOver);
    /// @notice Thrown when somebody collects and is owed nothing of any of the migrations, or nothing any more; `migration`
    /// is the first.
    error NothingOwed(uint256 migration, address party);

    /// @notice Requests a migration of the caller's twin to a server at the price that it posted for the running epoch. The
    /// caller has approved the market. Without a host so far the twin begins anew.
    /// @param kilobytes D, from 1 to 10⁹.
    /// @param lost The host is out of reach: the twin begins anew, at the highest price.
    function request(
        address destination,
        uint32 epoch,
        uint32 kilobytes,
        bool lost
    ) external returns (uint256 migration);

    /// @notice Takes a request back that no server has accepted: its vehicle at any time, others 17 s and MESSAGE_SECONDS
    /// after it.
    function cancel(uint256 migration) external;

    /// @notice Accepts a request: the destination, within 17 s and MESSAGE_SECONDS, and approves the market for bond and
    /// wholesale.
    function accept(uint256 migration) external;

    /// @notice Completes a migration by signatures of the vehicle and at least one server. Anyone may bring them. The
    /// latency is the median of the ends that are signed, of two the later, less the start. What the old host alone signed
    /// with the vehicle can be replaced, until it is settled, by stamps that agree and have the destination's among them.
    /// @param stamps Of vehicle, old host, new host.
    function complete(
        uint256 migration,
        bytes32 stateHash,
        uint64 startMs,
        Stamp[3] calldata stamps
    ) external;

    /// @notice Says that an accepted migration failed: the destination, until it is settled.
    function fail(uint256 migration) external;

    /// @notice Ends what has waited long enough; anyone may call. Accepted: expired, or disputed if it was handed over.
    /// Attested: completed as signed. Disputed: paid as late.
    function expire(uint256 migration) external;

    /// @notice Pays a party all it is owed of settled migrations; anyone may call. Those of which nothing is owed, or nothing
    /// any more, are passed over.
    /// @param migrations At most 64.
    function collect(uint256[] calldata migrations, address party) external;

    /// @notice A migration.
    function migrationOf(uint256 migration) external view returns (Migration memory);

    /// @notice How many there are: the last one's number.
    function migrationCount() external view returns (uint256);

    /// @notice What a party can collect of a migration, wei.
    function owedTo(uint256 migration, address party) external view returns (uint256);

    /// @notice From when on `expire` (of what is only requested: `cancel` by anyone) goes through, Unix seconds; zero: never.
    function expiresAt(uint256 migration) external view returns (uint256);

    /// @notice Who hosts a vehicle's twin, as far as this chain knows, and by which migration.
    function hostOf(address vehicle) external view returns (address host, uint256 migration);

    /// @notice A vehicle's migration that is neither handed over nor settled; zero if there is none.
    function openOf(address vehicle) external view returns (uint256);

    /// @notice Counts of an epoch's migrations that are settled.
    function tallyOf(uint32 epoch) external view returns (Tally memory);

    /// @notice The escrow's number for the account of a bond.
    function bondAccount(uint256 migration) external pure returns (uint256);

    /// @notice What a hand-over of a migration must say, `until` left zero.
    function orderOf(uint256 migration) external view returns (HandOver memory);
}
