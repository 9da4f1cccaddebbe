import { argv } from "node:process";
import { FederationPool } from "../../../simulation/federated/FederationPool.ts";
import { digestsOf, KNOWN_RUNS } from "./federatedRuns.ts";

// Plays a known run with a checkpoint, as long as it is let live: its name and the directory are the arguments. Prints
// the digests of the models after the rounds that it played.

const [, , name, directory] = argv;
const pool = new FederationPool({ threads: 2 });
const known = KNOWN_RUNS.find((run) => run.name === name)!;
process.stdout.write("started\n");
const digests = await digestsOf(known, { pool, checkpoint: { directory: directory!, identity: "killed" } });
await pool.close();
process.stdout.write(`${JSON.stringify(digests)}\n`);
