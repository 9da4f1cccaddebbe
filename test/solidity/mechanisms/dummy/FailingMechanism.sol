// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title How the failing policy fails
library FailingMechanism {
    /// @dev Its terms are one of these and an amount.
    enum Failure {
        /// @dev Without data.
        Silent,
        /// @dev Uses up its gas.
        Endless,
        /// @dev With so many bytes.
        Talkative,
        /// @dev Without data, if it gets less gas than the amount.
        Hungry,
        /// @dev With an error, if it gets less gas than the amount.
        Accusing
    }

    error Refused();

    bytes4 internal constant ID = bytes4(keccak256("freshet.mechanism.failing"));

    function encode(Failure failure, uint256 amount) internal pure returns (bytes memory) {
        return abi.encode(failure, amount);
    }
}
