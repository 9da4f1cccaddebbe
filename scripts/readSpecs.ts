import { parseJson } from "../files/readJson.ts";
import { readText } from "../files/readText.ts";

/**
 * Reads JSON from a file, or from standard input for `-`. Whole numbers beyond 2^53 become bigints, so that amounts
 * of wei written without quotes are not rounded.
 *
 * @throws those of `readText`; `PARAM` for what is not JSON.
 */
export async function readSpecs(path: string): Promise<unknown> {
  return parseJson(await readText(path), path, "PARAM", parseExactly);
}

/**
 * `JSON.parse` that keeps large whole numbers exact.
 *
 * @example
 * parseExactly('{"R": 1000000000000000000001}'); // { R: 1000000000000000000001n }
 */
export function parseExactly(json: string): unknown {
  // The reviver's third argument is not in TypeScript's library yet.
  const revive = (_key: string, value: unknown, context?: { source: string }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
      ? BigInt(context!.source)
      : value;
  return JSON.parse(json, revive as (key: string, value: unknown) => unknown);
}
