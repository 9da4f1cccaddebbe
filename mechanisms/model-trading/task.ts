import { z } from "zod";

import { BaseError } from "../../protocol/BaseError.ts";
import type { MechanismTask } from "../MechanismTask.ts";
import { encodeTerms } from "./encodings.ts";
import { rewardSchema } from "./rewardSchema.ts";
import { tradingTerms } from "./tradingTerms.ts";

/** Model trading's part of a task file. */
export const task: MechanismTask = {
  description:
    "A posted price for each worker: it is paid by the immersion of its models, by how little they age and how much they teach.",
  rewardFields: rewardSchema.shape,
  rules: [
    {
      rule: "the model classifies: ω and θ are Brier losses",
      checkedBy: "`task submit` (`NOT_A_CLASSIFICATION`)",
    },
    {
      rule: "no `sampling`: a model ages, and a bond is lost, by every round that a worker has no part in",
      checkedBy: "`task submit` (`SAMPLING_NOT_TRADED`); main and relay chain",
    },
    {
      rule: "`reward.prices` names each worker once; a game has an equilibrium in which all MUs serve all MSPs",
      checkedBy: "`task submit` (`OFFERS_INVALID`, `NO_EQUILIBRIUM`)",
    },
    {
      rule: "the period is no longer than the epoch and longer than the slack; shares are in their bounds",
      checkedBy: "main and relay chain ([TradingPolicy](contracts/TradingPolicy.md))",
    },
    {
      rule: "where messages take their time, the slack is that of a round's opening to the subchains, 2 hops, and 4 s; else models count as older than they are",
      checkedBy: "`task submit` (`SCHEDULE_TOO_TIGHT`), unless it is told to publish `--anyway`",
    },
    {
      rule: "`reward.budget` covers cap × `maxWorkers` × number of subchains",
      checkedBy: "main chain (`BudgetTooSmall`)",
    },
  ],
  remarks: `pay = min(cap, p · ω ε ln(1 + η · samples) / θ · max(0, τ − Δ̂)) · accepted/rounds, where Δ̂ is the mean age of the
worker's models, and ω and θ are measured by the aggregators ([mechanisms/model-trading.md](mechanisms/model-trading.md)).
Have \`commitSeconds\` longer than τ/2 and a training: a worker may take half a period for an update. The publisher runs
\`./freshet task serve model-trading\`, or sales are dated by block times.`,
  shortTimes(reward, frame, heardSeconds) {
    const { startSlackMs, periodMs } = tradingTerms(z.parse(rewardSchema, reward), frame);
    const why = `a round is begun up to ${heardSeconds} s after it opened on the main chain`;
    if (startSlackMs >= 1000 * heardSeconds) return [];
    const slack = { field: "startSlackSeconds", is: startSlackMs / 1000, needed: heardSeconds, why };
    if (periodMs > 1000 * heardSeconds) return [slack];
    // The slack is shorter than the period.
    return [{ field: "periodSeconds", is: periodMs / 1000, needed: heardSeconds + 1, why }, slack];
  },
  terms(reward, frame) {
    if (frame.predicts !== undefined && frame.predicts !== "classification") {
      throw new BaseError("NOT_A_CLASSIFICATION", `A model of the task ${frame.predicts} cannot be traded.`, {
        details: "How much a model teaches is measured by Brier losses, which classifications have.",
        next: "Choose a model that classifies, or another reward.policy.",
      });
    }
    if (frame.samples === true) {
      throw new BaseError(
        "SAMPLING_NOT_TRADED",
        "Models are not traded where workers are drawn for rounds.",
        {
          details: "A model ages, and a bond is lost, by every round that its worker has no part in.",
          next: "Leave out sampling, or choose another reward.policy.",
        },
      );
    }
    const terms = tradingTerms(z.parse(rewardSchema, reward), frame);
    return {
      encoded: encodeTerms(terms),
      worstCase: terms.cap * BigInt(frame.maxWorkers) * BigInt(frame.subchains),
    };
  },
};
