import { AbiCoder, concat, keccak256, ZeroHash } from "ethers";
import { z } from "zod";

import type { Digest } from "../../../storage/ContentStore.ts";
import type { MarketEvidence, MarketTally } from "../../MarketAudit.ts";
import { type Chronicle, chronicleOf, type HostsTellings } from "./Chronicle.ts";
import { firstWhere } from "./firstWhere.ts";
import { RULES } from "./rules.ts";

/** The largest list that is read, bytes: 100,000 leaves. */
const MOST_LIST_BYTES = 48 * 1024 * 1024;
/** How far a server's clock may be from its chain's, s. */
const CLOCK_SECONDS = 3;
/** How long a host may take to hear that a twin has gone, which it learns from its subchain or from main, s. */
const HEARD_SECONDS = 20;

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
 * their order, and of twins that the server hosted then; and what a host released itself is what it had synchronized
 * last. Roots of who is no server of the market say nothing of it. Counts synchronizations.
 */
export async function checkSynchronizations(evidence: MarketEvidence, tally: MarketTally): Promise<void> {
  const chronicle = await chronicleOf(evidence);
  const stays = new Stays(chronicle);
  const all: Leaf[] = [];
  const epochs = new Set<string>();
  const servers = new Set(chronicle.of("ServerJoined").map(({ args }) => args.server));
  let strange = 0;
  for (const [chainId, told] of chronicle.hosts) {
    for (const event of told) {
      if (event.name !== "RootPosted") continue;
      // Anyone may post a root.
      if (!servers.has(event.args.server)) {
        strange++;
        continue;
      }
      const leaves = await listOf(evidence, event, tally);
      if (leaves === undefined) continue;
      checkLeaves(stays, chainId, event, leaves, tally);
      epochs.add(`${event.args.server}/${event.args.epoch}`);
      for (const leaf of leaves) all.push(leaf);
      tally.count(leaves.length);
    }
  }
  if (strange > 0)
    tally.note(`${strange} roots are of addresses that never joined the market: they are ignored.`);
  await checkReleased(evidence, all, epochs, tally);
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

/** What chains tell of a vehicle's twin at a server. */
interface Stay {
  readonly taken: readonly HostsTellings<"TwinTakenOn">[];
  /** When it left by its subchain's word, s. */
  readonly left: readonly number[];
  /** When main heard of it elsewhere, s, by a migration with a higher number than any before, and these numbers. */
  readonly moved: readonly number[];
  readonly highest: readonly bigint[];
}

/** When servers had which twins, as chains tell; of a vehicle and a server it is put together once. */
class Stays {
  readonly #chronicle: Chronicle;
  readonly #known = new Map<string, Stay>();

  constructor(chronicle: Chronicle) {
    this.#chronicle = chronicle;
  }

  /** The last time up to some second that a server took a vehicle's twin on. */
  came(
    chainId: bigint,
    vehicle: string,
    server: string,
    until: number,
  ): HostsTellings<"TwinTakenOn"> | undefined {
    const { taken } = this.#of(chainId, vehicle, server);
    return taken[firstWhere(taken, ({ time }) => time > until) - 1];
  }

  /** When it gave up what it took on then, by its subchain and by main. */
  left(chainId: bigint, came: HostsTellings<"TwinTakenOn">): number[] {
    const { vehicle, destination, migration } = came.args;
    const { left, moved, highest } = this.#of(chainId, vehicle, destination);
    const bySubchain = left[firstWhere(left, (time) => time > came.time)];
    const byMain = moved[firstWhere(highest, (number) => number > migration)];
    return [bySubchain, byMain].flatMap((time) => (time === undefined ? [] : [time]));
  }

  #of(chainId: bigint, vehicle: string, server: string): Stay {
    const key = `${chainId}/${vehicle}/${server}`;
    const known = this.#known.get(key) ?? this.#read(chainId, vehicle, server);
    this.#known.set(key, known);
    return known;
  }

  #read(chainId: bigint, vehicle: string, server: string): Stay {
    const taken: HostsTellings<"TwinTakenOn">[] = [];
    const left: number[] = [];
    for (const event of this.#chronicle.hostsOf(chainId, vehicle)) {
      // A release alone takes the twin from nobody, and its vehicle may make one of its own, of any migration.
      if (event.name === "TwinTakenOn" && event.args.destination === server) taken.push(event);
      if (event.name === "HostChanged" && event.args.server !== server) left.push(event.time);
      if (event.name === "TwinDropped" && event.args.server === server) left.push(event.time);
    }
    // Main may hear of an earlier migration later: the first of all with a higher number than some is the first by which
    // the highest so far is higher.
    const moved: number[] = [];
    const highest: bigint[] = [];
    for (const { args, time } of this.#chronicle.handedOver(vehicle)) {
      if (args.destination === server || args.migration <= (highest.at(-1) ?? -1n)) continue;
      moved.push(time);
      highest.push(args.migration);
    }
    return { taken, left, moved, highest };
  }
}

function checkLeaves(
  stays: Stays,
  chainId: bigint,
  { args }: HostsTellings<"RootPosted">,
  leaves: readonly Leaf[],
  tally: MarketTally,
): void {
  const { server, epoch } = args;
  const steps = new Set<string>();
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
    tally.require(
      !steps.has(`${leaf.vehicle}/${leaf.step}`),
      `${where} is one more of ${leaf.vehicle} in step ${leaf.step}; a step has one of a vehicle.`,
    );
    steps.add(`${leaf.vehicle}/${leaf.step}`);
    last = leaf.atMs;
    const at = Number(leaf.atMs) / 1000;
    // A host has the twin from when it took it on, which is before its subchain knows of the release, until it gives it up.
    const came = stays.came(chainId, leaf.vehicle, server, at + CLOCK_SECONDS);
    tally.require(
      came !== undefined && stays.left(chainId, came).every((time) => at <= time + HEARD_SECONDS),
      `${where} is of ${leaf.vehicle}'s twin, which ${server} did not host then.`,
    );
  }
}

/** What a host released itself is what was synchronized last, where the list of that time is there. */
async function checkReleased(
  evidence: MarketEvidence,
  leaves: readonly Leaf[],
  epochs: ReadonlySet<string>,
  tally: MarketTally,
): Promise<void> {
  const chronicle = await chronicleOf(evidence);
  const stays = new Stays(chronicle);
  // Roots may be posted late, one after another.
  const inTime = [...leaves].sort((a, b) => Number(a.atMs - b.atMs));
  const bySynchronized = Map.groupBy(inTime, ({ vehicle, server }) => `${vehicle}/${server}`);
  let others = 0;
  for (const [chainId, told] of chronicle.hosts) {
    const chain = evidence.subchains.find((one) => one.chainId === chainId);
    for (const event of told) {
      if (event.name !== "TwinReleased") continue;
      const { vehicle, source, stateHash, migration } = event.args;
      const epoch = Math.floor(event.time / RULES.epochSeconds);
      // Of an epoch without a root nothing is known of what came last.
      if (!epochs.has(`${source}/${epoch}`)) continue;
      // A vehicle may release its twin without its host, with any state: that is no word of the host's.
      const sender = await chain?.transaction(event.transactionHash);
      if (sender?.from !== source) {
        others++;
        continue;
      }
      const came = stays.came(chainId, vehicle, source, event.time);
      const own = bySynchronized.get(`${vehicle}/${source}`) ?? [];
      const before = own[firstWhere(own, ({ atMs }) => Number(atMs) / 1000 > event.time + 1) - 1];
      const isOfNow = came === undefined || Number(before?.atMs ?? 0) / 1000 >= came.time - 1;
      const last = isOfNow ? before : undefined;
      const due = last?.stateHash ?? came?.args.stateHash;
      tally.require(
        due === undefined || due === stateHash,
        `${source} released ${vehicle}'s twin for migration ${migration} with state ${stateHash}; what it had synchronized last is ${due}.`,
      );
    }
  }
  if (others > 0) tally.note(`${others} releases were not their hosts' own, and say nothing of them.`);
}
