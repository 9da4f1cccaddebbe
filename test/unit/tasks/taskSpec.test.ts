import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { decodeTaskSpec, encodeTaskSpec, parseTaskSpec, readTaskSpec } from "../../../tasks/taskSpec.ts";
import { rejected, thrown } from "../thrown.ts";
import { smallSpec, smallTypes } from "./smallSpec.ts";

/** The small specification with the value at a path (dots) replaced; undefined removes it. */
function changed(path: string, value: unknown): unknown {
  const spec = structuredClone(smallSpec()) as Record<string, unknown>;
  const names = path.split(".");
  let place = spec;
  for (const name of names.slice(0, -1)) place = place[name] as Record<string, unknown>;
  if (value === undefined) delete place[names.at(-1)!];
  else place[names.at(-1)!] = value;
  return spec;
}

describe("taskSpec", () => {
  it("fills in what was left out", () => {
    const spec = parseTaskSpec(smallSpec());
    expect(spec).to.include({ seed: 1, fractionBits: 20, quorum: 1, minUpdates: 1, description: "" });
    expect(spec.training).to.include({ epochs: 1 });
    expect(spec).to.deep.include({
      dataset: { kind: "mnist", writers: false },
      partition: { kind: "iid" },
      numericClass: "strict/1",
      strategy: { kind: "fedavg" },
      update: { encoding: "float32" },
    });
    expect(spec.reward.bonus).to.equal("1");
  });

  it("stores nothing of modifications in a task that has none", () => {
    const stored = JSON.parse(new TextDecoder().decode(encodeTaskSpec(parseTaskSpec(smallSpec()))));
    expect(stored.update).to.deep.equal({ encoding: "float32" });
  });

  it("takes modifications of updates, and the mark that others cannot repeat them", () => {
    const update = { encoding: "int8", modifications: [{ kind: "clip", norm: 0.5 }], repeatable: false };
    expect(parseTaskSpec({ ...smallSpec(), update }).update).to.deep.equal(update);
  });

  const wrong: [path: string, value: unknown, said: RegExp][] = [
    ["name", undefined, /name/],
    ["nome", "x", /nome/],
    ["seed", -1, /seed/],
    ["seed", 2 ** 32, /seed/],
    ["rouds", 2, /there is no field rouds; did you mean rounds\?/],
    ["dataset", "cifar", /^dataset\.kind: it is "cifar"; allowed: mnist, fashion-mnist, /],
    ["dataset", "minst", /^dataset\.kind: it is "minst"; did you mean mnist\? allowed: mnist, /],
    [
      "dataset",
      { kind: "mnist", writer: true },
      /^dataset: there is no field writer; did you mean writers\?/,
    ],
    ["dataset", { kind: "cmapss", sensors: [22] }, /dataset\.sensors/],
    ["dataset", { kind: "nab", folder: "x" }, /folder/],
    ["dataset", { kind: "cmapss" }, /^model: .*shape \[784\], the data's have \[30,14\]/m],
    ["partition", { kind: "dirichlet" }, /partition\.alpha/],
    ["partition", { kind: "natural" }, /^partition: .*don't tell their natural clients/m],
    ["partition", { kind: "quantity" }, /either alpha or sizes/],
    ["partition", { kind: "quantity", alpha: 1, sizes: [1] }, /either alpha or sizes/],
    ["numericClass", "exact", /numericClass/],
    ["strategy", { kind: "fedprox" }, /strategy\.proximalMu/],
    ["update", { encoding: "int4" }, /update\.encoding/],
    ["update", { modifications: [] }, /update\.modifications/],
    ["update", { modifications: [{ kind: "clip", norm: 0 }] }, /update\.modifications\[0\]\.norm/],
    ["update", { modifications: [{ kind: "blur" }] }, /update\.modifications\[0\]\.kind/],
    ["model.kind", "transformer", /model\.kind/],
    ["model.inputs", 100, /^model: .*shape \[100\], the data's have \[28,28\]/m],
    ["model.outputs", 9, /^model: .*9 classes apart, the data have 10/m],
    ["training.optimizer", "newton", /training\.optimizer/],
    ["training.learningRate", 0, /training\.learningRate/],
    ["training.learningRate", Number.NaN, /training\.learningRate/],
    ["training.momentum", 1, /training\.momentum/],
    ["training.samplesPerRound", 2 ** 32, /training\.samplesPerRound/],
    ["fractionBits", 31, /fractionBits/],
    ["rounds", 0, /rounds/],
    ["rounds", 1.5, /rounds/],
    ["rounds", "2", /rounds/],
    ["quorum", 0, /quorum/],
    ["quorum", 1.1, /quorum/],
    ["quorum", "4/3", /^quorum: a share is > 0 and ≤ 1.*; it is "4\/3"$/],
    ["quorum", "0/3", /quorum/],
    [
      "quorum",
      "two thirds",
      /^quorum: .*a number such as 0.29 or a text such as "2\/3".*; it is "two thirds"$/,
    ],
    ["targetAccuracy", 2, /targetAccuracy/],
    ["schedule.epochSeconds", 0, /schedule\.epochSeconds/],
    ["schedule.epochSeconds", 2 ** 32, /schedule\.epochSeconds/],
    ["schedule.claimSeconds", undefined, /schedule\.claimSeconds/],
    ["subchains", [], /subchains/],
    ["maxWorkers", 65_537, /maxWorkers/],
    // Two rounds of 11 s each, after 3 s of enrolment.
    ["schedule.deadlineSeconds", 24, /^schedule\.deadlineSeconds: at least 25 s/],
    ["schedule.epochSeconds", 58, /at least 61 s/],
    ["maxWorkers", 32_768, /^maxWorkers: the updates of 65536 workers can take \d+ bytes/m],
    ["aggregators.attestations", 0, /aggregators\.attestations/],
    ["reward.policy", "lottery", /reward\.policy/],
    ["reward.token", "0x1234", /reward\.token/],
    ["reward.budget", "1.5", /reward\.budget[\s\S]*/],
    ["reward.budget", 5, /reward\.budget/],
    ["reward.bonus", "-1", /whole numbers of wei/],
    ["reward.bonus", String(2n ** 96n), /below 2\^96 wei/],
    ["reward.bonus", "0", /reward\.bonus: the bonus is at least 1 wei; it is "0"/],
    ["reward.menu", { items: [] }, /reward\.menu/],
    [
      "reward.menu",
      { items: [{ period: 4, reward: 14.34, cost: "5" }] },
      /^reward\.menu\.items\[0\]\.reward: amounts are whole numbers of wei, written as strings of digits; it is 14\.34$/,
    ],
    [
      "reward.menu",
      { items: [{ period: 4, reward: "10", cost: "5" }], types: smallTypes() },
      /^reward\.menu: only one of items and types may be there$/,
    ],
    [
      "reward.menu",
      { types: { ...smallTypes(), probabilities: [1, 1] } },
      /reward\.menu\.types\.probabilities: probabilities must sum to 1; they sum to 2/,
    ],
    [
      "reward.menu",
      { types: { ...smallTypes(), costs: ["1", "2"] } },
      /reward\.menu\.types\.costs\[1\]: types go from the dearest to the cheapest; type 2 costs more/,
    ],
    ["subchains", ["virtual", "virtual"], /subchains: virtual is named twice/],
    ["subchains", Array.from({ length: 33 }, (_, i) => `s${i}`), /subchains/],
    ["aggregators", { attestations: 20, of: 33 }, /aggregators\.of/],
    ["schedule.deadlineSeconds", 3 + 366 * 86_400 + 1, /schedule\.deadlineSeconds: at most 31622403 s/],
    ["reward.menu", { items: [{ period: 0, reward: "1", cost: "1" }] }, /reward\.menu/],
    ["reward.menu", { items: [{ period: 1, reward: String(2n ** 96n), cost: "1" }] }, /reward\.menu/],
    ["reward.menu", { types: { ...smallTypes(), agePreference: 2 } }, /reward\.menu/],
  ];
  for (const [path, value, said] of wrong) {
    it(`names the wrong field: ${path} = ${JSON.stringify(value)?.slice(0, 60)}`, () => {
      const error = thrown(() => parseTaskSpec(changed(path, value), "tasks/mine.json"));
      expect(error.code).to.equal("TASK_SPEC_INVALID");
      expect(error.shortMessage).to.equal("tasks/mine.json is not a valid task specification.");
      expect(error.details).to.match(said);
    });
  }

  it("refuses more updates than programs keep the events of", () => {
    const parse = (rounds: number) => () => parseTaskSpec({ ...smallSpec(), rounds, maxWorkers: 64 });
    const tooMany = /its 2049 rounds of 128 workers can have 262272 updates/;
    expect(thrown(parse(2049)).details).to.match(tooMany);
    expect(thrown(parse(2048)).details).to.not.match(/updates, more than/);
  });

  it("accepts every kind of data set and partition that fit", () => {
    const regression = { kind: "mlp", inputs: 420, hidden: [8], outputs: 1, task: "regression" };
    const signs = { kind: "traffic-sign", input: [32, 32, 3], outputs: 43 };
    const columns = [
      { name: "x", role: "feature" },
      { name: "y", role: "label", values: ["a", "b"] },
    ];
    const fitting = [
      { dataset: { kind: "mnist", writers: true }, partition: { kind: "natural" } },
      { dataset: { kind: "fashion-mnist" }, partition: { kind: "shards" } },
      { dataset: { kind: "cmapss" }, model: regression, partition: { kind: "natural" } },
      { dataset: { kind: "nab", window: 8 }, model: { kind: "autoencoder", inputs: 8, hidden: [2] } },
      { dataset: { kind: "gtsrb" }, model: signs, partition: { kind: "dirichlet", alpha: 0.1 } },
      { dataset: { kind: "gtsdb" }, model: signs, partition: { kind: "quantity", sizes: [1, 2] } },
      {
        dataset: { kind: "csv", file: "x.csv", columns },
        model: { kind: "mlp", inputs: 1, hidden: [], outputs: 2 },
        numericClass: "fast",
      },
    ];
    for (const change of fitting) {
      const spec = parseTaskSpec({ ...smallSpec(), ...change });
      expect(spec.dataset.kind).to.equal(change.dataset.kind);
      expect(spec.numericClass).to.equal(change.numericClass === undefined ? "strict/1" : "fast/1");
      expect(decodeTaskSpec(encodeTaskSpec(spec))).to.deep.equal(spec);
    }
  });

  it("refuses to deal real targets by class", () => {
    const model = { kind: "mlp", inputs: 420, hidden: [8], outputs: 1, task: "regression" };
    const spec = { ...smallSpec(), dataset: { kind: "cmapss" }, model, partition: { kind: "shards" } };
    expect(thrown(() => parseTaskSpec(spec)).details).to.match(/^partition: shards deals classes/m);
  });

  it("names all wrong fields at once", () => {
    const spec = { ...smallSpec(), rounds: 0, name: "" };
    expect(thrown(() => parseTaskSpec(spec)).details).to.match(/name[\s\S]*rounds/);
  });

  for (const value of [null, undefined, 5, "spec", [], {}]) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      expect(thrown(() => parseTaskSpec(value)).code).to.equal("TASK_SPEC_INVALID");
    });
  }

  it("reads back the bytes that are stored, the same for the same specification", () => {
    const spec = parseTaskSpec({ ...smallSpec(), targetAccuracy: 0.9 });
    const bytes = encodeTaskSpec(spec);
    expect(decodeTaskSpec(bytes)).to.deep.equal(spec);
    const shuffled = Object.fromEntries(Object.entries(spec).reverse()) as typeof spec;
    expect(encodeTaskSpec(shuffled)).to.deep.equal(bytes);
  });

  it("refuses stored bytes that are no specification", () => {
    const text = (value: string) => new TextEncoder().encode(value);
    for (const bytes of [text("not JSON"), text("{}"), new Uint8Array(), Uint8Array.of(0x22, 0xff, 0x22)]) {
      expect(thrown(() => decodeTaskSpec(bytes)).code).to.equal("TASK_SPEC_INVALID");
    }
  });

  it("reads files, and says which cannot be read", async () => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-spec-"));
    try {
      const path = join(directory, "task.json");
      expect((await rejected(readTaskSpec(path))).code).to.equal("FILE_UNREADABLE");
      await writeFile(path, "{");
      const error = await rejected(readTaskSpec(path));
      expect(error).to.include({ code: "TASK_SPEC_INVALID", shortMessage: `${path} is not JSON.` });
      await writeFile(path, JSON.stringify(smallSpec()));
      expect((await readTaskSpec(path)).name).to.equal("small");
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("takes a text for what is of a kind alone, and stores the same", () => {
    const kinds = { strategy: "fedavg", partition: "iid" };
    const written = { strategy: { kind: "fedavg" }, partition: { kind: "iid" } };
    expect(encodeTaskSpec(parseTaskSpec({ ...smallSpec(), ...kinds }))).to.deep.equal(
      encodeTaskSpec(parseTaskSpec({ ...smallSpec(), ...written })),
    );
    expect(thrown(() => parseTaskSpec({ ...smallSpec(), strategy: "fedavgg" })).details).to.contain("fedavg");
  });

  it("takes the examples", async () => {
    for (const name of ["mnist.json", "mnist-quick.json", "turbofan.json", "machine-anomalies.json"]) {
      await readTaskSpec(fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url)));
    }
  });
});

describe("a task file that is wrong by itself", () => {
  it("is told what is wrong, not that it is no JSON, when its table has no label", async () => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-spec-"));
    try {
      const path = join(directory, "x.json");
      const columns = [
        { name: "a", role: "feature" },
        { name: "b", role: "feature" },
      ];
      await writeFile(
        path,
        JSON.stringify({ ...smallSpec(), dataset: { kind: "csv", file: "x.csv", columns } }),
      );
      const error = await rejected(readTaskSpec(path));
      expect(error.shortMessage).to.equal(`${path} is not a valid task specification.`);
      expect(error.details).to.contain("exactly one column is the label, not 0");
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("is told of a token with a wrong checksum, and takes one in small letters", () => {
    const right = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
    const spec = (token: string) => ({ ...smallSpec(), reward: { ...smallSpec().reward, token } });
    for (const text of [right, right.toLowerCase(), `0x${right.slice(2).toUpperCase()}`]) {
      expect(parseTaskSpec(spec(text)).reward.token).to.equal(right);
    }
    const error = thrown(() => parseTaskSpec(spec(right.replace("d8dA", "d8da"))));
    expect(error.details).to.contain("has a wrong checksum").and.to.contain("reward.token");
    expect(thrown(() => parseTaskSpec(spec("0x12"))).details).to.contain("an address of 20 bytes");
  });
});
