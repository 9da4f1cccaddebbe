import { decodeBytes32String, encodeBytes32String } from "ethers";

import packageJson from "../package.json" with { type: "json" };
import { BaseError } from "./BaseError.ts";

/** What computed an update, as it is in every commitment on chain. */
export interface EngineId {
  /** Which bits come out: the rounding rule and the version of the kernels, `strict/1` or `fast/1`. */
  numericClass: string;
  /** What computed, which does not change the bits within a class: `wasm` or `native`. */
  kind: string;
  /** Freshet's version, which fixes those of all it is built on. */
  version: string;
}

/** Freshet's version. */
export const FRESHET_VERSION: string = packageJson.version;

const PART = { numericClass: /^[a-z]+\/\d+$/, kind: /^[a-z]+$/, version: /^[0-9A-Za-z.+-]+$/ } as const;
/** Of the 32 bytes, the last is zero, as in every string that ethers writes as bytes32. */
const MOST_CHARACTERS = 31;

/**
 * An engine as bytes32: `<numeric class> <kind> <version>` in ASCII, padded with zeros.
 *
 * @throws BaseError `ENGINE_ID_INVALID` when a part is empty or has characters that it must not have,
 * `ENGINE_ID_LENGTH` when all has more than 31 characters.
 *
 * @example encodeEngineId({ numericClass: "strict/1", kind: "wasm", version: "0.1.0" }); // "strict/1 wasm 0.1.0"
 */
export function encodeEngineId(engine: EngineId): string {
  const text = engineText(engine);
  for (const [name, form] of Object.entries(PART)) {
    const part = engine[name as keyof EngineId];
    if (!form.test(part)) throw invalid(`its ${name} is ${JSON.stringify(part)}`);
  }
  if (text.length > MOST_CHARACTERS) {
    throw new BaseError("ENGINE_ID_LENGTH", `An engine is named by at most ${MOST_CHARACTERS} characters.`, {
      details: `${JSON.stringify(text)} has ${text.length}.`,
    });
  }
  return encodeBytes32String(text);
}

/**
 * Reads what {@link encodeEngineId} wrote. The chain takes any other bytes too.
 *
 * @throws BaseError `ENGINE_ID_INVALID`
 */
export function decodeEngineId(bytes32: string): EngineId {
  let text: string;
  try {
    text = decodeBytes32String(bytes32);
  } catch (cause) {
    throw invalid(`${bytes32} is no ASCII padded with zeros`, cause);
  }
  const [numericClass = "", kind = "", version = "", ...more] = text.split(" ");
  const engine = { numericClass, kind, version };
  const wellFormed = Object.entries(PART).every(([name, form]) => form.test(engine[name as keyof EngineId]));
  // What follows the first zero byte is not in the text.
  if (!wellFormed || more.length > 0 || encodeBytes32String(text) !== bytes32.toLowerCase()) {
    throw invalid(`${bytes32} says ${JSON.stringify(text)}`);
  }
  return engine;
}

/** An engine in words, as it is on chain. */
export function engineText({ numericClass, kind, version }: EngineId): string {
  return `${numericClass} ${kind} ${version}`;
}

function invalid(details: string, cause?: unknown): BaseError {
  return new BaseError("ENGINE_ID_INVALID", "No engine is named so.", {
    details: `An engine is "<class>/<number> <kind> <version>"; ${details}.`,
    cause,
  });
}
