import type { FinalityRule } from "../chains/clients/finality.ts";
import { localSigner } from "../chains/networks/localKeys.ts";
import type { ChainRunner } from "../chains/networks/networkConfig.ts";
import { greatest } from "../numerics/extremes.ts";
import { median } from "./median.ts";
import { TrafficLine } from "./TrafficLine.ts";

const BASE_PORT = 9281;
/** Messages that a transaction of the backlog sends. */
const EACH = 25;
/** Signed transactions that are handed to a chain in one request. */
const PIPELINE = 50;
/** Troubles of the relay that a run puts up with. */
const MOST_TROUBLE = 100;

/** Time, from the user of a benchmark: tests have none. */
export interface BenchModules {
  /** Milliseconds since any fixed time. */
  clock: () => number;
  tell: (doing: string) => void;
}

/** How fast a backlog went over two hops, beside what the chains take of anything. */
export interface RelayThroughput {
  messages: number;
  messagesPerSecond: number;
  plainTransactionsPerSecond: number;
  /** Gas of the relay's transactions a message and hop, what the recipients do included. */
  gasPerMessage: number;
  /** Largest resident set of the relay's process while the first and the second half of the messages arrived, MiB. */
  residentMiB: { firstHalf: number; secondHalf: number };
}

/** Drains a backlog of messages over two hops. */
export async function benchThroughput(
  options: { runner: ChainRunner; messages: number; transactions: number },
  { clock, tell }: BenchModules,
): Promise<RelayThroughput> {
  const { runner, messages } = options;
  const line = await TrafficLine.start({
    runner,
    basePort: BASE_PORT,
    blockSeconds: 0,
    finality: { confirmations: 0 },
  });
  try {
    tell("plain transactions …");
    const plain = await plainRate(line, options.transactions, clock);
    tell(`sending ${messages} messages …`);
    await line.burst(messages, EACH);
    const began = clock();
    const relay = await line.startRelay();
    const resident = [0, 0];
    let gas = 0n;
    try {
      for (let arrived = 0; arrived < messages; ) {
        await pause(250);
        arrived = await line.arrived();
        const half = arrived < messages / 2 ? 0 : 1;
        const { residentBytes, gasUsed, trouble } = await relay.report();
        resident[half] = Math.max(resident[half]!, residentBytes / 2 ** 20);
        gas = BigInt(gasUsed);
        tell(`${arrived} of ${messages} messages over two hops …`);
        if (trouble.length > MOST_TROUBLE) throw new Error(trouble[0]);
      }
      const seconds = (clock() - began) / 1000;
      return {
        messages,
        messagesPerSecond: messages / seconds,
        plainTransactionsPerSecond: plain,
        gasPerMessage: Number(gas) / (2 * messages),
        residentMiB: { firstHalf: Math.round(resident[0]!), secondHalf: Math.round(resident[1]!) },
      };
    } finally {
      await relay.stop();
    }
  } finally {
    await line.stop();
  }
}

/** Plain transfers a second that one chain of the line takes and mines. */
async function plainRate(line: TrafficLine, transactions: number, clock: () => number): Promise<number> {
  const { client } = line.stops[0]!;
  const { provider } = client;
  const wallet = await localSigner(provider, client.url, "publisher");
  const first = await provider.getTransactionCount(wallet.address);
  const raw = await Promise.all(
    Array.from({ length: transactions }, (_, i) =>
      wallet.signTransaction({
        chainId: client.chainId,
        to: wallet.address,
        value: 0n,
        nonce: first + i,
        gasLimit: 21_000n,
        type: 2,
        maxFeePerGas: 10n ** 11n,
        maxPriorityFeePerGas: 10n ** 9n,
      }),
    ),
  );
  const began = clock();
  for (let i = 0; i < raw.length; i += PIPELINE) {
    const body = raw
      .slice(i, i + PIPELINE)
      .map((one, id) => ({ jsonrpc: "2.0", id, method: "eth_sendRawTransaction", params: [one] }));
    const response = await fetch(client.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    await response.text();
  }
  while ((await provider.getTransactionCount(wallet.address)) < first + transactions) await pause(5);
  return transactions / ((clock() - began) / 1000);
}

/** Blocks of the destination that passed between a message's finality and its delivery, 1 for the very next. */
export interface RelayLatency {
  policyBlocks: number;
  beyondPolicy: { median: number; most: number };
  messages: number;
}

/** Measures how long single messages take on chains with a fixed time between blocks. */
export async function benchLatency(
  options: { runner: ChainRunner; messages: number; blockSeconds: number; confirmations: number },
  { tell }: BenchModules,
): Promise<RelayLatency> {
  const { runner, messages, blockSeconds, confirmations } = options;
  const finality: FinalityRule = { confirmations };
  const line = await TrafficLine.start({ runner, basePort: BASE_PORT, blockSeconds, finality });
  try {
    const relay = await line.startRelay();
    try {
      for (let i = 0; i < messages; i++) {
        tell(`message ${i + 1} of ${messages} …`);
        await line.burst(1, 1);
        // So that messages begin at all times of a block.
        await pause((blockSeconds * 1000 * (i % 7)) / 7);
      }
      while ((await line.arrived()) < messages) await pause(100);
    } finally {
      await relay.stop();
    }
    const beyond: number[] = [];
    for (const [from, to] of [
      [line.stops[0]!, line.stops[1]!],
      [line.stops[1]!, line.stops[2]!],
    ] as const) {
      const blocks = await timesOf(to);
      const origins = await timesOf(from);
      const { sent } = await from.gateway.events(0, origins.length - 1);
      const { delivered } = await to.gateway.events(0, blocks.length - 1);
      for (const { nonce, blockNumber } of sent) {
        const delivery = delivered.find((one) => one.origin === from.client.chainId && one.nonce === nonce);
        const finalAt = origins[blockNumber + confirmations];
        if (delivery === undefined || finalAt === undefined) continue;
        // Blocks that were mined once the message was final, up to the one that delivered it.
        beyond.push(blocks.slice(0, delivery.blockNumber + 1).filter((time) => time > finalAt).length);
      }
    }
    return {
      policyBlocks: confirmations,
      beyondPolicy: { median: median(beyond), most: greatest(beyond) },
      messages: beyond.length,
    };
  } finally {
    await line.stop();
  }
}

/** Time of every block of a chain, Unix seconds. */
async function timesOf({ gateway }: TrafficLine["stops"][number]): Promise<number[]> {
  const head = (await gateway.header("latest"))!;
  const headers = await Promise.all(
    Array.from({ length: head.number + 1 }, (_, number) => gateway.header(number)),
  );
  return headers.map((header) => header!.timestamp);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
