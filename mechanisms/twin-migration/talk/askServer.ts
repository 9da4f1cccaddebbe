import type { z } from "zod";

import { BaseError } from "../../../protocol/BaseError.ts";
import type { Clock } from "../../../protocol/Clock.ts";
import { fetchFailure } from "../../../protocol/fetchFailure.ts";
import { withTimeout } from "../../../protocol/withTimeout.ts";
import { MOST_ANSWER_BYTES, written } from "./messages.ts";

/** A question to a server of twins. */
export interface Asked<S extends z.ZodType> {
  url: string;
  path: string;
  /** Posted as JSON; a GET without. */
  body?: unknown;
  answer: S;
  /** How long an answer is waited for. */
  milliseconds: number;
}

/** What asking works with. */
export interface AskModules {
  clock: Clock;
  fetch: typeof globalThis.fetch;
}

/**
 * Asks a server of twins, and believes nothing of its answer but its form.
 *
 * @throws `SERVER_REFUSED` with what it said; `SERVER_ANSWER_INVALID`; `SERVER_UNREACHABLE` (retryable).
 */
export async function askServer<S extends z.ZodType>(
  { url, path, body, answer, milliseconds }: Asked<S>,
  { clock, fetch }: AskModules,
  signal: AbortSignal,
): Promise<z.infer<S>> {
  const text = await withTimeout({ clock, milliseconds, signal }, async (ended) => {
    const response = await fetch(new URL(path, url), {
      ...(body === undefined
        ? {}
        : { method: "POST", headers: { "content-type": "application/json" }, body: written(body) }),
      signal: ended,
      redirect: "error",
    }).catch((error: unknown) => {
      throw unreachable(url, path, error);
    });
    const said = await readBounded(response).catch((error: unknown) => {
      throw error instanceof BaseError ? error : unreachable(url, path, error);
    });
    if (response.ok) return said;
    throw new BaseError("SERVER_REFUSED", `The server at ${url} refused ${path}.`, { details: said });
  });
  const parsed = answer.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new BaseError(
    "SERVER_ANSWER_INVALID",
    `What the server at ${url} answered to ${path} is no answer.`,
    {
      details: text.slice(0, 200),
    },
  );
}

function unreachable(url: string, path: string, cause: unknown): BaseError {
  return new BaseError("SERVER_UNREACHABLE", `The server at ${url} does not answer ${path}.`, {
    details: fetchFailure(cause),
    next: "Look whether it runs; it is asked again while there is time.",
    retryable: true,
    cause,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MOST_ANSWER_BYTES) {
      throw new BaseError("SERVER_ANSWER_INVALID", `An answer has at most ${MOST_ANSWER_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
