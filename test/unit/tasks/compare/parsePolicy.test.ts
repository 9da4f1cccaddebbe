import { readFileSync } from "node:fs";

import { expect } from "chai";

import { parseExactly } from "../../../../scripts/readSpecs.ts";
import { parsePolicy } from "../../../../tasks/compare/parsePolicy.ts";
import { thrown } from "../../thrown.ts";

const spec = JSON.parse(
  readFileSync(new URL("../../../../examples/mnist-quick.json", import.meta.url), "utf8"),
) as { reward: Record<string, unknown> & { menu: { items: Record<string, unknown>[] } } };
const [first, ...others] = spec.reward.menu.items;

/** The example's reward with another first item. */
const withFirst = (change: Record<string, unknown>) => ({
  ...spec.reward,
  menu: { items: [{ ...first, ...change }, ...others] },
});
const source = "menu.json";

describe("parsePolicy", () => {
  it("takes the reward of a task file, and a whole one", () => {
    const alone = parsePolicy(spec.reward, { source });
    expect(alone).to.deep.include({ kind: "policy", name: source, mechanism: "aoi-contract" });
    expect(parsePolicy(spec, { source })).to.deep.equal(alone);
    // Of which nothing else is looked at.
    expect(parsePolicy({ ...spec, rounds: -1 }, { source })).to.deep.equal(alone);
  });

  it("takes a reward that names no mechanism as of the one that was asked for", () => {
    const { policy: _, ...unnamed } = spec.reward;
    const about = { source, mechanism: "aoi-contract" };
    expect(parsePolicy(unnamed, about)).to.deep.equal(parsePolicy(spec.reward, about));
    expect(thrown(() => parsePolicy(unnamed, { source }))).to.include({ code: "POLICY_INVALID" });
  });

  it("refuses what is of another mechanism, of none that there is, or of a baseline", () => {
    const other = thrown(() => parsePolicy(spec, { source, mechanism: "model-trading" }));
    expect(other).to.include({ code: "OTHER_MECHANISM" });
    expect(other.shortMessage).to.contain("of aoi-contract, and not of model-trading");
    const unknown = thrown(() => parsePolicy({ ...spec.reward, policy: "lottery" }, { source }));
    expect(unknown).to.include({ code: "UNKNOWN_MECHANISM" });
    const baseline = thrown(() => parsePolicy({ policy: "equal" }, { source }));
    expect(baseline.next).to.contain("--mechanism equal");
  });

  for (const [name, value] of Object.entries({
    "a list": [spec.reward],
    "a text": "aoi-contract",
    nothing: null,
    "a reward that is none": { reward: 7 },
    "a mechanism that is no text": { ...spec.reward, policy: 7 },
    "a negative reward": withFirst({ reward: "-1" }),
    "a reward beyond 96 bits": withFirst({ reward: String(2n ** 96n) }),
    "a reward of a thousand digits": withFirst({ reward: "9".repeat(1000) }),
    "a reward as a number": withFirst({ reward: 1e300 }),
    "a period of no time": withFirst({ period: 0 }),
    "a period that is no number": withFirst({ period: parseExactly('{"a": 1e400}') }),
    "no items": { ...spec.reward, menu: { items: [] } },
    "a field that nobody knows": { ...spec.reward, bribe: "1" },
  })) {
    it(`refuses ${name}`, () => {
      const error = thrown(() => parsePolicy(value, { source }));
      expect(error).to.include({ code: "POLICY_INVALID" });
      expect(error.shortMessage).to.contain(source);
      expect(error.next).to.match(/task file|--mechanism/);
    });
  }
});
