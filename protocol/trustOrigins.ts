import { rootCertificates } from "node:tls";

import { Agent, Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from "undici";

/** What clients prove with who they are, and whom they believe besides those whom Node believes. PEM. */
export interface ClientTls {
  authorities?: readonly string[] | undefined;
  /** Shown to servers that ask for one. */
  certificate?: string | undefined;
  key?: string | undefined;
}

/** Asks some servers by one dispatcher, and all others by another. */
class ByOrigin extends Dispatcher {
  readonly #origins: ReadonlySet<string>;
  readonly #theirs: Dispatcher;
  readonly #others: Dispatcher;

  constructor(origins: ReadonlySet<string>, theirs: Dispatcher, others: Dispatcher) {
    super();
    this.#origins = origins;
    this.#theirs = theirs;
    this.#others = others;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const isTheirs = options.origin !== undefined && this.#origins.has(new URL(options.origin).origin);
    return (isTheirs ? this.#theirs : this.#others).dispatch(options, handler);
  }

  override close(): Promise<void>;
  override close(callback: () => void): void;
  override close(callback?: () => void): Promise<void> | void {
    const closed = Promise.all([this.#theirs.close(), this.#others.close()]).then(() => undefined);
    if (callback === undefined) return closed;
    void closed.then(callback);
  }

  override destroy(error?: Error | null): Promise<void>;
  override destroy(callback: () => void): void;
  override destroy(error: Error | null, callback: () => void): void;
  override destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void> | void {
    const why = error instanceof Error ? error : null;
    const done = typeof error === "function" ? error : callback;
    const destroyed = Promise.all([this.#theirs.destroy(why), this.#others.destroy(why)]).then(
      () => undefined,
    );
    if (done === undefined) return destroyed;
    void destroyed.then(done);
  }
}

/**
 * Sees to it that this process, with `fetch` and `WebSocket`, believes the authorities of some servers and shows them its
 * certificate where they ask for one. Other servers are asked as before: they neither see the certificate, nor are these
 * authorities believed of them. What is asked so goes to the server itself, not through a proxy.
 *
 * @param urls - Of the servers; those without TLS are left out.
 * @returns Undoes it; what is under way fails.
 */
export function trustOrigins(
  urls: readonly string[],
  { authorities = [], certificate, key }: ClientTls,
): () => Promise<void> {
  const origins = urls
    .map((url) => new URL(url.replace(/^ws/, "http")).origin)
    .filter((one) => /^https:/.test(one));
  if (origins.length === 0) return async () => undefined;
  const before = getGlobalDispatcher();
  const theirs = new Agent({
    connect: {
      ca: [...rootCertificates, ...authorities],
      ...(certificate === undefined || key === undefined ? {} : { cert: certificate, key }),
    },
  });
  setGlobalDispatcher(new ByOrigin(new Set(origins), theirs, before));
  return async () => {
    setGlobalDispatcher(before);
    await theirs.destroy();
  };
}
