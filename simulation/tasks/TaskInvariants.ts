import { readContract } from "../../chains/clients/readContract.ts";
import { mechanismOf } from "../../mechanisms/mechanismOf.ts";
import { isAccepted } from "../../protocol/acceptance.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { contracts } from "../../protocol/contracts.ts";
import { updateLeaf } from "../../protocol/leaves.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import { participantsOf, participationOf, type TakingPart, takesPart } from "../../protocol/participation.ts";
import { areEnough } from "../../protocol/receipts.ts";
import { CLOCK_SKEW_SECONDS, roundSeconds, roundTime } from "../../protocol/roundTimes.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import { ROLES } from "./TaskNetwork.ts";
import type { PlannedWorker } from "./TaskSchedule.ts";
import { type TaskWorld, workerName } from "./TaskWorld.ts";
import { RECOVERY_SECONDS, STEP_SECONDS, WAY_SECONDS } from "./times.ts";
import type { Witness } from "./Witness.ts";

type Revealed = ReturnType<typeof revealsOf>[number];
type Enrolled = PlannedWorker & { name: string; address: string };

/**
 * What must hold in every schedule: nothing lost, doubled or paid beside the rule, and nobody's part delayed by
 * another for longer than the times stated here, each counted from what it waits for. A kill, a dead chain or a paused
 * route adds its length and `RECOVERY_SECONDS` to what was waited for meanwhile.
 */
export class TaskInvariants {
  readonly violations: string[] = [];
  readonly #world: TaskWorld;
  readonly #witness: Witness;
  readonly #workers: readonly Enrolled[];
  /** Events that were looked at. */
  #looked = 0;
  /** What was found to be late, so that it is told once. */
  readonly #late = new Set<string>();

  constructor(world: TaskWorld) {
    this.#world = world;
    this.#witness = world.witness;
    const { devices, twins } = world.network.accounts;
    this.#workers = world.schedule.workers.map((worker) => ({
      ...worker,
      name: workerName(worker),
      address: (worker.subchain === 0 ? twins : devices)[worker.device]!.address,
    }));
  }

  /** Whether everybody has what is theirs. */
  get isDone(): boolean {
    if (this.#witness.all("Refunded").length === 0) return false;
    return this.#honest.every((worker) => !this.#isEnrolled(worker) || this.#claimOf(worker) !== undefined);
  }

  /** Notes that the simulation itself failed. */
  fail(error: unknown): void {
    const why =
      error instanceof BaseError
        ? `${error.message} ${error.details ?? ""}`
        : ((error as Error).stack ?? error);
    this.violations.push(`the simulation failed: ${why}`);
  }

  /** Looks at what is new, and at what should be there by now. Called after every block. */
  check(): void {
    const { events } = this.#witness;
    for (; this.#looked < events.length; this.#looked++) this.#look(events[this.#looked]!);
    this.#checkTimes();
  }

  /** Looks at the books, once nothing more happens. */
  async checkEnd(): Promise<void> {
    const { network } = this.#world;
    const chain = {
      name: "main",
      rpc: {
        request: (method: string, params: readonly unknown[]) => network.chains[0]!.ask(method, ...params),
      },
    };
    const { escrow, token } = network.file.main.contracts;
    const account = await readContract(
      chain,
      { contract: contracts.RewardEscrow, address: escrow },
      "accountOf",
      [network.application(0), 1n],
    );
    const paid = this.#witness.all("Paid").reduce((sum, { args }) => sum + args.amount, 0n);
    const refunded = this.#witness.all("Refunded").reduce((sum, { args }) => sum + args.amount, 0n);
    this.#require(account.funded === account.paid + account.refunded, "the escrow still holds something");
    this.#require(
      account.paid === paid && account.refunded === refunded,
      "the escrow's books differ from its events",
    );
    const balanceOf = (address: string) =>
      readContract(chain, { contract: contracts.LocalToken, address: token }, "balanceOf", [address]);
    this.#require((await balanceOf(escrow)) === 0n, "tokens are left in the escrow");
    for (const { name, address } of this.#workers) {
      const own = this.#witness.all("Paid").filter(({ args }) => args.payee === address);
      const sum = own.reduce((all, { args }) => all + args.amount, 0n);
      this.#require((await balanceOf(address)) === sum, `${name} holds another sum than it was paid`);
    }
    const [refund] = this.#witness.all("Refunded");
    const late = this.#witness.all("Paid").some((seen) => this.#isAfter(seen, refund!));
    this.#require(!late, "something was paid after the refund");
  }

  get #honest(): Enrolled[] {
    return this.#workers.filter(({ rogue }) => rogue === undefined);
  }

  get #terms(): TaskTerms | undefined {
    return this.#world.terms;
  }

  #look(seen: Witness["events"][number]): void {
    if (seen.name === "RoundFinalized") this.#checkRound(seen.args.round, seen.args.accepted, seen);
    if (seen.name === "UpdateCommitted") this.#checkCommit(seen.args, seen.chain);
    if (seen.name === "RoundClosed") this.#checkTakingPart(seen.args.round, seen.chain, seen.time);
    if (seen.name === "RewardClaimed") this.#checkPay(seen.args.worker, seen.args.amount);
  }

  /** Every honest worker's revealed and held update counts that was reported in time, and no update counts twice. */
  #checkRound(
    round: number,
    accepted: readonly (readonly bigint[])[],
    finalized: Witness["events"][number],
  ): void {
    const taken = new Set<string>();
    for (const [place, words] of accepted.entries()) {
      const chain = place + 2;
      const { chainId } = this.#world.network.chains[chain]!;
      const started = this.#witness
        .all("RoundStarted")
        .find((seen) => seen.chain === chain && seen.args.round === round);
      // What comes later than the round's reports are waited for may be left out.
      const until = started && started.args.openedAt + roundSeconds(this.#terms!.schedule);
      const reported = this.#witness
        .all("RoundReported")
        .some(
          (seen) =>
            seen.args.round === round &&
            seen.args.chainId === chainId &&
            until !== undefined &&
            seen.time < until &&
            !this.#isAfter(seen, finalized),
        );
      for (const reveal of revealsOf(this.#witness, round, chain)) {
        const worker = this.#workers.find(({ address }) => address === reveal.args.worker)!;
        const counts = isAccepted(words, reveal.args.index);
        if (counts) {
          this.#require(!taken.has(reveal.args.update), `round ${ordinal(round)} takes an update twice`);
          this.#require(
            worker.rogue !== "copier",
            `round ${ordinal(round)} takes the copy of ${worker.name}`,
          );
          this.#require(
            worker.rogue !== "no-store",
            `round ${ordinal(round)} takes what ${worker.name} never stored`,
          );
          taken.add(reveal.args.update);
        }
        if (worker.rogue !== undefined || !reported || !this.#isHeld(reveal, chainId)) continue;
        this.#require(
          counts,
          `round ${ordinal(round)} leaves out what ${worker.name} revealed and aggregators hold`,
        );
      }
    }
  }

  /** Nobody commits who is not drawn for the round. */
  #checkCommit({ round, worker }: { round: number; worker: string }, chain: number): void {
    const { name } = this.#workers.find(({ address }) => address === worker)!;
    this.#require(
      takesPart(this.#takingPart(chain), round, this.#indexOf(worker)) === true,
      `${name} committed in round ${ordinal(round)}, which it is not drawn for`,
    );
  }

  /** What a subchain's events tell of who takes part. */
  #takingPart(chain: number): TakingPart {
    const { workersPerRound, sampling } = this.#terms!;
    const beacon = this.#witness.all("BeaconDrawn").find((seen) => seen.chain === chain)?.args.beacon;
    const enrolled = this.#witness.all("WorkerEnrolled").filter((seen) => seen.chain === chain).length;
    return { beacon, enrolled, workersPerRound, sampling };
  }

  #indexOf(address: string): number {
    return this.#witness.all("WorkerEnrolled").find(({ args }) => args.worker === address)!.args.index;
  }

  /** Who is drawn for the round and was not interrupted has revealed, with enough receipts, by the time that its subchain closes the round. */
  #checkTakingPart(round: number, chain: number, time: number): void {
    // Times as short as the chains take promise nobody that he gets round in them.
    if (this.#world.schedule.publisher === "hasty") return;
    const started = this.#witness
      .all("RoundStarted")
      .find((seen) => seen.chain === chain && seen.args.round === round)!;
    const { chainId } = this.#world.network.chains[chain]!;
    for (const worker of this.#honest.filter(({ subchain }) => subchain + 2 === chain)) {
      const concerns = (what: string) => what === worker.name || !/^(twin|device) /.test(what);
      const from = this.#terms!.schedule.startTime - WAY_SECONDS - STEP_SECONDS;
      // Whoever came too late to enrol takes part in no round.
      const since = Math.min(from, started.args.openedAt) * 1000;
      if (this.#world.interruptionsIn(since - RECOVERY_SECONDS * 1000, time * 1000, concerns).length > 0)
        continue;
      if (!this.#isEnrolled(worker)) {
        this.#require(false, `${worker.name} could not take part in round ${ordinal(round)}`);
        continue;
      }
      const takes = takesPart(this.#takingPart(chain), round, this.#indexOf(worker.address));
      this.#require(
        takes !== undefined,
        `${worker.name} did not know whether it takes part in round ${ordinal(round)}`,
      );
      if (takes !== true) continue;
      const reveal = revealsOf(this.#witness, round, chain).find(
        ({ args }) => args.worker === worker.address,
      );
      this.#require(reveal !== undefined, `${worker.name} could not reveal in round ${ordinal(round)}`);
      if (reveal === undefined) continue;
      this.#require(
        this.#isHeld(reveal, chainId),
        `${worker.name} got too few receipts in round ${ordinal(round)}`,
      );
    }
  }

  /** Nobody is paid another sum than the mechanism's rule gives for what he did. */
  #checkPay(address: string, amount: bigint): void {
    const worker = this.#workers.find((one) => one.address === address)!;
    const due = this.#dueTo(worker);
    this.#require(amount === due, `${worker.name} was paid ${amount} wei, and the rule gives ${due} wei`);
  }

  /** What the rule gives, wei. */
  #dueTo(worker: Enrolled): bigint {
    const [published] = this.#witness.all("TaskPublished");
    const [closed] = this.#witness.all("TaskClosed");
    const recorded = this.#witness.all("WorkRecorded").find(({ args }) => args.worker === worker.address);
    if (recorded === undefined) return 0n;
    const finalized = this.#witness.all("RoundFinalized");
    const credited = this.#isOwedCredit(worker) ? 1 : 0;
    const rounds = finalized.filter(({ args }) =>
      isAccepted(args.accepted[worker.subchain]!, recorded.args.index),
    );
    const terms = this.#terms!;
    const { mechanismTerms } = published!.args;
    const { accepted: acceptedRounds, counted: countedRounds } = participationOf(
      this.#takingPart(worker.subchain + 2),
      recorded.args.index,
      {
        accepted: rounds.length + credited,
        counted: closed!.args.status === "Completed" ? finalized.length : terms.rounds,
        finalized: finalized.length,
      },
    );
    if (finalized.length + acceptedRounds === 0) return 0n;
    return mechanismOf(terms.mechanism).audit.payOf(
      { terms, mechanismTerms },
      { work: recorded.args.work, acceptedRounds, countedRounds, score: "0x" },
    );
  }

  /**
   * Whether what a worker revealed in the round in which the task expired counts: it does if aggregators hold it and the
   * round was reported by when the worker could claim; afterwards that is up to the worker.
   */
  #isOwedCredit(worker: Enrolled): boolean {
    const isCredited = this.#witness.all("RevealCredited").some(({ args }) => args.worker === worker.address);
    const [closed] = this.#witness.all("TaskClosed");
    if (isCredited || worker.rogue !== undefined || closed!.args.status !== "Expired") return isCredited;
    const round = closed!.args.rounds;
    const chain = worker.subchain + 2;
    const { chainId } = this.#world.network.chains[chain]!;
    const settled = this.#witness.all("EpochSettled").find(({ args }) => args.chainId === chainId)!;
    const reported = this.#witness
      .all("RoundReported")
      .find(({ args }) => args.round === round && args.chainId === chainId);
    if (reported === undefined || reported.time > Math.max(closed!.time, settled.time)) return false;
    const reveal = revealsOf(this.#witness, round, chain).find(({ args }) => args.worker === worker.address);
    return reveal !== undefined && this.#isHeld(reveal, chainId);
  }

  #checkTimes(): void {
    const terms = this.#terms;
    if (terms === undefined) return;
    const { schedule } = terms;
    const epochEnd = schedule.startTime + schedule.epochSeconds;
    const [closed] = this.#witness.all("TaskClosed");
    const settled = this.#witness.all("EpochSettled").filter(({ chain }) => chain === 0);

    for (const worker of this.#honest) {
      if (this.#isEnrolled(worker)) continue;
      const isInterrupted = this.#world.interruptionsIn(0, schedule.startTime * 1000).length > 0;
      if (!isInterrupted) this.#requireBy(schedule.startTime, 0, `${worker.name} could not enrol`);
    }
    if (closed === undefined) {
      const round = this.#witness.all("RoundFinalized").length;
      const finalizedAt = round === 0 ? schedule.startTime : this.#witness.all("RoundFinalized").at(-1)!.time;
      const openedAt = Math.max(finalizedAt, roundTime({ ...schedule, rounds: terms.rounds }, round));
      // Reports are waited for; then one aggregator of the task that does not commit costs `reportSeconds`.
      const seconds =
        schedule.commitSeconds +
        CLOCK_SKEW_SECONDS +
        schedule.revealSeconds +
        2 * schedule.reportSeconds +
        3 * STEP_SECONDS;
      this.#requireBy(openedAt, seconds, `round ${ordinal(round)} is not finalized`);
      const since = schedule.deadline;
      this.#requireBy(since, STEP_SECONDS, "the task is neither completed nor expired");
    }
    for (const chain of [2, 3]) {
      const { chainId } = this.#world.network.chains[chain]!;
      const own = settled.find(({ args }) => args.chainId === chainId);
      const known = this.#takingPart(chain);
      const isOver = closed !== undefined || own !== undefined;
      if (known.beacon === undefined && participantsOf(known) < known.enrolled && !isOver) {
        // One step to name a block, and one to take its hash.
        this.#requireBy(schedule.startTime, 2 * STEP_SECONDS, `${ROLES[chain]} has not drawn its beacon`);
      }
      if (own === undefined) {
        this.#requireBy(epochEnd, STEP_SECONDS + WAY_SECONDS, `${ROLES[chain]} has not settled`);
        continue;
      }
      if (closed === undefined) continue;
      for (const worker of this.#honest.filter(({ subchain }) => subchain + 2 === chain)) {
        if (this.#claimOf(worker) !== undefined) continue;
        if (!this.#isEnrolled(worker)) continue;
        const since = Math.max(closed.time, own.time);
        this.#requireBy(since, 2 * STEP_SECONDS, `${worker.name} is not paid`);
      }
    }
    if (closed === undefined || settled.length < 2 || this.#witness.all("Refunded").length > 0) return;
    const last = Math.max(closed.time, epochEnd, settled[0]!.time, settled[1]!.time);
    const seconds = schedule.claimSeconds + STEP_SECONDS;
    this.#requireBy(last, seconds, "the publisher has not got the rest");
  }

  /** Says so when it is later than a time, some seconds and what interruptions since then may have cost. */
  #requireBy(since: number, seconds: number, otherwise: string): void {
    const now = this.#world.clock.now();
    if (now <= (since + seconds) * 1000 || this.#late.has(otherwise)) return;
    // What was interrupted shortly before may still be recovering.
    const from = (since - RECOVERY_SECONDS) * 1000;
    let allowed = seconds;
    let counted = Number.NEGATIVE_INFINITY;
    const interruptions = this.#world.interruptionsIn(from, now).sort((a, b) => a.from - b.from);
    for (const one of interruptions) {
      // Of several at the same time each second counts once.
      const until = one.until + RECOVERY_SECONDS * 1000;
      allowed += Math.max(0, until - Math.max(counted, one.from)) / 1000;
      counted = Math.max(counted, until);
    }
    if (now <= (since + allowed) * 1000) return;
    this.#late.add(otherwise);
    this.violations.push(`${otherwise} ${allowed} s after ${since}`);
  }

  #isHeld({ args }: Revealed, chainId: bigint): boolean {
    const { aggregators, attestations } = this.#terms!;
    const domain = {
      chainId: this.#world.network.chains[0]!.chainId,
      taskManager: this.#world.network.application(0),
    };
    return areEnough(args.receipts, updateLeaf({ chainId, ...args }), { domain, aggregators, attestations });
  }

  #isEnrolled({ address }: Enrolled): boolean {
    return this.#witness.all("WorkerEnrolled").some(({ args }) => args.worker === address);
  }

  #claimOf({ address }: Enrolled) {
    return this.#witness.all("RewardClaimed").find(({ args }) => args.worker === address);
  }

  #isAfter(a: Witness["events"][number], b: Witness["events"][number]): boolean {
    return this.#witness.events.indexOf(a) > this.#witness.events.indexOf(b);
  }

  #require(holds: boolean, otherwise: string): void {
    if (!holds) this.violations.push(otherwise);
  }
}

function revealsOf(witness: Witness, round: number, chain: number) {
  return witness.all("UpdateRevealed").filter((seen) => seen.chain === chain && seen.args.round === round);
}
