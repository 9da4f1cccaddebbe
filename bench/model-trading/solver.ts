/**
 * Model trading's mathematics: an MU's best response against a general-purpose solver, and equilibria of large games.
 *
 *     ./freshet bench model-trading --json
 *
 * The peer is SciPy's SLSQP with exact derivatives, from an equal split of the budgets, on the same drawn MUs: all of
 * them serve all MSPs (the peer solves one convex program; which MSPs to serve it is not asked).
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { drawnGame } from "../../mechanisms/model-trading/experiments/drawnGame.ts";
import { coupledPrices } from "../../mechanisms/model-trading/mathematics/coupledPrices.ts";
import type { DerivedGame } from "../../mechanisms/model-trading/mathematics/DerivedGame.ts";
import { decoupledPrices } from "../../mechanisms/model-trading/mathematics/decoupledPrices.ts";
import { Followers } from "../../mechanisms/model-trading/mathematics/Followers.ts";
import { indexOfAll } from "../../mechanisms/model-trading/mathematics/feasibility.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { median } from "../median.ts";
import { pythonWith } from "../pythonWith.ts";

/** Best responses at one number of MSPs. */
export interface ResponseCase {
  providers: number;
  /** MUs that both solved. */
  games: number;
  /** Median seconds a response. */
  ourSeconds: number;
  ourRationalSeconds: number;
  peerSeconds: number;
  /** peerSeconds / ourSeconds. */
  ratio: number;
  /** Largest relative difference in utility where the peer succeeded. */
  difference: number;
  /** MUs at which the peer gave up. */
  peerFailures: number;
}

/** Equilibria of one size. */
export interface EquilibriumCase {
  users: number;
  providers: number;
  /** Of the decoupled prices, MUs rational; of the coupled ones; of all MUs' responses to those. */
  decoupledSeconds: number;
  coupledSeconds: number;
  responseSeconds: number;
  sweeps: number;
  /** Bytes of the numbers in memory afterwards, a pair of an MU and an MSP. */
  bytesPerPair: number;
}

const SCIPY = { name: "SciPy", module: "scipy", debian: ["python3-scipy"], pip: "scipy" } as const;
/** MUs at a time: the peer takes milliseconds each. */
const GAMES = 300;
/** Our responses are repeated so often: they take less than a microsecond each. */
const REPEATS = 200;
const SEED = 7;
/** A load at which budgets bind for most MUs. */
const LOAD = 1.2;

/** What is measured, and with what. */
export interface Measures {
  /** Seconds. */
  clock: () => number;
  /** Bytes of array buffers. */
  arrayBytes: () => number;
}

/**
 * Times best responses at one number of MSPs, with the peer on the same MUs.
 *
 * @throws BaseError `BENCH_PYTHON` when SciPy cannot be had; `BENCH_PEER` when it fails.
 */
export async function benchResponses(
  providers: number,
  { clock }: Measures,
): Promise<ResponseCase & { peer: string }> {
  const game = feasibleGame(providers);
  const prices = pricesFor(game);
  const mandatory = new Followers(game, "mandatory");
  const rational = new Followers(game, "rational");
  const timeOf = (followers: Followers) => {
    const times: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const began = clock();
      followers.respond(prices);
      times.push((clock() - began) / game.users);
    }
    return median(times);
  };
  const ourRationalSeconds = timeOf(rational);
  const ourSeconds = timeOf(mandatory);
  const { version, answers } = await askPeer(game, prices);
  const peerSeconds = median(answers.map(({ seconds }) => seconds));
  const differences = answers.map(({ utility, success }, m) =>
    success ? Math.abs(utility - mandatory.utility[m]!) / Math.max(1, Math.abs(mandatory.utility[m]!)) : 0,
  );
  return {
    providers,
    games: game.users,
    ourSeconds,
    ourRationalSeconds,
    peerSeconds,
    ratio: peerSeconds / ourSeconds,
    difference: differences.reduce((most, one) => Math.max(most, one), 0),
    peerFailures: answers.filter(({ success }) => !success).length,
    peer: `${version} SLSQP`,
  };
}

/** Times the equilibrium of a large game. */
export function benchEquilibrium(
  users: number,
  providers: number,
  { clock, arrayBytes }: Measures,
): EquilibriumCase {
  const before = arrayBytes();
  const game = largeGame(users, providers);
  const timed = <T>(work: () => T): { seconds: number; value: T } => {
    const began = clock();
    const value = work();
    return { seconds: clock() - began, value };
  };
  const decoupled = timed(() => decoupledPrices(game, "rational"));
  const coupled = timed(() => coupledPrices(game));
  const followers = new Followers(game, "rational");
  const response = timed(() => followers.respond(coupled.value.prices));
  return {
    users,
    providers,
    decoupledSeconds: decoupled.seconds,
    coupledSeconds: coupled.seconds,
    responseSeconds: response.seconds,
    sweeps: coupled.value.sweeps,
    bytesPerPair: (arrayBytes() - before) / (users * providers),
  };
}

/** A drawn game of many MUs; profits grow with their number, so that all are worth serving. */
function largeGame(users: number, providers: number): DerivedGame {
  return drawnGame(new SeededRandom(SEED, "bench", users, providers), LOAD, { users, providers });
}

/** A game whose MUs can all serve all MSPs. */
function feasibleGame(providers: number): DerivedGame {
  for (let attempt = 0; ; attempt++) {
    const random = new SeededRandom(SEED, "responses", providers, attempt);
    const game = drawnGame(random, (LOAD * 3) / providers, { users: GAMES, providers });
    const infeasible = Array.from({ length: GAMES }, (_, m) => indexOfAll(game, m)).some(
      (index) => index > 0.99,
    );
    if (!infeasible) return game;
  }
}

/** Prices at which u is from 2 F to 8 F. */
function pricesFor({ contribution, threshold }: DerivedGame): Float64Array {
  const random = new SeededRandom(SEED, "prices");
  return contribution.map((I, at) => (threshold[at]! * (2 + 6 * random.uniform())) ** 2 / I);
}

interface PeerAnswers {
  version: string;
  answers: { seconds: number; utility: number; success: boolean }[];
}

async function askPeer(game: DerivedGame, prices: Float64Array): Promise<PeerAnswers> {
  const python = await pythonWith(SCIPY);
  const { users, providers } = game;
  const row = (matrix: Float64Array, m: number) =>
    Array.from(matrix.subarray(m * providers, (m + 1) * providers));
  const games = Array.from({ length: users }, (_, m) => ({
    I: row(game.contribution, m),
    p: row(prices, m),
    a: row(game.workRoot, m).map((root) => root ** 2),
    b: row(game.airtimeRoot, m).map((root) => root ** 2),
    h: Array.from(game.halfDeadline),
    cf: game.gigahertzCost[m]!,
    cB: game.bandwidthCost[m]!,
    cpu: game.cpuBudget[m]!,
    radio: game.radioMegahertz[m]!,
  }));
  const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
  const peer = spawn(python, [join(import.meta.dirname, "responsePeer.py")], { env });
  peer.stdin.end(JSON.stringify({ games }));
  const [stdout, stderr] = await Promise.all([text(peer.stdout), text(peer.stderr)]);
  try {
    return JSON.parse(stdout) as PeerAnswers;
  } catch (cause) {
    throw new BaseError("BENCH_PEER", "The benchmark's process for SciPy failed.", {
      details: stderr.trim(),
      cause,
    });
  }
}
