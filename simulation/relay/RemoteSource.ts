import { type BaseWallet, id } from "ethers";

import { RpcUnavailable } from "../../chains/rpc/Rpc.ts";
import type { RandomSource } from "../../numerics/RandomSource.ts";
import { CHECKPOINT_TYPES, checkpointDomain } from "../../protocol/checkpoint.ts";
import { HEADER_TYPES, headerDomain } from "../../protocol/header.ts";
import type {
  AttestedBlock,
  CheckpointSource,
  SignedCheckpoint,
} from "../../relay/proofs/checkpoint/CheckpointSource.ts";
import type { Validator } from "../../relay/Validator.ts";
import type { FaultTally } from "./FaultTally.ts";
import type { SimulatedProcess } from "./SimulatedProcess.ts";
import type { VirtualClock } from "./VirtualClock.ts";

const LATENCY_MILLISECONDS = 10;
const TIMEOUT_MILLISECONDS = 3000;

/** A validator's signatures as they come over a network: late, from nobody while it is down, or made up by a liar. */
export class RemoteSource implements CheckpointSource {
  readonly validator: string;
  /** Probability that nothing comes. */
  silence: number;
  readonly #process: SimulatedProcess<Validator>;
  readonly #clock: VirtualClock;
  readonly #random: RandomSource;
  readonly #tally: FaultTally;
  readonly #liar: BaseWallet | undefined;
  readonly #onSigned: (place: string, hash: string) => void;

  /** @param options - `liar` signs whatever it likes as this validator. */
  constructor(
    options: { wallet: BaseWallet; isLiar: boolean; silence: number },
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
    this.#liar = options.isLiar ? options.wallet : undefined;
    this.#process = modules.process;
    this.#clock = modules.clock;
    this.#random = modules.random;
    this.#tally = modules.tally;
    this.#onSigned = modules.onSigned;
  }

  async signed(chainId: bigint, gateway: string, fromIndex: number): Promise<SignedCheckpoint[]> {
    const signed = await this.#ask((source) => source.signed(chainId, gateway, fromIndex));
    if (this.#liar !== undefined) return this.#lie(this.#liar, { chainId, gateway }, fromIndex, signed);
    for (const { index, root } of signed) this.#onSigned(`${this.validator} ${chainId} index ${index}`, root);
    return signed;
  }

  async attested(chainId: bigint, gateway: string, fromNumber: number): Promise<AttestedBlock[]> {
    const attested = await this.#ask((source) => source.attested(chainId, gateway, fromNumber));
    if (this.#liar !== undefined) return this.#misattest(this.#liar, { chainId, gateway }, attested);
    for (const { number, blockHash } of attested) {
      this.#onSigned(`${this.validator} ${chainId} block ${number}`, blockHash);
    }
    return attested;
  }

  async #ask<T>(question: (source: CheckpointSource) => Promise<T>): Promise<T> {
    const isSilent = this.#random.uniform() < this.silence;
    await this.#clock.sleep(isSilent ? TIMEOUT_MILLISECONDS : LATENCY_MILLISECONDS);
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

  /** Attests another block for a number, which nobody has. */
  async #misattest(
    wallet: BaseWallet,
    domain: { chainId: bigint; gateway: string },
    attested: readonly AttestedBlock[],
  ): Promise<AttestedBlock[]> {
    this.#tally.count("equivocation");
    return Promise.all(
      attested.map(async (block) => {
        if (this.#random.uniform() < 0.5) return block;
        const blockHash = id(`made up ${block.number}`);
        const header = { blockHash, number: BigInt(block.number) };
        const signature = await wallet.signTypedData(headerDomain(domain), HEADER_TYPES, header);
        return { ...block, blockHash, signature };
      }),
    );
  }

  /** Signs another root for one index beside the true ones, or in their place, and sometimes what is no signature. */
  async #lie(
    wallet: BaseWallet,
    domain: { chainId: bigint; gateway: string },
    fromIndex: number,
    signed: readonly SignedCheckpoint[],
  ): Promise<SignedCheckpoint[]> {
    this.#tally.count("equivocation");
    const index = fromIndex + this.#random.integer(3);
    const root = id(`made up ${index}`);
    const signature =
      this.#random.uniform() < 0.8
        ? await wallet.signTypedData(checkpointDomain(domain), CHECKPOINT_TYPES, { root, index })
        : "0x1234";
    const lie = { root, index, signature };
    return this.#random.uniform() < 0.5 ? [lie] : [lie, ...signed];
  }
}
