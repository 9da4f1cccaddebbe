import { BaseError } from "../../protocol/BaseError.ts";
import type { Terminal } from "../Terminal.ts";
import { toldError } from "../toldError.ts";

/** What came of a look: all is well; something is odd and work goes on; something does not work. */
export type Outcome = "ok" | "warn" | "fail";

/** What was found, and what can be done about it. */
export interface Finding {
  outcome: Outcome;
  found: string;
  next?: string;
}

/** A line of a diagnosis. */
export interface Diagnosis extends Finding {
  name: string;
  /** Whether nothing failed: a warning is no failure. */
  ok: boolean;
}

const MARKS = { ok: "✓", warn: "!", fail: "✗" } as const;
const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

/** Looks at one thing after the other, and tells of each at once. */
export class Examination {
  readonly #terminal: Terminal;
  readonly #diagnoses: Diagnosis[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  get diagnoses(): readonly Diagnosis[] {
    return this.#diagnoses;
  }

  /** Whether nothing failed. */
  get ok(): boolean {
    return this.#diagnoses.every(({ ok }) => ok);
  }

  /** @param examine - What was found, as a sentence when it is well; what it throws is a failure. */
  async look(name: string, examine: () => Promise<Finding | string> | Finding | string): Promise<Outcome> {
    let finding: Finding;
    try {
      const found = await examine();
      finding = typeof found === "string" ? { outcome: "ok", found } : found;
    } catch (error) {
      finding = failureOf(error);
    }
    this.add(name, finding);
    return finding.outcome;
  }

  add(name: string, { outcome, found, next }: Finding): void {
    this.#diagnoses.push({
      name,
      ok: outcome !== "fail",
      outcome,
      found,
      ...(next === undefined ? {} : { next }),
    });
    const { colours } = this.#terminal;
    const mark = colours[COLOURS[outcome]](MARKS[outcome]);
    this.#terminal.line(`${mark} ${name}: ${found.replaceAll("\n", "\n    ")}`);
    if (next !== undefined)
      this.#terminal.line(`    ${colours.dim("next:")} ${next.replaceAll("\n", "\n    ")}`);
  }
}

/** A failure as an error tells it. */
export function failureOf(error: unknown): Finding {
  if (!(error instanceof BaseError)) {
    const { shortMessage, next } = toldError(error);
    return { outcome: "fail", found: shortMessage, ...(next === undefined ? {} : { next }) };
  }
  const { shortMessage, details, next } = error;
  return {
    outcome: "fail",
    found: details === undefined ? shortMessage : `${shortMessage} ${details}`,
    ...(next === undefined ? {} : { next }),
  };
}

/** Of several findings of one kind: the worst outcome, all that was found, and what to do about those that are not well. */
export function together(findings: readonly Finding[]): Finding {
  const outcome =
    (["fail", "warn"] as const).find((one) => findings.some((it) => it.outcome === one)) ?? "ok";
  const next = [
    ...new Set(findings.flatMap((it) => (it.outcome === "ok" || it.next === undefined ? [] : [it.next]))),
  ];
  return {
    outcome,
    found: findings.map(({ found }) => found).join(findings.length > 2 ? "\n" : "; "),
    ...(next.length === 0 ? {} : { next: next.join("\n") }),
  };
}
