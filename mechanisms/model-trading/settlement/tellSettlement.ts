import { formatTokenParts, formatTokens } from "../../../reports/formatTokens.ts";
import type { Report } from "../../../reports/Report.ts";
import { shortAddress } from "../../../reports/shortAddress.ts";
import type { SettlementReport } from "./settlementReport.ts";

const COLUMNS = [
  { header: "worker" },
  { header: "chain" },
  { header: "price/IoM", align: "right" },
  { header: "GHz", align: "right" },
  { header: "MHz", align: "right" },
  { header: "sales", align: "right" },
  { header: "samples", align: "right" },
  { header: "mean age s", align: "right" },
  { header: "rounds", align: "right" },
  { header: "pay", align: "right" },
] as const;

/** A settlement report for people: predicted → realized. */
export function tellSettlement(report: SettlementReport): Report {
  const { taskId, status, unsettled, periodSeconds, rounds, bond, cap, escrow, workers } = report;
  const rows = workers.map((worker) => [
    shortAddress(worker.worker),
    worker.chain,
    tokens(worker.price),
    worker.foreseen?.gigahertz.toFixed(3) ?? "–",
    worker.foreseen?.megahertz.toFixed(4) ?? "–",
    String(worker.sales),
    worker.samples,
    `${seconds(worker.ageSeconds.predicted)} → ${seconds(worker.ageSeconds.realized)}`,
    `${worker.acceptedRounds ?? "–"}/${rounds}`,
    `${worker.pay.predicted === null ? "–" : tokens(worker.pay.predicted)} → ${worker.claimed ? tokens(worker.pay.realized) : "unclaimed"}`,
  ]);
  const [funded, paid, refunded] = [escrow.funded, escrow.paid, escrow.refunded].map(BigInt) as [
    bigint,
    bigint,
    bigint,
  ];
  const [paidText, refundedText, heldText] = formatTokenParts(funded, [
    paid,
    refunded,
    funded - paid - refunded,
  ]);
  return {
    title: `Task ${taskId}: ${status}, predicted → realized`,
    warnings: unsettled.length > 0 ? [`not settled yet: ${unsettled.join(", ")}`] : [],
    parts: [
      { columns: COLUMNS, rows },
      [
        `period      ${periodSeconds} s, at most ${tokens(cap)} a worker, a bond of ${tokens(bond)}`,
        `budget      ${formatTokens(funded)} funded, ${paidText} paid, ${refundedText} refunded, ${heldText} held`,
      ],
    ],
  };
}

function tokens(amount: string): string {
  return formatTokens(BigInt(amount));
}

function seconds(value: number | null): string {
  return value === null ? "–" : value.toFixed(3);
}
