import type { GlobalModel } from "../../learning/federated/GlobalModel.ts";
import type { CheckpointPlace } from "./CheckpointPlace.ts";
import { ClientStates } from "./ClientStates.ts";
import type { FederatedRound } from "./FederatedRound.ts";
import { FederatedRun, type FederatedRunParameters } from "./FederatedRun.ts";
import { type Beside, RoundsCheckpoint, unwritable } from "./RoundsCheckpoint.ts";
import { type ProgressOptions, RoundsProgress } from "./RoundsProgress.ts";

/** Bytes of clients' states that are kept in memory, unless told otherwise: 256 MiB. */
const STATE_BYTES = 2 ** 28;

/** What {@link federatedRounds} needs. */
export interface FederatedRoundsParameters extends FederatedRunParameters {
  readonly rounds: number;
  /** Where finished rounds are saved, and from where saved ones are gone on with; nothing is saved unless given. */
  readonly checkpoint?: CheckpointPlace & {
    /**
     * Told, before the first round, of the round that comes next and its global model, and of what was kept beside them,
     * when rounds had been saved.
     */
    readonly resumed?: (
      next: number,
      global: GlobalModel,
      beside: Beside | undefined,
    ) => void | Promise<void>;
    /**
     * What is saved beside a round: asked for once whoever takes the rounds asks for the next. A round is then saved only
     * when that happens, so that both belong together; without, before it is told.
     */
    readonly beside?: () => Beside | Promise<Beside>;
  };
  /** Bytes of clients' states in memory, beyond which they are on disk; 256 MiB unless given. */
  readonly stateBytes?: number;
  /** Tells how far the rounds are. */
  readonly progress?: ProgressOptions;
}

/**
 * Federated learning without chains and storage: in every round those who are
 * chosen (`sampleClients`) fit the global model (`fitRound`), each update is read
 * back from its bytes, and all are aggregated, but for those that the strategy
 * leaves out. The bits are those that workers and aggregators of the whole system
 * get for the same data, names of streams and arithmetic; they are the same on any
 * number of threads, and whether rounds were interrupted or not.
 *
 * A thread does a client's whole part and adds its update to sums of its own, so
 * that what is done here for a round hardly grows with its clients. Only the updates
 * for a strategy that judges single ones all come here.
 *
 * @returns Each round as it is finished. A round of which no update is taken leaves the model as it is.
 * @throws BaseError the errors of `fitRound`, `decodeUpdate`, `aggregateFit`, `sampleClients` and
 * `RoundsCheckpoint.open`, `CLIENT_STATE_DAMAGED`, and `CHECKPOINT_UNWRITABLE`.
 *
 * @example
 * for await (const { round, global } of federatedRounds({ task, rounds, clients, pool })) {
 *   console.log(round, await pool.evaluate({ spec: task.model, parameters: fromFixedPoint(global), dataset: test }));
 * }
 */
export async function* federatedRounds({
  rounds,
  checkpoint: place,
  stateBytes = STATE_BYTES,
  progress: followed,
  ...parameters
}: FederatedRoundsParameters): AsyncGenerator<FederatedRound, void, undefined> {
  const opened = place && (await openCheckpoint(parameters, place));
  const states = new ClientStates({ memoryBytes: stateBytes, directory: place?.directory });
  try {
    const run = new FederatedRun(parameters, states, opened?.saved);
    if (opened?.saved !== undefined) await place?.resumed?.(run.next, run.global, opened.saved.beside);
    const progress = followed && new RoundsProgress(followed, rounds);
    const pace = place?.pace;
    let savedAt = pace?.now() ?? 0;
    const save = async () => {
      if (opened === undefined || (pace !== undefined && pace.now() - savedAt < pace.milliseconds)) return;
      try {
        states.flush();
      } catch (cause) {
        throw unwritable(place!.directory, cause);
      }
      await opened.checkpoint.save(run, await run.file(), await place?.beside?.());
      states.wereNamed();
      savedAt = pace?.now() ?? 0;
    };
    while (run.next < rounds) {
      const finished = await run.advance(progress);
      if (place?.beside === undefined) await save();
      yield finished;
      if (place?.beside !== undefined) await save();
    }
  } finally {
    states.close();
    opened?.checkpoint.close();
  }
}

function openCheckpoint(
  { task, clients, sampling = { kind: "all" }, weights = "samples" }: FederatedRunParameters,
  { directory, identity }: NonNullable<FederatedRoundsParameters["checkpoint"]>,
) {
  const { count } = clients;
  const run = { task, clients: count, sampling, weights, identity };
  return RoundsCheckpoint.open({ directory, run, task, clients: count });
}
