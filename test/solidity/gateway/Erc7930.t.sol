// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

import {Erc7930} from "../../../contracts/gateway/Erc7930.sol";
import {Test} from "../Test.sol";

contract Reader {
    function parse(bytes calldata self) external pure returns (uint256, address) {
        return Erc7930.parse(self);
    }

    function chainOf(bytes calldata self) external pure returns (uint256) {
        return Erc7930.chainOf(self);
    }

    function parseTheirs(bytes calldata self) external pure returns (uint256, address) {
        return InteroperableAddress.parseEvmV1Calldata(self);
    }
}

/// @dev Differential: OpenZeppelin's library says what is right.
contract Erc7930Test is Test {
    Reader private _reader;

    function setUp() external {
        _reader = new Reader();
    }

    function testFuzz_format(uint64 chainId, uint256 shift, address account_) external view {
        chainId >>= shift % 64;
        bytes memory formatted = Erc7930.format(chainId, account_);
        assertEq(formatted, InteroperableAddress.formatEvmV1(chainId, account_), "format");
        // Memory behind it is free and untouched.
        bytes memory next = abi.encode(account_);
        assertEq(formatted, InteroperableAddress.formatEvmV1(chainId, account_), "still");
        assertEq(next.length, 32, "next");
        (uint256 parsedId, address parsed) = _reader.parse(formatted);
        assertEq(parsedId, chainId, "chain id");
        assertEq(parsed, account_, "account");
        assertEq(_reader.chainOf(formatted), chainId, "chain of");
    }

    function testFuzz_formatChain(uint256 chainId, uint256 shift) external view {
        chainId >>= shift % 256;
        bytes memory formatted = Erc7930.formatChain(chainId);
        assertEq(formatted, InteroperableAddress.formatEvmV1(chainId), "format");
        // Memory behind it is free and untouched.
        bytes memory next = abi.encode(chainId);
        assertEq(formatted, InteroperableAddress.formatEvmV1(chainId), "still");
        assertEq(next.length, 32, "next");
        assertEq(_reader.chainOf(formatted), chainId, "chain of");
    }

    function test_format_OfEveryLength() external pure {
        for (uint256 bits = 0; bits <= 64; ++bits) {
            for (uint256 i = 0; i < 2; ++i) {
                uint256 chainId = bits == 0 ? i : (uint256(1) << bits) - i;
                if (chainId > type(uint64).max) continue;
                address account_ = address(uint160(draw(bits, i)));
                bytes memory formatted = Erc7930.format(chainId, account_);
                assertEq(formatted, InteroperableAddress.formatEvmV1(chainId, account_), "format");
                assertEq(Erc7930.formatChain(chainId), InteroperableAddress.formatEvmV1(chainId), "format of a chain");
            }
        }
    }

    /// @dev Canonical forms with any of their bytes changed, cut or lengthened.
    function testFuzz_parse(uint64 chainId, uint256 shift, uint256 place, uint8 value, uint256 length) external {
        bytes memory formatted = InteroperableAddress.formatEvmV1(chainId >> (shift % 64), account("any"));
        formatted[place % formatted.length] = bytes1(value);
        _same(formatted);
        bytes memory other = new bytes(bound(length, 0, 70));
        for (uint256 i = 0; i < other.length; ++i) {
            other[i] = i < formatted.length ? formatted[i] : bytes1(uint8(draw(shift, i)));
        }
        _same(other);
    }

    /// @dev All values of the byte that says how long the chain id is, with as many bytes as it says and others.
    function test_parse_OfEveryLengthOfAChainId() external {
        for (uint256 digits = 0; digits < 40; ++digits) {
            bytes memory chain = new bytes(digits);
            for (uint256 i = 0; i < digits; ++i) chain[i] = bytes1(uint8(i + 1));
            bytes memory form = abi.encodePacked(hex"00010000", uint8(digits), chain, uint8(20), account("any"));
            _same(form);
            _same(abi.encodePacked(form, uint8(0)));
            form[5 + digits] = 0x13;
            _same(form);
            _same(abi.encodePacked(hex"00010000", uint8(digits), chain, uint8(0)));
        }
    }

    function testFuzz_parse_OfAnything(bytes calldata anything) external {
        _same(anything);
    }

    function _same(bytes memory form) private {
        (bool ours, bytes memory answer) = address(_reader).call(abi.encodeCall(Reader.parse, (form)));
        (bool theirs, bytes memory right) = address(_reader).call(abi.encodeCall(Reader.parseTheirs, (form)));
        assertTrue(ours == theirs, "refusal");
        assertEq(answer, right, "answer");
    }
}
