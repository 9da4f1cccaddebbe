import type { Signer } from "ethers";

import type { MainChain } from "../../../chains/clients/MainChain.ts";
import type { Subchain } from "../../../chains/clients/Subchain.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Clock } from "../../../protocol/Clock.ts";
import { commitsUntil } from "../../../protocol/roundTimes.ts";
import { decodeTerms, type Sale, type TradingTerms } from "../encodings.ts";
import type { SaleBook } from "./SaleBook.ts";
import { isRequestOf, type SaleRequest, signSale } from "./sale.ts";
import type { SaleAnswer } from "./saleRequest.ts";

/** Tasks whose terms are remembered. */
const MOST_TASKS = 256;

/** A task of this publisher's. */
interface TradedTask {
  terms: TradingTerms;
  commitSeconds: number;
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
  readonly #selling = new Map<string, Promise<SaleAnswer>>();

  constructor(modules: SaleDeskModules) {
    this.#modules = modules;
  }

  /** @throws `SALE_REFUSED`; what chains throw that do not answer. */
  async sell(request: SaleRequest, signature: string): Promise<SaleAnswer> {
    const key = [request.chainId, request.task, request.round, request.worker, request.commitment]
      .join("/")
      .toLowerCase();
    const known = this.#selling.get(key);
    if (known !== undefined) return known;
    const selling = this.#sell(request, signature).finally(() => this.#selling.delete(key));
    this.#selling.set(key, selling);
    return selling;
  }

  async #sell(request: SaleRequest, signature: string): Promise<SaleAnswer> {
    const { signer, subchains, book, clock } = this.#modules;
    const { chainId, task, round, worker } = request;
    const receivedAt = clock.now();
    const subchain = subchains.find(({ client }) => client.chainId === chainId);
    if (subchain === undefined) throw refused(`chain ${chainId} is not followed`);
    const domain = { chainId, subchain: subchain.place.contracts.applications.tasks };
    const { terms, commitSeconds } = await this.#taskOf(task);
    if (!terms.offers.some((offer) => offer.worker.toLowerCase() === worker.toLowerCase())) {
      throw refused(`${worker} is offered nothing in task ${task}`);
    }
    if (!isRequestOf(worker, domain, request, signature)) throw refused(`${worker} did not sign it`);
    const kept = await book.find(request);
    if (kept !== undefined) return answerOf(kept.sale, kept.publisher);

    const [{ status, round: open }, state, { enrolled }] = await Promise.all([
      subchain.taskOf(task),
      subchain.roundOf(task, round),
      subchain.workerOf(task, worker),
    ]);
    if (status !== "Open" || open !== round || state.startedAt === 0)
      throw refused(`round ${round} is not open`);
    if (!enrolled) throw refused(`${worker} is not enrolled`);
    const until = commitsUntil(state, commitSeconds);
    if (state.closed || state.commitsClosedAt !== 0 || receivedAt > until * 1000)
      throw refused(`round ${round} takes no commits any more`);
    const openedAtMs = BigInt(state.openedAt) * 1000n;
    const { generatedAtMs } = request;
    if (generatedAtMs < openedAtMs || generatedAtMs > openedAtMs + BigInt(terms.startSlackMs)) {
      throw refused(`${generatedAtMs} ms is not within ${terms.startSlackMs} ms of the round's opening`);
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
