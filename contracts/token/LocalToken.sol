// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Token of local networks
/// @notice A plain ERC-20 whose whole supply goes to the deployer. Tasks take any ERC-20 that moves exactly what it
/// says; this one is for chains on one machine.
contract LocalToken is ERC20 {
    constructor(address holder, uint256 supply) ERC20("Freshet local token", "FRT") {
        _mint(holder, supply);
    }
}
