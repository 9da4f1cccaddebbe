import { readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Lock } from "../../files/Lock.ts";
import { makeDirectory } from "../../files/makeDirectory.ts";
import { requireVersion } from "../../files/requireVersion.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { canonicalJson } from "./canonicalJson.ts";
import type { SweepRun } from "./expandSweep.ts";
import type { RunOutcome } from "./RunKind.ts";
import { runKindOf } from "./runKinds.ts";
import { runName } from "./runName.ts";
import { unwritable } from "./unwritable.ts";

const VERSION = 1;
const LOCK = "lock";
const CHECKPOINTS = "checkpoints";

const number = z.number().nullable();
const outcomeSchema = z.strictObject({
  metrics: z.record(z.string(), number),
  curves: z.record(z.string(), z.strictObject({ x: z.array(z.number()), y: z.array(number) })),
  data: z.string(),
  groups: z
    .array(
      z.strictObject({
        group: z.string(),
        clients: z.int(),
        ...{
          enrolled: z.number(),
          accepted: z.number(),
          pay: z.number(),
          cost: z.number(),
          utility: z.number(),
        },
      }),
    )
    .optional(),
  more: z.unknown().optional(),
  record: z.unknown().optional(),
});
const fileSchema = z.strictObject({
  version: z.literal(VERSION),
  kind: z.string(),
  seed: z.int(),
  setting: z.unknown(),
  outcome: outcomeSchema,
});

/**
 * Runs of sweeps in a directory: `runs/NAME.json` for each that is finished, written whole. A file holds nothing that
 * depends on when, how fast or on which machine it ran, so the same run is the same bytes. A run that is not finished may
 * have a checkpoint, `checkpoints/NAME/`. A lock keeps other processes out as long as this one lives.
 */
export class RunStore {
  readonly #directory: string;
  readonly #lock: Lock;

  private constructor(directory: string, lock: Lock) {
    this.#directory = directory;
    this.#lock = lock;
  }

  /**
   * Takes a directory; makes it where there is none.
   *
   * @throws BaseError `SWEEP_DIRECTORY` for one with anything else in it, `SWEEP_IN_USE`, `LOCK_UNUSABLE`, `DIRECTORY_UNUSABLE`.
   */
  static open(directory: string): RunStore {
    assertOwn(directory);
    makeDirectory(join(directory, "runs"));
    const lock = Lock.take(join(directory, LOCK), {
      code: "SWEEP_IN_USE",
      what: `The directory ${directory}`,
      instead: "name another directory with --out",
    });
    const store = new RunStore(directory, lock);
    store.#removeDrafts();
    return store;
  }

  /**
   * What a run found, if it is finished; but for its record, which stays in its file.
   *
   * @throws BaseError `SWEEP_RUN_DAMAGED` for a file that is not that run's; `FILE_NEWER`, `FILE_OLDER`.
   */
  async outcomeOf(run: SweepRun): Promise<RunOutcome | undefined> {
    const path = this.#pathOf(run);
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw damaged(path, "It is not JSON.");
    }
    requireVersion(value, {
      path,
      what: "a run of a sweep",
      version: VERSION,
      older: "Remove it: it is run again.",
    });
    const parsed = fileSchema.safeParse(value);
    if (!parsed.success) throw damaged(path, z.prettifyError(parsed.error));
    const { kind, setting, seed, outcome } = parsed.data;
    if (kind !== run.kind || runName(runKindOf(run.kind), setting, seed) !== run.name) {
      throw damaged(path, "What it says of its run does not have the digest that it is named by.");
    }
    // A kill may have come between the two.
    await this.#removeCheckpoint(run);
    const { record: _, ...found } = outcome;
    return found;
  }

  /** The directory of a run's checkpoint, which is made by whoever makes the run. */
  checkpointOf({ name }: SweepRun): string {
    return join(this.#directory, CHECKPOINTS, name);
  }

  /**
   * Keeps what a run found, and its checkpoint no longer.
   *
   * @throws BaseError `SWEEP_UNWRITABLE`; what was kept before, and the run's checkpoint, are as they were.
   */
  async keep(run: SweepRun, outcome: RunOutcome): Promise<void> {
    const { kind, seed, setting } = run;
    try {
      await writeWhole(
        this.#pathOf(run),
        `${canonicalJson({ version: VERSION, kind, seed, setting, outcome })}\n`,
      );
    } catch (cause) {
      throw unwritable("A finished run", this.#directory, cause);
    }
    await this.#removeCheckpoint(run);
  }

  /** Lets others have the directory. */
  close(): void {
    try {
      // Once the last checkpoint is gone.
      rmdirSync(join(this.#directory, CHECKPOINTS));
    } catch {
      // There are some, or there never was one.
    }
    this.#lock.release();
  }

  async #removeCheckpoint(run: SweepRun): Promise<void> {
    await rm(this.checkpointOf(run), { recursive: true, force: true });
  }

  #pathOf({ name }: SweepRun): string {
    return join(this.#directory, "runs", `${name}.json`);
  }

  /** Removes what a kill left half written. */
  #removeDrafts(): void {
    const runs = join(this.#directory, "runs");
    for (const name of readdirSync(runs)) {
      if (name.endsWith(".tmp")) rmSync(join(runs, name), { force: true });
    }
  }
}

/** Results of a sweep replace each other, so nothing else may be among them. */
function assertOwn(directory: string): void {
  // What is no directory is told of by who makes one.
  const isThere = statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
  const names = isThere ? readdirSync(directory) : [];
  if (names.length === 0 || (names.includes("runs") && names.includes(LOCK))) return;
  // A kill may have come before the lock.
  if (names.join() === "runs" && readdirSync(join(directory, "runs")).length === 0) return;
  throw new BaseError("SWEEP_DIRECTORY", `${directory} is not a sweep's directory, and not empty.`, {
    details: `It has ${names.slice(0, 3).join(", ")}${names.length > 3 ? " and others" : ""}.`,
    next: "Name another directory with --out.",
  });
}

function damaged(path: string, details: string): BaseError {
  return new BaseError("SWEEP_RUN_DAMAGED", `${path} does not hold the run that it is named by.`, {
    details,
    next: "Remove it: it is run again.",
  });
}
