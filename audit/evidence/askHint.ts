import { BaseError } from "../../protocol/BaseError.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { withTimeout } from "../../protocol/withTimeout.ts";

/** How long a service is asked for a hint, ms, and most bytes of one. */
const HINT_MILLISECONDS = 5000;
const MOST_HINT_BYTES = 4096;

/**
 * Asks a service for JSON, and reads no more of it than a hint can have.
 *
 * @throws `HINT_REFUSED`; `HINT_TOO_LONG`; what `fetch`, `JSON.parse` and `withTimeout` throw.
 */
export async function askHint(url: string): Promise<unknown> {
  const text = await withTimeout({ clock: systemClock, milliseconds: HINT_MILLISECONDS }, async (signal) => {
    const response = await fetch(url, { signal, redirect: "error" });
    if (!response.ok) {
      await response.body?.cancel();
      throw new BaseError("HINT_REFUSED", `${url} answered ${response.status}.`);
    }
    return readBounded(response, url);
  });
  return JSON.parse(text);
}

async function readBounded(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MOST_HINT_BYTES) {
      throw new BaseError("HINT_TOO_LONG", `${url} answered with more than ${MOST_HINT_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
