import type { Signer } from "ethers";

import type { MainChain } from "../../../chains/clients/MainChain.ts";
import type { Subchain } from "../../../chains/clients/Subchain.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Clock } from "../../../protocol/Clock.ts";
import { ordinal } from "../../../protocol/ordinal.ts";
import { commitsUntil } from "../../../protocol/roundTimes.ts";
import { decodeTerms, type Sale, type TradingTerms } from "../encodings.ts";
import { priceOf } from "../offers.ts";
import type { SaleBook } from "./SaleBook.ts";
import { isRequestOf, type SaleDomain, type SaleRequest, signSale } from "./sale.ts";
import type { SaleAnswer } from "./saleRequest.ts";

/** How far a worker's clock may be ahead of the publisher's, milliseconds. */
const CLOCK_MILLISECONDS = 1000;
/** Tasks whose terms are remembered. */
const MOST_TASKS = 256;

/** A task of this publisher's. */
interface TradedTask {
  terms: TradingTerms;
  commitSeconds: number;
}

/** A request that its worker signed: when it came, and where it belongs. */
interface Asked extends TradedTask {
  /** Unix milliseconds. */
  receivedAt: number;
  subchain: Subchain;
  domain: SaleDomain;
}

/** What a desk works with. */
export interface SaleDeskModules {
  /** Signs with the cosigner's key. */
  signer: Signer & { address: string };
  main: MainChain;
  subchains: readonly Subchain[];
  /** A task's mechanism terms, hex; undefined for one that was not published. */
  published: (task: bigint) => { mechanismTerms: string } | undefined;
  book: SaleBook;
  clock: Clock;
}

/**
 * Co-signs sales in a publisher's name: says when it had heard of an update. It signs for the workers of its own tasks
 * alone, in the round that is open and takes commits, what the worker itself asked for; and whoever asks twice has the
 * same answer. A stranger who asks causes no question to a chain.
 */
export class SaleDesk {
  readonly #modules: SaleDeskModules;
  readonly #tasks = new Map<bigint, Promise<TradedTask>>();
  /** The last sale that a worker asked for in a round. */
  readonly #selling = new Map<string, Promise<SaleAnswer>>();

  constructor(modules: SaleDeskModules) {
    this.#modules = modules;
  }

  /** @throws `SALE_REFUSED`; what chains throw that do not answer. */
  async sell(request: SaleRequest, signature: string): Promise<SaleAnswer> {
    const { subchains } = this.#modules;
    const { chainId, task, round, worker } = request;
    const receivedAt = this.#modules.clock.now();
    const subchain = subchains.find(({ client }) => client.chainId === chainId);
    if (subchain === undefined) throw refused(`chain ${chainId} is not followed`);
    const domain = { chainId, subchain: subchain.place.contracts.applications.tasks };
    const traded = await this.#taskOf(task);
    if (priceOf(traded.terms, worker) === undefined) {
      throw refused(`${worker} is offered nothing in task ${task}`);
    }
    if (!isRequestOf(worker, domain, request, signature)) throw refused(`${worker} did not sign it`);
    // What a worker asks for at once is looked at in turn: each sees the receipts of those before it.
    const key = [chainId, task, round, worker].join("/").toLowerCase();
    const before = this.#selling.get(key) ?? Promise.resolve();
    const selling = before
      .catch(() => undefined)
      .then(() => this.#sell(request, signature, { receivedAt, subchain, domain, ...traded }));
    this.#selling.set(key, selling);
    try {
      return await selling;
    } finally {
      if (this.#selling.get(key) === selling) this.#selling.delete(key);
    }
  }

  /** A sale that its worker asks for. */
  async #sell(
    request: SaleRequest,
    signature: string,
    { receivedAt, subchain, domain, terms, commitSeconds }: Asked,
  ): Promise<SaleAnswer> {
    const { signer, book } = this.#modules;
    const { task, round, worker } = request;
    const kept = await book.find(request);
    if (kept !== undefined) return answerOf(kept.sale, kept.publisher);

    const [{ status, round: open }, state, { enrolled }] = await Promise.all([
      subchain.taskOf(task),
      subchain.roundOf(task, round),
      subchain.workerOf(task, worker),
    ]);
    if (status !== "Open" || open !== round || state.startedAt === 0)
      throw refused(`round ${ordinal(round)} is not open`);
    if (!enrolled) throw refused(`${worker} is not enrolled`);
    const until = commitsUntil(state, commitSeconds);
    if (state.closed || state.commitsClosedAt !== 0 || receivedAt > until * 1000)
      throw refused(`round ${ordinal(round)} takes no commits any more`);
    const openedAtMs = BigInt(state.openedAt) * 1000n;
    const { generatedAtMs } = request;
    if (generatedAtMs < openedAtMs || generatedAtMs > openedAtMs + BigInt(terms.startSlackMs)) {
      throw refused(`${generatedAtMs} ms is not within ${terms.startSlackMs} ms of the round's opening`);
    }
    if (generatedAtMs > BigInt(receivedAt + CLOCK_MILLISECONDS)) {
      throw refused(`${generatedAtMs} ms, at which it was begun, has not come yet`);
    }
    if (!(await book.hasRoomFor(request)))
      throw refused("the worker asked for too many updates of this round");
    const receivedAtMs = BigInt(Math.max(receivedAt, Number(generatedAtMs)));
    const sale: Sale = { ...request, receivedAtMs };
    const publisher = await signSale(signer, domain, sale);
    await book.keep({ sale, worker: signature, publisher });
    return answerOf(sale, publisher);
  }

  /** A task that names this desk's key. */
  #taskOf(task: bigint): Promise<TradedTask> {
    const known = this.#tasks.get(task);
    if (known !== undefined) return known;
    const published = this.#modules.published(task);
    if (published === undefined) throw refused(`task ${task} was not published`);
    const terms = termsIn(published.mechanismTerms);
    if (terms === undefined) throw refused(`task ${task} trades no models`);
    if (terms.cosigner.toLowerCase() !== this.#modules.signer.address.toLowerCase()) {
      throw refused(`task ${task} names another cosigner`);
    }
    const asked = this.#modules.main
      .termsOf(task)
      .then(({ schedule }) => ({ terms, commitSeconds: schedule.commitSeconds }));
    asked.catch(() => this.#tasks.delete(task));
    this.#tasks.set(task, asked);
    for (const first of this.#tasks.keys()) {
      if (this.#tasks.size <= MOST_TASKS) break;
      this.#tasks.delete(first);
    }
    return asked;
  }
}

/** Whether a task's terms name a cosigner: of whatever else is published nothing is remembered. */
export function namesCosigner(mechanismTerms: string, cosigner: string): boolean {
  return termsIn(mechanismTerms)?.cosigner.toLowerCase() === cosigner.toLowerCase();
}

/** Another mechanism's are none. */
function termsIn(bytes: string): TradingTerms | undefined {
  try {
    return decodeTerms(bytes);
  } catch {
    return undefined;
  }
}

function answerOf({ generatedAtMs, receivedAtMs }: Sale, signature: string): SaleAnswer {
  return { generatedAtMs, receivedAtMs, signature };
}

function refused(why: string): BaseError {
  return new BaseError("SALE_REFUSED", `There is no sale to sign: ${why}.`);
}
