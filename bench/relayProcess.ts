/**
 * The process in which a TrafficLine's relay runs, so that its memory is its own: three validators and a relayer, each
 * with a database. It is forked, told where the chains are, and answers what it is asked.
 */
import { join } from "node:path";
import { ChainClient } from "../chains/clients/ChainClient.ts";
import type { FinalityRule } from "../chains/clients/finality.ts";
import { GatewayClient } from "../chains/clients/GatewayClient.ts";
import { localKey } from "../chains/networks/localKeys.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import { systemClock } from "../protocol/Clock.ts";
import type { RelayEvent } from "../relay/RelayEvent.ts";
import { Relayer } from "../relay/Relayer.ts";
import { shareReads } from "../relay/reading/shareReads.ts";
import { RelayerStore } from "../relay/store/RelayerStore.ts";
import { ValidatorStore } from "../relay/store/ValidatorStore.ts";
import { Validator } from "../relay/Validator.ts";

const POLL_MILLISECONDS = 60;
const VALIDATORS = [0, 1, 2];

/** Where a chain of the line is. */
export interface RelayedPlace {
  name: string;
  chainId: number;
  url: string;
  contracts: { gateway: string };
  /** ERC-7930 addresses of those whose messages are the network's own; all unless given. */
  applications?: readonly string[];
}

/** What the process is told. */
export type RelayProcessOrder =
  | { type: "start"; places: readonly RelayedPlace[]; finality: FinalityRule; directory: string }
  | { type: "report" }
  | { type: "stop" };

/** How the relay is doing, when it was asked. */
export interface RelayProcessReport {
  residentBytes: number;
  /** Gas of its transactions so far, in decimal digits. */
  gasUsed: string;
  /** What went wrong so far. */
  trouble: readonly string[];
}

let gasUsed = 0n;
const trouble: string[] = [];
let stop: (() => Promise<void>) | undefined;

function listener(event: RelayEvent): void {
  if (event.type === "submission-mined") gasUsed += event.gasUsed;
  if (event.type === "trouble") trouble.push(`${event.chain}, ${event.doing}: ${event.error}`);
}

function start({ places, finality, directory }: Extract<RelayProcessOrder, { type: "start" }>): void {
  const clock = systemClock;
  const clients = places.map((place) => ChainClient.open(place));
  const chains = places.map((place, i) => ({
    gateway: new GatewayClient(
      shareReads(clients[i]!.rpc, { milliseconds: POLL_MILLISECONDS / 2 }, { clock }),
      place,
    ),
    fromBlock: 0,
    finality,
    proofs: "checkpoint" as const,
    applications: place.applications,
  }));
  const options = { chains, pollMilliseconds: POLL_MILLISECONDS };
  const validators = VALIDATORS.map((i) => {
    const store = new ValidatorStore(join(directory, `validator-${i}.sqlite`));
    const modules = { wallet: localKey("validator", i), store, clock, listener };
    return { store, validator: new Validator(options, modules) };
  });
  const store = new RelayerStore(join(directory, "relayer.sqlite"));
  const relayer = new Relayer(options, {
    wallet: localKey("relayer"),
    sources: validators.map(({ validator }) => validator.source),
    store,
    clock,
    random: new SeededRandom(1, "bench"),
    listener,
  });
  for (const { validator } of validators) validator.start();
  relayer.start();
  stop = async () => {
    await relayer.stop();
    await Promise.all(validators.map(({ validator }) => validator.stop()));
    store.close();
    for (const validator of validators) validator.store.close();
    for (const client of clients) client.close();
  };
}

process.on("message", (order: RelayProcessOrder) => {
  switch (order.type) {
    case "start":
      start(order);
      break;
    case "report": {
      const residentBytes = process.memoryUsage().rss;
      process.send!({ residentBytes, gasUsed: String(gasUsed), trouble } satisfies RelayProcessReport);
      break;
    }
    case "stop":
      void stop?.().then(() => process.disconnect());
      break;
    default:
      order satisfies never;
  }
});
