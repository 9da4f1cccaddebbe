import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { endWithThisProcess } from "../../../chains/networks/endWithThisProcess.ts";
import type { MarketEvent } from "../../../mechanisms/Market.ts";
import { BaseError } from "../../../protocol/BaseError.ts";

const SCRIPT = fileURLToPath(new URL("../../freshet.ts", import.meta.url));
/** How long a party may take to end when asked to, milliseconds. */
const STOP_MILLISECONDS = 10_000;
/** What is kept of what it complains about, characters. */
const MOST_SAID = 4096;

/** A party of a market in a process of its own, which tells what it does a line of JSON at a time. */
export class PartyProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #stopped = false;

  /** @param words - The command that runs it. @param onEvent - Told of what it tells; of its end too, by `exited`. */
  constructor(name: string, words: readonly string[], onEvent: (event: MarketEvent) => void) {
    this.name = name;
    // Ctrl-C is for this process.
    const child = spawn(process.execPath, [...process.execArgv, SCRIPT, ...words], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    endWithThisProcess(child);
    this.#child = child;
    let said = "";
    child.stderr.on("data", (data: Buffer) => {
      said = `${said}${data.toString()}`.slice(-MOST_SAID);
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = read(line);
      if (event !== undefined) onEvent(event);
    });
    this.#ended = new Promise<void>((resolve) => {
      child.once("error", () => resolve());
      child.once("close", () => resolve());
    }).then(() => {
      if (this.#stopped) return;
      const error = new BaseError(
        "PARTY_ENDED",
        `${name} ended by itself (${child.signalCode ?? child.exitCode}).`,
        {
          details: said.trim() === "" ? "It said nothing." : said.trim(),
        },
      );
      onEvent({ type: "exited", error } as MarketEvent);
    });
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#child.kill("SIGTERM");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MILLISECONDS);
    await this.#ended;
    clearTimeout(late);
  }
}

/** An event of a line of the party's log. */
function read(line: string): MarketEvent | undefined {
  try {
    const told = JSON.parse(line) as Record<string, unknown>;
    const { event: type, level: _level, time: _time, part: _part, ...fields } = told;
    return typeof type === "string" ? { type, ...fields } : undefined;
  } catch {
    return undefined;
  }
}
