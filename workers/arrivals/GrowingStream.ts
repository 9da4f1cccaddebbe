import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { newestSamples } from "../../learning/datasets/newestSamples.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { exactShare } from "../../numerics/Share.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { applyPrivacyPolicy, type PrivacyPolicy } from "../privacyPolicy.ts";
import type { RefreshPart, SampleStream, StreamPart } from "../SampleStream.ts";
import type { ArrivedSamples, PlacedSamples } from "./ArrivedSamples.ts";
import type { Marks } from "./Marks.ts";

/**
 * What comes to a device while it takes part in a task. A refresh brings what has come since the one before it, or, the
 * first, all that is kept; where one refresh ends and the next begins is kept on disk. Positions are those of arrivals:
 * some may be no sample.
 */
export class GrowingStream implements SampleStream {
  readonly isForeseen = false;
  readonly #samples: ArrivedSamples;
  readonly #marks: Marks;
  /** Which of some samples are in the stream. */
  readonly #choose: (placed: PlacedSamples) => Dataset;
  #marking: Promise<unknown> = Promise.resolve();

  constructor(
    samples: ArrivedSamples,
    {
      marks,
      choose = ({ samples: all }) => all,
    }: { marks: Marks; choose?: (placed: PlacedSamples) => Dataset },
  ) {
    this.#samples = samples;
    this.#marks = marks;
    this.#choose = choose;
  }

  async expected(): Promise<undefined> {
    const { arrivals } = this.#samples;
    // What a policy, or the task, does not fit is told at once.
    this.#choose({ samples: await this.#samples.none(), positions: [] });
    await arrivals.look();
    const { length } = (await this.newest(arrivals.end, 1)).labels;
    if (length > 0) return undefined;
    const why = this.#samples.leftOut;
    throw new BaseError("DEVICE_WITHOUT_DATA", `Nothing to learn from has come from ${arrivals.name} yet.`, {
      details: why === undefined ? `${arrivals.end} rows or files have come.` : why.shortMessage,
      next: "See that it gets what the task's dataset describes; the device takes part in the next task then.",
    });
  }

  async likeness(): Promise<Dataset> {
    return this.#samples.none();
  }

  async refreshes(count: number): Promise<Iterable<RefreshPart>> {
    return numbers(count);
  }

  brought(_count: number, j: number): Promise<StreamPart> {
    const marking = this.#marking.then(async () => {
      const known = await this.#marks.get(j);
      if (known !== undefined) return known;
      const { arrivals } = this.#samples;
      await arrivals.look();
      const { end } = arrivals;
      const [before, after] = await Promise.all([this.#marks.before(j), this.#marks.after(j)]);
      const until = Math.min(end, after ?? end);
      const mark = { from: Math.min(until, before ?? this.#samples.oldest(until)), until };
      await this.#marks.put(j, mark);
      return mark;
    });
    this.#marking = marking.catch(() => undefined);
    return marking;
  }

  async read(part: StreamPart): Promise<Dataset> {
    return this.#choose(await this.#samples.placed(part));
  }

  async newest(until: number, most: number): Promise<Dataset> {
    return newestSamples(await this.read({ from: this.#samples.oldest(until), until }), most);
  }

  /** Of a `fraction` each sample leaves with that probability, by its position: how many will come nobody knows. */
  leaving(
    { name, policy }: { name: string; policy: PrivacyPolicy },
    { seed }: { seed: number },
  ): GrowingStream {
    const choose = (placed: PlacedSamples) => {
      const samples = this.#choose(placed);
      if (policy.kind !== "fraction") return applyPrivacyPolicy(policy, samples, new SeededRandom(seed));
      const share = exactShare(policy.fraction).toNumber();
      // A file has many samples with one position.
      let first = 0;
      const rows = placed.positions.flatMap((position, row) => {
        if (position !== placed.positions[first]) first = row;
        const random = new SeededRandom(seed, "privacy", name, position, row - first);
        return random.uniform() < share ? [row] : [];
      });
      return selectSamples(samples, rows);
    };
    return new GrowingStream(this.#samples, { marks: this.#marks, choose });
  }
}

function* numbers(count: number): Generator<RefreshPart> {
  for (let refresh = 0; refresh < count; refresh++) yield { refresh };
}
