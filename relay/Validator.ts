import type { BaseWallet } from "ethers";

import { BaseError } from "../protocol/BaseError.ts";
import { CHECKPOINT_TYPES, checkpointDomain } from "../protocol/checkpoint.ts";
import { OUTBOX_DEPTH } from "../protocol/MerkleTree.ts";
import type { CheckpointStore } from "./CheckpointStore.ts";
import type { Outbox, SentMessage } from "./Outbox.ts";
import type { RelayListener } from "./RelayEvent.ts";

/**
 * Signs a checkpoint for every message in the outboxes it watches, so that
 * independent validators always have checkpoints in common. It remembers what it
 * signed across restarts and never signs two roots for one index: a chain that
 * shows another history than it signed gets no further signature.
 */
export class Validator {
  readonly address: string;
  readonly #wallet: BaseWallet;
  readonly #outboxes: readonly Outbox[];
  readonly #store: CheckpointStore;
  readonly #listener: RelayListener;
  /** Outboxes that contradict what was signed. */
  readonly #contradicted = new Set<Outbox>();
  #signing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    wallet: BaseWallet,
    modules: { outboxes: readonly Outbox[]; store: CheckpointStore; listener: RelayListener },
  ) {
    this.address = wallet.address;
    this.#wallet = wallet;
    this.#outboxes = modules.outboxes;
    this.#store = modules.store;
    this.#listener = modules.listener;
  }

  /** Begins to sign; the outboxes are started by their owner. */
  start(): void {
    for (const outbox of this.#outboxes) {
      outbox.subscribe((message) => {
        this.#signing = this.#signing
          .then(() =>
            this.#stopped || this.#contradicted.has(outbox) ? undefined : this.#sign(outbox, message),
          )
          .catch((error: unknown) =>
            this.#listener({
              type: "trouble",
              chain: outbox.gateway.client.name,
              doing: "signing a checkpoint",
              error,
            }),
          );
      });
    }
  }

  /** Ends signing once what was begun is on disk. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#signing;
  }

  async #sign(outbox: Outbox, { nonce: index }: SentMessage): Promise<void> {
    const { client, address: gateway } = outbox.gateway;
    const root = outbox.tree.root(OUTBOX_DEPTH, index + 1);
    const signed = this.#store.get(client.chainId, this.address, index);
    if (signed !== undefined) {
      if (signed.root === root) return;
      this.#contradicted.add(outbox);
      throw new BaseError(
        "WOULD_EQUIVOCATE",
        `${client.name} now shows another outbox than was signed at index ${index}.`,
        {
          details: `Signed root ${signed.root}, the chain's events give ${root}: the chain was reorganized or replaced.`,
          next: "Find out which history is right before this validator signs for the chain again.",
        },
      );
    }
    const domain = checkpointDomain({ chainId: client.chainId, gateway });
    const signature = await this.#wallet.signTypedData(domain, CHECKPOINT_TYPES, { root, index });
    this.#store.append(client.chainId, this.address, { root, index, signature });
    this.#listener({ type: "checkpoint-signed", chain: client.name, validator: this.address, index, root });
  }
}
