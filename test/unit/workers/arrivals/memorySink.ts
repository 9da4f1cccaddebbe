import type { Arrival } from "../../../../workers/arrivals/Arrival.ts";

/** Keeps what came in memory, and what was told. */
export class MemorySink {
  readonly arrivals: Arrival[] = [];
  readonly told: unknown[] = [];
  state: unknown;
  readonly isPruned = false;

  async append(arrivals: readonly Arrival[], state: unknown): Promise<void> {
    this.arrivals.push(...structuredClone(arrivals));
    this.state = structuredClone(state);
  }

  async kept(): Promise<readonly Arrival[]> {
    return this.arrivals;
  }

  tell(_doing: string, error: unknown): void {
    this.told.push(error);
  }

  /** Codes of what was told. */
  get codes(): string[] {
    return this.told.map((error) => (error as { code: string }).code);
  }
}
