import { concatDatasets } from "../../learning/datasets/concatDatasets.ts";
import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { decodeDataset } from "../../learning/datasets/datasetCodec.ts";
import { newestSamples } from "../../learning/datasets/newestSamples.ts";
import type { UpdateFile } from "../../learning/federated/UpdateFile.ts";
import { errorSentence } from "../errorSentence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { allowedBatches } from "./allowedBatches.ts";
import type { RevealedHere } from "./Reexecution.ts";
import { differs, HAVE_STORED, stored, unexamined } from "./reexecutionEnd.ts";

/**
 * The samples of the batches that a twin's update names, which must be those that
 * its round asks for.
 *
 * @throws ReexecutionEnd when it names others, or storage does not have them.
 */
export async function trainedOn(
  evidence: Evidence,
  here: RevealedHere,
  { data = [] }: UpdateFile,
): Promise<Dataset> {
  const { samplesPerRound } = (await evidence.spec()).training;
  if (data.length === 0) throw differs("data", "The update does not say what it was trained on.");
  const { synchronized, from, until } = await allowedBatches(evidence, here);
  const stranger = data.find((digest) => !synchronized.includes(digest));
  if (stranger !== undefined) {
    throw differs("data", `Batch ${stranger} was not synchronized to the twin before it committed.`);
  }
  const last = synchronized.indexOf(data.at(-1)!) + 1;
  if (last < from || last > until) {
    const asked = from === until ? `number ${from}` : `one from ${from} to ${until}`;
    throw differs(
      "data",
      `The update was trained as of synchronization ${last}; its round asks for ${asked}.`,
    );
  }
  const first = Math.max(0, last - data.length);
  const wrong = synchronized.slice(first, last).findIndex((digest, i) => digest !== data[i]);
  if (wrong !== -1) {
    throw differs(
      "data",
      `The update names batch ${data[wrong]} where ${synchronized[first + wrong]} was synchronized.`,
    );
  }
  const batches: Dataset[] = [];
  for (const digest of data) batches.push(await batchOf(evidence, digest));
  const samples = batches.reduce((sum, { labels }) => sum + labels.length, 0);
  if (samples < samplesPerRound && first > 0) {
    throw differs(
      "data",
      `The update leaves out batch ${synchronized[first - 1]}, which its round asks for.`,
    );
  }
  if (samples - batches[0]!.labels.length >= samplesPerRound) {
    throw differs("data", `The update names batch ${data[0]}, which is too old for its round.`);
  }
  return newestSamples(concatDatasets(batches), samplesPerRound);
}

async function batchOf(evidence: Evidence, digest: string): Promise<Dataset> {
  const bytes = await stored(evidence, "Batch", digest);
  try {
    return decodeDataset(bytes);
  } catch (error) {
    throw unexamined(`Batch ${digest} is no data set: ${errorSentence(error)}`, HAVE_STORED);
  }
}
