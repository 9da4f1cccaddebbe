/**
 * What the contract theory predicted for a settled task beside what the chains measured and paid.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", equations 5, 8, 11 and 13, an epoch at a time.
 *
 * | symbol   | identifier         | meaning                                                             |
 * | -------- | ------------------ | ------------------------------------------------------------------- |
 * | T/θ      | `refreshes`        | updates an epoch that an item asks for                               |
 * | θ/2      | `meanAgeSeconds`   | mean age on chain of a worker that refreshes on time                 |
 * | A, D     | `modelAgeSeconds`, `modelLatencySeconds` | the paper's model at f = 1/θ                   |
 * | R − δT/θ | `utility`          | what the item is worth to its type                                   |
 * | β ln g   | `satisfaction`     | what a worker's freshness is worth to the publisher                  |
 *
 * The freshness that was realized enters the model as f = 1/(2·mean age): the frequency of a worker that, refreshing
 * on time, has the age that was measured. So lateness counts, and a burst of refreshes does not.
 */

import type { AoITerms, MenuItem } from "../encodings.ts";
import { MenuModel } from "../MenuModel.ts";
import type { MenuTypes } from "../rewardSchema.ts";

/** What the chains say of one worker. */
export interface SettledWorker {
  worker: string;
  chain: string;
  /** Index of its item, from 0. */
  item: number;
  refreshes: number;
  coveredSeconds: number;
  /** Sum of squared gaps, s². */
  ageSquares: bigint;
  /** Undefined while its pay has not been claimed. */
  claim?: { acceptedRounds: number; paid: bigint };
}

/** A settled task as its chains tell it. */
export interface SettledTask {
  terms: AoITerms;
  epochSeconds: number;
  rounds: number;
  /** Places over all subchains. */
  places: number;
  escrow: { funded: bigint; paid: bigint; refunded: bigint };
  workers: readonly SettledWorker[];
  /** What the menu was solved from; absent where it was given item by item. */
  types?: MenuTypes;
}

/** One worker, predicted and realized. Amounts are decimal strings of wei. */
export interface ComparedWorker {
  worker: string;
  chain: string;
  /** From 1. */
  item: number;
  periodSeconds: number;
  cost: string;
  predicted: {
    refreshes: number;
    meanAgeSeconds: number;
    modelAgeSeconds: number | null;
    modelLatencySeconds: number | null;
    coverage: 1;
    reward: string;
    utility: string;
  };
  realized: {
    refreshes: number;
    meanAgeSeconds: number;
    /** Share of the epoch. */
    coverage: number;
    acceptedRounds: number | null;
    claimed: boolean;
    paid: string;
    utility: string;
  };
}

/** A settled task, predicted and realized. */
export interface ComparedSettlement {
  epochSeconds: number;
  rounds: number;
  bonus: string;
  workers: ComparedWorker[];
  freshness: {
    predicted: {
      meanAgeSeconds: number;
      modelAgeSeconds: number | null;
      modelLatencySeconds: number | null;
      coverage: 1;
    };
    realized: { meanAgeSeconds: number; coverage: number };
  };
  /** Sums over the workers, wei. */
  workersUtility: { predicted: string; realized: string };
  /**
   * The publisher's utility, wei; null where the menu was given item by item. `expected`: before types were known,
   * M Σ Q_n (G_n − R_n); `chosen`: for the items that were chosen.
   */
  providerUtility: { expected: string; chosen: string; realized: string } | null;
  /** Wei. `worstCase`: all places taken at the largest reward; `expected`, `chosen`: as above, without bonuses. */
  budget: {
    funded: string;
    worstCase: string;
    expected: string | null;
    chosen: string;
    paid: string;
    refunded: string;
    held: string;
  };
}

/**
 * Compares a settled task with the theory.
 *
 * @example
 * compareSettlement(task).workers[0].realized.utility; // "-300": paid 700 for ten refreshes at 100
 */
export function compareSettlement(task: SettledTask): ComparedSettlement {
  const { terms, epochSeconds, rounds, workers, escrow, types } = task;
  const model = types === undefined ? null : new MenuModel(types);
  const compared = workers.map((worker) => compareWorker(worker, task, model));
  const itemOf = ({ item }: SettledWorker) => terms.menu[item]!;
  const mostAWorker =
    terms.menu.reduce((most, { reward }) => (reward > most ? reward : most), 0n) + terms.bonus;
  const realizedAge = (worker: SettledWorker) => Number(worker.ageSquares) / (2 * epochSeconds);
  /** M Σ Q_n value_n, with M the workers that took part. */
  const expectation = (value: (item: MenuItem) => number) =>
    types === undefined
      ? null
      : wei(workers.length * sum(terms.menu.map((item, n) => (types.probabilities[n] ?? 0) * value(item))));
  return {
    epochSeconds,
    rounds,
    bonus: String(terms.bonus),
    workers: compared,
    freshness: {
      predicted: {
        meanAgeSeconds: mean(compared.map(({ predicted }) => predicted.meanAgeSeconds)),
        modelAgeSeconds: model && mean(compared.map(({ predicted }) => predicted.modelAgeSeconds!)),
        modelLatencySeconds: model && mean(compared.map(({ predicted }) => predicted.modelLatencySeconds!)),
        coverage: 1,
      },
      realized: {
        meanAgeSeconds: mean(compared.map(({ realized }) => realized.meanAgeSeconds)),
        coverage: mean(compared.map(({ realized }) => realized.coverage)),
      },
    },
    workersUtility: {
      predicted: total(compared.map(({ predicted }) => predicted.utility)),
      realized: total(compared.map(({ realized }) => realized.utility)),
    },
    providerUtility:
      model === null
        ? null
        : {
            expected: expectation((item) => model.satisfaction(1 / item.period) - Number(item.reward))!,
            chosen: wei(
              sum(
                workers.map(
                  (worker) => model.satisfaction(1 / itemOf(worker).period) - Number(itemOf(worker).reward),
                ),
              ),
            ),
            realized: wei(
              sum(
                workers.map(
                  (worker) =>
                    model.satisfaction(1 / (2 * realizedAge(worker))) - Number(worker.claim?.paid ?? 0n),
                ),
              ),
            ),
          },
    budget: {
      funded: String(escrow.funded),
      worstCase: String(mostAWorker * BigInt(task.places)),
      expected: expectation((item) => Number(item.reward)),
      chosen: total(compared.map(({ predicted }) => predicted.reward)),
      paid: String(escrow.paid),
      refunded: String(escrow.refunded),
      held: String(escrow.funded - escrow.paid - escrow.refunded),
    },
  };
}

function compareWorker(
  settled: SettledWorker,
  { terms, epochSeconds }: SettledTask,
  model: MenuModel | null,
): ComparedWorker {
  const { worker, chain, item, refreshes, coveredSeconds, ageSquares, claim } = settled;
  const { period, reward, cost } = terms.menu[item]!;
  const paid = claim?.paid ?? 0n;
  return {
    worker,
    chain,
    item: item + 1,
    periodSeconds: period,
    cost: String(cost),
    predicted: {
      refreshes: epochSeconds / period,
      meanAgeSeconds: period / 2,
      modelAgeSeconds: model?.age(1 / period) ?? null,
      modelLatencySeconds: model?.latency(1 / period) ?? null,
      coverage: 1,
      reward: String(reward),
      utility: String(reward - (cost * BigInt(epochSeconds)) / BigInt(period)),
    },
    realized: {
      refreshes,
      meanAgeSeconds: Number(ageSquares) / (2 * epochSeconds),
      coverage: coveredSeconds / epochSeconds,
      acceptedRounds: claim?.acceptedRounds ?? null,
      claimed: claim !== undefined,
      paid: String(paid),
      utility: String(paid - cost * BigInt(refreshes)),
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

function total(amounts: readonly string[]): string {
  return String(amounts.reduce((all, amount) => all + BigInt(amount), 0n));
}

function wei(value: number): string {
  return String(BigInt(Math.round(value)));
}
