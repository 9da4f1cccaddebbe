// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {HeaderVerifier} from "../../../contracts/gateway/HeaderVerifier.sol";
import {IValidatorSets} from "../../../contracts/interfaces/IValidatorSets.sol";
import {Test} from "../Test.sol";

/// @title A verifier that knows the validators of test/vectors/headers.json, whose proofs are of a real chain's blocks
abstract contract HeaderFixture is Test {
    /// @dev A proof and what it is said to prove.
    struct Claim {
        string name;
        uint32[] nonces;
        bytes32[] ids;
        bytes proof;
    }

    uint48 internal constant DELAY = 1 days;

    HeaderVerifier internal _verifier;
    uint64 internal _chain;
    address internal _gateway;
    /// @dev Private keys of the validators, by ascending address.
    uint256[] internal _keys;
    string private _json;

    function _deploy() internal {
        _json = vm.readFile("test/vectors/headers.json");
        _chain = uint64(vm.parseJsonUint(_json, ".originChainId"));
        _gateway = vm.parseJsonAddress(_json, ".originGateway");
        for (uint256 i = 0; _has(".validators", i); ++i) {
            _keys.push(uint256(vm.parseJsonBytes32(_json, _at(".validators", i, ".privateKey"))));
        }
        _verifier = new HeaderVerifier(address(this), DELAY);
        _verifier.initializeValidators(_chain, _validators());
    }

    function _validators() internal view returns (IValidatorSets.ValidatorSet memory set) {
        set.threshold = uint8(vm.parseJsonUint(_json, ".threshold"));
        set.validators = new address[](_keys.length);
        for (uint256 i = 0; i < _keys.length; ++i) set.validators[i] = vm.addr(_keys[i]);
    }

    function _verify(Claim memory claim) internal view {
        _verifier.verify(_chain, _gateway, claim.nonces, claim.ids, claim.proof);
    }

    function _verifies(Claim memory claim) internal view returns (bool) {
        try _verifier.verify(_chain, _gateway, claim.nonces, claim.ids, claim.proof) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev The `index`-th of a list of claims, one message each.
    function _claim(string memory list, uint256 index) internal view returns (Claim memory claim) {
        claim = _unproven(list, index, 1);
        claim.name = vm.parseJsonString(_json, _at(list, index, ".name"));
        claim.proof = _bytes(_at(list, index, ".proof"));
    }

    /// @dev All messages of a list under one proof.
    function _batch(string memory list, string memory proof) internal view returns (Claim memory claim) {
        uint256 count = 0;
        while (_has(list, count)) ++count;
        claim = _unproven(list, 0, count);
        claim.proof = _bytes(proof);
    }

    function _bytes(string memory path) internal view returns (bytes memory) {
        return vm.parseJsonBytes(_json, path);
    }

    function _hash(string memory path) internal view returns (bytes32) {
        return vm.parseJsonBytes32(_json, path);
    }

    function _uint(string memory path) internal view returns (uint256) {
        return vm.parseJsonUint(_json, path);
    }

    function _string(string memory path) internal view returns (string memory) {
        return vm.parseJsonString(_json, path);
    }

    function _has(string memory list, uint256 index) internal view returns (bool) {
        return vm.keyExistsJson(_json, _at(list, index, ""));
    }

    function _at(string memory list, uint256 index, string memory key) internal pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]", key);
    }

    /// @dev The same bytes but for one, which is another.
    function _changed(bytes memory data, uint256 place, uint256 by) internal pure returns (bytes memory changed) {
        changed = bytes.concat(data);
        changed[place] = bytes1(uint8(changed[place]) ^ uint8(bound(by, 1, 255)));
    }

    function _cut(bytes memory data, uint256 length) internal pure returns (bytes memory cut) {
        cut = new bytes(length);
        for (uint256 i = 0; i < length; ++i) cut[i] = data[i];
    }

    function _unproven(string memory list, uint256 first, uint256 count) private view returns (Claim memory claim) {
        claim.nonces = new uint32[](count);
        claim.ids = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            claim.nonces[i] = uint32(_uint(_at(list, first + i, ".nonce")));
            claim.ids[i] = _hash(_at(list, first + i, ".id"));
        }
    }
}
