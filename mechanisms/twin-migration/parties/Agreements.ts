import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { makeDirectory } from "../../../files/makeDirectory.ts";
import { writeWhole } from "../../../files/writeWhole.ts";
import { compactSchema, orderSchema, whole, word, written } from "../talk/messages.ts";

const agreementSchema = z.strictObject({
  order: orderSchema,
  signature: compactSchema,
  stateHash: word,
  /** When this server accepted, Unix ms. */
  acceptedMs: z.int().min(0),
  /** What it signed of the completion. */
  stamp: z.strictObject({ startMs: whole(64n), endMs: whole(64n), signature: compactSchema }).exactOptional(),
});

/** What a server agreed to take on: one order and one state a migration, and at most one signature of it. */
export type Agreement = Readonly<z.infer<typeof agreementSchema>>;
/** A server's signature of a completion, with its times. */
export type AgreedStamp = NonNullable<Agreement["stamp"]>;

/**
 * What a server agreed to of each migration that is not settled, in files of its own. Two states or two times that it
 * signed of one migration could be used against it, so what is here is never replaced, not after a restart either.
 */
export class Agreements {
  readonly #directory: string;
  readonly #known: Map<bigint, Agreement>;
  readonly #stamping = new Map<bigint, Promise<AgreedStamp>>();

  private constructor(directory: string, known: Map<bigint, Agreement>) {
    this.#directory = directory;
    this.#known = known;
  }

  /** Reads what an earlier process agreed to. @throws what reading does, also of a file that is no agreement. */
  static async open(directory: string): Promise<Agreements> {
    makeDirectory(directory);
    const known = new Map<bigint, Agreement>();
    for (const file of await readdir(directory)) {
      if (!/^\d{1,78}\.json$/.test(file)) continue;
      const agreement = agreementSchema.parse(JSON.parse(await readFile(join(directory, file), "utf8")));
      known.set(agreement.order.migration, agreement);
    }
    return new Agreements(directory, known);
  }

  get all(): IterableIterator<Agreement> {
    return this.#known.values();
  }

  get(migration: bigint): Agreement | undefined {
    return this.#known.get(migration);
  }

  /** Keeps what is agreed of a migration. @returns What was agreed first, and holds. */
  async keep(agreement: Agreement): Promise<Agreement> {
    const { migration } = agreement.order;
    const before = this.#known.get(migration);
    if (before !== undefined) return before;
    this.#known.set(migration, agreement);
    await this.#write(agreement);
    return agreement;
  }

  /**
   * The one signature of an agreed migration, which is on disk before anybody has it.
   *
   * @param sign - Asked once; later callers get what it gave.
   */
  stamp(agreement: Agreement, sign: () => Promise<AgreedStamp>): Promise<AgreedStamp> {
    const { migration } = agreement.order;
    const stamp = this.#known.get(migration)?.stamp;
    if (stamp !== undefined) return Promise.resolve(stamp);
    const running = this.#stamping.get(migration);
    if (running !== undefined) return running;
    const signing = (async () => {
      const signed = { ...agreement, stamp: await sign() };
      await this.#write(signed);
      // It may have been settled, and forgotten, meanwhile.
      if (this.#known.has(migration)) this.#known.set(migration, signed);
      return signed.stamp;
    })().finally(() => this.#stamping.delete(migration));
    this.#stamping.set(migration, signing);
    return signing;
  }

  /** A migration is settled: nothing that is signed of it counts any more. */
  async forget(migration: bigint): Promise<void> {
    if (this.#known.delete(migration)) await rm(this.#pathOf(migration), { force: true });
  }

  async #write(agreement: Agreement): Promise<void> {
    await writeWhole(this.#pathOf(agreement.order.migration), written(agreement));
  }

  #pathOf(migration: bigint): string {
    return join(this.#directory, `${migration}.json`);
  }
}
