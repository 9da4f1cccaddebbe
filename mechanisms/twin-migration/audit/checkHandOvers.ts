import { AbiCoder, keccak256 } from "ethers";

import { BaseError } from "../../../protocol/BaseError.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import type { MarketEvidence, MarketTally, SeenMessage } from "../../MarketAudit.ts";
import { type Chronicle, chronicleOf, type HostsTellings, type HostsTold } from "./Chronicle.ts";
import { NOWHERE } from "./rules.ts";

const ORDER =
  "tuple(uint256 migration, address vehicle, address source, uint64 sourceChain, address destination, uint64 destinationChain, uint48 until)";
const REPORT = `tuple(${ORDER} order, bytes32 stateHash, uint48 at)`;
/** The largest state that is read, bytes. */
const MOST_STATE_BYTES = 64 * 1024 * 1024;
const KINDS = ["Released", "HandedOver"] as const;

/** A message between the market's contracts, read a second time. */
interface Report {
  message: SeenMessage;
  kind: (typeof KINDS)[number];
  order: {
    migration: bigint;
    vehicle: string;
    source: string;
    sourceChain: bigint;
    destination: string;
    destinationChain: bigint;
  };
  key: string;
  stateHash: string;
  body: string;
}

/**
 * Every hand-over that main was told of was released by the old host's subchain and taken on at the new one with one state,
 * which is in storage under its digest; each message that tells of it passed the relay chain unchanged; and main names as
 * a twin's host whom the subchains do. Counts hand-overs.
 */
export async function checkHandOvers(evidence: MarketEvidence, tally: MarketTally): Promise<void> {
  const chronicle = await chronicleOf(evidence);
  const reports = evidence.messages.map((message) => readReport(message, tally));
  const byMessage = Map.groupBy(reports, ({ message }) => message.id);
  const byOrder = new Map(
    [...chronicle.hosts].map(([chainId, told]) => [
      chainId,
      Map.groupBy(told, ({ args }) => ("order" in args ? args.order : "")),
    ]),
  );
  const ofOrder = (chainId: bigint, key: string) => byOrder.get(chainId)?.get(key) ?? [];
  const chainOf = new Map(chronicle.of("ServerJoined").map(({ args }) => [args.server, args.chainId]));
  checkForwarded(evidence, reports, tally);
  const states = new Set<string>();
  for (const told of [...chronicle.of("TwinHandedOver"), ...chronicle.of("HandOverIgnored")]) {
    const { receiveId, migration } = told.args;
    const report = byMessage
      .get(receiveId)
      ?.find(({ message }) => message.delivered?.transactionHash === told.transactionHash);
    tally.require(
      report?.kind === "HandedOver" && report.order.migration === migration,
      `Main shows ${told.name} of migration ${migration} in transaction ${told.transactionHash}, but no message delivered there says that.`,
    );
  }
  for (const told of chronicle.of("TwinHandedOver")) {
    const { migration, vehicle, destination, stateHash, receiveId } = told.args;
    const where = `The hand-over of migration ${migration}`;
    const story = chronicle.migrations.get(migration);
    tally.require(story !== undefined, `${where} is of no migration.`);
    const { source } = story.requested.args;
    const report = byMessage.get(receiveId)![0]!;
    const { order } = report;
    tally.require(
      order.vehicle === vehicle &&
        order.destination === destination &&
        order.source === source &&
        report.stateHash === stateHash,
      `${where} to ${destination} with state ${stateHash} is not what its message says: ${order.vehicle} from ${order.source} to ${order.destination} with ${report.stateHash}.`,
    );
    tally.require(
      order.destinationChain === chainOf.get(destination) &&
        (source === NOWHERE || order.sourceChain === chainOf.get(source)),
      `${where} goes from chain ${order.sourceChain} to ${order.destinationChain}; its servers are on others.`,
    );
    const taken = lastOf(ofOrder(order.destinationChain, report.key), "TwinTakenOn");
    tally.require(
      taken?.args.stateHash === stateHash,
      `${where}: ${destination} took on ${taken?.args.stateHash ?? "nothing"} on chain ${order.destinationChain}, main was told of ${stateHash}.`,
    );
    if (source !== NOWHERE) {
      const released = lastOf(ofOrder(order.sourceChain, report.key), "TwinReleased");
      tally.require(
        released?.args.stateHash === stateHash,
        `${where}: ${source} released ${released?.args.stateHash ?? "nothing"} on chain ${order.sourceChain}, main was told of ${stateHash}.`,
      );
    }
    if (!states.has(stateHash)) await checkStored(evidence, where, stateHash, tally);
    states.add(stateHash);
    tally.count();
  }
  checkHosts(chronicle, chainOf, tally);
}

function readReport(message: SeenMessage, tally: MarketTally): Report {
  const where = `Message ${message.id} of chain ${message.origin}`;
  try {
    const [number, body] = AbiCoder.defaultAbiCoder().decode(
      ["uint8", "bytes"],
      message.payload,
    ) as unknown as [bigint, string];
    const [{ order, stateHash }] = AbiCoder.defaultAbiCoder().decode([REPORT], body) as unknown as [
      { order: Report["order"] & { until: bigint }; stateHash: string },
    ];
    const { migration, vehicle, source, sourceChain, destination, destinationChain, until } = order;
    const key = keccak256(
      AbiCoder.defaultAbiCoder().encode(
        [ORDER],
        [{ migration, vehicle, source, sourceChain, destination, destinationChain, until }],
      ),
    );
    const kind = KINDS[Number(number)];
    tally.require(kind !== undefined, `${where} is of the kind ${number}, which is none.`);
    const plain = { migration, vehicle, source, sourceChain, destination, destinationChain };
    return { message, kind, order: plain, key, stateHash, body };
  } catch (cause) {
    if ((cause as Error).name === "AuditFailure") throw cause;
    tally.require(false, `${where} is none of the market's messages.`);
    throw cause;
  }
}

/** What the relay chain passed on came there, unchanged, from the subchain that may say it, once. */
function checkForwarded(
  { main, relay, subchains }: MarketEvidence,
  reports: readonly Report[],
  tally: MarketTally,
): void {
  const told = Map.groupBy(
    reports.filter(({ message }) => message.origin !== relay.chainId && message.delivered !== undefined),
    ({ kind, body }) => `${kind}/${body}`,
  );
  const used = new Map<string, number>();
  for (const report of reports) {
    const { message, kind, order, body } = report;
    const to = kind === "Released" ? order.destinationChain : main.chainId;
    if (message.origin !== relay.chainId) {
      const teller = kind === "Released" ? order.sourceChain : order.destinationChain;
      const known = subchains.some(({ chainId }) => chainId === message.origin);
      tally.require(
        known && teller === message.origin,
        `Message ${message.id} (${kind}) of chain ${message.origin} speaks for chain ${teller}.`,
      );
      continue;
    }
    tally.require(
      message.destination === to,
      `The relay chain sent message ${message.id} (${kind}) to chain ${message.destination}, not ${to}.`,
    );
    // Each that was received is passed on once.
    const what = `${kind}/${body}`;
    const at = used.get(what) ?? 0;
    used.set(what, at + 1);
    tally.require(
      at < (told.get(what)?.length ?? 0),
      `The relay chain sent message ${message.id} (${kind} of migration ${order.migration}), which it did not receive so.`,
    );
  }
}

function lastOf<N extends "TwinTakenOn" | "TwinReleased">(
  told: readonly HostsTold[],
  name: N,
): HostsTellings<N> | undefined {
  return told.findLast((event): event is HostsTellings<N> => event.name === name);
}

/** A state is in storage: its blocks are those of its digest, or none is given. */
async function checkStored(
  { storage }: MarketEvidence,
  where: string,
  stateHash: string,
  tally: MarketTally,
): Promise<void> {
  try {
    await storage.get(stateHash as Digest, MOST_STATE_BYTES);
  } catch (error) {
    const code = error instanceof BaseError ? error.code : "";
    tally.require(
      code !== "STORAGE_CORRUPT" && code !== "STORAGE_MALFORMED" && code !== "STORAGE_INVALID_DIGEST",
      `${where}: what storage has under ${stateHash} is not that state (${code}).`,
    );
    tally.skip(
      `${where}: the state ${stateHash} cannot be read from storage (${code || String(error)})`,
      "Ask another storage.",
    );
  }
}

/**
 * Who hosts each twin, as main says, is who its last hand-over went to, as the subchain there says. It need not be the
 * last that the subchain says: a vehicle may sign orders that main knows nothing of, to whomever it likes.
 */
function checkHosts(chronicle: Chronicle, chainOf: ReadonlyMap<string, bigint>, tally: MarketTally): void {
  const last = new Map<string, { destination: string; migration: bigint }>();
  for (const { args } of chronicle.of("TwinHandedOver")) {
    const before = last.get(args.vehicle);
    if (before === undefined || args.migration > before.migration) last.set(args.vehicle, args);
  }
  for (const [vehicle, { destination, migration }] of last) {
    const there = chronicle.hostsOf(chainOf.get(destination) ?? 0n, vehicle);
    const changes = there.filter(
      (event): event is HostsTellings<"HostChanged"> => event.name === "HostChanged",
    );
    const orders = new Set(
      there.flatMap((event) =>
        event.name === "TwinTakenOn" &&
        event.args.destination === destination &&
        event.args.migration === migration
          ? [event.args.order]
          : [],
      ),
    );
    // A subchain does not say HostChanged once more for an order whose number is no higher than that of one before.
    const isPassed = changes.some(({ args }) => args.migration >= migration && !orders.has(args.order));
    tally.require(
      changes.some(({ args }) => args.migration === migration && args.server === destination) || isPassed,
      `Main has ${vehicle}'s twin at ${destination} by migration ${migration}, which its subchain does not say.`,
    );
  }
}
