import type { MechanismView } from "../../mechanisms/MechanismView.ts";
import { formatTokenParts, formatTokens } from "../../reports/formatTokens.ts";
import type { Report } from "../../reports/Report.ts";
import { shortAddress } from "../../reports/shortAddress.ts";
import type { Table } from "../../reports/Table.ts";
import type { TaskSummary } from "./taskSummary.ts";

/**
 * A task's story for people: rounds, payments, escrow.
 *
 * @param mechanism - What the task's mechanism adds, where it is known.
 * @param options - `full`: addresses and digests with all their digits.
 */
export function tellTask(
  summary: TaskSummary,
  mechanism: MechanismView | undefined,
  { full = false }: { full?: boolean } = {},
): Report {
  const { taskId, status, phase } = summary;
  const where = phase.name === "ended" ? "" : `, ${phaseInWords(phase)}`;
  return {
    title: `Task ${taskId}: ${status}${where}`,
    warnings: [],
    parts: [rounds(summary, full), payments(summary, mechanism, full), escrow(summary)],
  };
}

/** A phase in a few words. */
function phaseInWords({ name, round }: TaskSummary["phase"]): string {
  return round === null ? name : `round ${round} ${name}`;
}

function rounds(summary: TaskSummary, full: boolean): Table {
  return {
    columns: [
      { header: "round", align: "right" },
      { header: summary.measure ?? "score", align: "right" },
      { header: "virtual", align: "right" },
      { header: "physical", align: "right" },
      { header: "global model" },
    ],
    rows: summary.rounds.map(({ round, accuracy, updates, globalDigest }) => [
      String(round),
      `${(100 * accuracy).toFixed(2)} %`,
      String(updates.virtual),
      String(updates.physical),
      full ? globalDigest : `${globalDigest.slice(0, 18)}…`,
    ]),
  };
}

function payments(summary: TaskSummary, mechanism: MechanismView | undefined, full: boolean): Table {
  const columns = mechanism?.columns ?? [];
  return {
    columns: [
      { header: "worker" },
      { header: "chain" },
      ...columns,
      { header: "rounds", align: "right" },
      { header: "paid", align: "right" },
    ],
    rows: summary.payments.map((payment) => [
      full ? payment.worker : shortAddress(payment.worker),
      payment.chain,
      ...columns.map(({ text }) => text(payment)),
      String(payment.acceptedRounds),
      formatTokens(BigInt(payment.paid)),
    ]),
  };
}

function escrow({
  taskId,
  status,
  due,
  held: hold,
  escrow: { funded, paid, refunded },
}: TaskSummary): string[] {
  const held = BigInt(funded) - BigInt(paid) - BigInt(refunded);
  const [paidText, refundedText, heldText] = formatTokenParts(BigInt(funded), [
    BigInt(paid),
    BigInt(refunded),
    held,
  ]);
  const line = `escrow ${formatTokens(BigInt(funded))} = paid ${paidText} + refunded ${refundedText} + held ${heldText}`;
  return [
    line,
    ...(due === null || BigInt(due) === 0n
      ? []
      : [`earned so far and not claimed: ${formatTokens(BigInt(due))}`]),
    ...(hold === null ? [] : [heldInWords(hold)]),
    ...(held > 0n && hold === null && status !== "Open" && status !== "None"
      ? [`nothing of it can be claimed any more: ./freshet task refund ${taskId} takes it back`]
      : []),
  ];
}

/** Until when the escrow is held, and why. */
function heldInWords({ until, why }: NonNullable<TaskSummary["held"]>): string {
  if (until === null) return "the rest is held while the route from the relay chain is closed";
  const reasons = {
    claims: "workers may claim",
    settlements: "a subchain has not settled",
    route: "the route from the relay chain was closed",
  };
  return `the rest is held until ${new Date(1000 * until).toISOString()}: ${reasons[why]}`;
}
