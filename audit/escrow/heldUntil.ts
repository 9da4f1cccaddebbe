import { type EventNamed, type EventPlace, isBefore } from "../../chains/clients/ChainEvent.ts";
import { greatest } from "../../numerics/extremes.ts";
import { LONGEST_SILENCE_SECONDS } from "../../protocol/taskTerms.ts";
import { type ChainEvidence, eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";

/**
 * Until when an ended task's escrow was held for claims, as of an event on the main chain: Unix seconds, 0 when nothing
 * could be claimed any more, and infinity while the route from the relay chain was closed. As ITaskManager.heldUntil,
 * from events alone.
 */
export async function heldUntil(evidence: Evidence, at: EventPlace): Promise<number> {
  const { main, task } = evidence;
  const [terms, state] = await Promise.all([evidence.terms(), evidence.state()]);
  if (state.status === "Rejected") return 0;
  const { startTime, epochSeconds, claimSeconds } = terms.schedule;
  const settled = eventsOf(main, task, "EpochSettled").filter((event) => isBefore(event, at));
  const workers = settled.reduce((sum, event) => sum + event.args.workers, 0);
  const claims = eventsOf(main, task, "RewardClaimed").filter((event) => isBefore(event, at));
  const all = settled.length === terms.subchains.length;
  if (all && claims.length === workers) return 0;
  const end = Math.max(state.endedAt, startTime + epochSeconds);
  const arrivals = await Promise.all(settled.map(({ blockNumber }) => main.blockTime(blockNumber)));
  const lastly = Math.max(end, greatest(arrivals)) + claimSeconds;
  const silent = all ? 0 : end + claimSeconds + LONGEST_SILENCE_SECONDS;
  const openSince = await openedAt(main, BigInt(evidence.network.relay.chainId), at);
  return openSince === undefined ? Infinity : Math.max(lastly, silent, openSince + claimSeconds);
}

type RouteEvent = EventNamed<
  "RouteOpened" | "RoutePaused" | "RouteUnpaused" | "RouteFrozen" | "RouteUnfrozen"
>;
const ROUTE_EVENTS = ["RouteOpened", "RoutePaused", "RouteUnpaused", "RouteFrozen", "RouteUnfrozen"];

/** Since when a route was open as of an event; undefined while it was closed. */
async function openedAt(main: ChainEvidence, chainId: bigint, at: EventPlace): Promise<number | undefined> {
  let opened: RouteEvent | undefined;
  let [paused, frozen] = [false, false];
  for (const event of main.events) {
    if (!isOfRoute(event, chainId) || !isBefore(event, at)) continue;
    const wasClosed = paused || frozen;
    if (event.name === "RoutePaused" || event.name === "RouteUnpaused") paused = event.name === "RoutePaused";
    if (event.name === "RouteFrozen" || event.name === "RouteUnfrozen") frozen = event.name === "RouteFrozen";
    if (event.name === "RouteOpened" || (wasClosed && !paused && !frozen)) opened = event;
  }
  if (paused || frozen || opened === undefined) return undefined;
  return main.blockTime(opened.blockNumber);
}

function isOfRoute(event: { name: string; args: object }, chainId: bigint): event is RouteEvent {
  return ROUTE_EVENTS.includes(event.name) && "chainId" in event.args && event.args.chainId === chainId;
}
