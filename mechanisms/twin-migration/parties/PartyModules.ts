import type { ChainClient } from "../../../chains/clients/ChainClient.ts";
import type { KeySigner } from "../../../chains/keys/KeySigner.ts";
import type { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import type { RandomSource } from "../../../numerics/RandomSource.ts";
import type { Clock } from "../../../protocol/Clock.ts";
import type { HealthSource } from "../../../protocol/PartHealth.ts";
import type { ListenPlace } from "../../../protocol/ServerTls.ts";
import type { ContentStore } from "../../../storage/ContentStore.ts";
import type { PartyListener } from "./PartyEvent.ts";

/** What a party works with. */
export interface PartyModules {
  clients: NetworkClients;
  storage: ContentStore;
  /** Its key. */
  signer: KeySigner;
  /** A directory of its own, for what it must find again. */
  directory: string;
  /** Where its server listens that others reach at a URL. */
  placeOf: (url: string) => ListenPlace;
  /** Tells main's time. */
  clock: Clock;
  /** A clock that tells a chain's time: a local chain's may be seconds behind the machine's, and others' elsewhere. */
  clockOf: (client: ChainClient) => Promise<Clock>;
  random: RandomSource;
  fetch: typeof globalThis.fetch;
  listener: PartyListener;
}

/** A party that runs. */
export interface RunningParty {
  /** Resolves once it has nothing left to do by itself; of servers and keepers never. */
  readonly done: Promise<void>;
  readonly health?: HealthSource;
  stop(): Promise<void>;
}
