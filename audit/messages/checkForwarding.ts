import { keccak256 } from "ethers";
import { applicationOf } from "../../chains/networks/applicationOf.ts";
import { contracts } from "../../protocol/contracts.ts";
import { type ChainEvidence, eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { describe, type TaskMessage } from "../evidence/taskMessages.ts";
import type { Tally } from "../Tally.ts";

/** A message that reached the relay chain. */
export interface Received {
  message: TaskMessage;
  transactionHash: string;
}

/**
 * What the relay chain forwarded is what it received, body for body and in the
 * same transaction, and its ledger has the hashes. That commits are closed it forwards
 * to nobody: once all subchains have said so it opens reveals. Part of the check `messages`.
 *
 * @throws AuditFailure
 */
export async function checkForwarding(
  evidence: Evidence,
  received: readonly Received[],
  tally: Tally,
): Promise<void> {
  const { relay, task } = evidence;
  const { subchains } = await evidence.terms();
  const frozen = eventsOf(relay, task, "ChainFrozen")[0];
  const frozenName = frozen && evidence.chains.get(frozen.args.chainId)?.name;
  tally.require(
    frozen === undefined,
    `${frozenName} said two different things to the relay chain, with hashes ${frozen?.args.recorded} and ${frozen?.args.contradicting}, and was frozen in transaction ${frozen?.transactionHash}.`,
  );
  const unexplained = new Set(evidence.messagesFrom(relay));
  const last = lastClosings(relay, task, subchains.length);
  for (const { message, transactionHash } of received) {
    const forwarded = [...unexplained].filter(
      (sent) => sent.transactionHash === transactionHash && isForwardOf(sent, message, last),
    );
    for (const sent of forwarded) unexplained.delete(sent);
    const where = `${describe(message)} reached the relay chain in transaction ${transactionHash}`;
    if (eventsOf(relay, task, "RepeatedMessage").some(({ args }) => args.receiveId === message.id)) {
      tally.require(forwarded.length === 0, `${where} as a repetition, and was forwarded again.`);
      continue;
    }
    if (eventsOf(relay, task, "TaskSentBack").some(({ args }) => args.receiveId === message.id)) {
      tally.require(
        forwarded.length === 1 && forwarded[0]!.kind === "TaskRejected",
        `${where} and was refused, but no rejection was sent to the main chain.`,
      );
      continue;
    }
    const wanted = wantedBy(message, { main: evidence.main.chainId, subchains, last });
    const reached = forwarded
      .filter(({ kind }) => kind === (message.kind === "CommitsClosed" ? "RevealsOpened" : message.kind))
      .map(({ destination }) => destination);
    const became = message.kind === "CommitsClosed" ? "opened reveals on" : "was forwarded unchanged to";
    tally.require(
      reached.length === wanted.length && wanted.every((chainId) => reached.includes(chainId)),
      `${where} and ${became} the chains ${list(reached)}; it should have been ${list(wanted)}.`,
    );
    await checkLedger(relay, message, tally);
  }
  const [made] = unexplained;
  tally.require(
    made === undefined,
    `${made === undefined ? "" : describe(made)} was not forwarded from anything that the relay chain received in transaction ${made?.transactionHash}.`,
  );
}

/** Ids of the messages with which a round's commits were closed on the last subchain of the task. */
function lastClosings(relay: ChainEvidence, task: bigint, subchains: number): ReadonlySet<string> {
  const closings = eventsOf(relay, task, "MessageRecorded").filter(
    ({ args }) => args.kind === "CommitsClosed",
  );
  const rounds = Map.groupBy(closings, ({ args }) => args.round);
  return new Set([...rounds.values()].flatMap((closed) => closed[subchains - 1]?.args.receiveId ?? []));
}

/** Chain ids that a message's forwards, or the reveals that it opens, go to. */
function wantedBy(
  { kind, id, origin }: TaskMessage,
  chains: { main: bigint; subchains: readonly bigint[]; last: ReadonlySet<string> },
): readonly bigint[] {
  if (kind === "CommitsClosed") return chains.last.has(id) ? chains.subchains : [];
  return origin.chainId === chains.main ? chains.subchains : [chains.main];
}

function isForwardOf(sent: TaskMessage, received: TaskMessage, last: ReadonlySet<string>): boolean {
  if (sent.kind === "TaskRejected") return received.kind === "TaskOpened";
  if (sent.kind === "RevealsOpened") {
    return (
      received.kind === "CommitsClosed" && last.has(received.id) && sent.body.round === received.body.round
    );
  }
  return sent.kind === received.kind && sent.encodedBody === received.encodedBody;
}

async function checkLedger(relay: ChainEvidence, message: TaskMessage, tally: Tally): Promise<void> {
  const { kind, body, origin } = message;
  const hash = keccak256(message.encodedBody);
  const round = "round" in body ? body.round : 0;
  const recorded = await relay.state(
    contracts.CrossChainManager,
    applicationOf(relay.place),
    "recordOf",
    kind,
    body.task,
    round,
    origin.chainId,
  );
  tally.require(
    recorded === hash,
    `${describe(message)} hashes to ${hash}, but the relay chain's ledger has ${recorded}.`,
  );
}

function list(chainIds: readonly bigint[]): string {
  return chainIds.length === 0 ? "none" : chainIds.join(", ");
}
