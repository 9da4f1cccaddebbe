import type { SettledTask } from "../../SettledTask.ts";
import { meanAge } from "../audit/payOf.ts";
import { decodeChoice, decodeTerms, decodeWork } from "../encodings.ts";
import { solveSpec } from "../mathematics/solveSpec.ts";
import { rewardSchema } from "../rewardSchema.ts";
import { solvedGame } from "../tradingTerms.ts";

/** A worker's sales beside what its publisher's game foresaw; ages in seconds, amounts in wei. */
export interface ReportedSeller {
  worker: string;
  chain: string;
  price: string;
  sales: number;
  samples: string;
  /** f, GHz, and B, MHz, that the publisher's game foresaw: what they are in truth is the worker's alone. */
  foreseen: { gigahertz: number; megahertz: number } | null;
  /** Δ of theory and Δ̂; null where there is no game, or no sale. */
  ageSeconds: { predicted: number | null; realized: number | null };
  pay: { predicted: string | null; realized: string };
  claimed: boolean;
  acceptedRounds: number | null;
}

/** A settled task beside what the game foresaw. */
export interface SettlementReport {
  taskId: string;
  status: string;
  unsettled: readonly string[];
  periodSeconds: number;
  rounds: number;
  bond: string;
  cap: string;
  escrow: { funded: string; paid: string; refunded: string };
  workers: readonly ReportedSeller[];
}

/** Compares a settled task's ages and pay with those of the equilibrium that its prices are of, if they are of one. */
export function settlementReport(settled: SettledTask): SettlementReport {
  const { taskId, status, unsettled, mechanismTerms, reward, rounds, escrow, workers } = settled;
  const terms = decodeTerms(mechanismTerms);
  const foreseen = foreseenBy(reward);
  return {
    taskId,
    status,
    unsettled,
    periodSeconds: terms.periodMs / 1000,
    rounds,
    bond: String(terms.bond),
    cap: String(terms.cap),
    escrow: {
      funded: String(escrow.funded),
      paid: String(escrow.paid),
      refunded: String(escrow.refunded),
    },
    workers: workers.map(({ worker, chain, choice, work, claim }) => {
      const decoded = decodeWork(work);
      const { numerator, denominator } = meanAge(terms.periodMs, decoded);
      const predicted = foreseen.get(worker.toLowerCase());
      return {
        worker,
        chain,
        price: String(decodeChoice(choice).price),
        sales: decoded.sales,
        samples: String(decoded.samples),
        foreseen: predicted?.foreseen ?? null,
        ageSeconds: {
          predicted: predicted?.ageSeconds ?? null,
          realized: decoded.sales === 0 ? null : Math.round(Number(numerator) / Number(denominator)) / 1000,
        },
        pay: { predicted: predicted?.pay ?? null, realized: String(claim?.paid ?? 0n) },
        claimed: claim !== undefined,
        acceptedRounds: claim?.acceptedRounds ?? null,
      };
    }),
  };
}

/** Age and pay of each worker in the equilibrium of the publisher's game. */
function foreseenBy(
  reward: SettledTask["reward"],
): ReadonlyMap<
  string,
  { ageSeconds: number; pay: string; foreseen: { gigahertz: number; megahertz: number } }
> {
  const parsed = reward === undefined ? undefined : rewardSchema.safeParse(reward).data;
  const prices = parsed?.prices;
  if (prices === undefined || !("game" in prices)) return new Map();
  const { game, provider, workers } = prices;
  const answer = solvedGame(game);
  if (!answer.ok) return new Map();
  const { p, V, f, B } = answer.result as Record<"p" | "V" | "f" | "B", readonly (readonly number[])[]>;
  const of = solveSpec({ kind: "iom", game, f, B });
  const aoi = of.ok ? (of.result.aoi as readonly (readonly number[])[]) : undefined;
  return new Map(
    workers.map((worker, m) => [
      worker.toLowerCase(),
      {
        foreseen: { gigahertz: f[m]![provider]!, megahertz: B[m]![provider]! },
        ageSeconds: Math.round((aoi?.[m]?.[provider] ?? Number.NaN) * 1000) / 1000,
        pay: String(BigInt(Math.round(p[m]![provider]! * V[m]![provider]! * 1e9)) * 10n ** 9n),
      },
    ]),
  );
}
