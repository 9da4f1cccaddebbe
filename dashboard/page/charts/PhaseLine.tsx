import type { PhaseName, TaskRow } from "../../api/TaskRow.ts";
import { Icon } from "../parts/Icon.tsx";

/** Stations of a task's life, in order, with the phases at each. */
const STATIONS: readonly { name: string; phases: readonly PhaseName[] }[] = [
  { name: "Enrolling", phases: ["unheard", "enrolling"] },
  { name: "Training", phases: ["committing", "revealing", "aggregating", "overdue"] },
  { name: "Settling", phases: ["settling"] },
  { name: "Claiming", phases: ["claiming"] },
  { name: "Refunding", phases: ["refunding"] },
  { name: "Ended", phases: ["ended"] },
];
const STAGES: readonly PhaseName[] = ["committing", "revealing", "aggregating"];

/** Where a task is in its life: stations that are behind it, the one that it is at, and those to come. */
export function PhaseLine({ row: { phase, rounds } }: { row: Pick<TaskRow, "phase" | "rounds"> }) {
  const at = STATIONS.findIndex(({ phases }) => phases.includes(phase.name));
  const stage = STAGES.indexOf(phase.name);
  return (
    <ol class="phases" aria-label="Where the task is">
      {STATIONS.map(({ name }, i) => {
        const state = i < at || phase.name === "ended" ? "done" : i === at ? "now" : "";
        return (
          <li key={name} class={state} {...(i === at ? { "aria-current": "step" as const } : {})}>
            <span class="mark">{state === "done" ? <Icon name="check" size={11} /> : null}</span>
            <strong>{name}</strong>
            {i === 1 && phase.round !== null ? (
              <span class="under">
                round {phase.round} of {rounds.most}:{" "}
                {STAGES.map((one, k) => (
                  <span key={one} class={k === stage ? "stage" : "dim"}>
                    {one}
                    {k < STAGES.length - 1 ? " › " : ""}
                  </span>
                ))}
              </span>
            ) : null}
            {i === 1 && phase.name === "overdue" ? (
              <span class="under warn-text">its deadline is over</span>
            ) : null}
          </li>
        );
      })}
    </ol>
  );
}
