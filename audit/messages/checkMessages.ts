import { ZeroHash } from "ethers";
import { type ChainEvent, type EventNamed, isOfTask } from "../../chains/clients/ChainEvent.ts";
import { applicationOf } from "../../chains/networks/applicationOf.ts";
import { PROOF_KINDS } from "../../chains/proofs/proofKinds.ts";
import { greatest } from "../../numerics/extremes.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { describe, type TaskMessage } from "../evidence/taskMessages.ts";
import { isSameAddress } from "../isSameAddress.ts";
import { NotExamined } from "../NotExamined.ts";
import type { Tally } from "../Tally.ts";
import { checkForwarding, type Received } from "./checkForwarding.ts";
import { EFFECTS, isEffectOf } from "./messageEffects.ts";
import { verifyDelivery } from "./verifyDelivery.ts";

/**
 * Every message about the task has the id that follows from its content, is under
 * its outbox's root where there is one, was delivered once at most with a valid proof, had the effect
 * it should have, and passed the relay chain unchanged; nothing was delivered, and
 * nothing happened, without a message. Counts the task's messages.
 *
 * A message that is still under way is noted. When the task is over and settled and the
 * message had the task's `reportSeconds` to arrive, it cannot be examined.
 */
export async function checkMessages(evidence: Evidence, tally: Tally): Promise<void> {
  const { subchains } = await evidence.terms();
  const chains = [evidence.main, evidence.relay, ...subchains.map((chainId) => evidence.chain(chainId))];
  for (const chain of chains) checkOutbox(chain, tally);
  const deliveries = new Map(chains.map((chain) => [chain, deliveriesTo(chain)]));
  checkNothingForged(chains, tally);
  const received = new Map<ChainEvidence, Received[]>(chains.map((chain) => [chain, []]));
  const underWay: TaskMessage[] = [];
  for (const origin of chains) {
    for (const message of evidence.messagesFrom(origin)) {
      const destination = evidence.chain(message.destination);
      tally.require(
        isSameAddress(message.recipientAddress, applicationOf(destination.place)),
        `${describe(message)} is for ${message.recipientAddress} of ${destination.name}, which is not Freshet's contract there.`,
      );
      const own = deliveries.get(destination)?.get(message.id) ?? [];
      tally.require(
        own.length <= 1,
        `${describe(message)} was delivered ${own.length} times to ${destination.name}, in transactions ${own.map(({ transactionHash }) => transactionHash).join(", ")}.`,
      );
      const [event] = own;
      if (event === undefined) underWay.push(message);
      else {
        await tally.attempt(() => verifyDelivery({ message, destination, event }, tally));
        received.get(destination)!.push({ message, transactionHash: event.transactionHash });
      }
      tally.count();
    }
  }
  for (const chain of chains) checkEffects(evidence, chain, received.get(chain)!, tally);
  await checkForwarding(evidence, received.get(evidence.relay)!, tally);
  await judgeUnderWay(evidence, underWay, tally);
}

/**
 * A whole outbox is as a gateway leaves it: every id follows from its content, and the ids lead to its root. A gateway
 * whose messages are proven by headers keeps no root.
 */
function checkOutbox({ name, place: { proofs }, outbox }: ChainEvidence, tally: Tally): void {
  const { tree, fault } = outbox;
  tally.require(fault === undefined, fault ?? "");
  const root = PROOF_KINDS[proofs].keepsOutbox ? tree.root() : ZeroHash;
  tally.require(
    outbox.count === tree.count && outbox.root === root,
    `The outbox of ${name} has ${outbox.count} messages under root ${outbox.root}; its events show ${tree.count} that lead to ${root}.`,
  );
}

/** No delivery to Freshet's contracts without a message that the counterpart sent. */
function checkNothingForged(chains: readonly ChainEvidence[], tally: Tally): void {
  for (const destination of chains) {
    for (const { name, args, transactionHash } of destination.events) {
      if (name !== "MessageDelivered" || !isSameAddress(args.recipient, applicationOf(destination.place)))
        continue;
      const origin = chains.find(({ chainId }) => chainId === args.originChainId);
      // Another task may run on subchains that this one does not name.
      if (origin === undefined) continue;
      tally.require(
        origin.outbox.sentAt.has(args.messageId),
        `${destination.name} took message ${args.messageId} in transaction ${transactionHash}, which ${origin.name} never sent.`,
      );
    }
  }
}

/** What messages bring about: each delivered one something, and nothing of the kind without one. */
function checkEffects(
  { task }: Evidence,
  chain: ChainEvidence,
  received: readonly Received[],
  tally: Tally,
): void {
  const application = applicationOf(chain.place);
  const effects = chain.events.filter(
    (event) => isOfTask(event, task, ...EFFECTS) && isSameAddress(event.address, application),
  );
  const ofMessage = (event: ChainEvent, { message, transactionHash }: Received) =>
    event.transactionHash === transactionHash && isEffectOf(event, message);
  for (const event of effects) {
    tally.require(
      received.some((delivery) => ofMessage(event, delivery)),
      `${chain.name} shows ${event.name}${roundOf(event)} in transaction ${event.transactionHash}, but no message delivered there says that.`,
    );
  }
  for (const delivery of received) {
    tally.require(
      effects.some((event) => ofMessage(event, delivery)),
      `${describe(delivery.message)} was delivered to ${chain.name} in transaction ${delivery.transactionHash} without the effect it should have.`,
    );
  }
}

/**
 * Notes what is under way. What should have come long since cannot be examined: that nobody delivers it, a route is
 * paused or strangers are in its way is nothing that the task did.
 */
async function judgeUnderWay(
  evidence: Evidence,
  underWay: readonly TaskMessage[],
  tally: Tally,
): Promise<void> {
  const [first] = underWay;
  if (first === undefined) return;
  const { main, task } = evidence;
  const [{ status }, { subchains, schedule }] = await Promise.all([evidence.state(), evidence.terms()]);
  const settled = subchains.every((chainId) =>
    main.events.some((event) => isOfTask(event, task, "EpochSettled") && event.args.chainId === chainId),
  );
  const over = status === "Rejected" || (status !== "Open" && settled);
  const heads = await Promise.all([...evidence.chains.values()].map((chain) => chain.blockTime(chain.head)));
  for (const message of underWay) {
    const waited = greatest(heads) - (await message.origin.blockTime(message.blockNumber));
    if (!over || waited <= schedule.reportSeconds) continue;
    tally.miss(
      new NotExamined(
        `${describe(message)} was sent ${waited} s ago and not delivered to chain ${message.destination}, though the task is over.`,
        "Audit again when it has arrived: anyone may deliver it.",
      ),
    );
  }
  tally.note(`${underWay.length} sent and not delivered yet; the first: ${describe(first)}.`);
}

/** What was delivered to Freshet's contract of a chain, by message. */
function deliveriesTo({ events }: ChainEvidence): Map<string, EventNamed<"MessageDelivered">[]> {
  return Map.groupBy(
    events.filter((event): event is EventNamed<"MessageDelivered"> => event.name === "MessageDelivered"),
    ({ args }) => args.messageId,
  );
}

function roundOf({ args }: ChainEvent): string {
  return "round" in args ? ` of round ${ordinal(args.round)}` : "";
}
