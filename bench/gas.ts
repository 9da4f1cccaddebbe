import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { markdownTable } from "../reports/markdownTable.ts";
import type { CallGas } from "./gasByCall.ts";
import { writeReadmeTable } from "./readmeTable.ts";

/** Calls in the README's table, with the figures to compare with. */
const ROWS: readonly { call: string; what: string; peer: string }[] = [
  { call: "TaskManager.publish", what: "publish a task: terms, escrow, message", peer: "" },
  { call: "LearningSubchain.enrol", what: "enrol with a choice", peer: "" },
  { call: "LearningSubchain.refresh", what: "refresh sensed data", peer: "" },
  { call: "LearningSubchain.synchronize", what: "synchronize a twin", peer: "" },
  { call: "LearningSubchain.commit", what: "commit to an update", peer: "" },
  { call: "LearningSubchain.reveal", what: "reveal an update", peer: "" },
  { call: "LearningSubchain.closeCommits", what: "close commits and report it", peer: "" },
  { call: "LearningSubchain.closeRound", what: "close a round and report it", peer: "" },
  {
    call: "Gateway.deliver (relay)",
    what: "deliver to the relay chain, verify, record, forward",
    peer: "Hyperlane's process, 3 of 5, no-op recipient: 93,517",
  },
  { call: "Gateway.deliver (main)", what: "deliver to the main chain", peer: "" },
  { call: "Gateway.deliver (virtual)", what: "deliver to a subchain", peer: "" },
  { call: "TaskManager.commitAttestation", what: "commit to what a round produced", peer: "" },
  { call: "TaskManager.attest", what: "attest a round (most: finalizes it)", peer: "" },
  { call: "LearningSubchain.settle", what: "settle an epoch of 10 workers", peer: "" },
  {
    call: "TaskManager.claim",
    what: "claim",
    peer: "Merkle claim with a bitmap: 73,647; type pool: 51,514 + 92 a round",
  },
  { call: "TaskManager.refund", what: "refund the rest", peer: "" },
];

const root = fileURLToPath(new URL("..", import.meta.url));

/** The README's table. */
export function gasTable(gas: Readonly<Record<string, CallGas>>): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const rows = ROWS.flatMap(({ call, what, peer }) => {
    const measured = gas[call];
    if (measured === undefined) return [];
    const { median, least, most } = measured;
    return [[what, number(median), `${number(least)} – ${number(most)}`, peer]];
  });
  const columns = [
    { header: "call" },
    { header: "gas (median)", align: "right" },
    { header: "least – most", align: "right" },
    { header: "beside" },
  ] as const;
  return markdownTable({ columns, rows });
}

/** Writes what was measured to snapshots/gas.json and the README's table. */
export async function writeGas(gas: Readonly<Record<string, CallGas>>): Promise<void> {
  await writeFile(join(root, "snapshots", "gas.json"), `${JSON.stringify(gas, null, 2)}\n`);
  await writeReadmeTable("gas table", gasTable(gas));
}
