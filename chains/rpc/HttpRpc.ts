import { BaseError } from "../../protocol/BaseError.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { shownUrl, withoutKeys } from "../../protocol/shownUrl.ts";
import { withTimeout } from "../../protocol/withTimeout.ts";
import { type Rpc, RpcRefusal, RpcUnavailable } from "./Rpc.ts";
import { type RpcErrorBody, type RpcErrorStatus, RpcThrottled, toRpcError } from "./rpcErrors.ts";

/** Options of one endpoint. */
export interface HttpRpcOptions {
  url: string;
  /** How long an answer may take, milliseconds; 30 s unless given. */
  timeoutMilliseconds?: number;
  /** Most bytes of one answer; 64 MiB unless given. */
  answerBytes?: number;
  /** Most requests in one JSON-RPC batch; 100 unless given, 1 for none. */
  batchRequests?: number;
}

/** What an exchange gave: JSON, and how it came. */
interface HttpAnswer extends RpcErrorStatus {
  answer: unknown;
}

interface Question {
  id: number;
  method: string;
  params: readonly unknown[];
  text: string;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** Most bytes of one batch of requests. */
const BATCH_BYTES = 1_000_000;
/** Most bytes of an answer with a status of trouble: an error, no logs. */
const TROUBLE_BYTES = 100_000;
/** Longest wait an endpoint is granted by its Retry-After, milliseconds. */
const LONGEST_RETRY_AFTER = 300_000;
/** Statuses under 500 that say nothing about the request itself. */
const UNWELL: readonly number[] = [401, 402, 403, 404, 407, 408, 425];

/** Methods whose answer whoever asks at the same moment can share. */
const READ = /^(eth_(get|call$|estimateGas$|blockNumber$|chainId$|gasPrice$|maxPriorityFeePerGas$)|web3_)/;

/**
 * One HTTP(S) JSON-RPC endpoint. What is asked at the same moment goes in one JSON-RPC batch, the same question once.
 */
export class HttpRpc implements Rpc {
  readonly timesOut = true;
  readonly #url: string;
  readonly #shown: string;
  /** A text without the access keys of the URL, which nodes repeat in what they refuse. */
  readonly #withoutKeys: (text: string) => string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMilliseconds: number;
  readonly #answerBytes: number;
  readonly #clock: Clock;
  #batchRequests: number;
  #waiting: Question[] = [];
  /** What is waiting and changes nothing, by method and parameters. */
  readonly #reads = new Map<string, Promise<unknown>>();
  #nextId = 1;
  readonly #closing = new AbortController();

  constructor(options: HttpRpcOptions, modules: { clock: Clock }) {
    const url = new URL(options.url);
    this.#withoutKeys = (text) => withoutKeys(text, options.url);
    this.#headers = {
      "content-type": "application/json",
      ...(url.username === "" && url.password === "" ? {} : { authorization: basic(url) }),
    };
    // fetch refuses URLs with credentials.
    url.username = "";
    url.password = "";
    this.#url = url.href;
    this.#shown = shownUrl(this.#url);
    this.#timeoutMilliseconds = options.timeoutMilliseconds ?? 30_000;
    this.#answerBytes = options.answerBytes ?? 64 * 2 ** 20;
    this.#batchRequests = options.batchRequests ?? 100;
    this.#clock = modules.clock;
  }

  request(method: string, params: readonly unknown[]): Promise<unknown> {
    const question = JSON.stringify({ method, params });
    const asked = this.#reads.get(question);
    if (asked !== undefined) return asked;
    const answer = new Promise<unknown>((resolve, reject) => {
      if (this.#closing.signal.aborted) throw this.#unavailable("the connection was closed");
      const id = this.#nextId++;
      const text = `{"jsonrpc":"2.0","id":${id},${question.slice(1)}`;
      this.#waiting.push({ id, method, params, text, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
    if (READ.test(method)) this.#reads.set(question, answer);
    return answer;
  }

  /** Ends the connection; what is under way is rejected. */
  close(): void {
    this.#closing.abort();
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#reads.clear();
    let batch: Question[] = [];
    let bytes = 0;
    for (const question of waiting) {
      const full = batch.length >= this.#batchRequests || bytes + question.text.length > BATCH_BYTES;
      if (full && batch.length > 0) {
        void this.#send(batch);
        batch = [];
        bytes = 0;
      }
      batch.push(question);
      bytes += question.text.length;
    }
    if (batch.length > 0) void this.#send(batch);
  }

  /** Sends questions and settles each; never rejects. */
  async #send(questions: readonly Question[]): Promise<void> {
    const [first] = questions;
    const single = questions.length === 1;
    try {
      const got = await this.#post(single ? first!.text : `[${questions.map(({ text }) => text).join()}]`);
      const { answer } = got;
      if (!single && !Array.isArray(answer)) {
        const error = this.#errorOf(answer);
        const cause =
          error === undefined ? undefined : toRpcError(this.#shown, "a batch", error, undefined, got);
        throw cause instanceof RpcRefusal
          ? new BatchRefused()
          : (cause ?? this.#unavailable("no valid answer"));
      }
      this.#settle(questions, single && !Array.isArray(answer) ? [answer] : (answer as unknown[]), got);
    } catch (error) {
      if (!(error instanceof BatchRefused)) for (const { reject } of questions) reject(error);
      else if (single) first!.reject(refusalOf(first!.method, error));
      else {
        // Whoever takes no batches, or not such large ones, is asked one by one from now on.
        this.#batchRequests = 1;
        for (const question of questions) void this.#send([question]);
      }
    }
  }

  #settle(questions: readonly Question[], answers: readonly unknown[], got: HttpAnswer): void {
    const byId = new Map<unknown, unknown[]>();
    for (const answer of answers) {
      const id = (answer as { id?: unknown } | null)?.id;
      byId.set(id, [...(byId.get(id) ?? []), answer]);
    }
    for (const { id, method, params, resolve, reject } of questions) {
      const own = byId.get(id) ?? [];
      // Errors from before the id was read come without it.
      const [answer] =
        own.length === 0 &&
        questions.length === 1 &&
        answers.length === 1 &&
        errorOf(answers[0]) !== undefined
          ? (byId.get(null) ?? [])
          : own;
      const error = this.#errorOf(answer);
      if (own.length > 1 || answer === undefined) reject(this.#unavailable("no answer to the question's id"));
      else if ((answer as { jsonrpc?: unknown }).jsonrpc !== "2.0")
        reject(this.#unavailable("no JSON-RPC 2.0"));
      else if (error !== undefined) reject(toRpcError(this.#shown, method, error, params, got));
      else if ((answer as { result?: unknown }).result === undefined)
        reject(this.#unavailable("no valid answer"));
      else resolve((answer as { result: unknown }).result);
    }
  }

  /** The error of an answer, fit to be told. */
  #errorOf(answer: unknown): RpcErrorBody | undefined {
    const error = errorOf(answer);
    if (error === undefined) return undefined;
    const { message, data } = error;
    return {
      ...error,
      message: this.#withoutKeys(message),
      data: typeof data === "string" ? this.#withoutKeys(data) : data,
    };
  }

  async #post(body: string): Promise<HttpAnswer> {
    const { signal } = this.#closing;
    if (signal.aborted) throw this.#unavailable("the connection was closed");
    const timeout = { clock: this.#clock, milliseconds: this.#timeoutMilliseconds, signal };
    try {
      return await withTimeout(timeout, (ended) => this.#exchange(body, ended));
    } catch (error) {
      if (error instanceof BaseError || error instanceof BatchRefused) throw error;
      if (signal.aborted) throw this.#unavailable("the connection was closed");
      if ((error as Error).name === "TimeoutError")
        throw this.#unavailable(`no answer in ${this.#timeoutMilliseconds} ms`, error);
      throw this.#unavailable(this.#withoutKeys(reasonOf(error)), error);
    }
  }

  async #exchange(body: string, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = this.#headers;
    const response = await fetch(this.#url, { method: "POST", headers, body, signal, redirect: "error" });
    const { status } = response;
    if (status === 413 || UNWELL.includes(status)) {
      await response.body?.cancel();
      throw status === 413 ? new BatchRefused() : this.#unavailable(`HTTP ${status}`);
    }
    const retryAfterMilliseconds = retryAfter(response.headers.get("retry-after"), this.#clock.now());
    if (status === 429 || status >= 500) {
      // Some give a JSON-RPC error of the question such a status: then the error says what is the matter.
      const answer = parse((await this.#text(response, TROUBLE_BYTES)) ?? "");
      if (isErrorOfNode(answer)) return { answer, status, retryAfterMilliseconds };
      throw this.#troubled(response, retryAfterMilliseconds);
    }
    const text = await this.#text(response, this.#answerBytes);
    if (text === undefined) throw new BatchRefused(this.#answerBytes);
    const answer = parse(text);
    if (answer === undefined) throw this.#unavailable(`HTTP ${status} with a body that is no JSON`);
    // Some give JSON-RPC errors an HTTP status of their own.
    if (status >= 300 && !Array.isArray(answer) && errorOf(answer) === undefined) {
      throw this.#unavailable(`HTTP ${status}`);
    }
    return { answer, status, retryAfterMilliseconds };
  }

  #troubled({ status, headers }: Response, retryAfterMilliseconds: number | undefined): RpcUnavailable {
    if (status !== 429 && !(status === 503 && headers.has("retry-after"))) {
      return this.#unavailable(`HTTP ${status}`);
    }
    return new RpcThrottled(`${this.#shown} asks for fewer requests.`, {
      retryAfterMilliseconds,
      details: `HTTP ${status}`,
    });
  }

  /** The answer's text, undefined when it is larger than allowed: nobody shall fill the memory. */
  async #text(response: Response, mostBytes: number): Promise<string | undefined> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += (chunk as Uint8Array).length;
      if (bytes > mostBytes) return undefined;
      chunks.push(chunk as Uint8Array);
    }
    return new TextDecoder().decode(Buffer.concat(chunks));
  }

  #unavailable(details: string, cause?: unknown): RpcUnavailable {
    return new RpcUnavailable(`${this.#shown} does not answer.`, { details, cause });
  }
}

/** A request or its answer is too large, or a batch is not taken. */
class BatchRefused extends Error {
  readonly answerBytes: number | undefined;

  constructor(answerBytes?: number) {
    super("refused");
    this.answerBytes = answerBytes;
  }
}

/** Too large for one question alone: logs are then asked for in smaller ranges. */
function refusalOf(method: string, { answerBytes }: BatchRefused): RpcRefusal {
  const message =
    answerBytes === undefined ? "request too large (HTTP 413)" : `response size exceeds ${answerBytes} bytes`;
  return new RpcRefusal(method, { code: -32600, message });
}

function errorOf(answer: unknown): RpcErrorBody | undefined {
  const error = (answer as { error?: unknown } | null | undefined)?.error;
  if (typeof error !== "object" || error === null) return undefined;
  const { code, message, data } = error as Partial<RpcErrorBody>;
  return { code: typeof code === "number" ? code : 0, message: String(message ?? ""), data };
}

/** Whether an answer is JSON-RPC with an error in it, alone or of one question of a batch. */
function isErrorOfNode(answer: unknown): boolean {
  return [answer]
    .flat()
    .some((each) => (each as { jsonrpc?: unknown } | null)?.jsonrpc === "2.0" && errorOf(each) !== undefined);
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const milliseconds = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.min(LONGEST_RETRY_AFTER, Math.max(0, milliseconds));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as (Error & { code?: string }) | undefined;
  return cause?.message || cause?.code || error.message;
}

function basic(url: URL): string {
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}
