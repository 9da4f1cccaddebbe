import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { BaseError } from "../protocol/BaseError.ts";

/** A process that computes on request: it is asked by a line, and answers by a line of JSON. */
export class BenchPeer<Answer> {
  readonly name: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  /** @param threads - Most threads of the numeric libraries. */
  constructor(name: string, command: string, parameters: readonly string[], threads = 1) {
    this.name = name;
    const env = { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
    this.#process = spawn(command, parameters, { env });
    this.#process.stderr.resume();
    const lines: Interface = createInterface({ input: this.#process.stdout });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** The next answer. @throws BaseError `BENCH_PEER` when the process has ended. */
  async answer(): Promise<unknown> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new BaseError("BENCH_PEER", `The benchmark's process for ${this.name} has ended.`);
      if (value.startsWith("{")) return JSON.parse(value);
    }
  }

  async ask(question: string): Promise<Answer> {
    this.#process.stdin.write(`${question}\n`);
    return (await this.answer()) as Answer;
  }

  close(): void {
    this.#process.kill();
  }
}
