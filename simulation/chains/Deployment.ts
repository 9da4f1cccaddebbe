import { AbiCoder, concat, toBeHex } from "ethers";

import type { ContractPlace } from "../../chains/clients/ChainEvent.ts";
import type { Arguments, FunctionName } from "../../protocol/abiTypes.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { AbiOf, AnyContract } from "../../protocol/ContractAbi.ts";
import { GENESIS_SECONDS, type SimulatedChain } from "./SimulatedChain.ts";
import { simulationHardhat } from "./simulationHardhat.ts";

/** Time of the blocks that contracts are deployed in, Unix seconds. */
const DEPLOYED_SECONDS = GENESIS_SECONDS + 60;
/** Gas of a transaction of a deployment, hex. */
const GAS = "0xf00000";
const HEX_PREFIX = "0x";

/** Puts contracts on a simulated chain in transactions of the chain's own account, a block each. */
export class Deployment {
  readonly chain: SimulatedChain;
  /** Who deploys, and owns what has an owner. */
  readonly owner: string;

  private constructor(chain: SimulatedChain, owner: string) {
    this.chain = chain;
    this.owner = owner;
  }

  /** Begins with an empty chain. */
  static async on(chain: SimulatedChain): Promise<Deployment> {
    const [owner] = (await chain.ask("eth_accounts")) as [string];
    return new Deployment(chain, owner);
  }

  /**
   * Deploys a contract, and before it the libraries that its code is linked with.
   *
   * @param name - Its name, or its source and its name where that is ambiguous.
   * @param types - Solidity types of its constructor's arguments.
   * @returns Its address.
   */
  async deploy(
    name: string,
    types: readonly string[] = [],
    values: readonly unknown[] = [],
  ): Promise<string> {
    const { artifacts } = await simulationHardhat();
    const { bytecode, linkReferences } = await artifacts.readArtifact(name);
    let code: string = bytecode;
    for (const [library, places] of Object.values(linkReferences).flatMap((of) => Object.entries(of))) {
      const address = (await this.deploy(library)).slice(HEX_PREFIX.length);
      for (const { start, length } of places) {
        const [from, to] = [start, start + length].map((byte) => HEX_PREFIX.length + 2 * byte);
        code = code.slice(0, from) + address + code.slice(to);
      }
    }
    const data = concat([code, AbiCoder.defaultAbiCoder().encode(types, values)]);
    const { contractAddress } = await this.#send(name, { data });
    return contractAddress!;
  }

  /** Calls a contract as its owner. */
  async call<C extends AnyContract, N extends FunctionName<AbiOf<C>>>(
    { contract, address }: ContractPlace<C>,
    method: N,
    values: Arguments<AbiOf<C>, N>,
  ): Promise<void> {
    await this.#send(`${contract.name}.${method}`, {
      to: address,
      data: contract.encodeCall(method, values),
    });
  }

  /** Gives accounts gas money, wei, and makes this the moment that the chain's `reset` comes back to. */
  async finish(accounts: readonly string[], balance: bigint): Promise<void> {
    for (const address of accounts) await this.chain.ask("hardhat_setBalance", address, toBeHex(balance));
    await this.chain.mine(DEPLOYED_SECONDS);
    await this.chain.setBaseline();
  }

  async #send(
    what: string,
    request: { to?: string; data: string },
  ): Promise<{ contractAddress: string | null }> {
    const hash = await this.chain.ask("eth_sendTransaction", { from: this.owner, gas: GAS, ...request });
    await this.chain.mine(DEPLOYED_SECONDS);
    const receipt = (await this.chain.ask("eth_getTransactionReceipt", hash)) as {
      status: string;
      contractAddress: string | null;
    };
    if (receipt.status !== "0x1") {
      throw new BaseError("SIMULATION_NOT_SET_UP", `${what} on ${this.chain.name} refused its set-up.`);
    }
    return receipt;
  }
}
