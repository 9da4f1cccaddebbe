import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { expect } from "chai";

import { MOST_ASKED_BYTES } from "../../../../../mechanisms/twin-migration/talk/messages.ts";
import { TwinDesk, type TwinDeskModules } from "../../../../../mechanisms/twin-migration/talk/TwinDesk.ts";
import { BaseError } from "../../../../../protocol/BaseError.ts";
import { placeOfUrl } from "../../../../../protocol/ServerTls.ts";

const URL_OF_DESK = "http://127.0.0.1:9871";
const word = (digit: string) => `0x${digit.repeat(64)}`;
const address = (digit: string) => `0x${digit.repeat(40)}`;
const order = {
  ...{ migration: "1", vehicle: address("1"), source: address("2"), sourceChain: "31403" },
  ...{ destination: address("3"), destinationChain: "31404", until: 1_800_000_000 },
};
const signature = { r: word("4"), yParityAndS: word("5") };

describe("a server's desk", () => {
  let desk: TwinDesk;
  let released = 0;
  const troubles: unknown[] = [];
  const modules: TwinDeskModules = {
    show: async () => ({}),
    async release() {
      released++;
      return { stateHash: word("6") };
    },
    takeOn: () => {
      throw new BaseError("TWIN_REFUSED", "The server does not do it.", {
        details: "Of what was asked, no.",
      });
    },
    synchronize: () => {
      throw new Error("broken");
    },
    listed: (epoch) => (epoch === 5 ? { list: word("7"), count: 2 } : undefined),
    onError: (error) => troubles.push(error),
  };
  const post = (path: string, body: string) => fetch(`${URL_OF_DESK}${path}`, { method: "POST", body });
  const said = async (response: Response) => [response.status, await response.json()] as const;

  before(async () => {
    desk = await TwinDesk.open(placeOfUrl(URL_OF_DESK), modules);
  });
  after(() => desk.close());

  it("does what is asked in the form that it must have", async () => {
    const response = await post("/release", JSON.stringify({ order, signature }));
    expect(await said(response)).eql([200, { stateHash: word("6") }]);
    expect(released).equal(1);
  });

  it("does nothing for what has another form", async () => {
    for (const body of [
      "",
      "null",
      "[]",
      "{",
      JSON.stringify({ order }),
      JSON.stringify({ order, signature, more: 1 }),
      JSON.stringify({ order: { ...order, migration: 1 }, signature }),
      JSON.stringify({ order: { ...order, migration: "-1" }, signature }),
      JSON.stringify({ order: { ...order, sourceChain: String(2n ** 64n) }, signature }),
      JSON.stringify({ order: { ...order, vehicle: "0x12" }, signature }),
      JSON.stringify({ order: { ...order, until: 2 ** 48 }, signature }),
      JSON.stringify({ order, signature: { ...signature, r: "0x" } }),
    ]) {
      expect((await post("/release", body)).status, body.slice(0, 80)).equal(400);
    }
    expect(released).equal(1);
  });

  it("reads no more than it must, and knows its paths", async () => {
    expect((await post("/release", "x".repeat(MOST_ASKED_BYTES + 1))).status).equal(413);
    expect((await post("/give-me-all", "{}")).status).equal(404);
    expect((await fetch(`${URL_OF_DESK}/release`)).status).equal(404);
    expect((await fetch(`${URL_OF_DESK}/synchronizations/../5`)).status).equal(404);
    expect((await fetch(`${URL_OF_DESK}/synchronizations/6`)).status).equal(404);
    expect(await said(await fetch(`${URL_OF_DESK}/synchronizations/5`))).eql([
      200,
      { list: word("7"), count: 2 },
    ]);
  });

  it("holds no more of an address than it has room for, and others get what they ask", async () => {
    const filler = "x".repeat(MOST_ASKED_BYTES - 1000);
    const head = (bytes: number) =>
      `POST /release HTTP/1.1\r\nHost: desk\r\nContent-Length: ${bytes}\r\n\r\n`;
    const { hostname, port } = new URL(URL_OF_DESK);
    const opened = async (localAddress: string): Promise<Socket> => {
      const socket = connect({ host: hostname, port: Number(port), localAddress });
      socket.on("error", () => undefined);
      await once(socket, "connect");
      return socket;
    };
    /** Bodies that are not ended: one byte is missing. */
    const greedy = await Promise.all(Array.from({ length: 12 }, () => opened("127.0.0.1")));
    const refused: number[] = [];
    for (const socket of greedy) {
      socket.once("data", (data: Buffer) => refused.push(Number(data.toString().split(" ")[1])));
      socket.write(head(filler.length + 1));
      await new Promise<void>((resolve) => socket.write(filler, () => resolve()));
    }
    for (let waited = 0; refused.length < 4 && waited < 3000; waited += 20) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(refused, "of twelve bodies eight have room").eql([503, 503, 503, 503]);
    const body = JSON.stringify({ order, signature });
    const other = await opened("127.0.0.2");
    other.write(`${head(body.length)}${body}`);
    const [answer] = (await once(other, "data")) as [Buffer];
    expect(answer.toString()).match(/^HTTP\/1.1 200/);
    // Once they are gone there is room again.
    for (const socket of [...greedy, other]) socket.destroy();
    let status = 0;
    for (let waited = 0; status !== 200 && waited < 3000; waited += 50) {
      status = (await post("/release", body)).status;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(status).equal(200);
    expect((await post("/release", "x".repeat(MOST_ASKED_BYTES - 10))).status, "in the room for all").equal(
      400,
    );
  });

  it("tells why it refuses, and its own troubles to nobody but its owner", async () => {
    const asked = { migration: "1", stateHash: word("8"), startMs: "1" };
    const takeOn = JSON.stringify({ ...asked, signature: `0x${"9".repeat(130)}` });
    expect(await said(await post("/take-on", takeOn))).eql([
      403,
      { error: "TWIN_REFUSED", message: "Of what was asked, no." },
    ]);
    const patch = { vehicle: address("1"), server: address("2"), sequence: 0, at: 0, bytes: "AAAA" };
    const change = JSON.stringify({ ...patch, signature: `0x${"9".repeat(130)}` });
    expect(await said(await post("/synchronize", change))).eql([
      500,
      { error: "DESK_FAILED", message: "The server failed." },
    ]);
    expect(troubles).length(1);
  });
});
