import { expect } from "chai";

import { finalityOf, leastTimesOf, networkConfigSchema } from "../../../chains/networks/networkConfig.ts";
import { schemaIssues } from "../../../files/schemaIssues.ts";

const chain = (name: string, role: string, n: number) => ({ name, role, chainId: n, port: n });
const four = (finality: unknown) => [
  { ...chain("a", "main", 1), finality },
  chain("b", "relay", 2),
  chain("c", "virtual", 3),
  chain("d", "physical", 4),
];
const wrong: [what: string, config: unknown, said: RegExp][] = [
  [
    "no main chain",
    { chains: [chain("a", "relay", 1), chain("b", "physical", 2)] },
    /exactly one main chain/,
  ],
  [
    "two relay chains",
    {
      chains: [
        chain("a", "main", 1),
        chain("b", "relay", 2),
        chain("c", "relay", 3),
        chain("d", "virtual", 4),
      ],
    },
    /exactly one relay chain/,
  ],
  ["no subchain", { chains: [chain("a", "main", 1), chain("b", "relay", 2)] }, /at least one subchain/],
  [
    "a name twice",
    { chains: [chain("a", "main", 1), chain("a", "relay", 2), chain("c", "virtual", 3)] },
    /the same name/,
  ],
  [
    "a chain id twice",
    { chains: [chain("a", "main", 1), { ...chain("b", "relay", 2), chainId: 1 }, chain("c", "virtual", 3)] },
    /the same chainId/,
  ],
  [
    "a port twice",
    { chains: [chain("a", "main", 1), { ...chain("b", "relay", 2), port: 1 }, chain("c", "virtual", 3)] },
    /the same port/,
  ],
  ["a name that is no word", { chains: [chain("A b", "main", 1)] }, /lower-case letters/],
  ["an unknown role", { chains: [chain("a", "side", 1)] }, /role|Invalid option/],
  ["a port out of range", { storagePort: 70_000 }, /Too big|65535/],
  ["a field that there is not", { prots: 1 }, /prots/],
  ["a threshold above the count", { validators: { count: 2, threshold: 3 } }, /threshold exceeds the count/],
  ["a threshold of half", { validators: { count: 4, threshold: 2 } }, /more than half/],
  ["claims without time", { leastTimes: { claimSeconds: 0 } }, /Too small|>=1/],
  ["an unknown runner", { runner: "geth" }, /runner|Invalid option/],
  ["the runner under its old name", { engine: "anvil" }, /"engine" is called "runner" now/],
  ["blocks too close to each other", { blockSeconds: 0.01 }, /at least 0.1/],
  ["blocks before each other", { blockSeconds: -1 }, /Too small|>=0/],
  [
    "less than no confirmation",
    { chains: four({ confirmations: -1 }), blockSeconds: 1 },
    /Too small|>=0|Invalid input/,
  ],
  ["another block tag than the finalized", { chains: four("safe") }, /Invalid input/],
  [
    "confirmations of blocks that are made on demand",
    { chains: four({ confirmations: 1 }) },
    /only a chain with blockSeconds/,
  ],
  [
    "waiting for anvil to finalize blocks that are made on demand",
    { chains: four("finalized"), runner: "anvil" },
    /only a chain with blockSeconds/,
  ],
  [
    "proofs of another kind",
    { chains: [{ ...chain("a", "main", 1), proofs: "storage" }] },
    /proofs|Invalid option/,
  ],
  ["no validator", { validators: { count: 0, threshold: 0 } }, /Too small|>=1/],
];

describe("networkConfig", () => {
  it("says what has another name now, and where in a list something is wrong", () => {
    const said = (value: unknown) =>
      schemaIssues(networkConfigSchema.safeParse(value).error!, networkConfigSchema, value).split("\n");
    const [renamed, stranger, ...more] = said({ engine: "anvil", prots: 1 });
    expect(renamed).to.match(/^"engine" is called "runner" now/);
    expect(stranger).to.match(/^there is no field prots; /);
    expect(more).to.deep.equal([]);
    expect(said({ chains: four({ confirmations: 1 }) })[0]).to.match(
      /^chains\[\d\]\.finality: only a chain .*; it is \{"confirmations":1\}$/,
    );
  });

  it("is a network of four chains unless told otherwise", () => {
    const { chains, validators, aggregators, devices } = networkConfigSchema.parse({});
    expect(chains.map(({ role }) => role)).to.deep.equal(["main", "relay", "virtual", "physical"]);
    expect({ validators, aggregators, devices }).to.deep.equal({
      validators: { count: 3, threshold: 2 },
      aggregators: 2,
      devices: 10,
    });
  });

  it("has tasks leave the time that messages take by the slowest route, unless told otherwise", () => {
    const leastOf = (config: unknown) => leastTimesOf(networkConfigSchema.parse(config));
    expect(leastOf({})).to.deep.equal({ reportSeconds: 2, claimSeconds: 10 });
    // 5 + 1 blocks of the subchain and of the relay chain, every 2 s.
    const chains = four({ confirmations: 5 }).map((one) => ({ ...one, finality: { confirmations: 5 } }));
    const slow = { chains, blockSeconds: 2 };
    expect(leastOf(slow)).to.deep.equal({ reportSeconds: 26, claimSeconds: 34 });
    expect(leastOf({ ...slow, leastTimes: { claimSeconds: 60 } })).to.deep.equal({
      reportSeconds: 26,
      claimSeconds: 60,
    });
    // A report that somebody hid, and an announcement of it, wait for three blocks of its chain to be final.
    const header = chains.map((one) => ({
      ...one,
      proofs: one.role === "physical" ? "header" : "checkpoint",
    }));
    expect(leastOf({ ...slow, chains: header })).to.deep.equal({ reportSeconds: 50, claimSeconds: 58 });
  });

  it("takes several subchains of a space", () => {
    const chains = [
      chain("a", "main", 1),
      chain("b", "relay", 2),
      chain("north", "physical", 3),
      chain("south", "physical", 4),
    ];
    expect(networkConfigSchema.parse({ chains }).chains).to.have.length(4);
  });

  it("takes blocks as final at once, or under one more where they are made at intervals, or as told", () => {
    const policies = (config: unknown) => {
      const parsed = networkConfigSchema.parse(config);
      return parsed.chains.map((chain) => finalityOf(parsed, chain));
    };
    expect(policies({})).to.deep.equal(Array(4).fill({ confirmations: 0 }));
    expect(policies({ blockSeconds: 0.5 })).to.deep.equal(Array(4).fill({ confirmations: 1 }));
    expect(policies({ chains: four({ confirmations: 5 }), blockSeconds: 1 })[0]).to.deep.equal({
      confirmations: 5,
    });
    expect(policies({ chains: four("finalized"), blockSeconds: 1, runner: "anvil" })[0]).to.equal(
      "finalized",
    );
    expect(policies({ chains: four("finalized") })[0]).to.equal("finalized");
    expect(policies({ chains: four({ confirmations: 0 }), runner: "anvil" })[0]).to.deep.equal({
      confirmations: 0,
    });
  });

  it("has messages proven by checkpoints unless told otherwise", () => {
    const chains = four({ confirmations: 0 }).map((one, i) => (i === 2 ? { ...one, proofs: "header" } : one));
    expect(networkConfigSchema.parse({ chains }).chains.map(({ proofs }) => proofs)).to.deep.equal([
      "checkpoint",
      "checkpoint",
      "header",
      "checkpoint",
    ]);
  });

  for (const [what, config, said] of wrong) {
    it(`refuses ${what}`, () => {
      const { error } = networkConfigSchema.safeParse(config);
      expect(error?.issues.map(({ message }) => message).join("; ")).to.match(said);
    });
  }
});
