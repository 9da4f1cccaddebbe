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
  for (const offer of chronicle.of("OfferPosted")) {
    checkBounds(offer, tally);
    const { server, epoch, theta, wholesale, own, capacity } = offer.args;
    const joined = chronicle.of("ServerJoined").find(({ args }) => args.server === server);
    tally.require(joined !== undefined, `${server} posted an offer for epoch ${epoch} and never joined.`);
    const sellers = sellersAt(chronicle, epoch);
    const where = `${server}'s offer for epoch ${epoch}`;
    const seller = sellers.busy.get(server);
    if (Number(joined.args.kind) === 2) {
      checkCloud({ where, theta, wholesale }, server, sellers, chronicle, tally);
    } else {
      const { cloud } = joined.args;
      const asked = chronicle
        .of("OfferPosted")
        .find(({ args }) => args.server === cloud && args.epoch === epoch)?.args.wholesale;
      const buys = capacity > own;
      tally.require(
        wholesale === (buys ? asked : 0),
        `${where} buys at ${wholesale} micro-$/MB, its cloud ${cloud} asks ${asked ?? "nothing"}.`,
      );
      const due = seller === undefined ? MIDDLE : edgePrice(seller, (asked ?? 400_000) / 1e6, BOX);
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
  cloud: string,
  sellers: Sellers,
  chronicle: Chronicle,
  tally: MarketTally,
): void {
  const seller = sellers.busy.get(cloud);
  const retail = seller === undefined ? { theta: MIDDLE, sold: 0 } : cloudPrice(seller, BOX);
  requireClose(where, theta, retail.theta, tally);
  if (wholesale === 0) return;
  const edges = chronicle
    .of("ServerJoined")
    .filter(({ args }) => args.cloud === cloud)
    .flatMap(({ args }) => sellers.busy.get(args.server) ?? []);
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

/** Servers with vehicles as of an epoch's cut. */
function sellersAt(chronicle: Chronicle, epoch: number): Sellers {
  const cut = epoch * RULES.epochSeconds - RULES.cutSeconds;
  const made = chronicle.of("OfferPosted").filter(({ args, time }) => time < cut && args.epoch < epoch);
  const capacity = new Map(
    made
      .sort((a, b) => a.args.epoch - b.args.epoch)
      .map(({ args }) => [args.server, args.own / RULES.unitKilobytes] as const),
  );
  const hosts = new Map<string, { server: string; kilobytes: number; migration: bigint }>();
  for (const { args, time } of chronicle.of("TwinHandedOver")) {
    const story = chronicle.migrations.get(args.migration);
    const before = hosts.get(args.vehicle);
    if (time >= cut || story === undefined || (before !== undefined && before.migration > args.migration))
      continue;
    const { kilobytes } = story.requested.args;
    hosts.set(args.vehicle, { server: args.destination, kilobytes, migration: args.migration });
  }
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
