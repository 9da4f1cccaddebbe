import type { Table } from "../../reports/Table.ts";
import { meanAndDeviation } from "../learning/meanAndDeviation.ts";
import type { ExpandedSweep } from "./expandSweep.ts";
import type { FoundRun } from "./FoundRun.ts";
import type { RunGroup } from "./RunKind.ts";

/** What is shown of a group: of which figure, as what, with how many decimals. */
const SHOWN: readonly (readonly [
  figure: Exclude<keyof RunGroup, "group">,
  header: string,
  factor: number,
  digits: number,
])[] = [
  ["clients", "clients", 1, 0],
  ["enrolled", "took part, %", 100, 1],
  ["accepted", "updates a client", 1, 2],
  ["pay", "pay, tokens", 1, 4],
  ["cost", "cost, tokens", 1, 4],
  ["utility", "utility, tokens", 1, 4],
];

/** What became of clients that are alike, by setting: mean ± standard deviation over seeds; undefined where no run has groups. */
export function groupTable(
  { columns, settings }: Pick<ExpandedSweep, "columns" | "settings">,
  found: readonly FoundRun[],
): Table | undefined {
  const byPlace = Map.groupBy(found, ({ run }) => run.place);
  const rows = settings.flatMap(({ keys }, place) => {
    const groups = (byPlace.get(place) ?? []).flatMap(({ outcome }) => outcome.groups ?? []);
    return [...Map.groupBy(groups, ({ group }) => group)].map(([group, ofRuns]) => [
      ...keys,
      group,
      ...SHOWN.map(([figure, , factor, digits]) =>
        cell(
          ofRuns.map((one) => factor * one[figure]),
          digits,
        ),
      ),
    ]);
  });
  if (rows.length === 0) return undefined;
  return {
    columns: [
      ...[...columns, "group"].map((header) => ({ header })),
      ...SHOWN.map(([, header]) => ({ header, align: "right" as const })),
    ],
    rows,
  };
}

function cell(values: readonly number[], digits: number): string {
  const { mean, deviation } = meanAndDeviation(values);
  const isSame = values.length === 1 || deviation === 0;
  return isSame ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}
