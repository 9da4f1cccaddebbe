import { expect } from "chai";
import { solveSpec } from "../../../../mechanisms/twin-migration/mathematics/solveSpec.ts";
import { migrationTable } from "../../../../mechanisms/twin-migration/migrationTable.ts";

const errorOf = (input: unknown) => {
  const answer = solveSpec(input);
  return answer.ok ? "none" : answer.error;
};
const resultOf = (input: unknown): Record<string, unknown> => {
  const answer = solveSpec(input);
  if (!answer.ok) throw new Error(`${answer.error}: ${answer.message}`);
  return answer.result;
};
const WORLD = { V: 4, J: 2, I: 1, seed: 1 };
const GAME = {
  kind: "stackelberg",
  J: 2,
  I: 1,
  a: [0.9, 1.2],
  s: [2, 3],
  host: [0, 1],
  assoc: [0, 0],
  K: [4, 5, 30],
};

describe("migration solve", () => {
  it("refuses what is no specification", () => {
    for (const input of [
      null,
      3,
      "x",
      [],
      undefined,
      {},
      { kind: "none" },
      { kind: "toString" },
      { kind: 3 },
    ]) {
      expect(errorOf(input), JSON.stringify(input)).to.equal("PARAM");
    }
  });

  it("says what is wrong with a configuration", () => {
    const withConfig = (config: unknown) => errorOf({ kind: "reset", ...WORLD, config });
    expect(withConfig({})).to.equal("none");
    expect(withConfig({ Rcov: null })).to.equal("none");
    for (const config of [
      { Rcov: "300" },
      { Rcov: -1 },
      { Rcof: 300 },
      { T: 1.5 },
      { stackelberg: 1 },
      { omega: [1, 2, 3] },
      { vmax: 5 },
      { th_min: 0.6 },
      [],
      3,
    ]) {
      expect(withConfig(config), JSON.stringify(config)).to.equal("PARAM");
    }
    expect(withConfig({ th_max: 0.9 })).to.equal("DOMAIN");
    expect(withConfig({ c_edge: 0.2 })).to.equal("DOMAIN");
    const answer = solveSpec({ kind: "reset", ...WORLD, config: { Rcof: 300 } });
    expect(answer).to.include({ message: "config.Rcof is no parameter; did you mean Rcov?" });
    const ruled = { kind: "episode", ...WORLD, rule: "greddy" };
    expect((solveSpec(ruled) as { message?: string }).message).to.match(/did you mean greedy\?$/);
  });

  it("looks at fields first, at lengths second, at the model third", () => {
    expect(errorOf(GAME)).to.equal("none");
    expect(errorOf({ ...GAME, host: [0, 9], assoc: [0], a: [0.1, 0.1] })).to.equal("PARAM");
    expect(errorOf({ ...GAME, assoc: [0], a: [0.1, 0.1] })).to.equal("SHAPE");
    expect(errorOf({ ...GAME, a: [0.1, 0.1] })).to.equal("DOMAIN");
    expect(errorOf({ ...GAME, wh_min: 0.1 })).to.equal("DOMAIN");
    expect(errorOf({ ...GAME, wh_min: 0.5 })).to.equal("PARAM");
    const settle = { kind: "settle", theta_uusd: 400_000, D_kB: 1, outcome: "completed", latency_ms: 5 };
    expect(errorOf({ ...settle, signatures: ["vehicle"] })).to.equal("SIGNATURES");
    expect(errorOf({ ...settle, signatures: ["vehicle", "stranger"] })).to.equal("PARAM");
    expect(errorOf({ ...settle, signatures: ["vehicle"], D_kB: 0 })).to.equal("PARAM");
  });

  it("refuses what takes too long", () => {
    const answer = solveSpec({ kind: "benchmark", V: 2000, J: 500, I: 1, first_seed: 1, count: 1000 });
    expect(answer).to.include({
      ok: false,
      error: "PARAM",
      message: "that is too much to compute in one answer",
    });
    const search = {
      kind: "clairvoyant",
      V: 6,
      J: 4,
      I: 2,
      seed: 1,
      horizon: 9,
      q: 0,
      edge: [1, 1, 1],
      cloud: [1, 1],
    };
    expect(errorOf(search)).to.equal("PARAM");
  }).timeout(60_000);

  it("pays out what was paid in, whatever becomes of a migration", () => {
    for (const outcome of ["completed", "failed", "expired", "cancelled"]) {
      for (const latency_ms of [0, 6000, 6001]) {
        const answer = resultOf({
          kind: "settle",
          theta_uusd: 333_333,
          D_kB: 12_347,
          bond: 1_000_003,
          outcome,
          latency_ms,
        }) as Record<string, number>;
        const bond = outcome === "cancelled" ? 0 : 1_000_003;
        const out = answer.to_provider! + answer.to_vehicle! + answer.bond_returned! + answer.held!;
        expect(out, `${outcome} ${latency_ms}`).to.equal(answer.escrow! + bond);
      }
    }
  });

  it("settles amounts beyond 2^53 without rounding, as text", () => {
    const { escrow } = resultOf({
      kind: "settle",
      theta_uusd: 500_000,
      D_kB: 9_007_199_254_740_991n,
      outcome: "cancelled",
    });
    expect(escrow).to.equal(String((500_000n * 9_007_199_254_740_991n + 999n) / 1000n));
  });

  it("tells people", () => {
    expect(migrationTable(solveSpec({ kind: "msr", attempts: 40, successes: 35, missed: 2 }))).to.deep.equal([
      "msr  0.833333",
    ]);
    expect(migrationTable(solveSpec({ kind: "msr" }))).to.deep.equal(["PARAM: attempts is missing"]);
    const lines = migrationTable(solveSpec({ kind: "observation", ...WORLD, steps: 1 }));
    expect(lines.join("\n")).to.contain("service_estimate, s");
  });
});
