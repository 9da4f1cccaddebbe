import { BaseError } from "../../protocol/BaseError.ts";
import { type MessageQuestion, MOST_COMPARED, ROWS, type TaskQuestion } from "../api/routes.ts";

/** Characters of a value, at the most. */
const MOST_CHARACTERS = 100;
/** Rows that may be skipped. */
const MOST_FROM = 10_000_000;

/** What may be asked of a list, by the names of its values; any other name is refused. */
type Allowed = readonly string[];

const PLACE = ["from", "limit"] as const;

/** @throws BaseError `BAD_QUESTION` */
export function taskQuestion(query: URLSearchParams): TaskQuestion {
  requireNames(query, [...PLACE, "status", "mechanism", "search", "order"]);
  const order = oneOf(query, "order", ["newest", "oldest"] as const);
  const [status, mechanism, search] = ["status", "mechanism", "search"].map((name) => textOf(query, name));
  return {
    ...placeOf(query),
    ...(status === undefined ? {} : { status }),
    ...(mechanism === undefined ? {} : { mechanism }),
    ...(search === undefined ? {} : { search }),
    ...(order === undefined ? {} : { order }),
  };
}

/** @throws BaseError `BAD_QUESTION` */
export function messageQuestion(query: URLSearchParams): MessageQuestion {
  requireNames(query, [...PLACE, "state", "chain", "task", "search"]);
  const state = oneOf(query, "state", ["open", "stuck", "delivered"] as const);
  const [chain, task, search] = ["chain", "task", "search"].map((name) => textOf(query, name));
  return {
    ...placeOf(query),
    ...(state === undefined ? {} : { state }),
    ...(chain === undefined ? {} : { chain }),
    ...(task === undefined ? {} : { task }),
    ...(search === undefined ? {} : { search }),
  };
}

/** Tasks that are to be compared. @throws BaseError `BAD_QUESTION` */
export function comparedTasks(query: URLSearchParams): bigint[] {
  requireNames(query, ["tasks"]);
  const ids = [...new Set((query.get("tasks") ?? "").split(","))];
  if (ids.length > MOST_COMPARED) throw badQuestion(`At most ${MOST_COMPARED} tasks are compared at a time.`);
  return ids.map(taskId);
}

/** @throws BaseError `BAD_QUESTION` */
export function taskId(text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw badQuestion("A task is named by its number.");
}

/** Refuses names that mean nothing. @throws BaseError `BAD_QUESTION` */
export function requireNames(query: URLSearchParams, allowed: Allowed): void {
  const other = [...query.keys()].find((name) => !allowed.includes(name));
  if (other === undefined) return;
  throw badQuestion(
    allowed.length === 0 ? "This takes no values." : `This takes ${allowed.join(", ")} only.`,
  );
}

function placeOf(query: URLSearchParams): { from: number; limit: number } {
  return {
    from: wholeOf(query, "from", 0, 0, MOST_FROM),
    limit: wholeOf(query, "limit", ROWS.preset, 1, ROWS.most),
  };
}

function wholeOf(query: URLSearchParams, name: string, preset: number, least: number, most: number): number {
  const text = query.get(name);
  if (text === null) return preset;
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  throw badQuestion(`${name} takes a whole number from ${least} to ${most}.`);
}

function textOf(query: URLSearchParams, name: string): string | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (text.length <= MOST_CHARACTERS) return text;
  throw badQuestion(`${name} takes at most ${MOST_CHARACTERS} characters.`);
}

function oneOf<T extends string>(query: URLSearchParams, name: string, values: readonly T[]): T | undefined {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw badQuestion(`${name} takes ${values.join(", ")}.`);
}

function badQuestion(message: string): BaseError {
  return new BaseError("BAD_QUESTION", message, { next: "dashboard/api/routes.ts says what may be asked." });
}
