/** Local chains that run, whatever runs them. */
export interface RunningChains {
  /** Stops all of them. */
  stop(): Promise<void>;
}
