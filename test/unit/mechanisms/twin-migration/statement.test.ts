import { expect } from "chai";

import { statedMarket } from "../../../../mechanisms/statedMarket.ts";
import { tellStatedMarket } from "../../../../mechanisms/tellStatedMarket.ts";
import { statement } from "../../../../mechanisms/twin-migration/statement/statement.ts";
import { shortAddress } from "../../../../reports/shortAddress.ts";
import type { Table } from "../../../../reports/Table.ts";
import { addressOf, hashOf, joined, marketEvidence, type Told, VIRTUAL } from "./audit/marketEvidence.ts";

const TOKEN = 10n ** 18n;
const [CAR, EDGE, CLOUD] = ["car", "edge 1", "cloud"].map(addressOf) as [string, string, string];
/** Of a migration for 10 $, with 2 $ of it bought of the cloud. */
const [ESCROW, WHOLESALE] = [10_000_000n, 2_000_000n];

const server = (name: string): Told => {
  const told = joined(name, VIRTUAL);
  const cloud = name === "cloud" ? told.args.cloud : CLOUD;
  return { ...told, args: { ...told.args, cloud, account: BigInt(addressOf(name)), stake: 5n * TOKEN } };
};
const about = { migration: 1n, vehicle: CAR, destination: EDGE };
const requested: Told = {
  ...{ name: "MigrationRequested", at: 10 },
  args: { ...about, kilobytes: 25_000, theta: 400_000, escrow: ESCROW },
};
const accepted: Told = {
  ...{ name: "MigrationAccepted", at: 11 },
  args: { ...about, wholesale: WHOLESALE, cloud: CLOUD },
};
const settled = (outcome: bigint, shares: Record<string, bigint>, latencyMs = 0n): Told => ({
  ...{ name: "MigrationSettled", at: 20 },
  args: {
    ...{ migration: 1n, outcome, latencyMs },
    ...{ toProvider: 0n, refund: 0n, bondReturned: 0n, bondSlashed: 0n, toCloud: 0n, ...shares },
  },
});
const LATE = settled(
  2n,
  { toProvider: 9_000_000n, refund: 1_000_000n, bondReturned: ESCROW, toCloud: WHOLESALE },
  7000n,
);
const FAILED = settled(3n, { refund: ESCROW, bondReturned: 9_000_000n, bondSlashed: 1_000_000n });

const stated = (...told: Told[]) => {
  const all = [server("cloud"), server("edge 1"), ...told];
  const { main, network } = marketEvidence({ main: all, read: () => TOKEN / 1_000_000n });
  return statedMarket({ name: "twins", statement }, { ...main, place: network.main });
};
/** What became of a party in the migration. */
const partOf = async (party: string, ...told: Told[]) => {
  const { parties } = await stated(...told);
  return parties.find((one) => one.party === party)!.entries.find(({ deal }) => deal === "1")!;
};

describe("statement of the market of twins", () => {
  it("says what a late migration costs its host, and what its cloud has of it", async () => {
    const told = [requested, accepted, LATE] as const;
    const host = await partOf(EDGE, ...told);
    expect(host).to.deep.include({ kind: "hosting", state: "owed", gained: String(7n * TOKEN) });
    expect(host).to.include({ possible: String(8n * TOKEN) });
    expect(host.text).to.equal("25000 kB at 400000 micro-$/MB: completed in 7000 ms, 1000 ms too late");
    expect(await partOf(CAR, ...told)).to.deep.include({ gained: String(-9n * TOKEN), possible: null });
    expect(await partOf(CLOUD, ...told)).to.deep.include({ kind: "wholesale", gained: String(2n * TOKEN) });
  });

  it("says why a host earned nothing and lost a part of its bond", async () => {
    const attested = (state: string): Told => ({
      ...{ name: "MigrationAttested", at: 12, args: { migration: 1n, stateHash: hashOf(state) } },
    });
    const handedOver: Told = {
      ...{ name: "TwinHandedOver", at: 13, args: { ...about, stateHash: hashOf("state") } },
    };
    const host = await partOf(EDGE, requested, accepted, FAILED);
    expect(host.gained).to.equal(String(-TOKEN));
    expect(host.text).to.contain("its host says itself");
    const other = await partOf(EDGE, requested, accepted, attested("other"), handedOver, FAILED);
    expect(other.text).to.contain("signed another state");
    expect(await partOf(CAR, requested, accepted, FAILED)).to.include({ gained: String(TOKEN) });
    const cloud = await partOf(CLOUD, requested, accepted, FAILED);
    expect(cloud).to.include({ gained: "0", possible: String(2n * TOKEN) });
    expect(cloud.text).to.contain("sold again");
  });

  it("says how far what is not decided has come", async () => {
    const told: Told[] = [requested];
    const next = async (...more: Told[]) => {
      told.push(...more);
      const { state, text, due } = await partOf(CAR, ...told);
      expect([state, due]).to.deep.equal(["open", null]);
      return text;
    };
    expect(await next()).to.contain("not accepted yet");
    expect(await next(accepted)).to.match(/: accepted$/);
    const handedOver = { ...about, stateHash: hashOf("state") };
    expect(await next({ name: "TwinHandedOver", at: 12, args: handedOver })).to.contain("not signed yet");
    const signed = { migration: 1n, stateHash: hashOf("state") };
    expect(await next({ name: "MigrationAttested", at: 13, args: signed })).to.contain("not settled yet");
    expect(await next({ name: "MigrationDisputed", at: 14, args: { migration: 1n } })).to.contain(
      "in dispute",
    );
  });

  it("is told party by party, with what it gained of what it could have", async () => {
    const collected: Told = {
      ...{ name: "ShareCollected", at: 30, args: { migration: 1n, party: EDGE, amount: 19n * TOKEN } },
    };
    const told = tellStatedMarket(await stated(requested, accepted, LATE, collected));
    const lines = told.parts.flat().filter((line) => typeof line === "string");
    expect(lines).to.include(`${shortAddress(EDGE)}, edge server: earned 7, of 8 had all gone well`);
    expect(lines).to.include(`${shortAddress(CAR)}, vehicle: paid 9`);
    // Two stakes, the price and the bond with what was bought; the host has its share.
    expect(lines.join()).to.contain(
      "32 tokens were paid in and 19 collected; 3 can be collected, 10 are not",
    );
    const tables = told.parts.filter((part): part is Table => "columns" in part);
    const [, edge, car] = tables.map(({ rows }) => rows.map((row) => row[5]));
    expect(edge!.join()).to.contain("stake, as long as it takes part").and.not.contain("not collected yet");
    expect(car!.join()).to.contain("(not collected yet)");
    const nobody = marketEvidence({});
    const empty = await statedMarket(
      { name: "twins", statement },
      { ...nobody.main, place: nobody.network.main },
    );
    expect(tellStatedMarket(empty).parts).to.deep.equal([["Nobody took part."]]);
  });
});
