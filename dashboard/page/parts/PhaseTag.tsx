import type { PhaseName, TaskRow } from "../../api/TaskRow.ts";
import { Tag, type Tone } from "./Tag.tsx";

const TONES: Readonly<Record<PhaseName, Tone>> = {
  unheard: "plain",
  enrolling: "busy",
  committing: "busy",
  revealing: "busy",
  aggregating: "busy",
  overdue: "warn",
  settling: "busy",
  claiming: "busy",
  refunding: "warn",
  ended: "plain",
};

/** Where a task is in its life, or how it ended. */
export function PhaseTag({ row }: { row: Pick<TaskRow, "phase" | "status" | "outcome"> }) {
  const { phase, outcome } = row;
  const words = phaseWords(row);
  if (outcome !== null && !outcome.ok) return <Tag tone="bad">{words}</Tag>;
  if (phase.name === "ended") return <Tag tone={outcome?.ok === true ? "good" : "plain"}>{words}</Tag>;
  return <Tag tone={TONES[phase.name]}>{words}</Tag>;
}

/** The same in words. */
export function phaseWords({ phase, status }: Pick<TaskRow, "phase" | "status">): string {
  if (phase.name === "ended") return status;
  const what = phase.round === null ? phase.name : `round ${phase.round}: ${phase.name}`;
  return status === "Open" || status === "None" ? what : `${status}, ${what}`;
}
