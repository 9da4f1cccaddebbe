import { type BaseWallet, id } from "ethers";
import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import { RpcUnavailable } from "../../chains/rpc/Rpc.ts";
import type { RandomSource } from "../../numerics/RandomSource.ts";
import type { Fact, Voucher } from "../../relay/proofs/Fact.ts";
import type { FactDomain } from "../../relay/proofs/ProofScheme.ts";
import { PROOF_SCHEMES } from "../../relay/proofs/proofSchemes.ts";
import type { VoucherSource } from "../../relay/proofs/VoucherSource.ts";
import type { Validator } from "../../relay/Validator.ts";
import type { FaultTally } from "../FaultTally.ts";
import type { SimulatedProcess } from "../SimulatedProcess.ts";
import type { VirtualClock } from "../VirtualClock.ts";

const LATENCY_MILLISECONDS = 10;
const TIMEOUT_MILLISECONDS = 3000;

/** A validator's signatures as they come over a network: late, from nobody while it is down, or made up by a liar. */
export class RemoteSource implements VoucherSource {
  readonly validator: string;
  /** Probability that nothing comes. */
  silence: number;
  readonly #slowMilliseconds: number;
  readonly #process: SimulatedProcess<Validator>;
  readonly #clock: VirtualClock;
  readonly #random: RandomSource;
  readonly #tally: FaultTally;
  readonly #liar: BaseWallet | undefined;
  readonly #onSigned: (place: string, hash: string) => void;

  /** @param options - A liar signs whatever it likes as this validator; `slowMilliseconds`: how long each answer takes. */
  constructor(
    options: { wallet: BaseWallet; isLiar: boolean; silence: number; slowMilliseconds: number },
    modules: {
      process: SimulatedProcess<Validator>;
      clock: VirtualClock;
      random: RandomSource;
      tally: FaultTally;
      /** Told of what an honest validator gave out: of a place in a chain, what it says is there. */
      onSigned: (place: string, hash: string) => void;
    },
  ) {
    this.validator = options.wallet.address;
    this.silence = options.silence;
    this.#slowMilliseconds = options.slowMilliseconds;
    this.#liar = options.isLiar ? options.wallet : undefined;
    this.#process = modules.process;
    this.#clock = modules.clock;
    this.#random = modules.random;
    this.#tally = modules.tally;
    this.#onSigned = modules.onSigned;
  }

  async vouchers(kind: ProofKind, chainId: bigint, gateway: string, from: number): Promise<Voucher[]> {
    const vouchers = await this.#ask((source) => source.vouchers(kind, chainId, gateway, from));
    if (this.#liar !== undefined) return this.#lie(kind, { chainId, gateway }, from, vouchers);
    for (const { place, hash } of vouchers) {
      this.#onSigned(`${this.validator} ${chainId} ${kind} ${place}`, hash);
    }
    return vouchers;
  }

  async #ask<T>(question: (source: VoucherSource) => Promise<T>): Promise<T> {
    const isSilent = this.#random.uniform() < this.silence;
    await this.#clock.sleep(isSilent ? TIMEOUT_MILLISECONDS : LATENCY_MILLISECONDS);
    if (this.#slowMilliseconds > 0) {
      this.#tally.count("slow validator");
      await this.#clock.sleep(this.#slowMilliseconds);
    }
    const { service } = this.#process;
    if (isSilent) this.#tally.count("silent validator");
    else if (service === undefined) this.#tally.count("validator down");
    if (isSilent || service === undefined) {
      throw new RpcUnavailable(`Validator ${this.validator} did not answer.`);
    }
    const answer = await question(service.source);
    await this.#clock.sleep(LATENCY_MILLISECONDS);
    return answer;
  }

  /** Vouches for other hashes than the true ones, beside them or in their place, and sometimes with what is no signature. */
  async #lie(
    kind: ProofKind,
    domain: FactDomain,
    from: number,
    vouchers: readonly Voucher[],
  ): Promise<Voucher[]> {
    this.#tally.count("equivocation");
    const lies = [await this.#madeUp(kind, domain, from + this.#random.integer(3))];
    for (const voucher of vouchers) {
      const isTrue = this.#random.uniform() < 0.5;
      lies.push(isTrue ? voucher : await this.#madeUp(kind, domain, voucher.place));
    }
    return lies;
  }

  async #madeUp(kind: ProofKind, domain: FactDomain, place: number): Promise<Voucher> {
    const fact: Fact = { place, hash: id(`made up ${place}`) };
    const isSigned = this.#random.uniform() < 0.8;
    const { vouching } = PROOF_SCHEMES[kind];
    return { ...fact, signature: isSigned ? await vouching.sign(this.#liar!, domain, fact) : "0x1234" };
  }
}
