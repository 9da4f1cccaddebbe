import { expect } from "chai";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import type { ContentStore, Digest } from "../../../storage/ContentStore.ts";
import { encodeTaskSpec, parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { DealtStreams } from "../../../workers/DealtStreams.ts";
import { leavingData } from "../../../workers/leavingData.ts";
import { SharedFiles } from "../../../workers/SharedFiles.ts";
import { TwinData } from "../../../workers/TwinData.ts";
import { smallSpec } from "../tasks/smallSpec.ts";
import { rejected } from "../thrown.ts";

const samples = (count: number): Dataset => ({
  features: new Uint8Array(count * 784),
  sampleShape: [28, 28],
  scale: 1 / 255,
  labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
  classes: 10,
});
const spec = parseTaskSpec(smallSpec());
const storage = { get: async () => encodeTaskSpec(spec) } as Partial<ContentStore> as ContentStore;
const DIGEST = `0x${"11".repeat(32)}` as Digest;

describe("data to train on", () => {
  it("are refused to the devices that a task deals none, and to no other", async () => {
    const streams = new DealtStreams(
      { devices: 3 },
      { files: new SharedFiles({ storage }), trainingData: async () => samples(2) },
    );
    const error = await rejected(streams.stream(DIGEST, 0));
    expect(error.code).to.equal("DEVICE_WITHOUT_DATA");
    expect(error.details).to.equal("To 3 devices it deals 0, 1, 1 samples.");
    for (const device of [1, 2]) expect((await streams.stream(DIGEST, device)).labels).to.have.length(1);
  });

  it("are looked for again after files were missing", async () => {
    let found = false;
    const streams = new DealtStreams(
      { devices: 1 },
      {
        files: new SharedFiles({ storage }),
        trainingData: async () => {
          if (found) return samples(2);
          throw new Error("no file");
        },
      },
    );
    await streams.stream(DIGEST, 0).then(
      () => expect.fail("there was no file"),
      (reason) => expect(reason.message).to.equal("no file"),
    );
    found = true;
    expect((await streams.stream(DIGEST, 0)).labels).to.have.length(2);
  });

  it("are refused to a twin whose device is known to let nothing out", async () => {
    const twin = (leaving?: () => Promise<number>) =>
      new TwinData({ twin: "0x1234", leaving }, {} as ConstructorParameters<typeof TwinData>[1]).ready();
    const of = (policy: Parameters<typeof leavingData>[0]["policy"]) => async () =>
      leavingData({ name: "device", policy }, samples(5), spec).labels.length;
    for (const nothing of [of({ kind: "labels", allow: [] }), of({ kind: "fraction", fraction: 0.19 })]) {
      expect((await rejected(twin(nothing))).code).to.equal("TWIN_WITHOUT_DATA");
    }
    await twin(of({ kind: "fraction", fraction: 0.2 }));
    // Its device may run elsewhere.
    await twin();
  });
});
