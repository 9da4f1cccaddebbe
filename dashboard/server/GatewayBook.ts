import type { ChainEvent } from "../../chains/clients/ChainEvent.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { BookPlace, TimedEvent } from "./BookPlace.ts";
import { MOST_KEPT } from "./bounds.ts";
import { chainOf } from "./chainOf.ts";
import { readPayload, type SaidInPayload } from "./readPayload.ts";

/** A message that the chain's gateway sent. */
export interface SentFact extends BookPlace {
  readonly id: string;
  readonly nonce: number;
  readonly sender: string;
  readonly recipient: string;
  /** Chain id that its recipient is on; undefined of none. */
  readonly destination: bigint | undefined;
  /** What it says, as far as it is one of tasks. */
  readonly said: SaidInPayload | undefined;
}

/** A refusal of a message's recipient. */
export interface RefusedFact extends BookPlace {
  /** Revert data. */
  readonly reason: string;
}

/** The way from another chain as this one's gateway has it. */
export interface RouteFact {
  verifier: string;
  opened: BookPlace;
  paused: (BookPlace & { by: string }) | undefined;
  frozen: (BookPlace & { by: string }) | undefined;
  limit: { burst: number; perMinute: number } | undefined;
}

/** Who vouches for another chain. */
export interface VouchingFact {
  threshold: number;
  addresses: readonly string[];
}

/** What a gateway sent and delivered, its routes, and what its verifiers believe. */
export class GatewayBook {
  /** By id, in the order of the outbox. */
  readonly sent = new Map<string, SentFact>();
  readonly announced = new Map<string, BookPlace>();
  /** Messages of other chains that were delivered here, by id. */
  readonly delivered = new Map<string, BookPlace>();
  readonly refused = new Map<string, RefusedFact>();
  /** By chain id of the origin. */
  readonly routes = new Map<bigint, RouteFact>();
  /** By verifier, in small letters, and chain id of whom it believes them about. */
  readonly validators = new Map<string, VouchingFact>();
  readonly scheduled = new Map<string, VouchingFact & { activeFrom: number }>();
  /** What was sent in each transaction that also delivered: which message brought about which. */
  readonly deliveredIn = new Map<string, string[]>();
  readonly sentIn = new Map<string, string[]>();
  /** Ids of messages of which something changed since it was last asked. */
  readonly changed = new Set<string>();
  /** How many that were sent are not kept any more, and all that were. */
  dropped = 0;
  /** Whether routes or validators changed since it was last asked. */
  hasNewRoutes = false;
  #inserted: { id: string; nonce: number } | undefined;

  /** Takes the next event of the chain. @returns Whether it is one of a gateway or a verifier. */
  add(event: TimedEvent, place: BookPlace): boolean {
    const { contract } = event;
    if (contract === contracts.Gateway.name) {
      this.#gateway(event as unknown as ChainEvent, place);
      return true;
    }
    if (contract !== contracts.CheckpointVerifier.name && contract !== contracts.HeaderVerifier.name)
      return false;
    this.#verifier(event as unknown as ChainEvent);
    return true;
  }

  #gateway(event: ChainEvent, place: BookPlace): void {
    // Both events of a message are of one call, the insertion first; a later insertion announces it again.
    const inserted = this.#inserted;
    this.#inserted = undefined;
    switch (event.name) {
      case "MessageInserted": {
        const { messageId: id, nonce } = event.args;
        if (this.sent.has(id)) this.#announce(id, place);
        else this.#inserted = { id, nonce };
        break;
      }
      case "MessageSent": {
        const { sendId: id, sender, recipient, payload } = event.args;
        if (inserted?.id !== id) break;
        this.#send({ ...inserted, sender, recipient, payload }, place);
        break;
      }
      case "MessageDelivered": {
        const id = event.args.messageId;
        this.delivered.set(id, place);
        this.refused.delete(id);
        listed(this.deliveredIn, place.transaction, id);
        bound(this.delivered, MOST_KEPT.delivered);
        bound(this.deliveredIn, MOST_KEPT.delivered);
        this.changed.add(id);
        break;
      }
      case "MessageRefused":
        this.refused.set(event.args.messageId, { ...place, reason: event.args.reason });
        bound(this.refused, MOST_KEPT.sent);
        this.changed.add(event.args.messageId);
        break;
      default:
        this.#route(event, place);
    }
  }

  #announce(id: string, place: BookPlace): void {
    this.announced.set(id, place);
    bound(this.announced, MOST_KEPT.sent);
    this.changed.add(id);
  }

  #send(
    message: { id: string; nonce: number; sender: string; recipient: string; payload: string },
    place: BookPlace,
  ): void {
    const { id, nonce, sender, recipient, payload } = message;
    const destination = chainOf(recipient);
    this.sent.set(id, { id, nonce, sender, recipient, destination, said: readPayload(payload), ...place });
    listed(this.sentIn, place.transaction, id);
    this.dropped += bound(this.sent, MOST_KEPT.sent);
    bound(this.sentIn, MOST_KEPT.sent);
    this.changed.add(id);
  }

  #route(event: ChainEvent, place: BookPlace): void {
    if (!("chainId" in event.args)) return;
    this.hasNewRoutes = true;
    const chainId = event.args.chainId as bigint;
    if (event.name === "RouteOpened") {
      const { verifier } = event.args;
      const before = this.routes.get(chainId);
      this.routes.set(chainId, {
        verifier,
        opened: place,
        paused: undefined,
        frozen: undefined,
        limit: before?.limit,
      });
      return;
    }
    const route = this.routes.get(chainId);
    if (route === undefined) return;
    if (event.name === "RoutePaused") route.paused = { ...place, by: event.args.by };
    if (event.name === "RouteUnpaused") route.paused = undefined;
    if (event.name === "RouteFrozen") route.frozen = { ...place, by: event.args.by };
    if (event.name === "RouteUnfrozen") route.frozen = undefined;
    if (event.name === "VerifierChanged") route.verifier = event.args.verifier;
    if (event.name === "LimitSet") {
      const { burst, perMinute } = event.args;
      route.limit = burst === 0 && perMinute === 0 ? undefined : { burst, perMinute };
    }
  }

  #verifier(event: ChainEvent): void {
    if (!("chainId" in event.args)) return;
    this.hasNewRoutes = true;
    const key = vouchingKey(event.address, event.args.chainId as bigint);
    if (event.name === "ValidatorsChanged") {
      this.validators.set(key, { threshold: event.args.threshold, addresses: event.args.validators });
      this.scheduled.delete(key);
    }
    if (event.name === "ValidatorsScheduled") {
      const { threshold, validators: addresses, activeFrom } = event.args;
      this.scheduled.set(key, { threshold, addresses, activeFrom });
    }
    if (event.name === "ValidatorsCancelled") this.scheduled.delete(key);
  }
}

/** Under what a verifier's set of validators is kept. */
export function vouchingKey(verifier: string, chainId: bigint): string {
  return `${verifier.toLowerCase()}/${chainId}`;
}

function listed(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (list.length < 64) list.push(value);
}

/** Drops the oldest beyond a bound. @returns How many. */
function bound(map: Map<string, unknown>, most: number): number {
  let dropped = 0;
  for (const key of map.keys()) {
    if (map.size <= most) break;
    map.delete(key);
    dropped++;
  }
  return dropped;
}
