import {
  type BehaviourSpec,
  behaviourOf,
  departs,
  statedSamples,
} from "../../learning/federated/behaviours/behaviourSpec.ts";
import type { PlayedBehaviour } from "../../learning/federated/behaviours/playBehaviour.ts";
import type { PastUpdate } from "../../mechanisms/MechanismResettlement.ts";
import { roundHalfAway } from "../../numerics/roundHalfAway.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { BILLION } from "../../numerics/Share.ts";
import { roundTime } from "../../protocol/roundTimes.ts";
import { lazySchedule } from "../../tasks/population/lazySchedule.ts";
import type { SentUpdate } from "../federated/FederatedRound.ts";
import type { ClientStreams } from "./ClientStreams.ts";
import type { LaboratorySetting } from "./LaboratorySetting.ts";
import type { AskedClient, Enrolment, PayerFrame } from "./Payer.ts";

/** What a run knows around a {@link PlayedClient}. */
export interface PlayedClientSurroundings {
  readonly setting: Pick<LaboratorySetting, "rounds" | "schedule" | "training">;
  readonly epoch: PayerFrame["epoch"];
  readonly streams: ClientStreams;
  readonly seed: number;
}

/** An update that was revealed, by the place of who sent it. */
export type RevealedUpdate = Pick<SentUpdate, "file"> & { readonly place: number };

/** What its rounds have left of a client. */
export interface PlayedState {
  /** Rounds that it was asked to take part in, and those that it trained in. */
  readonly asked: number;
  readonly trained: number;
  readonly updates: readonly PastUpdate[];
  /** What it copies next. */
  readonly copied: PlayedBehaviour["copied"];
}

/**
 * A client that has enrolled, as it behaves: when it refreshes, what it trains on in a round and whether it is there at
 * all, what it says of it, and what all that costs it.
 */
export class PlayedClient {
  readonly client: number;
  readonly name: string;
  readonly address: string;
  readonly group: string;
  readonly choice: string;
  /** When it refreshed its data, Unix seconds. */
  readonly refreshes: readonly number[];
  readonly #behaviours: readonly BehaviourSpec[];
  readonly #surroundings: PlayedClientSurroundings;
  readonly #costs: { readonly refresh: bigint; readonly update: bigint };
  /** From the opening of a round to its commitment, seconds. */
  readonly #seconds: number;
  readonly #updates: PastUpdate[] = [];
  #copied: PlayedBehaviour["copied"];
  #asked = 0;
  #trained = 0;

  constructor(
    asked: AskedClient,
    enrolment: Exclude<Enrolment, { abstain: string }>,
    surroundings: PlayedClientSurroundings,
  ) {
    const { client, name, address, group, behaviours, costs } = asked;
    this.client = client;
    this.name = name;
    this.address = address;
    this.group = group;
    this.choice = enrolment.choice;
    this.#behaviours = behaviours;
    this.#surroundings = surroundings;
    this.#costs = { refresh: costs.refresh, update: enrolment.updateCost };
    const slow = behaviourOf(behaviours, "slow")?.factor ?? 1;
    // Who copies needs no time.
    this.#seconds = this.isCopier ? 1 : Math.max(1, Math.ceil(slow * enrolment.updateSeconds));
    const { startTime, epochSeconds } = surroundings.epoch;
    const end = startTime + epochSeconds;
    const { count, timeOf } = lazySchedule(enrolment.schedule, behaviours, end);
    this.refreshes = Array.from({ length: count }, (_, j) => Math.floor(timeOf(j))).filter(
      (time) => time < end,
    );
  }

  get isCopier(): boolean {
    return behaviourOf(this.#behaviours, "copy") !== undefined;
  }

  /** How it departs in the next round; undefined for who trains as it is asked. */
  get behaviour(): PlayedBehaviour | undefined {
    return departs(this.#behaviours) ? { behaviours: this.#behaviours, copied: this.#copied } : undefined;
  }

  get updates(): readonly PastUpdate[] {
    return this.#updates;
  }

  /** What a run goes on from; all else of it follows from the setting. */
  get state(): PlayedState {
    return { asked: this.#asked, trained: this.#trained, updates: this.#updates, copied: this.#copied };
  }

  /** Takes counts over, where a run goes on. */
  restore({ asked, trained }: Pick<PlayedState, "asked" | "trained">): void {
    this.#asked = asked;
    this.#trained = trained;
  }

  /** Rounds that it was asked to take part in. */
  get asked(): number {
    return this.#asked;
  }

  /** What its refreshes and trainings have cost it so far, wei; of a training on a share of the samples a share. */
  get cost(): bigint {
    const share = this.isCopier ? 0 : (behaviourOf(this.#behaviours, "lazy")?.samples ?? 1);
    const whole = BigInt(BILLION);
    const training =
      (BigInt(this.#trained) * this.#costs.update * BigInt(roundHalfAway(share * BILLION))) / whole;
    return BigInt(this.refreshes.length) * this.#costs.refresh + training;
  }

  /**
   * Rows that it trains on in a round that asks for it, once a round: the newest that it had when it last refreshed;
   * undefined where its update does not come, because it drops out or is too slow.
   */
  rowsFor(round: number): Uint32Array | undefined {
    const { setting, streams, epoch, seed } = this.#surroundings;
    this.#asked++;
    const dropOut = behaviourOf(this.#behaviours, "drop-out");
    if (dropOut !== undefined) {
      const random = new SeededRandom(seed, "drop-out", this.client, round);
      if (random.uniform() < dropOut.probability) return undefined;
    }
    this.#trained++;
    if (this.#seconds > setting.schedule.commitSeconds) return undefined;
    const begins = roundTime({ ...epoch, rounds: setting.rounds }, round);
    const last = this.refreshes.findLast((time) => time <= begins) ?? epoch.startTime;
    const newest = streams.newest(this.client, last, setting.training.samplesPerRound);
    const share = behaviourOf(this.#behaviours, "lazy")?.samples ?? 1;
    const count = Math.max(Math.min(1, newest.length), Math.round(share * newest.length));
    return newest.subarray(newest.length - count).slice();
  }

  /** On how many samples it says that it trained. */
  statedSamples(samples: number): number {
    return statedSamples(this.#behaviours, samples, this.#surroundings.setting.training.samplesPerRound);
  }

  /** Its update of a round was revealed. */
  sent(round: number, { samples, accepted }: { samples: number; accepted: boolean }): void {
    const { setting, epoch } = this.#surroundings;
    const openedAt = roundTime({ ...epoch, rounds: setting.rounds }, round);
    this.#updates.push({
      ...{ round, samples, openedAt, isTaken: accepted },
      committedAt: openedAt + this.#seconds,
      revealedAt: openedAt + setting.schedule.commitSeconds + 1,
    });
  }

  /**
   * What others revealed in a round is there to be copied: of one of those who trained, drawn anew each round.
   *
   * @param base - The digest of the model that their updates change.
   */
  seesRevealed(round: number, revealed: readonly RevealedUpdate[], base: string): void {
    if (!this.isCopier || revealed.length === 0) return;
    const random = new SeededRandom(this.#surroundings.seed, "copied", this.client, round);
    this.copies(revealed[random.integer(revealed.length)]!.file!, base);
  }

  /** An update is what it copies next, with the digest of the model that it changes. */
  copies(update: Uint8Array, base: string): void {
    this.#copied = { update, base };
  }
}
