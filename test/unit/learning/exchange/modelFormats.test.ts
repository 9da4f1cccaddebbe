import { expect } from "chai";
import fc from "fast-check";
import type { ExportedModel } from "../../../../learning/exchange/ModelFormat.ts";
import { MODEL_FORMATS } from "../../../../learning/exchange/modelFormats.ts";
import { fromLayout, type TensorLayout, toLayout } from "../../../../learning/exchange/TensorLayout.ts";
import { elementCount } from "../../../../learning/models/elementCount.ts";
import { parameterShapes } from "../../../../learning/models/parameterShapes.ts";
import { decodeSafetensors } from "../../../../learning/safetensors/decodeSafetensors.ts";
import { runs } from "../../../tier.ts";
import { rejected } from "../../thrown.ts";
import { drawnSpec, EXCHANGED, exchangedModel } from "./exchangeCases.ts";

/** A model read back from the files of a format. */
async function exchanged(format: keyof typeof MODEL_FORMATS, model: ExportedModel): Promise<ExportedModel> {
  const files = await MODEL_FORMATS[format].write(model);
  return MODEL_FORMATS[format].read(async (name) => files.get(name)!);
}

describe("modelFormats", () => {
  for (const format of Object.keys(MODEL_FORMATS) as (keyof typeof MODEL_FORMATS)[]) {
    for (const [name, spec] of Object.entries(EXCHANGED)) {
      if (format === "tfjs" && spec.kind === "gru") continue;
      it(`bring back ${name} from ${format}, to the bit`, async () => {
        const model = exchangedModel(spec);
        expect(await exchanged(format, model)).to.deep.equal(model);
      });
    }
  }

  it("bring back drawn architectures, to the bit", () =>
    fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const model = exchangedModel(drawnSpec(seed), seed);
        for (const format of Object.keys(MODEL_FORMATS) as (keyof typeof MODEL_FORMATS)[]) {
          if (format === "tfjs" && model.card.model.kind === "gru") continue;
          expect(await exchanged(format, model), format).to.deep.equal(model);
        }
      }),
      runs(25),
    ));

  it("say why TensorFlow.js cannot have a recurrent unit", async () => {
    const error = await rejected(MODEL_FORMATS.tfjs.write(exchangedModel(EXCHANGED["a recurrent unit"]!)));
    expect(error).to.include({ code: "EXPORT_UNSUPPORTED" });
    expect(error.details).to.contain("reset gate");
  });

  it("store a variance that rounding left below 0 as 0, as the engine takes it", async () => {
    const spec = EXCHANGED["depthwise convolutions"]!;
    const model = exchangedModel(spec);
    const place = parameterShapes(spec).findIndex(({ name }) => name.endsWith(".variance"));
    model.parameters[place]![0] = -1e-6;
    for (const format of Object.keys(MODEL_FORMATS) as (keyof typeof MODEL_FORMATS)[]) {
      expect((await exchanged(format, model)).parameters[place]![0], format).to.equal(0);
    }
  });

  it("give tensors PyTorch's names and shapes", async () => {
    const files = await MODEL_FORMATS.safetensors.write(exchangedModel(EXCHANGED["a recurrent unit"]!));
    const { tensors } = decodeSafetensors(files.get("")!);
    expect(Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))).to.deep.equal({
      "gru.weight_ih_l0": [15, 3],
      "gru.weight_hh_l0": [15, 5],
      "gru.bias_ih_l0": [15],
      "gru.bias_hh_l0": [15],
      "layer0.weight": [4, 5],
      "layer0.bias": [4],
      "layer1.weight": [1, 4],
      "layer1.bias": [1],
    });
  });

  it("say in the file how samples are made and what outputs mean", async () => {
    const files = await MODEL_FORMATS.tfjs.write(exchangedModel(EXCHANGED["dense layers"]!));
    const { userDefinedMetadata } = JSON.parse(new TextDecoder().decode(files.get("model.json")!));
    expect(userDefinedMetadata).to.deep.include({
      format: "freshet-export/1",
      dataset: { kind: "mnist", writers: false },
      statistics: null,
    });
    expect(userDefinedMetadata.input).to.deep.include({ shape: [7], scale: 1 / 255 });
    expect(userDefinedMetadata.input.preprocessing.join()).to.contain("divided by 255");
    expect(userDefinedMetadata.output.meaning).to.contain("softmax");
  });

  it("refuse files that Freshet did not write", async () => {
    const wrong: Record<keyof typeof MODEL_FORMATS, Uint8Array[]> = {
      safetensors: [new Uint8Array(4)],
      tfjs: [Uint8Array.of(1), new TextEncoder().encode("{}"), new TextEncoder().encode("null")],
      onnx: [Uint8Array.of(0xff, 0xff, 0xff), new Uint8Array(0)],
    };
    for (const [format, files] of Object.entries(wrong)) {
      for (const bytes of files) {
        const error = await rejected(MODEL_FORMATS[format as keyof typeof wrong].read(async () => bytes));
        expect(error.code, `${format} ${bytes}`).to.match(/^(MODEL_FILE|SAFETENSORS_)/);
      }
    }
  });

  it("refuse a file that ends too early, or whose tensors are another model's", async () => {
    const files = await MODEL_FORMATS.tfjs.write(exchangedModel(EXCHANGED["dense layers"]!));
    const weights = files.get("weights.bin")!;
    const cut = async (name: string) => (name === "weights.bin" ? weights.subarray(4) : files.get(name)!);
    expect(await rejected(MODEL_FORMATS.tfjs.read(cut))).to.include({ code: "MODEL_FILE_SHAPE" });
    const onnx = (await MODEL_FORMATS.onnx.write(exchangedModel(EXCHANGED.regression!))).get("")!;
    for (const end of [onnx.length - 1, onnx.length >> 1, 40]) {
      const error = await rejected(MODEL_FORMATS.onnx.read(async () => onnx.subarray(0, end)));
      expect(error.code, String(end)).to.match(/^MODEL_FILE/);
    }
  });

  it("write the same bytes for the same model", async () => {
    for (const format of Object.values(MODEL_FORMATS)) {
      const [one, other] = await Promise.all(
        [1, 1].map((seed) => format.write(exchangedModel(EXCHANGED["dense layers"]!, seed))),
      );
      expect(one).to.deep.equal(other);
    }
  });
});

describe("TensorLayout", () => {
  it("stores values in another order, and brings them back", () => {
    const layouts = fc
      .record({
        view: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        seed: fc.integer({ min: 0, max: 23 }),
        reversed: fc.boolean(),
      })
      .map(({ view, seed, reversed }): TensorLayout => {
        const axes = view.map((_, axis) => axis).sort((a, b) => ((a * 7 + seed) % 5) - ((b * 7 + seed) % 5));
        const order = Array.from({ length: view[axes[0]!]! }, (_, place) => place).reverse();
        return {
          name: "x",
          shape: axes.map((axis) => view[axis]!),
          view,
          axes,
          ...(reversed ? { order } : {}),
        };
      });
    fc.assert(
      fc.property(layouts, (layout) => {
        const values = Float32Array.from({ length: elementCount(layout.view) }, (_, at) => at + 1);
        const stored = toLayout(values, layout);
        expect(fromLayout(stored, layout)).to.deep.equal(values);
        expect([...stored].sort((a, b) => a - b)).to.deep.equal([...values]);
      }),
    );
  });

  it("transposes: place [j, i] has what was at [i, j]", () => {
    const layout = { name: "x", shape: [3, 2], view: [2, 3], axes: [1, 0] };
    expect([...toLayout(Float32Array.of(1, 2, 3, 4, 5, 6), layout)]).to.deep.equal([1, 4, 2, 5, 3, 6]);
  });
});
