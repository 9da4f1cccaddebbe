import { greatest } from "../../numerics/extremes.ts";
import { spreadWords } from "../../reports/spreadWords.ts";
import type { LaboratoryResult } from "../../simulation/laboratory/LaboratoryResult.ts";
import { tokensOf } from "../../simulation/laboratory/settledRun.ts";
import type { Laboratory } from "../learning/Laboratory.ts";
import type { LearningResult, Row } from "../learning/LearningResult.ts";
import { meanAndDeviation } from "../learning/meanAndDeviation.ts";
import { pairedClaim } from "../learning/pairedClaim.ts";
import type { LineChart } from "../lineChart.ts";
import { niceAxis } from "../niceAxis.ts";
import { CONTENDERS, type ContenderRuns, mechanismsSetting, playRuns } from "./mechanismsSetting.ts";

/** What is tried, each by clients that are honest otherwise. */
export const CHEATS: Readonly<Record<string, unknown>> = {
  "half the refreshes": { kind: "lazy", refreshes: 0.5 },
  "a tenth of the samples": { kind: "lazy", refreshes: 1, samples: 0.1 },
  copying: "copy",
  "flipped labels": "flip-labels",
  "flipped sign": "flip-sign",
  noise: { kind: "noise", deviation: 3 },
  "dropping out of half the rounds": { kind: "drop-out", probability: 0.5 },
  "twice the samples stated": { kind: "overstate", factor: 2 },
};

const METRICS = [
  { name: "gain", label: "gain, tokens", factor: 1, digits: 3 },
  { name: "pay", label: "pay, tokens more", factor: 1, digits: 3 },
  { name: "cost", label: "costs, tokens less", factor: 1, digits: 3 },
  { name: "relative", label: "gain, % of the honest pay", factor: 100, digits: 1 },
] as const;

const TOKENS = { factor: 1, unit: "tokens" };

/** What each cheat brings who does it, by mechanism: its utility less that of the same client when it is honest. */
export async function cheats(laboratory: Laboratory): Promise<LearningResult> {
  const { seeds } = laboratory;
  const middles: ContenderRuns[] = CONTENDERS.map((contender) => ({ contender, level: contender.middle }));
  const honest = await playRuns(laboratory, middles);
  // The same client under all mechanisms: one that takes part under as many as can be.
  const cheaters = seeds.map((_, seed) => {
    const parts = honest[0]![seed]!.clients.map(
      (__, client) => honest.filter((runs) => runs[seed]!.clients[client]!.isEnrolled).length,
    );
    return parts.indexOf(greatest(parts));
  });
  const pairs = Object.entries(CHEATS).flatMap(([cheat, behaviour]) =>
    middles.map((middle, place) => ({
      ...{ cheat, place, ...middle },
      departures: cheaters.map((client) => ({ clients: [client], behaviour })),
    })),
  );
  const played = await playRuns(laboratory, pairs);
  const rows = pairs.map(({ cheat, place, contender }, i): Row => {
    const before = (seed: number) => honest[place]![seed]!.clients[cheaters[seed]!]!;
    const after = (seed: number) => played[i]![seed]!.clients[cheaters[seed]!]!;
    const more = (of: "pay" | "cost" | "utility") =>
      seeds.map((_, seed) => tokensOf(BigInt(after(seed)[of])) - tokensOf(BigInt(before(seed)[of])));
    const gain = more("utility");
    return {
      keys: [cheat, contender.name],
      values: {
        ...{ gain, pay: more("pay"), cost: more("cost").map((cost) => -cost) },
        relative: gain.map((tokens, seed) => tokens / Math.max(1e-9, tokensOf(BigInt(before(seed).pay)))),
      },
    };
  });
  return {
    id: "mechanisms-cheats",
    title: "What a cheat brings",
    setting: [...mechanismsSetting(laboratory), ...described(honest)],
    ...{ seeds, keys: ["cheat", "mechanism"], metrics: METRICS, rows },
    claims: rows.map(({ keys: [cheat, name], values }) =>
      pairedClaim(
        `${cheat} pays under ${name}`,
        values.gain!,
        values.gain!.map(() => 0),
        TOKENS,
      ),
    ),
    charts: [gainChart(rows, seeds.length)],
  };
}

function described(honest: readonly (readonly LaboratoryResult[])[]): readonly string[] {
  const spent = CONTENDERS.map(({ name }, place) => {
    const { mean } = meanAndDeviation(honest[place]!.map(({ metrics }) => metrics.spentTokens!));
    return `${name} ${mean.toFixed(1)}`;
  });
  return [
    `One client, the same under all mechanisms, cheats; all others and all draws are as they were. Paid to all clients when everybody is honest, tokens: ${spent.join(", ")}.`,
  ];
}

/** The gain of each cheat, by mechanism. */
export function gainChart(rows: readonly Row[], seeds: number): LineChart {
  const names = [...new Set(rows.map(({ keys }) => keys[0]!))];
  const series = CONTENDERS.map(({ name }) => {
    const gains = names.map((cheat) =>
      meanAndDeviation(rows.find(({ keys }) => keys[0] === cheat && keys[1] === name)!.values.gain!),
    );
    return {
      name,
      values: gains.map(({ mean }) => mean),
      spread: gains.map(({ deviation }) => (Number.isNaN(deviation) ? 0 : deviation)),
    };
  });
  const ends = series.flatMap(({ values, spread }) =>
    values.flatMap((value, i) => [value - spread[i]!, value + spread[i]!]),
  );
  return {
    ...{ id: "mechanisms-cheats", title: "What a cheat brings, by mechanism" },
    setting: `utility of a client that cheats less its utility when it is honest; all else as it was\n${spreadWords(seeds)}`,
    note: "Above 0 the cheat pays.",
    x: { label: "cheat", name: "cheat", values: names.map((_, i) => i), names },
    y: {
      label: "gain, tokens",
      name: "gain",
      ...niceAxis(ends),
    },
    series,
  };
}
