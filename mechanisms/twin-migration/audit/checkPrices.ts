import type { MarketEvidence, MarketTally } from "../../MarketAudit.ts";
import { type Chronicle, chronicleOf, type MarketTellings } from "./Chronicle.ts";
import { cloudPrice, edgePrice, type SearchBox, type Seller, wholesaleRegret } from "./equilibrium.ts";
import { NOWHERE, RULES } from "./rules.ts";

/** A posted price may differ from the derived one by so much: the search's accuracy, $/MB; 3 % are 0.009. */
const PRICE_TOLERANCE = 5e-5;
/** What another wholesale price may earn more, as a share of what is at stake. */
const REGRET_TOLERANCE = 1e-6;

const BOX: SearchBox = {
  retail: [0.3, 0.5],
  wholesale: [0.12, 0.4],
  edgeCost: RULES.edgeCost,
  cloudCost: RULES.cloudCost,
};
const MIDDLE = 0.4;

/**
 * Every price that a server posted is that of the game's equilibrium on what main had told by the epoch's cut: who hosts
 * which twin, how large it was, and what servers did themselves. Counts prices.
 */
export async function checkPrices(evidence: MarketEvidence, tally: MarketTally): Promise<void> {
  const chronicle = await chronicleOf(evidence);
  const sellersAt = sellersByEpoch(chronicle);
  const edgesOf = Map.groupBy(chronicle.of("ServerJoined"), ({ args }) => args.cloud);
  for (const offer of chronicle.of("OfferPosted")) {
    checkBounds(offer, tally);
    const { server, epoch, theta, wholesale, own, capacity } = offer.args;
    const joined = chronicle.joined(server);
    tally.require(joined !== undefined, `${server} posted an offer for epoch ${epoch} and never joined.`);
    const sellers = sellersAt.get(epoch)!;
    const where = `${server}'s offer for epoch ${epoch}`;
    const seller = sellers.busy.get(server);
    if (Number(joined.args.kind) === 2) {
      const edges = (edgesOf.get(server) ?? []).map(({ args }) => args.server);
      checkCloud({ where, theta, wholesale }, { cloud: server, edges }, sellers, tally);
    } else {
      const { cloud } = joined.args;
      const asked = chronicle.offer(cloud, epoch)?.args.wholesale;
      const buys = capacity > own;
      tally.require(
        wholesale === (buys ? asked : 0),
        `${where} buys at ${wholesale} micro-$/MB, its cloud ${cloud} asks ${asked ?? "nothing"}.`,
      );
      // Who has no cloud that sells prices as at the highest wholesale price.
      const due =
        seller === undefined ? MIDDLE : edgePrice(seller, (asked || RULES.wholesaleMicro[1]) / 1e6, BOX);
      requireClose(where, theta, due, tally);
    }
    tally.count(wholesale === 0 ? 1 : 2);
  }
}

function checkBounds({ args, time }: MarketTellings<"OfferPosted">, tally: MarketTally): void {
  const { server, epoch, theta, own, capacity } = args;
  const [low, high] = RULES.retailMicro;
  tally.require(
    theta >= low && theta <= high && own <= capacity && capacity > 0,
    `${server} offered θ ${theta}, own ${own} and capacity ${capacity} for epoch ${epoch}, which are out of bounds.`,
  );
  const running = Math.floor(time / RULES.epochSeconds);
  tally.require(epoch >= running, `${server} posted its offer for epoch ${epoch} in epoch ${running}.`);
}

function checkCloud(
  { where, theta, wholesale }: { where: string; theta: number; wholesale: number },
  { cloud, edges: own }: { cloud: string; edges: readonly string[] },
  sellers: Sellers,
  tally: MarketTally,
): void {
  const seller = sellers.busy.get(cloud);
  const retail = seller === undefined ? { theta: MIDDLE, sold: 0 } : cloudPrice(seller, BOX);
  requireClose(where, theta, retail.theta, tally);
  if (wholesale === 0) return;
  const edges = own.flatMap((edge) => sellers.busy.get(edge) ?? []);
  // Without edges that have vehicles the ceiling is posted, and nobody buys.
  if (edges.length === 0) {
    requireClose(`${where} (wholesale)`, wholesale, 0.4, tally);
    return;
  }
  const room = Math.max((sellers.capacity.get(cloud) ?? 0) - retail.sold, 0);
  const regret = wholesaleRegret(wholesale / 1e6, edges, room, BOX);
  const stake = edges.reduce((sum, { A }) => sum + A, 0);
  tally.require(
    regret <= REGRET_TOLERANCE * stake,
    `${where} asks ${wholesale} micro-$/MB of its edges; another price would have earned ${regret} $ more.`,
  );
}

/** Servers with vehicles, and K of all. */
interface Sellers {
  readonly capacity: ReadonlyMap<string, number>;
  readonly busy: ReadonlyMap<string, Seller>;
}

/** Servers with vehicles as of the cut of each epoch for which anything was offered: one walk through the history. */
function sellersByEpoch(chronicle: Chronicle): ReadonlyMap<number, Sellers> {
  const offers = chronicle.of("OfferPosted");
  const moves = chronicle.of("TwinHandedOver");
  const sellers = new Map<number, Sellers>();
  /** K by server, and of which epoch it is; what is offered for an epoch that is still to come waits. */
  const capacity = new Map<string, { epoch: number; K: number }>();
  let waiting: MarketTellings<"OfferPosted">[] = [];
  const hosts = new Map<string, { server: string; kilobytes: number; migration: bigint }>();
  let [offered, moved] = [0, 0];
  for (const epoch of [...new Set(offers.map(({ args }) => args.epoch))].sort((a, b) => a - b)) {
    const cut = epoch * RULES.epochSeconds - RULES.cutSeconds;
    for (; offered < offers.length && offers[offered]!.time < cut; offered++) waiting.push(offers[offered]!);
    const due = waiting.filter(({ args }) => args.epoch < epoch);
    waiting = waiting.filter(({ args }) => args.epoch >= epoch);
    for (const { args } of due) {
      const before = capacity.get(args.server);
      if (before !== undefined && before.epoch > args.epoch) continue;
      capacity.set(args.server, { epoch: args.epoch, K: args.own / RULES.unitKilobytes });
    }
    for (; moved < moves.length && moves[moved]!.time < cut; moved++) {
      const { vehicle, destination, migration } = moves[moved]!.args;
      const story = chronicle.migrations.get(migration);
      const before = hosts.get(vehicle);
      if (story === undefined || (before !== undefined && before.migration > migration)) continue;
      hosts.set(vehicle, { server: destination, kilobytes: story.requested.args.kilobytes, migration });
    }
    sellers.set(epoch, sellersNow(capacity, hosts));
  }
  return sellers;
}

function sellersNow(
  offered: ReadonlyMap<string, { K: number }>,
  hosts: ReadonlyMap<string, { server: string; kilobytes: number }>,
): Sellers {
  const capacity = new Map([...offered].map(([server, { K }]) => [server, K]));
  const busy = new Map<string, Seller>();
  for (const { server, kilobytes } of hosts.values()) {
    if (server === NOWHERE) continue;
    const s = kilobytes / RULES.scaleKilobytes;
    const { A, N } = busy.get(server) ?? { A: 0, N: 0 };
    busy.set(server, { A: A + RULES.worth * s, N: N + s, K: capacity.get(server) ?? 0 });
  }
  return { capacity, busy };
}

function requireClose(where: string, posted: number, due: number, tally: MarketTally): void {
  tally.require(
    Math.abs(posted / 1e6 - due) <= PRICE_TOLERANCE,
    `${where} has a price of ${posted} micro-$/MB; the game's is ${Math.round(due * 1e6)}.`,
  );
}
