import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { mechanismId } from "../../mechanisms/mechanismId.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import { digestOf } from "../../storage/contentId.ts";
import { initialModel } from "../../tasks/initialModel.ts";
import { samplingTerms } from "../../tasks/samplingTerms.ts";
import { shareTerms } from "../../tasks/shareTerms.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import { type ChainEvidence, eventsOf } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { mechanismContract } from "../evidence/mechanismContract.ts";
import type { Tally } from "../Tally.ts";

/** Terms that a specification fixes, as plain values; the rest depends on when the task was published. */
type FixedTerms = Omit<TaskTerms, "specDigest" | "schedule">;

/**
 * The specification is in storage under its digest, the main chain's terms are
 * what it says, the initial model follows from its seed, and every subchain works
 * by the same terms. Counts terms compared.
 */
export async function checkTerms(evidence: Evidence, tally: Tally): Promise<void> {
  const { main, task, network } = evidence;
  const [spec, terms] = await Promise.all([evidence.spec(), evidence.terms()]);
  const wanted = await fixedTerms(spec, network, tally);
  for (const [name, value] of Object.entries(wanted)) {
    compare(`The terms' ${name}`, terms[name as keyof FixedTerms], value, tally);
  }
  checkSchedule(spec, terms, tally);

  const [published] = eventsOf(main, task, "TaskPublished");
  tally.require(published !== undefined, `The main chain shows no publication of task ${task}.`);
  compare("The token", published.args.token, spec.reward.token ?? network.main.contracts.token, tally);
  compare("The budget", published.args.budget, spec.reward.budget ?? published.args.worstCase, tally);
  compare("The published specDigest", published.args.specDigest, terms.specDigest, tally);
  const opening = evidence.opening();
  tally.require(
    opening.transactionHash === published.transactionHash,
    `Task ${task} was published in transaction ${published.transactionHash}, but opened towards the relay chain in ${opening.transactionHash}.`,
  );
  compare("The published mechanismTerms", published.args.mechanismTerms, opening.body.mechanismTerms, tally);
  for (const [name, value] of Object.entries(terms)) {
    compare(`The opening's ${name}`, opening.body.terms[name as keyof TaskTerms], value, tally);
  }
  const publishedAt = await main.blockTime(published.blockNumber);
  tally.require(
    publishedAt <= terms.schedule.startTime,
    `Task ${task} was published at ${publishedAt}, after its epoch began at ${terms.schedule.startTime}.`,
  );
  for (const chain of await evidence.subchains()) await checkSubchainTerms(evidence, chain, terms, tally);
}

/** What the specification says the terms are, derived here and not by the publisher's program. */
async function fixedTerms(spec: TaskSpec, network: NetworkFile, tally: Tally): Promise<FixedTerms> {
  const subchains = spec.subchains.map((name) => {
    const place = network.subchains.find((other) => other.name === name);
    tally.require(
      place !== undefined,
      `The specification names subchain ${name}, which the network file does not have.`,
    );
    return BigInt(place.chainId);
  });
  return {
    initialModel: await digestOf(initialModel(spec)),
    mechanism: mechanismId(spec.reward.policy),
    rounds: spec.rounds,
    ...shareTerms(spec),
    minUpdates: spec.minUpdates,
    attestations: spec.aggregators.attestations,
    maxWorkers: spec.maxWorkers,
    maxSamples: spec.training.samplesPerRound,
    ...samplingTerms(spec),
    subchains,
    aggregators: network.aggregators.slice(0, spec.aggregators.of).map(({ address }) => address),
  };
}

/** Durations are the specification's; both absolute times count from one moment. */
function checkSchedule(spec: TaskSpec, { schedule }: TaskTerms, tally: Tally): void {
  const { enrolSeconds, deadlineSeconds, ...durations } = spec.schedule;
  for (const [name, value] of Object.entries(durations)) {
    compare(`The schedule's ${name}`, schedule[name as keyof typeof durations], value, tally);
  }
  const begin = schedule.startTime - enrolSeconds;
  compare("The schedule's deadline", schedule.deadline, begin + deadlineSeconds, tally);
}

async function checkSubchainTerms(
  evidence: Evidence,
  chain: ChainEvidence,
  terms: TaskTerms,
  tally: Tally,
): Promise<void> {
  const { task } = evidence;
  const [arrived] = eventsOf(chain, task, "TaskArrived");
  if (arrived === undefined) {
    const { status } = await evidence.state();
    if (status !== "Rejected") tally.note(`The task has not arrived on ${chain.name}.`);
    return;
  }
  const state = await chain.state(contracts.LearningSubchain, arrived.address, "taskOf", task);
  const { rounds, quorumPpb, maxWorkers, maxSamples, workersPerRound, sampling, schedule } = terms;
  const { startTime, epochSeconds, commitSeconds, revealSeconds } = schedule;
  const wanted = {
    rounds,
    quorumPpb,
    maxWorkers,
    maxSamples,
    workersPerRound,
    sampling,
    startTime,
    epochSeconds,
    commitSeconds,
    revealSeconds,
  };
  for (const [name, value] of Object.entries(wanted)) {
    compare(`${name} on ${chain.name}`, state[name as keyof typeof wanted], value, tally);
  }
  compare(`specDigest on ${chain.name}`, arrived.args.specDigest, terms.specDigest, tally);
  const meter = mechanismContract(chain, await evidence.mechanism());
  compare(`The meter on ${chain.name}`, state.meter, meter.address, tally);
}

function compare(what: string, actual: unknown, wanted: unknown, tally: Tally): void {
  tally.require(
    show(actual).toLowerCase() === show(wanted).toLowerCase(),
    `${what}: ${show(actual)} on chain, ${show(wanted)} expected.`,
  );
  tally.count();
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner));
}
