import { expect } from "chai";
import { Wallet } from "ethers";

import { GatewayClient } from "../../../chains/clients/GatewayClient.ts";
import { Hints } from "../../../relay/Hints.ts";
import type { RelayEvent } from "../../../relay/RelayEvent.ts";
import { Relayer } from "../../../relay/Relayer.ts";
import { shareReads } from "../../../relay/reading/shareReads.ts";
import { repeat } from "../../../relay/repeat.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { ValidatorStore } from "../../../relay/store/ValidatorStore.ts";
import { Validator } from "../../../relay/Validator.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { FakeChain } from "./FakeChain.ts";

/** As of chains with a block every 12 s: an eighth of that. */
const BLOCK_MILLISECONDS = 12_000;
const POLL_MILLISECONDS = 1500;
const MESSAGES = 5;

describe("A relay that hears of new blocks", () => {
  let clock: VirtualClock;
  let origin: FakeChain;
  let destination: FakeChain;
  let heads: Map<FakeChain, Hints>;
  /** Whether an endpoint announces blocks. */
  let announces: boolean;
  let sentAt: number[];
  let stop: () => Promise<void>;

  beforeEach(() => {
    clock = new VirtualClock(1_000_000);
    origin = new FakeChain({ name: "main", chainId: 71n });
    destination = new FakeChain({ name: "relay", chainId: 72n });
    heads = new Map([origin, destination].map((chain) => [chain, new Hints()]));
    const wallet = new Wallet(`0x${"32".repeat(32)}`);
    destination.validators = { threshold: 1, validators: [wallet.address] };
    [announces, sentAt] = [true, []];
    const listener = (event: RelayEvent) => {
      if (event.type === "submission-sent") sentAt.push(clock.now());
      if (event.type === "vouched") relayer.look();
    };
    const placeOf = (chain: FakeChain) => {
      const onHead = heads.get(chain)!.source;
      // As validators and relayer of one process share what they read.
      const rpc = shareReads(chain, { milliseconds: POLL_MILLISECONDS / 2 }, { clock, onHead });
      const finality = { confirmations: 1 };
      return {
        gateway: new GatewayClient(rpc, chain),
        fromBlock: 0,
        finality,
        applications: undefined,
        onHead,
      };
    };
    const chains = [placeOf(origin), placeOf(destination)];
    const [signed, store] = [new ValidatorStore(":memory:"), new RelayerStore(":memory:")];
    const validator = new Validator(
      {
        chains: chains.map((chain) => ({ ...chain, proofs: "checkpoint" as const })),
        pollMilliseconds: POLL_MILLISECONDS,
      },
      { wallet, store: signed, clock, listener },
    );
    const relayer = new Relayer(
      { chains, pollMilliseconds: POLL_MILLISECONDS },
      {
        wallet: new Wallet(`0x${"31".repeat(32)}`),
        sources: [validator.source],
        store,
        clock,
        random: { uniform: () => 0.5, integer: () => 0 },
        listener,
        graceMilliseconds: 0,
      },
    );
    validator.start();
    relayer.start();
    stop = async () => {
      const stopped = Promise.all([validator.stop(), relayer.stop()]);
      await clock.advance(10_000);
      await stopped;
      signed.close();
      store.close();
    };
  });
  afterEach(() => stop());

  function mine(chain: FakeChain, send = 0): void {
    chain.mine({ send });
    if (announces) heads.get(chain)!.give();
  }

  /** How long after a message's block was final its delivery was sent, each in milliseconds. */
  async function latencies(): Promise<number[]> {
    const found: number[] = [];
    for (let i = 0; i < MESSAGES; i++) {
      mine(origin, 1);
      // At all phases of the polls.
      await clock.advance(BLOCK_MILLISECONDS + i * 337);
      mine(origin);
      const final = clock.now();
      const before = sentAt.length;
      await clock.advance(BLOCK_MILLISECONDS / 2);
      expect(sentAt).to.have.length(before + 1);
      found.push(sentAt.at(-1)! - final);
      mine(destination);
      await clock.advance(BLOCK_MILLISECONDS / 2);
    }
    return found;
  }
  const most = (all: readonly number[]) => Math.max(...all);
  const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;

  it("sends what became final at once, not at its next turn", async () => {
    const told = await latencies();
    expect(most(told)).to.be.at.most(50);
  });

  it("goes on with its turns while nobody announces any, and is woken again when somebody does", async () => {
    announces = false;
    const polled = await latencies();
    expect(most(polled)).to.be.within(POLL_MILLISECONDS / 2, 2 * POLL_MILLISECONDS);
    expect(mean(polled)).to.be.at.least(POLL_MILLISECONDS / 4);
    announces = true;
    expect(most(await latencies())).to.be.at.most(50);
  });
});

describe("repeat", () => {
  let clock: VirtualClock;
  let hints: Hints;
  let stop: AbortController;
  let times: number[];
  let turn: () => Promise<boolean>;
  let done: Promise<void>;

  beforeEach(() => {
    clock = new VirtualClock(0);
    [hints, stop, times] = [new Hints(), new AbortController(), []];
    turn = async () => false;
    done = repeat(
      () => {
        times.push(clock.now());
        return turn();
      },
      { signal: stop.signal, pollMilliseconds: 1000, hints: hints.source },
      { clock, onError: () => undefined },
    );
  });
  afterEach(async () => {
    stop.abort();
    await clock.advance(10_000);
    await done;
    expect(clock.waiting).to.equal(0);
    const made = times.length;
    hints.give();
    await clock.advance(10_000);
    expect(times).to.have.length(made);
  });

  it("works at a hint, and a pause later without one", async () => {
    await clock.advance(300);
    hints.give();
    await clock.advance(1500);
    expect(times).to.deep.equal([0, 300, 1300]);
  });

  it("works again at once after a hint that came while it worked", async () => {
    turn = () => clock.sleep(200).then(() => false);
    await clock.advance(1100);
    hints.give();
    hints.give();
    await clock.advance(150);
    expect(times).to.deep.equal([0, 1000, 1200]);
  });

  it("fails no more often for hints", async () => {
    turn = async () => {
      throw new Error("It fails.");
    };
    for (let i = 0; i < 100; i++) {
      await clock.advance(100);
      hints.give();
    }
    expect(times).to.deep.equal([0, 100, 2100, 6100]);
  });
});
