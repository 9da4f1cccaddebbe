import { checked } from "../../files/readJson.ts";
import type { ModelTask } from "../../learning/models/ModelTask.ts";
import type { Mechanism } from "../../mechanisms/Mechanism.ts";
import type { Offer } from "../../mechanisms/MechanismWorker.ts";
import { mechanismNamed } from "../../mechanisms/mechanismOf.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { rewardSchema } from "../../tasks/rewardSchema.ts";
import { expandedReward } from "./expandedReward.ts";
import type { AskedClient, Enrolment, Payer, PayerFrame } from "./Payer.ts";

/**
 * Pays by a mechanism, whose own functions choose for clients and pay them.
 *
 * @param reward - As in a task file, with `eachClient` in it (`expandedReward`).
 * @throws BaseError `LABORATORY_REWARD`, `NO_RESETTLEMENT` where the mechanism cannot pay for a history, and what the
 * mechanism throws where there are no such terms.
 */
export function mechanismPayer(
  reward: { readonly policy: string },
  frame: PayerFrame & { readonly predicts: ModelTask },
  addresses: readonly string[],
): Payer {
  const mechanism = mechanismNamed(reward.policy);
  const { name, task, resettlement, scores } = mechanism;
  if (resettlement === undefined) {
    throw new BaseError("NO_RESETTLEMENT", `${name} cannot pay for what happened outside of its chains.`);
  }
  const written = checked(expandedReward(reward, addresses), {
    schema: rewardSchema(),
    code: "LABORATORY_REWARD",
    message: `The setting's mechanism is no reward of ${name}.`,
    next: "Correct the fields named above; docs/task-spec.md documents each.",
  });
  const { encoded: mechanismTerms, worstCase } = task.terms(written, {
    ...{ epochSeconds: frame.epoch.epochSeconds, rounds: frame.rounds, maxSamples: frame.maxSamples },
    ...{ maxWorkers: addresses.length, subchains: 1, predicts: frame.predicts },
  });
  const offer: Offer = {
    ...{ epoch: frame.epoch, rounds: frame.rounds, maxSamples: frame.maxSamples, mechanismTerms },
  };
  return {
    ...{ name, worstCase, mechanismTerms },
    scoring: scores && { mechanism: name, scores },
    enrol: (clients) => clients.map((client) => decide(client, mechanism, { offer, frame })),
    pay: (past) => resettlement.settle(past, { mechanismTerms, choose: "recorded" }),
  };
}

function decide(
  client: AskedClient,
  { name, worker }: Mechanism,
  { offer, frame }: { offer: Offer; frame: PayerFrame },
): Enrolment {
  const costs = {
    refresh: client.costs.refresh,
    worker: client.address,
    owner: worker.ownerSchema && client.owner(name),
  };
  const decision = worker.choose([offer], costs)[0]!;
  if ("abstain" in decision) return { abstain: decision.abstain };
  const { choice } = decision;
  const schedule = worker.schedule(offer.mechanismTerms, choice, frame.epoch);
  const effort = worker.effort?.([{ ...offer, taken: choice }], costs)?.[0];
  const { updateSeconds, updateCost } =
    effort === undefined
      ? { updateSeconds: client.updateSeconds, updateCost: client.costs.update }
      : { updateSeconds: effort.updateSeconds, updateCost: effort.cost / BigInt(frame.rounds) };
  const pay = effort?.pay ?? worker.mostPay?.(offer.mechanismTerms, choice);
  const cost = BigInt(schedule.count) * client.costs.refresh + BigInt(frame.expectedUpdates) * updateCost;
  if (pay !== undefined && pay < cost) {
    return { abstain: "what it can expect to be paid does not cover its refreshes and updates" };
  }
  return { choice, schedule, updateSeconds, updateCost };
}
