import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { aggregateRound, type RevealedRound } from "../../../aggregators/aggregateRound.ts";
import { initialModel } from "../../../chains/initialModel.ts";
import { parseTaskSpec, type TaskSpec } from "../../../chains/taskSpec.ts";
import { fedAvg } from "../../../learning/federated/fedAvg.ts";
import { toFixedPoint } from "../../../learning/federated/fixedPoint.ts";
import { decodeUpdate, encodeUpdate } from "../../../learning/federated/updateCodec.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { decodeSafetensors } from "../../../learning/safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../../../learning/safetensors/encodeSafetensors.ts";
import type { SafetensorsTensor } from "../../../learning/safetensors/SafetensorsFile.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { encodeEngineId } from "../../../protocol/engineId.ts";
import type { RevealedUpdate } from "../../../protocol/leaves.ts";
import { SeededRandom } from "../../../protocol/SeededRandom.ts";
import type { ContentStore, Digest } from "../../../storage/ContentStore.ts";
import { EmbeddedStore } from "../../../storage/EmbeddedStore.ts";
import { smallSpec } from "../chains/smallSpec.ts";
import { rejected } from "../thrown.ts";

const spec: TaskSpec = parseTaskSpec(smallSpec());

/** The update of a worker: another for each seed. */
function updateOf(seed: number, model: ModelSpec = spec.model, fractionBits = spec.fractionBits): Uint8Array {
  return encodeUpdate(toFixedPoint(model, initialParameters(model, new SeededRandom(seed)), fractionBits));
}

/** An update rewritten as safetensors with other tensors or metadata. */
function rewritten(
  change: (metadata: Record<string, string>, tensors: Map<string, SafetensorsTensor>) => void,
): Uint8Array {
  const file = decodeSafetensors(updateOf(99));
  const metadata = { ...file.metadata };
  const tensors = new Map(file.tensors);
  change(metadata, tensors);
  return encodeSafetensors({ metadata, tensors });
}

/** An update whose kernel is another tensor. */
function withKernel(kernel: SafetensorsTensor): Uint8Array {
  return rewritten((_, tensors) => tensors.set("layer0.kernel", kernel));
}

/** An update whose numbers are all NaN: float32, every bit set. */
function withNan(): Uint8Array {
  const bytes = withKernel({ shape: [784, 10], data: new Float32Array(7840) });
  const header = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return bytes.fill(0xff, 8 + header);
}

const ENGINE = encodeEngineId({ numericClass: "strict/1", kind: "wasm", version: "0.1.0" });

describe("aggregateRound", () => {
  let directory: string;
  let storage: EmbeddedStore;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-aggregate-"));
    storage = new EmbeddedStore({ directory });
  });
  after(() => rm(directory, { recursive: true }));

  const revealed = (index: number, update: string, samples = 10, chainId = 7n): RevealedUpdate => ({
    chainId,
    task: 1n,
    round: 0,
    index,
    worker: `0x${String(index).padStart(40, "0")}`,
    update,
    samples,
    engine: ENGINE,
  });
  const stored = async (index: number, bytes: Uint8Array, samples = 10, chainId = 7n) =>
    revealed(index, await storage.put(bytes), samples, chainId);
  const round = (list: RevealedUpdate[], chainId = 7n): RevealedRound => ({ chainId, revealed: list });

  it("is the average of all updates, weighted by their samples", async () => {
    const virtual = [await stored(0, updateOf(1), 10), await stored(1, updateOf(2), 30)];
    const physical = [await stored(0, updateOf(3), 5, 8n)];
    const { bytes, accepted, leftOut } = await aggregateRound(
      spec,
      [round(virtual), round(physical, 8n)],
      storage,
    );
    const model = (seed: number) => decodeUpdate(updateOf(seed));
    const expected = fedAvg([
      { model: model(1), weight: 10 },
      { model: model(2), weight: 30 },
      { model: model(3), weight: 5 },
    ]);
    expect(bytes).to.deep.equal(encodeUpdate(expected));
    expect(accepted).to.deep.equal([[0b11n], [0b1n]]);
    expect(leftOut).to.deep.equal([]);
  });

  it("does not depend on the order of the reveals", async () => {
    const list = await Promise.all([0, 1, 2].map((i) => stored(i, updateOf(i), 10 + i)));
    const there = await aggregateRound(spec, [round(list)], storage);
    const back = await aggregateRound(spec, [round(list.toReversed())], storage);
    expect(back.bytes).to.deep.equal(there.bytes);
    expect(back.accepted).to.deep.equal(there.accepted);
  });

  it("sets the bits of workers far back in the order of enrolment", async () => {
    const list = [
      await stored(255, updateOf(1)),
      await stored(256, updateOf(2)),
      await stored(700, updateOf(3)),
    ];
    const { accepted } = await aggregateRound(spec, [round(list)], storage);
    expect(accepted).to.deep.equal([[1n << 255n, 1n, 1n << (700n - 512n)]]);
  });

  it("takes nothing of a subchain that revealed nothing", async () => {
    const { accepted } = await aggregateRound(
      spec,
      [round([]), round([await stored(2, updateOf(1))], 8n)],
      storage,
    );
    expect(accepted).to.deep.equal([[], [0b100n]]);
  });

  const bad: [what: string, bytes: () => Uint8Array, said: RegExp][] = [
    ["of another shape", () => updateOf(1, { ...spec.model, hidden: [3] }), /not of the task's model/],
    ["of another precision", () => updateOf(1, spec.model, 19), /not of the task's model/],
    ["with NaN instead of integers", withNan, /layer0\.kernel/],
    [
      "with floats instead of integers",
      () => withKernel({ shape: [784, 10], data: new Float32Array(7840) }),
      /layer0\.kernel of the update is not of type I32/,
    ],
    [
      "with a tensor of the wrong shape",
      () => withKernel({ shape: [10, 784], data: new Int32Array(7840) }),
      /layer0\.kernel of the update has the wrong shape/,
    ],
    [
      "without one of its tensors",
      () => rewritten((_, tensors) => tensors.delete("layer0.bias")),
      /has no tensor layer0\.bias/,
    ],
    [
      "with a tensor too many",
      () => rewritten((_, tensors) => tensors.set("more", { shape: [1], data: Int32Array.of(1) })),
      /no tensor "more"/,
    ],
    [
      "that says nothing of its model",
      () => rewritten((metadata) => Reflect.deleteProperty(metadata, "model")),
      /metadata/,
    ],
    ["that is cut short", () => updateOf(1).subarray(0, 5000), /./],
    ["that is empty", () => new Uint8Array(), /./],
    ["that is garbage", () => Uint8Array.from({ length: 4096 }, (_, i) => (i * 131) % 251), /./],
    ["that is the initial model's JSON", () => new TextEncoder().encode('{"model":1}'), /./],
  ];
  for (const [what, bytes, said] of bad) {
    it(`leaves out an update ${what}, and the rest are aggregated as if it were not there`, async () => {
      const good = [await stored(0, updateOf(1), 10), await stored(2, updateOf(2), 20)];
      const wrong = await stored(1, bytes());
      const without = await aggregateRound(spec, [round(good)], storage);
      const result = await aggregateRound(spec, [round([good[0]!, wrong, good[1]!])], storage);
      expect(result.bytes).to.deep.equal(without.bytes);
      expect(result.accepted).to.deep.equal([[0b101n]]);
      expect(result.leftOut.map(({ update }) => update)).to.deep.equal([wrong]);
      expect(result.leftOut[0]!.reason).to.match(said);
    });
  }

  it("leaves out an update that nobody stored", async () => {
    const good = await stored(0, updateOf(1));
    const missing = revealed(1, `0x${"ab".repeat(32)}`);
    const { accepted, leftOut } = await aggregateRound(spec, [round([good, missing])], storage);
    expect(accepted).to.deep.equal([[1n]]);
    expect(leftOut).to.have.length(1);
    expect(leftOut[0]!.reason).to.match(/not stored/);
  });

  it("leaves out an update whose stored bytes were corrupted", async () => {
    const good = await stored(0, updateOf(1));
    const corrupted = await stored(1, updateOf(7));
    await writeFile(storage.blocks.pathOf(corrupted.update as Digest), updateOf(8));
    const { bytes, accepted, leftOut } = await aggregateRound(spec, [round([good, corrupted])], storage);
    expect(accepted).to.deep.equal([[1n]]);
    expect(leftOut[0]!.reason).to.match(/corrupted/);
    expect(bytes).to.deep.equal(updateOf(1));
  });

  it("says that there is nothing when every update was left out, and why each was", async () => {
    const missing = revealed(1, `0x${"ab".repeat(32)}`);
    const error = await rejected(aggregateRound(spec, [round([missing])], storage));
    expect(error.code).to.equal("NO_UPDATES");
    expect(error.details).to.contain(missing.worker);
    expect((await rejected(aggregateRound(spec, [], storage))).code).to.equal("NO_UPDATES");
  });

  for (const code of ["STORAGE_UNREACHABLE", "STORAGE_REFUSED", "STORAGE_IO"]) {
    it(`blames no worker when storage cannot be asked (${code})`, async () => {
      const good = await stored(0, updateOf(1));
      const other = await stored(1, updateOf(2));
      const flaky: ContentStore = {
        put: (bytes) => storage.put(bytes),
        has: (digest) => storage.has(digest),
        get: (digest) =>
          digest === other.update
            ? Promise.reject(new BaseError(code, "The storage gateway does not work."))
            : storage.get(digest),
      };
      const error = await rejected(aggregateRound(spec, [round([good, other])], flaky));
      expect(error.code).to.equal(code);
    });
  }

  it("begins from a model that follows from the task's seed alone", () => {
    expect(initialModel(spec)).to.deep.equal(initialModel({ ...spec, name: "another" } as TaskSpec));
    expect(initialModel(spec)).to.not.deep.equal(initialModel({ ...spec, seed: spec.seed + 1 }));
    expect(decodeUpdate(initialModel(spec)).fractionBits).to.equal(spec.fractionBits);
  });
});
