import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { aggregateRound, type RevealedRound } from "../../../aggregators/aggregateRound.ts";
import { aggregateUpdates } from "../../../learning/federated/aggregateUpdates.ts";
import { decodeModel, encodeModel } from "../../../learning/federated/modelCodec.ts";
import { strategyOf } from "../../../learning/federated/strategies/strategyOf.ts";
import { decodeUpdate, encodeUpdate } from "../../../learning/federated/updateCodec.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import { decodeSafetensors } from "../../../learning/safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../../../learning/safetensors/encodeSafetensors.ts";
import type { SafetensorsTensor } from "../../../learning/safetensors/SafetensorsFile.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { encodeEngineId } from "../../../protocol/engineId.ts";
import type { BlockSource } from "../../../storage/BlockStore.ts";
import { type ContentStore, type Digest, defaultMaxFileBytes } from "../../../storage/ContentStore.ts";
import { digestOf } from "../../../storage/contentId.ts";
import { EmbeddedStore } from "../../../storage/EmbeddedStore.ts";
import { readContent } from "../../../storage/readContent.ts";
import type { ReceiptedUpdate } from "../../../tasks/acceptUpdates.ts";
import { initialModel } from "../../../tasks/initialModel.ts";
import { parseTaskSpec, type TaskSpec } from "../../../tasks/taskSpec.ts";
import { withoutLargest } from "../learning/strategies/withoutLargest.ts";
import { RECEIPT_RULE, receipted, receiptsFor } from "../tasks/receipting.ts";
import { smallSpec } from "../tasks/smallSpec.ts";
import { rejected } from "../thrown.ts";

const spec: TaskSpec = parseTaskSpec(smallSpec());
const strategy = strategyOf(spec.strategy);
const KERNEL = "delta/layer0.kernel";

const start = initialModel(spec);
const base = await digestOf(start);
const global = decodeModel(start, spec);

/** The update of a worker: another for each seed. */
function updateOf(seed: number, task: TaskSpec = spec, on = base): Uint8Array {
  const { model, fractionBits, update, numericClass } = task;
  const values = initialParameters(model, new SeededRandom(seed));
  const delta = values.map((tensor) => ({ values: tensor, scale: 1 }));
  return encodeUpdate({ spec: model, fractionBits, ...update, numericClass, base: on, delta });
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
  return rewritten((_, tensors) => tensors.set(KERNEL, kernel));
}

/** An update with one number of its kernel changed. */
function withNumber(value: number): Uint8Array {
  return rewritten((_, tensors) => {
    const { shape, data } = tensors.get(KERNEL)!;
    const values = Float32Array.from(data as Float32Array);
    values[7] = value;
    tensors.set(KERNEL, { shape, data: values });
  });
}

/** An update with a NaN in its kernel, which no encoder of ours would write. */
function withNan(): Uint8Array {
  const bytes = Buffer.from(withNumber(1234.5));
  const place = bytes.indexOf(Buffer.from(Float32Array.of(1234.5).buffer));
  bytes.set(new Uint8Array(Float32Array.of(Number.NaN).buffer), place);
  return bytes;
}

const STRICT = { numericClass: "strict/1", kind: "wasm", version: "0.1.0" };
const ENGINE = encodeEngineId(STRICT);

describe("aggregateRound", () => {
  let directory: string;
  let storage: EmbeddedStore;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-aggregate-"));
    storage = new EmbeddedStore({ directory });
  });
  after(() => rm(directory, { recursive: true }));

  const revealed = (index: number, update: string, samples = 10, chainId = 7n) =>
    receipted({
      chainId,
      task: 1n,
      round: 0,
      index,
      worker: `0x${String(index).padStart(40, "0")}`,
      update,
      samples,
      engine: ENGINE,
    });
  const aggregate = (
    subchains: RevealedRound[],
    store: ContentStore = storage,
    by = strategy,
    minUpdates = 1,
  ) =>
    aggregateRound(
      { spec, strategy: by, minUpdates, round: 0, global, base, receipts: RECEIPT_RULE, subchains },
      store,
    );
  const stored = async (index: number, bytes: Uint8Array, samples = 10, chainId = 7n) =>
    revealed(index, await storage.put(bytes), samples, chainId);
  const round = (list: ReceiptedUpdate[], chainId = 7n): RevealedRound => ({ chainId, revealed: list });

  it("is the average of all updates, weighted by their samples", async () => {
    const virtual = [await stored(0, updateOf(1), 10), await stored(1, updateOf(2), 30)];
    const physical = [await stored(0, updateOf(3), 5, 8n)];
    const { model, accepted, leftOut } = await aggregate([round(virtual), round(physical, 8n)]);
    const update = (seed: number) => decodeUpdate(updateOf(seed), spec, base);
    const updates = [
      { update: update(1), weight: 10 },
      { update: update(2), weight: 30 },
      { update: update(3), weight: 5 },
    ];
    expect(model).to.deep.equal(aggregateUpdates({ strategy, round: 0, global, updates }).global);
    // The sum by hand, of one number: the average of the changes, on top of the global model.
    const place = 7;
    const steps = updates.reduce(
      (sum, { update: { delta }, weight }) =>
        sum + weight * Math.round(delta[0]!.values[place]! * 2 ** spec.fractionBits),
      0,
    );
    expect(model.tensors[0]![place]).to.equal(global.tensors[0]![place]! + Math.round(steps / 45));
    expect(accepted).to.deep.equal([[0b11n], [0b1n]]);
    expect(leftOut).to.deep.equal([]);
  });

  it("does not depend on the order of the reveals", async () => {
    const list = await Promise.all([0, 1, 2].map((i) => stored(i, updateOf(i), 10 + i)));
    const there = await aggregate([round(list)]);
    const back = await aggregate([round(list.toReversed())]);
    expect(encodeModel(back.model)).to.deep.equal(encodeModel(there.model));
    expect(back.accepted).to.deep.equal(there.accepted);
  });

  it("sets the bits of workers far back in the order of enrolment", async () => {
    const list = [
      await stored(255, updateOf(1)),
      await stored(256, updateOf(2)),
      await stored(700, updateOf(3)),
    ];
    const { accepted } = await aggregate([round(list)]);
    expect(accepted).to.deep.equal([[1n << 255n, 1n, 1n << (700n - 512n)]]);
  });

  it("takes nothing of a subchain that revealed nothing", async () => {
    const { accepted } = await aggregate([round([]), round([await stored(2, updateOf(1))], 8n)]);
    expect(accepted).to.deep.equal([[], [0b100n]]);
  });

  const bad: [what: string, bytes: () => Uint8Array, code: string, said: RegExp][] = [
    [
      "of another shape",
      () => updateOf(1, { ...spec, model: { ...spec.model, hidden: [3] } as TaskSpec["model"] }),
      "UPDATE_MODEL",
      /not of the task's model/,
    ],
    [
      "of another precision",
      () => updateOf(1, { ...spec, fractionBits: 19 }),
      "UPDATE_MODEL",
      /not in the task's fraction bits/,
    ],
    [
      "of another numeric class",
      () => updateOf(1, { ...spec, numericClass: "fast/1" }),
      "UPDATE_CLASS",
      /not of the task's numeric class/,
    ],
    [
      "on another global model",
      () => updateOf(1, spec, `0x${"cd".repeat(32)}`),
      "UPDATE_BASE",
      /not on the round's global model/,
    ],
    [
      "of another version",
      () => rewritten((metadata) => Object.assign(metadata, { format: "freshet-update/1" })),
      "UPDATE_VERSION",
      /not a freshet-update\/2/,
    ],
    ["that is a global model", () => start, "UPDATE_VERSION", /not a freshet-update\/2/],
    ["with NaN", withNan, "SAFETENSORS_NAN", /layer0\.kernel/],
    ["with infinity", () => withNumber(Number.NEGATIVE_INFINITY), "UPDATE_NOT_FINITE", /layer0\.kernel/],
    ["with a number out of range", () => withNumber(1e30), "UPDATE_RANGE", /layer0\.kernel/],
    [
      "with integers instead of floats",
      () => withKernel({ shape: [784, 10], data: new Int32Array(7840) }),
      "UPDATE_DTYPE",
      /layer0\.kernel/,
    ],
    [
      "with a tensor of the wrong shape",
      () => withKernel({ shape: [10, 784], data: new Float32Array(7840) }),
      "UPDATE_SHAPE",
      /layer0\.kernel/,
    ],
    [
      "without one of its tensors",
      () => rewritten((_, tensors) => tensors.delete("delta/layer0.bias")),
      "UPDATE_TENSOR_MISSING",
      /layer0\.bias/,
    ],
    [
      "with a tensor too many",
      () => rewritten((_, tensors) => tensors.set("more", { shape: [1], data: Int32Array.of(1) })),
      "UPDATE_TENSOR_UNKNOWN",
      /"more"/,
    ],
    [
      "that is too large for the model",
      () =>
        rewritten((_, tensors) => tensors.set("more", { shape: [1 << 20], data: new Float32Array(1 << 20) })),
      "STORAGE_TOO_LARGE",
      /is too large/,
    ],
    [
      "that says nothing of its model",
      () => rewritten((metadata) => Reflect.deleteProperty(metadata, "model")),
      "UPDATE_METADATA",
      /metadata/,
    ],
    ["that is cut short", () => updateOf(1).subarray(0, 5000), "SAFETENSORS_TRUNCATED", /./],
    ["that is empty", () => new Uint8Array(), "SAFETENSORS_TRUNCATED", /./],
    [
      "that is garbage",
      () => Uint8Array.from({ length: 4096 }, (_, i) => (i * 131) % 251),
      "SAFETENSORS_TRUNCATED",
      /./,
    ],
  ];
  for (const [what, bytes, code, said] of bad) {
    it(`leaves out an update ${what}, and the rest are aggregated as if it were not there`, async () => {
      const good = [await stored(0, updateOf(1), 10), await stored(2, updateOf(2), 20)];
      const wrong = await stored(1, bytes());
      const without = await aggregate([round(good)]);
      const result = await aggregate([round([good[0]!, wrong, good[1]!])]);
      expect(result.model).to.deep.equal(without.model);
      expect(result.accepted).to.deep.equal([[0b101n]]);
      expect(result.leftOut.map(({ update }) => update)).to.deep.equal([wrong]);
      expect(result.leftOut[0]!.code).to.equal(code);
      expect(result.leftOut[0]!.reason).to.match(said);
    });
  }

  const engines: [what: string, engine: string, code: string][] = [
    ["of another numeric class", encodeEngineId({ ...STRICT, numericClass: "fast/1" }), "UPDATE_CLASS"],
    ["of a later numeric class", encodeEngineId({ ...STRICT, numericClass: "strict/2" }), "UPDATE_CLASS"],
    ["that is none", `0x${"61".repeat(32)}`, "ENGINE_ID_INVALID"],
  ];
  for (const [what, engine, code] of engines) {
    it(`leaves out an update that was committed to with an engine ${what}, whatever its file says`, async () => {
      const good = await stored(0, updateOf(1));
      const { receipts: _, ...committed } = { ...(await stored(1, updateOf(2))), engine };
      const other = await receipted(committed);
      const { accepted, leftOut } = await aggregate([round([good, other])]);
      expect(accepted).to.deep.equal([[1n]]);
      expect(leftOut.map(({ update, code }) => ({ update, code }))).to.deep.equal([{ update: other, code }]);
    });
  }

  it("does not accept an update that the strategy leaves out", async () => {
    const large = await stored(1, withNumber(0.9), 10, 8n);
    const virtual = [await stored(0, updateOf(1)), await stored(2, updateOf(2), 20)];
    const physical = [await stored(0, updateOf(3), 30, 8n), large];
    const kept = await aggregate([round(virtual), round([physical[0]!], 8n)]);
    const { model, accepted, leftOut } = await aggregate(
      [round(virtual), round(physical, 8n)],
      storage,
      withoutLargest,
    );
    expect(accepted).to.deep.equal([[0b101n], [0b1n]]);
    expect(leftOut).to.deep.equal([
      { update: large, code: "UPDATE_REJECTED", reason: `It holds ${Math.round(0.9 * 2 ** 20)}.` },
    ]);
    expect(encodeModel(model)).to.deep.equal(encodeModel(kept.model));
  });

  it("keeps the model when the strategy leaves all out", async () => {
    const offered = [round([await stored(0, updateOf(1))])];
    const { model, isShort, accepted, leftOut } = await aggregate(offered, storage, withoutLargest);
    expect({ model, isShort, accepted }).to.deep.equal({ model: global, isShort: true, accepted: [[]] });
    expect(leftOut[0]!.reason).to.match(/It holds \d+\./);
  });

  it("takes too few updates, as far as they are acceptable, and keeps the model", async () => {
    const unheld = { ...(await stored(1, updateOf(3))), receipts: "0x" };
    const offered = [await stored(0, updateOf(1)), unheld, await stored(2, updateOf(2))];
    const { model, isShort, accepted, leftOut } = await aggregate([round(offered)], storage, strategy, 3);
    expect({ model, isShort, accepted }).to.deep.equal({
      model: global,
      isShort: true,
      accepted: [[0b101n]],
    });
    expect(leftOut).to.have.length(1);
    expect((await aggregate([round(offered)], storage, strategy, 2)).isShort).to.equal(false);
  });

  it("takes updates of the same class from any engine and version", async () => {
    const native = encodeEngineId({ numericClass: "strict/1", kind: "native", version: "7.0.0" });
    const list = [
      await stored(0, updateOf(1)),
      await receipted({ ...(await stored(1, updateOf(2))), engine: native }),
    ];
    expect((await aggregate([round(list)])).accepted).to.deep.equal([[0b11n]]);
  });

  it("leaves out an update that too few aggregators hold, whatever storage has", async () => {
    const good = await stored(0, updateOf(1));
    const other = await stored(1, updateOf(2));
    const unheld = { ...other, receipts: await receiptsFor(other, [1]) };
    const { accepted, leftOut } = await aggregate([round([good, unheld])]);
    expect(accepted).to.deep.equal([[1n]]);
    expect(leftOut.map(({ update, code }) => ({ update, code }))).to.deep.equal([
      { update: unheld, code: "NO_RECEIPTS" },
    ]);
  });

  it("leaves out a copy of another subchain's update", async () => {
    const own = await stored(0, updateOf(1));
    const copy = await stored(0, updateOf(1), 10, 8n);
    const { accepted, leftOut } = await aggregate([round([own]), round([copy], 8n)]);
    expect(accepted).to.deep.equal([[1n], []]);
    expect(leftOut.map(({ code }) => code)).to.deep.equal(["UPDATE_COPIED"]);
  });

  it("fetches no more of an update than its first block when it is larger than any of the task", async () => {
    const good = await stored(0, updateOf(1));
    const huge = await stored(1, new Uint8Array(48 * 2 ** 20).fill(7));
    const fetched = new Map<Digest, number>();
    const counting: ContentStore = {
      put: (bytes) => storage.put(bytes),
      has: (digest) => storage.has(digest),
      get: async (digest, mostBytes) => {
        const blocks: BlockSource = {
          getBlock: (block) => {
            fetched.set(digest, (fetched.get(digest) ?? 0) + 1);
            return storage.blocks.getBlock(block);
          },
          checkBlock: (block) => storage.blocks.checkBlock(block),
        };
        return readContent(blocks, digest, mostBytes ?? defaultMaxFileBytes);
      },
    };
    const { accepted, leftOut } = await aggregate([round([good, huge])], counting);
    expect(accepted).to.deep.equal([[1n]]);
    expect(leftOut.map(({ code }) => code)).to.deep.equal(["STORAGE_TOO_LARGE"]);
    expect(fetched.get(huge.update as Digest)).to.equal(1);
  });

  it("has only so many updates under way at a time", async () => {
    const list = await Promise.all(Array.from({ length: 30 }, (_, i) => stored(i, updateOf(1 + i))));
    let underWay = 0;
    let most = 0;
    const slow: ContentStore = {
      put: (bytes) => storage.put(bytes),
      has: (digest) => storage.has(digest),
      get: async (digest, mostBytes) => {
        most = Math.max(most, ++underWay);
        try {
          return await storage.get(digest, mostBytes);
        } finally {
          underWay--;
        }
      },
    };
    const { accepted } = await aggregate([round(list)], slow);
    expect(accepted).to.deep.equal([[2n ** 30n - 1n]]);
    expect(most).to.equal(8);
  });

  it("keeps the model when every update was left out, and says why each was", async () => {
    const missing = { ...(await stored(1, updateOf(2))), receipts: "0x" };
    const { model, isShort, leftOut } = await aggregate([round([missing])]);
    expect({ model, isShort }).to.deep.equal({ model: global, isShort: true });
    expect(leftOut.map(({ update, code }) => ({ update, code }))).to.deep.equal([
      { update: missing, code: "NO_RECEIPTS" },
    ]);
    expect(await aggregate([])).to.deep.equal({ model: global, isShort: true, accepted: [], leftOut: [] });
  });

  for (const code of [
    "STORAGE_UNREACHABLE",
    "STORAGE_REFUSED",
    "STORAGE_IO",
    "STORAGE_NOT_FOUND",
    "STORAGE_CORRUPT",
  ]) {
    it(`blames no worker when what aggregators hold cannot be read (${code})`, async () => {
      const good = await stored(0, updateOf(1));
      const other = await stored(1, updateOf(2));
      const flaky: ContentStore = {
        put: (bytes) => storage.put(bytes),
        has: (digest) => storage.has(digest),
        get: (digest) =>
          digest === other.update
            ? Promise.reject(new BaseError(code, "The block server does not work."))
            : storage.get(digest),
      };
      const error = await rejected(aggregate([round([good, other])], flaky));
      expect(error.code).to.equal(code);
    });
  }

  it("begins from a model that follows from the task's seed alone", () => {
    expect(initialModel(spec)).to.deep.equal(initialModel({ ...spec, name: "another" } as TaskSpec));
    expect(initialModel(spec)).to.not.deep.equal(initialModel({ ...spec, seed: spec.seed + 1 }));
    expect(decodeModel(initialModel(spec), spec).fractionBits).to.equal(spec.fractionBits);
  });
});
