import type { KeptFiles } from "../../FigureSettings.ts";
import { runBenchmark } from "../mathematics/rules/episodes.ts";
import { Rule, type RuleName } from "../mathematics/rules/rules.ts";
import type { TuningParameters } from "../mathematics/rules/tuneRule.ts";
import { type Tuning, tuneIn } from "./contenders.ts";
import type { Scenario } from "./scenarios.ts";
import { shortHash, worldFacts } from "./trainedLearners.ts";

/**
 * A tuning from files, or made now and kept. Files are found by world, seed and how it is tuned; the rule is tried again all
 * the same, and when it comes to another reward, as after a change of code, it is tuned anew.
 */
export async function keptTuning(
  scenario: Scenario,
  seed: number,
  name: RuleName,
  tuning: Omit<TuningParameters, "name">,
  kept: KeptFiles,
): Promise<Tuning> {
  const world = scenario.world(true);
  const { draws, firstSeed, episodes } = tuning;
  const facts = { ...worldFacts(world), rule: name, seed, draws, firstSeed, episodes };
  const file = `tunings/${shortHash(facts)}.json`;
  const content = await kept.read(file);
  if (content !== undefined) {
    const before = JSON.parse(Buffer.from(content).toString()) as Tuning;
    const rule = new Rule(before.rule, world.instance.vehicles, world.instance.servers);
    const { reward } = runBenchmark(world, firstSeed, episodes, (shown) => rule.act(shown));
    if (reward === before.reward) return before;
  }
  const made = tuneIn(scenario, seed, name, tuning);
  await kept.write(file, `${JSON.stringify(made)}\n`);
  return made;
}
