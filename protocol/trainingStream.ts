/**
 * The stream of the task's seed that a worker's training of a round draws from:
 * everybody knows it, and nobody can choose it.
 *
 * @param worker - Address, as on chain.
 */
export function trainingStream(worker: string, round: number): (string | number)[] {
  return ["training", worker.toLowerCase(), round];
}
