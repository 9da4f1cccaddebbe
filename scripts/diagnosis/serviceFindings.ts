import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import type { Served } from "../../chains/networks/nodeTls.ts";
import { requireFreePort } from "../../chains/networks/requireFreePort.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { PlaceOf } from "../ownTls.ts";
import { type Finding, failureOf } from "./Examination.ts";
import type { NodeAccount } from "./nodeAccounts.ts";

/** How long a server may take to answer, milliseconds. */
const TIMEOUT_MILLISECONDS = 5000;
/** How far another machine's clock may be from this one's, seconds; the header that tells it has whole seconds. */
const CLOCKS_APART_SECONDS = 3;
/** A server that the network file names. */
export interface NamedServer {
  /** For people, such as "validator 2". */
  name: string;
  url: string;
  served: Served;
  /** Whether this node runs it. */
  own: boolean;
}

/** The servers of a network but its storage, each once, and which this node runs. */
export function namedServers(network: NetworkFile, accounts: readonly NodeAccount[]): NamedServer[] {
  const has = (role: NodeAccount["role"], address: string) =>
    accounts.some((one) => one.role === role && one.address?.toLowerCase() === address.toLowerCase());
  const all: NamedServer[] = [
    ...network.validators.map(({ address, url }, i) => ({
      name: `validator ${i + 1}`,
      url,
      served: "relay" as const,
      own: has("validator", address),
    })),
    ...network.aggregators.map(({ address, url }, i) => ({
      name: `aggregator ${i + 1}`,
      url,
      served: "aggregator" as const,
      own: has("aggregator", address),
    })),
    ...Object.entries(network.services ?? {}).flatMap(([mechanism, places]) =>
      places.map(({ address, url }, i) => ({
        name: `${mechanism} service ${i + 1}`,
        url,
        served: "service" as const,
        own: has("publisher", address),
      })),
    ),
  ];
  const found = new Map<string, NamedServer>();
  for (const one of all) {
    const known = found.get(one.url);
    if (known === undefined) found.set(one.url, one);
    else found.set(one.url, { ...one, name: `${known.name}, ${one.name}`, own: known.own || one.own });
  }
  return [...found.values()];
}

/** Whether another's server answers at all, and what its clock says. */
export async function peerFinding({ url }: NamedServer, clock: Clock): Promise<Finding> {
  const { origin } = new URL(url);
  try {
    const before = clock.now();
    const response = await fetch(new URL("/health", url), {
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    const took = clock.now() - before;
    await response.body?.cancel();
    const said = Date.parse(response.headers.get("date") ?? "");
    // It was told at some time while it was waited for, and cut to whole seconds.
    const apart = (before + took / 2 - said - 500) / 1000;
    if (!Number.isNaN(apart) && Math.abs(apart) > CLOCKS_APART_SECONDS + took / 2000)
      return {
        outcome: "warn",
        found: `${origin} answers in ${took} ms, and its clock is ${Math.abs(apart).toFixed(0)} s ${apart > 0 ? "behind" : "ahead of"} this machine's`,
        next: "Set clocks by NTP (timedatectl set-ntp true).",
      };
    return { outcome: "ok", found: `${origin} answers in ${took} ms` };
  } catch (error) {
    const { message, cause } = error as Error;
    return {
      outcome: "warn",
      found: `${origin} does not answer: ${cause instanceof Error ? cause.message : message}`,
      next: "It may be down, or a firewall may be between: ask who runs it. Enough others may do.",
    };
  }
}

/** Whether this node can listen where it is to, behind the URL at which others find it, or already does. */
export async function bindingFinding({ url, name, served }: NamedServer, placeOf: PlaceOf): Promise<Finding> {
  const { origin } = new URL(url);
  const { host, port } = placeOf(served, url);
  const at = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const where = new URL(url).host === at ? origin : `${at}, for ${origin},`;
  try {
    await requireFreePort(host, port, name);
    return { outcome: "ok", found: `${where} is free` };
  } catch (error) {
    if (!(error instanceof BaseError) || error.code !== "PORT_IN_USE")
      return {
        outcome: "warn",
        found: failureOf(error).found,
        next: `Others ask for it at ${origin}. If that is a gateway before this machine, say where the server itself is bound: bind.${served} of the node file.`,
      };
    if (await isFreshet(url)) return { outcome: "ok", found: `${where} is served already` };
    return {
      outcome: "fail",
      found: `${error.shortMessage} What is there is no part of Freshet`,
      next: "Stop what listens there, or have another address of this node in the network file.",
    };
  }
}

/** Whether one of Freshet's servers answers: each says how it is at /health. */
async function isFreshet(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/health", url), {
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    const answer = (await response.json()) as { ok?: unknown };
    return typeof answer.ok === "boolean";
  } catch {
    return false;
  }
}
