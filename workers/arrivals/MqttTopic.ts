import { readFile } from "node:fs/promises";

import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import { z } from "zod";

import { passwordOf } from "../../chains/keys/passwordOf.ts";
import { systemReason } from "../../files/systemReason.ts";
import { cellError } from "../../learning/datasets/dataTable.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { DataPlace } from "../dataPlace.ts";
import { type Arrival, MOST_ROW_BYTES } from "./Arrival.ts";
import type { ArrivalSink, DataSource } from "./DataSource.ts";

/** How long the first connection may take until it is said that there is none, milliseconds. */
const FIRST_MILLISECONDS = 5000;
/** How long a connection may be silent until the broker is asked whether it is there, seconds. */
const KEEPALIVE_SECONDS = 15;

/** How many messages came. */
const stateSchema = z.object({ messages: z.int() });

type MqttPlace = Extract<DataPlace, { mqtt: string }>;

/**
 * A topic of an MQTT broker: each message is a row, an object of JSON or a line of comma-separated values. Messages are
 * subscribed to with quality of service 1 and a session that the broker keeps: it holds those that come while nobody is
 * connected, as long as it is set up to. A message is acknowledged once it is on disk, so it comes at least once. What
 * the broker retains for newcomers is no news, and left out.
 */
export class MqttTopic implements DataSource {
  readonly name: string;
  readonly #place: MqttPlace;
  readonly #sink: ArrivalSink;
  readonly #client: MqttClient;
  #isConnected = false;
  readonly #stop = new AbortController();
  /** Resolves when the first attempt to connect came to something, or took too long. */
  readonly #settled: Promise<void>;
  /** What is being kept. */
  #keeping: Promise<void> = Promise.resolve();
  /** What was told last, and why. */
  #lastError: string | undefined;
  #lastDetails: string | undefined;

  private constructor(
    place: MqttPlace,
    options: IClientOptions,
    modules: { sink: ArrivalSink; clock: Clock },
  ) {
    this.name = `${place.topic} of ${place.mqtt}`;
    this.#place = place;
    this.#sink = modules.sink;
    this.#client = mqtt.connect(place.mqtt, options);
    this.#client.handleMessage = (packet, done) => {
      const kept = this.#keep(packet as IPublishPacket);
      this.#keeping = kept.catch(() => undefined);
      // Not acknowledged, it comes again with the next connection.
      kept.then(
        () => done(),
        (error: unknown) => {
          this.#tell(error);
          this.#client.stream.destroy();
        },
      );
    };
    const connected = new Promise<void>((resolve) => {
      this.#client.on("connect", () => {
        this.#client.subscribe(place.topic, { qos: 1 }, (error, granted) => {
          const refused = granted?.some(({ qos }) => qos > 2);
          if (error || refused) {
            this.#tell(this.#refused(error?.message ?? "The broker does not let this user read the topic."));
          } else {
            this.#isConnected = true;
            this.#lastError = undefined;
          }
          resolve();
        });
      });
      this.#client.once("error", () => resolve());
    });
    const late = modules.clock.sleep(FIRST_MILLISECONDS, this.#stop.signal);
    this.#settled = Promise.race([connected, late]);
    this.#client.on("error", (error) => this.#tell(this.#unreachable(error.message)));
    this.#client.on("close", () => {
      if (this.#isConnected && !this.#stop.signal.aborted)
        this.#tell(this.#unreachable("The connection was lost."));
      this.#isConnected = false;
    });
  }

  /**
   * Connects, and goes on trying where the broker does not answer.
   *
   * @param clientId - The same in every run, and no other client's of the broker: its session is kept by it.
   * @throws `PASSWORD_MISSING`, those of `readText`, and `AUTHORITY_UNREADABLE`.
   */
  static async open(
    place: MqttPlace,
    { clientId }: { clientId: string },
    modules: { sink: ArrivalSink; clock: Clock },
  ): Promise<MqttTopic> {
    const { user, password, authority } = place;
    const options: IClientOptions = {
      clientId,
      clean: false,
      // With every connection, by ourselves: what the broker refuses is told.
      resubscribe: false,
      protocolVersion: 4,
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: 2 * FIRST_MILLISECONDS,
      rejectUnauthorized: true,
      ...(user === undefined ? {} : { username: user }),
      ...(password === undefined
        ? {}
        : { password: await passwordOf(password, `the broker ${place.mqtt}`, undefined) }),
      ...(authority === undefined ? {} : { ca: await authorityIn(authority) }),
    };
    return new MqttTopic(place, options, modules);
  }

  /** What was delivered is on disk then; a broker that does not answer is no fault where something came before. */
  async look(): Promise<void> {
    await this.#settled;
    if (!this.#isConnected && this.#messages === 0) {
      throw this.#unreachable(this.#lastDetails ?? "It does not answer.");
    }
    await this.#keeping;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#client.endAsync(true);
    await this.#keeping;
  }

  get #messages(): number {
    return stateSchema.safeParse(this.#sink.state).data?.messages ?? 0;
  }

  async #keep({ topic, payload, retain }: IPublishPacket): Promise<void> {
    if (topic !== this.#place.topic || retain) return;
    const row = this.#messages + 1;
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    let arrivals: Arrival[] = [];
    let refused: unknown;
    try {
      arrivals = [this.#arrivalIn(bytes, row)];
    } catch (error) {
      refused = error;
    }
    await this.#sink.append(arrivals, { messages: row });
    if (refused !== undefined) this.#sink.tell(`reading ${this.name}`, refused);
  }

  /** @throws BaseError naming the message, counted from 1, and its column. */
  #arrivalIn(bytes: Buffer, row: number): Arrival {
    const file = this.#place.topic;
    if (bytes.length > MOST_ROW_BYTES) {
      throw new BaseError("DATA_ROW_TOO_LONG", `${file}, message ${row} is too long, and was left out.`, {
        details: `It has ${bytes.length} bytes; a row has ${MOST_ROW_BYTES} at the most.`,
      });
    }
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch (cause) {
      throw new BaseError("NOT_TEXT", `${file}, message ${row} is not UTF-8, and was left out.`, { cause });
    }
    if (this.#place.format === "csv") return { row, text: text.replace(/\r?\n$/, "") };
    return { row, cells: cellsIn(text, file, row) };
  }

  #tell(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    // A broker that stays away is told of once.
    if (message === this.#lastError) return;
    this.#lastError = message;
    this.#lastDetails = error instanceof BaseError ? error.details : message;
    this.#sink.tell(`listening to ${this.name}`, error);
  }

  #unreachable(details: string): BaseError {
    return new BaseError("BROKER_UNREACHABLE", `The broker ${this.#place.mqtt} cannot be listened to.`, {
      details,
      next: "See that it runs, and that user, password and authority are right; it is tried again.",
      retryable: true,
    });
  }

  #refused(details: string): BaseError {
    return new BaseError("TOPIC_REFUSED", `The topic ${this.#place.topic} cannot be subscribed to.`, {
      details,
      next: "Let the broker's rules allow this user to read it.",
    });
  }
}

/** The row in an object of JSON: texts, numbers and truth values by columns. */
function cellsIn(text: string, file: string, row: number): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Told below.
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BaseError("DATA_VALUE", `${file}, message ${row} is not an object of JSON, and was left out.`, {
      details: `It is ${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)}.`,
      next: 'Send rows as {"column": value, …}, or say "format": "csv" of lines.',
    });
  }
  return Object.fromEntries(
    Object.entries(value).map(([column, cell]: [string, unknown]) => {
      if (typeof cell === "string") return [column, cell];
      if (typeof cell === "number" || typeof cell === "boolean") return [column, String(cell)];
      throw cellError({
        file,
        row,
        column,
        value: JSON.stringify(cell),
        wanted: "a text, a number or a truth value",
      });
    }),
  );
}

async function authorityIn(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new BaseError("AUTHORITY_UNREADABLE", `The authority ${path} cannot be read.`, {
      details: `The system says of it: ${systemReason(cause) ?? String(cause)}.`,
      next: "Name the file with the certificate that the broker's was signed by, in PEM.",
      cause,
    });
  }
}
