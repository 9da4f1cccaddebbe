import { useSignal } from "@preact/signals";
import type { Series, TradeMarketView, TradeView } from "../../api/MarketView.ts";
import { LineChart } from "../charts/LineChart.tsx";
import { capitalized } from "../format/capitalized.ts";
import { localMoment } from "../format/moment.ts";
import { Amount } from "../parts/Amount.tsx";
import { DataTable } from "../parts/DataTable.tsx";
import { Hash } from "../parts/Hash.tsx";
import { Moment } from "../parts/Moment.tsx";
import { Panel } from "../parts/Panel.tsx";
import { Empty } from "../parts/States.tsx";
import { Tag } from "../parts/Tag.tsx";
import { WorkerLink } from "../parts/WorkerLink.tsx";
import { to } from "../router.ts";
import { serverSecond } from "../state/clock.ts";

/** Lines that a chart shows; more cannot be told apart. */
const MOST_LINES = 12;

/** A market of models: what each publisher offers, who sells to whom, and how much. */
export function TradeMarket({ view: { trades } }: { view: TradeMarketView }) {
  const chosen = useSignal<string | undefined>(undefined);
  if (trades.length === 0) {
    return (
      <Empty title="Nobody trades yet">
        <p>
          Publishers' prices and workers' sales are shown here as soon as a task of this mechanism is
          published.
        </p>
      </Empty>
    );
  }
  const trade = trades.find(({ taskId }) => taskId === chosen.value) ?? trades.at(-1)!;
  return (
    <>
      <Allocations trades={trades} />
      <div class="controls">
        <label>
          Publisher's task
          <select value={trade.taskId} onChange={(event) => (chosen.value = event.currentTarget.value)}>
            {trades.map(({ taskId, name }) => (
              <option key={taskId} value={taskId}>
                {taskId}
                {name === null ? "" : ` · ${name}`}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Trade trade={trade} />
    </>
  );
}

/** Who works for whom: a row a worker, a column a publisher, the number of sales in each cell. */
function Allocations({ trades }: { trades: readonly TradeView[] }) {
  const workers = [...new Set(trades.flatMap(({ offers }) => offers.map(({ worker }) => worker)))];
  if (workers.length === 0) {
    return (
      <Panel title="Who sells to whom">
        <p class="note">No price is posted for anybody.</p>
      </Panel>
    );
  }
  return (
    <Panel title="Who sells to whom" note="sales so far, of those who took an offer" flush>
      <DataTable
        caption="Sales of each worker to each publisher"
        hideCaption
        rows={workers}
        keyOf={(worker) => worker}
        columns={[
          { header: "worker", head: true, cell: (worker) => <Hash value={worker} what="worker's address" /> },
          ...trades.map(({ taskId, name, offers, sales }) => ({
            header: `task ${taskId}${name === null ? "" : ` · ${name}`}`,
            numeric: true,
            cell: (worker: string) => {
              const offer = offers.find((one) => one.worker === worker);
              if (offer === undefined) return <span class="dim">no offer</span>;
              if (!offer.taken) return <span class="dim">not taken</span>;
              const count = sales.filter((sale) => sale.worker === worker).length;
              return (
                <Share
                  count={count}
                  most={Math.max(
                    1,
                    ...workers.map((one) => sales.filter((sale) => sale.worker === one).length),
                  )}
                />
              );
            },
          })),
        ]}
      />
    </Panel>
  );
}

function Share({ count, most }: { count: number; most: number }) {
  return (
    <span class="share">
      <svg width={60} height={8} aria-hidden="true">
        <rect class="room" width={60} height={8} rx={3} />
        <rect class="accepted" width={(60 * count) / most} height={8} rx={3} />
      </svg>
      {count}
    </span>
  );
}

function Trade({ trade }: { trade: TradeView }) {
  const { taskId, publisher, start, end, offers, series } = trade;
  return (
    <>
      <Panel
        title={`Offers of task ${taskId}`}
        note={
          <>
            by <Hash value={publisher} what="publisher's address" />, <Moment at={start} /> to{" "}
            <Moment at={end} /> · <a href={to("tasks", taskId)}>live</a>
          </>
        }
        flush
      >
        <DataTable
          caption="Posted prices"
          hideCaption
          rows={offers}
          keyOf={({ worker }) => worker}
          columns={[
            {
              header: "worker",
              head: true,
              cell: ({ worker, chain }) =>
                chain === null ? (
                  <Hash value={worker} what="worker's address" />
                ) : (
                  <WorkerLink task={taskId} worker={worker} chain={chain} />
                ),
            },
            { header: "price, tokens an IoM", numeric: true, cell: ({ price }) => <Amount wei={price} /> },
            {
              header: "taken",
              cell: ({ taken }) => (taken ? <Tag tone="good">taken</Tag> : <Tag tone="plain">not taken</Tag>),
            },
          ]}
        />
      </Panel>
      <div class="columns">
        {series.map((one) => (
          <SeriesChart key={one.name} series={one} />
        ))}
      </div>
    </>
  );
}

function SeriesChart({ series: { name, unit, lines } }: { series: Series }) {
  const shown = lines.filter(({ points }) => points.length > 0).slice(0, MOST_LINES);
  const x = [...new Set(shown.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const inTokens = unit.startsWith("wei");
  const inUnit = inTokens ? unit.replace("wei", "tokens") : unit;
  // "IoM so far" says what IoM is drawn.
  const title = capitalized(inUnit.startsWith(name) ? inUnit : `${name}, ${inUnit}`);
  const isWhole = shown.every(({ points }) => points.every(([, value]) => Number.isInteger(value)));
  const left = lines.length - shown.length;
  return (
    <Panel title={title} note={left === 0 ? undefined : `${left} lines more are not drawn`}>
      {x.length === 0 ? (
        <p class="note">Nothing yet.</p>
      ) : (
        <LineChart
          title={title}
          xLabel="time"
          x={x}
          lines={shown.map(({ label, points }, i) => {
            const values = new Map(points);
            return {
              label,
              colour: (i % 6) + 1,
              dashed: i >= 6,
              stepped: true,
              values: x.map((at) => values.get(at) ?? null),
            };
          })}
          format={(value) => (inTokens ? (value / 1e18).toFixed(4) : shortNumber(value))}
          {...(isWhole
            ? { formatMark: (value: number) => (Number.isInteger(value) ? String(value) : "") }
            : {})}
          formatX={(at) => localMoment(at, serverSecond.peek())}
        />
      )}
    </Panel>
  );
}

function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}
