import { simulationHardhat } from "./simulationHardhat.ts";

/**
 * Compiles what is deployed; nothing when nothing changed.
 *
 * @param sources - Paths of the contracts; what they are built on is compiled too.
 */
export async function buildContracts(sources: readonly string[]): Promise<void> {
  const { artifacts, tasks } = await simulationHardhat();
  await tasks.getTask("build").run({ quiet: true, noTests: true, files: [...sources] });
  // It knows those that there were when it first looked.
  await artifacts.clearCache();
}
