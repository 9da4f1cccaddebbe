import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const ENTRY = fileURLToPath(new URL("../../scripts/freshet.ts", import.meta.url));

/** A command of the command line in a process of its own. */
export class Cli {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #waiting = new Set<() => void>();
  stdout = "";
  stderr = "";

  constructor(...values: string[]) {
    this.#child = spawn(process.execPath, [ENTRY, ...values], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout!.on("data", (chunk: Buffer) => {
      this.stdout += chunk.toString();
      for (const look of this.#waiting) look();
    });
    this.#child.stderr!.on("data", (chunk: Buffer) => {
      this.stderr += chunk.toString();
      for (const look of this.#waiting) look();
    });
    this.#ended = once(this.#child, "close").then(([code]) => code as number | null);
    void this.#ended.then(() => {
      for (const look of this.#waiting) look();
    });
  }

  /** Everything it printed. */
  get output(): string {
    return this.stdout + this.stderr;
  }

  /** Waits until it has printed `text`; rejects with its output when it ends first. */
  async printed(text: string): Promise<void> {
    await this.#until(() => this.output.includes(text), `printing ${JSON.stringify(text)}`);
  }

  /** Waits for a whole line on standard output, and reads the last one as JSON. */
  async answered(): Promise<unknown> {
    // Compiling contracts, when they changed, leaves an empty line.
    await this.#until(() => /\S\n$/.test(this.stdout), "an answer");
    return JSON.parse(this.stdout.trimEnd().split("\n").at(-1) ?? "");
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!holds() && this.#child.exitCode === null && this.#child.signalCode === null) return;
        this.#waiting.delete(look);
        if (holds()) resolve();
        else reject(new Error(`ended without ${what}:\n${this.output}`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Waits for its end; its exit code. */
  async ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Ends it with a signal and waits for it. */
  async end(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    this.#child.kill(signal);
    return this.#ended;
  }
}
