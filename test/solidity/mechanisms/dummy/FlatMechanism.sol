// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Name of a mechanism of tests: fixed pay for every round whose aggregate took the worker's update
library FlatMechanism {
    bytes4 internal constant ID = bytes4(keccak256("freshet.mechanism.flat"));
}
