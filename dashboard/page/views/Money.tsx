import { Fragment } from "preact";
import { shortAddress } from "../../../reports/shortAddress.ts";
import type { Formula, MoneyFlow, MoneyNode, MoneyView, PaymentView } from "../../api/MoneyView.ts";
import type { Flow } from "../charts/ribbons.ts";
import { Sankey, type SankeyNames } from "../charts/Sankey.tsx";
import { grouped } from "../format/grouped.ts";
import { Amount } from "../parts/Amount.tsx";
import { Answered } from "../parts/Answered.tsx";
import { DataTable } from "../parts/DataTable.tsx";
import { Hash } from "../parts/Hash.tsx";
import { Moment } from "../parts/Moment.tsx";
import { Panel } from "../parts/Panel.tsx";
import { PlaceLink } from "../parts/PlaceLink.tsx";
import { CommandLine, Empty } from "../parts/States.tsx";
import { Tag } from "../parts/Tag.tsx";
import { WorkerLink } from "../parts/WorkerLink.tsx";
import { useAnswer } from "../state/useAnswer.ts";

/** Workers that have a ribbon of their own; the others share one. */
const MOST_RIBBONS = 16;
/** Movements that are shown: the latest so many. */
const MOST_MOVEMENTS = 200;

/** Where a task's money went, and why each worker got what it got. */
export function Money({ id, isOpen }: { id: string; isOpen: boolean }) {
  const { answer, again } = useAnswer<MoneyView>(
    `/tasks/${encodeURIComponent(id)}/money`,
    (event) => event.type === "task" && event.taskId === id,
  );
  return (
    <Answered answer={answer} again={again} what="The money">
      {(view) =>
        view.funded === "0" ? (
          <Empty title="Nothing is in the escrow yet">
            <p>A task is funded with the most that it can cost, in the transaction that publishes it.</p>
          </Empty>
        ) : (
          <MoneyOf view={view} isOpen={isOpen} />
        )
      }
    </Answered>
  );
}

function MoneyOf({ view, isOpen }: { view: MoneyView; isOpen: boolean }) {
  const { funded, paid, refunded, held } = view;
  const adds = BigInt(funded) === BigInt(paid) + BigInt(refunded) + BigInt(held);
  const flows = shortened(view.flows);
  const rows = new Set(flows.map(({ to }) => to).filter((name) => !name.startsWith("subchain"))).size;
  return (
    <>
      <Panel title="Where the money went" note={view.token.symbol ?? undefined}>
        <div class="stack">
          <p class="equation">
            <span>
              funded <Amount wei={funded} />
            </span>
            <span>=</span>
            <span>
              paid <Amount wei={paid} />
            </span>
            <span>+</span>
            <span>
              refunded <Amount wei={refunded} />
            </span>
            <span>+</span>
            <span>
              held <Amount wei={held} />
            </span>
            <span class="dim">tokens</span>
            <Tag tone={adds ? "good" : "bad"}>{adds ? "adds up to the wei" : "does not add up"}</Tag>
          </p>
          <Held view={view} isOpen={isOpen} />
          <Sankey
            title="From the publisher to workers, and what went back"
            flows={flows}
            names={NAMES}
            rows={rows}
          />
          <details class="more">
            <summary>The same as a table</summary>
            <DataTable
              caption="Where the money went"
              hideCaption
              rows={view.flows}
              keyOf={({ from, to }) => `${keyOf(from)} ${keyOf(to)}`}
              columns={[
                { header: "from", head: true, cell: ({ from }) => labelOf(from) },
                { header: "to", cell: ({ to }) => labelOf(to) },
                { header: "tokens", numeric: true, cell: ({ amount }) => <Amount wei={amount} /> },
              ]}
            />
          </details>
        </div>
      </Panel>
      <Payments view={view} />
      <Movements view={view} />
    </>
  );
}

function Held({ view: { heldUntil, taskId, held, due }, isOpen }: { view: MoneyView; isOpen: boolean }) {
  const earned =
    due === null || due === "0" ? null : (
      <p class="note">
        <Amount wei={due} unit /> are earned so far and not claimed.
      </p>
    );
  if (heldUntil !== null) {
    const why = {
      claims: "workers may claim",
      settlements: "a subchain has not settled",
      route: "the route from the relay chain was closed",
    };
    return (
      <>
        <p class="note">
          The rest is held{" "}
          {heldUntil.until === null ? (
            "while the route from the relay chain is closed"
          ) : (
            <>
              until <Moment at={heldUntil.until} />: {why[heldUntil.why]}
            </>
          )}
          .
        </p>
        {earned}
      </>
    );
  }
  return (
    <>
      {earned}
      {held === "0" || isOpen ? null : (
        <>
          <p class="note">Nothing of the rest can be claimed any more. This takes it back:</p>
          <CommandLine line={`./freshet task refund ${taskId}`} />
        </>
      )}
    </>
  );
}

function Payments({ view: { payments, taskId, paid } }: { view: MoneyView }) {
  if (payments.length === 0) {
    return (
      <Panel title="Payments">
        <p class="note">Nobody was paid yet. Workers claim once their subchain has settled.</p>
      </Panel>
    );
  }
  return (
    <Panel
      title={`${grouped(payments.length)} ${payments.length === 1 ? "payment" : "payments"}`}
      note="each with its formula, and the numbers in it"
      flush
    >
      <DataTable
        caption="Payments"
        hideCaption
        rows={payments}
        keyOf={({ worker, chain }) => `${chain} ${worker}`}
        columns={[
          {
            header: "worker",
            head: true,
            cell: ({ worker, chain }) => <WorkerLink task={taskId} worker={worker} chain={chain} />,
          },
          { header: "chain", cell: ({ chain }) => chain },
          { header: "rounds", numeric: true, cell: ({ acceptedRounds }) => acceptedRounds },
          { header: "paid, tokens", numeric: true, cell: ({ amount }) => <Amount wei={amount} /> },
          { header: "why", wide: true, cell: (payment) => <Why payment={payment} /> },
          { header: "claimed", cell: ({ claim }) => <PlaceLink place={claim} /> },
        ]}
        foot={["all", "", "", <Amount key="paid" wei={paid} />, "", ""]}
      />
    </Panel>
  );
}

function Why({ payment: { formula } }: { payment: PaymentView }) {
  if (formula === null) return <span class="dim">its mechanism is not known here</span>;
  return (
    <details class="formula">
      <summary>
        <code>{formula.numbers}</code>
        {formula.agrees === null ? null : formula.agrees ? (
          <Tag tone="good">agrees</Tag>
        ) : (
          <Tag tone="bad">paid otherwise</Tag>
        )}
      </summary>
      <FormulaOf formula={formula} />
    </details>
  );
}

/** A formula with what each of its symbols is. */
export function FormulaOf({ formula: { symbols, terms, result, note } }: { formula: Formula }) {
  return (
    <div class="formula-body">
      <p>
        <code>{symbols}</code>
        {result === null ? null : (
          <>
            {" = "}
            <Amount wei={result} />
          </>
        )}
      </p>
      <dl class="pairs">
        {terms.map(({ symbol, value, unit, meaning }) => (
          <Fragment key={symbol}>
            <dt>
              <code>{symbol}</code>
            </dt>
            <dd>
              {value} {unit} <span class="dim">{meaning}</span>
            </dd>
          </Fragment>
        ))}
      </dl>
      {note === null ? null : <p class="note">{note}</p>}
    </div>
  );
}

function Movements({ view: { movements } }: { view: MoneyView }) {
  return (
    <Panel title="Movements of the escrow" note="in the order of the chain" flush>
      <DataTable
        caption="Movements of the escrow"
        hideCaption
        rows={movements.slice(-MOST_MOVEMENTS)}
        keyOf={(_, i) => i}
        columns={[
          { header: "what", head: true, cell: ({ kind }) => kind },
          { header: "who", cell: ({ who }) => <Hash value={who} what="address" /> },
          { header: "tokens", numeric: true, cell: ({ amount }) => <Amount wei={amount} /> },
          { header: "where", cell: (movement) => <PlaceLink place={movement} /> },
        ]}
      />
    </Panel>
  );
}

const NAMES: SankeyNames = {
  colour: (name) => {
    const kind = name.split("\n")[0];
    if (kind === "worker" || kind === "others") return "d1";
    if (kind === "subchain") return "d3";
    if (kind === "refunded") return "d2";
    if (kind === "publisher" || kind === "escrow") return "d6";
    return "plain";
  },
  label: (name) => {
    const [kind, own = ""] = name.split("\n");
    if (kind === "others") return `${own} more ${own === "1" ? "worker" : "workers"}`;
    return labelOf({ kind: kind as MoneyNode["kind"], name: own });
  },
};

function keyOf({ kind, name }: MoneyNode): string {
  return name === "" ? kind : `${kind}\n${name}`;
}

function labelOf({ kind, name }: MoneyNode): string {
  switch (kind) {
    case "worker":
      return shortAddress(name);
    case "publisher":
      return `publisher ${shortAddress(name)}`;
    case "subchain":
      return name;
    default:
      return kind;
  }
}

/** The flows, with the smallest workers of each subchain put together where there are too many for a picture. */
function shortened(flows: readonly MoneyFlow[]): Flow[] {
  const shown = flows.map(({ from, to, amount }) => ({
    from: keyOf(from),
    to: keyOf(to),
    amount: BigInt(amount),
  }));
  const workers = shown.filter(({ to }) => to.startsWith("worker"));
  if (workers.length <= MOST_RIBBONS) return shown;
  const kept = new Set(
    workers
      .toSorted((a, b) => (a.amount > b.amount ? -1 : 1))
      .slice(0, MOST_RIBBONS - 2)
      .map(({ to }) => to),
  );
  // By subchain, so that no ribbon crosses another.
  const byChain = [...Map.groupBy(workers, ({ from }) => from)].flatMap(([from, own]): Flow[] => {
    const rest = own.filter(({ to }) => !kept.has(to));
    const amount = rest.reduce((sum, one) => sum + one.amount, 0n);
    const others = rest.length === 0 ? [] : [{ from, to: `others\n${rest.length}\n${from}`, amount }];
    return [...own.filter(({ to }) => kept.has(to)), ...others];
  });
  return [...shown.filter(({ to }) => !to.startsWith("worker")), ...byChain];
}
