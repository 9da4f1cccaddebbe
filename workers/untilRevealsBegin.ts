import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ordinal } from "../protocol/ordinal.ts";
import { commitsUntil, revealsFrom } from "../protocol/roundTimes.ts";
import { sleepUntil } from "./sleepUntil.ts";

/** Pause before a subchain is asked again whether its time has come, milliseconds. */
const PAUSE_MILLISECONDS = 300;
/** Share of the time for reveals that the main chain has for its answer. */
const MAIN_SHARE = 1 / 12;

/**
 * Share of the time for reveals in which a chain that makes blocks of itself makes one; where it is known how far they are
 * apart, it is given so many at least.
 */
const BLOCK_SHARE = 1 / 8;
const BLOCKS = 2.5;

/** What is asked. */
interface Chains {
  main: Pick<MainChain, "taskOf">;
  subchain: Pick<Subchain, "taskOf" | "roundOf" | "finalTime"> & {
    client: { nextTime(): Promise<number>; time(): Promise<number>; blockSeconds: number };
  };
  follower: Pick<ChainFollower, "first">;
  /** This machine's; what it shows is only believed for how long to wait. */
  clock: Clock;
}

/** A worker's round, with the task's times in seconds. */
interface AwaitedRound {
  task: bigint;
  round: number;
  commitSeconds: number;
  revealSeconds: number;
}

/**
 * Waits until no subchain of the task takes commits in a round: the relay chain said so, or the subchain's own time has
 * come: by a block that is there, as its node's clock may be ahead; by what its node says of the next one only where no
 * block comes. From then on an update can be shown to others, but only if it can still be revealed.
 *
 * @returns early when `signal` aborts.
 * @throws `ROUND_OVER` when the round takes no reveals any more, or is final.
 */
export async function untilRevealsBegin(
  awaited: AwaitedRound,
  chains: Chains,
  signal: AbortSignal,
): Promise<void> {
  const { subchain, clock } = chains;
  const { task, round, commitSeconds, revealSeconds } = awaited;
  await toldOrDue(awaited, chains, signal);
  const patience = 1000 * Math.max(revealSeconds * BLOCK_SHARE, subchain.client.blockSeconds * BLOCKS);
  let latest = { time: 0, since: clock.now() };
  // This machine's clock may be ahead, and the round may have ended meanwhile.
  for (; !signal.aborted; await clock.sleep(PAUSE_MILLISECONDS, signal)) {
    const [now, open, next, mined, final] = await Promise.all([
      subchain.taskOf(task),
      subchain.roundOf(task, round),
      subchain.client.nextTime(),
      subchain.client.time(),
      subchain.finalTime(),
    ]);
    if (mined !== latest.time) latest = { time: mined, since: clock.now() };
    const stands = clock.now() - latest.since >= patience;
    const time = stands ? next : mined;
    if (now.status !== "Open") throw over(round, "its task has ended");
    if (now.round !== round || open.closed) throw over(round, "its subchain has closed it");
    const from = revealsFrom(open, commitSeconds);
    if (time >= from + revealSeconds) throw over(round, "its time for reveals has passed");
    // That the relay chain said so, it had from blocks that are final. By time, no block that a reorganization brings must
    // take a commit any more.
    const isSure = stands || final >= commitsUntil(open, commitSeconds);
    if (open.revealsOpenedAt !== 0 || (time >= from && isSure)) {
      await requireNotFinal(awaited, chains, signal);
      return;
    }
  }
}

/** Until an event tells that reveals begin or never will, or they are due by this machine's clock. */
async function toldOrDue(
  { task, round, commitSeconds }: AwaitedRound,
  { subchain, follower, clock }: Chains,
  signal: AbortSignal,
): Promise<void> {
  const due = revealsFrom(await subchain.roundOf(task, round), commitSeconds);
  const begun = new AbortController();
  const either = AbortSignal.any([signal, begun.signal]);
  const name = ["RevealsStarted", "RoundClosed", "RoundAbandoned"] as const;
  await Promise.race([
    follower.first({ name, task, where: ({ args }) => args.round === round }, either).catch(() => undefined),
    sleepUntil(due * 1000, clock, either),
  ]);
  begun.abort();
}

/**
 * What is final on the main chain, or was paid back, is not looked at again; its subchain hears of it later. A task that
 * expired credits what is revealed until its subchain hears of that. If main does not answer, the subchain alone counts.
 */
async function requireNotFinal(
  { task, round, revealSeconds }: AwaitedRound,
  { main, clock }: Chains,
  signal: AbortSignal,
): Promise<void> {
  const answered = new AbortController();
  const patience = clock.sleep(revealSeconds * 1000 * MAIN_SHARE, AbortSignal.any([signal, answered.signal]));
  const state = await Promise.race([
    main.taskOf(task).catch(() => undefined),
    patience.then(() => undefined),
  ]);
  answered.abort();
  if (state === undefined) return;
  if (state.round > round) throw over(round, "it is final");
  if (state.refunded) throw over(round, "its task was paid back");
}

function over(round: number, why: string): BaseError {
  return new BaseError("ROUND_OVER", `Round ${ordinal(round)} takes no reveals: ${why}.`, {
    details: "The update was shown to nobody.",
  });
}
