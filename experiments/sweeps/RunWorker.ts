import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { RunOutcome } from "./RunKind.ts";
import type { RunAnswer, RunFailure, RunRequest } from "./runMessages.ts";

/** How a run ended. */
export type RunEnd = { readonly outcome: RunOutcome } | { readonly failed: RunFailure };

/** Told which share of a run is over, 0 to 1. */
export interface RunFollower {
  progress(share: number): void;
  /** When it goes on from a checkpoint. */
  resumed(share: number): void;
}

/** Somebody who makes one run at a time. */
export interface Runner {
  /** Makes a run; never rejects. */
  run(request: RunRequest, follow: RunFollower): Promise<RunEnd>;
  /** Ends it, with what it is at. */
  stop(): void;
}

const PROGRAM = fileURLToPath(new URL("./runProcess.ts", import.meta.url));
/** How much of what a process last said is told of one that ended, characters. */
const LAST_WORDS = 1000;

/** What {@link RunWorker} needs. */
export interface RunWorkerOptions {
  /** Threads that its process computes on. */
  readonly threads: number;
  /** Directory of data sets. */
  readonly data: string;
  /** Instead of `runProcess.ts`, for tests. */
  readonly program?: string;
}

/**
 * A process that makes runs, one after the other. It is started when there is something to do, and anew after one that
 * ended by itself: what a run does to its process, such as using up its memory, ends that run alone.
 */
export class RunWorker implements Runner {
  readonly #options: RunWorkerOptions;
  #child: ChildProcess | undefined;
  #lastWords = "";

  constructor(options: RunWorkerOptions) {
    this.#options = options;
  }

  run(request: RunRequest, follow: RunFollower): Promise<RunEnd> {
    const child = this.#process();
    const { promise, resolve } = Promise.withResolvers<RunEnd>();
    const hear = (answer: RunAnswer) => {
      if ("progress" in answer) follow.progress(answer.progress);
      else if ("resumed" in answer) follow.resumed(answer.resumed);
      else end(answer);
    };
    const ended = (code: number | null, signal: NodeJS.Signals | null) => {
      if (this.#child === child) this.#child = undefined;
      end({
        failed: {
          code: "RUN_PROCESS_ENDED",
          message: `Its process ended, ${signal === null ? `with exit code ${code}` : `by ${signal}`}.`,
          details: this.#lastWords.trim() || "It said nothing.",
          next: "If memory ran out, run fewer at a time (--jobs), or smaller settings.",
        },
      });
    };
    const broken = (error: Error) => end({ failed: { code: "RUN_PROCESS_ENDED", message: error.message } });
    const end = (how: RunEnd) => {
      child.off("message", hear).off("close", ended).off("error", broken);
      resolve(how);
    };
    child.on("message", hear).once("close", ended).once("error", broken);
    child.send(request, (error) => {
      // One that has ended says so by itself.
      if (error !== null && child.connected) broken(error);
    });
    return promise;
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  #process(): ChildProcess {
    if (this.#child?.connected === true) return this.#child;
    const { threads, data, program = PROGRAM } = this.#options;
    const child = fork(program, [String(threads), data], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#lastWords = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#lastWords = `${this.#lastWords}${text}`.slice(-LAST_WORDS);
    });
    this.#child = child;
    return child;
  }
}
