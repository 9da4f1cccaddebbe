import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import { localKey } from "../../../chains/networks/localKeys.ts";
import type { AnyEvent } from "../../../protocol/ContractAbi.ts";
import type {
  MarketFold,
  MarketMap,
  MarketPlaceInTime,
  MarketView,
  ShownMarket,
  ShownMove,
} from "../../MarketView.ts";
import { migrationContracts } from "../contracts.ts";
import { migrationEnums } from "../encodings.ts";
import { DEFAULT_PARAMETERS } from "../mathematics/parameters.ts";
import type { ServerPlan, VehiclePlan } from "../parties/partyPlan.ts";
import { MARKET_EVENTS, type MarketEvent, MarketLedger } from "./MarketLedger.ts";

/** Moves that are shown, the newest; a move's steps, of which disputes may make many. */
const MOST_MOVES = 2000;
const MOST_STEPS = 32;
/** Bytes of a party's plan, and parties of which it is read. */
const MOST_PLAN_BYTES = 16 << 20;
const MOST_PLANS = 200;
const NOWHERE = `0x${"00".repeat(20)}`;

/** What the market of twins shows of itself. */
export const marketView: MarketView = {
  about: "Vehicles move their twins between servers, which post prices and are paid for moves in time.",
  contract: migrationContracts.TwinMarket,
  names: MARKET_EVENTS,
  fold: () => new TwinFold(),
  readMap,
};

/** What parties know of the market, and of each move where it came about. */
class TwinFold implements MarketFold {
  readonly #ledger = new MarketLedger();
  readonly #moves = new Map<bigint, ShownMove>();
  readonly #hostSince = new Map<string, number>();
  #epoch = 0;

  add(event: ChainEvent<AnyEvent>, place: MarketPlaceInTime): void {
    const own = event as unknown as MarketEvent;
    this.#ledger.add(own);
    const { args, name } = own;
    if (name === "OfferPosted") this.#epoch = Math.max(this.#epoch, args.epoch);
    if (name === "MigrationRequested") {
      this.#moves.set(args.migration, {
        id: String(args.migration),
        vehicle: args.vehicle,
        from: args.source === NOWHERE ? undefined : args.source,
        to: args.destination,
        kilobytes: args.kilobytes,
        escrow: args.escrow,
        state: "requested",
        outcome: undefined,
        latencyMs: undefined,
        requested: place,
        steps: [],
        settled: undefined,
      });
      for (const id of this.#moves.keys()) {
        if (this.#moves.size <= MOST_MOVES) break;
        this.#moves.delete(id);
      }
      return;
    }
    const move = "migration" in args ? this.#moves.get(args.migration as bigint) : undefined;
    if (move === undefined) return;
    if (move.steps.length < MOST_STEPS) move.steps.push({ ...place, name });
    switch (name) {
      case "MigrationAccepted":
        move.state = "accepted";
        break;
      case "TwinHandedOver":
        move.state = "handed-over";
        this.#hostSince.set(move.vehicle, place.at);
        break;
      case "MigrationAttested":
        move.state = "attested";
        move.latencyMs = Number(args.latencyMs);
        break;
      case "AttestationDropped":
        move.state = "handed-over";
        move.latencyMs = undefined;
        break;
      case "MigrationDisputed":
        move.state = "disputed";
        break;
      case "MigrationSettled":
        move.state = "settled";
        move.outcome = migrationEnums.MigrationOutcome[Number(args.outcome)] ?? "None";
        move.latencyMs = args.latencyMs === 0n ? move.latencyMs : Number(args.latencyMs);
        move.settled = { toProvider: args.toProvider, refund: args.refund, slashed: args.bondSlashed };
        break;
      default:
    }
  }

  show(): ShownMarket {
    const servers = [...this.#ledger.servers.values()].map(({ address, kind, chainId, joined }) => {
      const found =
        this.#ledger.offer(address, this.#epoch) ?? this.#ledger.offerBefore(address, this.#epoch + 1);
      return {
        ...{ address, kind, chainId, joined },
        reputation: this.#ledger.reputation(address, this.#epoch),
        hosted: this.#ledger.twinsAt(address).hosted,
        offer: found && { ...found },
      };
    });
    const known = new Set([...this.#moves.values()].map(({ vehicle }) => vehicle));
    for (const vehicle of this.#ledger.hosts.keys()) known.add(vehicle);
    const vehicles = [...known].map((address) => ({
      address,
      host: this.#ledger.hosts.get(address)?.server,
      hostSince: this.#hostSince.get(address),
    }));
    return { servers, vehicles, moves: [...this.#moves.values()] };
  }
}

/** From the plans of the parties that a demo left in its directory. */
async function readMap(directory: string): Promise<MarketMap | undefined> {
  const parties = join(directory, "parties");
  const folders = await readdir(parties).catch(() => []);
  const plans: (VehiclePlan | ServerPlan)[] = [];
  for (const folder of folders
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .slice(0, MOST_PLANS)) {
    const plan = await readPlan(join(parties, folder, "plan.json"));
    if (plan !== undefined) plans.push(plan);
  }
  const setting = plans[0]?.setting;
  if (setting === undefined) return undefined;
  const { site, servers, startAtMs, stepMs, steps } = setting;
  const places = [
    ...site.edgeX.map((x, j) => ({ x, y: site.edgeY[j]! })),
    ...site.cloudX.map((x, j) => ({ x, y: site.cloudY[j]! })),
  ];
  return {
    ...{ widthMetres: site.widthMetres, heightMetres: site.heightMetres, startAtMs, stepMs, steps },
    reachMetres: DEFAULT_PARAMETERS.coverageMetres,
    servers: servers.map(({ address, name, kind }, m) => ({ address, name, kind, ...places[m]! })),
    vehicles: plans.flatMap((plan) =>
      plan.role === "vehicle"
        ? [{ name: plan.name, address: localKey("party", plan.key).address, ...plan.track }]
        : [],
    ),
  };
}

/** A plan that can be read; whatever else is there is none. */
async function readPlan(path: string): Promise<VehiclePlan | ServerPlan | undefined> {
  try {
    const text = await readFile(path, "utf8");
    if (text.length > MOST_PLAN_BYTES) return undefined;
    const plan = JSON.parse(text) as VehiclePlan | ServerPlan;
    return typeof plan.setting?.startAtMs === "number" ? plan : undefined;
  } catch {
    return undefined;
  }
}
