import { expect } from "chai";

import { checkMigrations } from "../../../../../mechanisms/twin-migration/audit/checkMigrations.ts";
import { addressOf, findingOf, marketEvidence, NOWHERE, type Told, TWINS } from "./marketEvidence.ts";

const vehicle = addressOf("vehicle");
const destination = addressOf("edge 1");

/** A migration that was settled as Failed by a transaction. */
const failed = (transaction: Pick<Told, "from" | "to">) =>
  marketEvidence({
    main: [
      {
        ...{ name: "OfferPosted", at: 10_000 },
        args: { server: destination, epoch: 100, theta: 400_000, wholesale: 0, own: 9000, capacity: 9000 },
      },
      {
        ...{ name: "MigrationRequested", at: 10_001 },
        args: {
          ...{ migration: 1n, vehicle, destination, source: NOWHERE, epoch: 100, kilobytes: 1000 },
          ...{ theta: 400_000, escrow: 400_000n, lost: false },
        },
      },
      {
        ...{ name: "MigrationAccepted", at: 10_002 },
        args: { migration: 1n, destination, bond: 400_000n, bought: 0n, wholesale: 0n, cloud: NOWHERE },
      },
      {
        ...{ name: "MigrationSettled", at: 10_003, ...transaction },
        args: {
          ...{ migration: 1n, outcome: 3n, latencyMs: 0n, toProvider: 0n, refund: 400_000n },
          ...{ bondReturned: 360_000n, bondSlashed: 40_000n, toCloud: 0n },
        },
      },
    ],
  });

describe("the audit of migrations", () => {
  it("has only the destination say that it failed", async () => {
    const own = await findingOf(checkMigrations, failed({ from: destination, to: TWINS }));
    expect([own.failure, own.skipped, own.examined]).to.deep.equal(["", [], 1]);
    const other = await findingOf(checkMigrations, failed({ from: vehicle, to: TWINS }));
    expect(other.failure).to.match(/only .* can say so/);
  });

  it("cannot tell who said so through another contract, and says that", async () => {
    const { failure, skipped } = await findingOf(
      checkMigrations,
      failed({ from: vehicle, to: addressOf("another contract") }),
    );
    expect(failure).to.equal("");
    expect(skipped.join()).to.match(/was settled as Failed in .* by another contract's call/);
  });
});
