import type { RoundView } from "../../api/TaskLive.ts";

/** How far a subchain is in a round: how many of its workers committed, revealed and were accepted. */
export function RoundStrip({
  counts,
  workers,
}: {
  counts: RoundView["subchains"][number] | undefined;
  workers: number;
}) {
  if (counts === undefined) return <span class="dim">–</span>;
  const { committed, revealed, accepted, abandoned } = counts;
  const most = Math.max(1, workers, committed, revealed);
  const width = 84;
  const part = (count: number) => (width * count) / most;
  return (
    <span class="round-strip">
      <svg width={width} height={10} aria-hidden="true">
        <rect class="room" width={width} height={10} rx={3} />
        <rect class="committed" width={part(committed)} height={10} rx={3} />
        <rect class="revealed" width={part(revealed)} height={10} rx={3} />
        {accepted === null ? null : <rect class="accepted" width={part(accepted)} height={10} rx={3} />}
      </svg>
      <span
        title={`${committed} committed, ${revealed} revealed, ${accepted ?? "–"} accepted of ${workers} workers`}
      >
        {committed}·{revealed}·{accepted ?? "–"}
        <span class="unseen"> committed, revealed, accepted</span>
      </span>
      {abandoned ? <span class="warn-text"> left out</span> : null}
    </span>
  );
}
