import protobuf from "protobufjs/light.js";

/** A field of a message: the type of its value, and its number in the file. */
type Field = { type: string; id: number; rule?: "repeated" };

const one = (type: string, id: number): Field => ({ type, id });
const many = (type: string, id: number): Field => ({ type, id, rule: "repeated" });

/**
 * The messages of TensorBoard's event files, as far as Freshet writes them: names and numbers are those of `event.proto`,
 * `summary.proto` and `tensor.proto` (tensorboard/compat/proto), in protobufjs' spelling.
 */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  Event: {
    wallTime: one("double", 1),
    step: one("int64", 2),
    fileVersion: one("string", 3),
    summary: one("Summary", 5),
  },
  Summary: { value: many("Value", 1) },
  Value: {
    tag: one("string", 1),
    simpleValue: one("float", 2),
    tensor: one("TensorProto", 8),
    metadata: one("SummaryMetadata", 9),
  },
  SummaryMetadata: { pluginData: one("PluginData", 1) },
  PluginData: { pluginName: one("string", 1) },
  TensorProto: { dtype: one("int32", 1), stringVal: many("bytes", 8) },
};

/** An event of a file. */
export interface EventMessage {
  /** Unix seconds. */
  readonly wallTime: number;
  readonly step?: number;
  /** Of the first one alone. */
  readonly fileVersion?: string;
  readonly summary?: { readonly value: readonly EventValue[] };
}

/** A number, or a text. */
export interface EventValue {
  readonly tag: string;
  readonly simpleValue?: number;
  readonly tensor?: { readonly dtype: number; readonly stringVal: readonly Uint8Array[] };
  readonly metadata?: { readonly pluginData: { readonly pluginName: string } };
}

/** Fields of which one at most is there: it is written also where it is 0, which would be left out otherwise. */
const ONE_OF: Readonly<Record<string, Readonly<Record<string, { oneof: string[] }>>>> = {
  Event: { what: { oneof: ["fileVersion", "summary"] } },
  Value: { value: { oneof: ["simpleValue", "tensor"] } },
};

const event = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(MESSAGES).map(([name, fields]) => [name, { fields, oneofs: ONE_OF[name] ?? {} }]),
  ),
}).lookupType("Event");

/** The bytes of an event. */
export function encodeEvent(message: EventMessage): Uint8Array {
  return event.encode(message).finish();
}

/** An event of bytes; whole numbers of 64 bits as numbers. Throws what protobufjs does for bytes that are no message. */
export function decodeEvent(bytes: Uint8Array): EventMessage {
  return event.toObject(event.decode(bytes), { longs: Number }) as EventMessage;
}
