import { existsSync } from "node:fs";

import type { TrainAndTest } from "../learning/datasets/DatasetKind.ts";
import { selectSamples } from "../learning/datasets/selectSamples.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { checkTaskData } from "../tasks/checkTaskData.ts";
import { examplePath } from "../tasks/examplePath.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";
import { applyPrivacyPolicy } from "../workers/privacyPolicy.ts";
import type { WorkersConfig } from "../workers/workerConfig.ts";

/** The devices that a task was made for, beside its file; those of the main job for any other. */
export function workersFor(spec: string): string {
  const beside = spec.replace(/\.json$/, "-workers.json");
  return beside !== spec && existsSync(beside) ? beside : examplePath("workers.json");
}

/**
 * Checks before anything is published or started whether these devices can take part in a task: its partition deals each
 * of them something that has no data of its own, and what their privacy policies speak of is in the data.
 *
 * @throws BaseError those of `checkTaskData` and `applyPrivacyPolicy`.
 */
export function checkForWorkers(spec: TaskSpec, found: TrainAndTest, { devices }: WorkersConfig): void {
  const dealtTo = devices.filter(({ data }) => data === undefined).length;
  checkTaskData(spec, found, dealtTo === 0 ? undefined : dealtTo);
  const none = selectSamples(found.test, []);
  for (const { name, privacyPolicy } of devices) {
    try {
      applyPrivacyPolicy(privacyPolicy, none, new SeededRandom(spec.seed));
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      const { code, details, next } = error;
      throw new BaseError(code, `${name}: ${error.shortMessage}`, {
        ...(details !== undefined && { details }),
        ...(next !== undefined && { next }),
        cause: error,
      });
    }
  }
}
