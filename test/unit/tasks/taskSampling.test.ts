import { expect } from "chai";

import type { BaseError } from "../../../protocol/BaseError.ts";
import { buildTerms } from "../../../tasks/buildTerms.ts";
import { scheduleOnChains } from "../../../tasks/scheduleOnChains.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { networkExample } from "../chains/networkExample.ts";
import { thrown } from "../thrown.ts";
import { smallSpec } from "./smallSpec.ts";

const digests = { specDigest: `0x${"aa".repeat(32)}`, initialModel: `0x${"bb".repeat(32)}` };
const parse = (change: object) => parseTaskSpec({ ...smallSpec(), ...change });
const refused = (change: object) => thrown(() => parse(change)) as BaseError;

describe("a task's sampling", () => {
  it("becomes terms, which are those of all without", () => {
    const termsOf = (change: object) => {
      const { terms } = buildTerms(parse(change), networkExample(), digests, 1000);
      return [terms.workersPerRound, terms.sampling];
    };
    expect(termsOf({})).to.deep.equal([0, "Uniform"]);
    expect(termsOf({ sampling: { kind: "uniform", clients: 3 } })).to.deep.equal([3, "Uniform"]);
    expect(termsOf({ sampling: { kind: "freshness", clients: 2 } })).to.deep.equal([2, "Freshness"]);
  });

  it("is uniform or by freshness, and says why it is nothing else", () => {
    for (const [kind, why] of [
      ["size", "it alone can say, and nobody can check that before it is drawn"],
      ["loss", "a worker alone can say, and nobody can check that before it is drawn"],
      ["all", "leave sampling out"],
    ] as const) {
      const error = refused({ sampling: { kind, clients: 3 } });
      expect(error.code).to.equal("TASK_SPEC_INVALID");
      expect(error.message)
        .to.contain("sampling.kind")
        .and.to.contain("uniform, all alike, or by freshness")
        .and.to.contain(why);
    }
  });

  it("takes no more workers than there are, nor fewer than make a round", () => {
    expect(refused({ sampling: { kind: "uniform", clients: 5 } }).message).to.contain("at most 4 workers");
    // On two subchains.
    expect(parse({ sampling: { kind: "uniform", clients: 2 }, minUpdates: 4 }).minUpdates).to.equal(4);
    expect(refused({ sampling: { kind: "uniform", clients: 2 }, minUpdates: 5 }).message).to.contain(
      "sampling.clients × subchains = 4",
    );
  });

  it("draws for no more rounds than a claim can look at", () => {
    const schedule = { ...(smallSpec().schedule as object), deadlineSeconds: 1_000_000 };
    const sampling = { kind: "uniform", clients: 2 };
    expect(parse({ rounds: 2048, schedule, sampling }).rounds).to.equal(2048);
    expect(refused({ rounds: 2049, schedule, sampling }).message).to.contain("at most 2048");
    expect(parse({ rounds: 2049, schedule }).rounds).to.equal(2049);
  });

  it("leaves the first round the time to draw, on chains with blocks of their own", () => {
    const slow = { name: "slow", blockSeconds: 12, finalityBlocks: 0 };
    const quick = { name: "quick", blockSeconds: 2, finalityBlocks: 0 };
    const needed = (change: object) => {
      const spec = parse(change);
      const { short } = scheduleOnChains(spec, { main: quick, relay: quick, subchains: [slow] });
      return short.find(({ field }) => field === "commitSeconds")!;
    };
    // Two calls of two blocks each, then that of the commit; else a message's 4 s.
    expect(needed({}).needed).to.equal(4 + 24 + 4);
    const sampled = needed({ sampling: { kind: "uniform", clients: 2 } });
    expect(sampled.needed).to.equal(48 + 24 + 4);
    expect(sampled.why).to.contain("to draw who takes part");
  });
});
