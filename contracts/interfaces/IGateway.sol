// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";

import {IGuarded} from "./IGuarded.sol";

/// @title Gateway between chains, speaking ERC-7786
/// @notice Sends messages into an incremental Merkle outbox and delivers those of other chains. A route to another
/// chain names its gateway and the verifier that must be convinced before a message of it counts. Anyone may deliver:
/// a relayer can be late, never wrong. Messages are delivered in any order, each exactly once; one whose recipient
/// refuses can be delivered again and holds up no other.
interface IGateway is IERC7786GatewaySource, IGuarded {
    /// @notice A message of another chain for this one.
    struct Message {
        /// @dev Place among all messages that the origin's gateway sent, from 0.
        uint32 nonce;
        address sender;
        address recipient;
        bytes payload;
    }

    /// @notice What this gateway knows of another chain.
    struct Route {
        /// @dev Gateway of the other chain; zero while there is no route. Fixed once set.
        address gateway;
        /// @dev Deliveries are paused by the guardian or the owner.
        bool paused;
        /// @dev Whoever vouches for the other chain vouched for two histories of it.
        bool frozen;
        /// @dev Verifier of the other chain's messages.
        address verifier;
        /// @dev Most messages delivered at once; zero for no limit.
        uint32 burst;
        /// @dev Messages that may be delivered a minute in the long run.
        uint32 perMinute;
    }

    /// @notice A message was sent, or announced again; `nonce` is its place among all that this gateway sent. When it was
    /// sent, `MessageSent` follows at once.
    event MessageInserted(bytes32 indexed messageId, uint32 nonce);
    /// @notice A message was proven, handed to its recipient and will not be delivered again.
    event MessageDelivered(bytes32 indexed messageId, uint64 indexed originChainId, uint32 nonce, address recipient);
    /// @notice In a batch, a message's recipient refused; nothing that it did stays, and the message can be delivered
    /// again. `reason` is what it reverted with, cut off after 256 bytes, or InvalidRecipient if it did not revert.
    event MessageRefused(bytes32 indexed messageId, uint64 indexed originChainId, uint32 nonce, bytes reason);
    /// @notice A route was opened.
    event RouteOpened(uint64 indexed chainId, address gateway, address verifier);
    /// @notice A route's limit was set.
    event LimitSet(uint64 indexed chainId, uint32 burst, uint32 perMinute);
    /// @notice Another verifier will be the route's from `activeFrom` (Unix seconds) on.
    event VerifierScheduled(uint64 indexed chainId, address verifier, uint48 activeFrom);
    /// @notice The scheduled verifier was dropped.
    event VerifierCancelled(uint64 indexed chainId, address verifier);
    /// @notice The scheduled verifier is the route's now.
    event VerifierChanged(uint64 indexed chainId, address verifier);
    /// @notice Deliveries of a route were paused.
    event RoutePaused(uint64 indexed chainId, address by);
    /// @notice Deliveries of a route go on.
    event RouteUnpaused(uint64 indexed chainId);
    /// @notice A contradiction was shown; nothing of the route is delivered any more.
    event RouteFrozen(uint64 indexed chainId, address by);
    /// @notice The owner opened a frozen route again.
    event RouteUnfrozen(uint64 indexed chainId);

    /// @notice Thrown when value is sent along: this gateway carries messages only.
    error ValueNotSupported();
    /// @notice Thrown when there is no route to the chain of a recipient, or from the one that a message comes from.
    error UnknownRoute(uint256 chainId);
    /// @notice Thrown when a message has no recipient.
    error NoRecipient();
    /// @notice Thrown when what is announced was not sent under that number, or is not shown by what is kept now.
    error NotSent(bytes32 messageId, uint32 nonce);
    /// @notice Thrown when a message was delivered before.
    error AlreadyDelivered(bytes32 messageId);
    /// @notice Thrown when a batch is empty, longer than 256, or not in the order of its nonces.
    error InvalidBatch();
    /// @notice Thrown when a batch delivered fewer messages than its caller wanted at least.
    error TooFewDelivered(uint256 delivered, uint256 atLeast);
    /// @notice Thrown when a recipient is no contract or does not answer with ERC-7786's magic value.
    error InvalidRecipient(address recipient);
    /// @notice Thrown when anyone but this gateway calls its handing over.
    error OnlySelf();
    /// @notice Thrown when a route is paused; deliver again later.
    error RouteIsPaused(uint64 chainId);
    /// @notice Thrown when a route is frozen; deliver again once the owner has opened it.
    error RouteIsFrozen(uint64 chainId);
    /// @notice Thrown when a route's limit is reached; deliver again in `retrySeconds`.
    error RateLimited(uint64 chainId, uint256 retrySeconds);
    /// @notice Thrown when a route cannot be: to this chain itself, without gateway or verifier, or opened before.
    error InvalidRoute(uint64 chainId);

    /// @notice Leaves the log `MessageInserted` of a message that was sent once more. Anyone may call, as often as he
    /// likes: whoever sends a message with much else in one transaction leaves a receipt too large to be shown to a
    /// verifier, and the message is then proven by the receipt of this call.
    /// @param messageId The message's id, which binds all that it says.
    /// @param nonce Its place among all that this gateway sent.
    /// @param evidence Of a gateway with an outbox, the siblings of the message, from the leaf up, in the largest complete
    /// subtree of the outbox that holds it; of one without, the ids of all messages sent so far of its group, which are
    /// those whose nonces divided by 64 give the same. Both change when more is sent, and then the call reverts.
    function announce(bytes32 messageId, uint32 nonce, bytes32[] calldata evidence) external;

    /// @notice Delivers a message of another chain to its recipient here. Anyone may call.
    /// @dev Reverts with what the recipient reverted with.
    /// @param origin Chain id that the message comes from.
    /// @param message The message.
    /// @param proof What the route's verifier wants to see.
    function deliver(uint64 origin, Message calldata message, bytes calldata proof) external;

    /// @notice Delivers up to 256 messages of one chain, in the order of their nonces, under one proof. Anyone may
    /// call. A message that was delivered before, or whose recipient refuses, is passed over and holds up no other. A
    /// recipient refuses by reverting or by not answering with ERC-7786's magic value; nothing that it did stays.
    /// @param atLeast Number of messages that this call must deliver, or it reverts; zero to deliver what can be. A
    /// recipient that runs out of gas refuses, so only with a number does an estimate tell the gas that all need.
    /// @return delivered Bit i is set when this call delivered message i.
    function deliverBatch(
        uint64 origin,
        Message[] calldata messages,
        bytes calldata proof,
        uint256 atLeast
    ) external returns (uint256 delivered);

    /// @notice Hands a message of a batch to its recipient; external so that all the recipient did is undone when it
    /// refuses. Callable by the gateway itself only.
    /// @dev Reverts with the beginning of what the recipient reverted with.
    /// @param origin Chain id that the message comes from.
    /// @param id The message's id, proven and marked delivered.
    /// @param message The message.
    function handOver(uint64 origin, bytes32 id, Message calldata message) external;

    /// @notice Freezes a route by showing a contradiction of those who vouch for its chain. Anyone may call.
    function freeze(uint64 origin, bytes calldata evidence) external;

    /// @notice Opens the route to and from another chain. Owner only, once a chain.
    function openRoute(uint64 chainId, address gateway, address verifier) external;

    /// @notice Limits the deliveries of a route; a burst of zero lifts the limit. Owner only.
    function setLimit(uint64 chainId, uint32 burst, uint32 perMinute) external;

    /// @notice Schedules another verifier for a route, after `DELAY_SECONDS`. Owner only.
    function scheduleVerifier(uint64 chainId, address verifier) external;

    /// @notice Drops the scheduled verifier of a route. Owner or guardian.
    function cancelVerifier(uint64 chainId) external;

    /// @notice Makes the scheduled verifier the route's once its time has come. Anyone may call.
    function applyVerifier(uint64 chainId) external;

    /// @notice Pauses the deliveries of a route; sending goes on. Owner or guardian.
    function pause(uint64 chainId) external;

    /// @notice Lets the deliveries of a route go on. Owner only.
    function unpause(uint64 chainId) external;

    /// @notice Opens a frozen route again. Owner only.
    function unfreeze(uint64 chainId) external;

    /// @notice What this gateway knows of another chain.
    function routeOf(uint64 chainId) external view returns (Route memory);

    /// @notice Since when messages of another chain can be delivered, Unix seconds; 0 while the route is paused or
    /// frozen, or there is none.
    function openSince(uint64 chainId) external view returns (uint48);

    /// @notice The scheduled verifier of a route and its time (Unix seconds); zeros when there is none.
    function scheduledVerifier(uint64 chainId) external view returns (address verifier, uint48 activeFrom);

    /// @notice Root of the outbox, as deep as its messages need, and their number.
    function outbox() external view returns (bytes32 root, uint32 count);

    /// @notice Whether the message with that nonce of another chain was delivered here.
    function isDelivered(uint64 origin, uint32 nonce) external view returns (bool);
}
