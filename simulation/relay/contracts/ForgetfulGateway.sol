// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Gateway} from "../../../contracts/gateway/Gateway.sol";

/// @title Gateway with a planted bug, which the fault simulation must find
/// @notice It does not note what it delivered, so that everything can be delivered again.
contract ForgetfulGateway is Gateway {
    constructor(address owner, uint48 delaySeconds) Gateway(owner, delaySeconds) {}

    function _markDelivered(uint64, uint32) internal override {}
}
