import type { KeptFiles } from "../../FigureSettings.ts";
import type { Contender } from "./contenders.ts";
import { type Episodes, type Measured, type Outcome, playEpisodes } from "./measure.ts";
import type { Scenario } from "./scenarios.ts";
import { shortHash, worldFacts } from "./trainedLearners.ts";

/**
 * What a contender comes to, from files or played now and kept. Files are found by player, world and episodes; the first
 * episode is played again all the same, and when it comes to anything else, as after a change of code, so are all.
 */
export async function keptMeasure(
  { name, runs, withoutGame = false }: Contender,
  scenario: Scenario,
  episodes: Episodes,
  kept: KeptFiles,
): Promise<Measured> {
  const world = scenario.world(!withoutGame);
  const facts = worldFacts(world);
  const found: (readonly Outcome[])[] = [];
  for (const player of runs) {
    const file = `outcomes/${shortHash({ ...facts, player: player.key, ...episodes })}.json`;
    const play = (count: number) => playEpisodes(player, world, { ...episodes, count });
    const before = await outcomesIn(file, kept);
    if (before !== undefined && JSON.stringify(before[0]) === JSON.stringify(play(1)[0])) {
      found.push(before);
      continue;
    }
    const played = play(episodes.count);
    await kept.write(file, `${JSON.stringify(played)}\n`);
    found.push(played);
  }
  return { name, runs: found };
}

async function outcomesIn(file: string, kept: KeptFiles): Promise<readonly Outcome[] | undefined> {
  const content = await kept.read(file);
  return content === undefined ? undefined : (JSON.parse(Buffer.from(content).toString()) as Outcome[]);
}
