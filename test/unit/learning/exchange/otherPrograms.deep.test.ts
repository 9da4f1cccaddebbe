import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { type PythonLibrary, pythonWith } from "../../../../bench/pythonWith.ts";
import { PYTORCH } from "../../../../bench/pytorch.ts";
import type { Engine } from "../../../../learning/engine/Engine.ts";
import { startEngine } from "../../../../learning/engine/startEngine.ts";
import { MODEL_FORMATS, type ModelFormatName } from "../../../../learning/exchange/modelFormats.ts";
import type { ModelSpec } from "../../../../learning/models/ModelSpec.ts";
import { networkOf } from "../../../../learning/models/networkOf.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";
import { writeModelFiles } from "../../../../scripts/modelFiles.ts";
import { drawnSpec, EXCHANGED, exchangedModel, ownOutputs, someInputs } from "./exchangeCases.ts";

const run = promisify(execFile);

const ONNX_RUNTIME: PythonLibrary = {
  name: "ONNX Runtime",
  module: "onnxruntime",
  debian: ["python3-onnxruntime"],
  pip: "onnxruntime",
};

/** What loads each format: a program, and how it is started. */
const PROGRAMS: Readonly<Record<ModelFormatName, { name: string; command(): Promise<string[]> }>> = {
  safetensors: { name: "PyTorch", command: async () => [await pythonWith(PYTORCH), peer("pytorchPeer.py")] },
  tfjs: { name: "TensorFlow.js", command: async () => [process.execPath, peer("tfjsPeer.ts")] },
  onnx: { name: "ONNX Runtime", command: async () => [await pythonWith(ONNX_RUNTIME), peer("onnxPeer.py")] },
};

/** Outputs of other programs lie within this of Freshet's, times the largest output: sums are taken in other orders. */
const TOLERANCE = 1e-5;
const SAMPLES = 4;
/** Drawn architectures besides the named ones. */
const DRAWN = 30;

function peer(file: string): string {
  return join(import.meta.dirname, file);
}

/** Draws of parameters until one makes something of its inputs. */
const DRAWS = 100;

/**
 * A model whose outputs depend on its inputs, with what Freshet's engine makes of them: small networks are easily dead
 * behind a ReLU, and constant outputs would agree whatever is before them.
 */
function livelyModel(engine: Engine, spec: ModelSpec, inputs: Float32Array, shape: readonly number[]) {
  for (let seed = 0; seed < DRAWS; seed++) {
    const model = exchangedModel(spec, seed);
    const outputs = ownOutputs(engine, model, inputs, shape);
    const length = outputs.length / SAMPLES;
    const [first, second] = [outputs.slice(0, length), outputs.slice(length, 2 * length)];
    if (first.join() !== second.join()) return { model, outputs };
  }
  throw new Error(`no parameters of ${JSON.stringify(spec)} make anything of their inputs`);
}

/** A model and the shape of samples that it is tried on. */
interface Tried {
  name: string;
  spec: ModelSpec;
  shape: readonly number[];
}

const TRIED: readonly Tried[] = [
  ...Object.entries(EXCHANGED).map(([name, spec]) => ({ name, spec, shape: networkOf(spec).inputShape })),
  // Learned from windows, used on whole scenes.
  { name: "a detector on larger images", spec: EXCHANGED["a detector"]!, shape: [32, 40, 2] },
  {
    name: "ResNet-18 as in the benchmark",
    spec: { kind: "resnet18", input: [28, 28, 1], outputs: 10, width: 16 },
    shape: [28, 28, 1],
  },
  ...Array.from({ length: DRAWN }, (_, seed) => {
    const spec = drawnSpec(seed);
    return {
      name: `drawn architecture ${seed}, ${JSON.stringify(spec)}`,
      spec,
      shape: networkOf(spec).inputShape,
    };
  }),
];

describe("exported models in other programs", () => {
  let engine: Engine;
  let folder: string;
  before(async () => {
    engine = await startEngine();
    folder = await mkdtemp(join(tmpdir(), "freshet-exchange-"));
  });
  after(() => rm(folder, { recursive: true }));

  for (const [format, { name: program, command }] of Object.entries(PROGRAMS)) {
    it(`give ${program} what they give Freshet's engine, within ${TOLERANCE} of the largest output`, async function () {
      let words: string[];
      try {
        words = await command();
      } catch (error) {
        if (!(error instanceof BaseError && error.code === "BENCH_PYTHON")) throw error;
        this.test!.title += ` (skipped: ${error.shortMessage})`;
        return this.skip();
      }
      const tried = TRIED.filter(({ spec }) => !(format === "tfjs" && spec.kind === "gru"));
      const cases: { model: string; shape: number[]; inputs: string }[] = [];
      const own: Float32Array[] = [];
      for (const [place, { spec, shape }] of tried.entries()) {
        const inputs = someInputs(shape, SAMPLES, place);
        const { model, outputs } = livelyModel(engine, spec, inputs, shape);
        const path = join(
          folder,
          `${format}-${place}${MODEL_FORMATS[format as ModelFormatName].extension ?? ""}`,
        );
        await writeModelFiles(path, format as ModelFormatName, model);
        await writeFile(`${path}.inputs`, new Uint8Array(inputs.buffer));
        cases.push({ model: path, shape: [SAMPLES, ...shape], inputs: `${path}.inputs` });
        own.push(outputs);
      }
      const list = join(folder, `${format}.json`);
      await writeFile(list, JSON.stringify(cases));
      const { stdout } = await run(words[0]!, [...words.slice(1), list], { maxBuffer: 2 ** 28 });
      const answer = JSON.parse(stdout.trim().split("\n").at(-1)!) as {
        version: string;
        outputs: number[][];
      };
      this.test!.title += ` (${answer.version}, ${tried.length} models)`;
      for (const [place, { name }] of tried.entries()) {
        const [mine, theirs] = [own[place]!, answer.outputs[place]!];
        expect(theirs.length, name).to.equal(mine.length);
        const largest = mine.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const apart = mine.reduce((most, value, at) => Math.max(most, Math.abs(value - theirs[at]!)), 0);
        expect(apart / largest, name).to.be.at.most(TOLERANCE);
      }
    });
  }
});
