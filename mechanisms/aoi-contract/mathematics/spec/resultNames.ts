/** What a name in an answer of `solveSpec` means. */
export interface ResultName {
  /** The readable name; the short one where that is readable. */
  long: string;
  unit: string;
  meaning: string;
}

const name = (long: string, unit: string, meaning: string): ResultName => ({ long, unit, meaning });

/** Every name in the answers of `solveSpec`, with its readable form, unit and meaning. */
export const RESULT_NAMES: Readonly<Record<string, ResultName>> = {
  theta: name("cycleSeconds", "s", "update cycle θ = 1/f"),
  f: name("frequencies", "1/s", "update frequency; of `metrics`, of the one cycle"),
  A: name("meanAgeSeconds", "s", "mean age of information, eq. 3"),
  D: name("meanLatencySeconds", "s", "mean service latency, in the form asked for"),
  D_paper: name("printedLatencySeconds", "s", "mean service latency, eq. 2 as printed"),
  D_exact: name("exactLatencySeconds", "s", "mean service latency, eq. 2 corrected"),
  A_theta: name("ageByCycleSeconds", "s", "mean age in θ, eq. 5's first line"),
  A_eq5_printed: name("printedAgeSeconds", "s", "mean age, eq. 5's last line as printed"),
  D_eq4: name("printedLatencyByCycleSeconds", "s", "mean service latency in θ, eq. 4 as printed"),
  D_theta_exact: name("exactLatencyByCycleSeconds", "s", "mean service latency in θ, corrected"),
  enumerated_A: name("enumeratedAgeSeconds", "s", "mean age, counted period by period"),
  enumerated_D: name("enumeratedLatencySeconds", "s", "mean service latency, counted period by period"),
  b: name("marginalCosts", "cost", "what a unit of f_n costs, rents included, eq. 19"),
  CA: name("asymmetricInformation", "", "the contract under asymmetric information"),
  CC: name("completeInformation", "", "the contract under complete information"),
  CS: name("socialWelfare", "", "the contract that maximizes social welfare"),
  EX: name("exclusion", "", "CA when costly types may be left out"),
  A1: name("greedyScan", "", "Algorithm 1 with step φ"),
  R: name("rewards", "cost/s; wei", "reward; of `onchain`, wei an epoch"),
  G: name("satisfactions", "cost/s", "the provider's satisfaction β ln g, eq. 11"),
  U: name("workerUtilities", "cost/s", "utility R − δf of each type at its own item"),
  Us_n: name("providerUtilities", "cost/s", "the provider's utility by type, M Q_n (G_n − R_n)"),
  Us: name("providerUtility", "cost/s", "the provider's utility, eq. 13"),
  W: name("workersUtility", "cost/s", "the workers' utility, M Σ Q_n U_n"),
  welfare: name("welfare", "cost/s", "U_s + W"),
  raw_f: name("rawFrequencies", "1/s", "each type's own optimum, before ironing"),
  pools: name(
    "pools",
    "",
    "runs of types that ironing merged: first and last, from 1; of `continuous`, in γ",
  ),
  ir_min: name("leastParticipation", "cost/s", "least residual of IR"),
  ic_min: name("leastSelfSelection", "cost/s", "least residual of IC"),
  monotone_f: name("frequenciesMonotone", "", "frequencies do not fall with the type"),
  monotone_R: name("rewardsMonotone", "", "rewards do not fall with the type"),
  Us_b: name("providerUtilityByMarginalCosts", "cost/s", "U_s by eq. 19, M Σ (Q_n G_n − b_n f_n)"),
  first_type: name("firstType", "", "lowest type served, from 1"),
  evaluations: name("evaluations", "", "utilities that Algorithm 1 computed"),
  checks: name("checks", "", "the order of the three schemes"),
  "CC>=CA>=CS": name("providerOrder", "", "the provider's utility: CC ≥ CA ≥ CS"),
  "W CS>=CA>=0": name("workersOrder", "", "the workers' utility: CS ≥ CA ≥ 0"),
  "W_CC=0": name("noRentsInCC", "", "CC leaves the workers nothing"),
  "CC-CA>=W_CA": name("rentsCost", "", "the rents are no larger than what they cost the provider"),
  periods: name("adjustablePeriods", "periods", "length of the adjustable phase"),
  R_eq18: name("rewardsBySum", "cost/s", "the rewards by eq. 18"),
  matrix: name("utilityMatrix", "cost/s", "utility of each type (row) at each item (column)"),
  expected_reward: name("expectedReward", "cost/s", "Σ Q_n R_n"),
  sum_bf: name("sumOfMarginalCosts", "cost/s", "Σ b_n f_n, the same number"),
  feasible: name("feasible", "", "no constraint is broken"),
  violations: name(
    "violations",
    "",
    '["IR", type] or ["IC", type, item it prefers], from 1; of `menu`, [condition, item]',
  ),
  lemma1: name("lemma1", "", "Lemma 1's conditions hold"),
  pooled_up: name("pooledTypes", "", "types that share the item of the type below, from 1"),
  ic_ok: name("incentiveCompatible", "", "IC holds exactly"),
  ir_ok: name("individuallyRational", "", "IR holds exactly"),
  max_overpay_wei: name("largestOverpayWei", "wei", "most that rounding adds to a reward"),
  naive_ceil_R: name("rewardsRoundedAlone", "wei", "every reward of eq. 17 rounded up by itself"),
  naive_ceil_ic_ok: name("incentiveCompatibleRoundedAlone", "", "whether those would keep IC"),
  covered: name("coveredSeconds", "s", "time during which the newest update was younger than θ"),
  T: name("epochSeconds", "s", "the epoch"),
  pay: name("pay", "wei", "what is paid for the epoch"),
  mean_age: name("meanAgeSeconds", "s", "mean age of the newest update over the epoch"),
  hits: name("hits", "", "windows with an update"),
  missed: name("missedWindows", "", "windows without, from 0"),
  gamma: name("updatesPerCost", "1/cost", "the sampled types γ = 1/δ"),
  v: name("virtualCosts", "cost", "1/γ + (1 − F)/(q γ²)"),
  v_ironed: name("ironedCosts", "cost", "the same after ironing"),
  drawn: name("workersByType", "", "workers drawn of each type"),
  chosen: name("workersByItem", "", "workers who took each item"),
  away: name("workersAway", "", "workers who took none"),
  Us_expected: name("expectedProviderUtility", "cost/s", "expectation of U_s over the draws"),
  W_expected: name("expectedWorkersUtility", "cost/s", "expectation of W over the draws"),
  misreport_gain: name("misreportGains", "cost/s", "what the best lie about its type gains each type"),
  multi_item_gain: name("multiItemGains", "cost/s", "what holding several items gains each type"),
  item: name("items", "", "item that each type takes, from 1; 0 means none"),
  neutral_item: name(
    "neutralItems",
    "",
    "item that each type would take by expectation, from 1; 0 means none",
  ),
  own_value: name("ownValues", "", "value that each type feels at its own item"),
  self_selects: name("selfSelects", "", "every type takes its own item"),
};

/**
 * An answer with every short name replaced by its readable one.
 *
 * @example
 * withLongNames({ theta: 20, f: 0.05 }); // { cycleSeconds: 20, frequencies: 0.05 }
 */
export function withLongNames(result: unknown): unknown {
  if (typeof result !== "object" || result === null) return result;
  if (Array.isArray(result)) return result.map(withLongNames);
  return Object.fromEntries(
    Object.entries(result).map(([key, value]) => [RESULT_NAMES[key]?.long ?? key, withLongNames(value)]),
  );
}
