import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import { type BehaviourSpec, behaviourOf, departs } from "../learning/federated/behaviours/behaviourSpec.ts";
import type { PlayedBehaviour } from "../learning/federated/behaviours/playBehaviour.ts";
import { mostUpdateBytes } from "../learning/federated/updateCodec.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import type { TaskContext } from "./TaskContext.ts";

/** Where a worker of a population looks for what others revealed. */
export interface CopyingModules {
  follower: ChainFollower;
  storage: ContentStore;
}

/**
 * What a worker does in a round to what it trains, as its population has it; undefined for who trains as it is asked. Who
 * copies takes the update of one of those who revealed one on its subchain in the round before, drawn by the task's seed.
 *
 * @throws what storage throws where it has not that update.
 */
export async function playedBehaviour(
  { task, spec }: Pick<TaskContext, "task" | "spec">,
  { behaviours, worker, round }: { behaviours: readonly BehaviourSpec[]; worker: string; round: number },
  { follower, storage }: CopyingModules,
): Promise<PlayedBehaviour | undefined> {
  if (!departs(behaviours)) return undefined;
  if (behaviourOf(behaviours, "copy") === undefined || round === 0) return { behaviours };
  const revealed = follower
    .past({
      ...{ name: "UpdateRevealed" as const, task },
      where: ({ args }) => args.round === round - 1 && args.worker !== worker,
    })
    .map(({ args }) => args);
  const started = follower.past({
    ...{ name: "RoundStarted" as const, task },
    where: ({ args }) => args.round === round - 1,
  })[0];
  if (revealed.length === 0 || started === undefined) return { behaviours };
  const random = new SeededRandom(spec.seed, "copied", worker, round);
  const { update } = revealed[random.integer(revealed.length)]!;
  const bytes = await storage.get(update as Digest, mostUpdateBytes(spec));
  return { behaviours, copied: { update: bytes, base: started.args.globalModel } };
}
