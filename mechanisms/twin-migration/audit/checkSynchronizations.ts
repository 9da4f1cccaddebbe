import { AbiCoder, concat, keccak256, ZeroHash } from "ethers";
import { z } from "zod";

import type { Digest } from "../../../storage/ContentStore.ts";
import type { MarketEvidence, MarketTally } from "../../MarketAudit.ts";
import { type Chronicle, chronicleOf, type HostsTellings } from "./Chronicle.ts";
import { RULES } from "./rules.ts";

/** The largest list that is read, bytes: 100,000 leaves. */
const MOST_LIST_BYTES = 48 * 1024 * 1024;
/** How far a server's clock may be from its chain's, s. */
const CLOCK_SECONDS = 3;

const listSchema = z.array(
  z.strictObject({
    vehicle: z.string(),
    server: z.string(),
    epoch: z.int(),
    step: z.int(),
    atMs: z
      .string()
      .regex(/^\d{1,20}$/)
      .transform(BigInt),
    stateHash: z.string().regex(/^0x[0-9a-f]{64}$/),
  }),
);
type Leaf = z.infer<typeof listSchema>[number];

/**
 * Every root of synchronizations is over the list that its server put into storage, whose entries are of that epoch, in
 * their order, and of twins that the server hosted then; and what a host released is what it had synchronized last.
 * Counts synchronizations.
 */
export async function checkSynchronizations(evidence: MarketEvidence, tally: MarketTally): Promise<void> {
  const chronicle = await chronicleOf(evidence);
  const all: Leaf[] = [];
  const epochs = new Set<string>();
  for (const [chainId, told] of chronicle.hosts) {
    for (const event of told) {
      if (event.name !== "RootPosted") continue;
      const leaves = await listOf(evidence, event, tally);
      if (leaves === undefined) continue;
      checkLeaves(chronicle, chainId, event, leaves, tally);
      epochs.add(`${event.args.server}/${event.args.epoch}`);
      for (const leaf of leaves) all.push(leaf);
      tally.count(leaves.length);
    }
  }
  checkReleased(chronicle, all, epochs, tally);
}

/** The list under a root; undefined when nobody gives it. The server only says where it is: the root proves it. */
async function listOf(
  { network, storage, hint }: MarketEvidence,
  { args }: HostsTellings<"RootPosted">,
  tally: MarketTally,
): Promise<Leaf[] | undefined> {
  const { server, epoch, root, count } = args;
  const where = `The root of ${server} for epoch ${epoch}`;
  const url = network.services?.twins?.find(({ address }) => address === server)?.url;
  let bytes: Uint8Array;
  try {
    const { list } = z
      .object({ list: z.string() })
      .parse(await hint(new URL(`/synchronizations/${epoch}`, url).href));
    bytes = await storage.get(list as Digest, MOST_LIST_BYTES);
  } catch (error) {
    const code = (error as { code?: string }).code ?? String(error);
    tally.skip(
      `${where} covers ${count} synchronizations whose list cannot be had (${code})`,
      "Ask the server for it, or another storage.",
    );
    return undefined;
  }
  const parsed = listSchema.safeParse(parse(bytes));
  tally.require(
    parsed.success,
    `${where}: what its server has put into storage is no list of synchronizations.`,
  );
  const leaves = parsed.data;
  const own = rootOver(leaves);
  tally.require(
    leaves.length === count && own === root,
    `${where} is ${root} over ${count} synchronizations; the ${leaves.length} of its server's list lead to ${own}.`,
  );
  return leaves;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** A Merkle root over leaves padded with zeros to a power of two. */
function rootOver(leaves: readonly Leaf[]): string {
  let nodes = leaves.map(({ vehicle, server, epoch, step, atMs, stateHash }) =>
    keccak256(
      AbiCoder.defaultAbiCoder().encode(
        ["address", "address", "uint32", "uint16", "uint64", "bytes32"],
        [vehicle, server, epoch, step, atMs, stateHash],
      ),
    ),
  );
  let size = 1;
  while (size < nodes.length) size *= 2;
  nodes = [...nodes, ...Array.from({ length: size - nodes.length }, () => ZeroHash)];
  for (; nodes.length > 1; ) {
    nodes = Array.from({ length: nodes.length / 2 }, (_, i) =>
      keccak256(concat([nodes[2 * i]!, nodes[2 * i + 1]!])),
    );
  }
  return nodes[0] ?? ZeroHash;
}

function checkLeaves(
  chronicle: Chronicle,
  chainId: bigint,
  { args }: HostsTellings<"RootPosted">,
  leaves: readonly Leaf[],
  tally: MarketTally,
): void {
  const { server, epoch } = args;
  const told = chronicle.hosts.get(chainId) ?? [];
  let last = 0n;
  for (const [i, leaf] of leaves.entries()) {
    const where = `Synchronization ${i + 1} of ${server} in epoch ${epoch}`;
    const second = Number(leaf.atMs) / 1000 - epoch * RULES.epochSeconds;
    tally.require(
      leaf.server === server && leaf.epoch === epoch && leaf.atMs >= last,
      `${where} is of ${leaf.server} in epoch ${leaf.epoch} at ${leaf.atMs} ms, after one at ${last}.`,
    );
    tally.require(
      second >= 0 &&
        second < RULES.epochSeconds &&
        leaf.step === Math.min(RULES.stepsAnEpoch - 1, Math.floor(second)),
      `${where} is at ${leaf.atMs} ms, which is not step ${leaf.step} of the epoch.`,
    );
    last = leaf.atMs;
    const at = Number(leaf.atMs) / 1000;
    // A host has the twin from when it took it on, which is before its subchain knows of the release, until it gives it up.
    const came = told.findLast(
      (event) =>
        event.name === "TwinTakenOn" &&
        event.args.vehicle === leaf.vehicle &&
        event.args.destination === server &&
        event.time <= at + CLOCK_SECONDS,
    );
    const left = told.find(
      (event) =>
        came !== undefined &&
        event.time > came.time &&
        // A release for a migration that came to nothing leaves the twin where it is.
        ((event.name === "TwinReleased" &&
          event.args.source === server &&
          (chronicle.migrations.get(event.args.migration)?.handedOver.length ?? 0) > 0) ||
          (event.name === "TwinDropped" && event.args.server === server)) &&
        event.args.vehicle === leaf.vehicle,
    );
    tally.require(
      came !== undefined && (left === undefined || at <= left.time + CLOCK_SECONDS),
      `${where} is of ${leaf.vehicle}'s twin, which ${server} did not host then.`,
    );
  }
}

/** What was released is what was synchronized last, where the list of that time is there. */
function checkReleased(
  chronicle: Chronicle,
  leaves: readonly Leaf[],
  epochs: ReadonlySet<string>,
  tally: MarketTally,
): void {
  for (const told of chronicle.hosts.values()) {
    for (const event of told) {
      if (event.name !== "TwinReleased") continue;
      const { vehicle, source, stateHash, migration } = event.args;
      const epoch = Math.floor(event.time / RULES.epochSeconds);
      // Of an epoch without a root nothing is known of what came last.
      if (!epochs.has(`${source}/${epoch}`)) continue;
      const came = told.findLast(
        (one) =>
          one.name === "TwinTakenOn" &&
          one.args.vehicle === vehicle &&
          one.args.destination === source &&
          one.time <= event.time,
      );
      const last = leaves.findLast(
        (leaf) =>
          leaf.vehicle === vehicle &&
          leaf.server === source &&
          Number(leaf.atMs) / 1000 <= event.time + 1 &&
          (came === undefined || Number(leaf.atMs) / 1000 >= came.time - 1),
      );
      const due = last?.stateHash ?? (came?.name === "TwinTakenOn" ? came.args.stateHash : undefined);
      tally.require(
        due === undefined || due === stateHash,
        `${source} released ${vehicle}'s twin for migration ${migration} with state ${stateHash}; what it had synchronized last is ${due}.`,
      );
    }
  }
}
