// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

import {IGateway} from "../interfaces/IGateway.sol";
import {Guarded} from "./Guarded.sol";
import {Sender} from "./Sender.sol";

/// @title LogGateway
/// @notice See IGateway. A gateway without an outbox: of what it sent it keeps the number, and a hash of each 64 messages;
/// the rest is in its logs. Other chains verify its messages under block headers (IHeaderVerifier); there is no checkpoint
/// of it to sign.
contract LogGateway is Sender {
    /// @dev Messages of a group. More would make the first send of each, which fills a slot, rarer, and an announcement,
    /// which brings the ids of a group, dearer.
    uint256 private constant GROUP = 64;

    /// @dev Of each group of neighbours the hash over their ids, one after the other, beginning with zero.
    mapping(uint256 group => bytes32 hash) private _hashes;

    constructor(address owner, uint48 delaySeconds) Guarded(owner, delaySeconds) {}

    /// @inheritdoc IGateway
    /// @dev The root is zero.
    function outbox() external view returns (bytes32 root, uint32 count) {
        return (0, _count());
    }

    function _keep(uint32 nonce, bytes32 id) internal override {
        uint256 group = nonce / GROUP;
        _hashes[group] = Hashes.efficientKeccak256(_hashes[group], id);
    }

    function _isKept(uint32 nonce, bytes32 id, bytes32[] calldata evidence) internal view override returns (bool) {
        uint256 place = nonce % GROUP;
        if (place >= evidence.length || evidence[place] != id) return false;
        bytes32 hash = 0;
        for (uint256 i = 0; i < evidence.length; ++i) hash = Hashes.efficientKeccak256(hash, evidence[i]);
        return hash == _hashes[nonce / GROUP];
    }
}
