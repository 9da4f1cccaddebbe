import type { Market } from "../../../mechanisms/Market.ts";
import type { MarketMap, ShownMove, ShownServer } from "../../../mechanisms/MarketView.ts";
import type { PastWorker } from "../../../mechanisms/MechanismResettlement.ts";
import type { AttestedRound } from "../../../mechanisms/MechanismView.ts";
import { knownMechanism } from "../../../mechanisms/mechanismOf.ts";
import { NO_SCORES, type ScoreRecord } from "../../../protocol/scores.ts";
import { shortAddress } from "../../../reports/shortAddress.ts";
import { pastTask } from "../../../tasks/compare/pastTask.ts";
import type { TaskView } from "../../../tasks/view/TaskView.ts";
import { workerHistories } from "../../../tasks/view/workerHistories.ts";
import type {
  MarketReplay,
  MarketsView,
  TradeMarketView,
  TradeView,
  TwinMap,
  TwinMarketView,
  TwinMigration,
  TwinServer,
} from "../../api/MarketView.ts";
import type { NetworkWatch, WatchedTask } from "../NetworkWatch.ts";
import { placeOf } from "./moneyView.ts";
import { ifReadable, taskMoment } from "./taskMoment.ts";

/** Trades that are shown, the newest of all. */
const MOST_TRADES = 50;
/** Files with what was attested that lines of a market are made of: fewer than are kept (`MOST_KEPT.scores`). */
const MOST_ATTESTED = 128;

/** Markets that there are: those of the network, and mechanisms that show something over time. */
export function marketsView(watch: NetworkWatch): MarketsView {
  const trades = tradingNames(watch).map((name) => ({
    name,
    kind: "trade" as const,
    about: "Publishers buy what workers learned, at posted prices.",
  }));
  const twins = watch.markets.map(({ name, view }) => ({ name, kind: "twins" as const, about: view!.about }));
  return { markets: [...trades, ...twins] };
}

/** Mechanisms of the network whose tasks are a market. */
export function tradingNames(watch: NetworkWatch): string[] {
  return Object.keys(watch.network.main.contracts.policies).filter((name) => {
    const ids = watch.taskIds();
    const own = ids.find((id) => knownMechanism(watch.task(id)?.view.terms.mechanism ?? "")?.name === name);
    const terms = own === undefined ? undefined : watch.task(own)?.view.terms.mechanism;
    return terms !== undefined && knownMechanism(terms)?.view.series !== undefined;
  });
}

/** The trades of a mechanism whose tasks are a market. */
export function tradeMarketView(watch: NetworkWatch, name: string): TradeMarketView {
  const own = watch.taskIds().flatMap((id) => {
    const task = watch.task(id);
    return task !== undefined && knownMechanism(task.view.terms.mechanism)?.name === name ? [task] : [];
  });
  const newest = own.slice(0, MOST_TRADES).reverse();
  const files = Math.max(1, Math.floor(MOST_ATTESTED / newest.length));
  return { kind: "trade", name, trades: newest.map((task) => tradeView(watch, task, files)) };
}

/** @param files - Rounds at the most of which it is looked at what was attested. */
function tradeView(watch: NetworkWatch, task: WatchedTask, files: number): TradeView {
  const { view, page } = task;
  const { startTime, epochSeconds } = view.terms.schedule;
  const { moment, mechanism } = taskMoment(watch, task);
  const histories = workerHistories(view);
  const { mechanismTerms } = moment;
  const offers =
    ifReadable(() => (mechanismTerms === undefined ? undefined : mechanism?.prices?.(mechanismTerms))) ?? [];
  const past = ifReadable(() => pastTask(view, { now: watch.now }));
  const end = startTime + epochSeconds;
  const series =
    ifReadable(() =>
      past === undefined
        ? undefined
        : mechanism?.series?.(past, {
            paid: ({ worker, chainId }) =>
              view.payments.find((one) => one.worker === worker && one.chainId === chainId),
            attested: attestedRounds(view, {
              most: files,
              scoresOf: (rounds) => watch.scores.of({ rounds }),
            }),
          }),
    ) ?? [];
  return {
    taskId: String(view.task),
    name: watch.specs.facts(view.terms.specDigest)?.name ?? null,
    publisher: page.published?.publisher ?? "",
    start: startTime,
    end,
    offers: postedOffers(offers, histories, (chainId) => watch.nameOf(chainId)),
    // What is revealed after the epoch is an update, and no sale.
    sales: (past?.workers ?? []).flatMap(({ worker, updates }) =>
      updates.flatMap(({ round, revealedAt }) =>
        revealedAt < end ? [{ worker, round: round + 1, at: revealedAt }] : [],
      ),
    ),
    series: series.map(({ name, unit, lines }) => ({
      name,
      unit,
      lines: lines.map(({ worker, points }) => ({
        label: shortAddress(worker),
        worker,
        points: points.map(([at, value]): [number, number] => [at, value]),
      })),
    })),
  };
}

/**
 * Rounds with which something was attested, as far as it is known here.
 *
 * @param options - `most`: rounds at the most, spread over all, the last among them; `scoresOf`: what was attested with the
 * last of some rounds, undefined where it is not read yet.
 */
export function attestedRounds(
  { subchains, rounds }: Pick<TaskView, "subchains" | "rounds">,
  {
    most,
    scoresOf,
  }: { most: number; scoresOf: (rounds: TaskView["rounds"]) => readonly ScoreRecord[] | undefined },
): AttestedRound[] {
  const own = rounds.flatMap(({ result }, round) =>
    result === undefined || result.scores.root === NO_SCORES.root ? [] : [{ round, at: result.finalizedAt }],
  );
  const every = Math.ceil(own.length / most);
  return own
    .filter((_, i) => (own.length - 1 - i) % every === 0)
    .flatMap(({ round, at }) => {
      const records = scoresOf(rounds.slice(0, round + 1));
      if (records === undefined) return [];
      const scores = new Map(records.map(({ chainId, index, score }) => [`${chainId}/${index}`, score]));
      const indices = new Map(
        subchains.flatMap(({ chainId, workers }) =>
          workers.map(({ worker }, index) => [`${chainId}/${worker}`, `${chainId}/${index}`] as const),
        ),
      );
      const scoreOf = ({ chainId, worker }: Pick<PastWorker, "chainId" | "worker">) =>
        scores.get(indices.get(`${chainId}/${worker}`) ?? "");
      return [{ round, at, scoreOf }];
    });
}

/** What is offered whom, and who took it: those who enrolled, on their chains. */
export function postedOffers(
  prices: readonly { readonly worker: string; readonly price: bigint }[],
  workers: readonly { readonly worker: string; readonly chainId: bigint }[],
  nameOf: (chainId: bigint) => string,
): TradeView["offers"] {
  return prices.map(({ worker, price }) => {
    const own = workers.find((one) => one.worker === worker);
    return {
      worker,
      price: String(price),
      taken: own !== undefined,
      chain: own === undefined ? null : nameOf(own.chainId),
    };
  });
}

/** A market of moves between servers. */
export function twinMarketView(
  watch: NetworkWatch,
  market: Market,
  map: MarketMap | undefined,
): TwinMarketView {
  const shown = watch.main.branch.markets.get(market.name)!.show();
  const names = namesIn(map);
  const migrations = shown.moves.map((move) => migrationView(watch, move));
  const count = (outcome: string) => shown.moves.filter((move) => move.outcome === outcome).length;
  const paid = shown.moves.reduce((sum, { settled }) => sum + (settled?.toProvider ?? 0n), 0n);
  return {
    kind: "twins",
    name: market.name,
    map: map === undefined ? null : mapView(map),
    servers: shown.servers.map((server) => serverView(watch, server, names)),
    vehicles: shown.vehicles.map(({ address, host, hostSince }) => ({
      address,
      name: names.get(address) ?? null,
      host: host ?? null,
      hostSince: hostSince ?? null,
    })),
    migrations,
    totals: {
      requested: shown.moves.length,
      completed: count("Completed"),
      late: count("Late"),
      failed: count("Failed"),
      expired: count("Expired"),
      rejected: count("Cancelled"),
      disputed: shown.moves.filter(({ state, outcome }) => state === "disputed" || outcome === "Resolved")
        .length,
      paid: String(paid),
    },
  };
}

/** What a market was like, from its first event to its last: for a page that plays it again. */
export function marketReplay(watch: NetworkWatch, market: Market, map: MarketMap | undefined): MarketReplay {
  const { servers, migrations, map: shown } = twinMarketView(watch, market, map);
  const times = migrations.flatMap(({ requested, steps }) => [requested.at, ...steps.map(({ at }) => at)]);
  const least = times.reduce((first, at) => Math.min(first, at), Number.MAX_SAFE_INTEGER);
  const most = times.reduce((last, at) => Math.max(last, at), 0);
  const start = map === undefined ? least : Math.floor(map.startAtMs / 1000);
  const end = map === undefined ? most : Math.ceil((map.startAtMs + map.steps * map.stepMs) / 1000);
  return {
    name: market.name,
    from: times.length === 0 ? start : Math.min(start, least),
    until: Math.max(end, most),
    map: shown,
    servers,
    migrations,
  };
}

function namesIn(map: MarketMap | undefined): ReadonlyMap<string, string> {
  const all = [...(map?.servers ?? []), ...(map?.vehicles ?? [])];
  return new Map(all.map(({ address, name }) => [address, name]));
}

function mapView({ reachMetres, servers, vehicles, ...map }: MarketMap): TwinMap {
  return {
    ...map,
    coverageMetres: reachMetres,
    servers: servers.map((server) => ({ ...server })),
    vehicles: vehicles.map(({ name, address, x, y }) => ({ name, address, x: [...x], y: [...y] })),
  };
}

function serverView(
  watch: NetworkWatch,
  { address, kind, chainId, joined, reputation, hosted, offer }: ShownServer,
  names: ReadonlyMap<string, string>,
): TwinServer {
  const chain = watch.nameOf(chainId);
  return {
    ...{ address, kind, joined, reputation, hosted },
    name: names.get(address) ?? null,
    chain,
    offer:
      offer === undefined
        ? null
        : {
            epoch: offer.epoch,
            theta: offer.theta,
            wholesale: offer.wholesale,
            own: offer.own,
            capacity: offer.capacity,
            taken: offer.taken,
          },
  };
}

function migrationView(watch: NetworkWatch, move: ShownMove): TwinMigration {
  const main = watch.network.main.name;
  const { settled } = move;
  return {
    id: move.id,
    vehicle: move.vehicle,
    from: move.from ?? null,
    to: move.to,
    kilobytes: move.kilobytes,
    escrow: String(move.escrow),
    state: move.state,
    outcome: move.outcome ?? null,
    latencyMs: move.latencyMs ?? null,
    requested: placeOf(main, move.requested),
    steps: move.steps.map((step) => ({ ...placeOf(main, step), name: step.name })),
    settled:
      settled === undefined
        ? null
        : {
            toProvider: String(settled.toProvider),
            refund: String(settled.refund),
            slashed: String(settled.slashed),
          },
  };
}
