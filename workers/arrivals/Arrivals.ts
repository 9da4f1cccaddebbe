import { createHash } from "node:crypto";
import { join } from "node:path";

import { Lock } from "../../files/Lock.ts";
import { systemReason } from "../../files/systemReason.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { ArrivalPlace } from "../dataPlace.ts";
import { type Arrival, KEPT } from "./Arrival.ts";
import type { ArrivalSink, DataSource } from "./DataSource.ts";
import { GrowingFolder } from "./GrowingFolder.ts";
import { GrowingTable } from "./GrowingTable.ts";
import { Journal, type JournalBounds } from "./Journal.ts";
import { Marks } from "./Marks.ts";
import { MqttTopic } from "./MqttTopic.ts";

/** How often a file or folder is looked at, milliseconds: what is rotated away must have been read. */
const LOOK_MILLISECONDS = 1000;

/** What a device's data are opened with. */
export interface ArrivalsOptions {
  /** The device's name. */
  name: string;
  /** Directory for the data of all devices. */
  directory: string;
  bounds?: JournalBounds;
}

/** What it works with. */
export interface ArrivalsModules {
  clock: Clock;
  /** Hears of what is not right. */
  tell: (doing: string, error: unknown) => void;
}

/**
 * What comes to a device while it runs, kept on its disk in the order in which it came: whatever becomes of the file or
 * broker that it came from, the device learns from the same after a restart.
 */
export class Arrivals {
  readonly #directory: string;
  readonly #lock: Lock;
  readonly #journal: Journal;
  readonly #modules: ArrivalsModules;
  readonly #stop = new AbortController();
  #source!: DataSource;
  #looking: Promise<void> = Promise.resolve();
  #appending: Promise<void> = Promise.resolve();
  #running: Promise<void> = Promise.resolve();
  #told = "";

  private constructor(directory: string, lock: Lock, journal: Journal, modules: ArrivalsModules) {
    this.#directory = directory;
    this.#lock = lock;
    this.#journal = journal;
    this.#modules = modules;
  }

  /**
   * Begins to take what comes.
   *
   * @throws `DEVICE_DATA_LOCKED` when another process takes it; those of `Journal.open` and of the place.
   */
  static async open(
    place: ArrivalPlace,
    { name, directory, bounds = KEPT }: ArrivalsOptions,
    modules: ArrivalsModules,
  ): Promise<Arrivals> {
    const own = join(directory, folderOf(name));
    const lock = Lock.take(
      join(own, "lock"),
      {
        code: "DEVICE_DATA_LOCKED",
        what: `What comes to ${name}, kept in ${own},`,
        instead: "run other devices here",
      },
      modules.clock,
    );
    try {
      const journal = await Journal.open(join(own, "arrivals"), bounds);
      const arrivals = new Arrivals(own, lock, journal, modules);
      arrivals.#source = await arrivals.#sourceAt(place, `freshet-${digestOf(own).slice(0, 15)}`);
      arrivals.#running = arrivals.#run();
      return arrivals;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Where it comes from, for people. */
  get name(): string {
    return this.#source.name;
  }

  /** Position of the oldest arrival that is kept, and of the next that comes. */
  get base(): number {
    return this.#journal.base;
  }

  get end(): number {
    return this.#journal.end;
  }

  /** Looks for what has come until now. @throws BaseError where nothing can be had at all. */
  look(): Promise<void> {
    const looking = this.#looking.then(() => this.#source.look());
    this.#looking = looking.catch(() => undefined);
    return looking;
  }

  read(from: number, until: number): Promise<{ position: number; arrival: Arrival }[]> {
    return this.#journal.read(from, until);
  }

  /** The bytes of a file that came. @throws `DATA_CHANGED`. */
  async fileOf(arrival: Extract<Arrival, { file: string }>): Promise<Uint8Array> {
    const { fileOf } = this.#source;
    if (fileOf === undefined) throw noLonger(arrival.file);
    return fileOf.call(this.#source, arrival);
  }

  /** What refreshes in a task brought; `task` names it, also as a file. */
  marks(task: string): Marks {
    return new Marks(join(this.#directory, "marks", `${task}.jsonl`));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#source.stop();
    await this.#running;
    await this.#looking;
    await this.#appending;
    this.#lock.release();
  }

  async #sourceAt(place: ArrivalPlace, clientId: string): Promise<DataSource> {
    const { clock } = this.#modules;
    const journal = this.#journal;
    const sink: ArrivalSink & { kept(): Promise<readonly Arrival[]>; readonly isPruned: boolean } = {
      get state() {
        return journal.state;
      },
      get isPruned() {
        return journal.base > 0;
      },
      kept: async () => (await journal.read(journal.base, journal.end)).map(({ arrival }) => arrival),
      append: (arrivals, state) => {
        const appending = this.#appending
          .then(() => journal.append(arrivals, state))
          .catch((cause: unknown) => {
            throw unwritable(this.#directory, cause);
          });
        this.#appending = appending.catch(() => undefined);
        return appending;
      },
      tell: (doing, error) => this.#modules.tell(doing, error),
    };
    if ("csv" in place) return new GrowingTable(place.csv, { sink });
    if ("folder" in place) return new GrowingFolder(place.folder, { sink, clock });
    return MqttTopic.open(place, { clientId }, { sink, clock });
  }

  /** Looks now and then, so that nothing is missed; what cannot be had is told once. */
  async #run(): Promise<void> {
    const { clock, tell } = this.#modules;
    const { signal } = this.#stop;
    for (; !signal.aborted; await clock.sleep(LOOK_MILLISECONDS, signal)) {
      try {
        await this.look();
        this.#told = "";
      } catch (error) {
        if (signal.aborted) return;
        const said = String(error);
        if (said !== this.#told) tell(`looking for what comes from ${this.name}`, error);
        this.#told = said;
      }
    }
  }
}

function unwritable(directory: string, cause: unknown): BaseError {
  return new BaseError("DEVICE_DATA_UNWRITABLE", `What comes to a device cannot be kept in ${directory}.`, {
    details: `The system says of it: ${systemReason(cause) ?? String(cause)}.`,
    next: "Make room there, or let this user write there; what comes is taken again then.",
    retryable: true,
    cause,
  });
}

function noLonger(file: string): BaseError {
  return new BaseError(
    "DATA_CHANGED",
    `The file ${file} is from another place than this device's data are now.`,
    {
      next: "Give a device whose data come from elsewhere another name.",
    },
  );
}

/** A folder's name that is like a device's, and no other's. */
function folderOf(name: string): string {
  const like = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40);
  return `${like}-${digestOf(name).slice(0, 8)}`;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
