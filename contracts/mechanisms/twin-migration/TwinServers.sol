// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IRewardEscrow} from "../../interfaces/IRewardEscrow.sol";
import {ITwinServers} from "./ITwinServers.sol";
import {MigrationPay} from "./MigrationPay.sol";
import {
    DECAY_PPM,
    DISPUTE_SECONDS,
    EPOCH_SECONDS,
    EXPIRY_SECONDS,
    LEAST_RETAIL,
    LEAST_WHOLESALE,
    MOST_EPOCHS_AHEAD,
    MOST_MESSAGE_SECONDS,
    MOST_RETAIL,
    MOST_WHOLESALE,
    ServerKind
} from "./MigrationTypes.sol";
import {Reputation} from "./Reputation.sol";

/// @title Servers of the market
/// @notice See ITwinServers. Here is also how the market's money gets into the escrow.
abstract contract TwinServers is ITwinServers {
    using SafeERC20 for IERC20;

    /// @dev Counts of a server, as of the end of an epoch. One storage slot.
    struct Counts {
        uint96 okPpm;
        uint96 badPpm;
        uint32 epoch;
    }

    /// @dev So that no amount of micro-$ that there can be exceeds what the escrow takes.
    uint256 private constant MOST_WEI_PER_MICRO = 10 ** 15;
    /// @dev 10¹² $.
    uint256 private constant MOST_STAKE = 10 ** 18;

    /// @inheritdoc ITwinServers
    IERC20 public immutable TOKEN;
    /// @inheritdoc ITwinServers
    IRewardEscrow public immutable ESCROW;
    /// @inheritdoc ITwinServers
    uint256 public immutable MESSAGE_SECONDS;
    /// @inheritdoc ITwinServers
    uint256 public immutable WEI_PER_MICRO;
    /// @inheritdoc ITwinServers
    uint256 public immutable STAKE;

    mapping(address server => Server) internal _servers;
    mapping(address server => mapping(uint32 epoch => Offer)) internal _offers;
    mapping(address server => Counts) private _counts;

    constructor(IERC20 token, IRewardEscrow escrow, uint256 weiPerMicro, uint256 stake, uint256 messageSeconds) {
        require(weiPerMicro > 0 && weiPerMicro <= MOST_WEI_PER_MICRO, InvalidValue("weiPerMicro"));
        require(stake > 0 && stake * weiPerMicro <= type(uint96).max && stake <= MOST_STAKE, InvalidValue("stake"));
        require(messageSeconds <= MOST_MESSAGE_SECONDS, InvalidValue("messageSeconds"));
        (TOKEN, ESCROW) = (token, escrow);
        (WEI_PER_MICRO, STAKE, MESSAGE_SECONDS) = (weiPerMicro, stake, messageSeconds);
        // Nothing lies here between calls, and the escrow takes from its caller only.
        token.forceApprove(address(escrow), type(uint256).max);
    }

    /// @inheritdoc ITwinServers
    function join(ServerKind kind, uint64 chainId, address cloud) external {
        Server storage server = _servers[msg.sender];
        require(!server.joined, AlreadyJoined(msg.sender));
        require(kind != ServerKind.None, InvalidValue("kind"));
        require(chainId != 0, InvalidValue("chainId"));
        bool known = kind == ServerKind.Edge ? _servers[cloud].kind == ServerKind.Cloud : cloud == address(0);
        require(known, InvalidValue("cloud"));
        if (server.kind == ServerKind.None) (server.kind, server.chainId, server.cloud) = (kind, chainId, cloud);
        bool same = server.kind == kind && server.chainId == chainId && server.cloud == cloud;
        require(same, AlreadyJoined(msg.sender));
        server.joined = true;
        uint256 number = ++server.stakes;
        uint256 account = stakeAccount(msg.sender, uint32(number));
        emit ServerJoined(msg.sender, kind, chainId, cloud, account, STAKE * WEI_PER_MICRO);
        _fund(account, STAKE);
    }

    /// @inheritdoc ITwinServers
    function quit() external {
        Server storage server = _servers[msg.sender];
        require(server.joined, NotJoined(msg.sender));
        uint256 last = server.lastEpoch;
        // What a request of that epoch waits for: to be accepted, to end, to be disputed, and to be signed then.
        uint256 until = last == 0
            ? 0
            : (last + 1) * EPOCH_SECONDS + 2 * (EXPIRY_SECONDS + DISPUTE_SECONDS) + 4 * MESSAGE_SECONDS;
        require(block.timestamp >= until, StakeHeld(msg.sender, until));
        server.joined = false;
        uint256 account = stakeAccount(msg.sender, server.stakes);
        emit ServerLeft(msg.sender, account, STAKE * WEI_PER_MICRO);
        ESCROW.refund(account);
    }

    /// @inheritdoc ITwinServers
    function postOffer(uint32 epoch, uint32 theta, uint48 own, uint48 capacity, uint32 wholesale) external {
        Server storage server = _servers[msg.sender];
        require(server.joined, NotJoined(msg.sender));
        uint256 running = epochNow();
        require(epoch >= running && epoch <= running + MOST_EPOCHS_AHEAD, WrongEpoch(epoch, running));
        require(_offers[msg.sender][epoch].theta == 0, OfferStands(msg.sender, epoch));
        require(theta >= LEAST_RETAIL && theta <= MOST_RETAIL, InvalidValue("theta"));
        require(capacity > 0 && own <= capacity, InvalidValue("capacity"));
        if (server.kind == ServerKind.Cloud) {
            require(own == capacity, InvalidValue("own"));
            bool sells = wholesale >= LEAST_WHOLESALE && wholesale <= MOST_WHOLESALE;
            require(sells || wholesale == 0, InvalidValue("wholesale"));
        } else if (capacity > own) {
            uint32 asked = _offers[server.cloud][epoch].wholesale;
            require(asked != 0 && asked <= wholesale, NoWholesale(server.cloud, epoch, asked));
            wholesale = asked;
        } else {
            wholesale = 0;
        }
        if (epoch > server.lastEpoch) server.lastEpoch = epoch;
        _offers[msg.sender][epoch] = Offer(theta, wholesale, own, capacity, 0);
        emit OfferPosted(msg.sender, epoch, theta, wholesale, own, capacity);
    }

    /// @inheritdoc ITwinServers
    function serverOf(address server) external view returns (Server memory) {
        return _servers[server];
    }

    /// @inheritdoc ITwinServers
    function offerOf(address server, uint32 epoch) external view returns (Offer memory) {
        return _offers[server][epoch];
    }

    /// @inheritdoc ITwinServers
    function reputationOf(address server) external view returns (uint256 ppm) {
        (uint256 ok, uint256 bad) = countsOf(server);
        return Reputation.ppmOf(ok, bad);
    }

    /// @inheritdoc ITwinServers
    function countsOf(address server) public view returns (uint256 okPpm, uint256 badPpm) {
        Counts storage counts = _counts[server];
        return Reputation.decayed(counts.okPpm, counts.badPpm, epochNow() - counts.epoch, DECAY_PPM);
    }

    /// @inheritdoc ITwinServers
    function epochNow() public view returns (uint32) {
        return uint32(block.timestamp / EPOCH_SECONDS);
    }

    /// @inheritdoc ITwinServers
    function stakeAccount(address server, uint32 number) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(server, number)));
    }

    /// @dev Counts a migration for or against a server.
    function _count(address server, bool ok) internal {
        (uint256 okPpm, uint256 badPpm) = countsOf(server);
        if (ok) okPpm += Reputation.PPM;
        else badPpm += Reputation.PPM;
        // An epoch would have to see 10²² migrations before a count needed more than 96 bits.
        Counts memory counts = Counts(uint96(okPpm), uint96(badPpm), epochNow());
        _counts[server] = counts;
        emit ReputationChanged(server, counts.epoch, counts.okPpm, counts.badPpm);
    }

    /// @dev Takes micro-$ from the caller into an account of the escrow. The escrow takes from its caller only.
    function _fund(uint256 account, uint256 micros) internal {
        uint256 amount = micros * WEI_PER_MICRO;
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        ESCROW.fund(account, TOKEN, msg.sender, amount);
    }

    /// @dev ⌈price · volume⌉, micro-$; below 2^64, as prices and volumes are bounded.
    function _priceOf(uint256 price, uint256 kilobytes) internal pure returns (uint64) {
        return uint64(MigrationPay.priceOf(price, kilobytes));
    }
}
