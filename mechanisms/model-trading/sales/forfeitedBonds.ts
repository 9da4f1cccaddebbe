import { keccak256 } from "ethers";

import type { EventNamed } from "../../../chains/clients/ChainEvent.ts";
import type { Claim } from "../../../chains/clients/MainChain.ts";
import { recordLeaf, type WorkRecord } from "../../../protocol/leaves.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { decodeWork } from "../encodings.ts";

/** A bond that its worker has lost, with what proves it. */
export type ForfeitedBond = Omit<Claim, "score">;

/** How many workers a subchain has at the least that a round excuses by their staying away alone (TradingBonds.sol). */
const CROWD = 3;

/** How a worker took part in a task's first rounds (ITaskManager.attendanceOf). */
export interface Attendance {
  taken: number;
  missed: number;
}

/** Tells it of rounds below `rounds`, of which those are missed that had at least `least` reveals. */
export type AttendanceOf = (index: number, rounds: number, least: number) => Promise<Attendance>;

/**
 * Whether a worker has lost its bond in a task that completed: it missed more than half of the counted rounds
 * (ITradingPolicy.settleBond).
 *
 * @param rounds - That began within the epoch.
 * @param workers - Of its subchain.
 * @param counted - Rounds finalized.
 */
export async function isForfeited(
  index: number,
  { rounds, workers, counted }: { rounds: number; workers: number; counted: number },
  attendanceOf: AttendanceOf,
): Promise<boolean> {
  const { taken, missed } = await attendanceOf(index, rounds, Math.ceil(workers / 2));
  if (taken > 0 || workers >= CROWD) return 2 * missed > counted;
  return 2 * (await attendanceOf(index, rounds, 0)).missed > counted;
}

/**
 * The bonds of a completed task that its publisher can have, of a subchain's workers: nobody else has a reason to bring
 * those records.
 *
 * @param recorded - All of the subchain's records, in their order.
 * @param counted - Rounds finalized.
 */
export async function forfeitedBonds(
  { task, chainId }: { task: bigint; chainId: bigint },
  recorded: readonly EventNamed<"WorkRecorded">[],
  { attendanceOf, counted }: { attendanceOf: AttendanceOf; counted: number },
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
    const { rounds } = decodeWork(work);
    if (await isForfeited(record.index, { rounds, workers: records.length, counted }, attendanceOf)) {
      lost.push({ record, branch: tree.branch(place), work });
    }
  }
  return lost;
}
