import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

import { makeDirectory } from "../../../files/makeDirectory.ts";
import { readText } from "../../../files/readText.ts";
import { writeWhole } from "../../../files/writeWhole.ts";
import type { Sale } from "../encodings.ts";

/** Commitments of one worker in one round that are signed for at the most: it can reveal one. */
const MOST_COMMITMENTS = 4;

/** A receipt of sale: a sale with the signatures of both sides. */
export interface KeptSale {
  sale: Sale;
  /** Of the worker, under its request; of the publisher, under the sale; 64 bytes, hex. */
  worker: string;
  publisher: string;
}

const digits = z.string().regex(/^\d+$/).transform(BigInt);
const keptSchema = z.strictObject({
  sale: z.strictObject({
    chainId: digits,
    task: digits,
    round: z.int(),
    worker: z.string(),
    commitment: z.string(),
    generatedAtMs: digits,
    receivedAtMs: digits,
    samples: z.int(),
  }),
  worker: z.string(),
  publisher: z.string(),
});

/**
 * The receipts of sale that a publisher's service gave, a file each: started again, it answers the same, and the
 * publisher can show later what both sides signed.
 */
export class SaleBook {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The receipt of that commitment, if one was given. */
  async find(
    sale: Pick<Sale, "chainId" | "task" | "round" | "worker" | "commitment">,
  ): Promise<KeptSale | undefined> {
    let text: string;
    try {
      text = await readText(this.#pathOf(sale));
    } catch (error) {
      if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT") return undefined;
      throw error;
    }
    return keptSchema.parse(JSON.parse(text));
  }

  /** Whether the worker may have one more receipt in the round. */
  async hasRoomFor(sale: Pick<Sale, "chainId" | "task" | "round" | "worker">): Promise<boolean> {
    const folder = this.#folderOf(sale);
    makeDirectory(folder);
    return (await readdir(folder)).filter((file) => file.endsWith(".json")).length < MOST_COMMITMENTS;
  }

  /** Keeps a receipt before it is given. */
  async keep(kept: KeptSale): Promise<void> {
    const { sale } = kept;
    const written = {
      ...kept,
      sale: {
        ...sale,
        chainId: String(sale.chainId),
        task: String(sale.task),
        generatedAtMs: String(sale.generatedAtMs),
        receivedAtMs: String(sale.receivedAtMs),
      },
    };
    await writeWhole(this.#pathOf(sale), `${JSON.stringify(written, null, 2)}\n`);
  }

  #folderOf({ chainId, task, round, worker }: Pick<Sale, "chainId" | "task" | "round" | "worker">): string {
    return join(this.#directory, String(task), String(round), `${chainId}-${worker.toLowerCase()}`);
  }

  #pathOf(sale: Pick<Sale, "chainId" | "task" | "round" | "worker" | "commitment">): string {
    return join(this.#folderOf(sale), `${sale.commitment.toLowerCase()}.json`);
  }
}
