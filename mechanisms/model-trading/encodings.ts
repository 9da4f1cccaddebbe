import type { Arguments } from "../../protocol/abiTypes.ts";
import { remembering } from "../remembering.ts";
import type { ITradingEncodings } from "./abi/ITradingEncodings.ts";
import { tradingContracts } from "./contracts.ts";

type Encoded<N extends "terms" | "offer" | "choice" | "sale" | "evidence" | "work" | "totals" | "score"> =
  Arguments<typeof ITradingEncodings.abi, N>[0];

/** Terms of model trading (TradingTypes.sol). */
export type TradingTerms = Encoded<"terms">;
/** A posted price: p_mn, wei an IoM, and whose it is. */
export type TradingOffer = TradingTerms["offers"][number];
/** What a worker enrols with: an offer, proven under the root of the terms' offers. */
export type TradingChoice = Encoded<"choice">;
/** What worker and publisher sign of a round. */
export type Sale = Encoded<"sale">;
/** A co-signed sale as a reveal shows it. */
export type TradingEvidence = Encoded<"evidence">;
/** What a worker did over the epoch. */
export type TradingWork = Encoded<"work">;
/** Sums over workers. */
export type TradingTotals = Encoded<"totals">;
/** What aggregators attest about a worker. */
export type TradingScore = Encoded<"score">;

/** How many terms and choices are remembered: each worker has a choice of its own. */
const REMEMBERED = 512;

const { ITradingEncodings: encodings } = tradingContracts;

export const encodeTerms = (terms: TradingTerms): string => encodings.encodeArguments("terms", [terms]);
/** @throws BaseError `MALFORMED_DATA` */
export const decodeTerms = remembering(
  (bytes: string): TradingTerms => encodings.decodeArguments("terms", bytes).terms,
  REMEMBERED,
);
export const encodeOffer = (offer: TradingOffer): string => encodings.encodeArguments("offer", [offer]);
export const encodeChoice = (choice: TradingChoice): string => encodings.encodeArguments("choice", [choice]);
/** @throws BaseError `MALFORMED_DATA` */
export const decodeChoice = remembering(
  (bytes: string): TradingChoice => encodings.decodeArguments("choice", bytes).choice,
  REMEMBERED,
);
export const encodeEvidence = (evidence: TradingEvidence): string =>
  encodings.encodeArguments("evidence", [evidence]);
/** @throws BaseError `MALFORMED_DATA` */
export const decodeEvidence = (bytes: string): TradingEvidence =>
  encodings.decodeArguments("evidence", bytes).evidence;
export const encodeWork = (work: TradingWork): string => encodings.encodeArguments("work", [work]);
/** @throws BaseError `MALFORMED_DATA` */
export const decodeWork = (bytes: string): TradingWork => encodings.decodeArguments("work", bytes).work;
export const encodeTotals = (totals: TradingTotals): string => encodings.encodeArguments("totals", [totals]);
/** @throws BaseError `MALFORMED_DATA` */
export const decodeTotals = (bytes: string): TradingTotals =>
  encodings.decodeArguments("totals", bytes).totals;
export const encodeScore = (score: TradingScore): string => encodings.encodeArguments("score", [score]);
/** @throws BaseError `MALFORMED_DATA` */
export const decodeScore = (bytes: string): TradingScore => encodings.decodeArguments("score", bytes).score;
