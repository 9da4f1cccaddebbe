import { counted } from "../../reports/counted.ts";
import { exactTokens, formatTokens } from "../../reports/formatTokens.ts";
import type { Report } from "../../reports/Report.ts";
import { shortAddress } from "../../reports/shortAddress.ts";
import type { Table } from "../../reports/Table.ts";
import type { ComparedPolicy, Rescored, TaskComparison } from "./Comparison.ts";

/** How a comparison is told. */
export interface TellComparisonOptions {
  /** Addresses with all their digits. */
  full?: boolean;
}

/** A comparison for people: what each of the terms comes to, and then for whom. */
export function tellComparison(comparison: TaskComparison, options: TellComparisonOptions = {}): Report {
  const { taskId, status, isRunning, mechanism, workers, policies } = comparison;
  return {
    title: `Task ${taskId}: ${status}, ran under ${mechanism ?? "a mechanism that is not known here"}, paid by other terms${isRunning ? ", up to now" : ""}`,
    warnings: [
      ...policies.flatMap(({ name, warnings }) => warnings.map((warning) => `${name}: ${warning}`)),
      ...otherScores(comparison),
    ],
    parts: [
      totalsOf(comparison),
      ...(workers.length === 0
        ? [["Nobody enrolled."]]
        : policies.flatMap((policy) => [
            [headOf(policy)],
            workersOf(comparison, policy, options),
            ...(policy.assumptions.length === 0 ? [] : [policy.assumptions]),
          ])),
      caveats(comparison),
    ],
  };
}

/** What everything comes to, beside what was funded. */
function totalsOf({ funded, paid, earned, policies }: TaskComparison): Table {
  const row = (name: string, total: string, difference: string, escrow: string, enough: string) => [
    ...[name, tokens(total), difference, escrow, enough],
  ];
  return {
    columns: [
      { header: "paid by" },
      { header: "total", align: "right" },
      { header: "difference", align: "right" },
      { header: "in escrow", align: "right" },
      { header: `of ${tokens(funded)} funded` },
    ],
    rows: [
      row("as it was", paid, "", tokens(funded), ""),
      ...(earned === null || earned === paid ? [] : [row("earned by its own terms", earned, "", "", "")]),
      ...policies.map(({ name, total, difference, escrow, worstCase, isFunded }) => {
        const isTooLittle = escrow !== null && worstCase !== null && BigInt(escrow) < BigInt(worstCase);
        return row(
          name,
          total,
          signed(difference),
          escrow === null ? "" : `${tokens(escrow)}${isTooLittle ? " (too little)" : ""}`,
          isFunded ? "covers it" : `is ${exactTokens(BigInt(total) - BigInt(funded))} too little`,
        );
      }),
    ],
  };
}

function headOf({ name, mechanism, budget, remainder }: ComparedPolicy): string {
  const of = name === mechanism ? "" : ` (${mechanism})`;
  const divided =
    budget === null ? "" : `: ${tokens(budget)} tokens divided, of which ${remainder} wei remain`;
  return `By ${name}${of}${divided}`;
}

function workersOf(
  { workers }: TaskComparison,
  { pays }: ComparedPolicy,
  { full = false }: TellComparisonOptions,
): Table {
  const isUnpaid = workers.some(({ paid }) => paid === null);
  return {
    columns: [
      { header: "worker" },
      { header: "chain" },
      { header: isUnpaid ? "paid (or earned)" : "paid", align: "right" },
      { header: "would earn", align: "right" },
      { header: "difference", align: "right" },
      { header: "why" },
    ],
    rows: workers.map(({ worker, chain, paid, earned }, i) => {
      const { amount, difference, why } = pays[i]!;
      const was = paid === null ? (earned === null ? "–" : `(${tokens(earned)})`) : tokens(paid);
      return [full ? worker : shortAddress(worker), chain, was, tokens(amount), signed(difference), why];
    }),
  };
}

/** Where scores are derived again and are not those that were attested. */
function otherScores({ taskId, rescored }: TaskComparison): string[] {
  if (rescored === null || rescored.differences.length === 0) return [];
  const { differences, attested, anew } = rescored;
  const [{ worker, chain, ...first }] = differences as [(typeof differences)[number]];
  return [
    `scored anew, ${counted(differences.length, "worker")} of ${Math.max(attested ?? 0, anew)} would have other scores than aggregators attested, such as ${shortAddress(worker)} of ${chain}: attested ${first.attested ?? "nothing"}, anew ${first.anew ?? "nothing"}. Pay here goes by what was attested. The audit tells who is right: ./freshet audit ${taskId}`,
  ];
}

function sameScores(rescored: Rescored | null): string[] {
  if (rescored === null || rescored.differences.length > 0) return [];
  const { attested, anew } = rescored;
  return attested === null
    ? [
        `What aggregators attested cannot be read: pay goes by the ${counted(anew, "score")} that they should have attested, derived again from storage.`,
      ]
    : [
        `Scored anew from storage, workers have the ${counted(anew, "score")} that aggregators attested, digit for digit.`,
      ];
}

/** What nobody should forget who reads on. */
function caveats({ taskId, isRunning, workers, policies, rescored }: TaskComparison): string[] {
  const isOther = policies.some(({ assumptions }) => assumptions.length > 0);
  const other = workers.filter(({ paid, earned }) => paid !== null && earned !== null && paid !== earned);
  return [
    ...(isOther
      ? [
          "Everybody is paid for what it did under the task's own terms: under others it would have acted otherwise.",
        ]
      : []),
    ...sameScores(rescored),
    ...(isRunning ? ["The task still runs: all amounts are for what happened so far."] : []),
    ...(other.length === 0
      ? []
      : [
          `${counted(other.length, "worker")} got another pay than the task's own terms come to, such as ${shortAddress(other[0]!.worker)}: ${other[0]!.paid} wei, and not ${other[0]!.earned}. The statement tells why: ./freshet task statement ${taskId}`,
        ]),
    "Every amount is rounded down to a whole wei.",
  ];
}

function tokens(amount: string): string {
  return formatTokens(BigInt(amount));
}

function signed(amount: string): string {
  const text = tokens(amount);
  return BigInt(amount) > 0n ? `+${text}` : text;
}
