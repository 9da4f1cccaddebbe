import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { FinalityRule } from "../chains/clients/finality.ts";
import type { RelayedPlace, RelayProcessOrder, RelayProcessReport } from "./relayProcess.ts";

/** The relay of a line of chains, in a process of its own (relayProcess.ts). */
export class LineRelay {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(options: { places: readonly RelayedPlace[]; finality: FinalityRule; directory: string }) {
    this.#child = fork(fileURLToPath(new URL("./relayProcess.ts", import.meta.url)));
    this.#ended = once(this.#child, "exit");
    this.#order({ type: "start", ...options });
  }

  /** How it is doing now. */
  async report(): Promise<RelayProcessReport> {
    const answered = once(this.#child, "message");
    this.#order({ type: "report" });
    const ended = this.#ended.then((): never => {
      throw new Error("The relay's process ended.");
    });
    const [report] = await Promise.race([answered, ended]);
    return report as RelayProcessReport;
  }

  /** Ends it once what was begun is done. */
  async stop(): Promise<void> {
    if (this.#child.connected) this.#order({ type: "stop" });
    await this.#ended;
  }

  #order(order: RelayProcessOrder): void {
    this.#child.send(order);
  }
}
