import { id as hashOf } from "ethers";
import { Registry } from "prom-client";
import type { SentMessage } from "../chains/clients/GatewayClient.ts";
import type { ChainRunner } from "../chains/networks/networkConfig.ts";
import { greatest } from "../numerics/extremes.ts";
import { formatInteroperable } from "../protocol/interoperableAddress.ts";
import { messageId } from "../protocol/messages.ts";
import { RelayMetrics } from "../relay/RelayMetrics.ts";
import { LANES, type LaneName } from "../relay/store/lanes.ts";
import { RelayerStore } from "../relay/store/RelayerStore.ts";
import { median } from "./median.ts";
import type { BenchModules } from "./relay.ts";
import { TrafficLine } from "./TrafficLine.ts";

const BASE_PORT = 9281;
const [ORIGIN, DESTINATION] = [51_401n, 51_402n];
/** Messages of a block of the database. */
const BLOCK = 10_000;
/** How often each look at the database is timed. */
const LOOKS = 25;
/** Messages of strangers in one transaction. */
const EACH = 200;

/** Milliseconds that looks at a database take: all that a lane asks it for at a poll, and the metrics. */
export interface LookTimes {
  poll: number;
  metrics: number;
}

/** Times looks at a relayer's database with so many undelivered messages, a third of each lane. */
export async function benchLooks(messages: number, { clock, tell }: BenchModules): Promise<LookTimes> {
  const store = new RelayerStore(":memory:");
  try {
    const own = [5, 6].map((byte) => addressOn(byte === 5 ? ORIGIN : DESTINATION, byte));
    store.messages.knowApplications(own);
    for (let first = 0; first < messages; first += BLOCK) {
      tell(`${first} of ${messages} messages …`);
      const sent = Array.from({ length: Math.min(BLOCK, messages - first) }, (_, i) => message(first + i));
      const mark = { number: first + 1, hash: hashOf(String(first + 1)) };
      store.advance(ORIGIN, mark, sent, []);
    }
    const registry = new Registry();
    new RelayMetrics(registry, {
      chains: new Map([
        [ORIGIN, "origin"],
        [DESTINATION, "destination"],
      ]),
      store,
    });
    const poll = () => {
      for (const lane of Object.keys(LANES) as LaneName[])
        store.messages.waiting({ origin: ORIGIN, destination: DESTINATION, lane }, { now: 1, limit: 32 });
    };
    return { poll: await timeOf(poll, clock), metrics: await timeOf(() => registry.metrics(), clock) };
  } finally {
    store.close();
  }
}

/** Milliseconds that messages take over two hops. */
export interface HopTimes {
  /** The median. */
  alone: number;
  /** The longest, behind a stranger's messages that nobody delivered. */
  amongStrangers: number;
}

/** Times messages of the network, without strangers' messages and right after they were sent. */
export async function benchFlood(
  options: { runner: ChainRunner; strangers: number; messages: number },
  { clock, tell }: BenchModules,
): Promise<HopTimes> {
  const { runner, strangers, messages } = options;
  const finality = { confirmations: 0 };
  const line = await TrafficLine.start({ runner, basePort: BASE_PORT, blockSeconds: 0, finality });
  try {
    const relay = await line.startRelay();
    try {
      const times = { alone: [] as number[], amongStrangers: [] as number[] };
      let sent = 0;
      const send = async () => {
        await line.burst(1, 1);
        const began = clock();
        for (sent++; (await line.arrived()) < sent; ) await new Promise((done) => setTimeout(done, 10));
        return clock() - began;
      };
      await send();
      for (let i = 0; i < messages; i++) {
        tell(`message ${i + 1} of ${messages} alone …`);
        times.alone.push(await send());
      }
      tell(`sending ${strangers} messages of strangers …`);
      await line.flood(strangers, EACH);
      for (let i = 0; i < messages; i++) {
        tell(`message ${i + 1} of ${messages} among strangers …`);
        times.amongStrangers.push(await send());
      }
      return { alone: median(times.alone), amongStrangers: greatest(times.amongStrangers) };
    } finally {
      await relay.stop();
    }
  } finally {
    await line.stop();
  }
}

/** The median time of some work, milliseconds. */
async function timeOf(work: () => unknown, clock: () => number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < LOOKS; i++) {
    const began = clock();
    await work();
    times.push(clock() - began);
  }
  return median(times);
}

/** A message of the network, of a stranger to it, or to another, in turns. */
function message(nonce: number): SentMessage {
  const sender = addressOn(ORIGIN, nonce % 3 === 0 ? 5 : 7);
  const recipient = addressOn(DESTINATION, nonce % 3 === 2 ? 8 : 6);
  const content = { nonce, sender, recipient, payload: "0x1234" };
  const blockNumber = 1 + BLOCK * Math.floor(nonce / BLOCK);
  return {
    ...content,
    id: messageId(content),
    destination: DESTINATION,
    blockNumber,
    blockHash: hashOf(String(blockNumber)),
    transactionHash: hashOf(`transaction ${nonce}`),
  };
}

function addressOn(chainId: bigint, byte: number): string {
  return formatInteroperable({ chainId, address: `0x${byte.toString(16).padStart(2, "0").repeat(20)}` });
}
