import { AbiCoder, type BaseWallet, concat, id, toBeHex, Wallet } from "ethers";
import type { ContractPlace } from "../../chains/clients/ChainEvent.ts";
import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import type { Arguments, FunctionName } from "../../protocol/abiTypes.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { AbiOf, AnyContract } from "../../protocol/ContractAbi.ts";
import { contracts as abis } from "../../protocol/contracts.ts";
import { GENESIS_SECONDS, SimulatedChain } from "./SimulatedChain.ts";
import { simulationHardhat } from "./simulationHardhat.ts";

/** Chain ids of the simulated chains. */
const CHAIN_IDS = { left: 8_100_001n, right: 8_100_002n } as const;
/** How many validators vouch for each chain. */
const VALIDATORS = 3;
/** How many of them must sign. */
const THRESHOLD = 2;
/** Most relayers. */
const RELAYERS = 2;
/** Strangers who flood the chains. */
const STRANGERS = 2;
/** Accounts that send messages, on each chain. */
const SENDERS = 16;
/** What every account has, wei. */
const BALANCE = 10n ** 24n;
/** Delay of changes of validators and verifiers, which no schedule makes. */
const DELAY_SECONDS = 3600;

/** A chain with what is deployed on it. */
export interface SimulatedPlace {
  chain: SimulatedChain;
  /** What its messages are proven with. */
  proofs: ProofKind;
  gateway: string;
  recipient: string;
  /** Through which strangers send. */
  flooder: string;
}

/** Everybody who signs. */
export interface SimulatedAccounts {
  /** Ascending by address. */
  validators: readonly BaseWallet[];
  relayers: readonly BaseWallet[];
  senders: readonly BaseWallet[];
  strangers: readonly BaseWallet[];
}

/**
 * Two chains with gateways that know each other, as every schedule finds them: what the left one sends is proven by
 * block headers, what the right one sends by checkpoints. Made once a process: `reset` undoes whatever a schedule did.
 */
export class SimulatedNetwork {
  readonly places: readonly [SimulatedPlace, SimulatedPlace];
  readonly accounts: SimulatedAccounts;

  private constructor(places: readonly [SimulatedPlace, SimulatedPlace], accounts: SimulatedAccounts) {
    this.places = places;
    this.accounts = accounts;
  }

  /**
   * Starts the chains and deploys the contracts, which must be compiled.
   *
   * @param gateway - The contract that is deployed as the gateway of the right chain.
   */
  static async create(gateway: "Gateway" | "ForgetfulGateway"): Promise<SimulatedNetwork> {
    const accounts = {
      validators: wallets("validator", VALIDATORS).sort((a, b) =>
        BigInt(a.address) < BigInt(b.address) ? -1 : 1,
      ),
      relayers: wallets("relayer", RELAYERS),
      senders: wallets("sender", SENDERS),
      strangers: wallets("stranger", STRANGERS),
    };
    const deploy = async (name: keyof typeof CHAIN_IDS, contracts: DeployedContracts) => {
      const chain = await SimulatedChain.create({ name, chainId: CHAIN_IDS[name], finalityDepth: 0 });
      return Deployment.on(chain, contracts);
    };
    const left = await deploy("left", {
      gateway: "LogGateway",
      proofs: "header",
      verifier: "CheckpointVerifier",
    });
    const right = await deploy("right", { gateway, proofs: "checkpoint", verifier: "HeaderVerifier" });
    for (const [here, there] of [
      [left, right],
      [right, left],
    ] as const) {
      const set = { threshold: THRESHOLD, validators: accounts.validators.map(({ address }) => address) };
      const { chainId } = there.chain;
      const verifier = { contract: abis.CheckpointVerifier, address: here.verifier };
      const gateway = { contract: abis.Gateway, address: here.gateway };
      await here.call(verifier, "initializeValidators", [chainId, set]);
      await here.call(gateway, "openRoute", [chainId, there.gateway, here.verifier]);
      for (const { address } of [...accounts.relayers, ...accounts.senders, ...accounts.strangers]) {
        await here.chain.ask("hardhat_setBalance", address, toBeHex(BALANCE));
      }
      await here.chain.mine(GENESIS_SECONDS + 60);
      await here.chain.setBaseline();
    }
    return new SimulatedNetwork([left, right], accounts);
  }

  /** Undoes everything since the network was made. */
  async reset(): Promise<void> {
    for (const { chain } of this.places) await chain.reset();
  }

  /** The other chain. */
  other(place: SimulatedPlace): SimulatedPlace {
    return this.places[0] === place ? this.places[1] : this.places[0];
  }
}

interface DeployedContracts {
  proofs: ProofKind;
  gateway: string;
  /** Of what the other chain sends. */
  verifier: string;
}

/** Puts contracts on a chain in transactions of the chain's own account, a block each. */
class Deployment implements SimulatedPlace {
  readonly chain: SimulatedChain;
  readonly proofs: ProofKind;
  gateway = "";
  verifier = "";
  recipient = "";
  flooder = "";
  #from = "";

  private constructor(chain: SimulatedChain, proofs: ProofKind) {
    this.chain = chain;
    this.proofs = proofs;
  }

  static async on(chain: SimulatedChain, contracts: DeployedContracts): Promise<Deployment> {
    const made = new Deployment(chain, contracts.proofs);
    [made.#from] = (await chain.ask("eth_accounts")) as [string];
    const owned: [string[], unknown[]] = [
      ["address", "uint48"],
      [made.#from, DELAY_SECONDS],
    ];
    made.verifier = await made.#deploy(contracts.verifier, ...owned);
    made.gateway = await made.#deploy(contracts.gateway, ...owned);
    made.recipient = await made.#deploy("CountingRecipient", [], []);
    made.flooder = await made.#deploy("Flooder", [], []);
    return made;
  }

  async call<C extends AnyContract, N extends FunctionName<AbiOf<C>>>(
    { contract, address }: ContractPlace<C>,
    method: N,
    values: Arguments<AbiOf<C>, N>,
  ): Promise<void> {
    await this.#send({ to: address, data: contract.encodeCall(method, values) });
  }

  async #deploy(contract: string, types: string[], values: unknown[]): Promise<string> {
    const { artifacts } = await simulationHardhat();
    const { bytecode } = await artifacts.readArtifact(contract);
    const data = concat([bytecode, AbiCoder.defaultAbiCoder().encode(types, values)]);
    const { contractAddress } = await this.#send({ data });
    return contractAddress!;
  }

  async #send(request: { to?: string; data: string }): Promise<{ contractAddress: string | null }> {
    const hash = await this.chain.ask("eth_sendTransaction", {
      from: this.#from,
      gas: "0x989680",
      ...request,
    });
    await this.chain.mine(GENESIS_SECONDS + 60);
    const receipt = (await this.chain.ask("eth_getTransactionReceipt", hash)) as {
      status: string;
      contractAddress: string | null;
    };
    if (receipt.status !== "0x1") {
      throw new BaseError("SIMULATION_NOT_SET_UP", `A contract on ${this.chain.name} refused its set-up.`);
    }
    return receipt;
  }
}

function wallets(role: string, count: number): Wallet[] {
  return Array.from({ length: count }, (_, i) => new Wallet(id(`freshet simulation ${role} ${i}`)));
}
