/**
 * What a worker remembers of its last accepted update; in the order of
 * `parameterShapes`. It is stored beside the update, which names its digest, so
 * that a restarted worker and an auditor find it.
 */
export interface WorkerState {
  /** What compression has left out so far (error feedback); undefined unless the task compresses. */
  readonly residual?: readonly Float32Array[] | undefined;
  /** The worker's control variate c_i, fixed point; undefined unless the strategy has one. */
  readonly control?: readonly Int32Array[] | undefined;
}
