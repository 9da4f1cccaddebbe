import type { StatementLine, StatementView, Statement as Told } from "../../api/StatementView.ts";
import type { TaskLive } from "../../api/TaskLive.ts";
import { Amount } from "../parts/Amount.tsx";
import { Answered } from "../parts/Answered.tsx";
import { DataTable } from "../parts/DataTable.tsx";
import { Figures } from "../parts/Figures.tsx";
import { Hash } from "../parts/Hash.tsx";
import { Panel } from "../parts/Panel.tsx";
import { PlaceLink } from "../parts/PlaceLink.tsx";
import { CommandLine, Empty } from "../parts/States.tsx";
import { Tag } from "../parts/Tag.tsx";
import { WorkerLink } from "../parts/WorkerLink.tsx";
import { place } from "../router.ts";
import { useAnswer } from "../state/useAnswer.ts";

/** Why a worker was paid what it was paid, and why not more. */
export function Statement({ id, worker, task }: { id: string; worker: string | undefined; task: TaskLive }) {
  return worker === undefined ? <Choice id={id} task={task} /> : <One id={id} worker={worker} />;
}

function Choice({ id, task: { workers } }: { id: string; task: TaskLive }) {
  if (workers.length === 0) {
    return (
      <Empty title="Nobody has enrolled yet">
        <p>Each worker's statement says what it earned and what it did not, line by line.</p>
      </Empty>
    );
  }
  return (
    <Panel title="Why was I (not) paid?" note="choose a worker" flush>
      <DataTable
        caption="Workers of the task"
        hideCaption
        rows={workers}
        keyOf={({ chain, worker }) => `${chain} ${worker}`}
        columns={[
          {
            header: "worker",
            head: true,
            cell: ({ worker, chain }) => <WorkerLink task={id} worker={worker} chain={chain} />,
          },
          { header: "chain", cell: ({ chain }) => chain },
          {
            header: "accepted",
            numeric: true,
            cell: ({ acceptedRounds, revealedRounds }) =>
              `${acceptedRounds.length} of ${revealedRounds.length} revealed`,
          },
          {
            header: "paid",
            numeric: true,
            cell: ({ paid }) =>
              paid === null ? <span class="dim">not claimed</span> : <Amount wei={paid.amount} />,
          },
        ]}
      />
    </Panel>
  );
}

function One({ id, worker }: { id: string; worker: string }) {
  const chain = place.value.query.get("chain");
  const path = `/tasks/${encodeURIComponent(id)}/statement/${encodeURIComponent(worker)}${chain === null ? "" : `?chain=${encodeURIComponent(chain)}`}`;
  const { answer, again } = useAnswer<StatementView>(
    path,
    (event) => event.type === "task" && event.taskId === id,
  );
  return (
    <Answered answer={answer} again={again} what="The statement">
      {(view) =>
        view.available ? (
          <StatementOf worker={worker} statement={view.statement} />
        ) : (
          <Empty title="The statement is not to be had here">
            <p>{view.why}</p>
            <p>The command line tells it:</p>
            <CommandLine line={view.command} />
          </Empty>
        )
      }
    </Answered>
  );
}

function StatementOf({ worker, statement }: { worker: string; statement: Told }) {
  const { paid, most, claimed, lines, chain } = statement;
  const earned = sum(lines, "earned");
  const agrees = earned === BigInt(paid);
  const missing = BigInt(most) - BigInt(paid);
  return (
    <>
      <Figures
        figures={[
          { label: claimed ? "Paid" : "Would be paid now", value: <Amount wei={paid} /> },
          { label: "The most it could be", value: <Amount wei={most} /> },
          { label: "Not earned", value: <Amount wei={String(missing < 0n ? 0n : missing)} /> },
        ]}
      />
      <Panel
        title="Statement"
        note={
          <>
            of <Hash value={worker} what="worker's address" /> on {chain}
          </>
        }
        end={
          <Tag tone={agrees ? "good" : "bad"}>
            {agrees ? "sums to the paid wei" : "does not sum to what was paid"}
          </Tag>
        }
        flush
      >
        <DataTable
          caption="What was earned and what was not"
          hideCaption
          rows={lines}
          keyOf={(_, i) => i}
          columns={[
            { header: "kind", cell: ({ kind }) => <KindTag kind={kind} /> },
            { header: "what for", head: true, cell: ({ text }) => text },
            {
              header: "amount",
              numeric: true,
              cell: ({ kind, amount }) =>
                amount === null ? (
                  ""
                ) : (
                  <span class={kind === "lost" ? "bad-text" : undefined}>
                    {kind === "lost" ? "−" : ""}
                    <Amount wei={amount} />
                  </span>
                ),
            },
            {
              header: "where",
              cell: ({ places }) => (
                <span class="stack">
                  {places.map((one) => (
                    <PlaceLink key={one.transaction + one.block} place={one} />
                  ))}
                </span>
              ),
            },
          ]}
          foot={[
            claimed ? "paid" : "would be paid now",
            "all that was earned",
            <Amount key="paid" wei={paid} />,
            "",
          ]}
        />
      </Panel>
    </>
  );
}

function KindTag({ kind }: { kind: StatementLine["kind"] }) {
  switch (kind) {
    case "earned":
      return <Tag tone="good">earned</Tag>;
    case "lost":
      return <Tag tone="bad">not earned</Tag>;
    case "note":
      return <Tag tone="plain">note</Tag>;
    default:
      return kind satisfies never;
  }
}

function sum(lines: readonly StatementLine[], kind: StatementLine["kind"]): bigint {
  return lines.reduce((total, line) => (line.kind === kind ? total + BigInt(line.amount ?? 0) : total), 0n);
}
