import { Fragment } from "preact";
import type { ChainView, NetworkView, RouteView } from "../../api/NetworkView.ts";
import { ChainMap } from "../charts/ChainMap.tsx";
import { duration } from "../format/duration.ts";
import { grouped } from "../format/grouped.ts";
import { Amount } from "../parts/Amount.tsx";
import { Answered } from "../parts/Answered.tsx";
import { DataTable } from "../parts/DataTable.tsx";
import { Age, ElapsedAtServer } from "../parts/Elapsed.tsx";
import { Figures } from "../parts/Figures.tsx";
import { Hash } from "../parts/Hash.tsx";
import { Panel } from "../parts/Panel.tsx";
import { PlaceLink } from "../parts/PlaceLink.tsx";
import { Tag } from "../parts/Tag.tsx";
import { to } from "../router.ts";
import { askAgain, network } from "../state/network.ts";

/** The network: heads, finality, who vouches for what, and which routes are paused or frozen. */
export function Network() {
  return (
    <>
      <h1>Network</h1>
      <Answered answer={network} again={askAgain} what="The network">
        {(data) => <NetworkOf data={data} />}
      </Answered>
    </>
  );
}

function NetworkOf({ data }: { data: NetworkView }) {
  const { totals, chains, routes } = data;
  const closed = routes.filter(({ state }) => state === "paused" || state === "frozen");
  const stuck = routes.reduce((sum, { messages }) => sum + messages.stuck, 0);
  return (
    <>
      <Figures
        figures={[
          {
            label: "Tasks",
            value: grouped(totals.tasks),
            under: <a href={to("tasks")}>{totals.open} open</a>,
          },
          { label: "Workers enrolled", value: grouped(totals.workers) },
          { label: "Funded", value: <Amount wei={totals.funded} unit /> },
          { label: "Paid to workers", value: <Amount wei={totals.paid} unit /> },
          { label: "Refunded", value: <Amount wei={totals.refunded} unit /> },
          {
            label: "Routes",
            value: closed.length === 0 ? "all open" : `${closed.length} closed`,
            under: <a href={`${to("messages")}?state=stuck`}>{stuck} stuck messages</a>,
          },
        ]}
      />
      <div class="chain-cards">
        {chains.map((chain) => (
          <ChainCard key={chain.name} chain={chain} />
        ))}
      </div>
      <Panel title="Routes" note="a way a message takes, as the gateway that delivers it has it" flush>
        <ChainMap chains={chains} routes={routes} />
        <Routes routes={routes} />
      </Panel>
      <div class="columns">
        <Panel title="Validators" note="vouch for what chains say" flush>
          <Validators data={data} />
        </Panel>
        <Panel title="Where things are">
          <dl class="pairs">
            <dt>storage</dt>
            <dd>{data.storage.length === 0 ? "–" : data.storage.join(", ")}</dd>
            <dt>aggregators</dt>
            <dd class="hash-list">
              {data.aggregators.map(({ address }) => (
                <Hash key={address} value={address} what="aggregator's address" />
              ))}
              {data.aggregators.length === 0 ? "–" : null}
            </dd>
            <dt>mechanisms</dt>
            <dd>{data.mechanisms.join(", ") || "–"}</dd>
            <dt>markets</dt>
            <dd>
              {data.markets.length === 0
                ? "–"
                : data.markets.map((name) => (
                    <a key={name} href={to("markets", name)}>
                      {name}
                    </a>
                  ))}
            </dd>
            <dt>this server</dt>
            <dd>
              {data.server.version}, for <ElapsedAtServer since={data.server.startedAt} />,{" "}
              {data.server.viewers} of at most {data.server.mostViewers} viewers
            </dd>
          </dl>
        </Panel>
      </div>
    </>
  );
}

const ROLES: Readonly<Record<ChainView["role"], { words: string; colour: string }>> = {
  main: { words: "main chain: tasks and money", colour: "d6" },
  relay: { words: "relay chain: what the others say", colour: "d4" },
  virtual: { words: "subchain of virtual space", colour: "d3" },
  physical: { words: "subchain of physical space", colour: "d1" },
};

function ChainCard({ chain }: { chain: ChainView }) {
  const {
    name,
    role,
    chainId,
    head,
    final,
    readUpTo,
    finality,
    blockSeconds,
    frozen,
    endpoints,
    contracts,
    replaced,
  } = chain;
  return (
    <section class={`panel chain-card ${ROLES[role].colour}`} aria-label={`Chain ${name}`}>
      <header>
        <h2>{name}</h2>
        <div class="end">
          <ChainState chain={chain} />
        </div>
        <p class="note">
          {ROLES[role].words} · chain id {chainId}
        </p>
      </header>
      <div class="body stack">
        <p class="head-number">
          {head === null ? "–" : grouped(head.number)}
          {head === null ? null : (
            <span class="note">
              {" "}
              newest block, <Age at={head.at} /> old
            </span>
          )}
        </p>
        <dl class="pairs">
          <dt>final</dt>
          <dd>
            {final === null ? "none yet" : grouped(final.number)}
            {head !== null && final !== null && head.number > final.number ? (
              <span class="dim"> · {head.number - final.number} behind</span>
            ) : null}
            <span class="dim"> · {finality}</span>
          </dd>
          <dt>read</dt>
          <dd>{readUpTo === null ? "–" : `up to ${grouped(readUpTo)}`}</dd>
          <dt>blocks</dt>
          <dd>{blockSeconds === null ? "as transactions come" : `every ${duration(blockSeconds)}`}</dd>
          <dt>endpoint</dt>
          <dd class="break">{chain.url}</dd>
        </dl>
        {frozen === null ? null : (
          <p class="bad-text">
            Frozen: it contradicted itself about <a href={to("tasks", frozen.task)}>task {frozen.task}</a>,{" "}
            <PlaceLink place={frozen.since} />
          </p>
        )}
        {replaced.length === 0 ? null : (
          <p class="warn-text">
            {replaced.length} replaced {replaced.length === 1 ? "branch" : "branches"}, the last{" "}
            <ElapsedAtServer since={replaced.at(-1)!.foundAt} /> ago
          </p>
        )}
        <details class="more">
          <summary>
            {contracts.length} contracts, {endpoints.length}{" "}
            {endpoints.length === 1 ? "endpoint" : "endpoints"}
          </summary>
          <dl class="pairs under">
            {contracts.map((contract) => (
              <Fragment key={contract.name}>
                <dt>{contract.name}</dt>
                <dd>
                  <Hash value={contract.address} what={`address of ${contract.name}`} />
                </dd>
              </Fragment>
            ))}
            {endpoints.map(({ url, state, latencyMilliseconds, trouble }) => (
              <Fragment key={url}>
                <dt class="break">{url}</dt>
                <dd>
                  {state}
                  {latencyMilliseconds === null ? "" : `, ${Math.round(latencyMilliseconds)} ms`}
                  {trouble === null ? "" : `: ${trouble}`}
                </dd>
              </Fragment>
            ))}
          </dl>
        </details>
      </div>
    </section>
  );
}

function ChainState({ chain: { connection, frozen } }: { chain: ChainView }) {
  if (frozen !== null)
    return (
      <Tag tone="bad" icon="pause">
        frozen
      </Tag>
    );
  switch (connection) {
    case "following":
      return <Tag tone="good">following</Tag>;
    case "reading":
      return <Tag tone="busy">reading</Tag>;
    case "rereading":
      return <Tag tone="warn">reading again</Tag>;
    case "disconnected":
      return <Tag tone="bad">no answer</Tag>;
    default:
      return connection satisfies never;
  }
}

function RouteState({ route: { state } }: { route: RouteView }) {
  switch (state) {
    case "open":
      return <Tag tone="good">open</Tag>;
    case "paused":
      return (
        <Tag tone="warn" icon="pause">
          paused
        </Tag>
      );
    case "frozen":
      return <Tag tone="bad">frozen</Tag>;
    case "unopened":
      return <Tag tone="plain">not opened</Tag>;
    default:
      return state satisfies never;
  }
}

function Routes({ routes }: { routes: readonly RouteView[] }) {
  return (
    <DataTable
      caption="Routes between chains"
      hideCaption
      rows={routes}
      keyOf={({ origin, destination }) => `${origin} ${destination}`}
      columns={[
        { header: "from → to", head: true, cell: ({ origin, destination }) => `${origin} → ${destination}` },
        { header: "state", cell: (route) => <RouteState route={route} /> },
        {
          header: "since",
          cell: ({ since, by }) => (
            <>
              {since === null ? <span class="dim">–</span> : <PlaceLink place={since} />}
              {by === null ? null : (
                <>
                  {" "}
                  by <Hash value={by} what="address" />
                </>
              )}
            </>
          ),
        },
        {
          header: "proof",
          cell: ({ proofs, validators }) =>
            `${proofs}${validators === null ? "" : `, ${validators.threshold} of ${validators.addresses.length}`}`,
        },
        {
          header: "limit",
          cell: ({ limit }) =>
            limit === null ? <span class="dim">none</span> : `${limit.burst}, ${limit.perMinute}/min`,
        },
        { header: "sent", numeric: true, cell: ({ messages }) => grouped(messages.sent) },
        { header: "delivered", numeric: true, cell: ({ messages }) => grouped(messages.delivered) },
        { header: "open", numeric: true, cell: ({ messages }) => grouped(messages.open) },
        {
          header: "stuck",
          numeric: true,
          cell: ({ messages }) =>
            messages.stuck === 0 ? (
              <span class="dim">0</span>
            ) : (
              <strong class="bad-text">{messages.stuck}</strong>
            ),
        },
      ]}
    />
  );
}

function Validators({ data: { validators, routes } }: { data: NetworkView }) {
  const known = new Map(validators.map(({ address, url }) => [address, url]));
  for (const route of routes)
    for (const address of route.validators?.addresses ?? []) if (!known.has(address)) known.set(address, "–");
  const vouches = (address: string) => [
    ...new Set(
      routes.filter((route) => route.validators?.addresses.includes(address)).map(({ origin }) => origin),
    ),
  ];
  return (
    <DataTable
      caption="Validators"
      hideCaption
      rows={[...known]}
      keyOf={([address]) => address}
      columns={[
        {
          header: "validator",
          head: true,
          cell: ([address]) => <Hash value={address} what="validator's address" />,
        },
        { header: "vouches for", cell: ([address]) => vouches(address).join(", ") || "–" },
        { header: "signatures at", cell: ([, url]) => <span class="break">{url}</span> },
      ]}
    />
  );
}
