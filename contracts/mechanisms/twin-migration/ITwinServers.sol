// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IRewardEscrow} from "../../interfaces/IRewardEscrow.sol";
import {ServerKind} from "./MigrationTypes.sol";

/// @title Servers of the market: stakes, offers of an epoch, reputation
/// @notice Amounts are whole micro-$ unless a name says wei; a micro-$ is `WEI_PER_MICRO` wei of the market's token.
/// Volumes are kB of twins. An edge server has one cloud server, of which it buys what it takes on above its own capacity.
interface ITwinServers {
    /// @notice A server. One storage slot and a word.
    struct Server {
        ServerKind kind;
        /// @dev Whether its stake is in; it can come again after it left.
        bool joined;
        /// @dev Chain id of the subchain that records what it hosts. Fixed once set.
        uint64 chainId;
        /// @dev The last epoch for which it made an offer.
        uint32 lastEpoch;
        /// @dev How many times it has joined: the number of its stake.
        uint32 stakes;
        /// @dev An edge server's cloud. Fixed once set.
        address cloud;
    }

    /// @notice What a server offers for an epoch: one storage slot.
    struct Offer {
        /// @dev θ, micro-$/MB; zero: there is no offer.
        uint32 theta;
        /// @dev w: at which a cloud sells, or an edge buys from it, micro-$/MB; zero: not at all.
        uint32 wholesale;
        /// @dev What it does itself, kB.
        uint48 own;
        /// @dev What it takes on at the most, kB.
        uint48 capacity;
        /// @dev What it has taken on so far, with what it sold to its edges, kB. Of what failed or expired only
        /// what was sold is given back, to the cloud.
        uint48 taken;
    }

    /// @notice A server staked, wei, and can make offers.
    event ServerJoined(
        address indexed server,
        ServerKind kind,
        uint64 indexed chainId,
        address indexed cloud,
        uint256 account,
        uint256 stake
    );
    /// @notice A server left and got its stake back.
    event ServerLeft(address indexed server, uint256 account, uint256 stake);
    /// @notice A server posted its offer for an epoch; it stays as it is.
    event OfferPosted(
        address indexed server,
        uint32 indexed epoch,
        uint32 theta,
        uint32 wholesale,
        uint48 own,
        uint48 capacity
    );
    /// @notice What is known of a server changed: its counts after this, millionths.
    event ReputationChanged(address indexed server, uint32 indexed epoch, uint96 okPpm, uint96 badPpm);

    /// @notice Thrown when a server joins twice, or otherwise than before.
    error AlreadyJoined(address server);
    /// @notice Thrown when a server that has not joined makes an offer, or is asked for something.
    error NotJoined(address server);
    /// @notice Thrown when a value is outside of its bounds (MigrationTypes.sol); `field` names the first that is.
    error InvalidValue(string field);
    /// @notice Thrown when a server makes an offer for an epoch that is over, or too far ahead.
    error WrongEpoch(uint256 epoch, uint256 now_);
    /// @notice Thrown when a server makes a second offer for an epoch.
    error OfferStands(address server, uint256 epoch);
    /// @notice Thrown when an edge offers more than its own capacity, and its cloud sells nothing that epoch at the price
    /// that the edge would pay.
    error NoWholesale(address cloud, uint256 epoch, uint256 asked);
    /// @notice Thrown when a server's stake is still held for its last offers.
    error StakeHeld(address server, uint256 until);

    /// @notice Joins with the least stake. The caller has approved the market. A server that comes again comes as it was.
    /// @param chainId Subchain that records what it hosts; not zero.
    /// @param cloud Of an edge server its cloud, which has joined; of a cloud server zero.
    function join(ServerKind kind, uint64 chainId, address cloud) external;

    /// @notice Leaves and takes the stake back, 234 s and four times MESSAGE_SECONDS after the epoch of the last offer: no stake
    /// is slashed, it is held so that a name is not worth less than its epochs. Migrations may still be open then; their bonds
    /// are in accounts of their own.
    function quit() external;

    /// @notice Posts the caller's offer for an epoch, the running one or a later one.
    /// @param theta θ, micro-$/MB, within [300000, 500000].
    /// @param own What the caller does itself, kB; of a cloud all of `capacity`.
    /// @param capacity What it takes on at the most, kB.
    /// @param wholesale Of a cloud: w at which it sells, micro-$/MB, within [120000, 400000], or zero for not at all. Of an
    /// edge: the most that it pays; it pays what its cloud posted, which must have come before when `capacity` > `own`.
    function postOffer(uint32 epoch, uint32 theta, uint48 own, uint48 capacity, uint32 wholesale) external;

    /// @notice A server.
    function serverOf(address server) external view returns (Server memory);

    /// @notice What a server offers for an epoch.
    function offerOf(address server, uint32 epoch) external view returns (Offer memory);

    /// @notice The running epoch.
    function epochNow() external view returns (uint32);

    /// @notice Reputation of a server as of the running epoch, millionths: (10⁶ (10⁶ + ok)) / (2·10⁶ + ok + bad), where
    /// every epoch leaves 98 % of both counts, rounded down, and each migration adds 10⁶ to one: to ok what was completed
    /// in time, to bad what was late, failed or expired. Disputes that nobody ended count for neither.
    function reputationOf(address server) external view returns (uint256 ppm);

    /// @notice The counts of a server as of the running epoch, millionths.
    function countsOf(address server) external view returns (uint256 okPpm, uint256 badPpm);

    /// @notice The escrow's number for the account of a server's stake.
    function stakeAccount(address server, uint32 number) external pure returns (uint256);

    /// @notice The market's token.
    function TOKEN() external view returns (IERC20);

    /// @notice Where its money lies.
    function ESCROW() external view returns (IRewardEscrow);

    /// @notice What is added to every wait of the market for messages to come through, seconds; at most 6 hours. It is the
    /// deployment's, from how fast the chains are, and nobody's to change.
    function MESSAGE_SECONDS() external view returns (uint256);

    /// @notice Wei of the market's token that stand for a micro-$.
    function WEI_PER_MICRO() external view returns (uint256);

    /// @notice What a server stakes, micro-$.
    function STAKE() external view returns (uint256);
}
