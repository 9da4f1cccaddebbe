// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SaleSignature} from "../../../../contracts/mechanisms/model-trading/SaleSignature.sol";
import {TradingOffers} from "../../../../contracts/mechanisms/model-trading/TradingOffers.sol";
import {
    Sale,
    TradingChoice,
    TradingEvidence,
    TradingOffer,
    TradingTerms
} from "../../../../contracts/mechanisms/model-trading/TradingTypes.sol";
import {RevealedUpdate, TaskId} from "../../../../contracts/types/TaskTypes.sol";
import {NaiveMerkle} from "../../NaiveMerkle.sol";
import {Vm} from "../../Vm.sol";

/// @title A trade in words: terms, choices and co-signed sales
library TradingFixture {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 internal constant COSIGNER_KEY = uint256(keccak256("cosigner"));

    /// @notice Terms that offer these workers, by ascending address, a price each: `price`, `price` + 1, …
    function terms(address[] memory workers, uint128 price) internal pure returns (TradingTerms memory made) {
        made = TradingTerms({
            periodMs: 60_000,
            scale: 250_000_000,
            dataWeight: 1e16,
            leastTheta: 100_000_000,
            mostOmega: 2_000_000_000,
            startSlackMs: 5_000,
            cap: 1e21,
            bond: 1e18,
            cosigner: vm.addr(COSIGNER_KEY),
            offers: new TradingOffer[](workers.length)
        });
        for (uint256 i = 0; i < workers.length; ++i) made.offers[i] = TradingOffer(workers[i], price + uint128(i));
    }

    /// @notice The choice of an offer of these.
    function choice(TradingOffer[] memory offers, uint16 taken) internal pure returns (bytes memory) {
        bytes32[] memory leaves = new bytes32[](offers.length);
        for (uint256 i = 0; i < leaves.length; ++i) leaves[i] = TradingOffers.leafOf(offers[i]);
        uint256 depth = 0;
        while (uint256(1) << depth < leaves.length) ++depth;
        bytes32[] memory branch = NaiveMerkle.branch(leaves, depth, taken);
        return abi.encode(TradingChoice(taken, offers[taken].price, branch));
    }

    /// @notice Evidence of a sale of this update that a key signed for a subchain.
    function evidence(
        RevealedUpdate memory update,
        bytes32 commitment,
        uint64 generatedAtMs,
        uint64 receivedAtMs,
        address subchain,
        uint256 key
    ) internal view returns (bytes memory) {
        Sale memory sale = Sale({
            chainId: update.chainId,
            task: TaskId.unwrap(update.task),
            round: update.round,
            worker: update.worker,
            commitment: commitment,
            generatedAtMs: generatedAtMs,
            receivedAtMs: receivedAtMs,
            samples: update.samples
        });
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, SaleSignature.digestOf(sale, subchain));
        bytes32 yParityAndS = v == 28 ? s | bytes32(uint256(1) << 255) : s;
        return abi.encode(TradingEvidence(generatedAtMs, receivedAtMs, r, yParityAndS));
    }

    /// @notice Addresses by ascending order.
    function sorted(address[] memory workers) internal pure returns (address[] memory) {
        for (uint256 i = 1; i < workers.length; ++i) {
            for (uint256 j = i; j > 0 && workers[j - 1] > workers[j]; --j) {
                (workers[j - 1], workers[j]) = (workers[j], workers[j - 1]);
            }
        }
        return workers;
    }
}
