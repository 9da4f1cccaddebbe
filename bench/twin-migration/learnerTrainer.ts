import { argv } from "node:process";
import { createInterface } from "node:readline";
import { type EngineOptions, engineState, startEngine } from "../../learning/engine/startEngine.ts";
import { MoMaddpg } from "../../learning/reinforcement/learners/moMaddpg.ts";
import { MigrationGraph } from "../../mechanisms/twin-migration/learning/MigrationGraph.ts";
import { policyOptions, TRAINING_SIZE } from "../../mechanisms/twin-migration/learning/PolicyOptions.ts";
import { PolicyTraining } from "../../mechanisms/twin-migration/learning/PolicyTraining.ts";
import { DEFAULT_PARAMETERS } from "../../mechanisms/twin-migration/mathematics/parameters.ts";
import { gridWorld } from "../../mechanisms/twin-migration/mathematics/rules/episodes.ts";
import { Rule, TUNED_RULE } from "../../mechanisms/twin-migration/mathematics/rules/rules.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";

// Freshet's side of twin migration's learning benchmark, on one engine, whose options are the argument as JSON. Answers
// lines: "updates N", "steps V J I N", "train cold|warm [EPISODES]", all in seconds of the processor.

const BATCH = 32;
const engine = await startEngine(JSON.parse(argv[2]!) as EngineOptions);
const tell = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`);
let learner: MoMaddpg | undefined;
tell({ ...engineState() });

for await (const line of createInterface({ input: process.stdin })) {
  const [what, ...rest] = line.split(" ") as [string, ...string[]];
  if (what === "updates") tell(updates(Number(rest[0])));
  else if (what === "steps") tell(steps(rest.map(Number)));
  else tell(train(rest[0] === "warm", rest[1] === undefined ? undefined : Number(rest[1])));
}

/** Updates of both networks on moments of the buffer, drawing them included. */
function updates(count: number): object {
  if (learner === undefined) {
    learner = new MoMaddpg(engine, new MigrationGraph(gridWorld(TRAINING_SIZE, DEFAULT_PARAMETERS)), {
      seed: 1,
      episodes: 60,
      episodeSeed: (episode) => 110_000 + episode,
    });
    while (learner.episode < 8) learner.learnEpisode();
  }
  const places = new Int32Array(BATCH);
  const nextPlaces = new Int32Array(BATCH);
  const random = new SeededRandom(1, "bench");
  const begin = cpuSeconds();
  for (let update = 0; update < count; update++) {
    learner.buffer.sample(random, places, nextPlaces);
    learner.update(places, nextPlaces, random);
  }
  return { seconds: cpuSeconds() - begin, updates: count };
}

/** Steps of the environment with all observations, under random actions, whose draws are included. */
function steps([vehicles, edges, clouds, count]: readonly number[]): object {
  const world = gridWorld({ vehicles: vehicles!, edges: edges!, clouds: clouds! }, DEFAULT_PARAMETERS);
  const rule = new Rule({ ...TUNED_RULE, name: "random" }, vehicles!, edges! + clouds!);
  const begin = cpuSeconds();
  for (let done = 0; done < count!; done++) {
    if (done % 100 === 0) world.reset(done);
    world.step(rule.act(world));
  }
  return { seconds: cpuSeconds() - begin, steps: count };
}

/** A whole run with its trials; of only so many episodes, what the whole one would take. */
function train(warm: boolean, episodes: number | undefined): object {
  const options = policyOptions({ seed: 1, warm });
  const training = new PolicyTraining(engine, options);
  const begin = cpuSeconds();
  const blind = warm ? 0 : 8;
  let learning = 0;
  const end = Math.min(episodes ?? options.episodes, options.episodes);
  for (let episode = 0; episode < end; episode++) {
    const from = cpuSeconds();
    training.next();
    if (episode >= blind) learning += cpuSeconds() - from;
  }
  const seconds = cpuSeconds() - begin;
  training.dispose();
  const left = options.episodes - end;
  return { seconds: seconds + (left * learning) / Math.max(1, end - blind), extrapolated: left > 0 };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
