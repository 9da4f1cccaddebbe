import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Lock } from "../../files/Lock.ts";
import { makeDirectory } from "../../files/makeDirectory.ts";
import { requireVersion } from "../../files/requireVersion.ts";
import { systemReason } from "../../files/systemReason.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import type { GlobalModel } from "../../learning/federated/GlobalModel.ts";
import type { LearningTask } from "../../learning/federated/LearningTask.ts";
import { decodeModel } from "../../learning/federated/modelCodec.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { digestOf } from "../../storage/contentId.ts";
import { base64Of, bytesOf } from "./base64Numbers.ts";
import { ClientStates, type KeptState } from "./ClientStates.ts";
import type { DigestedFile } from "./FitLane.ts";

const VERSION = 2;
const FILE = "checkpoint.json";
const LOCK = "lock";

const digest = z.string().regex(/^0x[0-9a-f]{64}$/);
const contentSchema = z.strictObject({
  run: digest,
  next: z.int().min(0),
  model: digest,
  losses: z.base64(),
  lastRounds: z.base64(),
  states: z.array(z.tuple([z.int().min(0), z.int().min(0), digest])),
  beside: z.strictObject({ value: z.unknown(), files: z.array(digest) }).optional(),
});
const fileSchema = z.strictObject({ version: z.literal(VERSION), digest, content: contentSchema });

type Content = z.infer<typeof contentSchema>;

/** All that the next round of a run follows from. */
export interface RunState {
  /** The next round. */
  readonly next: number;
  readonly global: GlobalModel;
  /** A client's loss when it last trained; NaN if it never has. */
  readonly losses: Float64Array;
  /** The last round that a client took part in; −1 if there is none. */
  readonly lastRounds: Int32Array;
  readonly states: ReadonlyMap<number, KeptState>;
}

/** What whoever plays the rounds keeps beside them. */
export interface Beside {
  /** As JSON has it. */
  readonly value: unknown;
  /** By their digests. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** A run between two rounds, as it was saved. */
export interface SavedRun extends RunState {
  readonly beside: Beside | undefined;
}

/** Whose checkpoint it is. */
export interface CheckpointOptions {
  readonly directory: string;
  /** All that the run's rounds follow from, as JSON. */
  readonly run: unknown;
  readonly task: LearningTask;
  /** How many are registered. */
  readonly clients: number;
}

/**
 * A run's checkpoint in a directory of its own: after every round checkpoint.json, the global model and the clients'
 * states. checkpoint.json names the others and is replaced whole, so a run that is killed at any moment goes on from its
 * last finished round. What was damaged, or belongs to another run, is refused. A lock keeps others out as long as the
 * process lives.
 */
export class RoundsCheckpoint {
  readonly #options: CheckpointOptions;
  readonly #run: string;
  readonly #lock: Lock;
  /** Files beside the rounds that are there, by their digests. */
  #besideFiles: ReadonlySet<string> = new Set();

  private constructor(options: CheckpointOptions, run: string, lock: Lock) {
    this.#options = options;
    this.#run = run;
    this.#lock = lock;
  }

  /**
   * Takes a directory for a run; makes it where there is none.
   *
   * @returns What was saved there; undefined when nothing was.
   * @throws BaseError `CHECKPOINT_IN_USE`, `CHECKPOINT_OTHER` of another run, `CHECKPOINT_DAMAGED`, `FILE_NEWER`,
   * `FILE_OLDER`, `DIRECTORY_UNUSABLE`, `LOCK_UNUSABLE`.
   */
  static async open(
    options: CheckpointOptions,
  ): Promise<{ checkpoint: RoundsCheckpoint; saved: SavedRun | undefined }> {
    const { directory } = options;
    makeDirectory(directory);
    const lock = Lock.take(join(directory, LOCK), {
      code: "CHECKPOINT_IN_USE",
      what: `The directory ${directory}`,
      instead: "name another directory",
    });
    try {
      const run = await digestOf(new TextEncoder().encode(JSON.stringify(options.run)));
      const checkpoint = new RoundsCheckpoint(options, run, lock);
      return { checkpoint, saved: await checkpoint.#read() };
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Saves what follows a round. The states' files are there already.
   *
   * @throws BaseError `CHECKPOINT_UNWRITABLE`; what was saved before is there as it was.
   */
  async save(state: RunState, model: DigestedFile, beside?: Beside): Promise<void> {
    try {
      await this.#save(state, model, beside);
    } catch (cause) {
      throw unwritable(this.#options.directory, cause);
    }
  }

  async #save(
    { next, losses, lastRounds, states }: RunState,
    model: DigestedFile,
    beside: Beside | undefined,
  ): Promise<void> {
    const { directory } = this.#options;
    const content: Content = {
      run: this.#run,
      next,
      model: model.digest,
      losses: base64Of(losses),
      lastRounds: base64Of(lastRounds),
      states: [...states].map(([client, { round, digest }]) => [client, round, digest]),
      ...(beside !== undefined && { beside: { value: beside.value, files: [...beside.files.keys()] } }),
    };
    await writeWhole(join(directory, modelFile(next)), model.bytes);
    for (const [name, bytes] of beside?.files ?? []) {
      if (!this.#besideFiles.has(name)) await writeWhole(join(directory, besideFile(name)), bytes);
    }
    const file = { version: VERSION, digest: await digestOfContent(content), content };
    await writeWhole(join(directory, FILE), `${JSON.stringify(file)}\n`);
    this.#besideFiles = new Set(content.beside?.files);
    this.#removeOthers(content);
  }

  /** Lets others have the directory. */
  close(): void {
    this.#lock.release();
  }

  async #read(): Promise<SavedRun | undefined> {
    const { directory, task, clients } = this.#options;
    const path = join(directory, FILE);
    const text = readIfThere(path);
    if (text === undefined) {
      this.#removeOthers(undefined);
      return undefined;
    }
    const content = await this.#contentOf(new TextDecoder().decode(text), path);
    if (content.run !== this.#run) {
      throw new BaseError("CHECKPOINT_OTHER", `${path} belongs to another run.`, {
        details: "Its task, clients, sampling or weights are others.",
        next: "Name another directory, or remove this one.",
      });
    }
    const losses = new Float64Array(bytesOf(content.losses));
    const lastRounds = new Int32Array(bytesOf(content.lastRounds));
    if (losses.length !== clients || lastRounds.length !== clients) {
      throw damaged(path, `It tells of ${losses.length} clients, and there are ${clients}.`);
    }
    const model = await fileOf(join(directory, modelFile(content.next)), content.model);
    const files = new Map<string, Uint8Array>();
    for (const name of content.beside?.files ?? []) {
      files.set(name, await fileOf(join(directory, besideFile(name)), name));
    }
    this.#besideFiles = new Set(files.keys());
    this.#removeOthers(content);
    return {
      next: content.next,
      global: decodeModel(model, task),
      losses,
      lastRounds,
      states: new Map(content.states.map(([client, round, digest]) => [client, { round, digest }])),
      beside: content.beside && { value: content.beside.value, files },
    };
  }

  async #contentOf(text: string, path: string): Promise<Content> {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw damaged(path, "It is not JSON.");
    }
    requireVersion(value, {
      path,
      what: "a checkpoint of rounds",
      version: VERSION,
      older: "Start the rounds anew in another directory.",
    });
    const parsed = fileSchema.safeParse(value);
    if (!parsed.success) throw damaged(path, z.prettifyError(parsed.error));
    const { content } = parsed.data;
    if ((await digestOfContent(content)) === parsed.data.digest) return content;
    throw damaged(path, "Its digest is not that of what it says.");
  }

  /** Removes models and states that no checkpoint names any more, or not yet: a round that was killed is done again. */
  #removeOthers(content: Content | undefined): void {
    const { directory } = this.#options;
    const named = new Set<string>();
    if (content !== undefined) {
      named.add(modelFile(content.next));
      for (const [client, round] of content.states) named.add(ClientStates.fileOf(client, round));
      for (const name of content.beside?.files ?? []) named.add(besideFile(name));
    }
    for (const name of readdirSync(directory)) {
      if (name.endsWith(".safetensors") && !named.has(name)) rmSync(join(directory, name), { force: true });
    }
  }
}

function modelFile(next: number): string {
  return `model-before-round-${next}.safetensors`;
}

function besideFile(name: string): string {
  return `beside-${name.slice(2)}.safetensors`;
}

/** A file that has to be there. */
async function fileOf(path: string, digest: string): Promise<Uint8Array> {
  const bytes = readIfThere(path);
  if (bytes !== undefined && (await digestOf(bytes)) === digest) return bytes;
  throw damaged(path, bytes === undefined ? "It is not there." : "Its digest is another.");
}

async function digestOfContent(content: Content): Promise<string> {
  return digestOf(new TextEncoder().encode(JSON.stringify(content)));
}

/** The error of a checkpoint that cannot be written; of what has words already, these. */
export function unwritable(directory: string, cause: unknown): BaseError {
  if (cause instanceof BaseError) return cause;
  return new BaseError("CHECKPOINT_UNWRITABLE", `A checkpoint cannot be written to ${directory}.`, {
    details: `The system says of it: ${systemReason(cause) ?? String(cause)}.`,
    next: "Put that right; the rounds go on from the checkpoint before.",
    cause,
  });
}

/** The error of a checkpoint that nothing can go on from. */
export function damaged(path: string, details: string): BaseError {
  return new BaseError("CHECKPOINT_DAMAGED", `${path} is not a checkpoint that can be gone on from.`, {
    details,
    next: "Put the file back, or start the rounds anew in another directory.",
  });
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
