import { readNodeFile } from "../chains/networks/nodeFile.ts";
import { TaskData } from "../tasks/TaskData.ts";
import { dataDirectory } from "./settings.ts";

/** The option that names where held-out data are that tasks commit to. */
export const HELD_OUT_OPTION = [
  "--held-out <dir>",
  "directory of data that tasks are committed to as held out, a folder each (default: data.heldOut of the node file, else what data sets hold out)",
] as const;

/**
 * The data that an organisation has: where its options say, else its node file, else freshet.config.json.
 *
 * @throws those of `readNodeFile` and `networkSettings`.
 */
export async function ownData(options: {
  data?: string | undefined;
  heldOut?: string | undefined;
  node?: string | undefined;
}): Promise<TaskData> {
  const { data = {} } = options.node === undefined ? {} : await readNodeFile(options.node);
  return new TaskData(await dataDirectory(options.data ?? data.directory), {
    heldOut: options.heldOut ?? data.heldOut,
  });
}
