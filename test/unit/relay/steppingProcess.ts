import { openDatabase, type Step } from "../../../relay/store/openDatabase.ts";
import { RELAYER_STEPS } from "../../../relay/store/relayerSteps.ts";
import { VALIDATOR_STEPS } from "../../../relay/store/validatorSteps.ts";
import { NOTES } from "./notesSchema.ts";

// A process that opens a database of an earlier version and is killed in the midst of it, when a step has done
// everything but was not committed. Arguments: whose database, its path, and the number of the step, from 1.

const [owner, path, at] = process.argv.slice(2) as ["relayer" | "validator" | "notes", string, string];

const SCHEMAS = {
  relayer: { owner: "relayer", tables: [], steps: RELAYER_STEPS },
  validator: { owner: "validator", tables: [], steps: VALIDATOR_STEPS },
  notes: NOTES,
} as const;

const schema = SCHEMAS[owner];
const steps: Step[] = schema.steps.map((step, i) => (database) => {
  step(database);
  if (i + 1 === Number(at)) process.kill(process.pid, "SIGKILL");
});
openDatabase(path, { ...schema, steps }, { durable: owner === "validator" });
