import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import { contracts } from "../../protocol/contracts.ts";
import { eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { isSameAddress } from "../isSameAddress.ts";
import type { Tally } from "../Tally.ts";
import { type Movement, Movements } from "./Movements.ts";

/**
 * What was paid in is what was paid, refunded and is held: by the escrow's events,
 * its account of the task and the token's transfers; nothing left the escrow for
 * another reason, it holds at least what all its tasks are owed, and a refund came
 * when it was due. Counts movements of this task's money.
 */
export async function checkEscrow(evidence: Evidence, tally: Tally): Promise<void> {
  const { main, network, task } = evidence;
  const { escrow } = network.main.contracts;
  const fundings = eventsOf(main, task, "Funded");
  const [published] = eventsOf(main, task, "TaskPublished");
  const [funded] = fundings;
  tally.require(
    fundings.length === 1 && published !== undefined && funded!.transactionHash === published.transactionHash,
    `Task ${task} was published in transaction ${published?.transactionHash} and funded ${fundings.length} times, first in ${funded?.transactionHash}.`,
  );
  const { token, publisher, amount } = funded!.args;
  tally.require(
    amount === published.args.budget &&
      isSameAddress(token, published.args.token) &&
      isSameAddress(publisher, published.args.publisher),
    `Task ${task} was published with ${published.args.budget} wei of ${published.args.token} by ${published.args.publisher}, but funded with ${amount} wei of ${token} by ${publisher}.`,
  );
  await checkTransfers(evidence, funded!, tally);

  const paid = total(eventsOf(main, task, "Paid"));
  const refunds = eventsOf(main, task, "Refunded");
  const refunded = total(refunds);
  const account = await main.state(contracts.RewardEscrow, escrow, "accountOf", task);
  tally.require(
    account.funded === amount && account.paid === paid && account.refunded === refunded,
    `The escrow's account of task ${task} has ${account.funded} wei funded, ${account.paid} paid and ${account.refunded} refunded; its events add up to ${amount}, ${paid} and ${refunded}.`,
  );
  const held = await main.state(contracts.RewardEscrow, escrow, "heldBy", task);
  tally.require(
    amount === paid + refunded + held,
    `Task ${task} was funded with ${amount} wei, of which ${paid} were paid, ${refunded} refunded and ${held} are held.`,
  );
  for (const refund of refunds) await checkRefund(evidence, refund, publisher, tally);
  await checkSolvency(evidence, token, tally);
}

/** The token moved what the escrow says, and moved nothing out of it besides. */
async function checkTransfers(
  { main, network, task }: Evidence,
  funded: EventNamed<"Funded">,
  tally: Tally,
): Promise<void> {
  const { escrow } = network.main.contracts;
  const { token } = funded.args;
  const transfers = await main.transfers(token, escrow);
  const moved = Movements.ofTransfers(transfers);
  const tokenOf = new Map<bigint, string>();
  for (const { name, args, transactionHash } of main.events) {
    if (name === "Funded") tokenOf.set(args.task, args.token);
    else if (name !== "Paid" && name !== "Refunded") continue;
    if (tokenOf.get(args.task) !== token) continue;
    const to = name === "Funded" ? escrow : name === "Paid" ? args.worker : args.publisher;
    const movement: Movement = { transactionHash, to, amount: args.amount };
    const found = moved.take(movement);
    if (args.task !== task) continue;
    tally.require(
      found,
      `The escrow states ${name} of ${args.amount} wei to ${movement.to} in transaction ${transactionHash}, where the token moved ${moved.leftIn(transactionHash)}.`,
    );
    tally.count();
  }
  const stray = moved.left.find(({ to }) => !isSameAddress(to, escrow));
  tally.require(
    stray === undefined,
    `${stray?.amount} wei left the escrow for ${stray?.to} in transaction ${stray?.transactionHash}, which the escrow does not account for.`,
  );
}

/** Whether a refund went to the publisher, and not before the last claim that could come. */
async function checkRefund(
  evidence: Evidence,
  { args, blockNumber, transactionHash }: EventNamed<"Refunded">,
  publisher: string,
  tally: Tally,
): Promise<void> {
  const { main, task } = evidence;
  const [terms, state] = await Promise.all([evidence.terms(), evidence.state()]);
  tally.require(
    isSameAddress(args.publisher, publisher),
    `The refund of ${args.amount} wei in transaction ${transactionHash} went to ${args.publisher}; ${publisher} had paid in.`,
  );
  const time = await main.blockTime(blockNumber);
  const { startTime, epochSeconds, claimSeconds } = terms.schedule;
  // No subchain can settle before the epoch's end, so the claim period does not begin before.
  const until = Math.max(state.endedAt, startTime + epochSeconds) + claimSeconds;
  const settled = eventsOf(main, task, "EpochSettled");
  const workers = settled.reduce((sum, event) => sum + event.args.workers, 0);
  const nothingToClaim =
    state.status === "Rejected" ||
    state.round === 0 ||
    (settled.length === terms.subchains.length && eventsOf(main, task, "RewardClaimed").length === workers);
  tally.require(
    state.endedAt !== 0 && (time >= until || nothingToClaim),
    `${args.amount} wei were refunded at ${time} in transaction ${transactionHash}, while workers could still claim until ${until}.`,
  );
}

/** The escrow holds at least what all its tasks in this token are owed. */
async function checkSolvency({ main, network }: Evidence, token: string, tally: Tally): Promise<void> {
  const { escrow } = network.main.contracts;
  const owed = new Map<bigint, bigint>();
  for (const { name, args } of main.events) {
    if (name === "Funded" && isSameAddress(args.token, token)) owed.set(args.task, args.amount);
    if (name !== "Paid" && name !== "Refunded") continue;
    const held = owed.get(args.task);
    if (held !== undefined) owed.set(args.task, held - args.amount);
  }
  const sum = [...owed.values()].reduce((all, held) => all + held, 0n);
  const balance = await main.state(contracts.LocalToken, token, "balanceOf", escrow);
  tally.require(
    balance >= sum,
    `The escrow has ${balance} wei of ${token}, but owes its ${owed.size} tasks ${sum} wei.`,
  );
}

function total(events: readonly EventNamed<"Paid" | "Refunded">[]): bigint {
  return events.reduce((sum, { args }) => sum + args.amount, 0n);
}
