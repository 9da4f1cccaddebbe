import protobuf from "protobufjs/light.js";

/** A field of a message: the type of its value, and its number in the file. */
type Field = { type: string; id: number; rule?: "repeated" };

const one = (type: string, id: number): Field => ({ type, id });
const many = (type: string, id: number): Field => ({ type, id, rule: "repeated" });

/**
 * The messages of ONNX's files, as far as Freshet writes them: names and numbers are
 * those of `onnx/onnx.proto3` (ONNX 1.x, intermediate representation 8), in protobufjs'
 * spelling.
 */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  ModelProto: {
    irVersion: one("int64", 1),
    producerName: one("string", 2),
    producerVersion: one("string", 3),
    graph: one("GraphProto", 7),
    opsetImport: many("OperatorSetIdProto", 8),
    metadataProps: many("StringStringEntryProto", 14),
  },
  OperatorSetIdProto: { domain: one("string", 1), version: one("int64", 2) },
  StringStringEntryProto: { key: one("string", 1), value: one("string", 2) },
  GraphProto: {
    node: many("NodeProto", 1),
    name: one("string", 2),
    initializer: many("TensorProto", 5),
    input: many("ValueInfoProto", 11),
    output: many("ValueInfoProto", 12),
  },
  NodeProto: {
    input: many("string", 1),
    output: many("string", 2),
    name: one("string", 3),
    opType: one("string", 4),
    attribute: many("AttributeProto", 5),
  },
  AttributeProto: {
    name: one("string", 1),
    f: one("float", 2),
    i: one("int64", 3),
    ints: many("int64", 8),
    type: one("int32", 20),
  },
  TensorProto: {
    dims: many("int64", 1),
    dataType: one("int32", 2),
    name: one("string", 8),
    rawData: one("bytes", 9),
  },
  ValueInfoProto: { name: one("string", 1), type: one("TypeProto", 2) },
  TypeProto: { tensorType: one("TensorTypeProto", 1) },
  TensorTypeProto: { elemType: one("int32", 1), shape: one("TensorShapeProto", 2) },
  TensorShapeProto: { dim: many("DimensionProto", 1) },
  DimensionProto: { dimValue: one("int64", 1), dimParam: one("string", 2) },
};

/** A tensor of a file. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  /** Little-endian. */
  readonly rawData: Uint8Array;
}

/** One operation of a file. */
export interface OnnxNode {
  readonly opType: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: string[];
  readonly attribute: readonly object[];
}

/** What of a file is read back. */
export interface ReadOnnxModel {
  readonly graph?: { readonly initializer?: readonly OnnxTensor[] };
  readonly metadataProps?: readonly { readonly key: string; readonly value: string }[];
}

const model = protobuf.Root.fromJSON({
  nested: Object.fromEntries(Object.entries(MESSAGES).map(([name, fields]) => [name, { fields }])),
}).lookupType("ModelProto");

/** The bytes of a file. */
export function encodeOnnx(content: object): Uint8Array {
  return model.encode(content).finish();
}

/** What is in a file; whole numbers of 64 bits as numbers. Throws what protobufjs does for bytes that are no message. */
export function decodeOnnx(bytes: Uint8Array): ReadOnnxModel {
  return model.toObject(model.decode(bytes), { longs: Number }) as ReadOnnxModel;
}
