import type { Decision, MechanismWorker, PrivateCosts } from "../mechanisms/MechanismWorker.ts";
import type { TaskOffer } from "./openOffers.ts";

/**
 * What one worker has chosen. It decides about several tasks at the same time, and its chain shows a choice only once
 * the enrolment is in a block: until then it is here that the other decisions see it.
 */
export class Choices {
  readonly #made = new Map<bigint, string>();

  /**
   * Decides about an offer in view of the others.
   *
   * @param others - Of the same mechanism.
   */
  async decide(
    offer: TaskOffer,
    others: Promise<readonly TaskOffer[]>,
    { worker, costs }: { worker: Pick<MechanismWorker, "choose">; costs: PrivateCosts },
  ): Promise<Decision> {
    const offers = [offer, ...(await others)];
    // From here on nothing else is decided in between.
    const seen = offers.map((one) => ({ ...one, taken: one.taken ?? this.#made.get(one.task) }));
    const decision = worker.choose(seen, costs)[0]!;
    if ("choice" in decision) this.#made.set(offer.task, decision.choice);
    return decision;
  }

  /** Takes a choice back that came to nothing. */
  withdraw(task: bigint): void {
    this.#made.delete(task);
  }
}
