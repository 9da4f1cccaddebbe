import type { Arguments } from "../../protocol/abiTypes.ts";
import { remembering } from "../remembering.ts";
import type { IAoIEncodings } from "./abi/IAoIEncodings.ts";
import { aoiContracts } from "./contracts.ts";

type Encoded<N extends "terms" | "choice" | "work" | "totals"> = Arguments<typeof IAoIEncodings.abi, N>[0];

/** Terms of the AoI contract: the bonus B ≥ 1, wei, and the menu. */
export type AoITerms = Encoded<"terms">;
/** An item: θ_n, seconds; R_n for an epoch, wei; δ_n of the type it is meant for, wei an update. */
export type MenuItem = AoITerms["menu"][number];
/** What a worker enrols with: its item, from 0. */
export type AoIChoice = Encoded<"choice">;
/** What a worker did: its item, seconds covered, and Σ gap², s². */
export type AoIWork = Encoded<"work">;
/** Sums over workers. */
export type AoITotals = Encoded<"totals">;

const { IAoIEncodings: encodings } = aoiContracts;

export const encodeTerms = (terms: AoITerms): string => encodings.encodeArguments("terms", [terms]);
/** @throws BaseError `MALFORMED_DATA` */
export const decodeTerms = remembering(
  (bytes: string): AoITerms => encodings.decodeArguments("terms", bytes).terms,
);
export const encodeChoice = (choice: AoIChoice): string => encodings.encodeArguments("choice", [choice]);
/** @throws BaseError `MALFORMED_DATA` */
export const decodeChoice = remembering(
  (bytes: string): AoIChoice => encodings.decodeArguments("choice", bytes).choice,
);
export const encodeWork = (work: AoIWork): string => encodings.encodeArguments("work", [work]);
/** @throws BaseError `MALFORMED_DATA` */
export const decodeWork = (bytes: string): AoIWork => encodings.decodeArguments("work", bytes).work;
export const encodeTotals = (totals: AoITotals): string => encodings.encodeArguments("totals", [totals]);
/** @throws BaseError `MALFORMED_DATA` */
export const decodeTotals = (bytes: string): AoITotals => encodings.decodeArguments("totals", bytes).totals;
