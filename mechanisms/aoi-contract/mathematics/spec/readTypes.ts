import { Rational } from "../../../../numerics/Rational.ts";
import { NOT_NEGATIVE, POSITIVE } from "../../../solving/SpecReader.ts";
import { ContractError } from "../ContractError.ts";
import { wrongProbabilities } from "../wrongProbabilities.ts";
import type { ContractReader } from "./ContractReader.ts";

/** Up to so many types every pair of a type and an item is looked at. */
export const MOST_PAIRED = 1000;

/** Refuses more types than pairs can be looked at. */
export function checkPaired(count: number): void {
  if (count > MOST_PAIRED) throw new ContractError("PARAM", `there must be at most ${MOST_PAIRED} types`);
}

/**
 * The types' unit costs: `delta`, divided by `delta_scale` if given, or 1/`gamma`.
 *
 * @throws ContractError `PARAM` unless all are positive and exactly one of both is given; `ORDER` if costs rise.
 */
export function readUnitCosts(spec: ContractReader): number[] {
  const costs = spec.has("delta")
    ? spec.numbers("delta", POSITIVE).map((delta) => delta / spec.positive("delta_scale", 1))
    : spec.numbers("gamma", POSITIVE).map((gamma) => 1 / gamma);
  checkTypes(spec, costs.length, (n) => costs[n]! > costs[n - 1]!);
  if (!costs.every((cost) => cost > 0 && cost < Number.POSITIVE_INFINITY)) {
    throw new ContractError("PARAM", "delta out of range: a cost is too small or too large to compute with");
  }
  return costs;
}

/** The same, exactly. */
export function readExactUnitCosts(spec: ContractReader): Rational[] {
  const name = spec.has("delta") ? "delta" : "gamma";
  const given = spec.rationals(name);
  if (given.some((value) => value.compare(0n) <= 0)) {
    throw new ContractError("PARAM", `${name} out of range: each must be above 0`);
  }
  const scale = spec.has("delta_scale") ? readScale(spec) : Rational.from(1n);
  const costs =
    name === "delta"
      ? given.map((delta) => delta.dividedBy(scale))
      : given.map((gamma) => Rational.from(1n).dividedBy(gamma));
  checkTypes(spec, costs.length, (n) => costs[n]!.compare(costs[n - 1]!) > 0);
  return costs;
}

/** Q: probabilities of `count` types; equal unless given. */
export function readProbabilities(spec: ContractReader, count: number): number[] {
  if (!spec.has("Q")) return new Array<number>(count).fill(1 / count);
  const probabilities = spec.numbers("Q", NOT_NEGATIVE);
  checkLength("Q", probabilities, count);
  const wrong = wrongProbabilities(probabilities);
  if (wrong !== undefined) throw new ContractError("PARAM", "Q must sum to 1", { details: wrong });
  return probabilities;
}

/** One entry a type. */
export function checkLength(name: string, values: readonly unknown[], count: number): void {
  if (values.length === count) return;
  throw new ContractError("PARAM", `${name} must have one entry a type`, {
    details: `It has ${values.length} entries for ${count} types.`,
  });
}

function readScale(spec: ContractReader): Rational {
  spec.positive("delta_scale");
  return Rational.from(spec.raw("delta_scale") as string | number);
}

function checkTypes(spec: ContractReader, count: number, rises: (n: number) => boolean): void {
  if (spec.has("delta") && spec.has("gamma")) {
    throw new ContractError("PARAM", "give gamma or delta, not both");
  }
  if (count === 0) throw new ContractError("PARAM", "there must be at least one type");
  for (let n = 1; n < count; n++) {
    if (!rises(n)) continue;
    throw new ContractError("ORDER", "types must be gamma non-decreasing / delta non-increasing", {
      details: `Type ${n + 1} costs more than type ${n}.`,
      next: "Sort the types by falling cost.",
    });
  }
}
