/** Leaves of the roots that subchains report, and commitments. */
import { encodeBytes32String, keccak256 } from "ethers";

import { address, coder, digest, draw, hash, range } from "./definitions.ts";

const RECORD = "tuple(uint64,uint256,uint32,address,bytes32)";
const SCORE = "tuple(uint64,uint256,uint32,bytes)";
const UPDATE = "tuple(uint64,uint256,uint16,uint32,address,bytes32,uint32,bytes32)";

/** Lengths of scores, bytes; the core does not know what they hold. */
const SCORE_LENGTHS = [1, 2, 31, 32, 33, 100];

/** As workers name their engines; the last has all 31 characters. */
const ENGINES = [
  "strict/1 wasm 0.1.0",
  "strict/1 native 0.1.0",
  "fast/1 native 0.1.0",
  "strict/12 wasm 1.20.300",
  "a/0 b 0.0.0",
  "strict/65535 native 10.20.30-b1",
];

export function leaves() {
  const records = range(6).map((index) => {
    const stream = `record ${index}`;
    const widest = index === 5;
    // Of the AoI contract: what the worker chose and did.
    const item = widest ? 2n ** 16n - 1n : draw(stream, 3, 256n);
    const coveredSeconds = widest ? 2n ** 64n - 1n : draw(stream, 4, 10n ** 6n);
    const ageSquares = widest ? 2n ** 128n - 1n : draw(stream, 5, 10n ** 12n);
    const work = coder.encode(["tuple(uint16,uint64,uint128)"], [[item, coveredSeconds, ageSquares]]);
    const record = {
      chainId: widest ? 2n ** 64n - 1n : draw(stream, 0, 10n ** 6n),
      task: widest ? 2n ** 256n - 1n : draw(stream, 1, 100n),
      index: widest ? 2n ** 32n - 1n : draw(stream, 2, 1000n),
      worker: address(stream),
      workHash: keccak256(work),
    };
    return {
      ...record,
      item,
      coveredSeconds,
      ageSquares,
      choice: coder.encode(["tuple(uint16)"], [[item]]),
      work,
      leaf: hash([RECORD], [Object.values(record)]),
    };
  });
  const scores = SCORE_LENGTHS.map((length, index) => {
    const stream = `score ${index}`;
    const widest = index === 5;
    const score = {
      chainId: widest ? 2n ** 64n - 1n : draw(stream, 0, 10n ** 6n),
      task: widest ? 2n ** 256n - 1n : draw(stream, 1, 100n),
      index: widest ? 2n ** 32n - 1n : draw(stream, 2, 1000n),
      score: `0x${range(4)
        .map((word) => digest(`${stream} ${word}`).slice(2))
        .join("")
        .slice(0, 2 * length)}`,
    };
    return { ...score, leaf: hash([SCORE], [Object.values(score)]) };
  });
  const updates = range(6).map((index) => {
    const stream = `update ${index}`;
    const widest = index === 5;
    const update = {
      chainId: widest ? 2n ** 64n - 1n : draw(stream, 0, 10n ** 6n),
      task: widest ? 2n ** 256n - 1n : draw(stream, 1, 100n),
      round: widest ? 2n ** 16n - 1n : draw(stream, 2, 100n),
      index: widest ? 2n ** 32n - 1n : draw(stream, 3, 1000n),
      worker: address(stream),
      update: digest(stream),
      samples: widest ? 2n ** 32n - 1n : draw(stream, 4, 10_000n),
      engine: encodeBytes32String(ENGINES[index]!),
    };
    const subchain = address(`subchain ${index}`);
    const salt = digest(`salt ${index}`);
    return {
      ...update,
      engineText: ENGINES[index],
      leaf: hash([UPDATE], [Object.values(update)]),
      subchain,
      salt,
      commitment: hash(["address", UPDATE, "bytes32"], [subchain, Object.values(update), salt]),
    };
  });
  return { records, scores, updates };
}
