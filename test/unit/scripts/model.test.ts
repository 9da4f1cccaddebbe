import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { datasetSpecSchema } from "../../../learning/datasets/DatasetSpec.ts";
import { encodeDataset } from "../../../learning/datasets/datasetCodec.ts";
import { startEngine } from "../../../learning/engine/startEngine.ts";
import type { ExportedModel } from "../../../learning/exchange/ModelFormat.ts";
import { MODEL_FORMATS, type ModelFormatName } from "../../../learning/exchange/modelFormats.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { exportPlace, readModelFile, writeModelFiles } from "../../../scripts/modelFiles.ts";
import { predict, samplesOf } from "../../../scripts/predictFiles.ts";
import { Program } from "../../integration/Program.ts";
import { exchangedModel } from "../learning/exchange/exchangeCases.ts";
import { rejected, thrown } from "../thrown.ts";

/** Machines that are worn above 50 degrees: temperatures of mean 50 and deviation 10 were learned from. */
function wornModel(): ExportedModel {
  const spec: ModelSpec = { kind: "mlp", inputs: 3, hidden: [], outputs: 2 };
  const { card } = exchangedModel(spec);
  return {
    card: {
      ...card,
      dataset: datasetSpecSchema.parse({
        kind: "csv",
        file: "machines.csv",
        columns: [
          { name: "heat", role: "feature" },
          { name: "mode", role: "feature", values: ["idle", "run"] },
          { name: "state", role: "label", values: ["ok", "worn"] },
        ],
      }),
      statistics: { heat: [{ mean: 50, deviation: 10 }] },
    },
    // Logit of "worn" less that of "ok": 2 (heat − 50) / 10, and 1 less for machines that run.
    parameters: [Float32Array.of(0, 2, 0, 0, 0, -1), Float32Array.of(0, 0)],
  };
}

describe("freshet model predict", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "freshet-model-"));
  });
  after(() => rm(folder, { recursive: true }));
  const file = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };

  it("standardises, says classes by name, and compares with labels, without a chain, from any format", async () => {
    const path = await file("new.csv", "mode,heat,state\nidle,60,worn\nrun,53,ok\nrun,56,ok\nidle,40,ok\n");
    for (const format of Object.keys(MODEL_FORMATS) as ModelFormatName[]) {
      const model = join(folder, `worn${MODEL_FORMATS[format].extension ?? ""}`);
      await writeModelFiles(model, format, wornModel());
      expect(await readModelFile(model), format).to.deep.equal(wornModel());
    }
    const program = new Program("model", "predict", path, "--model", join(folder, "worn.onnx"), "--json");
    expect(await program.exitCode(), program.stderr).to.equal(0);
    const { predictions, score, metrics, samples } = JSON.parse(program.stdout);
    expect([samples, score, metrics.accuracy]).to.deep.equal([4, 0.75, 0.75]);
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const wanted = [
      ["row 1", 1, "worn", sigmoid(2), 1],
      ["row 2", 0, "ok", sigmoid(1 - 0.6), 0],
      ["row 3", 1, "worn", sigmoid(1.2 - 1), 0],
      ["row 4", 0, "ok", sigmoid(2), 0],
    ] as const;
    for (const [at, [sample, number, name, probability, label]] of wanted.entries()) {
      expect(predictions[at]).to.include({ sample, class: number, name, label });
      expect(predictions[at].probability).to.be.closeTo(probability, 1e-6);
    }
  });

  it("adds a target's offset and the model's scale", async () => {
    const { card } = exchangedModel({
      kind: "mlp",
      inputs: 1,
      hidden: [],
      outputs: 1,
      task: "regression",
      outputScale: 20,
    });
    const dataset = datasetSpecSchema.parse({
      kind: "csv",
      file: "a.csv",
      standardize: false,
      columns: [
        { name: "x", role: "feature" },
        { name: "y", role: "label", offset: 1000 },
      ],
    });
    const model = {
      card: { ...card, dataset, statistics: {} },
      parameters: [Float32Array.of(0.5), Float32Array.of(1)],
    };
    const samples = await samplesOf(model.card, [await file("xy.csv", "x,y\n3,1051\n")], {
      statistics: {},
    });
    const { predictions, evaluation } = predict(await startEngine(), model, samples);
    // (0.5 · 3 + 1) · 20 + 1000.
    expect(predictions).to.deep.equal([{ sample: "row 1", prediction: { target: 1050 }, label: 1051 }]);
    expect(evaluation!.metrics.meanAbsoluteError).to.equal(1);
  });

  it("takes several files, compressed ones, and samples as storage has them", async () => {
    const [a, b] = [
      await file("a.csv", "mode,heat\nidle,60\n"),
      await file("b.csv.gz", gzipSync("mode,heat\nrun,10\n")),
    ];
    const model = wornModel();
    const statistics = model.card.statistics!;
    const { names, isLabelled } = await samplesOf(model.card, [a, b], { statistics });
    expect([names, isLabelled]).to.deep.equal([[`${a}, row 1`, `${b}, row 1`], false]);
    const { dataset } = await samplesOf(model.card, [a], { statistics });
    const stored = await file("a.safetensors", encodeDataset(dataset));
    const again = await samplesOf(model.card, [stored], { statistics });
    expect(again.dataset.features).to.deep.equal(dataset.features);
    const labelled = await file("c.csv", "mode,heat,state\nidle,60,ok\n");
    const mixed = await rejected(samplesOf(model.card, [a, labelled], { statistics }));
    expect(mixed.code).to.equal("PREDICT_MIXED");
  });

  it("gives no score for labels that tell of none, and says why", async () => {
    const spec: ModelSpec = { kind: "autoencoder", inputs: 2, hidden: [1] };
    const { card } = exchangedModel(spec);
    const dataset = datasetSpecSchema.parse({ kind: "nab", series: ["real/a"], window: 2, stride: 1 });
    const model = { ...exchangedModel(spec), card: { ...card, dataset, statistics: {} } };
    const lines = [1, 5, 2, 4].map((value, i) => `2014-02-14 00:0${i}:00,${value}`);
    const series = await file("a.csv", `timestamp,value\n${lines.join("\n")}\n`);
    const labels = await file("w.json", JSON.stringify({ [series.split("/").slice(-2).join("/")]: [] }));
    const samples = await samplesOf(model.card, [series], { labels, statistics: {} });
    const { evaluation, unscored, predictions } = predict(await startEngine(), model, samples);
    expect(evaluation).to.equal(undefined);
    expect(unscored).to.contain("0 are anomalous");
    expect(predictions[0]!.prediction).to.have.property("anomaly").that.is.above(0);
  });

  it("says what a file has to be, and that labels are not apart", async () => {
    const model = wornModel();
    const statistics = model.card.statistics!;
    const wrong = await rejected(
      samplesOf(model.card, [await file("d.csv", "mode\nidle\n")], { statistics }),
    );
    expect(wrong.code).to.equal("CSV_HEADER");
    expect(wrong.details)
      .to.contain('"heat" is missing.')
      .and.to.contain("The model learned from csv: wanted is a table");
    const labels = await file("e.csv", "state\nok\n");
    const apart = await rejected(samplesOf(model.card, [labels], { labels, statistics }));
    expect(apart.code).to.equal("OPTION_INVALID");
  });

  it("says what is wrong with a model's file, or with how it is asked", async () => {
    const none = await file("x.onnx", "not one");
    expect((await rejected(readModelFile(none))).code).to.equal("MODEL_FILE");
    expect((await rejected(readModelFile(await file("x.bin", "")))).code).to.equal("MODEL_FILE");
    expect((await rejected(readModelFile(join(folder, "no.onnx")))).code).to.equal("FILE_UNREADABLE");
    const infinite = wornModel();
    await writeModelFiles(join(folder, "infinite"), "tfjs", {
      ...infinite,
      parameters: infinite.parameters.map((values) => values.map(() => Number.POSITIVE_INFINITY)),
    });
    expect((await rejected(readModelFile(join(folder, "infinite", "model.json")))).code).to.equal(
      "MODEL_FILE_VALUE",
    );
    const program = new Program("model", "predict", none, "--json");
    expect(await program.exitCode()).to.equal(2);
    expect(JSON.parse(program.stdout)).to.include({ ok: false, error: "OPTION_INVALID" });
  });

  it("leaves nothing behind of a model that a format cannot hold", async () => {
    const gru = exchangedModel({
      kind: "gru",
      input: [4, 2],
      units: 3,
      hidden: [],
      outputs: 2,
      task: "classification",
    });
    const path = join(folder, "gru");
    expect((await rejected(writeModelFiles(path, "tfjs", gru))).code).to.equal("EXPORT_UNSUPPORTED");
    expect(await readdir(folder)).to.not.include("gru");
  });

  it("exports to a path that has its format's ending, which tells the format unless that is said", () => {
    expect(exportPlace({})).to.deep.equal({ format: "safetensors", path: undefined });
    expect(exportPlace({ out: "q.onnx" })).to.deep.equal({ format: "onnx", path: "q.onnx" });
    expect(exportPlace({ out: "model", format: "onnx" })).to.deep.equal({
      format: "onnx",
      path: "model.onnx",
    });
    expect(exportPlace({ out: "model" })).to.deep.equal({ format: "safetensors", path: "model.safetensors" });
    expect(exportPlace({ out: "folder", format: "tfjs" })).to.deep.equal({ format: "tfjs", path: "folder" });
    expect(thrown(() => exportPlace({ out: "q.onnx", format: "safetensors" })).code).to.equal(
      "OPTION_INVALID",
    );
    expect(thrown(() => exportPlace({ format: "pickle" })).code).to.equal("OPTION_INVALID");
  });
});
