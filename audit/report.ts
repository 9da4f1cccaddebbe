import type { AuditReport, CheckReport } from "./AuditReport.ts";

/** Colours a part of a line; plain text when it returns what it is given. */
export type Style = (text: string) => string;

/** Colours of a report; picocolors has them under these names. */
export interface ReportStyle {
  /** What holds. */
  green: Style;
  /** What does not. */
  red: Style;
  /** Counts and notes. */
  dim: Style;
}

const plain: ReportStyle = { green: (text) => text, red: (text) => text, dim: (text) => text };

/**
 * A report as lines for people: a line a check, its notes and its first failure below.
 *
 * @example
 * for (const line of reportLines(report, picocolors)) terminal.line(line);
 */
export function reportLines(report: AuditReport, style: ReportStyle = plain): string[] {
  const failed = report.checks.filter(({ ok }) => !ok).length;
  const verdict = report.ok
    ? style.green(`Task ${report.task} (${report.status}): everything holds.`)
    : style.red(
        `Task ${report.task} (${report.status}): ${failed} of ${report.checks.length} checks failed.`,
      );
  return [...report.checks.flatMap((check) => checkLines(check, style)), verdict];
}

/** One check as lines. */
export function checkLines(check: CheckReport, style: ReportStyle = plain): string[] {
  const { ok, name, title, examined, unit, notes, failure } = check;
  const mark = ok ? style.green("✓") : style.red("✗");
  const lines = [`${mark} ${name}: ${title} ${style.dim(`(${examined} ${unit})`)}`];
  if (failure !== undefined) lines.push(`  ${style.red(failure)}`);
  for (const note of notes) lines.push(`  ${style.dim(note)}`);
  return lines;
}
