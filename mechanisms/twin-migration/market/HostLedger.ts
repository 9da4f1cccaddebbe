import { z } from "zod";

import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import type { EventsOf } from "../../../protocol/contracts.ts";
import type { migrationContracts } from "../contracts.ts";
import { word } from "../talk/messages.ts";
import { countSchema, migrationSchema, partySchema } from "./ledgerState.ts";

/** An event of the hosts on a subchain. */
export type HostEvent = ChainEvent<EventsOf<typeof migrationContracts.TwinHosts>>;

/** Events that a server needs of its subchain. */
export const HOST_EVENTS = ["HostChanged", "TwinDropped", "RootPosted", "ReleaseArrived"] as const;

/** So many epochs are remembered whose roots are anchored, the latest: roots are posted for the last ten. */
const REMEMBERED_EPOCHS = 32;

/** What a HostLedger knows, in a file. */
export const hostSchema = z.strictObject({
  came: z.array(z.strictObject({ vehicle: partySchema, migration: migrationSchema, stateHash: word })),
  anchored: z.array(countSchema),
  closed: z.int().min(-1),
});
export type HostState = z.infer<typeof hostSchema>;

/** How a twin came to a server: by which migration, with which state. */
export interface Coming {
  readonly migration: bigint;
  readonly stateHash: string;
}

/**
 * What a subchain's events tell a server of itself: whose twins came to it and have not left, and its roots. A fold of
 * them, and of where main says that twins are: of a hand-over to another subchain this one does not hear.
 */
export class HostLedger {
  readonly came = new Map<string, Coming>();
  readonly anchored = new Set<number>();
  readonly #own: string;
  readonly #hasLeft: (vehicle: string, migration: bigint) => boolean;
  #closed = -1;

  /**
   * @param own - The server.
   * @param hasLeft - Whether main told of a hand-over of a twin by a later migration than one: by that one it is not here.
   */
  constructor(own: string, hasLeft: (vehicle: string, migration: bigint) => boolean) {
    this.#own = own;
    this.#hasLeft = hasLeft;
  }

  /** The last epoch whose root is posted; -1 before there is one. */
  get closed(): number {
    return this.#closed;
  }

  /** Takes the next event of the chain. */
  add(event: HostEvent): void {
    if (event.name === "RootPosted" && event.args.server === this.#own) {
      this.anchored.add(event.args.epoch);
      this.#closed = Math.max(this.#closed, event.args.epoch);
      for (const epoch of this.anchored) {
        if (epoch + REMEMBERED_EPOCHS <= this.#closed) this.anchored.delete(epoch);
      }
    }
    if (event.name === "TwinDropped" && event.args.server === this.#own) this.came.delete(event.args.vehicle);
    if (event.name !== "HostChanged") return;
    const { vehicle, server, migration, stateHash } = event.args;
    // Main tells by itself, and may have told first.
    if (server !== this.#own || this.#hasLeft(vehicle, migration)) this.came.delete(vehicle);
    else this.came.set(vehicle, { migration, stateHash });
  }

  /** Main told where a twin is, or where all are: what has left is not known here any more. */
  look(vehicle?: string): void {
    for (const one of vehicle === undefined ? [...this.came.keys()] : [vehicle]) {
      const came = this.came.get(one);
      if (came !== undefined && this.#hasLeft(one, came.migration)) this.came.delete(one);
    }
  }

  /** A copy of all that it knows. */
  state(): HostState {
    return {
      came: [...this.came].map(([vehicle, one]) => ({ vehicle, ...one })),
      anchored: [...this.anchored],
      closed: this.#closed,
    };
  }

  /** Knows what it knew before, and nothing else; nothing at all where nothing is given. */
  restore(state: HostState | undefined): void {
    this.came.clear();
    this.anchored.clear();
    this.#closed = state?.closed ?? -1;
    for (const epoch of state?.anchored ?? []) this.anchored.add(epoch);
    for (const { vehicle, ...came } of state?.came ?? []) this.came.set(vehicle, came);
    this.look();
  }
}
