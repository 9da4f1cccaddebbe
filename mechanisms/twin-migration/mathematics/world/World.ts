/**
 * The environment: vehicles whose digital twins are on edge and cloud servers and migrate as they drive.
 *
 * Paper: papers/twin-migration.txt, Sections III and IV; the order of a step is that of `schema.step` in
 * vectors/twin-migration.json, part by part:
 *
 * | part of a step | where |
 * | -------------- | ----- |
 * | 1, 2 actions and admission (C1, C3) | `admitRequests.ts` |
 * | 3 game (eqs 14–20) | `playGame.ts` |
 * | 4, 5 ways and shares of bands (eqs 2–5, 7, 8) | `shareBands.ts` |
 * | 6, 7 service and queues (eq. 6) | `serveTasks.ts` |
 * | 8–11 migrations, movement, completions, triggers (eqs 9–12) | `moveTwins.ts` |
 * | 12, 13 experience and rewards (eqs 13, 21, 23) | `rewardAgents.ts` |
 * | 14 estimates, candidates and features | `Observer.ts` |
 */
import { drawAt, drawKey, STREAMS } from "../counterDraws.ts";
import { midPrice } from "../game/responses.ts";
import type { Mobility } from "../mobility/Mobility.ts";
import type { MigrationParameters } from "../parameters.ts";
import { admitRequests } from "./admitRequests.ts";
import { moveTwins } from "./moveTwins.ts";
import { Observer } from "./Observer.ts";
import { playGame } from "./playGame.ts";
import { rewardAgents } from "./rewardAgents.ts";
import { serveTasks, waitAtServers } from "./serveTasks.ts";
import { shareBands } from "./shareBands.ts";
import { CLASSES, type WorldActions, WorldState } from "./WorldState.ts";

/** What is known before the first step. */
const AT_RESET = {
  reliability: 1,
  quality: 0.75,
  experience: 0.7,
  latency: 1,
  energy: 2,
  utility: 0.3,
  upload: 0.5,
  clock: 0.75,
  accessShare: 0.7,
  admission: 1,
  meanTask: 0.88e9,
} as const;

/** The environment. Nothing is allocated by {@link step}. */
export class World extends WorldState {
  readonly observer: Observer;

  constructor(mobility: Mobility, parameters: MigrationParameters) {
    super(mobility, parameters);
    this.observer = new Observer(this);
  }

  /**
   * Begins an episode.
   *
   * @param seed - A whole number from 0 to 2^32 − 1.
   * @param future - Another seed for everything that is drawn after the start, for who plans ahead without knowing.
   */
  reset(seed: number, future = seed): void {
    const { instance, mobility } = this;
    const p = instance.parameters;
    this.seed = seed;
    this.steps = 0;
    mobility.reset(seed, future);
    const sizes = drawKey(seed, STREAMS.size, 0);
    const priorities = drawKey(seed, STREAMS.priority, 0);
    for (let v = 0; v < instance.vehicles; v++) {
      const unscaled =
        p.leastTwinMegabytes + (p.greatestTwinMegabytes - p.leastTwinMegabytes) * drawAt(sizes, v);
      this.megabytes[v] = unscaled * instance.edgeScale;
      this.priority[v] = drawAt(priorities, v) < p.highClassShare ? 0 : 1;
      this.scale[v] = this.megabytes[v]! / (10 * instance.edgeScale);
    }
    this.drawTasks();
    this.seed = future;
    this.measure();
    this.host.set(this.access);
    this.goingTo.fill(-1);
    for (const array of [this.endsAt, this.pricePaid, this.brokeLimits, this.serverFailed, this.overdue])
      array.fill(0);
    this.reliability.fill(AT_RESET.reliability);
    this.quality.fill(AT_RESET.quality);
    this.experience.fill(AT_RESET.experience);
    this.latency.fill(AT_RESET.latency);
    this.energy.fill(AT_RESET.energy);
    this.cost.fill(0);
    this.utility.fill(AT_RESET.utility);
    this.uploadSeconds.fill(AT_RESET.upload);
    for (const flags of [this.accepted, this.rejected, this.succeeded, this.failed, this.missed, this.mode])
      flags.fill(0);
    this.arrivals.fill(0);
    for (let v = 0; v < instance.vehicles; v++) this.arrivals[CLASSES * this.host[v]! + this.priority[v]!]!++;
    for (let m = 0; m < instance.servers; m++) {
      this.arrivals[CLASSES * (m + 1) - 1]! += instance.standingHz[m]! / AT_RESET.meanTask;
      this.clock[m] =
        instance.leastHz[m]! + (instance.greatestHz[m]! - instance.leastHz[m]!) * AT_RESET.clock;
      this.capacity[m] = instance.cores[m]! * this.clock[m]!;
    }
    this.accessShare.fill(AT_RESET.accessShare);
    this.admission.fill(AT_RESET.admission);
    this.backlog.fill(0);
    this.meanTask.fill(AT_RESET.meanTask);
    this.used.fill(0);
    this.theta.fill(midPrice(p));
    this.serverUtility.fill(0);
    this.sharers.fill(0);
    waitAtServers(this);
    const { totals } = this;
    totals.attempts = totals.successes = totals.missed = totals.rejected = 0;
    totals.limits = totals.serverFailures = totals.coverage = 0;
    totals.modes.fill(0);
    this.observer.observe();
  }

  /** Everybody acts. */
  step(actions: WorldActions): void {
    admitRequests(this, actions);
    playGame(this);
    shareBands(this);
    serveTasks(this);
    moveTwins(this);
    rewardAgents(this);
    this.observer.observe();
  }

  override restore(from: ArrayLike<number>): void {
    super.restore(from);
    this.observer.observe();
  }
}
