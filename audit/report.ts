import type { AuditReport, CheckReport, Outcome } from "./AuditReport.ts";

/** Colours a part of a line; plain text when it returns what it is given. */
export type Style = (text: string) => string;

/** Colours of a report; picocolors has them under these names. */
export interface ReportStyle {
  /** What holds. */
  green: Style;
  /** What does not. */
  red: Style;
  /** What cannot be examined. */
  yellow: Style;
  /** Counts and notes. */
  dim: Style;
}

/** What commands end with, by what came of the audit; 2 is for an audit that could not be made at all. */
export const EXIT_CODES: Readonly<Record<Outcome, number>> = { holds: 0, fails: 1, unexamined: 3 };

const SIGNS: Readonly<Record<Outcome, { mark: string; colour: "green" | "red" | "yellow" }>> = {
  holds: { mark: "✓", colour: "green" },
  fails: { mark: "✗", colour: "red" },
  unexamined: { mark: "?", colour: "yellow" },
};

/** Of a check that found nothing of its kind, neither right nor wrong. */
const NOTHING = { mark: "–", colour: "dim" } as const;

const plain: ReportStyle = {
  green: (text) => text,
  red: (text) => text,
  yellow: (text) => text,
  dim: (text) => text,
};

/**
 * A report as lines for people: a line a check; its first failure, what it cannot examine and its notes below.
 *
 * @example
 * for (const line of reportLines(report, picocolors)) terminal.line(line);
 */
export function reportLines(report: AuditReport, style: ReportStyle = plain): string[] {
  const lines = report.checks.flatMap((check) => checkLines(check, style));
  return [...lines, verdictLine(`Task ${report.task} (${report.status})`, report, style)];
}

/** What came of an audit in one line. */
export function verdictLine(
  what: string,
  report: Pick<AuditReport, "outcome" | "checks">,
  style: ReportStyle,
): string {
  return style[SIGNS[report.outcome].colour](`${what}: ${verdictOf(report)}.`);
}

function verdictOf({ outcome, checks }: Pick<AuditReport, "outcome" | "checks">): string {
  const idle = checks.filter(({ examined }) => examined === 0).length;
  if (outcome === "holds") {
    return `everything holds${idle === 0 ? "" : `; for ${idle} of ${checks.length} checks there was nothing to examine`}`;
  }
  const count = checks.filter((check) => check.outcome === outcome).length;
  if (outcome === "fails") return `${count} of ${checks.length} checks failed`;
  return `nothing fails, but ${count} of ${checks.length} checks cannot examine everything`;
}

/** One check as lines. */
export function checkLines(check: CheckReport, style: ReportStyle = plain): string[] {
  const { outcome, name, title, examined, unit, notes, failure, unexamined } = check;
  const { mark, colour } = outcome === "holds" && examined === 0 ? NOTHING : SIGNS[outcome];
  const lines = [`${style[colour](mark)} ${name}: ${title} ${style.dim(`(${examined} ${unit})`)}`];
  if (failure !== undefined) lines.push(`  ${style.red(failure)}`);
  for (const { what, next } of unexamined.first) {
    lines.push(`  ${style.yellow(`Not examined: ${what}`)}`, `    ${style.dim(next)}`);
  }
  const untold = unexamined.count - unexamined.first.length;
  if (untold > 0) lines.push(`  ${style.yellow(`Not examined: ${untold} more.`)}`);
  for (const note of notes) lines.push(`  ${style.dim(note)}`);
  return lines;
}
