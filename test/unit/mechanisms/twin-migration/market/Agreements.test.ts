import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import {
  type AgreedStamp,
  type Agreement,
  Agreements,
} from "../../../../../mechanisms/twin-migration/parties/Agreements.ts";

const word = (digit: string) => `0x${digit.repeat(64)}`;
const address = (digit: string) => `0x${digit.repeat(40)}`;
const signature = { r: word("4"), yParityAndS: word("5") };
const agreed = (stateHash: string): Agreement => ({
  order: {
    ...{ migration: 7n, vehicle: address("1"), source: address("2"), sourceChain: 31403n },
    ...{ destination: address("3"), destinationChain: 31404n, until: 1_800_000_000 },
  },
  ...{ signature, stateHash, acceptedMs: 1_700_000_000_000 },
});
const stampAt = (endMs: bigint): AgreedStamp => ({ startMs: 5n, endMs, signature });

describe("what a server agreed to", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-agreements-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("is one state a migration, also after a restart", async () => {
    const before = await Agreements.open(directory);
    expect((await before.keep(agreed(word("a")))).stateHash).equal(word("a"));
    expect((await before.keep(agreed(word("b")))).stateHash).equal(word("a"));
    const after = await Agreements.open(directory);
    expect(after.get(7n)).eql(agreed(word("a")));
    expect((await after.keep(agreed(word("b")))).stateHash).equal(word("a"));
  });

  it("is signed once, whoever asks at the same time or after a restart", async () => {
    const before = await Agreements.open(directory);
    const agreement = await before.keep(agreed(word("a")));
    let signed = 0;
    const sign = async () => stampAt(BigInt(100 + signed++));
    const both = await Promise.all([before.stamp(agreement, sign), before.stamp(agreement, sign)]);
    expect(both).eql([stampAt(100n), stampAt(100n)]);
    const after = await Agreements.open(directory);
    expect(await after.stamp(agreed(word("a")), sign)).eql(stampAt(100n));
    expect(signed).equal(1);
  });

  it("can be signed when signing failed before", async () => {
    const agreements = await Agreements.open(directory);
    const agreement = await agreements.keep(agreed(word("a")));
    const failed = agreements.stamp(agreement, () => Promise.reject(new Error("no key")));
    expect(await failed.catch((error: Error) => error.message)).equal("no key");
    expect(await agreements.stamp(agreement, async () => stampAt(9n))).eql(stampAt(9n));
  });

  it("is forgotten once its migration is settled", async () => {
    const agreements = await Agreements.open(directory);
    await agreements.keep(agreed(word("a")));
    await agreements.forget(7n);
    expect(agreements.get(7n)).equal(undefined);
    expect(await readdir(directory)).eql([]);
  });
});
