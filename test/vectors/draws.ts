/** Which workers are drawn for a round: places in a round's order, turns in a task's, and beacons. */
import { AbiCoder, concat, keccak256, toBeHex } from "ethers";
import { address, digest, draw, range } from "./definitions.ts";

/** What the order for a whole task is of, in a round's place. */
const WHOLE_TASK = 2n ** 256n - 1n;

const word = (value: bigint): string => toBeHex(value, 32);

/** The order of `count` workers as a table: a network over all pairs, then every walk along it. */
function order(beacon: string, round: bigint, count: bigint): bigint[] {
  let side = 1n;
  while (side * side < count) side += 1n;
  const key = keccak256(concat([beacon, word(round)]));
  const image = new Map<bigint, bigint>();
  for (let place = 0n; place < side * side; place += 1n) {
    let pair = [place / side, place % side] as [bigint, bigint];
    for (let step = 0n; step < 8n; step += 1n) {
      const mask = BigInt(keccak256(concat([key, word(step * 2n ** 128n + pair[1])])));
      pair = [pair[1], (pair[0] + mask) % side];
    }
    image.set(place, pair[0] * side + pair[1]);
  }
  return range(Number(count)).map((index) => {
    let place = image.get(BigInt(index))!;
    while (place >= count) place = image.get(place)!;
    return place;
  });
}

/** Rounds of a queue: who comes first is drawn and goes to its end. First in it is who is first in the task's order. */
function turns(beacon: string, count: number, drawn: number, rounds: number) {
  const places = order(beacon, WHOLE_TASK, BigInt(count));
  let queue = range(count).sort((a, b) => Number(places[a]! - places[b]!));
  const found = range(rounds).map(() => {
    const workers = queue.slice(0, drawn);
    queue = [...queue.slice(drawn), ...workers];
    return { workers };
  });
  const counts = range(count).map((worker) => found.filter(({ workers }) => workers.includes(worker)).length);
  return { beacon, drawn, rounds: found, counts };
}

export function draws() {
  const counts = [1, 2, 3, 4, 5, 7, 9, 10, 16, 17, 26, 50, 101];
  return {
    // Each with the place of every worker, in the order of enrolment.
    cases: counts.map((count, at) => {
      const beacon = digest(`beacon ${at}`);
      const round = draw("draws round", at, 4096n);
      return { beacon, round, enrolled: count, places: order(beacon, round, BigInt(count)) };
    }),
    turns: (
      [
        [2, 1, 5],
        [3, 1, 2],
        [3, 2, 7],
        [5, 2, 11],
        [7, 7, 3],
        [10, 4, 9],
        [17, 16, 20],
        [26, 5, 14],
      ] as const
    ).map(([count, drawn, rounds], at) => turns(digest(`beacon of turns ${at}`), count, drawn, rounds)),
    // Of many workers a few, in a round and in a task.
    many: [257, 1000, 2000, 4097].map((count, at) => {
      const beacon = digest(`beacon of many ${at}`);
      const round = draw("draws round of many", at, 2048n);
      const drawn = 1n + draw("draws drawn of many", at, BigInt(count) - 1n);
      const [inRound, inTask] = [round, WHOLE_TASK].map((of) => order(beacon, of, BigInt(count)));
      const workers = range(8).map((n) => Number(draw(`draws worker of many ${at}`, n, BigInt(count))));
      const first = (round * drawn) % BigInt(count);
      // Whether one of the round's turns is its place's.
      const turn = range(Number(drawn)).map((n) => (first + BigInt(n)) % BigInt(count));
      return {
        ...{ beacon, round, enrolled: count, drawn, workers },
        places: workers.map((worker) => inRound![worker]!),
        turns: workers.map((worker) => (turn.includes(inTask![worker]!) ? 1 : 0)),
      };
    }),
    beacons: range(3).map((at) => {
      const chainId = draw("draws chain", at, 2n ** 40n) + 1n;
      const subchain = address(`subchain ${at}`);
      const task = draw("draws task", at, 2n ** 64n);
      const blockHash = digest(`block ${at}`);
      const encoded = AbiCoder.defaultAbiCoder().encode(
        ["uint256", "address", "uint256", "bytes32"],
        [chainId, subchain, task, blockHash],
      );
      return { chainId, subchain, task, blockHash, beacon: keccak256(encoded) };
    }),
  };
}
