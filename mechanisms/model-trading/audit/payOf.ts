import type { TradingScore, TradingTerms, TradingWork } from "../encodings.ts";
import { ln1p } from "./naturalLog.ts";

/** What {@link payOf} needs. */
export interface PayOfParameters {
  terms: Pick<TradingTerms, "periodMs" | "scale" | "dataWeight" | "leastTheta" | "mostOmega" | "cap">;
  /** Most samples of an update. */
  maxSamples: number;
  work: Pick<TradingWork, "price" | "samples" | "sales" | "spanMs" | "ageMs2" | "firstDelayMs">;
  /** Undefined when nothing was attested about the worker. */
  score: Pick<TradingScore, "omegaPpb" | "thetaPpb"> | undefined;
  /** Rounds whose aggregate took the worker's update, of the rounds that count. */
  acceptedRounds: number;
  countedRounds: number;
}

/** Units: ε and ω and 1/θ in billionths, freshness in ms, ln in 2^-128. */
const UNITS = (10n ** 12n) << 128n;

/**
 * What a worker has earned by its sales, wei: ⌊min(cap, ⌊p · ω ε ln(1 + η Σ samples) / θ · max(0, τ − Δ̂)⌋) ·
 * accepted / counted⌋. Written from the definitions (ITradingPolicy.sol), not from the contract. Whether a bond was
 * locked is not looked at here.
 */
export function payOf(parameters: PayOfParameters): bigint {
  const { terms, maxSamples, work, score, acceptedRounds, countedRounds } = parameters;
  if (score === undefined || work.sales === 0 || countedRounds === 0) return 0n;
  const fresh = freshness(terms.periodMs, work);
  const samples = least(work.samples, BigInt(maxSamples) * BigInt(countedRounds));
  const omega = BigInt(Math.min(score.omegaPpb, terms.mostOmega));
  const theta = BigInt(Math.max(score.thetaPpb, terms.leastTheta));
  const numerator = omega * terms.scale * ln1p(samples * terms.dataWeight) * work.price * fresh.numerator;
  const value = least(numerator / (theta * UNITS * fresh.denominator), terms.cap);
  return (value * BigInt(Math.min(acceptedRounds, countedRounds))) / BigInt(countedRounds);
}

/** Δ̂, ms, as a fraction: the mean age between the first and the last sale, or τ/2 + (t − s) of a single one. */
export function meanAge(
  periodMs: number,
  { spanMs, ageMs2, firstDelayMs }: Pick<TradingWork, "spanMs" | "ageMs2" | "firstDelayMs">,
): { numerator: bigint; denominator: bigint } {
  if (spanMs === 0) return { numerator: BigInt(periodMs) + 2n * BigInt(firstDelayMs), denominator: 2n };
  return { numerator: ageMs2, denominator: 2n * BigInt(spanMs) };
}

/** max(0, τ − Δ̂), ms. */
function freshness(
  periodMs: number,
  work: PayOfParameters["work"],
): { numerator: bigint; denominator: bigint } {
  const { numerator, denominator } = meanAge(periodMs, work);
  const left = BigInt(periodMs) * denominator - numerator;
  return { numerator: left > 0n ? left : 0n, denominator };
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
