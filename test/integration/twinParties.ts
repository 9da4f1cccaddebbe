import { join } from "node:path";

import { localKey } from "../../chains/networks/localKeys.ts";
import { TUNED_VEHICLE } from "../../mechanisms/twin-migration/decision/chooseHost.ts";
import type { PartyEvent } from "../../mechanisms/twin-migration/parties/PartyEvent.ts";
import type { RunningParty } from "../../mechanisms/twin-migration/parties/PartyModules.ts";
import type {
  PartyPlan,
  ServerPlan,
  Setting,
  VehiclePlan,
} from "../../mechanisms/twin-migration/parties/partyPlan.ts";
import { startParty } from "../../mechanisms/twin-migration/parties/startParty.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { contracts } from "../../protocol/contracts.ts";
import { RemoteStore } from "../../storage/RemoteStore.ts";
import type { TestNetwork } from "./TestNetwork.ts";

/** Three servers: an edge on each subchain, 500 m apart, and their cloud; vehicles have the keys after them. */
export const SERVERS = 3;
export const serverUrl = (basePort: number, m: number) => `http://127.0.0.1:${basePort + 50 + m}`;
export const addressOf = (key: number) => localKey("party", key).address;

/** Services as the network file names them. */
export const twinServices = (basePort: number) => ({
  twins: Array.from({ length: SERVERS }, (_, m) => ({ address: addressOf(m), url: serverUrl(basePort, m) })),
});

/** What is public, from a time on. */
export function settingAt(startAtMs: number, steps: number): Setting {
  return {
    site: {
      ...{ widthMetres: 1000, heightMetres: 500, neighbourMetres: 525 },
      ...{ edgeX: [250, 750], edgeY: [250, 250], cloudX: [500], cloudY: [1000] },
    },
    vehicles: 4,
    servers: [
      { name: "edge 1", address: addressOf(0), kind: "Edge", chain: "virtual", cloud: addressOf(2) },
      { name: "edge 2", address: addressOf(1), kind: "Edge", chain: "physical", cloud: addressOf(2) },
      { name: "cloud 1", address: addressOf(2), kind: "Cloud", chain: "virtual" },
    ],
    ...{ startAtMs, stepMs: 1000, steps },
  };
}

export function serverPlan(setting: Setting, place: number, reliability = 1): ServerPlan {
  const isCloud = place === 2;
  return {
    role: "server",
    ...{ name: setting.servers[place]!.name, key: place, seed: 1, setting, place, reliability },
    ...{ own: isCloud ? 400_000 : 40_000, capacity: isCloud ? 400_000 : 80_000, mostTwins: 10 },
  };
}

/** A vehicle that drives from one x to another. */
export function vehiclePlan(setting: Setting, v: number, [from, to]: readonly [number, number]): VehiclePlan {
  const count = setting.steps + 1;
  return {
    role: "vehicle",
    ...{ name: `vehicle ${v + 1}`, key: SERVERS + v, seed: 7, setting },
    track: {
      x: Array.from({ length: count }, (_, t) => from + ((to - from) * t) / setting.steps),
      y: new Array<number>(count).fill(250),
    },
    ...{ kilobytes: 5000, priority: 1, stateBytes: 50_000, synchronizeEvery: 2, rule: TUNED_VEHICLE },
  };
}

/** Parties of a test, in this process, and what they tell. */
export class TwinParties {
  readonly told: (PartyEvent & { party: string })[] = [];
  readonly #network: TestNetwork;
  readonly #clock: Clock;
  readonly #running = new Map<string, RunningParty>();

  constructor(network: TestNetwork, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  /** Gives a party coins for gas everywhere, and tokens. */
  async fund(key: number): Promise<void> {
    const { clients } = this.#network;
    const address = addressOf(key);
    await Promise.all(
      clients.all.map((client) =>
        client.provider.send("hardhat_setBalance", [address, `0x${(10n ** 21n).toString(16)}`]),
      ),
    );
    const publisher = await this.#network.account("main", "publisher");
    const token = { contract: contracts.LocalToken, address: this.#network.file.main.contracts.token };
    await publisher.send(token, "transfer", [address, 1000n * 10n ** 18n]);
  }

  async start(
    plan: PartyPlan,
    {
      fetch,
      network = this.#network.file,
    }: { fetch?: typeof globalThis.fetch; network?: TestNetwork["file"] } = {},
  ): Promise<RunningParty> {
    const party = await startParty(
      plan,
      { network, directory: join(this.#network.config.directory, "parties", plan.name.replaceAll(" ", "-")) },
      {
        storage: new RemoteStore({ servers: [network.storage.url] }),
        clock: this.#clock,
        ...(fetch === undefined ? {} : { fetch }),
        listener: (event) => this.told.push({ ...event, party: plan.name }),
      },
    );
    this.#running.set(plan.name, party);
    return party;
  }

  async stop(name: string): Promise<void> {
    await this.#running.get(name)?.stop();
    this.#running.delete(name);
  }

  async stopAll(): Promise<void> {
    for (const name of [...this.#running.keys()]) await this.stop(name);
  }

  /** Waits until somebody has told something. */
  async until<T extends PartyEvent["type"]>(
    type: T,
    where: (event: Extract<PartyEvent, { type: T }> & { party: string }) => boolean = () => true,
    milliseconds = 60_000,
  ): Promise<Extract<PartyEvent, { type: T }> & { party: string }> {
    for (let waited = 0; waited < milliseconds; waited += 100) {
      const found = this.told.find(
        (event): event is Extract<PartyEvent, { type: T }> & { party: string } =>
          event.type === type && where(event as Extract<PartyEvent, { type: T }> & { party: string }),
      );
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const last = this.told.slice(-12).map((event) => JSON.stringify(event, errorsToo));
    throw new Error(`Nobody told ${type} in ${milliseconds} ms; the last were\n${last.join("\n")}`);
  }
}

function errorsToo(_: string, value: unknown): unknown {
  return value instanceof Error
    ? { message: value.message }
    : typeof value === "bigint"
      ? String(value)
      : value;
}
