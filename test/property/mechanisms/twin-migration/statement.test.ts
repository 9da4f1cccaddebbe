import { expect } from "chai";
import fc from "fast-check";
import { statedMarket } from "../../../../mechanisms/statedMarket.ts";
import { statedMarketRows } from "../../../../mechanisms/statedMarketRows.ts";
import { tellStatedMarket } from "../../../../mechanisms/tellStatedMarket.ts";
import { settleMigration } from "../../../../mechanisms/twin-migration/mathematics/settlement.ts";
import { statement } from "../../../../mechanisms/twin-migration/statement/statement.ts";
import { runs } from "../../../tier.ts";
import {
  addressOf,
  hashOf,
  joined,
  marketEvidence,
  NOWHERE,
  type Told,
  TWINS,
  VIRTUAL,
} from "../../../unit/mechanisms/twin-migration/audit/marketEvidence.ts";

const MICRO = 10n ** 12n;
const STAKE = 1000n * MICRO;
const BOND = 1n << 255n;
const SERVERS = ["edge 1", "edge 2", "cloud"] as const;
const VEHICLES = ["car 1", "car 2", "cloud"] as const;

/** What became of a migration, and as what the market settles it (MigrationTypes.sol). */
const ENDS = {
  requested: undefined,
  accepted: undefined,
  attested: undefined,
  disputed: undefined,
  completed: { outcome: "completed", latencyMs: 4000n, is: 1n },
  late: { outcome: "completed", latencyMs: 7000n, is: 2n },
  failed: { outcome: "failed", latencyMs: 0n, is: 3n },
  expired: { outcome: "expired", latencyMs: 0n, is: 4n },
  cancelled: { outcome: "cancelled", latencyMs: 0n, is: 5n },
  resolved: { outcome: "completed", latencyMs: 7000n, is: 6n },
} as const;

const deal = fc.record({
  end: fc.constantFrom(...(Object.keys(ENDS) as (keyof typeof ENDS)[])),
  vehicle: fc.constantFrom(...VEHICLES),
  server: fc.constantFrom("edge 1", "edge 2"),
  theta: fc.integer({ min: 300_000, max: 500_000 }),
  kilobytes: fc.integer({ min: 1, max: 1_000_000_000 }),
  wholesale: fc.constantFrom(0n, 1n, 12_345n),
  collects: fc.subarray(["vehicle", "server", "cloud"] as const),
});
const market = fc.record({
  deals: fc.array(deal, { maxLength: 8 }),
  leave: fc.subarray([...SERVERS]),
});
type Market = typeof market extends fc.Arbitrary<infer T> ? T : never;

/** What main tells of a market, and what is left in each account of its escrow. */
function tale({ deals, leave }: Market): { main: Told[]; held: ReadonlyMap<bigint, bigint> } {
  const main: Told[] = [];
  const held = new Map<bigint, bigint>();
  let at = 1;
  const move = (name: "Funded" | "Paid" | "Refunded", id: bigint, amount: bigint, who: string) => {
    main.push({
      name,
      at,
      args: { application: TWINS, id, amount, [name === "Paid" ? "payee" : "payer"]: who },
    });
    held.set(id, (held.get(id) ?? 0n) + (name === "Funded" ? amount : -amount));
  };
  for (const [account, name] of SERVERS.entries()) {
    const told = joined(name, VIRTUAL, at);
    const cloud = name === "cloud" ? NOWHERE : addressOf("cloud");
    main.push({ ...told, args: { ...told.args, cloud, account: BigInt(account) << 200n, stake: STAKE } });
    move("Funded", BigInt(account) << 200n, STAKE, addressOf(name));
  }
  for (const [i, { end, theta, kilobytes, collects, ...made }] of deals.entries()) {
    at++;
    const migration = BigInt(i + 1);
    const [vehicle, destination, cloud] = [made.vehicle, made.server, "cloud"].map(addressOf) as [
      string,
      string,
      string,
    ];
    const isAccepted = end !== "requested" && end !== "cancelled";
    const wholesale = isAccepted ? made.wholesale : 0n;
    const settled = ENDS[end];
    const shares = settleMigration({
      ...{ microPerMegabyte: BigInt(theta), kilobytes: BigInt(kilobytes), deadlineMs: 6000n },
      ...{ lateBasisPoints: 1000n, slashBasisPoints: 1000n, outcome: settled?.outcome ?? "cancelled" },
      ...{ latencyMs: settled?.latencyMs ?? 0n },
    });
    const { escrow } = shares;
    const source = NOWHERE;
    const asked = {
      migration,
      vehicle,
      destination,
      source,
      epoch: 1,
      kilobytes,
      theta,
      escrow,
      lost: false,
    };
    main.push({ name: "MigrationRequested", at, args: asked });
    move("Funded", migration, escrow * MICRO, vehicle);
    if (isAccepted) {
      const sold = wholesale === 0n ? NOWHERE : cloud;
      const bought = wholesale;
      const bond = { migration, destination, bond: escrow, bought, wholesale, cloud: sold };
      main.push({ name: "MigrationAccepted", at, args: bond });
      move("Funded", BOND | migration, (escrow + wholesale) * MICRO, destination);
    }
    const signed = {
      migration,
      stateHash: hashOf("state"),
      startMs: 0n,
      stamps: [],
      latencyMs: 0n,
      spreadMs: 0n,
    };
    if (end === "attested") main.push({ name: "MigrationAttested", at, args: signed });
    if (end === "disputed")
      main.push({ name: "MigrationDisputed", at, args: { migration, held: 2n * escrow } });
    if (settled === undefined) continue;
    const isPaid = settled.outcome === "completed";
    const toCloud = isPaid ? wholesale : 0n;
    const { toProvider, refund, bondReturned, bondSlashed } = shares;
    const parts = { toProvider, refund, bondReturned, bondSlashed, toCloud };
    const { is: outcome, latencyMs } = settled;
    main.push({ name: "MigrationSettled", at, args: { migration, outcome, latencyMs, ...parts } });
    // As the contract collects: of a party all of its parts at once.
    const collected = new Set<string>();
    for (const role of collects) {
      const party = { vehicle, server: destination, cloud }[role];
      if (collected.has(party)) continue;
      let [ofEscrow, ofBond] = [0n, 0n];
      if (party === vehicle) [ofEscrow, ofBond] = [refund, bondSlashed];
      if (party === destination) {
        ofEscrow += toProvider;
        if (isAccepted) ofBond += bondReturned + wholesale - toCloud;
      }
      if (party === cloud) ofBond += toCloud;
      if (ofEscrow + ofBond === 0n) continue;
      collected.add(party);
      main.push({
        name: "ShareCollected",
        at,
        args: { migration, party, amount: (ofEscrow + ofBond) * MICRO },
      });
      if (ofEscrow > 0n) move("Paid", migration, ofEscrow * MICRO, party);
      if (ofBond > 0n) move("Paid", BOND | migration, ofBond * MICRO, party);
    }
  }
  for (const name of leave) {
    at++;
    const account = BigInt(SERVERS.indexOf(name)) << 200n;
    main.push({ name: "ServerLeft", at, args: { server: addressOf(name), account, stake: STAKE } });
    move("Refunded", account, STAKE, addressOf(name));
  }
  return { main, held };
}

const chainOf = (main: readonly Told[]) => {
  const { main: chain, network } = marketEvidence({ main, read: () => MICRO });
  return { ...chain, place: network.main };
};
const stated = (main: readonly Told[]) => statedMarket({ name: "twin-migration", statement }, chainOf(main));

describe("statement of the market of twins (property)", () => {
  it("adds up to what the escrow holds, after every history and over all parties", async () => {
    await fc.assert(
      fc.asyncProperty(market, async (made) => {
        const { main, held } = tale(made);
        const { sums, parties } = await stated(main);
        const left = [...held.values()].reduce((all, amount) => all + amount, 0n);
        expect(BigInt(sums.owed) + BigInt(sums.open)).to.equal(left);
        expect(BigInt(sums.locked) - BigInt(sums.collected)).to.equal(left);
        // Of each deal, too.
        for (const [i] of made.deals.entries()) {
          const own = parties.flatMap(({ entries }) => entries.filter(({ deal }) => deal === String(i + 1)));
          const rest = own.reduce(
            (all, { due, locked, collected }) =>
              all + (due === null ? BigInt(locked) : BigInt(due) - BigInt(collected)),
            0n,
          );
          const migration = BigInt(i + 1);
          expect(rest).to.equal((held.get(migration) ?? 0n) + (held.get(BOND | migration) ?? 0n));
          expect(own.every(({ kind }) => kind !== "unexplained")).to.equal(true);
        }
      }),
      runs(40),
    );
  });

  it("tells what everybody collected as the escrow paid it", async () => {
    await fc.assert(
      fc.asyncProperty(market, async (made) => {
        const { main } = tale(made);
        const paid = new Map<string, bigint>();
        for (const { name, args } of main) {
          if (name !== "Paid" && name !== "Refunded") continue;
          const who = (args.payee ?? args.payer) as string;
          paid.set(who, (paid.get(who) ?? 0n) + (args.amount as bigint));
        }
        const { parties } = await stated(main);
        for (const { party, sums } of parties) expect(BigInt(sums.collected)).to.equal(paid.get(party) ?? 0n);
        for (const party of paid.keys()) expect(parties.some((one) => one.party === party)).to.equal(true);
      }),
      runs(40),
    );
  });

  it("has nobody gain more than was possible, and what one gains another pays", async () => {
    await fc.assert(
      fc.asyncProperty(market, async (made) => {
        const told = await stated(tale(made).main);
        const decided = told.parties.flatMap(({ entries }) => entries);
        for (const { gained, possible } of decided) {
          // Who buys dearer than it sells loses most where all goes well.
          if (gained !== null && possible !== null && BigInt(possible) >= 0n)
            expect(BigInt(gained) <= BigInt(possible)).to.equal(true);
        }
        const sum = told.parties.reduce((all, { gained }) => all + BigInt(gained), 0n);
        expect(sum).to.equal(0n);
        expect(JSON.parse(JSON.stringify(told))).to.deep.equal(told);
        const [header, ...rows] = statedMarketRows(told);
        const place = header!.indexOf("locked");
        expect(rows.reduce((all, row) => all + BigInt(row[place]!), 0n)).to.equal(BigInt(told.sums.locked));
        expect(tellStatedMarket(told).parts.flat()).to.not.deep.equal([]);
      }),
      runs(20),
    );
  });

  it("tells a payment that nothing explains", async () => {
    const { main } = tale({ deals: [], leave: [] });
    const stranger = addressOf("stranger");
    const asked = {
      migration: 1n,
      vehicle: addressOf("car 1"),
      destination: addressOf("edge 1"),
      escrow: 10n,
    };
    const request: Told = { name: "MigrationRequested", at: 5, args: { ...asked, kilobytes: 1, theta: 1 } };
    const theft: Told = {
      name: "ShareCollected",
      at: 6,
      args: { migration: 1n, party: stranger, amount: 7n },
    };
    const { parties } = await stated([...main, request, theft]);
    const thief = parties.find(({ party }) => party === stranger)!;
    expect(thief.entries).to.have.length(1);
    expect(thief.entries[0]).to.deep.include({ kind: "unexplained", collected: "7", gained: "7" });
  });
});
