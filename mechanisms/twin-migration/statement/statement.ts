import type { MarketEntry, MarketParty, MarketStatement } from "../../MarketStatement.ts";
import type { StatedPlace } from "../../MechanismStatement.ts";
import { type MarketTold, type MigrationStory, storiesOf } from "../audit/Chronicle.ts";
import { OUTCOMES, type Outcome, RULES } from "../audit/rules.ts";
import { migrationContracts } from "../contracts.ts";

/** Where on the main chain something was told. */
type Placed = (told: MarketTold | undefined) => StatedPlace[];

/**
 * What became of everybody's money in the market of twins: of each migration what its vehicle paid, what its new host
 * earned and what its cloud sold, by the shares that the market decided; and of each server its stakes.
 */
export const statement: MarketStatement = {
  rules: [
    "A vehicle locks the price of a migration, and gets back what was not earned. Its host locks a bond as large, and what it buys of its cloud; it gets them back with the price where it is paid.",
    "A late migration costs its host a tenth of the price. One that failed or expired costs it a tenth of the bond, which the vehicle gets, and earns nothing.",
  ],

  async parties(main) {
    const { market, migrations, of } = await storiesOf(main);
    const twins = main.place.contracts.applications.twins!;
    const micro = await main.read<bigint>(migrationContracts.TwinMarket, twins, "WEI_PER_MICRO", []);
    const placed: Placed = (told) =>
      told === undefined
        ? []
        : [
            {
              ...{ chainId: main.chainId, time: told.time },
              ...{ block: told.blockNumber, transaction: told.transactionHash },
            },
          ];
    const parties = new Map<string, { roles: Set<string>; entries: MarketEntry[] }>();
    /** Servers have their role from when they joined. */
    const add = (party: string, role: string | undefined, entry: MarketEntry) => {
      const own = parties.get(party) ?? { roles: new Set(), entries: [] };
      parties.set(party, own);
      if (role !== undefined) own.roles.add(role);
      own.entries.push(entry);
    };
    const leavings = new Map(of("ServerLeft").map((told) => [told.args.account, told]));
    for (const told of market) {
      if (told.name === "ServerJoined") {
        const { server, account, stake, cloud } = told.args;
        const left = leavings.get(account);
        add(server, BigInt(cloud) === 0n ? "cloud server" : "edge server", {
          kind: "stake",
          ...{ locked: stake, due: left && stake, collected: left === undefined ? 0n : stake },
          text:
            left === undefined ? "stake, as long as it takes part" : "stake, which it got back when it left",
          evidence: [...placed(told), ...placed(left)],
        });
      }
      if (told.name !== "MigrationRequested") continue;
      const story = migrations.get(told.args.migration)!;
      for (const { party, role, entry } of entriesOf(story, micro, placed)) add(party, role, entry);
    }
    return [...parties].map(
      ([party, { roles, entries }]): MarketParty => ({ party, roles: [...roles], entries }),
    );
  },
};

/** Everybody's part in a migration; what was collected and is not explained by it has an entry of its own. */
function entriesOf(
  story: MigrationStory,
  micro: bigint,
  placed: Placed,
): { party: string; role?: string; entry: MarketEntry }[] {
  const { migration, requested, accepted, settled, collected } = story;
  const { vehicle, destination } = requested.args;
  const escrow = requested.args.escrow * micro;
  const wholesale = (accepted?.args.wholesale ?? 0n) * micro;
  const end = settled[0];
  const shares = end?.args;
  const of = (amount: bigint | undefined) => (amount === undefined ? undefined : amount * micro);
  const has = (party: string) => collected.some(({ args }) => args.party === party);
  const paidOut = (party: string) => collected.find(({ args }) => args.party === party);
  const part = (
    party: string,
    {
      role,
      due,
      ...entry
    }: Pick<MarketEntry, "kind" | "locked" | "due" | "text" | "possible"> & { role?: string },
  ) => ({
    party,
    ...(role !== undefined && { role }),
    entry: {
      ...{ ...entry, deal: migration, due },
      collected: due !== undefined && has(party) ? due : 0n,
      evidence: [...placed(requested), ...placed(accepted), ...placed(end), ...placed(paidOut(party))],
    },
  });
  const happened = whatHappened(story);
  const parts = [
    part(vehicle, {
      ...{ role: "vehicle", kind: "migration", locked: escrow, text: happened },
      due: shares && of(shares.refund + shares.bondSlashed),
    }),
  ];
  if (accepted !== undefined) {
    const toCloud = of(shares?.toCloud);
    const back = shares && of(shares.toProvider + shares.bondReturned)! + wholesale - toCloud!;
    parts.push(
      part(destination, {
        ...{ kind: "hosting", locked: escrow + wholesale, due: back, possible: escrow - wholesale },
        text: happened,
      }),
    );
    if (wholesale > 0n) {
      const sold = { kind: "wholesale", locked: 0n, due: toCloud, possible: wholesale };
      const text = toCloud === 0n ? `${happened}: its volume can be sold again` : happened;
      parts.push(part(accepted.args.cloud, { ...sold, text }));
    }
  }
  const unexplained = collected.flatMap((told) => {
    const { party, amount } = told.args;
    const known = parts.reduce((sum, one) => (one.party === party ? sum + one.entry.collected : sum), 0n);
    if (known === amount) return [];
    const text = `it collected ${amount} wei, of which ${known} are explained: audit the market`;
    const entry = {
      kind: "unexplained",
      deal: migration,
      locked: 0n,
      due: amount - known,
      collected: amount - known,
    };
    return [{ party, entry: { ...entry, text, evidence: placed(told) } }];
  });
  return [...parts, ...unexplained];
}

/** What became of a migration, as a sentence without its end. */
function whatHappened({
  requested,
  accepted,
  attested,
  disputed,
  handedOver,
  settled,
}: MigrationStory): string {
  const { kilobytes, theta } = requested.args;
  const size = `${kilobytes} kB at ${theta} micro-$/MB`;
  const end = settled[0];
  if (end === undefined) {
    if (accepted === undefined) return `${size}: requested, and not accepted yet`;
    if (disputed.length > 0) return `${size}: in dispute`;
    if (attested.length > 0) return `${size}: signed, and not settled yet`;
    return handedOver.length > 0 ? `${size}: handed over, and not signed yet` : `${size}: accepted`;
  }
  const latencyMs = BigInt(end.args.latencyMs);
  const outcome: Outcome = OUTCOMES[Number(end.args.outcome)] ?? "None";
  switch (outcome) {
    case "Completed":
      return `${size}: completed in ${latencyMs} ms`;
    case "Late":
      return `${size}: completed in ${latencyMs} ms, ${latencyMs - RULES.latencyLimitMs} ms too late`;
    case "Resolved":
      return `${size}: handed over, and no signatures that agree ended the dispute: as if it had been late`;
    case "Failed": {
      const signed = attested.at(-1)?.args.stateHash;
      const isOther = handedOver.some(({ args }) => signed !== undefined && args.stateHash !== signed);
      return isOther
        ? `${size}: failed, as its host signed another state than was handed over`
        : `${size}: failed, as its host says itself`;
    }
    case "Expired":
      return `${size}: expired, neither signed nor handed over in time`;
    case "Cancelled":
      return `${size}: taken back, as no server had accepted it`;
    case "None":
      return `${size}: settled with an outcome that is not known here`;
    default:
      return outcome satisfies never;
  }
}
