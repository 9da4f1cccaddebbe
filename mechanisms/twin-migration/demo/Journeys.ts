import type { PartyEvent } from "../parties/PartyEvent.ts";
import type { Setting } from "../parties/partyPlan.ts";

type Moving = Extract<PartyEvent, { type: "moving" }>;
type Moved = Extract<PartyEvent, { type: "moved" }>;

export const EPOCH_MILLISECONDS = 100_000;
/** Outcomes after which a twin is at its new host: a dispute that nobody settled is of a twin that was handed over. */
export const MOVED: readonly (string | undefined)[] = [
  "Completed",
  "Late",
  "Resolved",
] satisfies Moved["outcome"][];

/** A move of a twin, as its vehicle told it. */
export interface Move extends Omit<Moving, "type"> {
  vehicle: string;
  ended?: Omit<Moved, "type">;
}

/** What parties told of a demo, put together. */
export class Journeys {
  readonly moves: Move[] = [];
  readonly #setting: Setting;
  readonly #synchronizeEvery: number;
  readonly #anchored = new Map<number, Set<string>>();
  #gaveUp = 0;
  #expired = 0;
  #rejected = 0;
  #disputed = 0;
  #synchronizations = 0;

  /** @param synchronizeEvery - Steps from one synchronization of a vehicle to the next. */
  constructor(setting: Setting, synchronizeEvery: number) {
    this.#setting = setting;
    this.#synchronizeEvery = synchronizeEvery;
  }

  /** Takes what a party told; a line about it, if it is worth one. */
  hear(party: string, event: PartyEvent): string | undefined {
    switch (event.type) {
      case "moving":
        this.moves.push({ ...event, vehicle: party });
        return this.#moving(party, event);
      case "moved": {
        const move = this.moves.find(({ migration }) => migration === event.migration);
        if (move !== undefined) move.ended = event;
        return this.#moved(party, event);
      }
      case "disputed":
        this.#disputed++;
        return `  ${party} disputes migration ${event.migration}: ${event.server} lied, ${event.why}`;
      case "resolved": {
        const ended = this.moves.find(({ migration }) => migration === event.migration)?.ended;
        if (ended !== undefined) ended.outcome = event.outcome;
        return `  ${party}: migration ${event.migration} ended at last as ${event.outcome.toLowerCase()}`;
      }
      case "rejected":
        this.#rejected++;
        return `  ${party}: ${event.to} did not accept migration ${event.migration}; the escrow is back`;
      case "offered":
        return `  ${party} offers epoch ${event.epoch}: θ ${dollars(event.theta)} $/MB, wholesale ${dollars(event.wholesale)} $/MB, up to ${event.capacity / 1000} MB`;
      case "gave-up":
        this.#gaveUp++;
        return `  ${party} failed migration ${event.migration}, and loses a tenth of its bond`;
      case "expired":
        this.#expired++;
        return `  keeper ended migration ${event.migration}, which was ${event.was}`;
      case "anchored": {
        const known = this.#anchored.get(event.epoch) ?? new Set();
        this.#anchored.set(event.epoch, known.add(party));
        return `  ${party} anchored ${event.count} synchronizations of epoch ${event.epoch}`;
      }
      case "arrived":
        this.#synchronizations += event.synchronizations;
        return `  ${party} is at the end of its track, after ${event.synchronizations} synchronizations`;
      case "trouble": {
        const { error } = event as { error?: { code?: string; message?: string } };
        return `! ${party}: ${error?.message ?? error?.code ?? "trouble"}`;
      }
      default:
        return undefined;
    }
  }

  /** Whether every server that has something to anchor of an epoch, as moves tell, has done so. */
  isAnchored(epoch: number): boolean {
    const anchored = this.#anchored.get(epoch) ?? new Set();
    return [...this.#synchronizedIn(epoch)].every((server) => anchored.has(server));
  }

  /** Servers that had a twin at a step of an epoch at which its vehicle synchronizes, which it does not while it moves. */
  #synchronizedIn(epoch: number): Set<string> {
    const { startAtMs, stepMs, steps } = this.#setting;
    const servers = new Set<string>();
    for (const moves of Map.groupBy(this.moves, ({ vehicle }) => vehicle).values()) {
      for (let step = 0; step < steps; step += this.#synchronizeEvery) {
        if (Math.floor((startAtMs + step * stepMs) / EPOCH_MILLISECONDS) !== epoch) continue;
        const isMoving = moves.some((move) => move.step <= step && step <= (move.ended?.step ?? move.step));
        const came = moves.findLast(
          ({ ended }) => ended !== undefined && ended.step < step && MOVED.includes(ended.outcome),
        );
        if (!isMoving && came !== undefined) servers.add(came.to);
      }
    }
    return servers;
  }

  summary(): Record<string, unknown> {
    const ended = this.moves.flatMap(({ ended }) => (ended === undefined ? [] : [ended]));
    const attempts = ended.filter(({ from, outcome }) => from !== undefined && outcome !== "pending");
    const successes = attempts.filter(({ outcome }) => outcome === "Completed");
    return {
      moves: this.moves,
      migrations: ended.length,
      attempts: attempts.length,
      successes: successes.length,
      missed: this.moves.filter(({ lost }) => lost).length,
      crossed: successes.filter(({ crossed }) => crossed).length,
      failed: this.#gaveUp,
      expired: this.#expired,
      rejected: this.#rejected,
      disputed: this.#disputed,
      synchronizations: this.#synchronizations,
      paidMicro: String(ended.reduce((sum, { paid }) => sum + BigInt(paid), 0n)),
      servers: this.#setting.servers.map(({ name, address, chain }) => ({ name, address, chain })),
    };
  }

  lines(): string[] {
    const rows = this.moves
      .filter(({ ended }) => ended !== undefined)
      .map((move) => [move.vehicle, this.#placed(move.from), this.#placed(move.to), move] as const);
    const known = this.summary() as {
      migrations: number;
      attempts: number;
      successes: number;
      missed: number;
      crossed: number;
    };
    return [
      "Who moved where, why, and at what cost",
      ...rows.map(([vehicle, from, to, { step, why, ended }]) => {
        const { outcome, latencyMs, paid } = ended!;
        const cost = outcome === "Completed" || outcome === "Late" ? `${dollars(paid)} $` : "nothing";
        return `  ${vehicle.padEnd(10)} step ${String(step).padStart(3)}  ${from.padEnd(18)} → ${to.padEnd(18)} ${outcome.padEnd(9)} ${(latencyMs / 1000).toFixed(2)} s  ${cost.padStart(9)}  ${why}`;
      }),
      `${known.successes} of ${known.attempts} migrations from host to host succeeded, ${known.crossed} of them across subchains${missedInWords(known.missed)}`,
    ];
  }

  #moving(vehicle: string, event: Moving): string {
    const { from, to, why, stayCost, moveCost, escrow, reputation, step } = event;
    const costs =
      stayCost === undefined || moveCost === undefined
        ? ""
        : `, expected cost ${moveCost.toFixed(3)} s against ${stayCost.toFixed(3)} s`;
    return `  step ${step}: ${vehicle} moves from ${this.#placed(from)} to ${this.#placed(to)}: ${why}${costs}; escrow ${dollars(escrow)} $, reputation ${reputation.toFixed(2)}`;
  }

  #moved(vehicle: string, { to, outcome, latencyMs, paid, compensated, migration, crossed }: Moved): string {
    if (outcome === "Completed" || outcome === "Late") {
      const way = crossed ? ", across subchains" : "";
      return `  ${vehicle} is at ${to} after ${(latencyMs / 1000).toFixed(2)} s${way}; paid ${dollars(paid)} $ (migration ${migration}, ${outcome.toLowerCase()})`;
    }
    const got = compensated === "0" ? "" : `, and gets ${dollars(compensated)} $ of the bond`;
    return `  ${vehicle}: migration ${migration} to ${to} ${outcome.toLowerCase()}${got}`;
  }

  #placed(server: string | undefined): string {
    if (server === undefined) return "nowhere";
    const chain = this.#setting.servers.find(({ name }) => name === server)?.chain;
    return chain === undefined ? server : `${server} (${chain})`;
  }
}

/** Twins that were lost before they could move: the audit's rate of success counts them with the attempts. */
function missedInWords(missed: number): string {
  if (missed === 0) return "";
  return `; ${missed === 1 ? "1 twin was" : `${missed} twins were`} lost with the host before, which counts as missed`;
}

/** micro-$ as $ with four digits. */
function dollars(micro: string | number): string {
  return (Number(micro) / 1e6).toFixed(4);
}
