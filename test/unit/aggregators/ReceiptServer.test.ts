import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";

import { expect } from "chai";

import { ReceiptIssuer } from "../../../aggregators/ReceiptIssuer.ts";
import { ReceiptServer } from "../../../aggregators/ReceiptServer.ts";
import type { MainChain } from "../../../chains/clients/MainChain.ts";
import type { Subchain } from "../../../chains/clients/Subchain.ts";
import { MOST_CONNECTIONS, PEER_LIMIT } from "../../../protocol/BoundedServer.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { type RevealedUpdate, updateCommitment, updateLeaf } from "../../../protocol/leaves.ts";
import { RECEIPTS_PATH, readReceiptAnswer, writeReceiptRequest } from "../../../protocol/receiptRequest.ts";
import { isReceipt } from "../../../protocol/receipts.ts";
import type { BlockServer } from "../../../storage/BlockServer.ts";
import { MemoryStore } from "../audit/MemoryStore.ts";
import { AGGREGATOR_KEYS, RECEIPT_RULE } from "../tasks/receipting.ts";

const PORT = 9343;
const SUBCHAIN = `0x${"ab".repeat(20)}`;
const SALT = `0x${"55".repeat(32)}`;
/** Two addresses of this machine. */
const STRANGER = "127.0.0.1";
const WORKER = "127.0.0.2";
/** How long the subchain takes to answer, milliseconds. */
const CHAIN_MILLISECONDS = 20;

describe("ReceiptServer", () => {
  let server: ReceiptServer;
  let update: RevealedUpdate;
  let sockets: Socket[];

  beforeEach(async () => {
    const storage = new MemoryStore();
    sockets = [];
    update = {
      chainId: 4n,
      task: 1n,
      round: 0,
      index: 0,
      worker: `0x${"22".repeat(20)}`,
      update: await storage.put(Uint8Array.of(1, 2, 3)),
      samples: 10,
      engine: `0x${"44".repeat(32)}`,
    };
    const commitment = updateCommitment(SUBCHAIN, update, SALT);
    const answering = async <T>(answer: T): Promise<T> => {
      await systemClock.sleep(CHAIN_MILLISECONDS);
      return answer;
    };
    const subchain = {
      client: { chainId: 4n },
      place: { contracts: { applications: { tasks: SUBCHAIN } } },
      commitmentOf: (_task: bigint, _round: number, worker: string) =>
        answering(worker === update.worker ? commitment : `0x${"00".repeat(32)}`),
      roundOf: () => answering({ closed: false }),
    };
    const issuer = new ReceiptIssuer({
      signer: AGGREGATOR_KEYS[1]!,
      main: { receiptDomain: RECEIPT_RULE.domain } as unknown as MainChain,
      subchains: [subchain as unknown as Subchain],
      storage,
      held: { of: () => new MemoryStore() },
      clock: systemClock,
    });
    issuer.open(1n, { place: 1, mostBytes: 100 });
    server = new ReceiptServer({
      issuer,
      blocks: {} as BlockServer,
      onError: (error) => {
        throw error;
      },
    });
    await server.listen({ host: "0.0.0.0", port: PORT });
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await server.close();
  });

  /** Asks for a receipt from an address of this machine. @returns Status and text. */
  function ask(from: string, worker = update.worker): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const options = {
        host: "127.0.0.1",
        port: PORT,
        localAddress: from,
        method: "POST",
        path: RECEIPTS_PATH,
      };
      const sent = request({ ...options, agent: false }, async (response) => {
        let text = "";
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode!, text });
      });
      sent.on("error", reject);
      sent.end(writeReceiptRequest({ update: { ...update, worker }, salt: SALT }));
    });
  }

  async function expectReceipt(milliseconds: number): Promise<void> {
    const began = performance.now();
    const { status, text } = await ask(WORKER);
    expect(status, text).to.equal(200);
    expect(isReceipt(readReceiptAnswer(text), updateLeaf(update), RECEIPT_RULE)).to.equal(true);
    expect(performance.now() - began).to.be.below(milliseconds);
  }

  it("gives receipts while an address holds all the connections that it can, and cuts silent ones", async () => {
    const more = 50;
    for (let i = 0; i < MOST_CONNECTIONS.ofAnAddress + more; i++) {
      const socket = connect({ host: "127.0.0.1", port: PORT, localAddress: STRANGER });
      socket.on("error", () => undefined).resume();
      sockets.push(socket);
    }
    const cut = () => sockets.filter(({ destroyed }) => destroyed).length;
    for (let i = 0; i < 100 && cut() < more; i++) await systemClock.sleep(20);
    expect(cut()).to.equal(more);
    await expectReceipt(1000);
    const began = performance.now();
    await Promise.all(sockets.filter(({ destroyed }) => !destroyed).map((socket) => once(socket, "close")));
    expect(performance.now() - began).to.be.below(8000);
    // What is closed no longer counts.
    expect((await ask(STRANGER)).status).to.equal(200);
  });

  it("gives receipts while an address asks for those of workers that there are not", async () => {
    let asked = 0;
    const flood = async () => {
      while (asked < PEER_LIMIT.burst) {
        const worker = `0x${(++asked).toString(16).padStart(40, "0")}`;
        expect((await ask(STRANGER, worker)).status).to.be.oneOf([403, 429]);
      }
    };
    const flooding = Promise.all(Array.from({ length: 300 }, flood));
    await systemClock.sleep(100);
    await expectReceipt(5000);
    await flooding;
  });
});
