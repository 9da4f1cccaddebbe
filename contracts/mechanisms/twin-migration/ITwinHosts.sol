// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {HandOver} from "./MigrationTypes.sol";

/// @title Hosts of twins on a subchain
/// @notice Which of a subchain's servers hosts which twin, and hand-overs to and from them. A twin moves by its vehicle's
/// signed order: its old host, or the vehicle itself, releases it with a digest of its state; its new host takes it on
/// with the same digest, before or after. When both are there the new host's subchain tells main. Roots of
/// synchronizations are anchored here. It holds no money and knows no server: what main does not know it ignores.
///
/// An order's key is `keccak256(abi.encode(HandOver))`.
interface ITwinHosts {
    /// @notice Which server hosts a twin here, or did last, and by which migration.
    struct Host {
        address server;
        /// @dev It gave the twin away; until somebody has it, it can be released to another.
        bool released;
        uint256 migration;
    }

    /// @notice What a server says of its synchronizations in an epoch.
    struct Root {
        bytes32 root;
        uint32 count;
    }

    /// @notice A twin was released to a new host.
    event TwinReleased(
        bytes32 indexed order,
        uint256 indexed migration,
        address indexed vehicle,
        address source,
        address destination,
        uint64 destinationChain,
        bytes32 stateHash
    );
    /// @notice A release of another subchain came here.
    event ReleaseArrived(bytes32 indexed order, uint256 indexed migration, bytes32 stateHash, bytes32 receiveId);
    /// @notice A server says that it has the twin's state.
    event TwinTakenOn(
        bytes32 indexed order,
        uint256 indexed migration,
        address indexed vehicle,
        address destination,
        bytes32 stateHash
    );
    /// @notice What a server had taken on is not what was released: it must take it on again.
    event StateRefused(bytes32 indexed order, bytes32 taken, bytes32 released);
    /// @notice A twin has a new host here.
    event HostChanged(
        address indexed vehicle,
        address indexed server,
        uint256 indexed migration,
        bytes32 order,
        bytes32 stateHash
    );
    /// @notice A twin has no host here any more, and moved nowhere.
    event TwinDropped(address indexed vehicle, address indexed server);
    /// @notice A server anchored its synchronizations of an epoch.
    event RootPosted(address indexed server, uint32 indexed epoch, bytes32 root, uint32 count);

    /// @notice Thrown when an order is not for this chain, has no vehicle or destination, or has run out.
    error InvalidOrder(bytes32 order);
    /// @notice Thrown when an order's vehicle has not signed it.
    error NotOrdered(bytes32 order, address vehicle);
    /// @notice Thrown when somebody else than who may releases, takes on or drops.
    error NotYours(address vehicle, address caller);
    /// @notice Thrown when a server releases a twin that it does not host here.
    error NotHosted(address vehicle, address server);
    /// @notice Thrown when an order was carried out before.
    error AlreadyDone(bytes32 order);
    /// @notice Thrown when a server takes on another state than was released.
    error StateMismatch(bytes32 order, bytes32 taken, bytes32 released);
    /// @notice Thrown when a value is outside of its bounds; `field` names it.
    error InvalidValue(string field);
    /// @notice Thrown when a root is posted for an epoch that is not over, or too long ago.
    error WrongEpoch(uint256 epoch, uint256 now_);
    /// @notice Thrown when a server posts a second root for an epoch.
    error RootStands(address server, uint256 epoch);

    /// @notice Releases a twin: its host here, with the vehicle's signature, or the vehicle itself, without, also when its
    /// host dropped it. An order may be released before its migration is accepted.
    /// @param stateHash Storage digest of the state that is handed over; not zero.
    /// @param r As in EIP-2098, with `yParityAndS`; zeros where the vehicle calls.
    function release(HandOver calldata order, bytes32 stateHash, bytes32 r, bytes32 yParityAndS) external;

    /// @notice Takes a twin on: the destination, with the vehicle's signature.
    function takeOn(HandOver calldata order, bytes32 stateHash, bytes32 r, bytes32 yParityAndS) external;

    /// @notice Ends the hosting of a twin that goes nowhere: its host, or the vehicle. The vehicle can release it still.
    function drop(address vehicle) external;

    /// @notice Anchors the caller's synchronizations of an epoch that is over, of the last ten, once.
    /// @param root Over leaves `keccak256(abi.encode(Synchronization))` in their order in time, padded with zeros to a power
    /// of two (IncrementalMerkle); not zero.
    /// @param count How many they are; not zero.
    function postRoot(uint32 epoch, bytes32 root, uint32 count) external;

    /// @notice Who hosts a twin here.
    function hostOf(address vehicle) external view returns (Host memory);

    /// @notice State that was released under an order, as far as this chain knows; zero: none.
    function releasedState(bytes32 order) external view returns (bytes32);

    /// @notice State that was taken on under an order; zero: none.
    function takenState(bytes32 order) external view returns (bytes32);

    /// @notice A server's root of an epoch.
    function rootOf(address server, uint32 epoch) external view returns (Root memory);

    /// @notice Key of an order.
    function keyOf(HandOver calldata order) external pure returns (bytes32);

    /// @notice Chain id of the relay chain.
    function RELAY_CHAIN_ID() external view returns (uint256);
}
