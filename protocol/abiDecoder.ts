import type { AbiParameter } from "abitype";
import { getAddress, toUtf8String } from "ethers";

import { componentsOf, elementOf, enumNamesOf, lengthOf } from "./abiParameter.ts";

/** Characters before the first word: 0x. */
const PREFIX = 2;
/** Characters of a word of 32 bytes in hex. */
const WORD = 64;
/** The last digits of a word that are a length, an offset or an enumeration's value; the others must be zero. */
const SIZE_DIGITS = 8;
const ADDRESS_DIGITS = 40;
/** As many zeros as the index says. */
const ZEROS = Array.from({ length: WORD + 1 }, (_, i) => "0".repeat(i));
/** Largest integers that are decoded to numbers. */
const NUMBER_BITS = 48;
/** How many elements of arrays data may hold a word: arrays that share their content could make millions of a few. */
const MOST_A_WORD = 1024;

/** Data that are decoded. */
interface Source {
  /** Lower case, with the leading 0x. */
  hex: string;
  /** Elements of arrays that may still be read. */
  elements: number;
}

/** Reads a value whose head is at `at`; offsets in it count from `base`. Both are places in the hex digits. */
type ReadValue = (source: Source, at: number, base: number) => unknown;

interface Decoder {
  read: ReadValue;
  /** Words that the value takes up in its tuple's head. */
  words: number;
  /** Whether these are only an offset to the rest. */
  dynamic: boolean;
}

/** Reads ABI-encoded arguments into an object, by name; throws RangeError when the data are none of these. */
export type DecodeArguments = (data: string) => Record<string, unknown>;

/**
 * Makes a decoder of arguments: values as `AbiValue` says, checked as strictly as Solidity does. ethers' own takes
 * some eighty times as long, and programs read whole outboxes.
 *
 * @param parameters - With names.
 */
export function abiDecoder(parameters: readonly AbiParameter[]): DecodeArguments {
  const { read } = tupleDecoder(parameters);
  return (data) => {
    const source = sourceOf(data);
    source.elements = MOST_A_WORD * Math.ceil(source.hex.length / WORD);
    return read(source, PREFIX, PREFIX) as Record<string, unknown>;
  };
}

/** Reads an indexed argument's topic; dynamic ones leave only a hash. */
export function topicDecoder(parameter: AbiParameter): (topic: string) => unknown {
  const { read, dynamic, words } = decoderOf(parameter);
  if (dynamic || words !== 1) throw new TypeError(`${parameter.type} cannot be read from a topic`);
  return (topic) => read(sourceOf(topic), PREFIX, PREFIX);
}

function sourceOf(data: string): Source {
  const hex = data.toLowerCase();
  if (!/^0x[0-9a-f]*$/.test(hex)) throw new RangeError("the data are not hex");
  return { hex, elements: 0 };
}

function decoderOf(parameter: AbiParameter): Decoder {
  const { type } = parameter;
  const length = lengthOf(parameter);
  if (length !== undefined) {
    const element = elementOf(parameter);
    return length === 0 ? arrayDecoder(element) : fixedArrayDecoder(element, length);
  }
  if (type === "tuple") {
    const { read, words, dynamic } = tupleDecoder(componentsOf(parameter));
    if (!dynamic) return { read: (source, at) => read(source, at, at), words, dynamic };
    return { read: behindOffset(read), words: 1, dynamic };
  }
  if (type === "bytes") return { read: behindOffset(readBytes), words: 1, dynamic: true };
  if (type === "string") {
    const read: ReadValue = (source, at) => toUtf8String(readBytes(source, at));
    return { read: behindOffset(read), words: 1, dynamic: true };
  }
  return { read: wordReader(parameter), words: 1, dynamic: false };
}

/** Reads its members one after the other from `at`, where their offsets count from. */
function tupleDecoder(components: readonly AbiParameter[]): Decoder {
  const members = components.map(({ name = "", ...rest }) => ({ name, ...decoderOf(rest as AbiParameter) }));
  return {
    words: members.reduce((sum, { words }) => sum + words, 0),
    dynamic: members.some(({ dynamic }) => dynamic),
    read: (source, begin) => {
      const tuple: Record<string, unknown> = {};
      let at = begin;
      for (const { name, read, words } of members) {
        tuple[name] = read(source, at, begin);
        at += words * WORD;
      }
      return tuple;
    },
  };
}

function arrayDecoder(element: AbiParameter): Decoder {
  const { read, words } = decoderOf(element);
  const readElements: ReadValue = (source, at) => {
    const length = sizeAt(source, at);
    source.elements -= length;
    if (source.elements < 0) throw new RangeError(`${length} elements are announced`);
    const begin = at + WORD;
    return Array.from({ length }, (_, i) => read(source, begin + i * words * WORD, begin));
  };
  return { read: behindOffset(readElements), words: 1, dynamic: true };
}

/** Elements of a fixed number are written where a struct's members would be. */
function fixedArrayDecoder(element: AbiParameter, length: number): Decoder {
  const members = Array.from({ length }, (_, i) => ({ ...element, name: String(i) }) as AbiParameter);
  const { read, words, dynamic } = tupleDecoder(members);
  // A record whose keys are whole numbers has them in their order.
  const readElements: ReadValue = (source, at, base) => Object.values(read(source, at, base) as object);
  if (!dynamic) return { read: (source, at) => readElements(source, at, at), words, dynamic };
  return { read: behindOffset(readElements), words: 1, dynamic };
}

/** Reads what is where the offset at `at` leads. */
function behindOffset(read: ReadValue): ReadValue {
  return (source, at, base) => {
    const begin = base + 2 * sizeAt(source, at);
    return read(source, begin, begin);
  };
}

/** Bytes after their length, hex. */
function readBytes(source: Source, at: number, _base = 0): string {
  const length = sizeAt(source, at);
  const begin = at + WORD;
  if (begin + 2 * length > source.hex.length) throw new RangeError(`${length} bytes are announced`);
  return `0x${source.hex.slice(begin, begin + 2 * length)}`;
}

/** The word at a place, which must begin, or end, with so many zeros. */
function wordAt({ hex }: Source, at: number, zerosBefore = 0, zerosAfter = 0): string {
  if (at + WORD > hex.length) throw new RangeError("the data end too early");
  const fits =
    (zerosBefore === 0 || hex.startsWith(ZEROS[zerosBefore]!, at)) &&
    (zerosAfter === 0 || hex.startsWith(ZEROS[zerosAfter]!, at + WORD - zerosAfter));
  if (!fits) throw new RangeError(`0x${hex.slice(at, at + WORD)} is too large for its type`);
  return hex.slice(at + zerosBefore, at + WORD - zerosAfter);
}

/** A length or an offset, in bytes or elements. */
function sizeAt(source: Source, at: number): number {
  return Number(`0x${wordAt(source, at, WORD - SIZE_DIGITS)}`);
}

function wordReader(parameter: AbiParameter): ReadValue {
  const { type, internalType } = parameter;
  const [, kind, digits] = /^(uint|int|bytes)(\d+)$/.exec(type) ?? [];
  const bits = Number(digits);
  const names = enumNamesOf(parameter);
  if (names !== undefined) {
    return (source, at) => {
      const name = names[sizeAt(source, at)];
      if (name === undefined) throw new RangeError(`no ${internalType} has that value`);
      return name;
    };
  }
  if (kind === "uint") {
    const zeros = WORD - bits / 4;
    if (bits <= NUMBER_BITS) return (source, at) => Number(`0x${wordAt(source, at, zeros)}`);
    return (source, at) => BigInt(`0x${wordAt(source, at, zeros)}`);
  }
  if (kind === "int") {
    return (source, at) => {
      const value = BigInt.asIntN(256, BigInt(`0x${wordAt(source, at)}`));
      if (BigInt.asIntN(bits, value) !== value) throw new RangeError(`${value} is too large for ${type}`);
      return bits <= NUMBER_BITS ? Number(value) : value;
    };
  }
  if (kind === "bytes") return (source, at) => `0x${wordAt(source, at, 0, WORD - 2 * bits)}`;
  if (type === "bool") return (source, at) => booleanOf(wordAt(source, at, WORD - 1));
  if (type === "address") return (source, at) => addressOf(wordAt(source, at, WORD - ADDRESS_DIGITS));
  throw new TypeError(`there is no decoder for ${type}`);
}

function booleanOf(digit: string): boolean {
  if (digit !== "0" && digit !== "1") throw new RangeError(`0x${digit} is neither true nor false`);
  return digit === "1";
}

/** Addresses read before: a checksum costs a hash, and chains name few accounts often. */
const known = new Map<string, string>();
const MOST_KNOWN = 5000;

function addressOf(digits: string): string {
  const before = known.get(digits);
  if (before !== undefined) return before;
  const address = getAddress(`0x${digits}`);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(digits, address);
  return address;
}
