/** From measurements to claims that hold or do not. */
import type { Claim } from "../../../reports/Figure.ts";
import type { Table } from "../../../reports/Table.ts";
import { TUNED_NAME } from "./contenders.ts";
import type { Measured } from "./measure.ts";
import { compare, METRICS, type Metric, told } from "./metrics.ts";
import { PRINTED_BASELINES, type PrintedGain } from "./printed.ts";

/** What claims are judged on: the learner, and whom it is compared with, by name. */
export interface Judged {
  readonly ours: Measured;
  readonly others: readonly Measured[];
}

/** The paper's baselines among the others, in the paper's order. @throws RangeError when none was measured. */
export function printedBaselines({ others }: Judged): Measured[] {
  const found = PRINTED_BASELINES.flatMap((name) => others.find((other) => other.name === name) ?? []);
  if (found.length === 0) throw new RangeError("none of the paper's baselines was measured");
  return found;
}

/** Who of them was not measured, as claims tell it; empty if all were. */
export function missingBaselines({ others }: Judged): string {
  const missing = PRINTED_BASELINES.filter((name) => !others.some((other) => other.name === name));
  return missing.length === 0 ? "" : `; not trained, so not shown to hold: ${missing.join(", ")}`;
}

/** `+12.3 ± 0.8 %`. */
export function percent(share: number, spread?: number): string {
  if (!Number.isFinite(share)) return "–";
  const sign = share < 0 ? "−" : "+";
  const around = spread === undefined || spread === 0 ? "" : ` ± ${(100 * spread).toFixed(1)}`;
  return `${sign}${Math.abs(100 * share).toFixed(1)}${around} %`;
}

/** By how much ours is better than each, in words. */
function gains(ours: Measured, others: readonly Measured[], metric: Metric): string {
  return others
    .map((other) => {
      const { gain, spread } = compare(ours, other, metric);
      return `${percent(gain, spread)} against ${other.name}`;
    })
    .join(", ");
}

/**
 * A printed improvement. "By" holds when ours is better by at least so much than each of the paper's baselines; "up to"
 * when it is than one of them; either with a difference beyond its noise.
 */
export function gainClaim(judged: Judged, { metric, gain, kind, text }: PrintedGain): Claim {
  const quantity = METRICS[metric];
  const baselines = printedBaselines(judged);
  const missing = missingBaselines(judged);
  const reached = baselines.map((other) => {
    const found = compare(judged.ours, other, quantity);
    return found.better && found.gain >= gain;
  });
  return {
    claim: text,
    about: "figure",
    holds: kind === "by" ? missing === "" && reached.every(Boolean) : reached.some(Boolean),
    measured: `${gains(judged.ours, baselines, quantity)}${missing}`,
  };
}

/** Whether ours is better than each of the paper's baselines, by more than the noise. */
export function bestClaim(judged: Judged, metric: Metric, claim: string): Claim {
  const baselines = printedBaselines(judged);
  const missing = missingBaselines(judged);
  const values = [judged.ours, ...baselines].map((one) => `${one.name} ${told(one, metric)}`);
  return {
    claim,
    about: "figure",
    holds: missing === "" && baselines.every((other) => compare(judged.ours, other, metric).better),
    measured: `${values.join("; ")}${missing}`,
  };
}

/** Whether ours is better than the rule that was tuned in the same place: the paper has none such. */
export function ruleClaim({ ours, others }: Judged, metric: Metric): Claim {
  const rule = others.find(({ name }) => name === TUNED_NAME);
  if (rule === undefined) throw new RangeError("the tuned rule was not measured");
  const { gain, spread, difference, noise, better } = compare(ours, rule, metric);
  return {
    claim: `beyond the paper: better than the tuned rule in ${metric.label}`,
    about: "text",
    holds: better,
    measured: `${percent(gain, spread)} (difference ${difference.toFixed(metric.digits)}, noise ${noise.toFixed(metric.digits)}); the rule ${told(rule, metric)}${ours.runs.length === 1 ? "; of one training, whose spread is not in the noise" : ""}`,
  };
}

/** Whether values rise, or fall, from the first to the last, for every line. */
export function trendClaim(
  claim: string,
  direction: "rises" | "falls",
  lines: readonly { readonly name: string; readonly values: readonly number[] }[],
  digits: number,
): Claim {
  const sign = direction === "rises" ? 1 : -1;
  const ends = lines.map(({ name, values }) => {
    const defined = values.filter(Number.isFinite);
    return { name, first: defined[0] ?? Number.NaN, last: defined.at(-1) ?? Number.NaN };
  });
  return {
    claim,
    about: "figure",
    holds: ends.every(({ first, last }) => sign * (last - first) > 0),
    measured: ends
      .map(({ name, first, last }) => `${name} ${first.toFixed(digits)} → ${last.toFixed(digits)}`)
      .join("; "),
  };
}

/** All who were measured, in all quantities: mean ± standard deviation over runs. */
export function policyTable(measured: readonly Measured[], first = "policy"): Table {
  const metrics = Object.values(METRICS);
  return {
    columns: [
      { header: first },
      { header: "runs", align: "right" },
      ...metrics.map(({ name }) => ({ header: name, align: "right" as const })),
    ],
    rows: measured.map((one) => [
      one.name,
      String(one.runs.length),
      ...metrics.map((metric) => told(one, metric)),
    ]),
  };
}
