import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { makeDirectory } from "../../../files/makeDirectory.ts";
import { writeWhole } from "../../../files/writeWhole.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { ActionCall, PaperAction } from "../../MechanismCommands.ts";
import { renderWorld } from "../environment/renderWorld.ts";
import { DEFAULT_PARAMETERS } from "../mathematics/parameters.ts";
import { gridWorld } from "../mathematics/rules/episodes.ts";
import { RULE_NAMES, type RuleName, type RuleParameters, TUNED_RULE } from "../mathematics/rules/rules.ts";
import type { World } from "../mathematics/world/World.ts";
import { TRACE_NAMES, traceWorld } from "../mobility/traceWorld.ts";
import { parameterOptions, sizeOption, WORLD_OPTIONS, wholeOption } from "./actionOptions.ts";
import type { PolicyMeans } from "./evaluatePolicy.ts";
import type { TrainedPolicy } from "./PolicyTraining.ts";
import { readPolicy } from "./readPolicy.ts";

/** `./freshet migration run`. */
export const runAction: PaperAction = {
  name: "run",
  about: "have a policy or a rule act, on a grid of any size or on a trace, and say what came of it",
  argument: { name: "policy", about: `a file that \`train\` wrote, or a rule: ${RULE_NAMES.join(", ")}` },
  options: [
    ...WORLD_OPTIONS,
    {
      flags: "--trace <name>",
      about: `replay a trace instead of the grid: ${TRACE_NAMES.join(", ")}`,
    },
    {
      flags: "--data <dir>",
      about: "where traces' folders are (default: dataDirectory of freshet.config.json)",
    },
    { flags: "--first-seed <n>", about: "seed of the first episode", preset: "9400" },
    { flags: "--count <n>", about: "episodes, of consecutive seeds", preset: "40" },
    { flags: "--svg <file>", about: "draw the map at half time of the first episode" },
  ],
  run,
};

async function run(call: ActionCall): Promise<object> {
  const { argument, options } = call;
  const who = await policyOrRule(argument);
  const trained = "parameters" in who ? who : undefined;
  // A policy that was learned without the game is tried without it.
  const parameters = { ...DEFAULT_PARAMETERS, ...trained?.options.parameters, ...parameterOptions(options) };
  const size = sizeOption(options);
  const first = wholeOption({ "first-seed": options.firstSeed }, "first-seed", 0, 2 ** 32 - 1);
  const count = wholeOption(options, "count", 1, 100_000);
  const trace = options.trace === undefined ? undefined : String(options.trace);
  const world =
    trace === undefined
      ? gridWorld(size, parameters)
      : traceWorld(trace, await call.dataDirectory(), size, parameters);
  const svg = options.svg === undefined ? undefined : String(options.svg);
  if (svg !== undefined) await checkPlace(svg);
  const [{ startEngine }, { evaluatePolicy }] = await Promise.all([
    import("../../../learning/engine/startEngine.ts"),
    import("./evaluatePolicy.ts"),
  ]);
  const engine = await startEngine();
  let map: string | undefined;
  const half = Math.floor(parameters.episodeSteps / 2);
  call.progress(`${count} episodes …`);
  const seeds = Array.from({ length: count }, (_, e) => first + e);
  const { means, episodes } = evaluatePolicy(engine, who, world, seeds, (shown: World) => {
    if (map === undefined && shown.steps >= half && svg !== undefined) map = renderWorld(shown);
  });
  if (svg !== undefined && map !== undefined) await writeWhole(svg, map);
  for (const line of linesOf(means)) call.line(line);
  if (map !== undefined) call.line(`map: ${svg}`);
  const { vehicles, edges, clouds } = world.instance;
  return {
    policy: argument,
    ...(trained !== undefined && { options: trained.options }),
    size: { vehicles, edges, clouds },
    ...(trace !== undefined && { trace }),
    game: parameters.game,
    means,
    episodes,
  };
}

/** Makes the folder of a file before it takes minutes to have something to write. @throws `OPTION_INVALID`, `DIRECTORY_UNUSABLE`. */
async function checkPlace(svg: string): Promise<void> {
  makeDirectory(dirname(svg));
  const there = await stat(svg).catch(() => undefined);
  if (there?.isDirectory() !== true) return;
  throw new BaseError("OPTION_INVALID", `--svg ${svg} cannot be written.`, { details: "It is a folder." });
}

async function policyOrRule(name: string): Promise<TrainedPolicy | RuleParameters> {
  if (RULE_NAMES.includes(name as RuleName)) return { ...TUNED_RULE, name: name as RuleName };
  if (existsSync(name)) return readPolicy(name);
  throw new BaseError("POLICY_MISSING", `${name} is neither a file nor a rule.`, {
    next: `Give a file that \`./freshet migration train\` wrote, or one of ${RULE_NAMES.join(", ")}.`,
  });
}

function linesOf(means: PolicyMeans): string[] {
  const [experience, utility, latency, energy, cost] = means.components.map((value) => value.toFixed(3));
  const share = (value: number | null) => (value === null ? "none" : value.toFixed(3));
  return [
    `reward       ${means.reward.toFixed(3)} ± ${means.rewardError.toFixed(3)} (standard error)`,
    `objectives   experience ${experience}, utility ${utility}, latency ${latency}, energy ${energy}, cost ${cost}`,
    `latency      ${means.latency.toFixed(3)} s of service, ${means.migrationLatency?.toFixed(2) ?? "no"} s a migration`,
    `success      ${share(means.successRate)} of ${means.attempts.toFixed(1)} attempts and ${means.missed.toFixed(1)} missed an episode`,
    `energy       ${means.energy.toFixed(3)} J; cost ${means.cost.toFixed(2)} $ a vehicle; servers ${(100 * means.utilisation).toFixed(1)} % busy`,
  ];
}
