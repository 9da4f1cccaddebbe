import { errorSentence } from "../audit/errorSentence.ts";
import type { TrainAndTest } from "../learning/datasets/DatasetKind.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { assertScorable, checkTaskData } from "../tasks/checkTaskData.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";
import { readWorkersConfig, type WorkersConfig } from "../workers/workerConfig.ts";
import { ownData } from "./ownData.ts";
import type { Terminal } from "./Terminal.ts";
import { checkForWorkers, workersFor } from "./workersFor.ts";

/** What was found of a task's data; `learnedFrom` is left out where devices have their own. */
export interface CheckedData {
  learnedFrom?: number;
  heldOut: number;
}

/** Where a task's data are, and who is to learn from them. */
export interface CheckedDataOptions {
  /** Of the specification. */
  path: string;
  data?: string;
  heldOut?: string;
  node?: string;
  workers?: string;
}

/**
 * Looks through a task's data before it is published, and says what could not be seen.
 *
 * @throws what is wrong with them.
 */
export async function checkedData(
  spec: TaskSpec,
  options: CheckedDataOptions,
  terminal: Terminal,
): Promise<CheckedData | undefined> {
  terminal.status(`reading the data set ${spec.dataset.kind} …`);
  try {
    const data = await ownData(options);
    const file = options.workers ?? workersFor(options.path);
    const config = await readWorkersConfig(file);
    const test = await data.heldOutData(spec.dataset, spec.heldOut);
    const heldOut = test.labels.length;
    if (config.devices.every((device) => device.data !== undefined)) {
      assertScorable(spec, test);
      terminal.done(`data: ${heldOut} samples held out; every device of ${file} learns from its own`);
      return { heldOut };
    }
    const { train } = await data.load(spec.dataset);
    checkTaskData(spec, { train, test });
    checkDevices(spec, { train, test }, { config, file, isNamed: options.workers !== undefined }, terminal);
    const learnedFrom = train.labels.length;
    terminal.done(
      `data: ${learnedFrom} samples to learn from, ${heldOut} held out; what each device gets is looked at where it runs`,
    );
    return { learnedFrom, heldOut };
  } catch (error) {
    if (!(error instanceof BaseError) || error.code !== "DATA_MISSING") throw error;
    terminal.warn(
      `the data were not checked: ${error.shortMessage} Workers and aggregators refuse the task if they are not right.`,
    );
    return undefined;
  } finally {
    terminal.status("");
  }
}

/** Whether the devices that are to take part can. @throws what is wrong, of devices that were named. */
function checkDevices(
  spec: TaskSpec,
  found: TrainAndTest,
  { config, file, isNamed }: { config: WorkersConfig; file: string; isNamed: boolean },
  terminal: Terminal,
): void {
  try {
    checkForWorkers(spec, found, config);
  } catch (error) {
    if (isNamed || !(error instanceof BaseError)) throw error;
    terminal.warn(
      `${errorSentence(error)} That is for the ${config.devices.length} devices of ${file}; name those that take part with --workers.`,
    );
  }
}
