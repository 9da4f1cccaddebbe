import type { TaskWorld } from "./TaskWorld.ts";

/** What must hold in every schedule. */
export class TaskInvariants {
  readonly violations: string[] = [];
  readonly #world: TaskWorld;

  constructor(world: TaskWorld) {
    this.#world = world;
  }

  get isDone(): boolean {
    return this.#world.witness.all("Refunded").length > 0;
  }

  check(): void {}

  async checkEnd(): Promise<void> {}

  fail(error: unknown): void {
    this.violations.push(`the simulation failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
