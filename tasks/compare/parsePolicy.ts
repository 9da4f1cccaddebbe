import { z } from "zod";

import { checked } from "../../files/readJson.ts";
import { BASELINES } from "../../mechanisms/baselines.ts";
import { mechanismNamed } from "../../mechanisms/mechanismOf.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { rewardSchema, type TaskReward } from "../rewardSchema.ts";
import type { PayTerms } from "./Comparison.ts";

/** Where a policy was read, and what was said of it. */
export interface ParsePolicyParameters {
  /** What people call it: a file's name. */
  source: string;
  /** The mechanism that it must be of; any unless given. A reward that names none is taken as of this one. */
  mechanism?: string | undefined;
}

/**
 * Terms that a task is compared by: the `reward` of a task file, or a whole one, of which nothing else is looked at.
 *
 * @param value - As JSON has it.
 * @throws BaseError `POLICY_INVALID` naming every field that does not hold, `UNKNOWN_MECHANISM`, `OTHER_MECHANISM`.
 */
export function parsePolicy(
  value: unknown,
  { source, mechanism }: ParsePolicyParameters,
): Extract<PayTerms, { kind: "policy" }> {
  const next =
    "Give the reward of a task file, or a whole one; docs/task-spec.md documents the fields of each mechanism.";
  if (!isRecord(value)) {
    throw new BaseError("POLICY_INVALID", `${source} is no reward of a task.`, { next });
  }
  const written = isRecord(value.reward) ? value.reward : value;
  const named = written.policy === undefined ? mechanism : written.policy;
  if (typeof named !== "string") {
    throw new BaseError("POLICY_INVALID", `${source} does not say of which mechanism it is.`, {
      details: "Its field policy has no mechanism's name.",
      next: `Add it, or name the mechanism: --mechanism ${MECHANISMS[0]!.name}.`,
    });
  }
  if (BASELINES.some(({ name }) => name === named)) {
    throw new BaseError("POLICY_INVALID", `${named} has no terms of its own.`, {
      next: `Compare by it without a file: --mechanism ${named}.`,
    });
  }
  const { name } = mechanismNamed(named);
  if (mechanism !== undefined && name !== mechanism) {
    throw new BaseError("OTHER_MECHANISM", `${source} is a reward of ${name}, and not of ${mechanism}.`, {
      next: `Leave --mechanism ${mechanism} out, or give a reward of it.`,
    });
  }
  const reward: TaskReward = checked(
    { ...written, policy: name },
    {
      schema: rewardSchema(),
      code: "POLICY_INVALID",
      message: `${source} is no valid reward of ${name}.`,
      next: `Correct the fields named above. ${next}`,
    },
  );
  return { kind: "policy", name: source, mechanism: name, reward };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return z.record(z.string(), z.unknown()).safeParse(value).success;
}
