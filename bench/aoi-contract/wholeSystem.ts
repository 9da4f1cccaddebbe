/**
 * Rounds a minute of the whole system on this machine, chains and all, and what each of a round's parts takes:
 * `node bench/aoi-contract/wholeSystem.ts [--devices 100] [--rounds 20] [--tree CHECKOUT] [--json]`. Rounds are planned closer together
 * than they can follow each other, so that each begins when the one before it is final. With `--tree` another checkout of
 * this project is measured, an earlier one beside this.
 */

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { greatest, least } from "../../numerics/extremes.ts";
import { textTable } from "../../reports/textTable.ts";
import { median } from "../median.ts";
import { writeManyWorkers } from "./manyWorkersFiles.ts";

const EPOCH_SECONDS = 60;
/** A line of a network's log. */
interface Logged {
  event: string;
  /** Unix milliseconds. */
  time: number;
  /** From 0. */
  round: number;
}
/** When the parts of a round were over, Unix milliseconds. */
interface RoundTimes {
  began: number;
  trained: number;
  revealed: number;
  aggregated: number;
  attested: number;
}

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "100" },
    rounds: { type: "string", default: "20" },
    tree: { type: "string", default: fileURLToPath(new URL("../..", import.meta.url)) },
    json: { type: "boolean", default: false },
  },
});
const [devices, rounds] = [Number(values.devices), Number(values.rounds)];
if (!(Number.isInteger(devices) && devices > 0 && Number.isInteger(rounds) && rounds > 1))
  throw new RangeError("--devices is a whole number from 1 on, --rounds one from 2 on");

const directory = await mkdtemp(join(tmpdir(), "freshet-whole-"));
try {
  const { spec, workers } = await writeManyWorkers(directory, {
    ...{ devices, rounds, periods: [60, 30, 20, 10] },
    ...{ epochSeconds: EPOCH_SECONDS, enrolSeconds: 30, commitSeconds: EPOCH_SECONDS },
  });
  const network = join(directory, "network");
  const words = ["demo", "--json", "--spec", spec, "--workers", workers, "--directory", network];
  const result = JSON.parse(await printedBy(values.tree, words)) as {
    payments: { coveredSeconds: number; epochSeconds: number }[];
    rounds: { updates: Record<string, number> }[];
  };
  const log = await readFile(join(network, "logs", "network.jsonl"), "utf8");
  const times = timesOf(
    log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Logged),
  );
  const [first, last] = [times[0]!, times.at(-1)!];
  const minutes = (last.attested - first.attested) / 60_000;
  const sum = (of: (payment: (typeof result.payments)[number]) => number) =>
    result.payments.reduce((all, payment) => all + Number(of(payment)), 0);
  const part = (of: (one: RoundTimes) => number) => median(times.map(of)) / 1000;
  const measured = {
    ...{ devices, twins: devices, rounds: times.length },
    roundsPerMinute: (times.length - 1) / minutes,
    updates: result.rounds.reduce((all, round) => all + sumOf(Object.values(round.updates)), 0),
    coveredSeconds: sum(({ coveredSeconds }) => coveredSeconds),
    ofSeconds: sum(({ epochSeconds }) => epochSeconds),
    medianSeconds: {
      train: part(({ began, trained }) => trained - began),
      commitAndReveal: part(({ trained, revealed }) => revealed - trained),
      aggregate: part(({ revealed, aggregated }) => aggregated - revealed),
      attest: part(({ aggregated, attested }) => attested - aggregated),
    },
  };
  if (values.json) console.log(JSON.stringify(measured));
  else tell(measured);
} finally {
  await rm(directory, { recursive: true, force: true });
}

function tell({
  medianSeconds,
  ...whole
}: { medianSeconds: Record<string, number> } & Record<string, unknown>) {
  const rows = Object.entries(medianSeconds).map(([name, seconds]) => [name, seconds.toFixed(1)]);
  const table = textTable({ columns: [{ header: "part" }, { header: "s", align: "right" }], rows });
  for (const [name, value] of Object.entries(whole))
    console.log(`${name}: ${typeof value === "number" ? Number(value.toFixed(2)) : value}`);
  for (const line of [table.header, ...table.rows]) console.log(line);
}

/** When each round's parts were over, of the rounds that were attested. */
function timesOf(log: readonly Logged[]): RoundTimes[] {
  const at = (event: string, round: number) =>
    log.filter((line) => line.event === event && line.round === round).map(({ time }) => time);
  const count = 1 + greatest(log.filter(({ event }) => event === "attested").map(({ round }) => round));
  return Array.from({ length: count }, (_, round) => ({
    // A training says when it is over: the first to be ends almost at once.
    began: least(at("trained", round)),
    trained: greatest(at("trained", round)),
    revealed: greatest(at("revealed", round)),
    aggregated: greatest(at("aggregated", round)),
    attested: greatest(at("attested", round)),
  }));
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}

/** What a checkout's command line prints; what it tells on the way is shown. */
async function printedBy(tree: string, words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [join(tree, "scripts", "freshet.ts"), ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`The demo ended with ${code}.`);
  return printed;
}
