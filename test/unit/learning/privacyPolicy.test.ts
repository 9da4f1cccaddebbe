import { expect } from "chai";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { sceneDataset } from "../../../learning/datasets/sceneDataset.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import {
  applyPrivacyPolicy,
  describePrivacyPolicy,
  type PrivacyPolicy,
  privacyPolicySchema,
} from "../../../workers/privacyPolicy.ts";
import { thrown } from "../thrown.ts";

describe("privacyPolicy", () => {
  const dataset: Dataset = {
    features: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
    sampleShape: [2],
    scale: 1,
    labels: Uint8Array.of(0, 1, 2, 1, 0),
    classes: 3,
  };
  const leaving = (policy: PrivacyPolicy) => applyPrivacyPolicy(policy, dataset, new SeededRandom(1));

  it("lets only allowed labels leave", () => {
    const { features, labels } = leaving({ kind: "labels", allow: [1] });
    expect([...labels]).to.deep.equal([1, 1]);
    expect([...features]).to.deep.equal([3, 4, 7, 8]);
    expect(leaving({ kind: "labels", allow: [] }).labels).to.have.length(0);
  });

  it("lets a scene leave only if all of its objects may, not only the largest", () => {
    const box = { left: 0, top: 0, right: 4, bottom: 4 };
    const small = { left: 5, top: 5, right: 6, bottom: 6 };
    const scenes = sceneDataset(
      [
        [{ box, category: 0 }],
        [
          { box, category: 0 },
          { box: small, category: 1 },
        ],
        [],
      ].map((objects, client) => ({ pixels: new Uint8Array(8 * 8 * 3), objects, client })),
      [8, 8, 3],
      2,
    );
    const left = applyPrivacyPolicy({ kind: "labels", allow: [0, 2] }, scenes, new SeededRandom(1));
    expect([...left.clients!]).to.deep.equal([0, 2]);
  });

  it("blanks hidden columns and keeps the shape", () => {
    const { features, labels, sampleShape } = leaving({ kind: "columns", hide: [1] });
    expect([...features]).to.deep.equal([1, 0, 3, 0, 5, 0, 7, 0, 9, 0]);
    expect(labels).to.deep.equal(dataset.labels);
    expect(sampleShape).to.deep.equal([2]);
    expect(dataset.features[1]).to.equal(2);
  });

  describe("of a table whose columns have names", () => {
    const table: Dataset = {
      features: Float32Array.of(1, 0, 1, 5, 2, 1, 0, 6),
      sampleShape: [4],
      scale: 1,
      labels: Uint8Array.of(0, 1),
      classes: 2,
      columns: { temperature: [0], mode: [1, 2], current: [3] },
    };
    const hiding = (hide: (number | string)[]) =>
      applyPrivacyPolicy(privacyPolicySchema.parse({ kind: "columns", hide }), table, new SeededRandom(1));

    it("blanks columns by name, one of texts with all of its values, and by index", () => {
      expect([...hiding(["current"]).features]).to.deep.equal([1, 0, 1, 0, 2, 1, 0, 0]);
      expect([...hiding(["mode", 0]).features]).to.deep.equal([0, 0, 0, 5, 0, 0, 0, 6]);
    });

    it("lets nothing out when a name is none, and says which was meant", () => {
      const error = thrown(() => hiding(["curent"]));
      expect(error.code).to.equal("PRIVACY_POLICY");
      expect(error.details).to.equal(
        "Of those that are learned from, did you mean current? allowed: temperature, mode, current.",
      );
      expect(thrown(() => leaving({ kind: "columns", hide: ["current"] })).details).to.match(/no names/);
    });

    it("tells the owner which", () => {
      expect(describePrivacyPolicy({ kind: "columns", hide: ["current", 0, 1] })).to.equal(
        "All samples leave the device, with current, 2 of their features blanked.",
      );
    });
  });

  it("lets a fraction leave, rounded down, oldest first, by seed", () => {
    const { features } = leaving({ kind: "fraction", fraction: 0.7 });
    expect(features).to.have.length(2 * 3);
    expect([...features]).to.deep.equal([...features].sort((a, b) => a - b));
    expect(leaving({ kind: "fraction", fraction: 0.7 }).features).to.deep.equal(features);
    expect(leaving({ kind: "fraction", fraction: 0 }).labels).to.have.length(0);
    expect(leaving({ kind: "fraction", fraction: 1 })).to.deep.equal(dataset);
  });

  it("takes a fraction as it is written, where products of floats would lose a sample", () => {
    const held = (n: number): Dataset => ({
      features: new Uint8Array(n),
      sampleShape: [1],
      scale: 1,
      labels: new Uint8Array(n),
      classes: 1,
    });
    const wanted: [fraction: number | string, n: number, leave: number][] = [
      [0.29, 100, 29],
      [0.57, 100, 57],
      [0.58, 100, 58],
      [0.145, 200, 29],
      [1 / 3, 99, 33],
      ["2/3", 99, 66],
      ["0.07", 100, 7],
      [0.666, 3, 1],
    ];
    for (const [fraction, n, leave] of wanted) {
      const policy = privacyPolicySchema.parse({ kind: "fraction", fraction });
      const { labels } = applyPrivacyPolicy(policy, held(n), new SeededRandom(1));
      expect(labels.length, `${fraction} of ${n}`).to.equal(leave);
    }
    for (const fraction of ["4/3", "-1/2", "1/0", "half", ""]) {
      expect(privacyPolicySchema.safeParse({ kind: "fraction", fraction }).success, fraction).to.equal(false);
    }
    expect(describePrivacyPolicy({ kind: "fraction", fraction: "1/3" })).to.contain("33.33 %");
  });

  it("lets nothing leave when the policy names what the data don't have", () => {
    const wrong: PrivacyPolicy[] = [
      { kind: "labels", allow: [3] },
      { kind: "columns", hide: [0, 2] },
    ];
    for (const policy of wrong) {
      expect(() => leaving(policy))
        .to.throw(BaseError)
        .with.property("code", "PRIVACY_POLICY");
    }
  });

  it("is parsed strictly", () => {
    const wrong = [
      { kind: "labels" },
      { kind: "labels", allow: [-1] },
      { kind: "labels", allow: [1], hide: [2] },
      { kind: "fraction", fraction: 1.1 },
      { kind: "everything" },
    ];
    for (const policy of wrong) expect(privacyPolicySchema.safeParse(policy).success).to.equal(false);
  });

  it("describes itself", () => {
    expect(describePrivacyPolicy({ kind: "labels", allow: [4, 10, 0] })).to.equal(
      "Only samples labelled 0, 4, 10 leave the device.",
    );
    expect(describePrivacyPolicy({ kind: "labels", allow: [] })).to.equal("Nothing leaves the device.");
    expect(describePrivacyPolicy({ kind: "columns", hide: [1, 2] })).to.contain(
      "2 of their features blanked",
    );
    expect(describePrivacyPolicy({ kind: "fraction", fraction: 0.6 })).to.contain("60 %");
  });
});
