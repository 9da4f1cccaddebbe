import type { KeySource } from "../chains/keys/KeySource.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import type { Clock } from "../protocol/Clock.ts";
import type { HealthSource } from "../protocol/PartHealth.ts";
import type { ListenPlace } from "../protocol/ServerTls.ts";

/** Which publisher's service it is, and where it keeps what it must find again. */
export interface ServiceOptions {
  network: NetworkFile;
  /** Place in the network file's list, from 0: it says with whose key it signs, and where it listens. */
  index: number;
  /** A directory of its own. */
  directory: string;
  /** Where a server listens that others reach at a URL; at that URL unless given. */
  placeOf?: (url: string) => ListenPlace;
}

/** What a service works with. */
export interface ServiceModules {
  clock: Clock;
  /** Where the publisher's key is; the public development keys unless given. */
  keys?: KeySource;
  /** Told in a sentence of what it did, and of what went wrong here. */
  onDone: (sentence: string) => void;
  onError: (error: unknown) => void;
}

/** A service that is up. */
export interface RunningService {
  url: string;
  /** How it is; well as long as it runs unless given. */
  health?: HealthSource;
  stop(): Promise<void>;
}

/** What a mechanism has publishers run: `./freshet task serve <mechanism>`. */
export interface MechanismService {
  /** What it is for, in a few words. */
  readonly about: string;
  /**
   * Begins to serve, also while chains are down.
   *
   * @throws `UNKNOWN_SERVICE`, `OTHER_KEY`, `PORT_IN_USE`, `LISTEN_FAILED`.
   */
  start(options: ServiceOptions, modules: ServiceModules): Promise<RunningService>;
}
