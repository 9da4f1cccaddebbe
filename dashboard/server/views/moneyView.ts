import { knownMechanism } from "../../../mechanisms/mechanismOf.ts";
import { workerHistories } from "../../../tasks/view/workerHistories.ts";
import type { Formula, MoneyFlow, MoneyNode, MoneyView, PaymentView } from "../../api/MoneyView.ts";
import type { Place } from "../../api/values.ts";
import type { BookPlace } from "../BookPlace.ts";
import type { NetworkWatch, WatchedTask } from "../NetworkWatch.ts";
import { heldOf } from "./heldOf.ts";
import { ifReadable, taskMoment } from "./taskMoment.ts";

const ESCROW: MoneyNode = { kind: "escrow", name: "" };

/** Where a task's money went. */
export function moneyView(watch: NetworkWatch, task: WatchedTask): MoneyView {
  const { view, page } = task;
  const { funded, paid, refunded } = view.escrow;
  const main = watch.network.main.name;
  const { held: heldUntil, due } = heldOf(watch, task);
  const payments = paymentViews(watch, task);
  return {
    taskId: String(view.task),
    // What it is called, the chains were not asked.
    token: { address: page.published?.token ?? "", symbol: null, decimals: 18 },
    funded: String(funded),
    paid: String(paid),
    refunded: String(refunded),
    held: String(funded - paid - refunded),
    heldUntil,
    due,
    flows: flowsOf(watch, task),
    movements: page.movements.map((one) => ({
      ...placeOf(main, one),
      ...{ kind: one.kind, who: one.who, amount: String(one.amount) },
    })),
    payments,
  };
}

/** A place as answers have it. */
export function placeOf(chain: string, { block, transaction, at }: BookPlace): Place {
  return { chain, block, transaction, at };
}

function paymentViews(watch: NetworkWatch, task: WatchedTask): PaymentView[] {
  const { view, page } = task;
  const { moment, mechanism } = taskMoment(watch, task);
  const histories = new Map(
    workerHistories(view).map((history) => [`${history.chainId}/${history.worker}`, history]),
  );
  const scoreOf = scoresOf(watch, view);
  return view.payments.map(({ chainId, worker, acceptedRounds, amount, at }) => {
    const key = `${chainId}/${worker}`;
    const history = histories.get(key);
    // What counted is what the claim says: the main chain counts an expired task's last round as well.
    const found =
      history === undefined
        ? undefined
        : ifReadable(() => mechanism?.payFormula?.({ ...history, acceptedRounds }, moment, scoreOf(history)));
    const formula: Formula | null =
      found === undefined
        ? null
        : {
            symbols: found.symbols,
            numbers: found.numbers,
            terms: found.terms.map((term) => ({ ...term })),
            result: found.result === undefined ? null : String(found.result),
            agrees: found.result === undefined ? null : found.result === amount,
            note: found.note ?? null,
          };
    const claim = page.claims.get(key) ?? { block: 0, transaction: "", at };
    return {
      worker,
      chain: watch.nameOf(chainId),
      amount: String(amount),
      acceptedRounds,
      claim: placeOf(watch.network.main.name, claim),
      formula,
    };
  });
}

/** What was attested about a task's workers, `0x` for nothing; undefined of all while it is not read from storage. */
function scoresOf(
  watch: NetworkWatch,
  view: WatchedTask["view"],
): (worker: { chainId: bigint; worker: string }) => string | undefined {
  if (knownMechanism(view.terms.mechanism)?.scores === undefined) return () => undefined;
  const records = watch.scores.of(view);
  if (records === undefined) return () => undefined;
  const scores = new Map(records.map(({ chainId, index, score }) => [`${chainId}/${index}`, score]));
  const indices = new Map(
    view.subchains.flatMap(({ chainId, workers }) =>
      workers.map(({ worker }, index) => [`${chainId}/${worker}`, index] as const),
    ),
  );
  return ({ chainId, worker }) =>
    scores.get(`${chainId}/${indices.get(`${chainId}/${worker}`) ?? ""}`) ?? "0x";
}

/** From who paid in, over the escrow and the subchains, to workers, back, or nowhere yet. At each node, sums hold. */
function flowsOf(watch: NetworkWatch, { view, page }: WatchedTask): MoneyFlow[] {
  const sums = new Map<string, { from: MoneyNode; to: MoneyNode; amount: bigint }>();
  const add = (from: MoneyNode, to: MoneyNode, amount: bigint) => {
    if (amount === 0n) return;
    const key = `${from.kind} ${from.name} ${to.kind} ${to.name}`;
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { from, to, amount });
    else known.amount += amount;
  };
  for (const { kind, who, amount } of page.movements) {
    if (kind === "funded") add({ kind: "publisher", name: who }, ESCROW, amount);
    if (kind === "refunded") add(ESCROW, { kind: "refunded", name: who }, amount);
  }
  let claimed = 0n;
  for (const { chainId, worker, amount } of view.payments) {
    const subchain: MoneyNode = { kind: "subchain", name: watch.nameOf(chainId) };
    add(ESCROW, subchain, amount);
    add(subchain, { kind: "worker", name: worker }, amount);
    claimed += amount;
  }
  const { funded, paid, refunded } = view.escrow;
  // A claim and its payment are of one transaction, and may not be folded in one moment.
  if (paid > claimed) add(ESCROW, { kind: "worker", name: "" }, paid - claimed);
  add(ESCROW, { kind: "held", name: "" }, funded - paid - refunded);
  return [...sums.values()].map(({ from, to, amount }) => ({ from, to, amount: String(amount) }));
}
