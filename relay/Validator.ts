import type { BaseWallet } from "ethers";
import type { FinalityRule } from "../chains/clients/finality.ts";
import type { GatewayClient, ProofKind } from "../chains/clients/GatewayClient.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { CHECKPOINT_TYPES, checkpointDomain } from "../protocol/checkpoint.ts";
import { HEADER_TYPES, headerDomain } from "../protocol/header.ts";
import { GatewayFollower } from "./GatewayFollower.ts";
import type {
  AttestedBlock,
  CheckpointSource,
  SignedCheckpoint,
} from "./proofs/checkpoint/CheckpointSource.ts";
import type { RelayListener } from "./RelayEvent.ts";
import { repeat } from "./repeat.ts";
import type { ValidatorStore } from "./store/ValidatorStore.ts";

/** Checkpoints that a source gives at once. */
const SOURCE_LIMIT = 256;
/** Blocks with messages that are signed at once; of a longer past the newest will do, as they prove all before. */
const SIGN_LIMIT = 32;

/** A chain that a validator vouches for. */
export interface ValidatedChain {
  gateway: GatewayClient;
  /** Block in which the gateway was deployed, or one before. */
  fromBlock: number;
  finality: FinalityRule;
  /** What its messages are proven with: checkpoints of the outbox (default), or headers of blocks with messages. */
  proofs?: ProofKind;
}

/**
 * Vouches for the outboxes of chains. It reads only what is final under each
 * chain's rule and signs a checkpoint at the end of every block with messages,
 * so that independent validators have checkpoints in common. What it signed is on
 * the disk before anyone sees it; a history that contradicts it gets no further
 * signature.
 */
export class Validator {
  readonly address: string;
  readonly #wallet: BaseWallet;
  readonly #store: ValidatorStore;
  readonly #clock: Clock;
  readonly #listener: RelayListener;
  readonly #pollMilliseconds: number;
  readonly #chains: readonly (ValidatedChain & { follower: GatewayFollower })[];
  /** Chains whose contradiction was told. */
  readonly #contradicted = new Set<bigint>();
  #running: Promise<unknown> | undefined;
  readonly #stop = new AbortController();

  constructor(
    options: { chains: readonly ValidatedChain[]; pollMilliseconds: number },
    modules: { wallet: BaseWallet; store: ValidatorStore; clock: Clock; listener: RelayListener },
  ) {
    this.address = modules.wallet.address;
    this.#wallet = modules.wallet;
    this.#store = modules.store;
    this.#clock = modules.clock;
    this.#listener = modules.listener;
    this.#pollMilliseconds = options.pollMilliseconds;
    this.#chains = options.chains.map((chain) => ({
      ...chain,
      follower: new GatewayFollower(
        {
          fromBlock: chain.fromBlock,
          finality: chain.finality,
          needsOutbox: chain.proofs !== "header",
          needsAncestors: chain.proofs === "header",
        },
        { gateway: chain.gateway, store: modules.store },
      ),
    }));
  }

  /** What it signed, for relayers in the same process and for the server that gives it to others. */
  get source(): CheckpointSource {
    return {
      validator: this.address,
      signed: async (chainId, gateway, fromIndex) =>
        this.#store.signed(chainId, gateway, fromIndex, SOURCE_LIMIT),
      attested: async (chainId, gateway, fromNumber) =>
        this.#store.attested(chainId, gateway, fromNumber, SOURCE_LIMIT),
    };
  }

  /** Begins to sign; a chain that does not answer holds up no other. */
  start(): void {
    const { signal } = this.#stop;
    const pollMilliseconds = this.#pollMilliseconds;
    this.#running = Promise.all(
      this.#chains.map((chain) =>
        repeat(
          () => this.#tick(chain),
          { signal, pollMilliseconds },
          { clock: this.#clock, onError: (error) => this.#trouble(chain, error) },
        ),
      ),
    );
  }

  /** Ends signing once what was begun is on disk. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** @returns Whether there may be more to do at once. */
  async #tick(chain: ValidatedChain & { follower: GatewayFollower }): Promise<boolean> {
    const step = await chain.follower.step();
    const { name } = chain.gateway;
    if (step.type === "rewound") {
      const { from, to } = step;
      this.#listener({
        type: "chain-reorganized",
        chain: name,
        by: this.address,
        from: from.number,
        to: to?.number,
      });
    }
    if (chain.proofs === "header") await this.#attest(chain);
    else await this.#sign(chain);
    return step.type !== "idle";
  }

  async #sign({ gateway, follower }: ValidatedChain & { follower: GatewayFollower }): Promise<void> {
    const { chainId, address, name } = gateway;
    const { tree } = follower;
    const last = this.#store.lastSigned(chainId, address);
    // A history that is shorter than what was signed cannot be compared with it yet.
    if (last !== undefined && tree.count <= last.index) return;
    if (last !== undefined && tree.root(last.index + 1) !== last.root) {
      if (this.#contradicted.has(chainId)) return;
      this.#contradicted.add(chainId);
      throw new BaseError(
        "WOULD_EQUIVOCATE",
        `${name} now shows another outbox than was signed at index ${last.index}.`,
        {
          details: `Signed root ${last.root}, the chain's events give ${tree.root(last.index + 1)}: the chain was reorganized deeper than its finality rule, or replaced.`,
          next: "Find out which history is right before this validator signs for the chain again.",
        },
      );
    }
    this.#contradicted.delete(chainId);
    const domain = checkpointDomain({ chainId, gateway: address });
    // At most as many as a source gives at once: the newest prove all before them.
    const boundaries = this.#store.boundaries(chainId, last?.index ?? -1).slice(-SIGN_LIMIT);
    // Roots that nobody compared with the gateway's own are not signed.
    if (boundaries.length === 0 || !(await follower.check())) return;
    const signed: SignedCheckpoint[] = [];
    for (const index of boundaries) {
      const root = tree.root(index + 1);
      signed.push({
        index,
        root,
        signature: await this.#wallet.signTypedData(domain, CHECKPOINT_TYPES, { root, index }),
      });
    }
    this.#store.saveSigned(chainId, address, signed);
    for (const { index, root } of signed) {
      this.#listener({ type: "checkpoint-signed", chain: name, validator: this.address, index, root });
    }
  }

  /** Attests the blocks with messages. */
  async #attest({ gateway }: ValidatedChain): Promise<void> {
    const { chainId, address, name } = gateway;
    const last = this.#store.lastAttested(chainId, address);
    const blocks = this.#store.blocksAfter(chainId, last?.number ?? -1).slice(0, SIGN_LIMIT);
    if (blocks.length === 0) return;
    if (last !== undefined && (await gateway.header(last.number))?.hash !== last.blockHash) {
      if (this.#contradicted.has(chainId)) return;
      this.#contradicted.add(chainId);
      throw new BaseError(
        "WOULD_EQUIVOCATE",
        `${name} no longer has the block ${last.number} that was attested.`,
        {
          details: `Attested was ${last.blockHash}: the chain was reorganized deeper than its finality rule, or replaced.`,
          next: "Find out which history is right before this validator signs for the chain again.",
        },
      );
    }
    this.#contradicted.delete(chainId);
    const domain = headerDomain({ chainId, gateway: address });
    const attested: AttestedBlock[] = [];
    for (const { number, hash: blockHash } of blocks) {
      const signature = await this.#wallet.signTypedData(domain, HEADER_TYPES, { blockHash, number });
      attested.push({ number, blockHash, signature });
    }
    this.#store.saveAttested(chainId, address, attested);
    for (const { number, blockHash } of attested) {
      this.#listener({ type: "block-attested", chain: name, validator: this.address, number, blockHash });
    }
  }

  #trouble({ gateway }: ValidatedChain, error: unknown): void {
    this.#listener({ type: "trouble", chain: gateway.name, doing: `signing as ${this.address}`, error });
  }
}
