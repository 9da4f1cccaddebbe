import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { writeWhole } from "../../../files/writeWhole.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { ActionCall, PaperAction } from "../../MechanismCommands.ts";
import { parameterOptions, sizeOption, WORLD_OPTIONS, wholeOption } from "./actionOptions.ts";
import { LEARNER_NAMES, type LearnerName, type PolicyOptions, policyOptions } from "./PolicyOptions.ts";

/** A checkpoint is written after so many episodes, and at the end. */
const EPISODES_A_CHECKPOINT = 20;
const MOST_EPISODES = 1_000_000;

/** `./freshet migration train`. */
export const trainAction: PaperAction = {
  name: "train",
  about: "learn a policy, and write the one that did best on validation episodes",
  options: [
    { flags: "--learner <name>", about: LEARNER_NAMES.join(", "), preset: "mo-maddpg" },
    { flags: "--seed <n>", about: "of networks, exploration and episodes", preset: "1" },
    {
      flags: "--episodes <n>",
      about: "of 100 steps (default: 60; 160 with --warm; 250 of MADDPG, 300 of MADQN)",
    },
    ...WORLD_OPTIONS,
    { flags: "--warm", about: "begin with the rule of least latency (MO-MADDPG)" },
    { flags: "--no-gcn", about: "encoders without messages (MO-MADDPG)" },
    { flags: "--one-head", about: "one value instead of one for each objective (MO-MADDPG)" },
    { flags: "--paper", about: "the paper's hyper-parameters (MO-MADDPG): 3,000 episodes, a buffer of 1 GB" },
    {
      flags: "--out <file>",
      about: "where to write the policy (default: in results/twin-migration/policies)",
    },
    {
      flags: "--checkpoint <file>",
      about: "where to keep all that training goes on from, the buffer included: 50 to 200 MB",
    },
    { flags: "--resume", about: "go on from the checkpoint" },
    { flags: "--wasm", about: "compute in WebAssembly where there is native code: the same bits" },
  ],
  run: train,
};

async function train(call: ActionCall): Promise<object> {
  const { options } = call;
  const policy = readOptions(options);
  const out = String(options.out ?? join("results/twin-migration/policies", `${nameOf(policy)}.safetensors`));
  const checkpoint = options.checkpoint === undefined ? undefined : String(options.checkpoint);
  if (options.resume === true && (checkpoint === undefined || !existsSync(checkpoint))) {
    throw new BaseError("OPTION_INVALID", "There is no checkpoint to go on from.", {
      next: "Give the file that an earlier training wrote with --checkpoint.",
    });
  }
  const [{ startEngine, engineState }, { encodeCheckpoint, restoreCheckpoint }, { PolicyTraining }, files] =
    await Promise.all([
      import("../../../learning/engine/startEngine.ts"),
      import("../../../learning/reinforcement/checkpoint.ts"),
      import("./PolicyTraining.ts"),
      import("./policyFile.ts"),
    ]);
  const engine = await startEngine({
    numericClass: "strict",
    native: options.wasm === true ? "off" : "auto",
  });
  const training = new PolicyTraining(engine, policy);
  const subject = { name: policy.learner, options: { ...policy } };
  if (options.resume === true) restoreCheckpoint(training, await readFile(checkpoint!), subject);
  const begin = process.cpuUsage();
  const curve: object[] = [];
  while (!training.done) {
    const { episode, reward, updates, losses, validationReward } = training.next();
    const tried =
      validationReward === undefined ? "" : `, ${validationReward.toFixed(2)} on validation episodes`;
    call.progress(`episode ${episode + 1} of ${policy.episodes}: reward ${reward.toFixed(2)}${tried} …`);
    curve.push({
      episode,
      reward,
      updates,
      losses,
      ...(validationReward !== undefined && { validationReward }),
    });
    if (validationReward !== undefined) {
      // Who breaks training off has the best policy so far.
      if (training.best!.episode === episode + 1) await writeWhole(out, files.encodePolicy(training.best!));
      call.line(`episode ${episode + 1}: reward ${reward.toFixed(2)} while exploring${tried}`);
    }
    if (checkpoint !== undefined && (training.done || (episode + 1) % EPISODES_A_CHECKPOINT === 0))
      await writeWhole(checkpoint, encodeCheckpoint(training, subject));
    // Ctrl-C is heard between two episodes.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const best = training.best!;
  training.dispose();
  await writeWhole(out, files.encodePolicy(best));
  const { user, system } = process.cpuUsage(begin);
  const cpuSeconds = (user + system) / 1e6;
  call.line(
    `best after episode ${best.episode}: ${best.validationReward.toFixed(2)}; ${cpuSeconds.toFixed(0)} s of a processor; ${out}`,
  );
  return {
    options: policy,
    engine: engineState(),
    best: { episode: best.episode, validationReward: best.validationReward },
    cpuSeconds,
    policy: out,
    ...(checkpoint !== undefined && { checkpoint }),
    curve,
  };
}

function readOptions(options: ActionCall["options"]): PolicyOptions {
  const learner = options.learner as LearnerName;
  if (!LEARNER_NAMES.includes(learner)) {
    throw new BaseError("OPTION_INVALID", `There is no learner ${JSON.stringify(learner)}.`, {
      next: `Take one of ${LEARNER_NAMES.join(", ")}.`,
    });
  }
  const only = ["warm", "oneHead", "paper"].filter((name) => options[name] === true);
  if (learner !== "mo-maddpg" && (only.length > 0 || options.gcn === false)) {
    throw new BaseError("OPTION_INVALID", `${learner} has no such option.`, {
      details: "--warm, --no-gcn, --one-head and --paper are MO-MADDPG's.",
    });
  }
  return policyOptions({
    learner,
    seed: wholeOption(options, "seed", 0, 2 ** 31),
    ...(options.episodes !== undefined && {
      episodes: wholeOption(options, "episodes", 1, MOST_EPISODES),
    }),
    size: sizeOption(options),
    parameters: parameterOptions(options),
    warm: options.warm === true,
    messages: options.gcn !== false,
    manyHeads: options.oneHead !== true,
    paper: options.paper === true,
  });
}

/** A name that says what was learned, for a file. */
function nameOf({ learner, warm, messages, manyHeads, paper, episodes, seed, size }: PolicyOptions): string {
  const parts = [
    learner,
    ...(warm ? ["warm"] : []),
    ...(messages ? [] : ["no-gcn"]),
    ...(manyHeads ? [] : ["one-head"]),
    ...(paper ? ["paper"] : []),
    `${size.vehicles}-${size.edges}-${size.clouds}`,
    `e${episodes}`,
    `s${seed}`,
  ];
  return parts.join("_");
}
