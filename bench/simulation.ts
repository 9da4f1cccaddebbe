import { join } from "node:path";
import type { BaseError } from "../protocol/BaseError.ts";
import { BenchPeer } from "./BenchPeer.ts";
import { pythonWithFlower } from "./flower.ts";
import { median } from "./median.ts";
import { CLIENT, type SimulationCase } from "./simulationCase.ts";

/** What is measured of a case: medians over its turns. */
export interface SimulationResult extends SimulationCase {
  readonly secondsPerRound: number;
  readonly updatesPerSecond: number;
  /** Rounds a second as a share of those that the engine has if its threads do nothing but the clients' trainings. */
  readonly ofEngineBound: number;
  /** Undefined without Flower. */
  readonly flowerSecondsPerRound: number | undefined;
  /** Flower's seconds a round by ours, in the same turn. */
  readonly ratio: number | undefined;
  /** Of the process, after the rounds. */
  readonly residentMiB: number;
}

/** The outcome of {@link benchSimulation}. */
export interface SimulationBench {
  readonly cases: readonly SimulationResult[];
  /** Flower's and PyTorch's versions, or why there are none. */
  readonly flower: string;
  readonly threads: number;
}

/** How {@link benchSimulation} measures. */
export interface SimulationBenchOptions {
  readonly cases: readonly SimulationCase[];
  /** Measurements of each, in turn, ≥ 1. */
  readonly turns: number;
  /** Rounds of ours in a measurement, so that one takes long enough to be measured. */
  readonly rounds: number;
  /** Of ours, and clients that Flower trains at once. */
  readonly threads: number;
  /** `none` leaves Flower out; a Python that has it; installed here unless given. */
  readonly flower?: string | undefined;
}

type Answer = { readonly seconds: number; readonly rounds: number };

/** Rounds before those that count: processes compile and fill their caches. */
const WARM_ROUNDS = 3;

/**
 * Rounds of simulated federations, ours and Flower's, in turn on the same processors, and the trainings of ours alone.
 * Starting is not counted, nor are the first rounds.
 */
export async function benchSimulation(
  { cases, turns, rounds, threads, flower }: SimulationBenchOptions,
  { tell }: { readonly tell: (doing: string) => void },
): Promise<SimulationBench> {
  tell("Flower …");
  const python =
    flower === "none" ? undefined : await pythonWithFlower(flower).catch((error: BaseError) => error);
  let version = python === undefined ? "left out" : typeof python === "string" ? "unknown" : python.message;
  const results: SimulationResult[] = [];
  for (const one of cases) {
    const name = `${one.model}, ${one.perRound} of ${one.clients}`;
    const described = JSON.stringify({ ...one, ...CLIENT, threads });
    const ours = new BenchPeer<Answer>("freshet", process.execPath, [
      join(import.meta.dirname, "simulationRounds.ts"),
      described,
    ]);
    const theirs =
      typeof python === "string"
        ? new BenchPeer<Answer>("flower", python, [join(import.meta.dirname, "simulationPeer.py"), described])
        : undefined;
    try {
      tell(`${name}: starting …`);
      await ours.answer();
      if (theirs !== undefined) version = ((await theirs.answer()) as { version: string }).version;
      await ours.ask(`rounds ${WARM_ROUNDS}`);
      const { residentMiB } = (await ours.ask("memory 0")) as unknown as { residentMiB: number };
      await ours.ask(`bound ${WARM_ROUNDS}`);
      await theirs?.ask("rounds 1");
      const measured: { ours: number; bound: number; theirs: number | undefined }[] = [];
      for (let turn = 1; turn <= turns; turn++) {
        tell(`${name}: turn ${turn} of ${turns} …`);
        const perRound = async (peer: BenchPeer<Answer>, question: string) => {
          const { seconds, rounds: made } = await peer.ask(question);
          return seconds / made;
        };
        measured.push({
          ours: await perRound(ours, `rounds ${rounds}`),
          bound: await perRound(ours, `bound ${rounds}`),
          theirs: theirs && (await perRound(theirs, "rounds 1")),
        });
      }
      const secondsPerRound = median(measured.map((turn) => turn.ours));
      results.push({
        ...one,
        secondsPerRound,
        updatesPerSecond: one.perRound / secondsPerRound,
        ofEngineBound: median(measured.map((turn) => turn.bound / turn.ours)),
        flowerSecondsPerRound: theirs && median(measured.map((turn) => turn.theirs!)),
        ratio: theirs && median(measured.map((turn) => turn.theirs! / turn.ours)),
        residentMiB,
      });
    } finally {
      ours.close();
      theirs?.close();
    }
  }
  return { cases: results, flower: version, threads };
}
