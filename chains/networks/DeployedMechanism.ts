import type { Artifact } from "@nomicfoundation/ignition-core";

/** A contract that is deployed without arguments: the name of its artifact, or the artifact of one built elsewhere. */
export type PlainContract = string | Artifact;

/** A mechanism's contracts, as a deployment needs them. */
export interface DeployedMechanism {
  /** Whether publishers run a service for it. */
  readonly isServed?: boolean;
  /** Its name in the network file. */
  readonly name: string;
  /** For the main and the relay chain. */
  readonly policy: PlainContract;
  /** For subchains. */
  readonly meter: PlainContract;
}
