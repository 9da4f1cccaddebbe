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

/** How long an answer may take unless the server has told, and at the least and most whatever it tells, seconds. */
const LIMIT_SECONDS = { preset: 30, least: 1, most: 300 };
/** For the way there and back, milliseconds: what the server cuts itself is heard from it. */
const WAY_MILLISECONDS = 2000;
let limitSeconds = LIMIT_SECONDS.preset;
/** Questions under way: those that were asked before the server had told its limit go by it all the same. */
const underWay = new Set<() => void>();

/** Takes how long the server lets an answer take. @param told - Seconds. */
export function tellAnswerLimit(told: number): void {
  if (!Number.isFinite(told)) return;
  limitSeconds = Math.min(LIMIT_SECONDS.most, Math.max(LIMIT_SECONDS.least, told));
  for (const goBy of underWay) goBy();
}

/**
 * Asks the server. What has not changed since comes out of the browser's own cache. A question ends: when nothing came
 * for as long as the server says that an answer may take, it is given up.
 *
 * @param path - Behind /api.
 * @throws AskError
 */
export async function ask<Answer>(path: string, options: RequestInit = {}): Promise<Answer> {
  const { signal } = options;
  const ended = new AbortController();
  const end = () => ended.abort();
  const began = Date.now();
  let isLate = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const goBy = () => {
    clearTimeout(timer);
    const left = began + limitSeconds * 1000 + WAY_MILLISECONDS - Date.now();
    timer = setTimeout(
      () => {
        isLate = true;
        end();
      },
      Math.max(0, left),
    );
  };
  goBy();
  underWay.add(goBy);
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  try {
    const response = await fetch(`${API}${path}`, { cache: "no-cache", ...options, signal: ended.signal });
    const body: unknown = await response.json().catch((error: unknown) => {
      if (ended.signal.aborted) throw error;
      return undefined;
    });
    return answerIn(response, body);
  } catch (error) {
    if (error instanceof AskError || signal?.aborted) throw error;
    throw isLate ? late(limitSeconds) : unreachable();
  } finally {
    underWay.delete(goBy);
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}

function answerIn<Answer>({ ok, status }: Response, body: unknown): Answer {
  if (ok && body !== undefined) return body as Answer;
  const refusal = isRefusal(body)
    ? body
    : {
        error: "NO_ANSWER",
        message: `The server answered with status ${status} and nothing that can be read.`,
      };
  throw new AskError(refusal, status === 429 || status >= 500);
}

function unreachable(): AskError {
  const next = "It is asked again as soon as it answers; look whether ./freshet page still runs.";
  return new AskError({ error: "UNREACHABLE", message: "The page's server does not answer.", next }, true);
}

function late(seconds: number): AskError {
  const message = `The page's server did not answer within ${seconds} s, which is what it gives an answer.`;
  const next = "It is asked again by itself. It may be busy with an audit: see what ./freshet page prints.";
  return new AskError({ error: "NOT_IN_TIME", message, next }, true);
}

function isRefusal(body: unknown): body is Refusal {
  return typeof body === "object" && body !== null && "error" in body && "message" in body;
}
