import { schemaIssues } from "../../files/schemaIssues.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { excess } from "../../simulation/federated/simulationBounds.ts";
import { canonicalJson } from "./canonicalJson.ts";
import type { RunKind } from "./RunKind.ts";
import { runKindOf } from "./runKinds.ts";
import { runName } from "./runName.ts";
import type { SweepSpec } from "./SweepSpec.ts";

/** A setting of a sweep, without its seed. */
export interface SweepSetting {
  /** What tells it apart: one label a column. */
  readonly keys: readonly string[];
  /** With all defaults filled in. */
  readonly setting: unknown;
}

/** One run. */
export interface SweepRun {
  /** Names it: the digest of all that its numbers follow from. */
  readonly name: string;
  readonly kind: string;
  readonly setting: unknown;
  readonly seed: number;
  /** The number of its setting. */
  readonly place: number;
}

/** All that is to be run of a sweep. */
export interface ExpandedSweep {
  readonly kind: RunKind;
  /** Of the settings' keys. */
  readonly columns: readonly string[];
  /** Values of each column, in their order. */
  readonly values: readonly (readonly string[])[];
  readonly settings: readonly SweepSetting[];
  /** Seed by seed, so that what is there early has all settings. */
  readonly runs: readonly SweepRun[];
}

/** One value of a column: what it is called, and what it sets. */
interface Choice {
  readonly label: string;
  readonly set: Readonly<Record<string, unknown>>;
}

/** What settings differ in, with its values. */
interface Column {
  readonly name: string;
  readonly choices: readonly Choice[];
}

/** Most settings whose faults are told. */
const MOST_TOLD = 3;

/**
 * The settings and runs of a sweep.
 *
 * @throws BaseError `SWEEP_INVALID` naming the settings that do not hold, and those that are the same; `SWEEP_TOO_LARGE`.
 */
export function expandSweep(sweep: SweepSpec): ExpandedSweep {
  const kind = runKindOf(sweep.kind);
  const columns = columnsOf(sweep);
  const combinations = columns.reduce<Choice[][]>(
    (before, { choices }) => before.flatMap((chosen) => choices.map((choice) => [...chosen, choice])),
    [[]],
  );
  const faults: string[] = [];
  const settings = combinations.map((choices): SweepSetting => {
    const keys = choices.map(({ label }) => label);
    const where =
      keys.length === 0
        ? "base"
        : `base with ${columns.map(({ name }, i) => `${name} ${keys[i]}`).join(", ")}`;
    const value = structuredClone(sweep.base);
    const untold = choices
      .flatMap(({ set }) => Object.entries(set))
      .flatMap(([field, to]) => setField(value, field, to) ?? []);
    const parsed = kind.schema.safeParse(value);
    if (untold.length > 0) faults.push(`${where}: ${untold.join("; ")}`);
    else if (!parsed.success) {
      faults.push(`${where}:\n${schemaIssues(parsed.error, kind.schema, value).replaceAll(/^/gm, "  ")}`);
    }
    return { keys, setting: parsed.data };
  });
  if (faults.length > 0) throw invalid(faults);
  assertDifferent(settings);
  assertSize(kind, settings, sweep.seeds.length);
  const runs = sweep.seeds.flatMap((seed) =>
    settings.map(({ setting }, place) => ({
      name: runName(kind, setting, seed),
      kind: kind.kind,
      setting,
      seed,
      place,
    })),
  );
  return {
    ...{ kind, settings, runs },
    columns: columns.map(({ name }) => name),
    values: columns.map(({ choices }) => choices.map(({ label }) => label)),
  };
}

function columnsOf({ axes, settings, mechanisms }: SweepSpec): Column[] {
  const column = (name: string, choices: readonly Choice[] | undefined): Column[] =>
    choices === undefined ? [] : [{ name, choices }];
  return [
    ...column(
      "setting",
      settings?.map(({ name, set }) => ({ label: name, set })),
    ),
    ...axes.map(({ field, name = field, values, labels }) => ({
      name,
      choices: distinctLabels(labels ?? values.map(labelOf), values).map((label, i) => ({
        label,
        set: { [field]: values[i] },
      })),
    })),
    ...column(
      "mechanism",
      mechanisms?.map(({ name, mechanism }) => ({ label: name, set: { mechanism } })),
    ),
  ];
}

/** Values that look the same in short are told whole. */
function distinctLabels(labels: readonly string[], values: readonly unknown[]): readonly string[] {
  return new Set(labels).size === labels.length ? labels : values.map((value) => JSON.stringify(value));
}

/** What a value is called: a text or number by itself, a thing of a kind by the kind and its other fields. */
function labelOf(value: unknown): string {
  // What would break a line, or is long, is told as JSON has it.
  if (typeof value === "string") return /^[^\p{Cc}]{1,60}$/u.test(value) ? value : JSON.stringify(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  const { kind, ...others } = value as Record<string, unknown>;
  if (typeof kind !== "string") return JSON.stringify(value);
  const fields = Object.entries(others).map(
    ([name, field]) => `${name} ${typeof field === "string" ? field : JSON.stringify(field)}`,
  );
  return [kind, ...fields].join(", ");
}

/** Sets a field in place. @returns Why it cannot be set. */
function setField(value: Record<string, unknown>, path: string, to: unknown): string | undefined {
  const names = path.split(".");
  let at = value;
  for (const [depth, name] of names.slice(0, -1).entries()) {
    if (!Object.hasOwn(at, name)) at[name] = {};
    const inner = at[name];
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) {
      return `${path} cannot be set, for ${names.slice(0, depth + 1).join(".")} is ${JSON.stringify(inner)}, which has no fields`;
    }
    at = inner as Record<string, unknown>;
  }
  at[names.at(-1)!] = structuredClone(to);
  return undefined;
}

function assertDifferent(settings: readonly SweepSetting[]): void {
  const seen = new Map<string, SweepSetting>();
  for (const one of settings) {
    const text = canonicalJson(one.setting);
    const same = seen.get(text);
    if (same !== undefined) {
      throw invalid([`${same.keys.join(", ")} and ${one.keys.join(", ")} are the same setting`]);
    }
    seen.set(text, one);
  }
}

/** Each run may be what is borne of one, and all of them together too much. */
function assertSize(kind: RunKind, settings: readonly SweepSetting[], seeds: number): void {
  const sizes = settings.map(({ setting }) => kind.size(setting));
  for (const [bound, unit, of] of [
    ["sweepPasses", "passes of all settings", ({ passes }: { passes: number }) => passes],
    ["points", "points of all settings", ({ points }: { points: number }) => points],
  ] as const) {
    const why = excess(bound, { [unit]: sizes.reduce((sum, size) => sum + of(size), 0), seeds });
    if (why === undefined) continue;
    throw new BaseError("SWEEP_TOO_LARGE", "The sweep is more than one command is taken to make.", {
      details: `${why}.`,
      next: "Take fewer settings, seeds, rounds or clients a round, or make several sweeps of it, each in a directory of its own.",
    });
  }
}

function invalid(faults: readonly string[]): BaseError {
  const untold = faults.length - MOST_TOLD;
  return new BaseError("SWEEP_INVALID", "Settings of the sweep do not hold.", {
    details: [...faults.slice(0, MOST_TOLD), ...(untold > 0 ? [`… and ${untold} more settings`] : [])].join(
      "\n",
    ),
    next: "Correct base, axes or settings; docs/sweeps.md documents the fields of each kind of runs.",
  });
}
