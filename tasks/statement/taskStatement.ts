import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import type { Mechanism } from "../../mechanisms/Mechanism.ts";
import type {
  PolicyEvent,
  StatedAccount,
  StatedLoss,
  StatedPlace,
  StatedWorker,
  TransactionPlace,
} from "../../mechanisms/MechanismStatement.ts";
import { knownMechanism } from "../../mechanisms/mechanismOf.ts";
import { PayLadder } from "../../mechanisms/PayLadder.ts";
import { ContractRevert } from "../../protocol/ContractRevert.ts";
import type { ScoreRecord } from "../../protocol/scores.ts";
import type { PaymentView, SubchainView, TaskView, WorkerView } from "../view/TaskView.ts";
import { openRound } from "../view/taskPhase.ts";
import { type TaskWorker, workerHistories } from "../view/workerHistories.ts";
import { BY_ROUNDS_RULES, byRounds } from "./byRounds.ts";
import { type RoundsOf, roundsOf } from "./missedRounds.ts";
import type {
  Standing,
  StatementEntry,
  StatementPlace,
  TaskStatement,
  WorkerStatement,
} from "./Statement.ts";

/** What is needed to state a task besides its view. */
export interface TaskStatementParameters {
  network: Pick<NetworkFile, "main" | "subchains">;
  /** Time of the chains, Unix seconds. */
  now: number;
  /** What aggregators attested last, of a mechanism that pays by it (`readScores`); undefined where nobody looked. */
  scores?: readonly ScoreRecord[] | undefined;
  /** Events of the mechanism's policy about the task (`policyEvents`); undefined where nobody looked. */
  policyEvents?: readonly PolicyEvent[] | undefined;
}

/**
 * What became of every worker's pay in a task: what it could have earned, what each thing that was late or missed cost,
 * and what is left, to the wei. Of a task that is still running, as far as it got.
 *
 * @example
 * const statement = taskStatement(await history.task(1n), { network, now: await main.client.time() });
 */
export function taskStatement(view: TaskView, parameters: TaskStatementParameters): TaskStatement {
  const mechanism = knownMechanism(view.terms.mechanism);
  const histories = workerHistories(view);
  const mainChainId = BigInt(parameters.network.main.chainId);
  const stated = view.subchains.flatMap((chain, subchain) =>
    chain.workers.map((worker, index): Stated => {
      const place = { mainChainId, subchain, index, worker: worker.worker };
      const payment = view.payments.find(
        (one) => one.chainId === chain.chainId && one.worker === worker.worker,
      );
      const rounds = roundsOf(view, place, payment);
      return { view, parameters, mechanism, mainChainId, chain, worker, index, payment, rounds };
    }),
  );
  return {
    taskId: String(view.task),
    status: view.status,
    mechanism: mechanism?.name ?? null,
    rules: mechanism === undefined ? [] : (mechanism.statement?.rules ?? BY_ROUNDS_RULES),
    // Histories are in the same order.
    workers: stated.map((one, i) => workerStatement(one, histories[i]!)),
  };
}

/** A worker of a task that is stated. */
interface Stated {
  view: TaskView;
  parameters: TaskStatementParameters;
  mechanism: Mechanism | undefined;
  mainChainId: bigint;
  chain: SubchainView;
  worker: WorkerView;
  index: number;
  payment: PaymentView | undefined;
  rounds: RoundsOf;
}

function workerStatement(stated: Stated, history: TaskWorker): WorkerStatement {
  const { view, parameters, mechanism, mainChainId, chain, worker, payment, rounds } = stated;
  const { network, now } = parameters;
  const { terms, mechanismTerms } = view;
  const standing = standingOf(stated);
  const account = accountOf(stated);
  const losses = [...account.losses, ...afterwards(stated, account, standing)];
  return {
    worker: worker.worker,
    chain: nameOf(network, chain.chainId),
    chainId: String(chain.chainId),
    standing,
    facts:
      mechanismTerms === undefined
        ? {}
        : (mechanism?.view.facts(history, { terms, mechanismTerms, now }) ?? {}),
    acceptedRounds: rounds.acceptedRounds,
    countedRounds: rounds.countedRounds,
    possible: String(account.possible),
    entries: losses.map((loss) => entryOf(loss, standing, network)),
    earned: String(leftOf({ possible: account.possible, losses })),
    paid: payment === undefined ? null : String(payment.amount),
    enrolled: placeOf(network, chain.chainId, worker.enrolledIn),
    recorded: worker.recordedIn === undefined ? null : placeOf(network, chain.chainId, worker.recordedIn),
    claimed: payment === undefined ? null : placeOf(network, mainChainId, payment.paidIn),
  };
}

/**
 * How it stands. That the time is over for which the escrow is held ends nothing by itself: settlements and claims are
 * taken until somebody has what is left refunded (ITaskManager.refund), and only then is anything lost. So no clock is
 * asked, neither the main chain's nor the subchain's.
 */
function standingOf({ view: { status, escrow }, chain, payment }: Stated): Standing {
  if (payment !== undefined) return "paid";
  if (status === "Open" || status === "None") return "running";
  if (status === "Rejected" || escrow.refunded > 0n) return "lapsed";
  return chain.settlementAt === undefined ? "settling" : "claimable";
}

/** What the mechanism makes of a worker's part. */
function accountOf({
  view,
  parameters: { now, scores, policyEvents },
  mechanism,
  chain: { chainId, rounds: opened },
  worker,
  index,
  payment,
  rounds,
}: Stated): StatedAccount {
  const { mechanismTerms, terms, task } = view;
  if (mechanism === undefined || mechanismTerms === undefined) {
    return { possible: payment?.amount ?? 0n, losses: [] };
  }
  const own = scores?.find((one) => one.chainId === chainId && one.index === index);
  const asked: StatedWorker = {
    worker: worker.worker,
    chainId,
    choice: worker.choice,
    work: worker.work,
    refreshes: worker.refreshedIn.map((place) => ({ chainId, ...place })),
    revealedRounds: opened.flatMap(({ revealed }, round) =>
      revealed.includes(worker.worker) ? [round] : [],
    ),
    score: scores === undefined ? undefined : (own?.score ?? "0x"),
    ...rounds,
  };
  const { statement, audit } = mechanism;
  const about = { task, terms, mechanismTerms, now, policyEvents };
  return statement === undefined ? byRounds(audit, asked, about) : statement.account(asked, about);
}

/** What came after the mechanism's part: rules of the core, the claim, and whatever nothing explains. */
function afterwards(stated: Stated, account: StatedAccount, standing: Standing): readonly StatedLoss[] {
  const { view, mainChainId, chain, payment, rounds } = stated;
  const { status, refusal, endedIn } = view;
  const ladder = new PayLadder(leftOf(account));
  const main = (place: TransactionPlace | undefined): StatedPlace[] =>
    place === undefined ? [] : [{ chainId: mainChainId, ...place }];
  if (status === "Rejected") {
    const why =
      refusal === undefined
        ? ""
        : `: ${new ContractRevert("CrossChainManager.verifyTask", refusal).shortMessage}`;
    const text = `the relay chain refused the task${why}`;
    ladder.step(0n, { kind: "refused", isOpen: false, text, evidence: main(endedIn) });
    return ladder.account.losses;
  }
  if (ladder.left > 0n && endedIn !== undefined && openRound(view) + rounds.acceptedRounds === 0) {
    const text = "no round was final and none was credited: nothing is owed, whatever the task pays for";
    ladder.step(0n, { kind: "no-final-round", isOpen: false, text, evidence: main(endedIn) });
  }
  if (payment !== undefined && payment.amount !== ladder.left) {
    const isUnscored = payment.amount === payWithoutScore(stated);
    ladder.step(payment.amount, {
      kind: isUnscored ? "unscored-claim" : "unexplained",
      isOpen: false,
      text: isUnscored
        ? "it claimed without the score that aggregators had attested"
        : `it was paid ${payment.amount} wei, which what is known here does not explain: audit the task`,
      evidence: main(payment.paidIn),
    });
  }
  if (standing === "lapsed" && ladder.left > 0n) {
    const text =
      chain.settlementAt === undefined
        ? "its subchain's settlement had not arrived by when the rest went back to the publisher"
        : "it had not claimed by when the rest went back to the publisher";
    ladder.step(0n, { kind: "unclaimed", isOpen: false, text, evidence: main(chain.settlementIn) });
  }
  return ladder.account.losses;
}

/** What a claim without a score is paid, wei; undefined where nothing can be said. */
function payWithoutScore({ view, mechanism, chain, worker, rounds }: Stated): bigint | undefined {
  const { mechanismTerms, terms } = view;
  const { work } = worker;
  if (mechanism === undefined || mechanismTerms === undefined || work === undefined) return undefined;
  const about = { worker: worker.worker, chainId: chain.chainId, work, score: "0x", ...rounds };
  return mechanism.audit.payOf({ terms, mechanismTerms }, about);
}

function leftOf({ possible, losses }: StatedAccount): bigint {
  return losses.reduce((left, { amount }) => left - amount, possible);
}

function entryOf(
  { kind, isOpen, amount, text, round, seconds, evidence }: StatedLoss,
  standing: Standing,
  network: TaskStatementParameters["network"],
): StatementEntry {
  return {
    kind,
    state: isOpen && standing !== "paid" && standing !== "lapsed" ? "open" : "lost",
    amount: String(amount),
    text,
    round: round === undefined ? null : round + 1,
    seconds: seconds ?? null,
    evidence: evidence.map(({ chainId, ...place }) => placeOf(network, chainId, place)),
  };
}

function placeOf(
  network: TaskStatementParameters["network"],
  chainId: bigint,
  { time, block, transaction }: TransactionPlace,
): StatementPlace {
  return { chain: nameOf(network, chainId), chainId: String(chainId), time, block, transaction };
}

/** A chain's name; its number where the network file does not have it. */
function nameOf({ main, subchains }: TaskStatementParameters["network"], chainId: bigint): string {
  const place = [main, ...subchains].find((one) => BigInt(one.chainId) === chainId);
  return place?.name ?? String(chainId);
}
