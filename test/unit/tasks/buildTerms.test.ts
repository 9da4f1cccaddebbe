import { expect } from "chai";
import { decodeTerms } from "../../../mechanisms/aoi-contract/encodings.ts";
import { mechanismId } from "../../../mechanisms/mechanismId.ts";
import { buildTerms } from "../../../tasks/buildTerms.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { networkExample } from "../chains/networkExample.ts";
import { thrown } from "../thrown.ts";
import { smallSpec } from "./smallSpec.ts";

const digests = { specDigest: `0x${"aa".repeat(32)}`, initialModel: `0x${"bb".repeat(32)}` };
const build = (change: object = {}) =>
  buildTerms(parseTaskSpec({ ...smallSpec(), ...change }), networkExample(), digests, 1000);

describe("buildTerms", () => {
  it("puts a specification into the terms of the contracts", () => {
    const { terms, mechanismTerms, token, budget } = build({
      targetAccuracy: 0.95,
      quorum: 0.5,
      subchains: ["physical"],
    });
    expect(terms).to.deep.include({
      ...digests,
      rounds: 2,
      mechanism: mechanismId("aoi-contract"),
      targetScorePpb: 950_000_000,
      quorumPpb: 500_000_000,
      attestations: 2,
      maxWorkers: 4,
      maxSamples: 50,
      subchains: [31_404n],
      aggregators: networkExample().aggregators.map(({ address }) => address),
    });
    expect(terms.schedule).to.deep.equal({
      startTime: 1003,
      deadline: 1060,
      epochSeconds: 8,
      commitSeconds: 4,
      revealSeconds: 3,
      reportSeconds: 2,
      claimSeconds: 60,
    });
    expect(decodeTerms(mechanismTerms).menu).to.have.length(2);
    expect(token).to.equal(networkExample().main.contracts.token);
    // The dearest item and the bonus, for four workers of one subchain.
    expect(budget).to.equal((16n + 1n) * 4n);
  });

  it("takes the budget and token that are given", () => {
    const reward = { ...smallSpec().reward, budget: "5", token: `0x${"9".repeat(40)}` };
    expect(build({ reward })).to.include({ budget: 5n, token: `0x${"9".repeat(40)}` });
  });

  it("says which subchain there is not", () => {
    const error = thrown(() => build({ subchains: ["physical", "lunar"] }));
    expect(error).to.include({ code: "UNKNOWN_SUBCHAIN", details: "It has virtual, physical." });
    expect(error.shortMessage).to.contain("lunar");
  });

  it("says how many aggregators there are", () => {
    const error = thrown(() => build({ aggregators: { attestations: 2, of: 3 } }));
    expect(error).to.include({ code: "TOO_FEW_AGGREGATORS", details: "The network has 2." });
  });
});
