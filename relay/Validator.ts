import type { FinalityRule } from "../chains/clients/finality.ts";
import type { GatewayClient } from "../chains/clients/GatewayClient.ts";
import type { KeySigner } from "../chains/keys/KeySigner.ts";
import type { ProofKind } from "../chains/proofs/proofKinds.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import type { HintSource } from "./Hints.ts";
import type { Fact, Voucher } from "./proofs/Fact.ts";
import type { ProofScheme } from "./proofs/ProofScheme.ts";
import { PROOF_SCHEMES } from "./proofs/proofSchemes.ts";
import type { VoucherSource } from "./proofs/VoucherSource.ts";
import type { RelayListener } from "./RelayEvent.ts";
import { GatewayFollower } from "./reading/GatewayFollower.ts";
import { repeat } from "./repeat.ts";
import type { ValidatorStore } from "./store/ValidatorStore.ts";

/** Vouchers that a source gives at once. */
const SOURCE_LIMIT = 256;
/** Facts that are signed at once. */
const SIGN_LIMIT = 32;

/** What tells that a chain has not, or no longer, what was signed of it. */
const CONTRADICTIONS: ReadonlySet<string> = new Set(["WOULD_EQUIVOCATE", "CHAIN_SET_BACK"]);

/** A chain that a validator vouches for. */
export interface ValidatedChain {
  gateway: GatewayClient;
  /** Block in which the gateway was deployed, or one before. */
  fromBlock: number;
  finality: FinalityRule;
  /** What its messages are proven with. */
  proofs: ProofKind;
  /** Told when an endpoint announces a new block; nobody is unless given. */
  onHead?: HintSource | undefined;
}

/** The same as it is read. */
interface FollowedChain {
  gateway: GatewayClient;
  scheme: ProofScheme;
  follower: GatewayFollower;
  onHead: HintSource | undefined;
}

/**
 * Vouches for the histories of chains, as each chain's kind of proof wants it. It
 * reads only what is final under the chain's finality rule. What it signed is on the disk
 * before anyone sees it; a history that contradicts it gets no further signature.
 */
export class Validator {
  readonly address: string;
  readonly #wallet: KeySigner;
  readonly #store: ValidatorStore;
  readonly #clock: Clock;
  readonly #listener: RelayListener;
  readonly #pollMilliseconds: number;
  readonly #chains: readonly FollowedChain[];
  /** Chains whose contradiction was told, with the code of what was told. */
  readonly #contradicted = new Map<bigint, string>();
  #running: Promise<unknown> | undefined;
  readonly #stop = new AbortController();

  constructor(
    options: { chains: readonly ValidatedChain[]; pollMilliseconds: number },
    modules: { wallet: KeySigner; store: ValidatorStore; clock: Clock; listener: RelayListener },
  ) {
    this.address = modules.wallet.address;
    this.#wallet = modules.wallet;
    this.#store = modules.store;
    this.#clock = modules.clock;
    this.#listener = modules.listener;
    this.#pollMilliseconds = options.pollMilliseconds;
    this.#chains = options.chains.map(({ gateway, fromBlock, finality, proofs, onHead }) => {
      const scheme = PROOF_SCHEMES[proofs];
      const follower = new GatewayFollower(
        { fromBlock, finality, ...scheme.vouching.follows },
        { gateway, store: modules.store },
      );
      return { gateway, scheme, follower, onHead };
    });
  }

  /** What it signed, for relayers in the same process and for the server that gives it to others. */
  get source(): VoucherSource {
    return {
      validator: this.address,
      vouchers: async (kind, chainId, gateway, from) => {
        const { newestFirst } = PROOF_SCHEMES[kind].wire;
        return this.#store.vouchers.from({ kind, chainId, gateway }, from, {
          limit: SOURCE_LIMIT,
          newestFirst,
        });
      },
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
          { signal, pollMilliseconds, hints: chain.onHead },
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
  async #tick(chain: FollowedChain): Promise<boolean> {
    const step = await chain.follower.step();
    if (step.type === "rewound") {
      const { from, to } = step;
      this.#listener({
        type: "chain-reorganized",
        chain: chain.gateway.name,
        by: this.address,
        from: from.number,
        to: to?.number,
      });
    }
    const isBusy = await this.#vouch(chain);
    return isBusy || step.type !== "idle";
  }

  /** Signs what is due. @returns Whether there may be more. */
  async #vouch(chain: FollowedChain): Promise<boolean> {
    const { gateway, scheme } = chain;
    const { kind, vouching } = scheme;
    const domain = { chainId: gateway.chainId, gateway: gateway.address };
    const where = { kind, ...domain };
    const facts = await this.#due(chain, this.#store.vouchers.last(where), this.#store.vouchers.fence(where));
    if (facts.length === 0) return false;
    const vouchers: Voucher[] = [];
    for (const fact of facts) {
      vouchers.push({ ...fact, signature: await vouching.sign(this.#wallet, domain, fact) });
    }
    this.#store.vouchers.save(where, vouchers);
    for (const fact of facts) {
      this.#listener({ type: "vouched", kind, chain: gateway.name, validator: this.address, ...fact });
    }
    return facts.length === SIGN_LIMIT;
  }

  /** What is to be signed now. A contradiction of what was signed is told once, and ends signing while it lasts. */
  async #due(
    { gateway, scheme, follower }: FollowedChain,
    last: Fact | undefined,
    fence: number,
  ): Promise<Fact[]> {
    const { chainId } = gateway;
    try {
      const chain = { gateway, follower, leaves: this.#store.leaves };
      const facts = await scheme.vouching.due(chain, last, SIGN_LIMIT, fence);
      if (facts !== undefined) this.#contradicted.delete(chainId);
      return facts ?? [];
    } catch (error) {
      if (!(error instanceof BaseError) || !CONTRADICTIONS.has(error.code)) throw error;
      if (this.#contradicted.get(chainId) === error.code) return [];
      this.#contradicted.set(chainId, error.code);
      throw error;
    }
  }

  #trouble({ gateway }: FollowedChain, error: unknown): void {
    this.#listener({ type: "trouble", chain: gateway.name, doing: `signing as ${this.address}`, error });
  }
}
