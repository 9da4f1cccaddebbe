import { greatest, least } from "../../../numerics/extremes.ts";
import type { Figure, OtherReading } from "../../../reports/Figure.ts";
import { fillsAxis } from "../../../reports/fillsAxis.ts";
import { solveContract } from "../mathematics/optimalContract.ts";
import { utilityMatrix } from "../mathematics/rewards.ts";
import {
  CANONICAL,
  describeSetting,
  type OpenParameters,
  paperSetting,
  specOf,
  TYPES,
} from "./paperSetting.ts";

/** The setting that gives Fig. 2's scale. */
const SETTING: OpenParameters = {
  mode: "fixed_a",
  fixedPeriods: 1,
  latency: "printed",
  agePreference: 0.2,
  workers: 10,
};
/** The workers whose lines are drawn, as in the paper. */
const DRAWN = [1, 4, 7, 10];
const PRINTED_RANGE = [-60, 60] as const;

/** Utility R_i − δ_n f_i of every type n (row) at every item i (column) of the optimal contract. */
function utilities(open: OpenParameters): number[][] {
  const parameters = paperSetting(open);
  const { frequencies, rewards } = solveContract(parameters);
  return utilityMatrix(
    parameters.types.map((type) => type.unitCost),
    frequencies,
    rewards,
  );
}

/** Fig. 2: what workers of types 1, 4, 7 and 10 gain by each of the ten items: IC and IR to be seen. */
export function fig2(): Figure {
  const matrix = utilities(SETTING);
  const all = matrix.flat();
  const own = matrix.map((row, n) => row[n]!);
  const scale = fillsAxis(all, PRINTED_RANGE);
  const other = (setting: string, open: OpenParameters): OtherReading => ({
    setting,
    outcome: `same shape, ${fillsAxis(utilities(open).flat(), PRINTED_RANGE).measured}`,
  });
  // LDIC binds: a type's own item and the one below are worth the same to it.
  const atOwn = matrix.every((row, n) => greatest(row) - own[n]! <= 1e-9);
  const rising = own.every((utility, n) => n === 0 || utility >= own[n - 1]!);
  return {
    paper: "aoi-contract",
    id: "fig2",
    title: "Fig. 2: a worker's utility by the item it chooses (its own item ringed)",
    printed: {
      caption: "Utilities of workers under different types.",
      xAxis: "Types of worker, 2 … 10",
      yAxis: "utility of worker",
      yRange: PRINTED_RANGE,
      text: "Each worker selects the contract item corresponding to its own type that exactly maximizes its own utility. The utilities of the workers with higher types are larger than those with lower types.",
    },
    parameters: specOf(SETTING),
    setting: describeSetting(SETTING),
    inferred: [
      "the idle phase is fixed at a = 1, as the text has it (not the collection phase, as Figs 3 and 4 need)",
      "alpha = 0.2, from the scale of the axis (0.1 to 0.3 fit about as well)",
      "latency by eq. 2 as printed",
    ],
    x: { label: "contract item i", name: "item", values: TYPES },
    y: { label: "utility of worker R − δ f, currency/s", name: "utility", range: [-60, 60] },
    series: DRAWN.map((type) => ({
      name: `type ${type}`,
      values: matrix[type - 1]!,
      emphasis: type - 1,
    })),
    claims: [
      {
        claim: "each type's own item maximizes its utility (IC)",
        about: "figure",
        holds: atOwn,
        measured: `largest gain by another item ${greatest(matrix.map((row, n) => greatest(row) - own[n]!)).toExponential(1)}`,
      },
      {
        claim: "no type loses at its own item (IR)",
        about: "figure",
        holds: least(own) >= -1e-9,
        measured: `least utility ${least(own).toFixed(3)}`,
      },
      {
        claim: "utilities rise with the type",
        about: "figure",
        holds: rising,
        measured: `${own.map((utility) => utility.toFixed(1)).join(", ")}`,
      },
      { claim: "the scale is the printed one", about: "figure", ...scale },
    ],
    otherwise: [
      other("the parameters that fit Figs 3 and 4 (c = 5 fixed, α = 0.65)", CANONICAL),
      other("latency by eq. 2 corrected", { ...SETTING, latency: "exact" }),
      other("α = 0.1", { ...SETTING, agePreference: 0.1 }),
      other("α = 0.3", { ...SETTING, agePreference: 0.3 }),
    ],
    remarks: [
      "LDIC binds, so each type is indifferent between its own item and the one below.",
      "In this setting types 1 and 2 cost the provider more in rents than they bring: excluding them raises its utility from 137.2 to 426.1.",
    ],
  };
}
