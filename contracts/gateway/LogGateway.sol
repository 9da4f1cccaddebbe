// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IGateway} from "../interfaces/IGateway.sol";
import {Guarded} from "./Guarded.sol";
import {Sender} from "./Sender.sol";

/// @title LogGateway
/// @notice See IGateway. A gateway without an outbox: of what it sent it keeps the number, the rest is in its logs.
/// Other chains verify its messages under block headers (IHeaderVerifier); there is no checkpoint of it to sign.
contract LogGateway is Sender {
    constructor(address owner, uint48 delaySeconds) Guarded(owner, delaySeconds) {}

    /// @inheritdoc IGateway
    /// @dev The root is zero.
    function outbox() external view returns (bytes32 root, uint32 count) {
        return (0, _count());
    }

    /// @dev The logs are enough.
    // solhint-disable-next-line no-empty-blocks
    function _keep(uint32, bytes32) internal pure override {}
}
