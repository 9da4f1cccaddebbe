import type { GatewayClient, ValidatorSet } from "../../chains/clients/GatewayClient.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { RelayListener } from "../RelayEvent.ts";
import type { Fact, ProvenFact, Voucher } from "./Fact.ts";
import type { ProofScheme } from "./ProofScheme.ts";
import { quorum } from "./quorum.ts";
import { trueSignature } from "./trueSignature.ts";
import type { VoucherSource } from "./VoucherSource.ts";

/** How long it is waited for validators that were just asked, milliseconds. */
export const GRACE_MILLISECONDS = 250;
/** Untrue signatures in one answer after which the rest of it is not looked at. */
const MOST_UNTRUE = 8;
/** How long a validator with so many is left alone, milliseconds. */
const UNTRUE_REST_MILLISECONDS = 5000;

/** What one validator said last, with what was found out of it. */
interface Answer {
  validator: string;
  vouchers: readonly Voucher[];
  /** True signatures in the form that gateways take; undefined where one is not the validator's. */
  checked: Map<Voucher, string | undefined>;
  untrue: number;
}

/** A fact with all that is said to be a validator's signature under it, true or not. */
export interface Testimony extends Fact {
  said: { answer: Answer; voucher: Voucher }[];
}

/** What is asked of a chain's validators. */
export interface Question {
  origin: GatewayClient;
  set: ValidatorSet;
  /** Facts of earlier places are of no use. */
  from: number;
  /** Who asks: of each, one question is under way with a validator at a time. */
  asker: string;
}

/** What one asker has asked and heard of a chain. */
interface Desk {
  underWay: Set<VoucherSource>;
  answers: Map<string, Answer>;
}

/** Troubles with sources that were told, by chain, until they end. */
const told = new WeakMap<VoucherSource, Map<string, string>>();

/**
 * Asks validators for their vouchers, and waits for none that is not needed: as soon as enough is heard, or those who
 * answer promptly have, whoever asked goes on. A slow answer is used the next time. A validator has one question of an
 * asker at a time, and only what a few untrue signatures cost to look at.
 */
export class Witnesses {
  readonly #scheme: Pick<ProofScheme, "kind"> & { vouching: Pick<ProofScheme["vouching"], "signerOf"> };
  readonly #sources: readonly VoucherSource[];
  readonly #clock: Clock;
  readonly #listener: RelayListener;
  readonly #graceMilliseconds: number;
  readonly #desks = new Map<string, Desk>();
  /** Until when validators are left alone, Unix time, milliseconds. */
  readonly #restsUntil = new Map<VoucherSource, number>();

  constructor(
    scheme: Pick<ProofScheme, "kind"> & { vouching: Pick<ProofScheme["vouching"], "signerOf"> },
    modules: {
      sources: readonly VoucherSource[];
      clock: Clock;
      listener: RelayListener;
      /** How long it is waited for validators that were just asked; Infinity for each of them. */
      graceMilliseconds?: number | undefined;
    },
  ) {
    this.#scheme = scheme;
    this.#sources = modules.sources;
    this.#clock = modules.clock;
    this.#listener = modules.listener;
    this.#graceMilliseconds = modules.graceMilliseconds ?? GRACE_MILLISECONDS;
  }

  /**
   * Asks all of a set.
   *
   * @param hear - Given all that was said so far, and again with each further answer. @returns Whether it is enough.
   */
  async ask(question: Question, hear: (said: readonly Testimony[]) => boolean): Promise<void> {
    const { origin, asker, set } = question;
    const name = `${origin.chainId} ${asker}`;
    const desk: Desk = this.#desks.get(name) ?? { underWay: new Set(), answers: new Map() };
    this.#desks.set(name, desk);
    const asked = this.#sources
      .filter((source) => set.validators.includes(source.validator) && !desk.underWay.has(source))
      .filter((source) => this.#clock.now() >= (this.#restsUntil.get(source) ?? 0))
      .map((source) => this.#askOne(source, question, desk));
    // What came late the last time counts as well.
    if (desk.answers.size > 0 && hear(testimonies(desk, question))) return;
    if (asked.length === 0) return;
    const over = new AbortController();
    try {
      await new Promise<void>((resolve, reject) => {
        let left = asked.length;
        const heard = () => {
          left--;
          if (over.signal.aborted) return;
          if (hear(testimonies(desk, question)) || left === 0) resolve();
        };
        for (const answered of asked) answered.then(heard).catch(reject);
        if (this.#graceMilliseconds < Number.POSITIVE_INFINITY)
          void this.#clock.sleep(this.#graceMilliseconds, over.signal).then(resolve);
      });
    } finally {
      over.abort();
    }
  }

  /** A fact with as many true signatures as a set wants; undefined when too few are among what was said. */
  prove(origin: GatewayClient, { place, hash, said }: Testimony, set: ValidatorSet): ProvenFact | undefined {
    // Signatures are looked at only where there may be enough of them: whoever makes up facts costs no more.
    if (new Set(said.map(({ answer }) => answer.validator)).size < set.threshold) return undefined;
    const signatures: Record<string, string> = {};
    for (const { answer, voucher } of said) {
      if (signatures[answer.validator] !== undefined) continue;
      const found = this.#trueSignature(origin, answer, voucher);
      if (found === undefined) continue;
      signatures[answer.validator] = found;
      if (quorum(signatures, set) !== undefined) return { place, hash, signatures };
    }
    return undefined;
  }

  async #askOne(source: VoucherSource, { origin, from }: Question, desk: Desk): Promise<void> {
    const { validator } = source;
    desk.underWay.add(source);
    try {
      const vouchers = await source.vouchers(this.#scheme.kind, origin.chainId, origin.address, from);
      desk.answers.set(validator, { validator, vouchers, checked: new Map(), untrue: 0 });
      told.get(source)?.delete(origin.name);
    } catch (error) {
      this.#tell(source, origin.name, error);
    } finally {
      desk.underWay.delete(source);
    }
  }

  #trueSignature({ chainId, address, name }: GatewayClient, answer: Answer, voucher: Voucher) {
    if (answer.checked.has(voucher)) return answer.checked.get(voucher);
    if (answer.untrue >= MOST_UNTRUE) return undefined;
    const { validator } = answer;
    const domain = { chainId, gateway: address };
    const { vouching } = this.#scheme;
    const found = trueSignature(voucher.signature, validator, (serialized) =>
      vouching.signerOf(domain, voucher, serialized),
    );
    answer.checked.set(voucher, found);
    if (found !== undefined || ++answer.untrue < MOST_UNTRUE) return found;
    const source = this.#sources.find((one) => one.validator === validator);
    if (source === undefined) return undefined;
    this.#restsUntil.set(source, this.#clock.now() + UNTRUE_REST_MILLISECONDS);
    const text = `Validator ${validator} gives signatures that are not its own.`;
    const next = "Others may be enough; this one is asked again.";
    this.#tell(source, name, new BaseError("UNTRUE_SIGNATURES", text, { next, retryable: true }));
    return undefined;
  }

  #tell(source: VoucherSource, chain: string, error: unknown): void {
    const known = told.get(source) ?? new Map<string, string>();
    told.set(source, known);
    const doing = `asking validator ${source.validator} for its signatures`;
    if (known.get(chain) !== String(error)) this.#listener({ type: "trouble", chain, doing, error });
    known.set(chain, String(error));
  }
}

/** What was said of each fact that is of use. */
function testimonies({ answers }: Desk, { from, set }: Question): Testimony[] {
  const byFact = new Map<string, Testimony>();
  for (const answer of answers.values()) {
    if (!set.validators.includes(answer.validator)) continue;
    for (const voucher of answer.vouchers) {
      const { place, hash } = voucher;
      if (place < from) continue;
      const key = `${place} ${hash}`;
      const testimony = byFact.get(key) ?? { place, hash, said: [] };
      testimony.said.push({ answer, voucher });
      byFact.set(key, testimony);
    }
  }
  return [...byFact.values()];
}
