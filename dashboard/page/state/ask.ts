import { API } from "../../api/routes.ts";
import type { Refusal } from "../../api/values.ts";

/** What the server refused, or that it was not reached. */
export class AskError extends Error {
  override readonly name = "AskError";
  /** The server's word for it; `UNREACHABLE` when none came. */
  readonly code: string;
  readonly next: string | undefined;
  /** Whether asking again later may do. */
  readonly passing: boolean;

  constructor({ error, message, next }: Refusal, passing: boolean) {
    super(message);
    this.code = error;
    this.next = next;
    this.passing = passing;
  }
}

/**
 * Asks the server. What has not changed since comes out of the browser's own cache.
 *
 * @param path - Behind /api.
 * @throws AskError
 */
export async function ask<Answer>(path: string, options: RequestInit = {}): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`${API}${path}`, { cache: "no-cache", ...options });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    const next = "It is asked again as soon as it answers; look whether ./freshet page still runs.";
    throw new AskError({ error: "UNREACHABLE", message: "The page's server does not answer.", next }, true);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as Answer;
  const refusal = isRefusal(body)
    ? body
    : {
        error: "NO_ANSWER",
        message: `The server answered with status ${response.status} and nothing that can be read.`,
      };
  throw new AskError(refusal, response.status === 429 || response.status >= 500);
}

function isRefusal(body: unknown): body is Refusal {
  return typeof body === "object" && body !== null && "error" in body && "message" in body;
}
