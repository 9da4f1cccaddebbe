import { Signature } from "ethers";

import type { ChainAccount } from "../chains/ChainClient.ts";
import type { GatewayClient } from "../chains/relay.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { type Checkpoint, type CheckpointDomain, checkpointSigner } from "../protocol/checkpoint.ts";
import { parseInteroperable } from "../protocol/interoperableAddress.ts";
import { OUTBOX_DEPTH } from "../protocol/MerkleTree.ts";
import type { CheckpointStore, SignedCheckpoint } from "./CheckpointStore.ts";
import type { Outbox, SentMessage } from "./Outbox.ts";
import type { RelayListener } from "./RelayEvent.ts";

/** Waiting times between attempts, milliseconds: doubled from the first to the last. */
const FIRST_RETRY_MILLISECONDS = 100;
const LAST_RETRY_MILLISECONDS = 10_000;
/** How often a lane looks for signatures of messages that wait for them. */
const LOOK_MILLISECONDS = 60;

/** A chain that messages are delivered to. */
export interface Destination {
  gateway: GatewayClient;
  account: ChainAccount;
}

interface Pending {
  message: SentMessage;
  attempts: number;
  notBefore: number;
}

interface Claim {
  validator: string;
  signed: SignedCheckpoint;
}

/**
 * Proves and delivers messages. It is untrusted and keeps no state of its own:
 * started again, it reads the outboxes from the beginning and skips what the
 * destinations have processed. A message that fails is tried again for ever and
 * holds up no other.
 */
export class Relayer {
  readonly #outboxes: readonly Outbox[];
  readonly #destinations: ReadonlyMap<bigint, Destination>;
  readonly #store: CheckpointStore;
  readonly #listener: RelayListener;
  readonly #clock: () => number;
  readonly #stop = new AbortController();
  readonly #lanes = new Map<string, Promise<void>>();
  /** Troubles with stored signatures that were told. */
  readonly #told = new Set<string>();

  constructor(modules: {
    outboxes: readonly Outbox[];
    destinations: readonly Destination[];
    store: CheckpointStore;
    listener: RelayListener;
    /** Milliseconds since any fixed time. */
    clock: () => number;
  }) {
    this.#outboxes = modules.outboxes;
    this.#destinations = new Map(modules.destinations.map((to) => [to.gateway.client.chainId, to]));
    this.#store = modules.store;
    this.#listener = modules.listener;
    this.#clock = modules.clock;
  }

  /** Begins to deliver; the outboxes are started by their owner. */
  start(): void {
    for (const outbox of this.#outboxes) {
      const lanes = new Map<bigint, Pending[]>();
      outbox.subscribe((message) => {
        const { name } = outbox.gateway.client;
        const chainId = this.#destinationOf(message, name);
        if (chainId === undefined) return;
        this.#listener({
          type: "message-sent",
          chain: name,
          messageId: message.id,
          nonce: message.nonce,
          destination: chainId,
        });
        const to = this.#destinations.get(chainId);
        if (to === undefined) return;
        let lane = lanes.get(chainId);
        if (lane === undefined) {
          lane = [];
          lanes.set(chainId, lane);
          this.#lanes.set(`${name} → ${to.gateway.client.name}`, this.#run(outbox, to, lane));
        }
        lane.push({ message, attempts: 0, notBefore: 0 });
      });
    }
  }

  /** Ends delivering once the attempts under way are over. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#lanes.values());
  }

  /** The chain that a message is for; undefined when its recipient, which anyone may choose, is no EVM account. */
  #destinationOf({ nonce, recipient }: SentMessage, chain: string): bigint | undefined {
    try {
      return parseInteroperable(recipient).chainId;
    } catch (error) {
      this.#listener({ type: "trouble", chain, doing: `finding out whom message ${nonce} is for`, error });
      return undefined;
    }
  }

  /** One lane: the messages of one origin for one destination, in their order as far as none fails. */
  async #run(outbox: Outbox, to: Destination, lane: Pending[]): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const due = lane.filter(({ notBefore }) => notBefore <= this.#clock());
      const checkpoint = due.length === 0 ? undefined : await this.#trySigned(outbox, to, due);
      for (const pending of due) {
        if (signal.aborted || checkpoint === undefined || pending.message.nonce > checkpoint.index) break;
        if (await this.#deliver(outbox, to, pending, checkpoint)) lane.splice(lane.indexOf(pending), 1);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, LOOK_MILLISECONDS);
        function done() {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          resolve();
        }
        signal.addEventListener("abort", done, { once: true });
      });
    }
  }

  async #trySigned(outbox: Outbox, to: Destination, due: readonly Pending[]) {
    try {
      return await this.#signedCheckpoint(outbox, to, due[0]!.message.nonce);
    } catch (error) {
      for (const pending of due) {
        pending.attempts++;
        this.#fail(to, pending, error);
      }
      return undefined;
    }
  }

  /** The newest checkpoint at or after `nonce` that enough of the destination's validators signed: it proves all before. */
  async #signedCheckpoint(outbox: Outbox, to: Destination, nonce: number) {
    const { chainId } = outbox.gateway.client;
    const { threshold, validators } = await to.gateway.remoteOf(chainId);
    const domain = { chainId, gateway: outbox.gateway.address };
    for (let index = outbox.tree.count - 1; index >= nonce; index--) {
      // The gateway lists validators in ascending order and wants signatures in the same.
      const claims = validators.flatMap((validator) => this.#claimOf(validator, outbox, index));
      if (claims.length < threshold) continue;
      const checkpoint = { root: outbox.tree.root(OUTBOX_DEPTH, index + 1), index };
      const signatures = claims.flatMap((claim) => trueSignature(domain, checkpoint, claim));
      if (signatures.length < threshold) continue;
      return { ...checkpoint, signatures: signatures.slice(0, threshold) };
    }
    return undefined;
  }

  /** What the store, which may lie, says that a validator signed at an index. */
  #claimOf(validator: string, outbox: Outbox, index: number): Claim[] {
    const { chainId, name: chain } = outbox.gateway.client;
    try {
      const signed = this.#store.get(chainId, validator, index);
      return signed === undefined ? [] : [{ validator, signed }];
    } catch (error) {
      const doing = `reading what validator ${validator} signed`;
      const told = `${doing}: ${String(error)}`;
      if (!this.#told.has(told)) this.#listener({ type: "trouble", chain, doing, error });
      this.#told.add(told);
      return [];
    }
  }

  async #deliver(
    outbox: Outbox,
    to: Destination,
    pending: Pending,
    { root, index, signatures }: Checkpoint & { signatures: string[] },
  ): Promise<boolean> {
    const { message } = pending;
    pending.attempts++;
    try {
      if (await to.gateway.isDelivered(message.id)) return true;
      const branch = outbox.tree.branch(message.nonce, OUTBOX_DEPTH, index + 1);
      const { nonce, sender, recipient, payload } = message;
      await to.gateway.deliver(to.account, {
        message: { nonce, sender, recipient, payload },
        branch,
        checkpoint: { root, index },
        signatures,
      });
      this.#listener({
        type: "message-delivered",
        chain: to.gateway.client.name,
        origin: outbox.gateway.client.name,
        messageId: message.id,
        nonce,
        attempts: pending.attempts,
      });
      return true;
    } catch (error) {
      // Another relayer was first.
      if (error instanceof ContractRevert && error.code === "AlreadyDelivered") return true;
      this.#fail(to, pending, error);
      return false;
    }
  }

  #fail(to: Destination, pending: Pending, error: unknown): void {
    const wait = Math.min(
      LAST_RETRY_MILLISECONDS,
      FIRST_RETRY_MILLISECONDS * 2 ** Math.min(pending.attempts, 10),
    );
    pending.notBefore = this.#clock() + wait;
    this.#listener({
      type: "delivery-failed",
      chain: to.gateway.client.name,
      messageId: pending.message.id,
      attempts: pending.attempts,
      retrySeconds: wait / 1000,
      error:
        error instanceof BaseError
          ? error
          : new BaseError("DELIVERY_FAILED", "A message could not be delivered.", {
              details: String(error),
              cause: error,
            }),
    });
  }
}

/** The signature of a claim when it is the validator's and of this checkpoint; none otherwise. */
function trueSignature(
  domain: CheckpointDomain,
  checkpoint: Checkpoint,
  { validator, signed }: Claim,
): string[] {
  if (signed.root !== checkpoint.root) return [];
  try {
    // In the one form that gateways take: the same signature can be written in several.
    const signature = Signature.from(signed.signature).serialized;
    return checkpointSigner(domain, checkpoint, signature) === validator ? [signature] : [];
  } catch {
    return [];
  }
}
