import { getAddress } from "ethers";
import { z } from "zod";

import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { backOff } from "../../protocol/backOff.ts";
import { type Clock, systemClock } from "../../protocol/Clock.ts";
import { fetchFailure } from "../../protocol/fetchFailure.ts";
import { withTimeout } from "../../protocol/withTimeout.ts";
import type { Voucher } from "./Fact.ts";
import { PROOF_SCHEMES } from "./proofSchemes.ts";
import type { VoucherSource } from "./VoucherSource.ts";

/** How long a validator may take to answer, milliseconds. */
const TIMEOUT_MILLISECONDS = 5000;
/** How long a validator that did not answer is left alone, milliseconds. */
const REST = { first: 500, last: 30_000 };
/** Most that is read of an answer, bytes: a validator is not trusted to end. */
const MOST_BYTES = 1 << 18;

/** Most vouchers in an answer. */
const MOST_VOUCHERS = 1000;

/** A validator's vouchers, from its RelayServer or any server that answers as one. */
export class HttpVoucherSource implements VoucherSource {
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

  async vouchers(kind: ProofKind, chainId: bigint, gateway: string, from: number): Promise<Voucher[]> {
    const { wire } = PROOF_SCHEMES[kind];
    const path = `${wire.path}/${this.validator}/${chainId}/${gateway}?from=${from}`;
    return this.#get(path, z.array(wire.schema).max(MOST_VOUCHERS));
  }

  async #get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    // One that hangs costs no connection every time.
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
          details: `${url.origin}: ${fetchFailure(cause)}`,
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
