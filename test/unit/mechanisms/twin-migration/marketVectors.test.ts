import { readFileSync } from "node:fs";

import { expect } from "chai";
import { id, Wallet } from "ethers";

import { migrationContracts } from "../../../../mechanisms/twin-migration/contracts.ts";
import {
  keyOfOrder,
  leafOfSynchronization,
  migrationEnums,
} from "../../../../mechanisms/twin-migration/encodings.ts";
import {
  MOST_MESSAGE_SECONDS,
  MOST_ORDER_SECONDS,
  waitSeconds,
} from "../../../../mechanisms/twin-migration/market/marketTimes.ts";
import {
  completionDigest,
  isCompletedBy,
  isOrdered,
  NO_STAMP,
  orderDigest,
  signCompletion,
  signOrder,
} from "../../../../mechanisms/twin-migration/market/signatures.ts";
import {
  reputationAfter,
  settleMigration,
} from "../../../../mechanisms/twin-migration/mathematics/settlement.ts";

interface Signed {
  encoded: string;
  digest: string;
  r: string;
  yParityAndS: string;
}
interface Vectors {
  settles: (Record<string, string> & { ends: string[] })[];
  reputations: (Record<string, string> & { good: string[]; wrong: string[] })[];
  waits: Record<string, string>[];
  signatures: { vehicle: string; contract: string; chainId: string; completion: Signed; handOver: Signed };
  synchronization: { encoded: string; leaf: string };
}

const vectors = JSON.parse(
  readFileSync(new URL("../../../vectors/twins.json", import.meta.url), "utf8"),
) as Vectors;
const encodings = migrationContracts.IMigrationEncodings;
const { signatures } = vectors;
const domain = { chainId: BigInt(signatures.chainId), contract: signatures.contract };

describe("golden vectors of the market of twins", () => {
  it("settles as they say", () => {
    expect(vectors.settles).to.have.length(74);
    for (const { name, ...given } of vectors.settles) {
      const number = (key: string) => BigInt((given as Record<string, string>)[key]!);
      const completed = number("completed") === 1n;
      const settled = settleMigration({
        microPerMegabyte: number("theta"),
        kilobytes: number("kilobytes"),
        bond: number("bond"),
        outcome: completed ? "completed" : number("cancelled") === 1n ? "cancelled" : "failed",
        ...(completed && {
          startMs: number("startMs"),
          stampsMs: given.ends.map(BigInt).filter((end) => end !== 0n),
        }),
        deadlineMs: number("deadlineMs"),
        lateBasisPoints: number("lateBasisPoints"),
        slashBasisPoints: number("slashBasisPoints"),
      });
      expect(settled.escrow, name).to.equal(number("escrow"));
      expect(settled.status, name).to.equal(number("disputed") === 1n ? "Disputed" : "Settled");
      if (completed) expect(settled.latencyMs, name).to.equal(number("latencyMs"));
      expect(settled.late, name).to.equal(number("late") === 1n);
      if (settled.status === "Disputed") {
        expect(settled.held, name).to.equal(number("escrow") + number("bond"));
        continue;
      }
      for (const part of ["toProvider", "refund", "bondReturned", "bondSlashed"] as const)
        expect(settled[part], `${name}: ${part}`).to.equal(number(part));
    }
  });

  it("counts reputation as they say", () => {
    for (const { name, good, wrong, decayPpm, ok, bad, ppm } of vectors.reputations) {
      const epochs = good.map((well, e) => [BigInt(well), BigInt(wrong[e]!)] as const);
      const { okPpm, badPpm, reputationPpm } = reputationAfter(epochs, BigInt(decayPpm!));
      expect([okPpm, badPpm, reputationPpm].map(String), name).to.deep.equal([ok, bad, ppm]);
    }
  });

  it("waits as they say", () => {
    expect(vectors.waits).to.have.length(9);
    for (const { name, messageSeconds, ...waits } of vectors.waits) {
      for (const status of ["Requested", "Accepted", "Attested", "Disputed"] as const)
        expect(String(waitSeconds(status, Number(messageSeconds))), name).to.equal(
          waits[status.toLowerCase()],
        );
    }
  });

  it("signs and hashes as they say", async () => {
    const { completion } = encodings.decodeArguments("completion", signatures.completion.encoded);
    expect(completionDigest(domain, completion)).to.equal(signatures.completion.digest);
    const { r, yParityAndS } = signatures.completion;
    const stamp = { endMs: completion.endMs, r, yParityAndS };
    expect(isCompletedBy(signatures.vehicle, domain, completion, stamp)).to.equal(true);
    expect(isCompletedBy(signatures.contract, domain, completion, stamp)).to.equal(false);
    expect(isCompletedBy(signatures.vehicle, domain, completion, NO_STAMP)).to.equal(false);
    const { order } = encodings.decodeArguments("handOver", signatures.handOver.encoded);
    expect(orderDigest(domain, order)).to.equal(signatures.handOver.digest);
    expect(isOrdered(domain, order, signatures.handOver)).to.equal(true);
    expect(isOrdered({ ...domain, chainId: 1n }, order, signatures.handOver)).to.equal(false);
    expect(keyOfOrder(order)).to.match(/^0x[0-9a-f]{64}$/);
    const signer = new Wallet(id("a vehicle"));
    const own = { ...order, vehicle: signer.address };
    expect(isOrdered(domain, own, await signOrder(signer, domain, own))).to.equal(true);
    const signed = await signCompletion(signer, domain, completion);
    expect(isCompletedBy(signer.address, domain, completion, signed)).to.equal(true);
    const { synchronization } = encodings.decodeArguments("synchronization", vectors.synchronization.encoded);
    expect(leafOfSynchronization(synchronization)).to.equal(vectors.synchronization.leaf);
  });

  it("names enumerations, and has bounds of times, as the contracts do", () => {
    const source = readFileSync(
      new URL("../../../../contracts/mechanisms/twin-migration/MigrationTypes.sol", import.meta.url),
      "utf8",
    );
    const numbers = { MOST_MESSAGE_SECONDS, MOST_ORDER_SECONDS };
    const units: Record<string, number> = { hours: 3600, days: 86_400 };
    for (const [name, value] of Object.entries(numbers)) {
      const [, count, unit] = new RegExp(`uint256 constant ${name} = (\\d+) (\\w+);`).exec(source)!;
      expect(Number(count) * units[unit!]!, name).to.equal(value);
    }
    for (const [name, members] of Object.entries(migrationEnums)) {
      const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(source)?.[1] ?? "";
      const names = body.replaceAll(/\/\/.*$/gm, "").match(/\w+/g);
      expect(names, name).to.deep.equal([...members]);
    }
  });
});
