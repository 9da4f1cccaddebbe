import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import type { NetworkFile } from "../../../chains/networks/networkFile.ts";
import { chainsSetBack } from "../../../relay/chainsSetBack.ts";
import { holdDatabase } from "../../../relay/store/holdDatabase.ts";
import { ValidatorStore } from "../../../relay/store/ValidatorStore.ts";
import { setBackInWords } from "../../../scripts/tellResumed.ts";

const GATEWAY = `0x${"11".repeat(20)}`;
const place = (name: string, chainId: number, proofs: "checkpoint" | "header") => ({
  ...{ name, chainId, proofs, contracts: { gateway: GATEWAY } },
});

describe("chains that go on from what was saved", () => {
  let directory: string;
  const network = {
    main: place("main", 1, "checkpoint"),
    relay: place("relay", 2, "checkpoint"),
    subchains: [place("virtual", 3, "header"), place("physical", 4, "header")],
  } as unknown as NetworkFile;

  const sign = (validator: string, chainId: number, kind: "checkpoint" | "header", places: number[]) => {
    const store = new ValidatorStore(join(directory, `validator-${validator}.sqlite`));
    const vouchers = places.map((one) => ({ place: one, hash: `0xh${one}`, signature: "0x" }));
    store.vouchers.save({ kind, chainId: BigInt(chainId), gateway: GATEWAY }, vouchers);
    store.close();
  };
  const look = () =>
    chainsSetBack(network, directory, ({ name }) => ({
      outbox: async () => ({ root: "0x", count: name === "main" ? 5 : 9 }),
      header: async (block) =>
        name === "virtual" ? ({ number: block, hash: `0xh${block}` } as never) : undefined,
    }));

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-set-back-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("are told apart by what validators signed of them", async () => {
    sign("a", 1, "checkpoint", [3, 4]);
    sign("a", 2, "checkpoint", [8]);
    sign("a", 3, "header", [40]);
    expect(await look()).to.deep.equal([]);
    // Another was ahead.
    sign("b", 1, "checkpoint", [6]);
    sign("b", 4, "header", [50]);
    const found = await look();
    expect(found).to.deep.equal([
      { chain: "main", gone: { messages: 2 } },
      { chain: "physical", gone: { block: 50 } },
    ]);
    expect(found.map((one) => setBackInWords(one).split(":")[0])).to.deep.equal([
      "main was killed before it had saved 2 messages that validators signed",
      "physical was killed before it had saved its block 50, which validators attested",
    ]);
    expect(setBackInWords(found[0]!)).to.contain("./freshet up --chains anvil");
  });

  it("leave validators alone that run", async () => {
    sign("a", 1, "checkpoint", [6]);
    const lock = holdDatabase(join(directory, "validator-a.sqlite"));
    try {
      expect(await look()).to.deep.equal([]);
    } finally {
      lock.release();
    }
    expect(await look()).to.have.length(1);
  });
});
