import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";

import { endWithThisProcess } from "../../chains/networks/endWithThisProcess.ts";

/** How long a process may take to end when asked to, milliseconds. */
const STOP_MILLISECONDS = 15_000;

/** How a process is run. */
export interface ManagedOptions {
  /** File to which all goes that it prints. */
  log: string;
  env?: Readonly<Record<string, string>>;
  /** What the process is called where it fails. */
  name: string;
}

/** A program that runs until it is told to stop, and never longer than this process. */
export class ManagedProcess {
  readonly name: string;
  readonly log: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #waiting = new Set<() => void>();
  #printed = "";
  #stdout = "";

  constructor(binary: string, words: readonly string[], { log, env, name }: ManagedOptions) {
    this.name = name;
    this.log = log;
    const child = spawn(binary, words, {
      // Ctrl-C is for the tests, which end what they started.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    endWithThisProcess(child);
    this.#child = child;
    const file = createWriteStream(log, { flags: "a" });
    const hear = (data: Buffer) => {
      file.write(data);
      this.#printed += data.toString();
      for (const look of [...this.#waiting]) look();
    };
    child.stdout!.on("data", (data: Buffer) => {
      this.#stdout += data.toString();
      hear(data);
    });
    child.stderr!.on("data", hear);
    this.#ended = new Promise((resolve) => {
      const end = (code: number | null) => {
        file.end();
        resolve(code);
        for (const look of [...this.#waiting]) look();
      };
      child.once("error", () => end(null));
      child.once("close", end);
    });
  }

  /** All that it has printed. */
  get printed(): string {
    return this.#printed;
  }

  /** What of it is for machines. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Whether it still runs. */
  get lives(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves once it has printed something; rejects when it ends without, or takes too long. */
  said(text: string | RegExp, withinMs = 60_000): Promise<void> {
    const has = () => (typeof text === "string" ? this.#printed.includes(text) : text.test(this.#printed));
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(late);
        this.#waiting.delete(look);
      };
      const look = () => {
        if (has()) resolve(done());
        else if (!this.lives) {
          done();
          reject(this.#failure(`ended without saying ${text}`));
        }
      };
      const late = setTimeout(() => {
        done();
        reject(this.#failure(`did not say ${text} within ${withinMs / 1000} s`));
      }, withinMs);
      this.#waiting.add(look);
      look();
    });
  }

  /** Its exit code once it has ended by itself; it is killed when that takes too long. */
  async exitCode(withinMs: number): Promise<number | null> {
    const late = setTimeout(() => this.#child.kill("SIGKILL"), withinMs);
    const code = await this.#ended;
    clearTimeout(late);
    return code;
  }

  /** Resolves with what it printed when it ends well; rejects otherwise. */
  async ended(withinMs: number): Promise<string> {
    const code = await this.exitCode(withinMs);
    if (code === 0) return this.#printed;
    throw this.#failure(`ended with ${this.#child.signalCode ?? code}`);
  }

  /** Stops it in its tracks, until `resume`. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** Kills it on the spot, as a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Asks it to stop, as Ctrl-C does. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGINT");
    return this.exitCode(STOP_MILLISECONDS);
  }

  #failure(what: string): Error {
    return new Error(`${this.name} ${what}. It printed, at last:\n${this.#printed.slice(-3000)}`);
  }
}
