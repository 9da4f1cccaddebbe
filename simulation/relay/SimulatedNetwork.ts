import { type BaseWallet, id, Wallet } from "ethers";

import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import { contracts as abis } from "../../protocol/contracts.ts";
import { Deployment } from "../chains/Deployment.ts";
import { SimulatedChain } from "../chains/SimulatedChain.ts";

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
  /** An application whose messages anybody may have sent. */
  openSender: string;
  /** Through which strangers send. */
  flooder: string;
  /** Through which strangers have messages sent that they hide in large receipts. */
  hider: string;
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
    const left = await deployPlace("left", {
      gateway: "LogGateway",
      proofs: "header",
      verifier: "CheckpointVerifier",
    });
    const right = await deployPlace("right", { gateway, proofs: "checkpoint", verifier: "HeaderVerifier" });
    const funded = [...accounts.relayers, ...accounts.senders, ...accounts.strangers].map(
      ({ address }) => address,
    );
    for (const [here, there] of [
      [left, right],
      [right, left],
    ] as const) {
      const set = { threshold: THRESHOLD, validators: accounts.validators.map(({ address }) => address) };
      const { chainId } = there.chain;
      const verifier = { contract: abis.CheckpointVerifier, address: here.verifier };
      const gateway = { contract: abis.Gateway, address: here.gateway };
      await here.deployment.call(verifier, "initializeValidators", [chainId, set]);
      await here.deployment.call(gateway, "openRoute", [chainId, there.gateway, here.verifier]);
      await here.deployment.finish(funded, BALANCE);
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

interface DeployedPlace extends SimulatedPlace {
  deployment: Deployment;
  verifier: string;
}

async function deployPlace(
  name: keyof typeof CHAIN_IDS,
  contracts: DeployedContracts,
): Promise<DeployedPlace> {
  const chain = await SimulatedChain.create({ name, chainId: CHAIN_IDS[name], finalityDepth: 0 });
  const deployment = await Deployment.on(chain);
  const owned = [
    ["address", "uint48"],
    [deployment.owner, DELAY_SECONDS],
  ] as const;
  return {
    chain,
    deployment,
    proofs: contracts.proofs,
    verifier: await deployment.deploy(contracts.verifier, ...owned),
    gateway: await deployment.deploy(contracts.gateway, ...owned),
    recipient: await deployment.deploy("CountingRecipient"),
    openSender: await deployment.deploy("OpenSender"),
    flooder: await deployment.deploy("Flooder"),
    hider: await deployment.deploy("Hider"),
  };
}

function wallets(role: string, count: number): Wallet[] {
  return Array.from({ length: count }, (_, i) => new Wallet(id(`freshet simulation ${role} ${i}`)));
}
