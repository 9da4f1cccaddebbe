import type { RandomSource } from "../../numerics/RandomSource.ts";
import { contracts } from "../../protocol/contracts.ts";
import { type Aggregate, aggregateHash, attestationCommitment } from "../../protocol/leaves.ts";
import { NO_SCORES } from "../../protocol/scores.ts";
import type { FaultTally } from "../FaultTally.ts";
import type { Surroundings } from "../SimulatedProcess.ts";
import { follow } from "./follow.ts";
import { bytesOf } from "./rogueWorker.ts";
import type { TaskNetwork } from "./TaskNetwork.ts";
import type { RogueAggregatorKind } from "./TaskSchedule.ts";

/** How often it tries, milliseconds. */
const TRY_MILLISECONDS = 2000;

/** An aggregator that means harm and does not work; those that work, badly, are `AggregatorParty`s. */
export async function runRogueAggregator(
  kind: Extract<RogueAggregatorKind, "no-attest" | "wrong" | "copier">,
  {
    index,
    network,
    random,
    tally,
  }: { index: number; network: TaskNetwork; random: RandomSource; tally: FaultTally },
  { clock, rpcs }: Surroundings,
): Promise<void> {
  const { main, account: accountOn } = network.connect(rpcs, clock);
  const account = accountOn(main.client, network.accounts.aggregators[index]!);
  const follower = await follow(main, () => undefined);
  const { task } = (await follower.first({ name: "TaskPublished" })).args;
  const salt = bytesOf(random, 32);
  const manager = network.application(0);
  for (;;) {
    await clock.sleep(TRY_MILLISECONDS);
    const state = await main.taskOf(task);
    if (state.status !== "Open") return;
    const { round } = state;
    const { attempt } = await main.attemptOf(task, round, account.address);
    const isOfRound = { task, where: ({ args }: { args: { round: number } }) => args.round === round };
    const others = follower
      .past({ name: "AttestationCommitted", ...isOfRound })
      .filter(({ args }) => args.aggregator !== account.address && args.attempt === attempt.number);
    const nothing: Aggregate = {
      globalModel: state.globalModel,
      scorePpb: 0,
      accepted: [[], []],
      scores: NO_SCORES,
    };
    const commitments = {
      "no-attest": bytesOf(random, 32),
      wrong: attestationCommitment(nothing, salt, account.address),
      copier: others[0]?.args.commitment,
    };
    // Each round's reports come first, or it would commit to what nobody can attest.
    if (follower.past({ name: "RoundReported", ...isOfRound }).length === 0) continue;
    const commitment = commitments[kind];
    if (commitment === undefined) continue;
    tally.count(`rogue aggregator: ${kind}`);
    await main.commitAttestation(account, task, round, commitment).catch(() => undefined);
    if (kind === "wrong") await main.attest(account, task, round, nothing, salt).catch(() => undefined);
    if (kind !== "copier") continue;
    const attested = follower
      .past({ name: "AggregateAttested", ...isOfRound })
      .findLast(
        ({ args }) => args.aggregator !== account.address && args.aggregateHash !== aggregateHash(nothing),
      );
    if (attested === undefined) continue;
    const seen = (await main.client.rpc.request("eth_getTransactionByHash", [attested.transactionHash])) as {
      input: string;
    } | null;
    if (seen === null) continue;
    await account.call(`${contracts.TaskManager.name}.attest`, manager, seen.input).catch(() => undefined);
  }
}
