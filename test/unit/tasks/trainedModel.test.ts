import { expect } from "chai";
import { fromFixedPoint } from "../../../learning/federated/fixedPoint.ts";
import { initialGlobalModel } from "../../../learning/federated/initialGlobalModel.ts";
import { encodeModel } from "../../../learning/federated/modelCodec.ts";
import { NO_SCORES } from "../../../protocol/scores.ts";
import type { ContentStore } from "../../../storage/ContentStore.ts";
import { EmbeddedStore } from "../../../storage/EmbeddedStore.ts";
import { encodeTaskSpec, parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { trainedModel } from "../../../tasks/trainedModel.ts";
import { type TaskView, unheardTask } from "../../../tasks/view/TaskView.ts";
import { withDirectory } from "../storage/withDirectory.ts";
import { rejected } from "../thrown.ts";
import { smallSpec } from "./smallSpec.ts";
import { MANAGER, place, TERMS } from "./view/taskStory.ts";

const spec = parseTaskSpec(smallSpec());
/** The global models of two rounds. */
const [first, second] = [1, 2].map((seed) => initialGlobalModel({ ...spec, seed }));

/** A task of which these models are final, in a store. */
async function taskOf(models: readonly Uint8Array[], store: ContentStore): Promise<TaskView> {
  const terms = { ...TERMS, specDigest: await store.put(encodeTaskSpec(spec)) };
  const rounds = [];
  for (const [round, model] of models.entries()) {
    const result = {
      ...{ finalizedAt: 1, finalizedIn: place(1), scores: NO_SCORES },
      ...{ globalModel: await store.put(model), score: round / 2, accepted: [] },
    };
    rounds.push({ reported: new Map(), reportedIn: new Map(), attested: new Map(), result });
  }
  return { ...unheardTask(1n, terms, MANAGER), status: "Open", rounds };
}

describe("trainedModel", () => {
  it("is the model of the round that is asked for, and of the last one otherwise", () =>
    withDirectory(async (directory) => {
      const store = new EmbeddedStore({ directory });
      const view = await taskOf([first!, second!].map(encodeModel), store);
      const last = await trainedModel(view, store);
      expect([last.round, last.score, last.digest]).to.deep.equal([
        2,
        0.5,
        view.rounds[1]!.result!.globalModel,
      ]);
      expect(last.parameters).to.deep.equal(fromFixedPoint(second!));
      expect((await trainedModel(view, store, 1)).parameters).to.deep.equal(fromFixedPoint(first!));
    }));

  it("is refused where storage gives another model than the chain has", () =>
    withDirectory(async (directory) => {
      const store = new EmbeddedStore({ directory });
      const view = await taskOf([encodeModel(first!)], store);
      const digest = view.rounds[0]!.result!.globalModel;
      const lying = {
        put: (bytes: Uint8Array) => store.put(bytes),
        has: async () => true,
        get: async (asked: `0x${string}`) => (asked === digest ? encodeModel(second!) : store.get(asked)),
      };
      const error = await rejected(trainedModel(view, lying));
      expect(error.code).to.equal("MODEL_DIGEST");
      expect(error.details).to.contain(digest);
    }));

  it("says which rounds there are, when there is none or not this one", () =>
    withDirectory(async (directory) => {
      const store = new EmbeddedStore({ directory });
      const none = await rejected(trainedModel(await taskOf([], store), store));
      expect([none.code, none.shortMessage]).to.deep.equal([
        "ROUND_NOT_FINAL",
        "No round of task 1 is final yet.",
      ]);
      const view = await taskOf([encodeModel(first!)], store);
      const other = await rejected(trainedModel(view, store, 2));
      expect([other.code, other.details]).to.deep.equal(["ROUND_NOT_FINAL", "Final are its rounds 1 to 1."]);
    }));
});
