import { expect } from "chai";
import { aggregateRound } from "../../../aggregators/aggregateRound.ts";
import { StoredUpdates } from "../../../audit/evidence/StoredUpdates.ts";
import { replayRound } from "../../../audit/rounds/replayRound.ts";
import { decodeModel, encodeModel } from "../../../learning/federated/modelCodec.ts";
import { strategyOf } from "../../../learning/federated/strategies/strategyOf.ts";
import { encodeUpdate } from "../../../learning/federated/updateCodec.ts";
import { isAccepted } from "../../../protocol/acceptance.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { encodeEngineId } from "../../../protocol/engineId.ts";
import { digestOf } from "../../../storage/contentId.ts";
import type { ReceiptedUpdate } from "../../../tasks/acceptUpdates.ts";
import { initialModel } from "../../../tasks/initialModel.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { withoutLargest } from "../learning/strategies/withoutLargest.ts";
import { updateOf } from "../learning/updateOf.ts";
import { RECEIPT_RULE, receipted } from "../tasks/receipting.ts";
import { smallSpec } from "../tasks/smallSpec.ts";
import { rejected } from "../thrown.ts";
import { MemoryStore } from "./MemoryStore.ts";

const spec = parseTaskSpec(smallSpec());
const ENGINE = encodeEngineId({ numericClass: "strict/1", kind: "wasm", version: "0.1.0" });

describe("replayRound", () => {
  const storage = new MemoryStore();
  let base: string;
  let revealed: ReceiptedUpdate[];

  before(async () => {
    base = await storage.put(initialModel(spec));
    // The one at index 3 is the largest, and the one at index 4 was computed with another class.
    revealed = await Promise.all(
      [0.1, 0.2, 0.3, 0.9, 0.1, 0.1].map(async (reach, index) =>
        receipted({
          chainId: 4n,
          task: 1n,
          round: 0,
          index,
          worker: `0x${String(index).padStart(40, "0")}`,
          update: await storage.put(encodeUpdate({ ...updateOf(spec, index, reach), base })),
          samples: 10 + index,
          engine:
            index === 4
              ? encodeEngineId({ numericClass: "fast/1", kind: "native", version: "0.1.0" })
              : ENGINE,
        }),
      ),
    );
    // What nobody holds.
    revealed[5] = { ...revealed[5]!, receipts: "0x" };
    storage.files.delete(revealed[5].update);
  });

  for (const [name, strategy, taken] of [
    ["the task's", strategyOf(spec.strategy), [0, 1, 2, 3]],
    ["one that leaves an update out", withoutLargest, [0, 1, 2]],
  ] as const) {
    it(`accepts with the strategy, ${name}, whom aggregators accept, and has their model`, async () => {
      const global = decodeModel(await storage.get(base as never), spec);
      const subchains = [{ chainId: 4n, revealed }];
      const attested = await aggregateRound(
        { spec, strategy, minUpdates: 1, round: 0, global, base, receipts: RECEIPT_RULE, subchains },
        storage,
      );
      const replay = await replayRound(
        { spec, strategy, minUpdates: 1, round: 0, base, receipts: RECEIPT_RULE, revealed },
        new StoredUpdates(storage),
      );
      expect(replay.acceptable.map(({ index }) => index)).to.deep.equal(taken);
      expect(revealed.filter(({ index }) => isAccepted(attested.accepted[0]!, index))).to.deep.equal(
        replay.acceptable,
      );
      expect(replay.globalModel).to.equal(await digestOf(encodeModel(attested.model)));
      expect(new Set(replay.unacceptable.map(({ update }) => update))).to.deep.equal(
        new Set(attested.leftOut.map(({ update }) => update)),
      );
    });
  }

  it("says why the strategy left an update out", async () => {
    const { unacceptable } = await replayRound(
      { spec, strategy: withoutLargest, minUpdates: 1, round: 0, base, receipts: RECEIPT_RULE, revealed },
      new StoredUpdates(storage),
    );
    expect(unacceptable.find(({ update }) => update.index === 3)?.why).to.match(/^It holds \d+\.$/);
  });

  it("has the model of before of a round of which the strategy takes too few", async () => {
    const replay = await replayRound(
      {
        spec,
        strategy: withoutLargest,
        minUpdates: 1,
        round: 0,
        base,
        receipts: RECEIPT_RULE,
        revealed: [revealed[3]!],
      },
      new StoredUpdates(storage),
    );
    expect(replay).to.include({ globalModel: base }).and.to.have.property("acceptable").that.is.empty;
    const short = await replayRound(
      {
        spec,
        strategy: strategyOf(spec.strategy),
        minUpdates: 5,
        round: 0,
        base,
        receipts: RECEIPT_RULE,
        revealed,
      },
      new StoredUpdates(storage),
    );
    expect(short.globalModel).to.equal(base);
    expect(short.acceptable).to.have.length(4);
  });

  it("makes no verdict when storage cannot be asked", async () => {
    const flaky = new MemoryStore();
    flaky.errors.set(revealed[0]!.update, new BaseError("STORAGE_UNREACHABLE", "It does not answer."));
    const replay = replayRound(
      {
        spec,
        strategy: withoutLargest,
        minUpdates: 1,
        round: 0,
        base,
        receipts: RECEIPT_RULE,
        revealed: [revealed[0]!],
      },
      new StoredUpdates(flaky),
    );
    expect(await rejected(replay)).to.include({
      code: "NOT_EXAMINED",
      shortMessage: `The file ${revealed[0]!.update} cannot be read: It does not answer.`,
    });
  });
});
