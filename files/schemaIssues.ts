import type { z } from "zod";

import { namesAllowed } from "./nearestName.ts";

/** Most characters of a value that are repeated. */
const MOST_SHOWN = 60;
/** Most lines: whose file it is may be others' choice. */
const MOST_LINES = 20;

/**
 * What is wrong with a value that a schema refused, a line a fault: where, what was read, what is allowed, and the name
 * that was meant where one is near. Of a union, that form is told which the value comes nearest to.
 *
 * @example
 * const parsed = schema.safeParse(value);
 * if (!parsed.success) throw new BaseError("CONFIG_INVALID", "…", { details: schemaIssues(parsed.error, schema, value) });
 * // reward.menu.items[0].reward: amounts are whole numbers of wei, written as strings of digits; it is 14.34
 */
export function schemaIssues(error: z.core.$ZodError, schema: z.core.$ZodType, value: unknown): string {
  const lines = [...new Set(error.issues.flatMap((issue) => linesOf(issue, [], schema, value)))];
  const untold = lines.length - MOST_LINES;
  return [...lines.slice(0, MOST_LINES), ...(untold > 0 ? [`… and ${untold} more`] : [])].join("\n");
}

function linesOf(
  issue: z.core.$ZodIssue,
  above: readonly PropertyKey[],
  schema: z.core.$ZodType,
  value: unknown,
): string[] {
  const path = [...above, ...issue.path];
  const where = path.length === 0 ? "" : `${pathText(path)}: `;
  if (issue.code === "unrecognized_keys") {
    const names = fieldsAt([schema], path);
    // A schema with words of its own has them for the fields that they name.
    const own = issue.message.startsWith("Unrecognized key") ? "" : issue.message;
    const others = issue.keys.filter((key) => !own.includes(JSON.stringify(key)));
    return [
      ...(own === "" ? [] : [`${where}${own}`]),
      ...others.map((key) => `${where}there is no field ${shortened(key)}; ${namesAllowed(key, names)}`),
    ];
  }
  // A union with words of its own says more than its forms do.
  if (issue.code === "invalid_union" && issue.errors.length > 0 && issue.message === "Invalid input") {
    const forms = issue.errors.toSorted((a, b) => distance(a) - distance(b));
    const nearest = forms.filter((form) => distance(form) === distance(forms[0]!));
    const together = namesOfSeveral(nearest, fieldsAt([schema], path));
    if (together.length > 1) return [`${where}only one of ${together.join(" and ")} may be there`];
    const told = nearest.map((form) =>
      form.flatMap((inner) => linesOf(inner, path, schema, value)).join("\n"),
    );
    return [[...new Set(told)].join("\nor, of another form, ")];
  }
  return [`${where}${wanted(issue, valueAt(value, path))}`];
}

function wanted(issue: z.core.$ZodIssue, found: unknown): string {
  if (found === undefined && issue.code === "invalid_type")
    return issue.expected === "object" ? "is missing" : `is missing; ${issue.expected} is wanted`;
  const it = found === undefined ? "it is missing" : `it is ${shown(found)}`;
  if (issue.code === "invalid_union" && "options" in issue) {
    const names = (issue.options as unknown[]).map(String);
    return `${it}; ${namesAllowed(String(found), names)}`;
  }
  if (issue.code === "invalid_value")
    return `${it}; ${namesAllowed(String(found), issue.values.map(String))}`;
  return `${issue.message.replace(/^Invalid input: |\.$/g, "")}; ${it}`;
}

/** Fields of different forms that a value has together. */
function namesOfSeveral(forms: readonly z.core.$ZodIssue[][], names: readonly string[]): string[] {
  const strays = forms.flatMap((form) =>
    form.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : [])),
  );
  return [...new Set(strays)].filter((name) => names.includes(name)).sort();
}

/** How far a value is from a form of a union: by the fields that it lacks, or has and should not. */
function distance(issues: readonly z.core.$ZodIssue[]): number {
  return issues.filter(({ code, path }) => code === "unrecognized_keys" || path.length <= 1).length;
}

/** The names that a value may have at a path, by whichever of its schema's forms. */
function fieldsAt(schemas: readonly z.core.$ZodType[], path: readonly PropertyKey[]): string[] {
  const [first, ...rest] = path;
  const forms = schemas.flatMap(unwrapped);
  if (first !== undefined)
    return fieldsAt(
      forms.flatMap((form) => inner(form, first)),
      rest,
    );
  return [...new Set(forms.flatMap((form) => Object.keys(isObject(form) ? form._zod.def.shape : {})))];
}

function inner(form: z.core.$ZodType, key: PropertyKey): z.core.$ZodType[] {
  const { def } = (form as z.core.$ZodTypes)._zod;
  if (def.type === "object") return Object.hasOwn(def.shape, key) ? [def.shape[String(key)]!] : [];
  if (def.type === "array") return [def.element];
  if (def.type === "record") return [def.valueType];
  return [];
}

/** A schema without what only wraps it; all forms of a union. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "union") return def.options.flatMap(unwrapped);
  if (def.type === "pipe") return [def.in, def.out].flatMap(unwrapped);
  if ("innerType" in def) return unwrapped(def.innerType);
  return [schema];
}

function isObject(schema: z.core.$ZodType): schema is z.core.$ZodObject {
  return schema._zod.def.type === "object";
}

/** What is at a path; a text where a whole object is wanted stands for it. */
function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === "object" && at !== null
        ? (at as Record<PropertyKey, unknown>)[key]
        : typeof at === "string"
          ? at
          : undefined,
    value,
  );
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? String(one) : one));
  if (text === undefined) return String(value);
  // Who has a password in a URL is not to find it in a log.
  return shortened(text.replace(/(:\/\/)[^/@"\s]*@/g, "$1…@"));
}

function shortened(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

/** As programs write it: places in lists are in brackets, from 0. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === "number" ? `[${key}]` : `${i === 0 ? "" : "."}${String(key)}`))
    .join("");
}
