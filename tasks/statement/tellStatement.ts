import { exactTokens } from "../../reports/formatTokens.ts";
import type { Report } from "../../reports/Report.ts";
import { shortAddress } from "../../reports/shortAddress.ts";
import type { Table } from "../../reports/Table.ts";
import type {
  AbsenceStatement,
  Standing,
  StatementPlace,
  TaskStatement,
  WorkerStatement,
} from "./Statement.ts";

/** How a standing is told. */
const STANDINGS: Readonly<Record<Standing, string>> = {
  running: "earned so far",
  settling: "earned; its subchain has not settled",
  claimable: "earned; it can be claimed now",
  paid: "paid",
  lapsed: "paid",
};

/** How a statement is told. */
export interface TellStatementOptions {
  /** Addresses and transactions with all their digits. */
  full?: boolean;
}

/** A task's statement for people: what each worker could have earned, what was taken off, and what was left. */
export function tellStatement(
  { taskId, status, workers, rules }: TaskStatement,
  options: TellStatementOptions = {},
): Report {
  return {
    title: `Task ${taskId}: ${status}, what its workers earned and what they did not`,
    warnings: [],
    parts:
      workers.length === 0
        ? [["Nobody enrolled."]]
        : [...workers.flatMap((worker) => [[headOf(worker, options)], tableOf(worker, options)]), rules],
  };
}

/** Why somebody has no part in a task, for people. */
export function tellAbsence({ taskId, worker, why }: AbsenceStatement): Report {
  return { title: `Task ${taskId}: ${worker} did not enrol`, warnings: [], parts: [why] };
}

function headOf(
  { worker, chain, acceptedRounds, countedRounds }: WorkerStatement,
  { full = false }: TellStatementOptions,
): string {
  return `${full ? worker : shortAddress(worker)} on ${chain}, ${acceptedRounds} of ${countedRounds} rounds`;
}

function tableOf(worker: WorkerStatement, { full = false }: TellStatementOptions): Table {
  const { possible, entries, earned, standing, enrolled, claimed } = worker;
  const row = (text: string, amount: bigint, place: StatementPlace | null | undefined) => [
    text,
    exactTokens(amount),
    place ? `${place.chain} ${place.block}` : "",
    place ? (full ? place.transaction : `${place.transaction.slice(0, 10)}…`) : "",
  ];
  return {
    columns: [
      { header: "what" },
      { header: "tokens", align: "right" },
      { header: "block" },
      { header: "transaction" },
    ],
    rows: [
      row("it could have earned", BigInt(possible), enrolled),
      ...entries.flatMap(({ text, amount, state, evidence }) => {
        const [last, ...others] = evidence.toReversed();
        const open = state === "open" ? " (still open)" : "";
        return [
          row(`${text}${open}`, -BigInt(amount), last),
          ...others.map((place) => ["", "", ...row("", 0n, place).slice(2)]),
        ];
      }),
      row(STANDINGS[standing], BigInt(earned), claimed),
    ],
  };
}
