import { argv } from "node:process";
import { encodeModel } from "../../../learning/federated/modelCodec.ts";
import { listedClients } from "../../../simulation/federated/FederatedClients.ts";
import { FederationPool } from "../../../simulation/federated/FederationPool.ts";
import { federatedRounds } from "../../../simulation/federated/federatedRounds.ts";
import { digestOf } from "../../../storage/contentId.ts";
import { KNOWN_RUNS } from "./federatedRuns.ts";

// Plays a known run with a checkpoint; its name and the directory are the arguments, and, as JSON, the moment at which the
// process kills itself, if it does. Prints lines of JSON: how far it is, and the digest of the model after every round.

/** When all of a round's clients up to `done` are fitted, or when the round is `saved`. */
export interface Moment {
  readonly round: number;
  readonly done: number | "saved";
}

/** What is printed. */
export type Line =
  | { readonly round: number; readonly done: number; readonly digest?: undefined }
  | { readonly round: number; readonly done: "saved"; readonly digest: string };

const [, , name, directory, moment = "null"] = argv;
const last: Moment | null = JSON.parse(moment);
const { task, workers, digests } = KNOWN_RUNS.find((run) => run.name === name)!;
const pool = new FederationPool({ threads: 2 });

const say = (line: Line) => {
  // A pipe is written at once: what is said is there although the process dies of the next line.
  process.stdout.write(`${JSON.stringify(line)}\n`);
  const { round, done } = line;
  if (round !== last?.round) return;
  if (last.done === done || (done !== "saved" && last.done !== "saved" && done >= last.done)) {
    process.kill(process.pid, "SIGKILL");
  }
};

const rounds = federatedRounds({
  ...{ task, pool },
  rounds: digests.length,
  clients: listedClients(workers),
  checkpoint: { directory: directory!, identity: "killed" },
  progress: { now: () => performance.now(), tell: ({ round, done }) => say({ round, done }) },
});
for await (const { round, global } of rounds) {
  say({ round, done: "saved", digest: await digestOf(encodeModel(global)) });
}
await pool.close();
