import type { ServerResponse } from "node:http";

import { ANSWER_MILLISECONDS } from "../../protocol/BoundedServer.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { LiveEvent } from "../api/LiveEvent.ts";
import { BOUNDS, MOST_KEPT } from "./bounds.ts";

/** Whom an event is for: who named its topic, or everybody. */
export type Topic =
  | "network"
  | "tasks"
  | "messages"
  | "markets"
  | `task.${string}`
  | `audit.${string}`
  | "all";

/** Topics that a viewer may name. */
const TOPIC = /^(network|tasks|messages|markets|(task|audit)\.\d{1,18})$/;
const PRESET_TOPICS = ["network", "tasks"];

/** An event as it was pushed. */
interface Pushed {
  readonly number: number;
  readonly topic: Topic;
  readonly bytes: Buffer;
}

/** Somebody who looks on. */
interface Viewer {
  readonly response: ServerResponse;
  readonly address: string;
  readonly topics: ReadonlySet<string>;
  /** Since when it has not read all that it was sent, Unix ms; undefined when it has. */
  behindSince: number | undefined;
}

/** What a hub tells of itself. */
export interface LiveHubOptions {
  version: string;
  /** Unix seconds: with it, ids of this server are told from those of one before. */
  startedAt: number;
}

/**
 * Pushes what changes to everybody who looks on: each event is written down once, whoever comes back gets what it missed,
 * and whoever does not read is dropped.
 */
export class LiveHub {
  readonly #options: LiveHubOptions;
  readonly #clock: Clock;
  readonly #onDropped: () => void;
  readonly #viewers = new Set<Viewer>();
  readonly #pushed: Pushed[] = [];
  #pushedBytes = 0;
  #number = 0;
  /** The number of the last event that is not remembered any more. */
  #forgotten = 0;
  /** Viewers that were dropped, as they did not read. */
  dropped = 0;

  constructor(
    options: LiveHubOptions,
    { clock, onDropped = () => undefined }: { clock: Clock; onDropped?: () => void },
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#onDropped = onDropped;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** Whether one more may look on from an address. */
  hasRoomFor(address: string): boolean {
    if (this.#viewers.size >= BOUNDS.viewers) return false;
    const own = [...this.#viewers].filter((viewer) => viewer.address === address).length;
    return own < BOUNDS.viewersOfAnAddress;
  }

  /** Pushes an event to those whom it is for, and remembers it for those who come back. */
  push(topic: Topic, { type, ...data }: LiveEvent): void {
    const number = ++this.#number;
    const bytes = frameOf(type, data, `${this.#options.startedAt}-${number}`);
    const pushed = { number, topic, bytes };
    this.#pushed.push(pushed);
    this.#pushedBytes += bytes.length;
    while (this.#pushed.length > MOST_KEPT.pushed || this.#pushedBytes > MOST_KEPT.pushedBytes) {
      const oldest = this.#pushed.shift()!;
      this.#pushedBytes -= oldest.bytes.length;
      this.#forgotten = oldest.number;
    }
    for (const viewer of [...this.#viewers]) if (isFor(viewer, topic)) this.#write(viewer, bytes);
  }

  /** Tells everybody that the server is there, and drops whoever has read nothing for long. */
  beat(): void {
    const now = this.#clock.now();
    const data = { now: Math.floor(now / 1000), viewers: this.#viewers.size };
    const bytes = frameOf("beat", data);
    for (const viewer of [...this.#viewers]) {
      const { behindSince } = viewer;
      if (behindSince !== undefined && now - behindSince > BOUNDS.unreadMilliseconds) this.#drop(viewer);
      else this.#write(viewer, bytes);
    }
  }

  /**
   * Begins to push to somebody.
   *
   * @param asked - `topics`: as the address has them; `lastId`: the last event that it has, if it was here before.
   */
  attach(
    response: ServerResponse,
    asked: { address: string; topics: string | undefined; lastId: string | undefined },
  ): void {
    const { address, topics, lastId } = asked;
    const viewer: Viewer = { response, address, topics: topicsOf(topics), behindSince: undefined };
    response.once("close", () => this.#viewers.delete(viewer));
    response.on("drain", () => {
      viewer.behindSince = undefined;
    });
    this.#viewers.add(viewer);
    const { startedAt, version } = this.#options;
    const now = Math.floor(this.#clock.now() / 1000);
    this.#write(
      viewer,
      frameOf("hello", { startedAt, now, version, answerSeconds: ANSWER_MILLISECONDS / 1000 }),
    );
    if (lastId === undefined) {
      // From here on there is something to go on from, also before anything happens.
      this.#write(viewer, Buffer.from(`id: ${startedAt}-${this.#number}\n\n`));
      return;
    }
    const missed = this.#missedSince(lastId);
    if (typeof missed === "string") {
      this.#write(viewer, frameOf("reset", { why: missed }, `${startedAt}-${this.#number}`));
      return;
    }
    const own = missed.filter(({ topic }) => isFor(viewer, topic));
    if (own.reduce((sum, { bytes }) => sum + bytes.length, 0) > BOUNDS.unreadBytes / 2) {
      this.#write(viewer, frameOf("reset", { why: "too-old" }, `${startedAt}-${this.#number}`));
      return;
    }
    for (const { bytes } of own) this.#write(viewer, bytes);
  }

  /** Ends all connections. */
  close(): void {
    for (const { response } of [...this.#viewers]) response.destroy();
    this.#viewers.clear();
  }

  /** What was pushed after an event; why that is not known. */
  #missedSince(lastId: string): Pushed[] | "too-old" | "restarted" {
    const [, startedAt, text] = /^(\d{1,12})-(\d{1,15})$/.exec(lastId) ?? [];
    const number = Number(text);
    if (startedAt !== String(this.#options.startedAt) || number > this.#number) return "restarted";
    if (number < this.#forgotten) return "too-old";
    return this.#pushed.filter((one) => one.number > number);
  }

  #write(viewer: Viewer, bytes: Buffer): void {
    const { response } = viewer;
    if (response.destroyed) {
      this.#viewers.delete(viewer);
      return;
    }
    if (response.writableLength + bytes.length > BOUNDS.unreadBytes) {
      this.#drop(viewer);
      return;
    }
    if (!response.write(bytes)) viewer.behindSince ??= this.#clock.now();
  }

  #drop(viewer: Viewer): void {
    this.dropped++;
    this.#onDropped();
    this.#viewers.delete(viewer);
    viewer.response.destroy();
  }
}

/** The topics that a viewer names; those that are none are left out. */
function topicsOf(text: string | undefined): ReadonlySet<string> {
  const named = text?.split(",").filter((topic) => TOPIC.test(topic)) ?? [];
  return new Set((named.length === 0 ? PRESET_TOPICS : named).slice(0, BOUNDS.topics));
}

function isFor({ topics }: Viewer, topic: Topic): boolean {
  return topic === "all" || topics.has(topic);
}

/** An event as it goes over the line: JSON has no line breaks. */
function frameOf(type: string, data: object, id?: string): Buffer {
  return Buffer.from(
    `${id === undefined ? "" : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`,
  );
}
