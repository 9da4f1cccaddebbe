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
 * same transaction, and its ledger has the hashes. Part of the check `messages`.
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
  for (const { message, transactionHash } of received) {
    const forwarded = [...unexplained].filter(
      (sent) => sent.transactionHash === transactionHash && isForwardOf(sent, message),
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
    const wanted =
      message.origin.chainId === evidence.main.chainId ? subchains : [BigInt(evidence.network.main.chainId)];
    const reached = forwarded
      .filter(({ kind }) => kind === message.kind)
      .map(({ destination }) => destination);
    tally.require(
      reached.length === wanted.length && wanted.every((chainId) => reached.includes(chainId)),
      `${where} and was forwarded unchanged to the chains ${list(reached)}; it should have gone to ${list(wanted)}.`,
    );
    await checkLedger(relay, message, tally);
  }
  const [made] = unexplained;
  tally.require(
    made === undefined,
    `${made === undefined ? "" : describe(made)} was not forwarded from anything that the relay chain received in transaction ${made?.transactionHash}.`,
  );
}

function isForwardOf(sent: TaskMessage, received: TaskMessage): boolean {
  if (sent.kind === "TaskRejected") return received.kind === "TaskOpened";
  return sent.kind === received.kind && sent.encodedBody === received.encodedBody;
}

async function checkLedger(relay: ChainEvidence, message: TaskMessage, tally: Tally): Promise<void> {
  const { kind, body, origin } = message;
  const hash = keccak256(message.encodedBody);
  const round = kind === "RoundOpened" || kind === "RoundReported" ? body.round : 0;
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
