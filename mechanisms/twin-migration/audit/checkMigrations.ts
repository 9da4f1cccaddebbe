import { AbiCoder, TypedDataEncoder } from "ethers";

import { recoverSigner } from "../../../protocol/recoverSigner.ts";
import type { MarketEvidence, MarketTally } from "../../MarketAudit.ts";
import { migrationContracts } from "../contracts.ts";
import { type Chronicle, cameBefore, chronicleOf, type MigrationStory } from "./Chronicle.ts";
import { NOWHERE, OUTCOMES, type Outcome, priced, RULES, sharesOf } from "./rules.ts";

const COMPLETION = {
  Completion: [
    { name: "migration", type: "uint256" },
    { name: "vehicle", type: "address" },
    { name: "source", type: "address" },
    { name: "destination", type: "address" },
    { name: "stateHash", type: "bytes32" },
    { name: "startMs", type: "uint64" },
    { name: "endMs", type: "uint64" },
  ],
};

/**
 * Every migration was requested at what its server had posted, accepted within what both had offered, and settled as its
 * stamps and times say: escrow, bond, wholesale, latency, lateness and shares are derived anew, and who signed is
 * recovered from the calls. Counts migrations.
 */
export async function checkMigrations(evidence: MarketEvidence, tally: MarketTally): Promise<void> {
  const chronicle = await chronicleOf(evidence);
  const messages = await messageSecondsOf(evidence, tally);
  const taken = new Map<string, number>();
  const inOrder = [...chronicle.migrations.values()];
  const turns = inOrder
    .flatMap((story) => {
      const { accepted, settled } = story;
      if (accepted === undefined) return [];
      const taking = {
        told: accepted,
        follow: () => checkAcceptance(story, chronicle, { taken, messages }, tally),
      };
      const ends = settled.map((told) => ({ told, follow: () => giveBack(story, told, taken) }));
      return [taking, ...ends];
    })
    .sort((a, b) => (cameBefore(a.told, b.told) ? -1 : 1));
  const sources = sourcesOf(chronicle);
  for (const story of inOrder) checkRequest(story, chronicle, sources.get(story.migration)!, tally);
  for (const { follow } of turns) follow();
  let open = 0;
  for (const story of inOrder) {
    for (const attested of story.attested) await checkAttested(evidence, story, attested, tally);
    checkSettlement(story, messages, tally);
    await checkFailed(evidence, story, tally);
    if (story.settled.length === 0) open++;
    tally.count();
  }
  if (open > 0) tally.note(`${open} of them are not settled yet.`);
}

/** What the market adds to each of its waits for messages, seconds: a value of its code, which nobody changes. */
async function messageSecondsOf(evidence: MarketEvidence, tally: MarketTally): Promise<number> {
  const { TwinMarket } = migrationContracts;
  const told = await evidence.main.read<bigint>(TwinMarket, twinsOf(evidence), "MESSAGE_SECONDS", []);
  tally.require(
    told <= RULES.mostMessageSeconds,
    `The market gives messages ${told} s; ${RULES.mostMessageSeconds} are the most.`,
  );
  return Number(told);
}

/** Where each migration's twin was when it was requested, as main had heard by then. */
function sourcesOf(chronicle: Chronicle): ReadonlyMap<bigint, string> {
  const sources = new Map<bigint, string>();
  const hosts = new Map<string, { at: string; migration: bigint }>();
  for (const { name, args } of chronicle.market) {
    if (name === "MigrationRequested") sources.set(args.migration, hosts.get(args.vehicle)?.at ?? NOWHERE);
    if (name !== "TwinHandedOver") continue;
    const before = hosts.get(args.vehicle);
    if (before !== undefined && args.migration < before.migration) continue;
    hosts.set(args.vehicle, { at: args.destination, migration: args.migration });
  }
  return sources;
}

function checkRequest(
  { migration, requested }: MigrationStory,
  chronicle: Chronicle,
  host: string,
  tally: MarketTally,
): void {
  const { vehicle, destination, source, epoch, kilobytes, theta, escrow, lost } = requested.args;
  const where = `Migration ${migration} of ${vehicle}`;
  const offer = chronicle.offer(destination, epoch);
  tally.require(
    offer !== undefined && cameBefore(offer, requested),
    `${where} names an offer of ${destination} for epoch ${epoch} that was not posted.`,
  );
  const due = lost ? RULES.retailMicro[1] : offer.args.theta;
  tally.require(theta === due, `${where} was requested at ${theta} micro-$/MB; ${due} was offered.`);
  tally.require(
    escrow === priced(theta, kilobytes),
    `${where} locked ${escrow} micro-$; ${kilobytes} kB at ${theta} micro-$/MB are ${priced(theta, kilobytes)}.`,
  );
  tally.require(
    epoch === Math.floor(requested.time / RULES.epochSeconds),
    `${where} was requested in epoch ${Math.floor(requested.time / RULES.epochSeconds)} for epoch ${epoch}.`,
  );
  const from = lost ? NOWHERE : host;
  tally.require(source === from, `${where} moves the twin from ${source}; it was at ${from}.`);
}

function checkAcceptance(
  { migration, requested, accepted }: MigrationStory,
  chronicle: Chronicle,
  { taken, messages }: { taken: Map<string, number>; messages: number },
  tally: MarketTally,
): void {
  const { destination, epoch, kilobytes, escrow } = requested.args;
  const { bond, bought, wholesale, cloud } = accepted!.args;
  const where = `Migration ${migration}, which ${destination} accepted`;
  const offerOf = (server: string) => chronicle.offer(server, epoch)?.args;
  const offer = offerOf(destination)!;
  tally.require(bond === escrow, `${where} has a bond of ${bond} micro-$, not of ${escrow}.`);
  tally.require(
    accepted!.time < requested.time + RULES.expirySeconds + messages,
    `${where}, was accepted ${accepted!.time - requested.time} s after it was requested; ${RULES.expirySeconds + messages} s are too late.`,
  );
  const before = taken.get(`${destination}/${epoch}`) ?? 0;
  const after = before + kilobytes;
  tally.require(
    after <= offer.capacity,
    `${where}, brings it to ${after} kB of the ${offer.capacity} that it offered.`,
  );
  taken.set(`${destination}/${epoch}`, after);
  const above = Math.max(0, after - Math.max(before, offer.own));
  tally.require(
    Number(bought) === above,
    `${where}, bought ${bought} kB of its cloud; ${above} are above its own.`,
  );
  const due = priced(offer.wholesale, above);
  tally.require(
    wholesale === due,
    `${where}, put up ${wholesale} micro-$ for its cloud; ${above} kB are ${due}.`,
  );
  if (above === 0) return;
  const sold = (taken.get(`${cloud}/${epoch}`) ?? 0) + above;
  taken.set(`${cloud}/${epoch}`, sold);
  const most = offerOf(cloud)?.capacity ?? 0;
  tally.require(
    sold <= most,
    `${where}, brings its cloud ${cloud} to ${sold} kB of the ${most} that it offered.`,
  );
}

/** What a cloud sold for a migration that it is not paid for, it can sell again. */
function giveBack(
  { requested, accepted }: MigrationStory,
  { args }: MigrationStory["settled"][number],
  taken: Map<string, number>,
): void {
  const { bought, cloud } = accepted!.args;
  if (bought === 0n || sharesOf(OUTCOMES[Number(args.outcome)] ?? "None", 0n).isPaid) return;
  const sold = `${cloud}/${requested.args.epoch}`;
  taken.set(sold, (taken.get(sold) ?? 0) - Number(bought));
}

async function checkAttested(
  evidence: MarketEvidence,
  { migration, requested, accepted }: MigrationStory,
  { args, transactionHash, time }: MigrationStory["attested"][number],
  tally: MarketTally,
): Promise<void> {
  const { vehicle, source, destination } = requested.args;
  const { stateHash, startMs, latencyMs, spreadMs } = args;
  const where = `The completion of migration ${migration} (transaction ${transactionHash})`;
  const stamps = args.stamps as readonly bigint[];
  const ends = stamps.filter((end) => end > 0n).sort((a, b) => (a < b ? -1 : 1));
  tally.require(
    stamps[0]! > 0n && ends.length >= 2,
    `${where} lacks the vehicle's stamp, or has none of a server.`,
  );
  const latency = ends[Math.floor(ends.length / 2)]! - startMs;
  tally.require(latency === latencyMs, `${where} states ${latencyMs} ms; its stamps say ${latency}.`);
  const spread = ends.at(-1)! - ends[0]!;
  tally.require(spread === spreadMs, `${where} states a spread of ${spreadMs} ms; its stamps say ${spread}.`);
  const least = BigInt(accepted!.time - RULES.clockSkewSeconds) * 1000n;
  const most = BigInt(time + RULES.clockSkewSeconds) * 1000n;
  tally.require(
    startMs >= least && ends[0]! >= startMs && ends.at(-1)! <= most,
    `${where} has times that cannot be: ${startMs} to ${ends.join(", ")} ms, accepted at ${accepted!.time} s.`,
  );
  const signed = await signaturesIn(evidence, transactionHash, migration);
  if (signed === undefined) {
    tally.skip(`${where} was brought by another contract's call`, "Ask a node that traces calls.");
    return;
  }
  const domain = {
    ...{ name: "Freshet", version: "1", chainId: evidence.main.chainId },
    verifyingContract: twinsOf(evidence),
  };
  for (const [i, signer] of [vehicle, source, destination].entries()) {
    const endMs = stamps[i]!;
    if (endMs === 0n) continue;
    const value = { migration, vehicle, source, destination, stateHash, startMs, endMs };
    const digest = TypedDataEncoder.hash(domain, COMPLETION, value);
    tally.require(
      recovered(digest, signed[i]!) === signer,
      `${where} has a stamp of ${endMs} ms that ${signer} did not sign.`,
    );
  }
}

/** Address of the market's contract on main. */
function twinsOf({ network }: Pick<MarketEvidence, "network">): string {
  return network.main.contracts.applications.twins ?? NOWHERE;
}

/** The three signatures that a call of `complete` brought; undefined where the market was not called at once. */
async function signaturesIn(
  { main, network }: MarketEvidence,
  hash: string,
  migration: bigint,
): Promise<readonly { r: string; yParityAndS: string }[] | undefined> {
  const { to, data } = await main.transaction(hash);
  const { TwinMarket } = migrationContracts;
  const empty = { endMs: 0n, r: `0x${"00".repeat(32)}`, yParityAndS: `0x${"00".repeat(32)}` };
  const selector = TwinMarket.encodeCall("complete", [0n, empty.r, 0n, [empty, empty, empty]]).slice(0, 10);
  if (to?.toLowerCase() !== twinsOf({ network }).toLowerCase()) return undefined;
  if (!data.startsWith(selector)) return undefined;
  const [called, , , stamps] = AbiCoder.defaultAbiCoder().decode(
    ["uint256", "bytes32", "uint64", "tuple(uint64 endMs, bytes32 r, bytes32 yParityAndS)[3]"],
    `0x${data.slice(10)}`,
  );
  if (called !== migration) return undefined;
  return [0, 1, 2].map((i) => ({ r: stamps[i].r as string, yParityAndS: stamps[i].yParityAndS as string }));
}

function recovered(digest: string, signature: { r: string; yParityAndS: string }): string | undefined {
  try {
    return recoverSigner(digest, signature);
  } catch {
    return undefined;
  }
}

/** What a migration's events before its end lead to, and what they leave to whom. */
function checkSettlement(story: MigrationStory, messages: number, tally: MarketTally): void {
  const { migration, requested, accepted, settled } = story;
  tally.require(settled.length <= 1, `Migration ${migration} was settled ${settled.length} times.`);
  const [end] = settled;
  if (end === undefined) return;
  const where = `Migration ${migration} (${end.transactionHash})`;
  const outcome = OUTCOMES[Number(end.args.outcome)] ?? "None";
  const why = whyNot(story, outcome, { end, messages });
  tally.require(why === undefined, `${where} was settled as ${outcome}, but ${why}.`);
  const { escrow } = requested.args;
  const due = sharesOf(outcome, escrow);
  const toCloud = due.isPaid ? (accepted?.args.wholesale ?? 0n) : 0n;
  const { toProvider, refund, bondReturned, bondSlashed } = end.args;
  const told = [toProvider, refund, bondReturned, bondSlashed, end.args.toCloud];
  const wanted = [due.toProvider, due.refund, due.bondReturned, due.bondSlashed, toCloud];
  tally.require(
    told.every((value, i) => value === wanted[i]),
    `${where}, ${outcome} with an escrow of ${escrow} micro-$, leaves ${told.join(", ")} to provider, vehicle, bond, slash and cloud; ${wanted.join(", ")} are due.`,
  );
}

/** Only the destination says that it failed, or its signature of another state than it took on does. */
async function checkFailed(
  evidence: MarketEvidence,
  story: MigrationStory,
  tally: MarketTally,
): Promise<void> {
  const [end] = story.settled;
  if (end === undefined || OUTCOMES[Number(end.args.outcome)] !== "Failed") return;
  const { destination } = story.requested.args;
  const { from, to } = await evidence.main.transaction(end.transactionHash);
  const isCall = to?.toLowerCase() === twinsOf(evidence).toLowerCase();
  const signed = story.attested.at(-1)?.args;
  const hand = story.handedOver[0]?.args;
  const isOther =
    hand !== undefined && signed?.stateHash !== undefined && signed.stateHash !== hand.stateHash;
  if (isOther) return;
  if (!isCall) {
    tally.skip(
      `Migration ${story.migration} was settled as Failed in ${end.transactionHash} by another contract's call`,
      "Ask a node that traces calls.",
    );
    return;
  }
  tally.require(
    from === destination,
    `Migration ${story.migration} was settled as Failed by ${from} in ${end.transactionHash}; only ${destination} can say so.`,
  );
}

/** Why a migration cannot have ended so; undefined when it can. */
function whyNot(
  { accepted, attested, dropped, handedOver, disputed }: MigrationStory,
  outcome: Outcome,
  { end, messages }: { end: MigrationStory["settled"][number]; messages: number },
): string | undefined {
  const by = <E extends { blockNumber: number; logIndex: number }>(events: readonly E[]) =>
    events.filter(
      (one) =>
        one.blockNumber < end.blockNumber ||
        (one.blockNumber === end.blockNumber && one.logIndex < end.logIndex),
    );
  const stamps = by(attested).at(-1);
  const hand = by(handedOver)[0];
  const isDropped = by(dropped).some((one) => stamps !== undefined && !cameBefore(one, stamps));
  const valid = isDropped ? undefined : stamps;
  const dispute = by(disputed).at(-1);
  if (outcome === "Cancelled") return accepted === undefined ? undefined : "it had been accepted";
  if (accepted === undefined) return "nobody had accepted it";
  switch (outcome) {
    case "Completed":
    case "Late": {
      if (valid === undefined) return "vehicle and server had signed nothing";
      if (valid.args.spreadMs > RULES.spreadLimitMs) return "its stamps are too far apart";
      if (hand !== undefined && hand.args.stateHash !== valid.args.stateHash)
        return "another state was handed over";
      const isWhole = hand !== undefined && (valid.args.stamps as readonly bigint[])[2]! > 0n;
      if (!isWhole && end.time < valid.time + RULES.disputeSeconds + messages)
        return hand === undefined ? "it had not been handed over" : "its destination had not signed";
      const late = valid.args.latencyMs > RULES.latencyLimitMs;
      if (late !== (outcome === "Late")) return `it took ${valid.args.latencyMs} ms`;
      return undefined;
    }
    case "Expired":
      if (hand !== undefined) return "it had been handed over";
      return end.time >= accepted.time + RULES.expirySeconds + messages ? undefined : "its time was not over";
    case "Resolved":
      if (dispute === undefined) return "it was not disputed";
      return end.time >= dispute.time + RULES.disputeSeconds + messages
        ? undefined
        : "the dispute's time was not over";
    case "Failed":
      // Who may say so: checkFailed.
      return undefined;
    default:
      return "that is no outcome";
  }
}
