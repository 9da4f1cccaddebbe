import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";

import type { EventNamed } from "../../../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../../../chains/clients/ChainFollower.ts";
import { AT_ONCE } from "../../../chains/clients/finality.ts";
import type { BeginningName, Interest } from "../../../chains/clients/Interest.ts";
import type { MainChain } from "../../../chains/clients/MainChain.ts";
import type { Subchain } from "../../../chains/clients/Subchain.ts";
import { CURSOR_DIRECTORY } from "../../../chains/networks/CursorFile.ts";
import { LOCAL_KEYS } from "../../../chains/networks/localKeys.ts";
import { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { BoundedServer, sendJson } from "../../../protocol/BoundedServer.ts";
import { ordinal } from "../../../protocol/ordinal.ts";
import { placeOfUrl } from "../../../protocol/ServerTls.ts";
import type { MechanismService } from "../../MechanismService.ts";
import { decodeTerms } from "../encodings.ts";
import { bondOf } from "../workers/bond.ts";
import { BondCollector } from "./BondCollector.ts";
import { isOverForSales, type SalesChain, type SoldTask } from "./isOverForSales.ts";
import { SaleBook } from "./SaleBook.ts";
import { namesCosigner, SaleDesk } from "./SaleDesk.ts";
import { MOST_SALE_BYTES, readSaleRequest, SALES_PATH, saleAnswer } from "./saleRequest.ts";
import { salesOnMain, salesOnSubchain } from "./salesInterest.ts";

const NAME = "model-trading";
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  SALE_MALFORMED: 400,
  SALE_REFUSED: 403,
  SALES_NO_ROUTE: 404,
  SALE_TOO_LARGE: 413,
};

/**
 * A publisher's service: co-signs the sales of its tasks (`POST /sales`), so that they are dated to the millisecond, and
 * brings the records of those who have lost their bonds.
 */
export const service: MechanismService = {
  about: "co-sign sales, to the millisecond, and collect lost bonds",

  async start(
    { network, index, directory, placeOf = placeOfUrl },
    { clock, keys = LOCAL_KEYS, onDone, onError },
  ) {
    const place = network.services?.[NAME]?.[index];
    if (place === undefined) {
      throw new BaseError("UNKNOWN_SERVICE", `The network file names no service ${index} of ${NAME}.`, {
        details: `It names ${network.services?.[NAME]?.length ?? 0}.`,
        next: "Give another --index, or list the service in the network file.",
      });
    }
    const signer = keys.key("publisher", index);
    if (signer.address !== place.address) {
      throw new BaseError("OTHER_KEY", `Service ${index} of ${NAME} is another's in the network file.`, {
        details: `Workers ask it for signatures of ${place.address}; the key here is that of ${signer.address}.`,
        next: "Give another --index, or correct the address in the network file.",
      });
    }
    const clients = NetworkClients.open(network, { clock, keys });
    const tasks = new Map<bigint, SoldTask>();
    const desk = new SaleDesk({
      signer,
      main: clients.main,
      subchains: clients.subchains,
      published: (task) => tasks.get(task),
      book: new SaleBook(directory),
      clock,
    });
    const server = new BoundedServer(
      { purpose: "a publisher's service" },
      {
        health: () => clients.health,
        answer: async (request, response) => {
          const { request: sale, signature } = await readRequest(request);
          const answer = await desk.sell(sale, signature);
          onDone(`signed a sale of ${sale.worker} in round ${ordinal(sale.round)} of task ${sale.task}`);
          sendJson(response, 200, saleAnswer(answer));
        },
        onFailure: (request, response, error) => refuse(request, response, error, onError),
        onError,
      },
    );
    const stopped = new AbortController();
    const collecting = new Map<bigint, Promise<void>>();
    const stop = async () => {
      stopped.abort();
      await server.close();
      await clients.stop();
      await Promise.allSettled(collecting.values());
      clients.close();
    };
    try {
      await server.listen(placeOf(place.url));
      const policy = network.main.contracts.policies[NAME]!;
      const { main } = clients;
      const cursor = {
        directory: join(directory, CURSOR_DIRECTORY),
        program: NAME,
        addresses: signer.address,
      };
      const follow = (chain: MainChain | Subchain, interest: Interest) =>
        clients.follower(chain, AT_ONCE, onError, interest, cursor);
      const sales: SalesChain = {
        main,
        bondOf: (bond, block) => bondOf(bond, { main, policy }, block),
        own: signer.address,
      };
      const isOver = async (task: bigint) => {
        const sold = tasks.get(task);
        if (sold === undefined) return follower.hasRead(task);
        if (!(await isOverForSales(task, sold, sales))) return false;
        tasks.delete(task);
        return true;
      };
      const follower = follow(
        main,
        salesOnMain({
          concerns: async (event) => {
            if (event.name !== "TaskPublished") return false;
            const { task, publisher, mechanismTerms } = event.args;
            if (!namesCosigner(mechanismTerms, signer.address)) return false;
            tasks.set(task, { publisher, mechanismTerms });
            return true;
          },
          isOver,
        }),
      );
      const followers = new Map<bigint, Promise<ChainFollower>>();
      const followSubchain = async (subchain: Subchain) => {
        const concerns = async ({ args: { task } }: EventNamed<BeginningName>) =>
          follower.keepsOnceRead(task);
        const followed = follow(subchain, salesOnSubchain({ concerns, isOver }));
        await followed.begin();
        return followed;
      };
      const collector = new BondCollector({
        main,
        mainFollower: follower,
        followerOf: (chainId) => {
          const subchain = clients.subchains.find((one) => one.client.chainId === chainId);
          if (subchain === undefined) {
            throw new BaseError("UNKNOWN_SUBCHAIN", `Chain ${chainId} is not in the network file.`);
          }
          const followed = followers.get(chainId) ?? followSubchain(subchain);
          followers.set(chainId, followed);
          // It may answer when it is asked again.
          followed.catch(() => followers.delete(chainId));
          return followed;
        },
        account: () => clients.account(main.client.name, "publisher", index),
        policy,
        clock,
        onDone,
        onError,
      });
      const forget = async (task: bigint) => {
        follower.forget(task);
        for (const followed of await Promise.allSettled(followers.values()))
          if (followed.status === "fulfilled") followed.value.forget(task);
      };
      follower.subscribe((event) => {
        if (event.name === "TaskClosed" && !collecting.has(event.args.task)) void forget(event.args.task);
        if (event.name !== "TaskPublished") return;
        const { task, publisher, mechanismTerms } = event.args;
        if (publisher !== signer.address || decodeTerms(mechanismTerms).bond === 0n) return;
        if (collecting.has(task)) return;
        const collected = collector.collect(task, stopped.signal).then(() => forget(task));
        collecting.set(task, collected);
        void collected.then(() => collecting.delete(task));
      });
      await follower.begin();
    } catch (cause) {
      await stop();
      throw cause;
    }
    return { url: place.url, health: () => clients.health, stop };
  },
};

async function readRequest(request: IncomingMessage) {
  const path = (request.url ?? "").split("?", 1)[0];
  if (path !== SALES_PATH || request.method !== "POST") {
    throw new BaseError("SALES_NO_ROUTE", `Sales are asked for with POST ${SALES_PATH}.`);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  // The stream stays open after a refusal, or the answer could not be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_SALE_BYTES) {
      throw new BaseError("SALE_TOO_LARGE", `A request has at most ${MOST_SALE_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  try {
    return readSaleRequest(Buffer.concat(chunks).toString("utf8"));
  } catch (cause) {
    throw new BaseError("SALE_MALFORMED", "This is no request for a sale.", { cause });
  }
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  cause: unknown,
  onError: (error: unknown) => void,
): void {
  const code = cause instanceof BaseError ? cause.code : "SALE_FAILED";
  const status = STATUS_OF_CODE[code] ?? 500;
  if (status === 500) onError(cause);
  if (response.headersSent || response.destroyed) return;
  // What is left of a refused body is not read, so the connection cannot be used again.
  if (!request.complete) response.setHeader("connection", "close");
  const message = cause instanceof BaseError ? cause.shortMessage : "The service failed.";
  sendJson(response, status, { error: code, message });
}
