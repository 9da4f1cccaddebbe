import { useSignal } from "@preact/signals";
import { shortAddress } from "../../../reports/shortAddress.ts";
import type { FreshnessView, WorkerFreshness } from "../../api/FreshnessView.ts";
import { AgeChart } from "../charts/AgeChart.tsx";
import { useWidth } from "../charts/useWidth.ts";
import { counted } from "../format/counted.ts";
import { duration } from "../format/duration.ts";
import { share } from "../format/share.ts";
import { Answered } from "../parts/Answered.tsx";
import { DataTable } from "../parts/DataTable.tsx";
import { Countdown } from "../parts/Elapsed.tsx";
import { Moment } from "../parts/Moment.tsx";
import { Panel } from "../parts/Panel.tsx";
import { Empty } from "../parts/States.tsx";
import { VirtualList } from "../parts/VirtualList.tsx";
import { WorkerLink } from "../parts/WorkerLink.tsx";
import { ask, place } from "../router.ts";
import { chainSecond } from "../state/clock.ts";
import { useAnswer } from "../state/useAnswer.ts";

const ROW_HEIGHT = 38;
const MOST_HEIGHT = 560;

/** How workers may be ordered. */
const ORDERS = {
  chain: "chain and enrolment",
  least: "least covered first",
  age: "oldest data first",
} as const;

/** How old every worker's data are, and were, against how old they may be. */
export function Freshness({ id }: { id: string }) {
  const { answer, again } = useAnswer<FreshnessView>(
    `/tasks/${encodeURIComponent(id)}/freshness`,
    (event) => event.type === "task" && event.taskId === id,
  );
  return (
    <Answered answer={answer} again={again} what="Freshness">
      {(view) =>
        view.workers.length === 0 ? (
          <Empty title="Nobody has enrolled yet">
            <p>Each worker's data are shown here from its first refresh on.</p>
          </Empty>
        ) : (
          <FreshnessOf view={view} />
        )
      }
    </Answered>
  );
}

function FreshnessOf({ view }: { view: FreshnessView }) {
  const order = useSignal<keyof typeof ORDERS>("chain");
  const { workers } = view;
  const until = untilOf(view);
  const sorted = inOrder(workers, order.value);
  const asked = place.value.query.get("worker");
  const found = sorted.findIndex((worker) => keyOf(worker) === asked);
  const chosen = found === -1 ? mostToSee(sorted) : found;
  const known = workers.filter(({ coveredSeconds }) => coveredSeconds !== null);
  const span = toldSeconds(view);
  const mean =
    known.reduce((sum, { coveredSeconds }) => sum + coveredSeconds!, 0) / Math.max(1, known.length) / span;
  const full = known.filter(({ uncovered }) => uncovered.length === 0).length;
  const worker = sorted[chosen]!;
  return (
    <>
      <Closer view={view} worker={worker} />
      <Panel
        title="All workers"
        note={
          known.length === 0
            ? `${workers.length}`
            : `${full} of ${workers.length} without a gap; covered on average ${share(Math.min(1, mean))} of ${duration(span)}`
        }
        end={
          <label class="inline-label">
            Order{" "}
            <select
              value={order.value}
              onChange={(event) => (order.value = event.currentTarget.value as keyof typeof ORDERS)}
            >
              {Object.entries(ORDERS).map(([name, text]) => (
                <option key={name} value={name}>
                  {text}
                </option>
              ))}
            </select>
          </label>
        }
        flush
      >
        <p class="list-key">
          <Key hasLimit={workers.some(({ freshSeconds }) => freshSeconds !== null)} />
        </p>
        <VirtualList
          label="Workers by freshness"
          count={sorted.length}
          rowHeight={ROW_HEIGHT}
          height={MOST_HEIGHT}
          chosen={chosen}
          onChoose={(i) => ask("worker", keyOf(sorted[i]!))}
          idOf={(i) => `worker-${keyOf(sorted[i]!).replace("/", "-")}`}
          row={(i) => <Row view={view} worker={sorted[i]!} until={until} />}
        />
      </Panel>
    </>
  );
}

/** Up to when there is something to say: now, or the end. */
function untilOf({ epoch, asOf }: FreshnessView): number {
  return Math.min(
    epoch.end,
    Math.max(epoch.start, asOf >= epoch.end ? epoch.end : Math.max(asOf, chainSecond.value)),
  );
}

/** Of how many seconds of the epoch the server told. */
function toldSeconds({ epoch, asOf }: FreshnessView): number {
  return Math.max(1, Math.min(asOf, epoch.end) - epoch.start);
}

/** @param hasLimit - Whether there is a bound to the age of data. */
function Key({ hasLimit }: { hasLimit: boolean }) {
  return (
    <span class="key">
      <span>
        <i class="swatch line series d1" /> age of the data
      </span>
      {hasLimit ? (
        <>
          <span>
            <i class="swatch dashed" /> θ, how old they may be
          </span>
          <span>
            <i class="swatch covered" /> covered
          </span>
          <span>
            <i class="swatch uncovered hatched" /> not covered
          </span>
        </>
      ) : null}
    </span>
  );
}

function Row({ view, worker, until }: { view: FreshnessView; worker: WorkerFreshness; until: number }) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const { epoch } = view;
  const span = toldSeconds(view);
  const part = worker.coveredSeconds === null ? null : worker.coveredSeconds / span;
  return (
    <div class="age-row">
      <span class="mono" title={worker.worker}>
        {shortAddress(worker.worker)}
      </span>
      <span class="dim wide-only">{worker.chain}</span>
      <span class="dim wide-only">{worker.choice ?? "–"}</span>
      <div ref={ref} class="age-cell">
        {width === 0 ? null : (
          <AgeChart
            from={epoch.start}
            until={until}
            end={epoch.end}
            refreshes={worker.refreshes}
            limitSeconds={worker.freshSeconds}
            label={summaryOf(worker, span)}
            width={width}
            height={ROW_HEIGHT - 10}
          />
        )}
      </div>
      <span class={`num ${part !== null && part < 1 && worker.uncovered.length > 0 ? "warn-text" : ""}`}>
        {part === null ? "–" : share(Math.min(1, part))}
      </span>
    </div>
  );
}

function Closer({ view, worker }: { view: FreshnessView; worker: WorkerFreshness }) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const { epoch, taskId } = view;
  const until = untilOf(view);
  const span = toldSeconds(view);
  const { freshSeconds, refreshes, uncovered, nextDue } = worker;
  const running = until < epoch.end;
  return (
    <Panel
      title="Age of one worker's data"
      note={
        <>
          <WorkerLink task={taskId} worker={worker.worker} chain={worker.chain} /> {worker.chain}
          {worker.choice === null ? "" : ` · ${worker.choice}`}
        </>
      }
      end={
        running && nextDue !== null ? (
          <span>
            next refresh due: <Countdown until={nextDue} />
          </span>
        ) : undefined
      }
    >
      <div class="stack">
        <div ref={ref} class="age-large">
          {width === 0 ? null : (
            <AgeChart
              from={epoch.start}
              until={until}
              end={epoch.end}
              refreshes={refreshes}
              limitSeconds={freshSeconds}
              label={summaryOf(worker, span)}
              width={width}
              height={200}
              large
            />
          )}
        </div>
        <Key hasLimit={freshSeconds !== null} />
        <p>
          {summaryOf(worker, span)}{" "}
          {worker.recorded === null ? "" : `Recorded on its chain: ${worker.recorded}.`}
        </p>
        <details class="more">
          <summary>
            {freshSeconds === null ? "" : `${counted(uncovered.length, "gap")} and `}
            {counted(refreshes.length, "refresh", "refreshes")} as a table
          </summary>
          <DataTable
            caption="Covered and uncovered time"
            hideCaption
            rows={[
              ...worker.covered.map(([from, to]) => ({ from, to, covered: true })),
              ...uncovered.map(([from, to]) => ({ from, to, covered: false })),
            ].sort((a, b) => a.from - b.from)}
            keyOf={({ from, to }) => `${from} ${to}`}
            columns={[
              { header: "from", head: true, cell: ({ from }) => <Moment at={from} /> },
              {
                header: "second",
                numeric: true,
                cell: ({ from, to }) => `${from - epoch.start}–${to - epoch.start}`,
              },
              { header: "lasting", numeric: true, cell: ({ from, to }) => duration(to - from) },
              {
                header: "state",
                cell: ({ covered }) =>
                  covered ? (
                    <span class="good-text">covered</span>
                  ) : (
                    <span class="bad-text">not covered</span>
                  ),
              },
              {
                header: "refreshes in it",
                numeric: true,
                cell: ({ from, to }) => refreshes.filter((at) => at >= from && at < to).length,
              },
            ]}
          />
        </details>
        {freshSeconds === null ? <p class="note">Its mechanism sets no bound to their age.</p> : null}
      </div>
    </Panel>
  );
}

/** Of whom there is most to see, unless one is chosen: who was not covered for longest, or refreshed most. */
function mostToSee(workers: readonly WorkerFreshness[]): number {
  const worth = ({ uncovered, refreshes }: WorkerFreshness) =>
    1e6 * uncovered.reduce((sum, [from, to]) => sum + to - from, 0) + refreshes.length;
  return workers.reduce((best, worker, i) => (worth(worker) > worth(workers[best]!) ? i : best), 0);
}

function keyOf({ chain, worker }: WorkerFreshness): string {
  return `${chain}/${worker}`;
}

function summaryOf(
  { coveredSeconds, refreshes, uncovered, age, freshSeconds }: WorkerFreshness,
  span: number,
): string {
  const data = `${counted(refreshes.length, "refresh", "refreshes")} in ${duration(span)}`;
  if (freshSeconds === null || coveredSeconds === null) return `${data}.`;
  const lost = uncovered.reduce((sum, [from, to]) => sum + to - from, 0);
  const now =
    age === null
      ? ""
      : ` The data are ${duration(age)} old, and count as fresh until ${duration(freshSeconds)}.`;
  return lost === 0
    ? `${data}, without a gap.${now}`
    : `${data}; ${duration(lost)} not covered, in ${counted(uncovered.length, "gap")}.${now}`;
}

function inOrder(workers: readonly WorkerFreshness[], order: keyof typeof ORDERS): WorkerFreshness[] {
  switch (order) {
    case "chain":
      return [...workers];
    case "least":
      return workers.toSorted((a, b) => (a.coveredSeconds ?? 0) - (b.coveredSeconds ?? 0));
    case "age":
      return workers.toSorted((a, b) => (b.age ?? 0) - (a.age ?? 0));
    default:
      return order satisfies never;
  }
}
