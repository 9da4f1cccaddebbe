import type { ContentStore } from "../../storage/ContentStore.ts";
import { RemoteStore } from "../../storage/RemoteStore.ts";
import type { Finding } from "./Examination.ts";

/** How long storage may take to answer, milliseconds. */
const TIMEOUT_MILLISECONDS = 5000;
/** What is put and read again: always the same, so that it takes room once. */
const SAMPLE = new TextEncoder().encode("freshet doctor\n");
/** A file that nobody has: nothing is known with this digest. */
const UNKNOWN_DIGEST = `0x${"d0c7".repeat(16)}` as const;

/** Whether a block server answers: whatever it says of a file that nobody has. */
export async function readableStorageFinding(url: string): Promise<Finding> {
  const storage = new RemoteStore({
    servers: [url],
    attempts: 1,
    timeoutMilliseconds: TIMEOUT_MILLISECONDS,
  });
  await storage.has(UNKNOWN_DIGEST);
  return { outcome: "ok", found: `${new URL(url).origin} answers` };
}

/** Whether an organisation's own Kubo node answers. */
export async function kuboFinding(url: string): Promise<Finding> {
  const { origin } = new URL(url);
  let response: Response;
  try {
    response = await fetch(new URL("/api/v0/version", url), {
      method: "POST",
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
  } catch (error) {
    const { message, cause } = error as Error;
    return {
      outcome: "fail",
      found: `the Kubo node ${origin} does not answer: ${cause instanceof Error ? cause.message : message}`,
      next: "Start it (ipfs daemon), or correct storage.kubo of the node file, which is its RPC address.",
    };
  }
  const { Version: version } = (await response.json().catch(() => ({}))) as { Version?: string };
  if (version !== undefined) return { outcome: "ok", found: `Kubo ${version} at ${origin}` };
  if (response.status === 401 || response.status === 403)
    return { outcome: "ok", found: `${origin} answers, and wants to know who asks` };
  return {
    outcome: "fail",
    found: `${origin} is no Kubo node: it answers ${response.status}`,
    next: "Correct storage.kubo of the node file, which is its RPC address, such as http://127.0.0.1:5001.",
  };
}

/** Whether a file that this node puts can be read again. It is left there: the same one every time. */
export async function writtenStorageFinding(storage: ContentStore): Promise<Finding> {
  const digest = await storage.put(SAMPLE);
  const read = await storage.get(digest);
  if (Buffer.compare(read, SAMPLE) === 0)
    return { outcome: "ok", found: `a file of ${SAMPLE.length} bytes was put, and is read again` };
  return {
    outcome: "fail",
    found: "another file came back than was put",
    next: "Look at what answers at the storage's URL.",
  };
}
