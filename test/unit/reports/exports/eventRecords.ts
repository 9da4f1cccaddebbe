import { maskedCrc32c } from "../../../../reports/exports/crc32c.ts";
import { decodeEvent, type EventMessage } from "../../../../reports/exports/eventMessages.ts";

/** The events of a file, read as TFRecords say it: throws where a checksum or a length is wrong. */
export function readEvents(bytes: Uint8Array): EventMessage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: EventMessage[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at, true));
    if (view.getUint32(at + 8, true) !== maskedCrc32c(bytes.subarray(at, at + 8)))
      throw new Error(`the length at ${at} has another checksum`);
    const content = bytes.subarray(at + 12, at + 12 + length);
    if (view.getUint32(at + 12 + length, true) !== maskedCrc32c(content))
      throw new Error(`the record at ${at} has another checksum`);
    events.push(decodeEvent(content));
    at += length + 16;
  }
  return events;
}
