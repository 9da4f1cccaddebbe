import { readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../../files/writeWhole.ts";
import { encodeDataset } from "../../learning/datasets/datasetCodec.ts";
import type { Federation, FederationScores } from "../../mechanisms/FigureLaboratory.ts";
import { digestOf } from "../../storage/contentId.ts";

/** Changes when the same federation would no longer give the same scores, or is described otherwise. */
const FORMAT = "freshet-training/1";

/**
 * What trainings came to, kept in a directory from when each is finished until the command that asked for them has
 * ended: one that is interrupted is asked again, and goes on behind what it had trained. Afterwards nothing is left, so
 * that no later command shows what earlier code trained.
 *
 * @example
 * const kept = new KeptTrainings(join("results", "model-trading", "trainings"));
 * const scores = await kept.federate(federation, () => laboratory.federate(federation));
 * await kept.remove();
 */
export class KeptTrainings {
  readonly #directory: string;
  readonly #files = new Set<string>();

  /** @param directory - Where to; made when something is kept. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * What a federation came to: as it was kept, else as `train` says.
   *
   * @returns Whether it was kept before, and the scores. Throws what `train` and the file system do.
   */
  async federate(
    federation: Federation,
    train: () => Promise<FederationScores>,
  ): Promise<{ kept: boolean; scores: FederationScores }> {
    const path = join(this.#directory, `${await nameOf(federation)}.json`);
    this.#files.add(path);
    const before = await readFile(path, "utf8").catch(() => undefined);
    if (before !== undefined) return { kept: true, scores: JSON.parse(before) as FederationScores };
    const scores = await train();
    const text = JSON.stringify(scores);
    // A number that JSON has no word for would be another one when it is read.
    if (!/\bnull\b/.test(text)) await writeWhole(path, `${text}\n`);
    return { kept: false, scores };
  }

  /** Removes what was asked for here, and the directory if that leaves it empty. */
  async remove(): Promise<void> {
    for (const path of this.#files) await rm(path, { force: true });
    // Another command's may be in it, or nothing was ever kept.
    await rmdir(this.#directory).catch(() => undefined);
  }
}

/** All that the scores follow from, but for what the workers hold after their first round, which the same code deals. */
async function nameOf({ task, rounds, workers, weights, test, target }: Federation): Promise<string> {
  const content = async (data: Federation["test"]) => digestOf(encodeDataset(data));
  const described = {
    format: FORMAT,
    task,
    rounds,
    weights,
    target,
    test: await content(test),
    workers: await Promise.all(
      workers.map(async ({ name, dataFor }) => ({ name, first: await content(dataFor(0)) })),
    ),
  };
  const digest = await digestOf(new TextEncoder().encode(JSON.stringify(described)));
  return digest.slice(2, 34);
}
