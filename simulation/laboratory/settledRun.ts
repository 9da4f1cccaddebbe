import type { PastTask, PastWorker } from "../../mechanisms/MechanismResettlement.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { roundTime } from "../../protocol/roundTimes.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import type { LaboratoryClient, LaboratoryResult, LaboratoryRound } from "./LaboratoryResult.ts";
import type { LaboratorySetting } from "./LaboratorySetting.ts";
import type { AskedClient, Enrolment, Payer } from "./Payer.ts";
import type { PlayedClient } from "./PlayedClient.ts";

/** A run that is over, before it is paid. */
export interface PlayedRun {
  readonly setting: LaboratorySetting;
  readonly seed: number;
  readonly payer: Payer;
  readonly terms: TaskTerms;
  readonly asked: readonly AskedClient[];
  /** In the order of `asked`. */
  readonly enrolments: readonly Enrolment[];
  /** Those who are enrolled, in their order. */
  readonly played: readonly PlayedClient[];
  /** What was attested about whom, by their places among them, and by which mechanism. */
  readonly attested: { readonly by: string; readonly scores: ReadonlyMap<number, string> } | undefined;
  readonly rounds: readonly LaboratoryRound[];
  /** Digest of the model after them. */
  readonly model: string;
}

/** Pays a run, and says what came of it. */
export function settledRun(run: PlayedRun): LaboratoryResult {
  const { payer, asked, enrolments, played, rounds, model } = run;
  const { pays, assumptions } = payer.pay(pastTaskOf(run));
  const places = new Map(played.map(({ client }, place) => [client, place]));
  const clients = asked.map(({ client, group, behaviours }): LaboratoryClient => {
    const about = { client, group, behaviours: behaviours.map(({ kind }) => kind) };
    const enrolment = enrolments[client]!;
    if ("abstain" in enrolment) {
      return { ...about, ...NOTHING, isEnrolled: false, why: enrolment.abstain };
    }
    const place = places.get(client)!;
    const { refreshes, updates, cost } = played[place]!;
    const { amount, why } = pays[place]!;
    return {
      ...{ ...about, isEnrolled: true, why, refreshes: refreshes.length, updates: updates.length },
      accepted: updates.filter(({ isTaken }) => isTaken).length,
      samples: updates.reduce((sum, { samples }) => sum + samples, 0),
      pay: String(amount),
      cost: String(cost),
      utility: String(amount - cost),
    };
  });
  const spent = pays.reduce((sum, { amount }) => sum + amount, 0n);
  return {
    ...{ seed: run.seed, mechanism: payer.name, worstCase: String(payer.worstCase), spent: String(spent) },
    ...{ model, rounds, clients, assumptions },
    metrics: metricsOf(run, clients, spent),
  };
}

const NOTHING = { refreshes: 0, updates: 0, accepted: 0, samples: 0, pay: "0", cost: "0", utility: "0" };

/** What happened, as every mechanism can look at it. */
function pastTaskOf({ setting, payer, terms, played, attested }: PlayedRun): PastTask {
  const { startTime, epochSeconds } = terms.schedule;
  const times = { startTime, epochSeconds, rounds: setting.rounds };
  const opened = Array.from({ length: setting.rounds }, (_, round) => {
    const time = roundTime(times, round);
    return { round, openedAt: time, time };
  });
  const gainPpb = MECHANISMS.find(({ name }) => name === attested?.by)?.resettlement?.gainPpb;
  return {
    ...{ task: 1n, mechanism: payer.name, mechanismTerms: payer.mechanismTerms, terms },
    now: startTime + epochSeconds + 1,
    policyEvents: undefined,
    rounds: new Map([[terms.subchains[0]!, opened]]),
    workers: played.map((client, place): PastWorker => {
      const score = attested?.scores.get(place) ?? "0x";
      return {
        ...{ worker: client.address, chainId: terms.subchains[0]!, enrolledAt: startTime - 1 },
        ...{ refreshes: client.refreshes, updates: client.updates, choice: client.choice, work: undefined },
        acceptedRounds: client.updates.filter(({ isTaken }) => isTaken).length,
        // A round that did not ask for it does not count for it.
        countedRounds: client.asked,
        scores: attested === undefined ? {} : { [attested.by]: score },
        ...(gainPpb !== undefined && { gainPpb: gainPpb(score) }),
      };
    }),
  };
}

function metricsOf(
  { asked, played, rounds }: PlayedRun,
  clients: readonly LaboratoryClient[],
  spent: bigint,
): Record<string, number> {
  const sum = (of: (client: LaboratoryClient) => string) =>
    clients.reduce((all, client) => all + BigInt(of(client)), 0n);
  const wanted = played.reduce((all, client) => all + client.asked, 0);
  const sent = played.reduce((all, client) => all + client.updates.length, 0);
  const last = rounds.at(-1);
  return {
    ...(last !== undefined && { ...last.metrics, score: last.score }),
    spentTokens: tokensOf(spent),
    costTokens: tokensOf(sum(({ cost }) => cost)),
    utilityTokens: tokensOf(sum(({ utility }) => utility)) / asked.length,
    enrolled: played.length / asked.length,
    left: 1 - played.length / asked.length,
    updates: wanted === 0 ? 0 : sent / wanted,
  };
}

/** Wei as tokens, for charts: what is paid stays in wei. */
export function tokensOf(wei: bigint): number {
  return Number(wei / 10n ** 9n) / 1e9;
}
