import type { z } from "zod";

import { BaseError } from "../protocol/BaseError.ts";
import { readText } from "./readText.ts";
import { schemaIssues } from "./schemaIssues.ts";

/** How it is said that JSON is not what was asked for. */
export interface CheckedParameters<T> {
  schema: z.ZodType<T>;
  code: string;
  /** In a sentence, such as "task.json is not a valid task specification." */
  message: string;
  /** What to do about it. */
  next: string;
  /** The value as it may be told of, where it has what must not be; itself unless given. */
  shown?: unknown;
}

/**
 * A value that a person wrote, as a schema has it.
 *
 * @throws the given code, with a line about each fault (`schemaIssues`).
 */
export function checked<T>(
  value: unknown,
  { schema, code, message, next, shown = value }: CheckedParameters<T>,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BaseError(code, message, { details: schemaIssues(parsed.error, schema, shown), next });
}

/**
 * Reads a file of JSON that a person wrote, or standard input for `-`.
 *
 * @param options - `isSecret`: nothing of the text is told, as errors would do.
 * @throws those of `readText`; the given code when it is no JSON, saying in which line and column it stops being some.
 */
export async function readJson(
  path: string,
  code: string,
  { isSecret = false }: { isSecret?: boolean } = {},
): Promise<unknown> {
  const text = await readText(path);
  if (!isSecret) return parseJson(text, path, code);
  try {
    return JSON.parse(text);
  } catch (cause) {
    // Its words repeat the text around the fault, where the engine does not say the position.
    const details = placeOf(cause, text).replace(/,? (\.{3})?"[\s\S]*"(\.{3})? is not valid JSON$/, "");
    throw new BaseError(code, `${path} is not JSON.`, { details });
  }
}

/**
 * A text of JSON.
 *
 * @param parse - Instead of `JSON.parse`.
 */
export function parseJson(
  text: string,
  name: string,
  code: string,
  parse: (text: string) => unknown = JSON.parse,
): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new BaseError(code, `${name} is not JSON.`, { details: placeOf(cause, text), cause });
  }
}

/** What JSON.parse says, with the line and column, from 1, of the position that it says. */
function placeOf(cause: unknown, text: string): string {
  const said = cause instanceof Error ? cause.message : String(cause);
  if (text.trim() === "") return "It is empty.";
  // Newer engines tell line and column as well.
  const [, fault, position] = /^(.*) at position (\d+)/s.exec(said) ?? [];
  if (position === undefined) return said;
  const before = text.slice(0, Number(position)).split("\n");
  return `${fault} at line ${before.length} column ${before.at(-1)!.length + 1}`;
}
