import { expect } from "chai";
import type { MarketEvidence, MarketTally } from "../../../../../mechanisms/MarketAudit.ts";
import { checkMigrations } from "../../../../../mechanisms/twin-migration/audit/checkMigrations.ts";

const address = (digit: string) => `0x${digit.repeat(40)}`;
const [CLOUD, EDGE, VEHICLE, SOURCE, MARKET] = ["a", "b", "c", "d", "e"].map(address) as [
  string,
  string,
  string,
  string,
  string,
];
const NOWHERE = address("0");
const STATE = `0x${"1".repeat(64)}`;
const EPOCH = 18_000_000;
const [COMPLETED, FAILED, EXPIRED, RESOLVED] = [1n, 3n, 4n, 6n];

/** An event with the second of the epoch in which it came. */
type Told = readonly [second: number, name: string, args: object];

/** The first thing that a market's events show to be wrong. */
async function findingOf(told: readonly Told[], messageSeconds = 0n): Promise<string | undefined> {
  const events = told.map(([blockNumber, name, args], logIndex) => ({
    ...{ name, args, contract: "TwinMarket", address: MARKET, blockNumber, logIndex, transactionHash: "0x" },
  }));
  const evidence = {
    network: { main: { contracts: { applications: { twins: MARKET } } } },
    subchains: [],
    main: {
      ...{ events, chainId: 1n },
      blockTime: async (second: number) => EPOCH * 100 + second,
      read: async (_: unknown, address: string, method: string) => {
        expect([address, method]).to.deep.equal([MARKET, "MESSAGE_SECONDS"]);
        return messageSeconds;
      },
      // By another contract, so that signatures are not looked at.
      transaction: async () => ({ from: EDGE, to: NOWHERE, data: "0x" }),
    },
  } as unknown as MarketEvidence;
  const findings: string[] = [];
  const tally: MarketTally = {
    count: () => undefined,
    note: () => undefined,
    skip: () => undefined,
    require(holds, sentence) {
      if (!holds) findings.push(sentence);
    },
  };
  await checkMigrations(evidence, tally);
  return findings[0];
}

/** The edge has nothing of its own and offers twice what its cloud has: 10 MB. */
const offers: readonly Told[] = [
  [0, "OfferPosted", { server: CLOUD, epoch: EPOCH, theta: 400_000, wholesale: 200_000, capacity: 10_000 }],
  [0, "OfferPosted", { server: EDGE, epoch: EPOCH, theta: 400_000, wholesale: 200_000, capacity: 20_000 }],
].map(([second, name, args]) => [second, name, { own: 0, ...(args as object) }] as Told);

function taken(second: number, migration: bigint, source = NOWHERE): Told[] {
  const moves = { migration, vehicle: VEHICLE, destination: EDGE, source, epoch: EPOCH };
  const asks = { kilobytes: 10_000, theta: 400_000, escrow: 4_000_000n, lost: false };
  const gets = { destination: EDGE, bond: 4_000_000n, bought: 10_000n, wholesale: 2_000_000n, cloud: CLOUD };
  return [
    [second, "MigrationRequested", { ...moves, ...asks }],
    [second, "MigrationAccepted", { migration, ...gets }],
  ];
}

function settled(second: number, migration: bigint, outcome: bigint): Told {
  const late = outcome === RESOLVED ? 400_000n : 0n;
  const paid = { toProvider: 4_000_000n - late, refund: late, bondReturned: 4_000_000n, bondSlashed: 0n };
  const unpaid = { toProvider: 0n, refund: 4_000_000n, bondReturned: 3_600_000n, bondSlashed: 400_000n };
  const shares = outcome === FAILED ? unpaid : paid;
  return [
    second,
    "MigrationSettled",
    { migration, outcome, ...shares, toCloud: outcome === FAILED ? 0n : 2_000_000n },
  ];
}

describe("the audit of migrations", () => {
  it("lets a cloud sell again what it is not paid for, from then on", async () => {
    const failed = settled(2, 1n, FAILED);
    expect(await findingOf([...offers, ...taken(1, 1n), failed, ...taken(3, 2n)])).to.equal(undefined);
    expect(await findingOf([...offers, ...taken(1, 1n), ...taken(2, 2n), settled(3, 1n, FAILED)])).match(
      /brings its cloud .* to 20000 kB of the 10000/,
    );
  });

  it("finds a cloud that sells twice what it is paid for", async () => {
    const moved = taken(1, 1n);
    const dispute: Told = [2, "MigrationDisputed", { migration: 1n, held: 0n }];
    // In the epoch's time; that the dispute's is not over is found as well.
    const told = [...offers, ...moved, dispute, settled(3, 1n, RESOLVED), ...taken(4, 2n)];
    expect(await findingOf(told)).match(/brings its cloud .* to 20000 kB of the 10000/);
  });

  it("knows how long each wait is, by what the market gives messages", async () => {
    const [request, acceptance] = taken(1, 1n) as [Told, Told];
    const [, name, args] = acceptance;
    const accepted = (second: number): Told[] => [...offers, request, [second, name, args]];
    expect(await findingOf(accepted(17))).to.equal(undefined);
    expect(await findingOf(accepted(18))).match(/accepted 17 s after it was requested; 17 s are too late/);
    expect(await findingOf(accepted(65), 48n)).to.equal(undefined);
    expect(await findingOf(accepted(66), 48n)).match(/; 65 s are too late/);
    const expired = (second: number): Told[] => {
      const [, settles, shares] = settled(second, 1n, FAILED);
      return [...accepted(2), [second, settles, { ...shares, outcome: EXPIRED }]];
    };
    expect(await findingOf(expired(66), 48n)).match(/Expired, but its time was not over/);
    expect(await findingOf(expired(67), 48n)).to.equal(undefined);
    const dispute: Told = [20, "MigrationDisputed", { migration: 1n, held: 0n }];
    const resolved = (second: number) => [...accepted(2), dispute, settled(second, 1n, RESOLVED)];
    expect(await findingOf(resolved(167), 48n)).match(/the dispute's time was not over/);
    expect(await findingOf(resolved(168), 48n)).to.equal(undefined);
    expect(await findingOf(offers, 21_601n)).match(/gives messages 21601 s; 21600 are the most/);
  });

  it("finds a completion that was settled at once without its destination's stamp", async () => {
    const startMs = BigInt(EPOCH * 100 + 1) * 1000n;
    const attested = (byDestination: boolean): Told => [
      3,
      "MigrationAttested",
      {
        ...{ migration: 1n, stateHash: STATE, startMs, latencyMs: 1000n, spreadMs: 0n },
        stamps: [startMs + 1000n, startMs + 1000n, byDestination ? startMs + 1000n : 0n],
      },
    ];
    const handedOver: Told = [
      2,
      "TwinHandedOver",
      { migration: 1n, vehicle: VEHICLE, destination: EDGE, stateHash: STATE },
    ];
    const begun: Told = [
      0,
      "TwinHandedOver",
      { migration: 0n, vehicle: VEHICLE, destination: SOURCE, stateHash: STATE },
    ];
    const story = (byDestination: boolean, second: number): Told[] => [
      ...[...offers, begun, ...taken(1, 1n, SOURCE), handedOver, attested(byDestination)],
      settled(second, 1n, COMPLETED),
    ];
    expect(await findingOf(story(true, 3))).to.equal(undefined);
    expect(await findingOf(story(false, 3))).match(/its destination had not signed/);
    expect(await findingOf(story(false, 103))).to.equal(undefined);
  });
});
