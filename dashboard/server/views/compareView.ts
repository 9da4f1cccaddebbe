import { acceptedCount } from "../../../protocol/acceptance.ts";
import { workerHistories } from "../../../tasks/view/workerHistories.ts";
import type { ComparedTask } from "../../api/CompareView.ts";
import type { NetworkWatch, WatchedTask } from "../NetworkWatch.ts";
import { ifReadable, offerOf, taskMoment } from "./taskMoment.ts";
import { taskRow } from "./taskRow.ts";

/** A task as it stands beside others. */
export function comparedTask(watch: NetworkWatch, task: WatchedTask): ComparedTask {
  const { view } = task;
  const { startTime, epochSeconds } = view.terms.schedule;
  const { moment, mechanism } = taskMoment(watch, task);
  const curve = view.rounds.flatMap(({ result }, i) =>
    result === undefined
      ? []
      : [{ round: i + 1, score: result.score, secondsFromStart: result.finalizedAt - startTime }],
  );
  const amounts = view.payments.map(({ amount }) => amount).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const { funded, refunded } = view.escrow;
  const revealed = view.subchains.reduce(
    (sum, { rounds }) => sum + rounds.reduce((all, round) => all + round.revealed.length, 0),
    0,
  );
  const accepted = view.rounds.reduce(
    (sum, { result }) => sum + (result?.accepted.reduce((all, words) => all + acceptedCount(words), 0) ?? 0),
    0,
  );
  const paid = new Map(view.payments.map((one) => [`${one.chainId}/${one.worker}`, one.amount]));
  const choices = new Map<string, { workers: number; paid: bigint }>();
  const shares: number[] = [];
  for (const history of workerHistories(view)) {
    const choice = ifReadable(() => mechanism?.choice?.(history));
    if (choice !== undefined) {
      const known = choices.get(choice) ?? { workers: 0, paid: 0n };
      known.workers++;
      known.paid += paid.get(`${history.chainId}/${history.worker}`) ?? 0n;
      choices.set(choice, known);
    }
    const fresh = ifReadable(() => mechanism?.freshTimes?.(history, moment));
    if (fresh !== undefined) {
      const seconds = fresh.recordedSeconds ?? fresh.fresh.reduce((sum, [from, to]) => sum + to - from, 0);
      shares.push(seconds / epochSeconds);
    }
  }
  return {
    row: taskRow(watch, task),
    offer: offerOf(watch, task),
    curve,
    trainingSeconds: curve.at(-1)?.secondsFromStart ?? null,
    paidPerWorker:
      amounts.length === 0
        ? null
        : {
            least: String(amounts[0]),
            median: String(amounts[Math.floor((amounts.length - 1) / 2)]),
            most: String(amounts.at(-1)),
          },
    refundedShare: funded === 0n ? null : Number((refunded * 1_000_000n) / funded) / 1e6,
    updates: { accepted, revealed },
    freshShare: shares.length === 0 ? null : shares.reduce((sum, share) => sum + share, 0) / shares.length,
    choices: [...choices]
      .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
      .map(([choice, { workers, paid: amount }]) => ({ choice, workers, paid: String(amount) })),
  };
}
