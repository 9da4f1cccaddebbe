import { maskedCrc32c } from "./crc32c.ts";
import { type EventMessage, encodeEvent } from "./eventMessages.ts";

/** What TensorBoard shows under one name: lines over steps, and texts. */
export interface EventRun {
  /** Folders below the log directory, from the outermost; none of them empty. */
  readonly name: readonly string[];
  readonly scalars: readonly EventScalar[];
  /** Markdown by tag. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** A number of a run. TensorBoard keeps 24 bits of it. */
export interface EventScalar {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
  /** When it came about, Unix seconds. */
  readonly wallTime: number;
}

/** What the first event of a file says. */
const FILE_VERSION = "brain.Event:2";
/** TensorFlow's number for texts. */
const DT_STRING = 7;

/**
 * A run as one of TensorBoard's event files: TFRecords (length, masked CRC-32C of it, content, masked CRC-32C of that;
 * tensorflow/core/lib/io/record_writer.cc) of `Event` messages. Of equal runs the bytes are equal: no clock is read.
 *
 * @returns Its name within the run's folder, and its bytes; undefined of a run without any number or text.
 */
export function eventFile(run: EventRun): { name: string; bytes: Uint8Array } | undefined {
  const texts = Object.entries(run.texts ?? {});
  if (run.scalars.length === 0 && texts.length === 0) return undefined;
  const began = run.scalars.reduce(
    (first, { wallTime }) => Math.min(first, wallTime),
    Number.POSITIVE_INFINITY,
  );
  const start = Number.isFinite(began) ? began : 0;
  const events: EventMessage[] = [
    { wallTime: start, fileVersion: FILE_VERSION },
    ...texts.map(([tag, text]) => ({ wallTime: start, summary: { value: [textValue(tag, text)] } })),
    ...run.scalars.map(({ tag, step, value, wallTime }) => ({
      wallTime,
      step,
      summary: { value: [{ tag, simpleValue: value }] },
    })),
  ];
  // TensorBoard knows its files by that word, and reads those of a folder in the order of their names.
  const name = `events.out.tfevents.${String(Math.floor(start)).padStart(10, "0")}.freshet`;
  return { name, bytes: Buffer.concat(events.map((event) => record(encodeEvent(event)))) };
}

function textValue(tag: string, text: string) {
  return {
    tag,
    tensor: { dtype: DT_STRING, stringVal: [new TextEncoder().encode(text)] },
    metadata: { pluginData: { pluginName: "text" } },
  };
}

/** A TFRecord. */
function record(content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(content.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(content, 12);
  view.setUint32(12 + content.length, maskedCrc32c(content), true);
  return bytes;
}
