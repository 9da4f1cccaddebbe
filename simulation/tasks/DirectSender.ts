import type { BaseWallet } from "ethers";

import { NodeError } from "../chains/NodeError.ts";
import type { SimulatedChain } from "../chains/SimulatedChain.ts";

/** What a transaction offers, wei a gas: far above any base fee. */
const FEE = 10n ** 12n;
/** Gas that those offer who do not ask what a call costs. */
const GAS = 8_000_000n;

/** An account that sends to a chain at once and without faults, whatever comes of it: adversaries and the courier. */
export class DirectSender {
  readonly #chain: SimulatedChain;
  readonly #key: BaseWallet;
  #nonce: number | undefined;

  constructor(chain: SimulatedChain, key: BaseWallet) {
    this.#chain = chain;
    this.#key = key;
  }

  get address(): string {
    return this.#key.address;
  }

  /** Whether a call would succeed on the newest block. */
  async wouldSucceed(to: string, data: string): Promise<boolean> {
    try {
      await this.#chain.ask("eth_call", { from: this.#key.address, to, data }, "latest");
      return true;
    } catch (error) {
      if (error instanceof NodeError) return false;
      throw error;
    }
  }

  /** Sends a call. */
  async send(to: string, data: string): Promise<void> {
    this.#nonce ??= Number(await this.#chain.ask("eth_getTransactionCount", this.#key.address, "pending"));
    const transaction = {
      type: 2,
      chainId: this.#chain.chainId,
      nonce: this.#nonce,
      to,
      data,
      gasLimit: GAS,
      maxFeePerGas: FEE,
      maxPriorityFeePerGas: FEE / 1000n,
    };
    await this.#chain.send(await this.#key.signTransaction(transaction));
    this.#nonce++;
  }

  /** Sends a call if it would succeed; whether it did. */
  async trySend(to: string, data: string): Promise<boolean> {
    if (!(await this.wouldSucceed(to, data))) return false;
    await this.send(to, data);
    return true;
  }
}
