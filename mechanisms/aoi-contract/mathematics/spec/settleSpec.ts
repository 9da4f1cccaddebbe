import { ContractError } from "../ContractError.ts";
import { settleCoverage, settleWindows } from "../settlement.ts";
import type { ContractReader } from "./ContractReader.ts";

const RULES = { coverage: "coverage", covered: "coverage", gap: "coverage", windows: "windows" } as const;

/**
 * Kind `settle`: an epoch of `count` periods of `theta` seconds (or of `T` seconds) from block time `start`, with
 * `commits` at block times, reward `R` and `bonus` in wei. `rule`: `coverage` (the default) or `windows` with
 * `grace` seconds; missed windows count from 0.
 */
export function settleSpec(spec: ContractReader): Record<string, unknown> {
  const rule = spec.meaning<"coverage" | "windows">("rule", RULES, "coverage");
  const periodSeconds = spec.whole("theta", 1n);
  const epochSeconds = spec.has("count") ? spec.whole("count", 1n) * periodSeconds : spec.whole("T", 1n);
  if (spec.has("T") && spec.whole("T", 1n) !== epochSeconds) {
    throw new ContractError("PARAM", "T must be count times theta");
  }
  if (rule === "windows" && epochSeconds / periodSeconds > 1_000_000n) {
    throw new ContractError("PARAM", "count out of range: the epoch may have at most 1000000 windows");
  }
  const epoch = {
    startSeconds: spec.whole("start", 0n, 0n),
    epochSeconds,
    periodSeconds,
    commitSeconds: spec.wholes("commits"),
  };
  const price = { reward: spec.whole("R"), bonus: spec.whole("bonus", 0n, 0n) };
  if (rule === "windows") {
    const { hits, missed, pay } = settleWindows(epoch, price, spec.whole("grace", 0n, 0n));
    return { hits, missed, pay: String(pay) };
  }
  const { covered, pay, meanAgeSeconds } = settleCoverage(epoch, price);
  return { covered: Number(covered), T: Number(epochSeconds), pay: String(pay), mean_age: meanAgeSeconds };
}
