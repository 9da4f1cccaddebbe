import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import { contracts } from "../../protocol/contracts.ts";
import { accountEventsOf, eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { isSameAddress } from "../isSameAddress.ts";
import type { Tally } from "../Tally.ts";
import { accountKey, escrowTransfers, isOfAccount } from "./escrowTransfers.ts";
import { heldUntil } from "./heldUntil.ts";

/**
 * What was paid in is what was paid, refunded and is held: by the escrow's events,
 * its account of the task and the token's transfers; nothing left the escrow for
 * another reason, it holds at least what all its tasks are owed, and a refund came
 * when it was due. Counts movements of this task's money.
 */
export async function checkEscrow(evidence: Evidence, tally: Tally): Promise<void> {
  const { main, network, task } = evidence;
  const { escrow } = network.main.contracts;
  const account = { application: evidence.manager, id: task };
  const fundings = accountEventsOf(main, account, "Funded");
  const [published] = eventsOf(main, task, "TaskPublished");
  const [funded] = fundings;
  tally.require(
    published !== undefined,
    `The task manager ${evidence.manager} tells of no publication of task ${task}: it is not the network's, or there is no such task.`,
  );
  tally.require(
    funded !== undefined,
    `The escrow ${escrow} tells of no payment for task ${task}, published in transaction ${published.transactionHash}: nothing was paid in, or the network file names another contract as the escrow.`,
  );
  tally.require(
    fundings.length === 1 && funded.transactionHash === published.transactionHash,
    `Task ${task} was published in transaction ${published.transactionHash} and funded ${fundings.length} times, first in ${funded.transactionHash}.`,
  );
  const { token, payer, amount } = funded.args;
  tally.require(
    amount === published.args.budget &&
      isSameAddress(token, published.args.token) &&
      isSameAddress(payer, published.args.publisher),
    `Task ${task} was published with ${published.args.budget} wei of ${published.args.token} by ${published.args.publisher}, but funded with ${amount} wei of ${token} by ${payer}.`,
  );
  await checkTransfers(evidence, funded, tally);

  const paid = total(accountEventsOf(main, account, "Paid"));
  const refunds = accountEventsOf(main, account, "Refunded");
  const refunded = total(refunds);
  const { application, id } = account;
  const books = await main.state(contracts.RewardEscrow, escrow, "accountOf", application, id);
  tally.require(
    books.funded === amount && books.paid === paid && books.refunded === refunded,
    `The escrow's account of task ${task} has ${books.funded} wei funded, ${books.paid} paid and ${books.refunded} refunded; its events add up to ${amount}, ${paid} and ${refunded}.`,
  );
  const held = await main.state(contracts.RewardEscrow, escrow, "heldBy", application, id);
  tally.require(
    amount === paid + refunded + held,
    `Task ${task} was funded with ${amount} wei, of which ${paid} were paid, ${refunded} refunded and ${held} are held.`,
  );
  for (const refund of refunds) await checkRefund(evidence, refund, payer, tally);
  await checkSolvency(evidence, token, tally);
}

/** The token moved what the escrow says, and moved nothing out of it besides. */
async function checkTransfers(
  { main, network, manager, task }: Evidence,
  funded: EventNamed<"Funded">,
  tally: Tally,
): Promise<void> {
  const { escrow } = network.main.contracts;
  const own = accountKey({ application: manager, id: task });
  const { stated, unmoved, left } = await escrowTransfers(main, escrow, funded.args.token);
  for (const { event, movement } of stated.get(own) ?? []) {
    const others = unmoved.get(event);
    tally.require(
      others === undefined,
      `The escrow states ${event.name} of ${movement.amount} wei to ${movement.to} in transaction ${movement.transactionHash}, where the token moved ${others}.`,
    );
    tally.count();
  }
  const stray = left.find(({ to }) => !isSameAddress(to, escrow));
  tally.require(
    stray === undefined,
    `${stray?.amount} wei left the escrow for ${stray?.to} in transaction ${stray?.transactionHash}, which the escrow does not account for.`,
  );
}

/** Whether a refund went to the publisher, and not before the last claim that could come. */
async function checkRefund(
  evidence: Evidence,
  refund: EventNamed<"Refunded">,
  payer: string,
  tally: Tally,
): Promise<void> {
  const { args, transactionHash } = refund;
  const state = await evidence.state();
  tally.require(
    isSameAddress(args.payer, payer),
    `The refund of ${args.amount} wei in transaction ${transactionHash} went to ${args.payer}; ${payer} had paid in.`,
  );
  const [time, until] = await Promise.all([
    evidence.main.blockTime(refund.blockNumber),
    heldUntil(evidence, refund),
  ]);
  tally.require(
    state.endedAt !== 0 && time >= until,
    `${args.amount} wei were refunded at ${time} in transaction ${transactionHash}, while workers could still claim ${until === Infinity ? "once the route from the relay chain is open again" : `until ${until}`}.`,
  );
}

/** The escrow holds at least what all its tasks in this token are owed: of a token that has shrunk all get a part. */
async function checkSolvency({ main, network }: Evidence, token: string, tally: Tally): Promise<void> {
  const { escrow } = network.main.contracts;
  const owed = new Map<string, bigint>();
  for (const event of main.events) {
    if (!isOfAccount(event)) continue;
    const { name, args } = event;
    const account = accountKey(args);
    if (name === "Funded") {
      if (isSameAddress(args.token, token)) owed.set(account, args.amount);
      continue;
    }
    const held = owed.get(account);
    if (held !== undefined) owed.set(account, held - args.amount);
  }
  const sum = [...owed.values()].reduce((all, held) => all + held, 0n);
  const balance = await main.state(contracts.LocalToken, token, "balanceOf", escrow);
  tally.require(
    balance >= sum,
    `The escrow has ${balance} wei of ${token}, but owes its ${owed.size} accounts ${sum} wei.`,
  );
}

function total(events: readonly EventNamed<"Paid" | "Refunded">[]): bigint {
  return events.reduce((sum, { args }) => sum + args.amount, 0n);
}
