import type { Figure } from "../reports/Figure.ts";
import type { Report } from "../reports/Report.ts";
import type { FigureLaboratory } from "./FigureLaboratory.ts";
import type { FigureOption, FigureSettings } from "./FigureSettings.ts";
import type { SettledTask } from "./SettledTask.ts";
import type { SolverAnswer } from "./solving/specSolver.ts";

/** Mathematics on plain data, as `./freshet <command> solve SPEC`. */
export interface Solver {
  readonly command: string;
  /** What the command is about, and what `solve` does. */
  readonly about: string;
  readonly solves: string;
  /** @param tell - Told what more there is to say of a specification that is refused, for people. */
  solve(spec: unknown, tell?: (details: string) => void): SolverAnswer;
  /** An answer for people, a line each. */
  lines(answer: SolverAnswer): readonly string[];
  /** The result with readable names, for `--long-names`; the option is absent without it. */
  withLongNames?(result: Record<string, unknown>): Record<string, unknown>;
}

/** A figure, or its panels; those that cannot be made without files that are not there throw `DATA_MISSING`. */
export type FigureMaker = (
  laboratory: FigureLaboratory,
  settings: FigureSettings,
) => Figure | readonly Figure[] | Promise<Figure | readonly Figure[]>;

/** An option of a {@link PaperAction}, as commander takes it. */
export interface ActionOption {
  readonly flags: string;
  readonly about: string;
  readonly preset?: string;
}

/** What an action is called with, and how it tells what it does. */
export interface ActionCall {
  readonly argument: string;
  /** By name, without dashes; flags are true, those with `--no-` false. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** The directory of data sets: `--data` where the action has it and it was given, otherwise as configured. */
  dataDirectory(): Promise<string>;
  /** What it is at. */
  progress(text: string): void;
  /** A line for people. */
  line(text: string): void;
}

/** A command beside the solver, as `./freshet <command> <name>`: something that the paper's system does. */
export interface PaperAction {
  readonly name: string;
  readonly about: string;
  readonly argument?: { readonly name: string; readonly about: string };
  readonly options: readonly ActionOption[];
  /** @returns The result for machines. */
  run(call: ActionCall): Promise<object>;
}

/** What a mechanism's paper brings to the command line: mathematics alone, which no chain has to run. */
export interface PaperCommands {
  readonly solver?: Solver;
  /** Commands beside the solver. */
  readonly actions?: readonly PaperAction[];
  /** The figures of its paper, computed anew, by name; `./freshet experiment <mechanism> <figure>`. */
  readonly figures: Readonly<Record<string, FigureMaker>>;
  /** The options that they heed, beside where results and data are. */
  readonly figureOptions?: readonly FigureOption[];
  /** Those that `all` leaves out: each takes minutes, and no other shows more with it. */
  readonly byNameOnly?: readonly string[];
}

/** What a mechanism brings to the command line. */
export interface MechanismCommands extends PaperCommands {
  /** A settled task beside what the mechanism's theory predicted: for machines and for people. */
  report(task: SettledTask): { result: Readonly<Record<string, unknown>>; report: Report };
}
