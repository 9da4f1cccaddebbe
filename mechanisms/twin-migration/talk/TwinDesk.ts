import type { IncomingMessage, ServerResponse } from "node:http";

import type { z } from "zod";

import { BaseError } from "../../../protocol/BaseError.ts";
import { BoundedServer, sendJson } from "../../../protocol/BoundedServer.ts";
import { ByteBudget } from "../../../protocol/ByteBudget.ts";
import { ContractRevert } from "../../../protocol/ContractRevert.ts";
import type { ListenPlace } from "../../../protocol/ServerTls.ts";
import {
  MOST_ASKED_BYTES,
  PATHS,
  type ReleaseAsked,
  releaseSchema,
  type ShowAsked,
  type SynchronizeAsked,
  showSchema,
  synchronizeSchema,
  type TakeOnAsked,
  takeOnSchema,
} from "./messages.ts";

/** What a server of twins does when it is asked. */
export interface TwinDeskModules {
  show(asked: ShowAsked): Promise<Record<string, never>>;
  release(asked: ReleaseAsked): Promise<{ stateHash: string }>;
  takeOn(
    asked: TakeOnAsked,
  ): Promise<{ startMs: bigint; endMs: bigint; signature: { r: string; yParityAndS: string } }>;
  synchronize(asked: SynchronizeAsked): Promise<{ stateHash: string; atMs: bigint }>;
  /** Where the list of an epoch's synchronizations is in storage. */
  listed(epoch: number): { list: string; count: number } | undefined;
  onError(error: unknown): void;
}

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  DESK_MALFORMED: 400,
  TWIN_REFUSED: 403,
  TWIN_MALFORMED: 403,
  TWIN_PATCH_REFUSED: 409,
  DESK_NO_ROUTE: 404,
  DESK_TOO_LARGE: 413,
  DESK_BUSY: 503,
};
/** Most bytes of bodies that are read or not answered yet: of an address as large as eight of the largest. */
export const MOST_HELD_BYTES = { all: 32 * MOST_ASKED_BYTES, ofAnAddress: 8 * MOST_ASKED_BYTES };

/** A server's HTTP side: reads what is asked, within bounds, and answers. */
export class TwinDesk {
  readonly #server: BoundedServer;
  readonly #modules: TwinDeskModules;
  readonly #held = new ByteBudget(MOST_HELD_BYTES);

  private constructor(modules: TwinDeskModules) {
    this.#modules = modules;
    this.#server = new BoundedServer(
      { purpose: "a server of twins" },
      {
        answer: async (request, response) => {
          const held = new HeldBytes(this.#held, request.socket.remoteAddress ?? "");
          try {
            sendJson(response, 200, plain(await this.#answer(request, held)));
          } finally {
            held.give();
          }
        },
        onFailure: (request, response, error) => this.#refuse(request, response, error),
        onError: modules.onError,
      },
    );
  }

  /** Listens. @throws `PORT_IN_USE`, `LISTEN_FAILED`. */
  static async open(place: ListenPlace, modules: TwinDeskModules): Promise<TwinDesk> {
    const desk = new TwinDesk(modules);
    await desk.#server.listen(place);
    return desk;
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #answer(request: IncomingMessage, held: HeldBytes): Promise<unknown> {
    const asked = <S extends z.ZodType>(schema: S) => read(request, schema, held);
    const path = (request.url ?? "").split("?", 1)[0]!;
    if (request.method === "GET" && path.startsWith(PATHS.synchronizations)) {
      const epoch = path.slice(PATHS.synchronizations.length);
      const listed = /^\d{1,10}$/.test(epoch) ? this.#modules.listed(Number(epoch)) : undefined;
      if (listed !== undefined) return listed;
    } else if (request.method === "POST") {
      if (path === PATHS.show) return this.#modules.show(await asked(showSchema));
      if (path === PATHS.release) return this.#modules.release(await asked(releaseSchema));
      if (path === PATHS.takeOn) return this.#modules.takeOn(await asked(takeOnSchema));
      if (path === PATHS.synchronize) return this.#modules.synchronize(await asked(synchronizeSchema));
    }
    throw new BaseError("DESK_NO_ROUTE", `There is nothing at ${path.slice(0, 100)}.`, {
      details: `There are POST ${PATHS.show}, ${PATHS.release}, ${PATHS.takeOn}, ${PATHS.synchronize} and GET ${PATHS.synchronizations}EPOCH.`,
    });
  }

  #refuse(request: IncomingMessage, response: ServerResponse, cause: unknown): void {
    // Who hangs up in the midst of what he asks is no trouble of this server's.
    if (!request.complete && request.socket.destroyed) return;
    const code = cause instanceof BaseError ? cause.code : "DESK_FAILED";
    const status = STATUS_OF_CODE[code] ?? (cause instanceof ContractRevert ? 409 : 500);
    if (status === 500) this.#modules.onError(cause);
    if (response.headersSent || response.destroyed) return;
    // What is left of a refused body is not read, so the connection cannot be used again.
    if (!request.complete) response.setHeader("connection", "close");
    const message = cause instanceof BaseError ? (cause.details ?? cause.shortMessage) : "The server failed.";
    sendJson(response, status, { error: code, message });
  }
}

/** What one request holds of a budget. */
class HeldBytes {
  readonly #budget: ByteBudget;
  readonly #address: string;
  #bytes = 0;

  constructor(budget: ByteBudget, address: string) {
    this.#budget = budget;
    this.#address = address;
  }

  /** @throws BaseError `DESK_BUSY` where there is no room. */
  take(bytes: number): void {
    if (!this.#budget.take(this.#address, bytes)) {
      throw new BaseError("DESK_BUSY", "There is too much at once.", {
        details: "What was asked before and is not answered yet takes all the room that there is.",
        next: "Ask again later, or less at a time.",
        retryable: true,
      });
    }
    this.#bytes += bytes;
  }

  give(): void {
    this.#budget.give(this.#address, this.#bytes);
    this.#bytes = 0;
  }
}

async function read<S extends z.ZodType>(
  request: IncomingMessage,
  schema: S,
  held: HeldBytes,
): Promise<z.infer<S>> {
  const chunks: Buffer[] = [];
  let length = 0;
  // The stream stays open after a refusal, or the answer could not be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_ASKED_BYTES) {
      throw new BaseError("DESK_TOO_LARGE", `What is asked has at most ${MOST_ASKED_BYTES} bytes.`);
    }
    held.take(chunk.length);
    chunks.push(chunk);
  }
  try {
    return schema.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
  } catch (cause) {
    throw new BaseError("DESK_MALFORMED", "What is asked is not in the form that it must have.", { cause });
  }
}

function plain(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
  );
}
