import { stat } from "node:fs/promises";

import { Command } from "commander";
import { type DatasetSpec, datasetKindOf } from "../../learning/datasets/DatasetSpec.ts";
import type { Statistics } from "../../learning/datasets/SampleReader.ts";
import { startEngine } from "../../learning/engine/startEngine.ts";
import type { ExportedModel } from "../../learning/exchange/ModelFormat.ts";
import { MODEL_FORMATS, type ModelFormatName } from "../../learning/exchange/modelFormats.ts";
import { acceptedCount } from "../../protocol/acceptance.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Table } from "../../reports/Table.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import { trainedModel } from "../../tasks/trainedModel.ts";
import { knownTask } from "../knownTask.ts";
import { exportPlace, FORMAT_NAMES, readModelFile, writeModelFiles } from "../modelFiles.ts";
import { DEFAULT_NETWORK_FILE, openNetwork } from "../openNetwork.ts";
import { ownNode, READING_NODE_OPTION } from "../ownNode.ts";
import { type NamedPrediction, type Predictions, predict, samplesOf } from "../predictFiles.ts";
import { printTable } from "../printTable.ts";
import { DATA_OPTION, dataDirectory, wholeNumber } from "../settings.ts";
import { Terminal } from "../Terminal.ts";

/** How many predictions are told one by one. */
const MOST_ROWS = 40;

interface ExportOptions {
  format?: string;
  out?: string;
  network: string;
  node?: string;
  data?: string;
  json?: boolean;
}

const exportModel = new Command("export")
  .description("write a round's global model for PyTorch, TensorFlow.js or ONNX Runtime")
  .argument("<task>", "task")
  .argument("[round]", "round, from 1 as task show counts; the last unless given")
  .option(
    "--format <name>",
    `one of ${FORMAT_NAMES} (docs/model-export.md); as the ending of --out tells, or safetensors, unless given`,
  )
  .option(
    "--out <path>",
    "the file, which gets its format's ending, or the folder of tfjs (default: task-TASK-round-ROUND here)",
  )
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--data <dir>", DATA_OPTION)
  .option("--json", "print JSON")
  .action(async (id: string, round: string | undefined, options: ExportOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    const place = exportPlace(options);
    const { format } = place;
    const model = await modelOfTask(terminal, { ...options, task: id, round });
    const { origin } = model.card;
    const path = place.path ?? defaultPath(origin, format);
    const files = await writeModelFiles(path, format, model);
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    terminal.done(`${path}: ${MODEL_FORMATS[format].title}, ${(bytes / 1e6).toFixed(2)} MB`);
    terminal.result({ ...origin, format, path, files, bytes, statistics: model.card.statistics !== null });
  });

interface PredictOptions {
  model?: string;
  task?: string;
  round?: string;
  labels?: string;
  network: string;
  node?: string;
  data?: string;
  json?: boolean;
}

const predictCommand = new Command("predict")
  .description("have a model predict samples of files, made as those that it learned from")
  .argument("<files...>", "files in the form of the task's data set, or its samples as safetensors")
  .option("--model <path>", "a model that was exported before; no chain is asked")
  .option("--task <id>", "the global model of this task instead")
  .option("--round <number>", "with --task: of this round, from 1; the last unless given")
  .option("--labels <file>", "the labels of the one file, where its form has them apart")
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--data <dir>", DATA_OPTION)
  .option("--json", "print JSON: all predictions")
  .action(async (files: string[], options: PredictOptions) => {
    const terminal = new Terminal({ json: options.json === true });
    if ((options.model === undefined) === (options.task === undefined)) {
      throw new BaseError("OPTION_INVALID", "Which model is to predict?", {
        next: "Give either --model FILE, exported before, or --task ID.",
      });
    }
    if (options.round !== undefined && options.task === undefined) {
      throw new BaseError("OPTION_INVALID", "--round goes with --task: an exported model is of one round.");
    }
    if (options.labels !== undefined && files.length > 1) {
      throw new BaseError(
        "OPTION_INVALID",
        `--labels are those of one file, and ${files.length} were given.`,
      );
    }
    const model =
      options.model === undefined
        ? await modelOfTask(terminal, { ...options, task: options.task! })
        : await readModelFile(options.model);
    const { card } = model;
    const statistics = card.statistics ?? (await statisticsFrom(options.data, card.dataset));
    const samples = await samplesOf(card, files, { labels: options.labels, statistics });
    terminal.status(`predicting ${samples.names.length} samples …`);
    const predictions = predict(await startEngine(), model, samples);
    terminal.status("");
    const names = datasetKindOf(card.dataset).reader.classNames?.(card.dataset as never);
    printPredictions(terminal, predictions, names);
    const { evaluation, unscored } = predictions;
    terminal.result({
      model: card.origin,
      samples: samples.names.length,
      ...(evaluation === undefined ? {} : { score: evaluation.score, metrics: evaluation.metrics }),
      ...(unscored === undefined ? {} : { unscored }),
      predictions: predictions.predictions.map((told) => flattened(told, names)),
    });
  });

/** `freshet model`. */
export const modelCommand = new Command("model").addCommand(exportModel).addCommand(predictCommand);

function defaultPath({ task, round }: ExportedModel["card"]["origin"], format: ModelFormatName): string {
  return `task-${task}-round-${round}${MODEL_FORMATS[format].extension ?? "-tfjs"}`;
}

/** The global model of a task's round, checked against the main chain, with what has to be known to use it. */
async function modelOfTask(
  terminal: Terminal,
  options: {
    task: string;
    round?: string | undefined;
    network: string;
    node?: string;
    data?: string | undefined;
  },
): Promise<ExportedModel> {
  const round = options.round === undefined ? undefined : wholeNumber(options.round, "the round", 1, 65_536);
  const network = await openNetwork(options.network, await ownNode(options, []));
  try {
    const task = await knownTask(network, options.task);
    terminal.status("reading the chains …");
    const view = await network.history.task(task);
    const model = await trainedModel(view, network.storage, round);
    terminal.status("");
    terminal.done(
      `model of task ${task}, round ${model.round}: ${model.digest} as on the ${network.file.main.name} chain, score ${(100 * model.score).toFixed(2)} %`,
    );
    const rounds = view.rounds.slice(0, model.round);
    if (!rounds.some(({ result }) => result?.accepted.some((words) => acceptedCount(words) > 0))) {
      terminal.warn("no update was accepted up to this round: it is the model that training began from");
    }
    return {
      card: {
        model: model.spec.model,
        origin: {
          chainId: String(network.file.main.chainId),
          taskManager: view.manager,
          task: String(task),
          name: model.spec.name,
          round: model.round,
          globalModel: model.digest,
          score: model.score,
        },
        dataset: model.spec.dataset,
        statistics: await knownStatistics(terminal, options.data, model.spec.dataset),
      },
      parameters: model.parameters,
    };
  } finally {
    network.close();
  }
}

/** What preparing samples takes from the data that were learned from; null where those are not here. */
async function knownStatistics(
  terminal: Terminal,
  data: string | undefined,
  spec: DatasetSpec,
): Promise<Statistics | null> {
  try {
    return await statisticsFrom(data, spec);
  } catch (error) {
    if (!(error instanceof BaseError && error.code === "DATA_MISSING")) throw error;
    terminal.warn(
      `the data that were learned from are not here, so their means and deviations, by which samples are standardised, are not known: ${error.shortMessage}`,
    );
    return null;
  }
}

async function statisticsFrom(data: string | undefined, spec: DatasetSpec): Promise<Statistics> {
  return new TaskData(await dataDirectory(data)).statistics(spec);
}

function printPredictions(
  terminal: Terminal,
  { predictions, evaluation, unscored }: Predictions,
  names: readonly string[] | undefined,
): void {
  printTable(terminal, tableOf(predictions, names), { mostRows: MOST_ROWS });
  if (unscored !== undefined) terminal.warn(`there is no score: ${unscored}`);
  if (evaluation === undefined) return;
  const metrics = Object.entries(evaluation.metrics).map(([name, value]) => `${name} ${rounded(value)}`);
  terminal.done(
    `score ${(100 * evaluation.score).toFixed(2)} % of ${evaluation.samples} samples: ${metrics.join(", ")}`,
  );
}

/** A row a sample; of images with objects, one an object. */
function tableOf(predictions: readonly NamedPrediction[], names: readonly string[] | undefined): Table {
  const isLabelled = predictions[0]?.label !== undefined;
  const nameOf = (place: number) => names?.[place] ?? String(place);
  const rows = predictions.flatMap(({ sample, prediction, label }): string[][] => {
    const known = label === undefined ? [] : [label];
    if ("class" in prediction) {
      return [
        [
          sample,
          nameOf(prediction.class),
          `${(100 * prediction.probability).toFixed(2)} %`,
          ...known.map(nameOf),
        ],
      ];
    }
    if ("target" in prediction) return [[sample, rounded(prediction.target), ...known.map(rounded)]];
    if ("anomaly" in prediction) return [[sample, rounded(prediction.anomaly), ...known.map(nameOf)]];
    if (prediction.objects.length === 0) return [[sample, "nothing", "", ""]];
    return prediction.objects.map(({ category, score, left, top, right, bottom }) => [
      sample,
      nameOf(category),
      `${(100 * score).toFixed(2)} %`,
      [left, top, right, bottom].map((side) => side.toFixed(1)).join(", "),
    ]);
  });
  return {
    columns: [...columnsOf(predictions[0]?.prediction), ...(isLabelled ? [{ header: "is" }] : [])],
    rows,
  };
}

function columnsOf(prediction: NamedPrediction["prediction"] | undefined): Table["columns"] {
  const right = "right" as const;
  if (prediction === undefined || "class" in prediction) {
    return [{ header: "sample" }, { header: "predicted" }, { header: "probability", align: right }];
  }
  if ("target" in prediction) return [{ header: "sample" }, { header: "predicted", align: right }];
  if ("anomaly" in prediction) return [{ header: "sample" }, { header: "anomaly", align: right }];
  return [
    { header: "sample" },
    { header: "object" },
    { header: "score", align: right },
    { header: "left, top, right, bottom" },
  ];
}

/** For machines: what is predicted, with the names of classes where they have some. */
function flattened(
  { sample, prediction, label }: NamedPrediction,
  names: readonly string[] | undefined,
): object {
  const named = (place: number | undefined) =>
    place === undefined || names === undefined ? {} : { name: names[place] };
  if ("objects" in prediction) {
    return {
      sample,
      objects: prediction.objects.map((object) => ({ ...object, ...named(object.category) })),
    };
  }
  const known = label === undefined ? {} : { label };
  return { sample, ...prediction, ...("class" in prediction ? named(prediction.class) : {}), ...known };
}

function rounded(value: number): string {
  return Number(value.toPrecision(6)).toString();
}
