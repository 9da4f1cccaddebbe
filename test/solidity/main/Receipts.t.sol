// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Receipts} from "../../../contracts/main/Receipts.sol";
import {Test} from "../Test.sol";

/// @title A task manager that looks at receipts
contract ReceiptsBook {
    address[] private _aggregators;

    function setAggregators(address[] memory aggregators) external {
        _aggregators = aggregators;
    }

    function areEnough(bytes calldata packed, bytes32 leaf, uint256 needed) external view returns (bool) {
        return Receipts.areEnough(packed, leaf, address(this), _aggregators, needed);
    }

    function digestOf(bytes32 leaf) external view returns (bytes32) {
        return Receipts.digestOf(leaf, address(this));
    }
}

contract ReceiptsTest is Test {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    bytes32 private constant LEAF = keccak256("leaf");
    /// @dev Of the aggregators at their places, and of a stranger.
    uint256[4] private _keys = [uint256(11), 12, 13, 14];

    ReceiptsBook private _book;

    function setUp() external {
        // The last has no key: what is no signature must not pass for its.
        address[] memory aggregators = new address[](4);
        for (uint256 i = 0; i < 3; ++i) aggregators[i] = vm.addr(_keys[i]);
        _book = new ReceiptsBook();
        _book.setAggregators(aggregators);
    }

    function test_areEnough() external view {
        assertTrue(_book.areEnough(bytes.concat(_receipt(0, 0, LEAF), _receipt(2, 2, LEAF)), LEAF, 2), "two");
        assertTrue(_book.areEnough(bytes.concat(_receipt(0, 0, LEAF), _receipt(2, 2, LEAF)), LEAF, 1), "more");
        assertTrue(_book.areEnough(_all(), LEAF, 3), "all");
    }

    function test_areEnough_NotWhenTheyAreTooFew() external view {
        assertFalse(_book.areEnough("", LEAF, 1), "none");
        assertFalse(_book.areEnough(_receipt(1, 1, LEAF), LEAF, 2), "one of two");
        assertFalse(_book.areEnough(_all(), LEAF, 4), "three of four");
    }

    function test_areEnough_NotWhenOneOfThemIsWrong() external view {
        bytes memory good = bytes.concat(_receipt(0, 0, LEAF), _receipt(1, 1, LEAF));
        assertFalse(_book.areEnough(bytes.concat(good, _receipt(2, 3, LEAF)), LEAF, 2), "a stranger's");
        assertFalse(_book.areEnough(bytes.concat(good, _receipt(2, 1, LEAF)), LEAF, 2), "another aggregator's");
        assertFalse(_book.areEnough(bytes.concat(good, _receipt(2, 2, "other")), LEAF, 2), "of another update");
        assertFalse(_book.areEnough(bytes.concat(good, _receipt(1, 1, LEAF)), LEAF, 2), "twice");
        assertFalse(
            _book.areEnough(bytes.concat(_receipt(1, 1, LEAF), _receipt(0, 0, LEAF)), LEAF, 2),
            "in another order"
        );
        assertFalse(_book.areEnough(bytes.concat(good, _receipt(4, 2, LEAF)), LEAF, 2), "no aggregator's");
        assertFalse(_book.areEnough(bytes.concat(good, hex"03", new bytes(64)), LEAF, 2), "no signature");
        assertFalse(_book.areEnough(bytes.concat(good, hex"02"), LEAF, 2), "a byte too many");
        assertFalse(_book.areEnough(bytes.concat(good, _malleated(2)), LEAF, 2), "the other form of a signature");
    }

    function testFuzz_areEnough_NotWhenABitIsChanged(uint256 bit) external view {
        bytes memory packed = _all();
        bit = bound(bit, 0, packed.length * 8 - 1);
        packed[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        assertFalse(_book.areEnough(packed, LEAF, 2), "changed");
    }

    function testFuzz_areEnough_OfAnyBytesNever(bytes calldata packed) external view {
        assertFalse(_book.areEnough(packed, LEAF, 1), "any bytes");
    }

    /// @dev They are for one task manager on one chain.
    function test_areEnough_NotElsewhere() external {
        bytes memory all = _all();
        vm.chainId(77);
        assertFalse(_book.areEnough(all, LEAF, 3), "on another chain");
    }

    function _all() private view returns (bytes memory) {
        return bytes.concat(_receipt(0, 0, LEAF), _receipt(1, 1, LEAF), _receipt(2, 2, LEAF));
    }

    function _receipt(uint8 place, uint256 key, bytes32 leaf) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keys[key], _book.digestOf(leaf));
        return abi.encodePacked(place, r, uint256(s) | (uint256(v - 27) << 255));
    }

    /// @dev A signature whose s is above half of the order, if it fits 255 bits; one that is none otherwise.
    function _malleated(uint8 place) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keys[place], _book.digestOf(LEAF));
        return abi.encodePacked(place, r, (ORDER - uint256(s)) | (uint256(28 - v) << 255));
    }
}
