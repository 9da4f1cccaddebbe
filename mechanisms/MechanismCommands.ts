import type { Figure } from "../reports/Figure.ts";
import type { Report } from "../reports/Report.ts";
import type { SettledTask } from "./SettledTask.ts";

/** An answer of a solver: a result, or why there is none. */
export type SolverAnswer =
  | { ok: true; result: Record<string, unknown> }
  | { ok: false; error: string; message: string };

/** Mathematics on plain data, as `./freshet <command> solve SPEC`. */
export interface Solver {
  readonly command: string;
  /** What the command is about, and what `solve` does. */
  readonly about: string;
  readonly solves: string;
  solve(spec: unknown): SolverAnswer;
  /** An answer for people, a line each. */
  lines(answer: SolverAnswer): readonly string[];
  /** The result with readable names, for `--long-names`; the option is absent without it. */
  withLongNames?(result: Record<string, unknown>): Record<string, unknown>;
}

/** What a mechanism brings to the command line. */
export interface MechanismCommands {
  readonly solver?: Solver;
  /** The figures of its paper, computed anew, by name; `./freshet experiment <mechanism> <figure>`. */
  readonly figures: Readonly<Record<string, () => Figure | Promise<Figure>>>;
  /** A settled task beside what the mechanism's theory predicted: for machines and for people. */
  report(task: SettledTask): { result: Readonly<Record<string, unknown>>; report: Report };
}
