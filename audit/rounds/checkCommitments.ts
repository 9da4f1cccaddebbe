import { isBefore } from "../../chains/clients/ChainEvent.ts";
import { applicationOf } from "../../chains/networks/applicationOf.ts";
import { BILLION } from "../../numerics/Share.ts";
import { updateCommitment } from "../../protocol/leaves.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { participantsOf, takesPart } from "../../protocol/participation.ts";
import { commitsUntil, quorumFrom } from "../../protocol/roundTimes.ts";
import { beaconOn } from "../evidence/beaconOn.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { enrolmentsOf } from "../evidence/enrolmentsOf.ts";
import { revealCall } from "../evidence/revealCall.ts";
import type { Reveal, SubchainRound } from "../evidence/subchainRounds.ts";
import { ofKind } from "../evidence/taskMessages.ts";
import type { Tally } from "../Tally.ts";

/**
 * In one round of a subchain, only enrolled workers that are drawn for it committed, once each and in the
 * commit phase; every reveal came in the reveal phase and opens its worker's earlier
 * commitment with the salt that it was given. Part of the check `updates`.
 */
export async function checkCommitments(
  evidence: Evidence,
  chain: ChainEvidence,
  round: SubchainRound,
  tally: Tally,
): Promise<void> {
  const { quorumPpb, workersPerRound, sampling, schedule } = await evidence.terms();
  const { commitSeconds, revealSeconds } = schedule;
  const enrolled = new Map(enrolmentsOf(chain, evidence.task).map(({ worker, index }) => [worker, index]));
  const beacon = beaconOn(chain, evidence.task);
  const known = { beacon, enrolled: enrolled.size, workersPerRound, sampling };
  const { startedAt, commitsClosed, revealsFrom } = round;
  const until = commitsUntil(round, commitSeconds);
  const committed = new Set<string>();
  for (const commit of round.commits) {
    const { worker } = commit.args;
    const who = `The commit of worker ${worker} of ${chain.name} in round ${ordinal(round.round)}`;
    const time = await chain.blockTime(commit.blockNumber);
    tally.require(enrolled.has(worker), `${who} is by one who is not enrolled.`);
    tally.require(
      takesPart(known, round.round, enrolled.get(worker)!) === true,
      `${who} is by one who is not drawn for the round.`,
    );
    tally.require(!committed.has(worker), `${who} is its second, in transaction ${commit.transactionHash}.`);
    tally.require(
      time >= startedAt && time < until,
      `${who} is at ${time}, outside of the commit phase from ${startedAt} to ${until}.`,
    );
    tally.require(
      commitsClosed === undefined || isBefore(commit, commitsClosed),
      `${who} came after the commit phase was closed.`,
    );
    committed.add(worker);
  }
  if (commitsClosed !== undefined) {
    const time = await chain.blockTime(commitsClosed.blockNumber);
    const from = quorumFrom(round, commitSeconds);
    const participants = participantsOf(known);
    const isQuorate = committed.size * BILLION >= participants * quorumPpb;
    tally.require(
      committed.size === participants || (isQuorate && time >= from),
      `${chain.name} closed the commit phase of round ${ordinal(round.round)} at ${time} with ${committed.size} commits of ${participants} workers; the quorum of ${(100 * quorumPpb) / BILLION} % closes it from ${from} on.`,
    );
    const sent = ofKind(evidence.messagesFrom(chain), "CommitsClosed").filter(
      ({ body }) => body.round === round.round,
    );
    tally.require(
      sent.length === 1 &&
        sent[0]!.transactionHash === commitsClosed.transactionHash &&
        sent[0]!.body.committed === committed.size,
      `${chain.name} closed the commit phase of round ${ordinal(round.round)} with ${committed.size} commits in transaction ${commitsClosed.transactionHash} and sent ${sent.length} reports of it, with ${sent.map(({ body }) => body.committed).join(", ")} commits.`,
    );
  }
  for (const reveal of round.reveals) {
    const { worker, index } = reveal.update;
    const who = `The reveal of worker ${worker} of ${chain.name} in round ${ordinal(round.round)}`;
    const time = await chain.blockTime(reveal.event.blockNumber);
    tally.require(
      enrolled.get(worker) === index,
      `${who} states index ${index}; it enrolled with ${enrolled.get(worker) ?? "none"}.`,
    );
    tally.require(
      time >= revealsFrom && time < revealsFrom + revealSeconds,
      `${who} is at ${time}, outside of the reveal phase from ${revealsFrom} to ${revealsFrom + revealSeconds}.`,
    );
    await tally.attempt(() => checkOpening(chain, round, reveal, who, tally));
  }
}

async function checkOpening(
  chain: ChainEvidence,
  { commits }: SubchainRound,
  { update, event }: Reveal,
  who: string,
  tally: Tally,
): Promise<void> {
  const commit = commits.find(({ args }) => args.worker === update.worker);
  tally.require(
    commit !== undefined && isBefore(commit, event),
    `${who} in transaction ${event.transactionHash} has no commit before it.`,
  );
  await revealCall(chain, event, {
    provesItself: true,
    judge: ({ opening }) => {
      const opened = updateCommitment(applicationOf(chain.place), update, opening.salt);
      tally.require(
        opened === commit.args.commitment,
        `${who} opens the commitment ${opened}, but ${commit.args.commitment} was committed.`,
      );
    },
  });
}
