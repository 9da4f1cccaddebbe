import { keccak256 } from "ethers";

import type { EventNamed } from "../../../chains/clients/ChainEvent.ts";
import type { Claim } from "../../../chains/clients/MainChain.ts";
import { recordLeaf, type WorkRecord } from "../../../protocol/leaves.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { decodeWork, type TradingWork } from "../encodings.ts";

/** A bond that its worker has lost, with what proves it. */
export type ForfeitedBond = Omit<Claim, "score">;

/**
 * Whether a worker has lost its bond in a task that completed: fewer than half of the counted rounds took its update,
 * without those in which most stayed away, or that began after the epoch (TradingBonds.sol).
 */
export function isForfeited(
  { excused, rounds }: Pick<TradingWork, "excused" | "rounds">,
  { accepted, counted }: { accepted: number; counted: number },
): boolean {
  return 2 * (accepted + excused + Math.max(0, counted - rounds)) < counted;
}

/**
 * The bonds of a completed task that its publisher can have, of a subchain's workers: nobody else has a reason to bring
 * those records.
 *
 * @param recorded - All of the subchain's records, in their order.
 * @param acceptedOf - In how many rounds a worker's update was taken, by its index.
 * @param counted - Rounds finalized.
 */
export async function forfeitedBonds(
  { task, chainId }: { task: bigint; chainId: bigint },
  recorded: readonly EventNamed<"WorkRecorded">[],
  { acceptedOf, counted }: { acceptedOf: (index: number) => Promise<number>; counted: number },
): Promise<ForfeitedBond[]> {
  const records = recorded.map(
    ({ args: { index, worker, work } }): WorkRecord => ({
      ...{ chainId, task, index, worker },
      workHash: keccak256(work),
    }),
  );
  const tree = new MerkleTree(records.map(recordLeaf));
  const lost: ForfeitedBond[] = [];
  for (const [place, record] of records.entries()) {
    const { work } = recorded[place]!.args;
    const accepted = await acceptedOf(record.index);
    if (isForfeited(decodeWork(work), { accepted, counted })) {
      lost.push({ record, branch: tree.branch(place), work });
    }
  }
  return lost;
}
