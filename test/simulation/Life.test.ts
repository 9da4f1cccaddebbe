import { expect } from "chai";

import type { Rpc } from "../../chains/rpc/Rpc.ts";
import { RpcUnavailable } from "../../chains/rpc/Rpc.ts";
import { Life, type Step } from "../../simulation/Life.ts";
import { VirtualClock } from "../../simulation/VirtualClock.ts";
import { rejected, thrown } from "../unit/thrown.ts";

const PENDING = Symbol("pending");

/** What a promise has come to by now. */
async function now(promise: Promise<unknown>): Promise<unknown> {
  await new Promise((resolve) => setImmediate(resolve));
  return Promise.race([promise, Promise.resolve(PENDING)]);
}

class Ledger {
  #lines: string[] = [];

  write(line: string): number {
    return this.#lines.push(line);
  }

  read(): readonly string[] {
    return this.#lines;
  }
}

class CountingRpc implements Rpc {
  asked: string[] = [];
  fails = false;

  async request(method: string): Promise<unknown> {
    this.asked.push(method);
    if (this.fails) throw new RpcUnavailable("nobody is there");
    return method;
  }
}

/** A life that is killed at the step of that name. */
function killedAt(name: string, steps: Step[] = []): Life {
  return new Life("relayer", { fate: (step) => step.name === name, onStep: (step) => steps.push(step) });
}

describe("Life", () => {
  it("numbers the steps of a store's writes, before and after each", () => {
    const steps: Step[] = [];
    const life = new Life("relayer", { onStep: (step) => steps.push(step) });
    const ledger = life.store(new Ledger(), "store", (method) => method === "write");
    expect([ledger.write("a"), ledger.write("b"), ledger.read()]).to.deep.equal([1, 2, ["a", "b"]]);
    expect(steps.map(({ number, name }) => `${number} ${name}`)).to.deep.equal([
      "0 before store.write",
      "1 after store.write",
      "2 before store.write",
      "3 after store.write",
    ]);
    expect(life.steps).to.equal(4);
  });

  it("writes nothing when it is killed before a write, all when after", () => {
    for (const [when, expected] of [
      ["before store.write", []],
      ["after store.write", ["a"]],
    ] as const) {
      const life = killedAt(when);
      const ledger = new Ledger();
      const seen = life.store(ledger, "store", (method) => method === "write");
      expect(thrown(() => seen.write("a")).code).to.equal("PROCESS_ENDED");
      expect(ledger.read()).to.deep.equal(expected);
      expect(life.alive).to.equal(false);
      // Neither what its code does on the way out.
      expect(thrown(() => seen.write("b")).code).to.equal("PROCESS_ENDED");
      expect(thrown(() => seen.read()).code).to.equal("PROCESS_ENDED");
      expect(ledger.read()).to.deep.equal(expected);
    }
  });

  it("sends nothing when it is killed before sending, all when meanwhile or after, and hears nothing", async () => {
    for (const [when, sent] of [
      ["before eth_sendRawTransaction", 0],
      ["during eth_sendRawTransaction", 1],
      ["after eth_sendRawTransaction", 1],
    ] as const) {
      for (const fails of [false, true]) {
        const rpc = new CountingRpc();
        rpc.fails = fails;
        const life = killedAt(when);
        const answer = life.rpc(rpc).request("eth_sendRawTransaction", ["0x"]);
        expect(await now(answer)).to.equal(PENDING);
        expect(rpc.asked.length).to.equal(sent);
        expect(life.alive).to.equal(false);
        // The dead ask nothing more.
        expect(await now(life.rpc(rpc).request("eth_blockNumber", []))).to.equal(PENDING);
        expect(rpc.asked.length).to.equal(sent);
      }
    }
  });

  it("lets the living have answers and errors as they are", async () => {
    const rpc = new CountingRpc();
    const life = new Life("relayer");
    expect(await life.rpc(rpc).request("eth_sendRawTransaction", [])).to.equal("eth_sendRawTransaction");
    expect(await life.rpc(rpc).request("eth_blockNumber", [])).to.equal("eth_blockNumber");
    rpc.fails = true;
    for (const method of ["eth_sendRawTransaction", "eth_blockNumber"]) {
      expect((await rejected(life.rpc(rpc).request(method, []))).code).to.equal("RPC_UNAVAILABLE");
    }
    expect(life.steps).to.equal(6);
  });

  it("withholds what was under way when it was killed", async () => {
    const clock = new VirtualClock(0);
    const ends: string[] = [];
    const heard: number[] = [];
    const life = new Life("relayer", { onKilled: (at) => ends.push(at) });
    const listener = life.listener<number>((event) => heard.push(event));
    let slow = (_: unknown): void => undefined;
    const rpc: Rpc = { request: () => new Promise((resolve) => (slow = resolve)) };
    const answer = life.rpc(rpc).request("eth_blockNumber", []);
    const sleep = life.clock(clock).sleep(10);
    listener(1);
    life.kill();
    life.kill();
    listener(2);
    slow("0x1");
    await clock.run(100);
    expect(await now(answer)).to.equal(PENDING);
    expect(await now(sleep)).to.equal(PENDING);
    expect(heard).to.deep.equal([1]);
    expect(ends).to.deep.equal(["any moment"]);
  });
});
