import { getAddress } from "ethers";
import { z } from "zod";
import { BaseError } from "../../../protocol/BaseError.ts";
import { backOff } from "../../../protocol/backOff.ts";
import { type Clock, systemClock } from "../../../protocol/Clock.ts";
import { withTimeout } from "../../../protocol/withTimeout.ts";
import type { AttestedBlock, CheckpointSource, SignedCheckpoint } from "./CheckpointSource.ts";

/** How long a validator may take to answer, milliseconds. */
const TIMEOUT_MILLISECONDS = 5000;
/** How long a validator that did not answer is left alone, milliseconds. */
const REST = { first: 500, last: 30_000 };
/** Most that is read of an answer, bytes: a validator is not trusted to end. */
const MOST_BYTES = 1 << 20;

const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`, "i"));
const checkpointsSchema = z
  .array(z.object({ root: hex(32), index: z.int().min(0).max(0xffff_ffff), signature: hex(65) }))
  .max(1000);
const blocksSchema = z
  .array(z.object({ number: z.int().min(0), blockHash: hex(32), signature: hex(65) }))
  .max(1000);

/** A validator's signed checkpoints, from its RelayServer or any server that answers as one. */
export class HttpCheckpointSource implements CheckpointSource {
  readonly validator: string;
  readonly #url: string;
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;
  /** Of a validator that does not answer. */
  #trouble: { failures: number; until: number; error: BaseError } | undefined;

  /** @param options - `url` is the server's base URL. */
  constructor(
    options: { validator: string; url: string },
    modules: { fetch?: typeof fetch; clock?: Clock } = {},
  ) {
    // In the form in which gateways' validators are compared, however a network file writes it.
    this.validator = getAddress(options.validator.toLowerCase());
    this.#url = options.url;
    this.#fetch = modules.fetch ?? fetch;
    this.#clock = modules.clock ?? systemClock;
  }

  signed(chainId: bigint, gateway: string, fromIndex: number): Promise<SignedCheckpoint[]> {
    return this.#get(
      `checkpoints/${this.validator}/${chainId}/${gateway}?from=${fromIndex}`,
      checkpointsSchema,
    );
  }

  attested(chainId: bigint, gateway: string, fromNumber: number): Promise<AttestedBlock[]> {
    return this.#get(`blocks/${this.validator}/${chainId}/${gateway}?from=${fromNumber}`, blocksSchema);
  }

  async #get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    // Whoever asks several validators waits for all: one that hangs must not hold up the others every time.
    if (this.#trouble !== undefined && this.#clock.now() < this.#trouble.until) throw this.#trouble.error;
    const url = new URL(path, this.#url.endsWith("/") ? this.#url : `${this.#url}/`);
    try {
      const timeout = { clock: this.#clock, milliseconds: TIMEOUT_MILLISECONDS };
      const text = await withTimeout(timeout, async (signal) => {
        const response = await this.#fetch(url, { signal });
        if (!response.ok) throw new Error(`it answered ${response.status}`);
        return textOf(response);
      });
      const answer = schema.parse(JSON.parse(text));
      this.#trouble = undefined;
      return answer;
    } catch (cause) {
      const error = new BaseError(
        "VALIDATOR_UNAVAILABLE",
        `Validator ${this.validator} gives no signatures.`,
        {
          details: `${url.origin}: ${cause instanceof Error ? cause.message : String(cause)}`,
          next: "Others may be enough; this one is asked again.",
          retryable: true,
          cause,
        },
      );
      const failures = (this.#trouble?.failures ?? 0) + 1;
      this.#trouble = { failures, until: this.#clock.now() + backOff(REST, failures), error };
      throw error;
    }
  }
}

/** The body of an answer. @throws When it is longer than any answer can be. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error(`it answered with more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
