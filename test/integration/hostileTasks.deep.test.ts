import { expect } from "chai";
import type { AggregatorEvent } from "../../aggregators/AggregatorEvent.ts";
import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import { buildTerms } from "../../tasks/buildTerms.ts";
import { initialModel } from "../../tasks/initialModel.ts";
import { encodeTaskSpec, parseTaskSpec, type TaskSpec } from "../../tasks/taskSpec.ts";
import type { WorkerDemands } from "../../workers/judgeTask.ts";
import type { WorkerEvent } from "../../workers/WorkerEvent.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { rejected } from "../unit/thrown.ts";
import { Heard } from "./Heard.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";

/** A specification that is padded with spaces to nearly what storage takes at all. */
const PADDED_BYTES = 60 * 2 ** 20;
const OTHER_TOKEN = `0x${"11".repeat(20)}`;

const device = (name: string) => ({
  name,
  cost: 1n,
  twinCost: 1n,
  privacyPolicy: { kind: "fraction" as const, fraction: 1 },
});
const DEVICES = [device("first"), device("second")];

describe("tasks of a publisher who means harm", () => {
  let network: TestNetwork;
  let publisher: ChainAccount;
  const first = new Heard<WorkerEvent>();
  const second = new Heard<WorkerEvent>();
  const aggregator = new Heard<AggregatorEvent>();
  const running: { stop(): Promise<unknown> }[] = [];

  before(async () => {
    network = await TestNetwork.start({
      basePort: 9470,
      subchains: ["physical"],
      devices: 2,
      aggregators: 2,
    });
    publisher = await network.account("main", "publisher");
    const services = new TestServices(network, { threads: 1 });
    running.push(network, services);
    await services.startRelay();
    const start = async (
      index: number,
      { listener }: Heard<WorkerEvent>,
      demands: Partial<WorkerDemands>,
    ) => {
      await services.startWorkers(
        { devices: DEVICES, run: { devices: [index], twins: [] }, demands },
        { listener },
      );
    };
    await services.startAggregator(0, { tokens: [OTHER_TOKEN], listener: aggregator.listener });
    await start(0, first, {});
    await start(1, second, { tokens: [OTHER_TOKEN] });
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  const specWith = (training: object = {}): TaskSpec => {
    const small = smallSpec();
    return parseTaskSpec({
      ...small,
      subchains: ["physical"],
      training: { ...(small.training as object), ...training },
      schedule: { ...(small.schedule as object), enrolSeconds: 12, commitSeconds: 8 },
    });
  };

  /** Publishes a task whose stored specification is what the publisher likes. */
  const publish = async (
    spec: TaskSpec,
    stored: Uint8Array,
    schedule: Partial<TaskTerms["schedule"]> = {},
  ): Promise<bigint> => {
    const { file, main, storage } = network;
    const [specDigest, model] = await Promise.all([storage.put(stored), storage.put(initialModel(spec))]);
    const digests = { specDigest, initialModel: model };
    const built = buildTerms(spec, file, digests, Math.floor(Date.now() / 1000));
    const terms = { ...built.terms, schedule: { ...built.terms.schedule, ...schedule } };
    return (await main.publish(publisher, { ...built, terms })).task;
  };
  /** Why a worker stays away from a task, or what else it does first. */
  const answer = async (heard: Heard<WorkerEvent>, task: bigint): Promise<string> => {
    const before = ["task-arrived", "refreshed"];
    const event = await heard.until((one) => one.task === task && !before.includes(one.type));
    if (event.type === "abstained") return event.reason;
    return event.type === "trouble" ? String(event.error) : event.type;
  };

  it("are refused by the chain where their times are absurd", async () => {
    const spec = specWith();
    const absurd = { epochSeconds: 2 ** 32 - 1, deadline: 2 ** 48 - 1 };
    const error = await rejected(publish(spec, encodeTaskSpec(spec), absurd));
    expect(error.code).to.equal("InvalidTerms");
    expect(error.message).to.contain("schedule.epochSeconds");
    expect((await rejected(publish(spec, encodeTaskSpec(spec), { claimSeconds: 1 }))).message).to.contain(
      "schedule.claimSeconds",
    );
  });

  it("are told apart from honest ones, which go on beside them", async () => {
    const honest = specWith();
    const endless = specWith({ epochs: Number.MAX_SAFE_INTEGER });
    const long = specWith({ epochs: 1_000_000 });
    const padded = new Uint8Array(PADDED_BYTES).fill(0x20);
    padded.set(encodeTaskSpec(honest));
    const began = performance.now();
    const tooLarge = await publish(honest, padded);
    const tooMuch = await publish(endless, encodeTaskSpec(endless));
    const tooLong = await publish(long, encodeTaskSpec(long));
    const unreadable = await publish(honest, new TextEncoder().encode('{"name":'));
    const task = await publish(honest, encodeTaskSpec(honest));
    expect(await answer(first, tooLarge)).to.match(/is too large/);
    expect(await answer(first, tooMuch)).to.match(/too much for any worker/);
    expect(await answer(first, tooLong)).to.match(/training takes \d+ s here, and 8 s are left for it/);
    expect(await answer(first, unreadable)).to.match(/not JSON/);
    expect(await answer(first, task)).to.equal("enrolled");
    await first.until((event) => event.type === "revealed" && event.task === task && event.round === 0);
    expect(first.events.filter((event) => event.type === "round-missed")).to.deep.equal([]);
    expect(performance.now() - began).to.be.lessThan(60_000);
    // Who is not paid in a token of its list looks at nothing else.
    for (const one of [tooLarge, tooMuch, tooLong, unreadable, task]) {
      expect(await answer(second, one)).to.match(
        /^it is paid in 0x\w+, which is not among the accepted tokens$/,
      );
    }
    const named = await aggregator.until((event) => event.type === "abstained" && event.task === task);
    expect(named)
      .to.have.property("reason")
      .that.matches(/not among the accepted tokens/);
  });
});
