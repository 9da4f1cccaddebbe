import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { shortAddress } from "../../../reports/shortAddress.ts";
import type { MarketReplay, TwinMarketView, TwinMigration, TwinServer } from "../../api/MarketView.ts";
import { API } from "../../api/routes.ts";
import { duration } from "../format/duration.ts";
import { grouped } from "../format/grouped.ts";
import { Amount } from "../parts/Amount.tsx";
import { Copy } from "../parts/Copy.tsx";
import { DataTable } from "../parts/DataTable.tsx";
import { Figures } from "../parts/Figures.tsx";
import { Hash } from "../parts/Hash.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Moment } from "../parts/Moment.tsx";
import { Panel } from "../parts/Panel.tsx";
import { PlaceLink } from "../parts/PlaceLink.tsx";
import { Empty } from "../parts/States.tsx";
import { Tag } from "../parts/Tag.tsx";
import { AskError, ask } from "../state/ask.ts";
import { chainSecond } from "../state/clock.ts";
import { readReplay } from "./readReplay.ts";
import { TwinScene } from "./TwinScene.tsx";
import { hasMoved, migrationAt } from "./twinsAt.ts";

/** Migrations of the table: the latest so many. */
const MOST_ROWS = 60;
/** Seconds of the market that pass in one of the viewer's. */
const SPEEDS = [1, 4, 16] as const;

/** A market of twins, live or replayed. */
export function TwinMarket({ view }: { view: TwinMarketView }) {
  const recorded = `/markets/${encodeURIComponent(view.name)}/replay`;
  const replay = useSignal<MarketReplay | undefined>(undefined);
  const trouble = useSignal<string | undefined>(undefined);
  const take = async (read: () => Promise<MarketReplay>) => {
    trouble.value = undefined;
    try {
      replay.value = await read();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const next = error instanceof AskError && error.next !== undefined ? ` ${error.next}` : "";
      trouble.value = `${error.message}${next}`;
    }
  };
  return (
    <>
      <Totals view={view} />
      <div class="controls">
        <button
          type="button"
          class="button"
          aria-pressed={replay.value === undefined}
          onClick={() => (replay.value = undefined)}
        >
          Live
        </button>
        <button
          type="button"
          class="button"
          aria-pressed={replay.value !== undefined}
          onClick={() => take(() => ask<MarketReplay>(recorded))}
        >
          Replay from the beginning
        </button>
        <a class="button" href={`${API}${recorded}`} download={`${view.name}.json`}>
          Save what happened so far
        </a>
        <label>
          Replay a file of yours
          <input
            type="file"
            accept=".json,application/json"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file !== undefined) void take(() => readReplay(file));
            }}
          />
        </label>
      </div>
      {trouble.value === undefined ? null : (
        <p class="bad-text" role="alert">
          {trouble.value}
        </p>
      )}
      {replay.value === undefined ? <LiveScene view={view} /> : <Replayed replay={replay.value} />}
      <Servers servers={replay.value?.servers ?? view.servers} />
    </>
  );
}

function Totals({ view: { totals, vehicles, servers } }: { view: TwinMarketView }) {
  const { requested, completed, late, failed, expired, rejected, disputed, paid } = totals;
  return (
    <Figures
      figures={[
        { label: "Vehicles", value: grouped(vehicles.length) },
        { label: "Servers", value: grouped(servers.filter(({ joined }) => joined).length) },
        { label: "Migrations asked for", value: grouped(requested) },
        { label: "Completed", value: grouped(completed), under: `${grouped(late)} late` },
        {
          label: "Not completed",
          value: grouped(failed + expired + rejected),
          under: `${failed} failed, ${expired} expired, ${rejected} rejected`,
        },
        { label: "Disputed", value: grouped(disputed) },
        { label: "Paid to servers", value: <Amount wei={paid} currency="$" unit /> },
      ]}
    />
  );
}

function LiveScene({ view }: { view: TwinMarketView }) {
  const at = chainSecond.value;
  return (
    <>
      <Panel title="Where twins are" note="now">
        {view.servers.length === 0 ? (
          <Empty title="No server has joined yet">
            <p>Servers and vehicles are shown here as soon as they are on the chains.</p>
          </Empty>
        ) : (
          <Scene {...view} at={at} />
        )}
      </Panel>
      <Migrations migrations={view.migrations} names={namesOf(view)} at={undefined} />
    </>
  );
}

function Scene({
  map,
  servers,
  vehicles,
  migrations,
  at,
}: Pick<TwinMarketView, "map" | "servers" | "vehicles" | "migrations"> & { at: number }) {
  return (
    <div class="stack">
      <TwinScene map={map} servers={servers} vehicles={vehicles} migrations={migrations} at={at} />
      <p class="note">
        A vehicle has the colour of the server with its twin, and a line to it; a dashed line is a twin on its
        way. Squares are edge servers with what they cover, diamonds clouds.
        {map === null ? " The server was given no map: vehicles stand beside the servers." : ""}
      </p>
    </div>
  );
}

function Replayed({ replay }: { replay: MarketReplay }) {
  const { from, until, map, servers, migrations } = replay;
  const at = useSignal(from);
  const playing = useSignal(false);
  const speed = useSignal<(typeof SPEEDS)[number]>(4);
  useEffect(() => {
    if (!playing.value) return;
    let frame = 0;
    let last = performance.now();
    const tick = (now: number) => {
      at.value = Math.min(until, at.peek() + ((now - last) / 1000) * speed.peek());
      last = now;
      if (at.peek() >= until) playing.value = false;
      else frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [playing.value, until]);
  const addresses = [...new Set(migrations.map(({ vehicle }) => vehicle))];
  const vehicles = addresses.map((address) => ({ address, name: null, host: null, hostSince: null }));
  return (
    <>
      <Panel
        title="Replay"
        note={
          <>
            <Moment at={from} /> to <Moment at={until} />
          </>
        }
      >
        <div class="stack">
          <Scene map={map} servers={servers} vehicles={vehicles} migrations={migrations} at={at.value} />
          <div class="scrubber">
            <button
              type="button"
              class="button"
              onClick={() => {
                if (at.value >= until) at.value = from;
                playing.value = !playing.value;
              }}
            >
              <Icon name={playing.value ? "pause" : "play"} /> {playing.value ? "Pause" : "Play"}
            </button>
            <label class="grow">
              <span class="unseen">Time of the replay</span>
              <input
                type="range"
                min={from}
                max={until}
                step={1}
                value={at.value}
                aria-valuetext={`${duration(Math.floor(at.value - from))} of ${duration(until - from)}`}
                onInput={(event) => (at.value = event.currentTarget.valueAsNumber)}
              />
            </label>
            <span class="num">
              {duration(Math.floor(at.value - from))} / {duration(until - from)}
            </span>
            <label class="inline-label">
              Speed{" "}
              <select
                value={speed.value}
                onChange={(event) =>
                  (speed.value = Number(event.currentTarget.value) as (typeof SPEEDS)[number])
                }
              >
                {SPEEDS.map((one) => (
                  <option key={one} value={one}>
                    {one}×
                  </option>
                ))}
              </select>
            </label>
          </div>
        </div>
      </Panel>
      <Migrations migrations={migrations} names={namesOf({ map, servers, vehicles })} at={at.value} />
    </>
  );
}

/** @param at - Up to when, Unix seconds; undefined for all. */
function Migrations({
  migrations,
  names,
  at,
}: {
  migrations: readonly TwinMigration[];
  names: ReadonlyMap<string, string>;
  at: number | undefined;
}) {
  const rows = (at === undefined ? migrations : migrations.filter(({ requested }) => requested.at <= at))
    .slice(-MOST_ROWS)
    .map((migration) => (at === undefined ? migration : migrationAt(migration, at)))
    .reverse();
  return (
    <Panel
      title="Migrations"
      note={`the latest ${Math.min(rows.length, MOST_ROWS)} of ${grouped(migrations.length)}`}
      flush
    >
      {rows.length === 0 ? (
        <p class="body note">No twin was asked to move yet.</p>
      ) : (
        <DataTable
          caption="Migrations"
          hideCaption
          rows={rows}
          keyOf={({ id }) => id}
          columns={[
            { header: "migration", head: true, cell: ({ id }) => id },
            {
              header: "vehicle",
              cell: ({ vehicle }) => <Named address={vehicle} names={names} what="vehicle" />,
            },
            {
              header: "from → to",
              cell: ({ from, to }) => (
                <>
                  {from === null ? <span class="dim">nowhere</span> : (names.get(from) ?? shortAddress(from))}
                  {" → "}
                  {names.get(to) ?? shortAddress(to)}
                </>
              ),
            },
            { header: "size", numeric: true, cell: ({ kilobytes }) => `${grouped(kilobytes)} kB` },
            { header: "outcome", cell: (migration) => <Outcome migration={migration} /> },
            {
              header: "latency",
              numeric: true,
              cell: ({ latencyMs }) =>
                latencyMs === null ? <span class="dim">–</span> : duration(latencyMs / 1000),
            },
            {
              header: "to its server, $",
              numeric: true,
              cell: ({ settled }) =>
                settled === null ? (
                  <span class="dim">–</span>
                ) : (
                  <Amount wei={settled.toProvider} currency="$" />
                ),
            },
            { header: "requested", cell: ({ requested }) => <PlaceLink place={requested} /> },
          ]}
        />
      )}
    </Panel>
  );
}

/** Names of servers and vehicles by their addresses, where somebody gave them any. */
function namesOf({
  map,
  servers,
  vehicles,
}: Pick<TwinMarketView, "map" | "servers" | "vehicles">): ReadonlyMap<string, string> {
  const all = [...servers, ...vehicles, ...(map?.servers ?? []), ...(map?.vehicles ?? [])];
  return new Map(
    all.flatMap(({ address, name }) => (address === null || name === null ? [] : [[address, name] as const])),
  );
}

function Named({
  address,
  names,
  what,
}: {
  address: string;
  names: ReadonlyMap<string, string>;
  what: string;
}) {
  const name = names.get(address);
  if (name === undefined) return <Hash value={address} what={`${what}'s address`} />;
  return (
    <span class="nowrap" title={address}>
      {name} <Copy text={address} what={`${what}'s address`} />
    </span>
  );
}

function Outcome({ migration: { outcome, state } }: { migration: TwinMigration }) {
  if (outcome === null) return <Tag tone={state === "disputed" ? "warn" : "busy"}>{state}</Tag>;
  if (outcome === "Late") return <Tag tone="warn">late</Tag>;
  return <Tag tone={hasMoved(outcome) ? "good" : "bad"}>{outcome.toLowerCase()}</Tag>;
}

function Servers({ servers }: { servers: readonly TwinServer[] }) {
  if (servers.length === 0) return null;
  return (
    <Panel title="Servers" flush>
      <DataTable
        caption="Servers"
        hideCaption
        rows={servers}
        keyOf={({ address }) => address}
        columns={[
          {
            header: "server",
            head: true,
            cell: ({ address, name }) => (
              <>
                {name === null ? null : <>{name} </>}
                <Hash value={address} what="server's address" />
              </>
            ),
          },
          { header: "kind", cell: ({ kind }) => kind.toLowerCase() },
          { header: "chain", cell: ({ chain }) => chain },
          { header: "reputation", numeric: true, cell: ({ reputation }) => reputation.toFixed(2) },
          { header: "twins", numeric: true, cell: ({ hosted }) => hosted },
          {
            header: "price, $/MB",
            numeric: true,
            cell: ({ offer }) =>
              offer === null ? <span class="dim">–</span> : (offer.theta / 1e6).toFixed(4),
          },
          {
            header: "taken",
            numeric: true,
            cell: ({ offer }) =>
              offer === null ? (
                <span class="dim">–</span>
              ) : (
                `${grouped(offer.taken)} of ${grouped(offer.capacity)} kB`
              ),
          },
          {
            header: "state",
            cell: ({ joined }) => (joined ? <Tag tone="good">joined</Tag> : <Tag tone="plain">left</Tag>),
          },
        ]}
      />
    </Panel>
  );
}
