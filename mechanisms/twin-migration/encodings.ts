import { keccak256 } from "ethers";

import type { Arguments } from "../../protocol/abiTypes.ts";
import type { IMigrationEncodings } from "./abi/IMigrationEncodings.ts";
import { migrationContracts } from "./contracts.ts";

type Encoded<N extends "report" | "handOver" | "completion" | "synchronization"> = Arguments<
  typeof IMigrationEncodings.abi,
  N
>[0];

/** What subchains say of a hand-over: the body of the market's messages (MigrationTypes.sol). */
export type HandOverReport = Encoded<"report">;
/** A vehicle's order to hand its twin over. */
export type HandOver = Encoded<"handOver">;
/** A completed migration as one of its parties saw it. */
export type Completion = Encoded<"completion">;
/** A synchronization of a twin. */
export type Synchronization = Encoded<"synchronization">;
/** A signature of a completion with the signer's own end. */
export interface Stamp {
  /** Unix ms; 0: this party did not sign. */
  endMs: bigint;
  /** As in EIP-2098, hex. */
  r: string;
  yParityAndS: string;
}

/** Names of the enumerations of MigrationTypes.sol, in the order of their values. */
export const migrationEnums = {
  TwinMessageKind: ["Released", "HandedOver"],
  ServerKind: ["None", "Edge", "Cloud"],
  MigrationStatus: ["None", "Requested", "Accepted", "Attested", "Disputed", "Settled"],
  MigrationOutcome: ["None", "Completed", "Late", "Failed", "Expired", "Cancelled", "Resolved"],
} as const;

export type TwinMessageKind = (typeof migrationEnums.TwinMessageKind)[number];
export type ServerKind = (typeof migrationEnums.ServerKind)[number];
export type MigrationStatus = (typeof migrationEnums.MigrationStatus)[number];
export type MigrationOutcome = (typeof migrationEnums.MigrationOutcome)[number];

const { IMigrationEncodings: encodings } = migrationContracts;

export const encodeReport = (report: HandOverReport): string => encodings.encodeArguments("report", [report]);
/** @throws BaseError `MALFORMED_DATA` */
export const decodeReport = (body: string): HandOverReport =>
  encodings.decodeArguments("report", body).report;

/** Key of an order (ITwinHosts.keyOf). */
export const keyOfOrder = (order: HandOver): string =>
  keccak256(encodings.encodeArguments("handOver", [order]));

/** Leaf of a root of synchronizations. */
export const leafOfSynchronization = (synchronization: Synchronization): string =>
  keccak256(encodings.encodeArguments("synchronization", [synchronization]));
