import { argv } from "node:process";
import { createInterface } from "node:readline";
import { type EngineOptions, engineState, startEngine } from "../learning/engine/startEngine.ts";
import { PricingTrial, pricingLearner } from "../mechanisms/model-trading/pricing/pricingLearner.ts";
import { reinforcementMarket } from "./reinforcementMarket.ts";

// Freshet's side of the reinforcement benchmark: MDDR on one engine, whose options are the
// argument as JSON; answers lines "seed updates" as reinforcementPeer.py does.

const engine = await startEngine(JSON.parse(argv[2]!) as EngineOptions);
const market = reinforcementMarket();
const tell = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`);
tell({ ...engineState() });

for await (const line of createInterface({ input: process.stdin })) {
  const [seed, updates] = line.split(" ").map(Number) as [number, number];
  const learner = pricingLearner(engine, "MDDR", market, { seed });
  let collecting = 0;
  let updating = 0;
  let gradients = 0;
  for (let update = 0; update < updates; update++) {
    const begin = cpuSeconds();
    learner.collect();
    const middle = cpuSeconds();
    for (const done of learner.update()) gradients += done.gradients;
    collecting += middle - begin;
    updating += cpuSeconds() - middle;
  }
  const trial = new PricingTrial(market, 1);
  for (let stage = 0; stage < 8; stage++) trial.stage(learner);
  const utilities = Array.from(trial.stage(learner).utilities);
  tell({ collecting, updating, steps: learner.steps, gradients, utilities });
  learner.dispose();
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
