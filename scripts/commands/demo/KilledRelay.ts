import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { endWithThisProcess } from "../../../chains/networks/endWithThisProcess.ts";
import type { RandomSource } from "../../../numerics/RandomSource.ts";
import { BaseError } from "../../../protocol/BaseError.ts";

const SCRIPT = fileURLToPath(new URL("../../freshet.ts", import.meta.url));
/** Part of the relays that are killed while they start, and how long those live, milliseconds. */
const EARLY = { share: 0.25, least: 300, most: 1500 } as const;
/** How long the others live once they run, milliseconds. */
const LIFE = { least: 300, most: 8000 } as const;
/** Pause before a relay that ended by itself is started again, milliseconds. */
const RESTART_MILLISECONDS = 1000;
/** How long a relay may take to end when asked to, milliseconds. */
const STOP_MILLISECONDS = 10_000;

/**
 * A relay in a process of its own that is killed (SIGKILL) at random moments, some of them while it starts, and
 * started again at once: what a network must bear. Whether it was in the midst of a signature, a write or a
 * transaction is left to chance.
 */
export class KilledRelay {
  readonly #words: readonly string[];
  readonly #random: RandomSource;
  readonly #onTrouble: (error: BaseError) => void;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #kills = 0;
  #spared = false;
  #stopped = false;

  /**
   * @param words - The command that runs it, such as `relay start --network FILE`.
   * @param modules - Where the moments come from, and who is told when a relay ends by itself.
   */
  constructor(
    words: readonly string[],
    modules: { random: RandomSource; onTrouble: (error: BaseError) => void },
  ) {
    this.#words = words;
    this.#random = modules.random;
    this.#onTrouble = modules.onTrouble;
  }

  /** How often it was killed. */
  get kills(): number {
    return this.#kills;
  }

  /** Starts it, and the killing. */
  start(): void {
    this.#spawn();
  }

  /** Ends the killing; the relay goes on. */
  spare(): void {
    this.#spared = true;
    clearTimeout(this.#timer);
  }

  /** Ends the killing, then the relay. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.spare();
    this.#child?.kill("SIGTERM");
    const late = setTimeout(() => this.#child?.kill("SIGKILL"), STOP_MILLISECONDS);
    await this.#ended;
    clearTimeout(late);
  }

  #scheduleKill(child: ChildProcess): void {
    const isEarly = this.#random.uniform() < EARLY.share;
    const { least, most } = isEarly ? EARLY : LIFE;
    const life = least + this.#random.uniform() * (most - least);
    const schedule = () => {
      if (this.#spared) return;
      this.#timer = setTimeout(() => {
        // It may just have ended by itself, and then will be back soon.
        if (child.kill("SIGKILL")) this.#kills++;
      }, life);
    };
    if (isEarly) schedule();
    // The first that a relay says is that it runs, however long that took on this machine.
    else child.stdout?.once("data", schedule);
  }

  #spawn(): void {
    const child = spawn(process.execPath, [...process.execArgv, SCRIPT, ...this.#words], {
      // Ctrl-C is for this process.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    endWithThisProcess(child);
    this.#scheduleKill(child);
    child.stdout.resume();
    let said = "";
    child.stderr.on("data", (data: Buffer) => {
      said = `${said}${data.toString()}`.slice(-4096);
    });
    this.#child = child;
    this.#ended = new Promise<void>((resolve) => {
      child.once("error", () => resolve());
      child.once("close", () => resolve());
    }).then(async () => {
      if (this.#stopped) return;
      clearTimeout(this.#timer);
      if (child.signalCode !== "SIGKILL") {
        this.#onTrouble(
          new BaseError("RELAY_ENDED", `The relay ended by itself (${child.signalCode ?? child.exitCode}).`, {
            details: said.trim() === "" ? "It said nothing." : said.trim(),
            retryable: true,
          }),
        );
        await new Promise((resolve) => setTimeout(resolve, RESTART_MILLISECONDS));
        if (this.#stopped) return;
      }
      this.#spawn();
    });
  }
}
