import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../scripts/freshet.ts", import.meta.url));

/** `freshet …` in a process of its own. */
export class Program {
  readonly words: readonly string[];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #stdout = "";
  #stderr = "";
  #waiting = new Set<() => void>();

  constructor(...words: readonly string[]) {
    this.words = words;
    this.#child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", SCRIPT, ...words]);
    this.#ended = once(this.#child, "close");
    this.#child.stdout!.on("data", (data: Buffer) => {
      this.#stdout += data.toString();
      for (const look of [...this.#waiting]) look();
    });
    this.#child.stderr!.on("data", (data: Buffer) => {
      this.#stderr += data.toString();
    });
  }

  /** What it has printed. */
  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves when it has printed this; rejects when it ends without. */
  async said(text: string): Promise<void> {
    const said = new Promise<void>((resolve) => {
      const look = (): void => {
        if (!this.#stdout.includes(text)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
    const ended = this.#ended.then(() => {
      throw new Error(`It ended without saying ${JSON.stringify(text)}:\n${this.#stdout}${this.#stderr}`);
    });
    await Promise.race([said, ended]);
  }

  /** Its exit code, once it has ended by itself. */
  async exitCode(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Kills it on the spot, as a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Asks it to stop, as Ctrl-C does; its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGINT");
    return this.exitCode();
  }
}
