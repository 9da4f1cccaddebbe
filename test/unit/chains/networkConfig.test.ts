import { expect } from "chai";

import { networkConfigSchema } from "../../../chains/networkConfig.ts";

const chain = (name: string, role: string, n: number) => ({ name, role, chainId: n, port: n });
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
  ["no validator", { validators: { count: 0, threshold: 0 } }, /Too small|>=1/],
];

describe("networkConfig", () => {
  it("is a network of four chains unless told otherwise", () => {
    const { chains, validators, aggregators, devices } = networkConfigSchema.parse({});
    expect(chains.map(({ role }) => role)).to.deep.equal(["main", "relay", "virtual", "physical"]);
    expect({ validators, aggregators, devices }).to.deep.equal({
      validators: { count: 3, threshold: 2 },
      aggregators: 2,
      devices: 10,
    });
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

  for (const [what, config, said] of wrong) {
    it(`refuses ${what}`, () => {
      const { error } = networkConfigSchema.safeParse(config);
      expect(error?.issues.map(({ message }) => message).join("; ")).to.match(said);
    });
  }
});
