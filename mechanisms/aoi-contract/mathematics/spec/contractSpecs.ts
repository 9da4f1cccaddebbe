/** Kinds `contract` and `lattice`: the three schemes side by side. */
import { ContractError } from "../ContractError.ts";
import { solveWithExclusion, withExcluded } from "../exclusion.ts";
import { frequencyRange } from "../freshness.ts";
import { greedyScan } from "../greedyScan.ts";
import { solveLattice, TABLE_I_PERIODS } from "../lattice.ts";
import { type Contract, type ContractParameters, type Scheme, solveContract } from "../optimalContract.ts";
import { marginalCosts } from "../rewards.ts";
import { neighbourResiduals, verifyMenu } from "../verifyMenu.ts";
import type { ContractReader } from "./ContractReader.ts";
import { readContract } from "./readContract.ts";
import { MOST_PAIRED } from "./readTypes.ts";

/** No more than this many utilities are tabulated for a lattice. */
const MOST_CELLS = 20_000_000;

/**
 * Kind `contract`: `{ b, CA, CC, CS, checks }`, with `EX` if `exclusion` is true and `A1` (Algorithm 1) if its step
 * `phi` is given.
 */
export function contractSpec(spec: ContractReader): Record<string, unknown> {
  const parameters = readContract(spec);
  const exclusion = spec.flag("exclusion");
  const [CA, CC, CS] = (["CA", "CC", "CS"] as const).map((scheme) => solveContract(parameters, scheme));
  const b = costsOf(parameters);
  return {
    b,
    CA: {
      ...describe(CA!),
      raw_f: CA!.rawFrequencies,
      pools: describePools(CA!),
      ...describeFeasibility(parameters, CA!),
      Us_b: utilityByMarginalCosts(parameters, CA!, b),
    },
    CC: describe(CC!),
    CS: { ...describe(CS!), pools: describePools(CS!), ...describeFeasibility(parameters, CS!) },
    ...(exclusion && { EX: describeExclusion(parameters) }),
    ...(spec.has("phi") && { A1: describeScan(parameters, spec.positive("phi")) }),
    checks: compare(CA!, CC!, CS!),
  };
}

/** Kind `lattice`: `{ CA, CC, CS }` in whole periods of `n_range`. */
export function latticeSpec(spec: ContractReader): Record<string, unknown> {
  const parameters = readContract(spec);
  const range = readPeriods(spec, parameters);
  if ((range[1] - range[0] + 1) * parameters.types.length > MOST_CELLS) {
    const most = Math.floor(MOST_CELLS / parameters.types.length);
    throw new ContractError("PARAM", `n_range out of range: it may have at most ${most} numbers of periods`);
  }
  const solve = (scheme: Scheme) => {
    const contract = solveLattice(parameters, scheme, range);
    return {
      ...describe(contract),
      periods: contract.periods,
      ...(scheme !== "CC" && describeFeasibility(parameters, contract)),
    };
  };
  return { CA: solve("CA"), CC: solve("CC"), CS: solve("CS") };
}

/** `n_range`, cut to `f_min`…`f_max` if those are given. */
function readPeriods(
  spec: ContractReader,
  { model, frequencies = {} }: ContractParameters,
): [number, number] {
  const [least, greatest, ...rest] = spec.has("n_range") ? spec.numbers("n_range") : TABLE_I_PERIODS;
  if (least === undefined || greatest === undefined || rest.length > 0) {
    throw new ContractError("PARAM", "n_range must be two natural numbers, least first");
  }
  const { min, max } = frequencyRange(model, frequencies);
  const periods = (f: number) => 1 / (f * model.periodSeconds) - model.fixedPeriods;
  const low = frequencies.max === undefined ? least : Math.max(least, Math.ceil(periods(max) - 1e-9));
  const high = frequencies.min === undefined ? greatest : Math.min(greatest, Math.floor(periods(min) + 1e-9));
  if (least <= greatest && low > high) {
    throw new ContractError("DOMAIN", "no whole number of periods lies between f_min and f_max");
  }
  return [low, high];
}

function describe(contract: Contract): Record<string, unknown> {
  return {
    f: contract.frequencies,
    theta: contract.frequencies.map((f) => 1 / f),
    R: contract.rewards,
    G: contract.satisfactions,
    A: contract.ages,
    D: contract.latencies,
    U: contract.workerUtilities,
    Us_n: contract.providerUtilities,
    Us: contract.providerUtility,
    W: contract.workersUtility,
    welfare: contract.welfare,
  };
}

/** Pools as pairs of types, numbered from 1. */
function describePools(contract: Contract): [number, number][] {
  return contract.pools.map(({ first, last }) => [first + 1, last + 1]);
}

function describeFeasibility({ types }: ContractParameters, { frequencies, rewards }: Contract) {
  const menu = { unitCosts: types.map((type) => type.unitCost), frequencies, rewards };
  if (types.length > MOST_PAIRED) {
    const { participation, selfSelection } = neighbourResiduals(menu);
    return { ir_min: participation, ic_min: selfSelection, monotone_f: true, monotone_R: true };
  }
  const report = verifyMenu(menu);
  return {
    ir_min: report.leastParticipation,
    ic_min: report.leastSelfSelection,
    monotone_f: report.frequenciesMonotone,
    monotone_R: report.rewardsMonotone,
  };
}

function describeExclusion(parameters: ContractParameters): Record<string, unknown> {
  const { firstType, contract } = solveWithExclusion(parameters);
  return {
    first_type: firstType + 1,
    Us: contract.providerUtility,
    f: withExcluded(firstType, contract.frequencies),
    R: withExcluded(firstType, contract.rewards),
  };
}

function describeScan(parameters: ContractParameters, step: number): Record<string, unknown> {
  const scan = greedyScan(parameters, step);
  return { f: scan.frequencies, R: scan.rewards, Us: scan.providerUtility, evaluations: scan.evaluations };
}

function costsOf({ types }: ContractParameters): number[] {
  return marginalCosts(
    types.map((type) => type.unitCost),
    types.map((type) => type.probability),
  );
}

/** M Σ (Q_n G_n − b_n f_n), eq. 19: equal to U_s by Lemma 2. */
function utilityByMarginalCosts(
  { types, workers }: ContractParameters,
  { frequencies, satisfactions }: Contract,
  b: readonly number[],
): number {
  const terms = types.map(({ probability }, n) =>
    probability === 0 ? -b[n]! * frequencies[n]! : probability * satisfactions[n]! - b[n]! * frequencies[n]!,
  );
  return workers * terms.reduce((sum, term) => sum + term, 0);
}

/** The order of the three schemes, which always holds. */
function compare(CA: Contract, CC: Contract, CS: Contract): Record<string, boolean> {
  const slack = 1e-9 * Math.max(1, Math.abs(CC.providerUtility));
  const atLeast = (more: number, less: number) => more >= less - slack;
  return {
    "CC>=CA>=CS":
      atLeast(CC.providerUtility, CA.providerUtility) && atLeast(CA.providerUtility, CS.providerUtility),
    "W CS>=CA>=0": atLeast(CS.workersUtility, CA.workersUtility) && atLeast(CA.workersUtility, 0),
    "W_CC=0": Math.abs(CC.workersUtility) <= slack,
    "CC-CA>=W_CA": atLeast(CC.providerUtility - CA.providerUtility, CA.workersUtility),
  };
}
