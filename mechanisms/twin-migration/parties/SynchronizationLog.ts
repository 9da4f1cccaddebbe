import { appendFile, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { makeDirectory } from "../../../files/makeDirectory.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { leafOfSynchronization, type Synchronization } from "../encodings.ts";

/** An epoch has at most so many, whoever asks. */
const MOST_LEAVES = 100_000;
/** Epochs that are kept: a root may be posted for the last ten. */
const KEPT_EPOCHS = 12;

const word = z.string().regex(/^0x[0-9a-f]{64}$/);
const leafSchema = z.strictObject({
  vehicle: z.string(),
  server: z.string(),
  epoch: z.int().min(0),
  step: z.int().min(0).max(99),
  atMs: z
    .string()
    .regex(/^\d{1,20}$/)
    .transform(BigInt),
  stateHash: word,
});

/** A list of synchronizations as it is in storage: the leaves of a root, in their order. */
export const synchronizationListSchema = z.array(leafSchema).min(1).max(MOST_LEAVES);

/** The list as bytes. */
export function listBytes(leaves: readonly Synchronization[]): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify(leaves, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
  );
}

/** The root over synchronizations (ITwinHosts.postRoot). */
export function rootOf(leaves: readonly Synchronization[]): string {
  return new MerkleTree(leaves.map(leafOfSynchronization)).root();
}

/** A server's synchronizations by epoch, in files of its own: its roots survive a restart. */
export class SynchronizationLog {
  readonly #directory: string;
  readonly #epochs: Map<number, Synchronization[]>;
  /** The last of each vehicle among those that are kept. */
  readonly #lastOf = new Map<string, Synchronization>();
  #lastMs = 0n;
  /** What is appended is appended in turn. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, epochs: Map<number, Synchronization[]>) {
    this.#directory = directory;
    this.#epochs = epochs;
    for (const epoch of this.epochs) for (const leaf of this.of(epoch)) this.#follow(leaf);
  }

  /** Reads what an earlier process kept; a last line that was cut off is left out. */
  static async open(directory: string): Promise<SynchronizationLog> {
    makeDirectory(directory);
    const epochs = new Map<number, Synchronization[]>();
    for (const file of await readdir(directory)) {
      const epoch = Number(/^synchronizations-(\d{1,10})\.jsonl$/.exec(file)?.[1] ?? Number.NaN);
      if (Number.isNaN(epoch)) continue;
      const text = await readFile(join(directory, file), "utf8");
      // What comes next must not go on a line that was cut off.
      if (text !== "" && !text.endsWith("\n")) await appendFile(join(directory, file), "\n");
      const lines = text.split("\n").filter((line) => line !== "");
      epochs.set(epoch, lines.flatMap(readLeaf));
    }
    return new SynchronizationLog(directory, epochs);
  }

  /** Epochs with synchronizations, ascending. */
  get epochs(): readonly number[] {
    return [...this.#epochs.keys()].sort((a, b) => a - b);
  }

  of(epoch: number): readonly Synchronization[] {
    return this.#epochs.get(epoch) ?? [];
  }

  /** The last synchronization of a twin. */
  lastOf(vehicle: string): Synchronization | undefined {
    return this.#lastOf.get(vehicle);
  }

  /**
   * Adds one, which is on disk then.
   *
   * @param make - Makes it when its turn has come, so that times are in the order of the log: told when the last one was,
   *   ms, which no later one may be said to have been before.
   * @returns What was added; undefined where there was no room: an epoch has one of a vehicle a step.
   */
  async add(make: (lastMs: bigint) => Synchronization): Promise<Synchronization | undefined> {
    const added = this.#turn.catch(() => undefined).then(() => this.#append(make(this.#lastMs)));
    this.#turn = added;
    return added;
  }

  async #append(leaf: Synchronization): Promise<Synchronization | undefined> {
    const leaves = this.#epochs.get(leaf.epoch) ?? [];
    const before = this.#lastOf.get(leaf.vehicle);
    const isSecond = before?.epoch === leaf.epoch && before.step === leaf.step;
    if (leaves.length >= MOST_LEAVES || isSecond) return undefined;
    const line = `${new TextDecoder().decode(listBytes([leaf])).slice(1, -1)}\n`;
    await appendFile(this.#pathOf(leaf.epoch), line);
    leaves.push(leaf);
    this.#epochs.set(leaf.epoch, leaves);
    this.#follow(leaf);
    for (const epoch of this.epochs) {
      if (epoch + KEPT_EPOCHS >= leaf.epoch) break;
      for (const { vehicle } of this.of(epoch)) {
        if (this.#lastOf.get(vehicle)?.epoch === epoch) this.#lastOf.delete(vehicle);
      }
      this.#epochs.delete(epoch);
      await rm(this.#pathOf(epoch), { force: true });
    }
    return leaf;
  }

  #follow(leaf: Synchronization): void {
    this.#lastOf.set(leaf.vehicle, leaf);
    if (leaf.atMs > this.#lastMs) this.#lastMs = leaf.atMs;
  }

  #pathOf(epoch: number): string {
    return join(this.#directory, `synchronizations-${epoch}.jsonl`);
  }
}

function readLeaf(line: string): Synchronization[] {
  try {
    return [leafSchema.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}
