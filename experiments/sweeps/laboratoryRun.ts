import { passesOf } from "../../simulation/federated/simulationBounds.ts";
import type { LaboratoryClient } from "../../simulation/laboratory/LaboratoryResult.ts";
import { laboratorySettingSchema } from "../../simulation/laboratory/LaboratorySetting.ts";
import { clientsPerRound } from "../../simulation/laboratory/laboratoryExcess.ts";
import { runLaboratory } from "../../simulation/laboratory/runLaboratory.ts";
import { tokensOf } from "../../simulation/laboratory/settledRun.ts";
import { clientCount } from "../../tasks/population/Population.ts";
import { defineRunKind, type RunGroup } from "./RunKind.ts";

/**
 * A task that a population plays by its own interest and that a mechanism or a baseline pays: `runLaboratory`. A client
 * without a sample is asked like the others, and sends nothing.
 */
export const laboratoryRun = defineRunKind({
  kind: "laboratory",
  about: "a population plays a task by its own interest, and a mechanism pays it",
  version: 2,
  schema: laboratorySettingSchema,
  metrics: [
    {
      ...{ name: "score", label: "score, %", factor: 100, digits: 2 },
      ...{ better: "greater", isClaimed: true, unit: "points" },
    },
    {
      ...{ name: "spent", label: "spent, tokens", factor: 1, digits: 2 },
      ...{ better: "less", isClaimed: true, unit: "tokens" },
    },
    {
      ...{ name: "scorePerToken", label: "points a token", factor: 100, digits: 3 },
      ...{ better: "greater", isClaimed: false, unit: "points a token" },
    },
    {
      ...{ name: "utility", label: "utility a client, tokens", factor: 1, digits: 4 },
      ...{ better: "greater", isClaimed: true, unit: "tokens" },
    },
    {
      ...{ name: "left", label: "left, %", factor: 100, digits: 1 },
      ...{ better: "less", isClaimed: false, unit: "points" },
    },
    {
      ...{ name: "updates", label: "updates, % of those asked for", factor: 100, digits: 1 },
      ...{ better: "greater", isClaimed: false, unit: "points" },
    },
  ],
  curves: [{ name: "score", label: "score, %", factor: 100, x: { name: "round", label: "round" } }],
  comparisons: {
    x: {
      ...{ name: "spent", what: "what is spent", label: "paid to all clients, tokens", bounds: { least: 0 } },
      of: ({ spent = Number.NaN }) => spent,
    },
    y: [
      {
        ...{ name: "score", what: "Score", label: "score, %" },
        of: ({ score = Number.NaN }) => 100 * score,
      },
      {
        ...{ name: "utility", what: "Clients' utility", label: "mean utility a client, tokens" },
        of: ({ utility = Number.NaN }) => utility,
      },
      {
        ...{ name: "remaining", what: "Clients that remain", label: "clients that take part, %" },
        bounds: { least: 0, most: 100 },
        of: ({ left = Number.NaN }) => 100 * (1 - left),
      },
    ],
  },
  dataset: ({ dataset }) => dataset,
  size({ population, clients, sampling, rounds, training: { epochs } }) {
    const each = clientsPerRound(sampling, clientCount(population, clients));
    return { passes: passesOf({ clientsPerRound: each, rounds, epochs }), points: rounds };
  },

  async run(setting, seed, { pool, load, digestOfData, progress, checkpoint, resumed }) {
    const result = await runLaboratory({
      ...{ setting, seed, pool, load, checkpoint },
      round: (over, rounds) => progress(over / rounds),
      resumed: (over, rounds) => resumed(over / rounds),
    });
    const { metrics, rounds, clients, mechanism, worstCase, spent, assumptions } = result;
    const { score = Number.NaN, spentTokens = 0, utilityTokens = 0, left = 0, updates = 0 } = metrics;
    return {
      metrics: {
        ...{ score, spent: spentTokens, utility: utilityTokens, left, updates },
        ...(spentTokens > 0 && { scorePerToken: score / spentTokens }),
      },
      curves: { score: { x: rounds.map(({ round }) => round + 1), y: rounds.map((round) => round.score) } },
      data: await digestOfData(setting.dataset),
      groups: groupsOf(clients),
      more: { mechanism, worstCase, spent, assumptions },
      record: { rounds, clients },
    };
  },
});

/** What became of those who are alike: means over them, in tokens. */
function groupsOf(clients: readonly LaboratoryClient[]): RunGroup[] {
  const groups = Map.groupBy(clients, ({ group }) => group);
  return [...groups].map(([group, members]) => {
    const mean = (of: (client: LaboratoryClient) => string) =>
      tokensOf(members.reduce((sum, client) => sum + BigInt(of(client)), 0n)) / members.length;
    const share = (of: (client: LaboratoryClient) => number) =>
      members.reduce((sum, client) => sum + of(client), 0) / members.length;
    return {
      ...{ group, clients: members.length },
      enrolled: share(({ isEnrolled }) => (isEnrolled ? 1 : 0)),
      accepted: share(({ accepted }) => accepted),
      pay: mean(({ pay }) => pay),
      cost: mean(({ cost }) => cost),
      utility: mean(({ utility }) => utility),
    };
  });
}
