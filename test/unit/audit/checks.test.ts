import { expect } from "chai";
import { encodeBytes32String } from "ethers";
import { checkEscrow } from "../../../audit/escrow/checkEscrow.ts";
import { checkPayments } from "../../../audit/escrow/checkPayments.ts";
import { checkChains } from "../../../audit/messages/checkChains.ts";
import { checkMessages } from "../../../audit/messages/checkMessages.ts";
import { checkAggregates } from "../../../audit/rounds/checkAggregates.ts";
import { checkTerms } from "../../../audit/rounds/checkTerms.ts";
import { checkUpdates } from "../../../audit/rounds/checkUpdates.ts";
import { checkWork } from "../../../audit/rounds/checkWork.ts";
import { Tally } from "../../../audit/Tally.ts";
import { checkMenu } from "../../../mechanisms/aoi-contract/audit/checkMenu.ts";
import { checkPeriods } from "../../../mechanisms/aoi-contract/audit/checkPeriods.ts";
import { encodeChoice, encodeTotals, encodeWork } from "../../../mechanisms/aoi-contract/encodings.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { type Check, failureOf } from "./failureOf.ts";
import { NETWORK } from "./fakeNetwork.ts";
import { type HonestTask, honestTask, TASK } from "./honestTask.ts";

const CHECKS: Record<string, [Check, number]> = {
  chains: [checkChains, 3],
  messages: [checkMessages, 10],
  terms: [checkTerms, 40],
  menu: [async (evidence, tally) => checkMenu(await evidence.audited(), tally), 4],
  periods: [async (evidence, tally) => checkPeriods(await evidence.audited(), tally), 2],
  updates: [checkUpdates, 2],
  aggregates: [checkAggregates, 1],
  coverage: [checkWork, 2],
  payments: [checkPayments, 2],
  escrow: [checkEscrow, 4],
};

/** Replaces a chain's answer by one that is changed. */
function change(chain: HonestTask["main"], method: string, changed: Record<string, unknown>): void {
  const honest = chain.answers.get(method)!;
  chain.answers.set(method, (...values) => ({ ...(honest(...values) as object), ...changed }));
}

/** Changes values of the first event of a name. */
function forge(chain: HonestTask["main"], name: string, changed: Record<string, unknown>, place = 0): void {
  const events: readonly { name: string; args: object }[] = [...chain.events, ...chain.mechanismEvents];
  Object.assign(events.filter((event) => event.name === name)[place]!.args, changed);
}

/** Changes the work that the second worker was recorded with. */
function record(chain: HonestTask["main"], changed: Partial<Parameters<typeof encodeWork>[0]>): void {
  const work = encodeWork({ item: 1, coveredSeconds: 55n, ageSquares: 1250n, ...changed });
  forge(chain, "WorkRecorded", { work }, 1);
}

/** Changes the totals that physical reports. */
function restate(
  { evidence, physical }: HonestTask,
  kind: "RoundReported" | "EpochSettled",
  totals: string,
): void {
  Object.assign(evidence.messagesFrom(physical).find((message) => message.kind === kind)!.body, { totals });
}

describe("audit: an honest task", () => {
  for (const [name, [check, least]] of Object.entries(CHECKS)) {
    it(`passes ${name} and is counted`, async () => {
      const tally = new Tally();
      expect(await failureOf(check, (await honestTask()).evidence, tally)).to.equal("");
      expect(tally.examined).to.be.at.least(least);
    });
  }

  it("is not taken for another application's account of the same number", async () => {
    const { main, evidence, workers } = await honestTask();
    const { token, escrow } = evidence.network.main.contracts;
    const account = { application: workers[0]!, id: TASK };
    main.mine(1220);
    main.emit("Funded", { ...account, token, payer: workers[1]!, amount: 50n }, escrow);
    main.transfer(workers[1]!, escrow, 50n);
    main.mine(1221);
    main.emit("Paid", { ...account, payee: workers[0]!, amount: 30n }, escrow);
    main.transfer(escrow, workers[0]!, 30n);
    main.emit("Refunded", { ...account, payer: workers[1]!, amount: 20n }, escrow);
    main.transfer(escrow, workers[1]!, 20n);
    for (const name of ["payments", "escrow"]) {
      const tally = new Tally();
      const [check, examined] = CHECKS[name]!;
      expect(await failureOf(check, evidence, tally), name).to.equal("");
      expect(tally.examined, name).to.equal(examined);
    }
  });
});

describe("audit: what was tampered with is named", () => {
  const cases: [string, keyof typeof CHECKS, (task: HonestTask) => void, RegExp][] = [
    [
      "a link to a stranger",
      "chains",
      ({ main }) => change(main, "TaskManager.getLink", { counterpart: "0x00" }),
      /^main is linked to 0x00 /,
    ],
    [
      "a second link to a known chain, its id written with a zero before it",
      "chains",
      ({ main }) => {
        const { args } = main.all("LinkRegistered")[0]!;
        const counterpart = args.counterpart.replace("0x000100000102", "0x00010000020002");
        main.emit("LinkRegistered", { ...args, counterpart });
      },
      /^main is also linked to 0x00010000020002/,
    ],
    [
      "a link through another gateway",
      "chains",
      ({ relay, main }) => {
        const { args } = main.all("LinkRegistered")[0]!;
        relay.emit("LinkRegistered", { ...args, gateway: main.application });
      },
      /^relay is also linked to 0x\w+ through gateway 0x/,
    ],
    [
      "another escrow",
      "chains",
      ({ main, workers }) => main.answers.set("TaskManager.escrow", () => workers[0]),
      /^The task manager's escrow is 0x\w+, not 0x/,
    ],
    [
      "another policy of the mechanism",
      "chains",
      ({ main, workers }) => forge(main, "PolicyAdded", { policy: workers[0] }),
      /^main's policy of aoi-contract is 0x\w+, not 0x/,
    ],
    [
      "another policy of the mechanism on the relay chain",
      "chains",
      ({ relay, workers }) => forge(relay, "PolicyAdded", { policy: workers[0] }),
      /^relay's policy of aoi-contract is 0x\w+, not 0x/,
    ],
    [
      "a policy that another contract was given",
      "chains",
      ({ relay, workers }) => {
        relay.all("PolicyAdded")[0]!.address = workers[0]!;
      },
      /^relay's policy of aoi-contract is none, not 0x/,
    ],
    [
      "another meter of the mechanism",
      "chains",
      ({ physical, workers }) => forge(physical, "MeterAdded", { meter: workers[0] }),
      /^physical's meter of aoi-contract is 0x\w+, not 0x/,
    ],
    [
      "no meter of the mechanism",
      "chains",
      ({ physical }) => forge(physical, "MeterAdded", { mechanismId: "0x12345678" }),
      /^physical's meter of aoi-contract is none, not 0x/,
    ],
    [
      "another specification in storage",
      "terms",
      ({ storage, terms }) => storage.files.set(terms.specDigest, new TextEncoder().encode("{}")),
      /specification 0x\w+ cannot be read/,
    ],
    [
      "a stricter quorum on the subchain",
      "terms",
      ({ physical }) => change(physical, "LearningSubchain.taskOf", { quorumPpb: 500_000_000 }),
      /^quorumPpb on physical: 500000000 on chain, 1000000000 expected/,
    ],
    [
      "another meter on the subchain",
      "terms",
      ({ physical, workers }) => change(physical, "LearningSubchain.taskOf", { meter: workers[0] }),
      /^The meter on physical: "0x\w+" on chain, "0x\w+" expected/,
    ],
    [
      "terms of another mechanism than the specification's",
      "terms",
      ({ terms }) => Object.assign(terms, { mechanism: "0x12345678" }),
      /^The terms' mechanism: "0x12345678" on chain, "0x\w{8}" expected/,
    ],
    [
      "other terms of the mechanism published than opened",
      "terms",
      ({ main }) => forge(main, "TaskPublished", { mechanismTerms: "0x00" }),
      /^The published mechanismTerms: "0x00" on chain, "0x\w+" expected/,
    ],
    [
      "an initial model that is not the seed's",
      "terms",
      ({ terms, globalModel }) => Object.assign(terms, { initialModel: globalModel }),
      /initialModel: "0x\w+" on chain, "0x\w+" expected/,
    ],
    [
      "a reward in the policy's storage",
      "menu",
      ({ main }) => change(main, "AoIContractPolicy.itemOf", { reward: 1001n }),
      /The policy holds \(60 s, 1001 wei/,
    ],
    [
      "other terms opened than the policy fixed",
      "menu",
      ({ main }) => forge(main, "MenuPinned", { menuHash: `0x${"44".repeat(32)}` }),
      /^The reward policy pinned a menu with hash 0x4{64}, but the task was opened with terms that hash to 0x/,
    ],
    [
      "terms fixed by a policy that is not the network file's",
      "menu",
      ({ main, workers }) => {
        main.mechanismEvents.find(({ name }) => name === "MenuPinned")!.address = workers[0]!;
      },
      /^The reward policy pinned a menu with hash none/,
    ],
    [
      "another period in the meter's storage",
      "periods",
      ({ physical }) => physical.answers.set("AoIMeter.periodsOf", () => [60, 30]),
      /^The meter on physical measures by periods of 60, 30 s; periods of 60, 20 s were published/,
    ],
    [
      "a meter that never heard of the menu",
      "periods",
      ({ physical }) => physical.answers.set("AoIMeter.periodsOf", () => []),
      /^The meter on physical measures by no periods; periods of 60, 20 s were published/,
    ],
    [
      "a budget below the worst case",
      "menu",
      ({ main }) => forge(main, "TaskPublished", { budget: 4019n }),
      /^The menu can cost 4020 wei; 4019 wei were put up against a stated worst case of 4020/,
    ],
    [
      "another stated worst case",
      "menu",
      ({ main }) => forge(main, "TaskPublished", { worstCase: 4019n }),
      /^The menu can cost 4020 wei; 4020 wei were put up against a stated worst case of 4019/,
    ],
    [
      "an update that is damaged",
      "updates",
      ({ storage, updates }) =>
        storage.errors.set(updates[1]!.update, new BaseError("STORAGE_CORRUPT", "Block Qm is corrupted.")),
      /^The update 0x\w+ of worker 0x\w+ of physical in round 1 cannot be read: Block Qm is corrupted/,
    ],
    [
      "a reveal of another update than was committed",
      "updates",
      ({ physical }) => forge(physical, "UpdateCommitted", { commitment: `0x${"00".repeat(32)}` }),
      /opens the commitment 0x\w+, but 0x0+ was committed/,
    ],
    [
      "a commit after the commit phase",
      "updates",
      ({ physical }) => {
        const commit = physical.all("UpdateCommitted")[0]!;
        physical.times.set(commit.blockNumber, 1120);
      },
      /commit of worker 0x\w+ of physical in round 1 is at 1120, outside of the commit phase from 1100 to 1120/,
    ],
    [
      "a quorum that closed commits at once",
      "updates",
      ({ physical, terms }) => {
        Object.assign(terms, { quorumPpb: 500_000_000 });
        const second = physical.all("UpdateCommitted")[1]!;
        physical.times.set(second.blockNumber, 1104);
        physical.events.splice(physical.events.indexOf(second), 1);
      },
      /^physical closed the commit phase of round 1 at 1104 with 1 commits of 2 workers; the quorum of 50 % closes it from 1105 on/,
    ],
    [
      "commits that were closed and reported with another count",
      "updates",
      ({ evidence, physical }) =>
        Object.assign(evidence.messagesFrom(physical).find(({ kind }) => kind === "CommitsClosed")!.body, {
          committed: 1,
        }),
      /^physical closed the commit phase of round 1 with 2 commits in transaction 0x\w+ and sent 1 reports of it, with 1 commits/,
    ],
    [
      "an update that was revealed before its time",
      "updates",
      ({ physical }) => {
        const begun = physical.all("RevealsStarted")[0]!;
        physical.times.set(begun.blockNumber, 1109);
      },
      /reveal of worker 0x\w+ of physical in round 1 is at 1108, outside of the reveal phase from 1109 to 1129/,
    ],
    [
      "a report with another root on main",
      "updates",
      ({ main }) => change(main, "TaskManager.reportOf", { updatesRoot: `0x${"11".repeat(32)}` }),
      /the report that main holds has 2 updates under root 0x1{64}/,
    ],
    [
      "more samples than were revealed to",
      "updates",
      ({ physical }) => forge(physical, "UpdateRevealed", { samples: 49 }),
      /opens the commitment/,
    ],
    [
      "another engine than was committed to",
      "updates",
      ({ physical }) =>
        forge(physical, "UpdateRevealed", { engine: encodeBytes32String("fast/1 wasm 0.1.0") }),
      /opens the commitment/,
    ],
    [
      "a global model that nobody's updates give",
      "aggregates",
      ({ main, terms }) => forge(main, "RoundFinalized", { globalModel: terms.initialModel }),
      /Round 1 was finalized with an aggregate that hashes to 0x\w+, which 0 of the task's aggregators attested; 2 are needed/,
    ],
    [
      "an aggregator who attested something else",
      "aggregates",
      ({ main }) => forge(main, "AggregateAttested", { aggregateHash: `0x${"22".repeat(32)}` }, 1),
      /which 1 of the task's aggregators attested; 2 are needed/,
    ],
    [
      "a task closed as expired before its deadline",
      "aggregates",
      ({ main }) => {
        forge(main, "TaskClosed", { status: "Expired" });
        change(main, "TaskManager.taskOf", { status: "Expired" });
      },
      /closed as Expired in transaction 0x\w+ at 1115, before its deadline 1400/,
    ],
    [
      "more coverage than block times give",
      "coverage",
      ({ physical }) => record(physical, { coveredSeconds: 60n }),
      /Worker 0x\w+ of physical was recorded with item 2, 60 s covered and 1250 s² of age; what the blocks show gives item 2, 55 s covered and 1250 s² of age/,
    ],
    [
      "less age than block times give",
      "coverage",
      ({ physical }) => record(physical, { ageSquares: 1249n }),
      /was recorded with item 2, 55 s covered and 1249 s² of age; what the blocks show gives item 2, 55 s covered and 1250 s²/,
    ],
    [
      "work on an item not enrolled with",
      "coverage",
      ({ physical }) => record(physical, { item: 0 }),
      /was recorded with item 1, 55 s covered and 1250 s² of age; what the blocks show gives item 2, /,
    ],
    [
      "work that says nothing",
      "coverage",
      ({ physical }) => forge(physical, "WorkRecorded", { work: "0x1234" }, 1),
      /was recorded with 0x1234; what the blocks show gives item 2, /,
    ],
    [
      "a choice of nothing that was offered",
      "coverage",
      ({ physical }) => forge(physical, "WorkerEnrolled", { choice: encodeChoice({ item: 2 }) }, 1),
      /^Worker 0x\w+ enrolled with item 3; the menu has 2/,
    ],
    [
      "a record under another index",
      "coverage",
      ({ physical }) => forge(physical, "WorkRecorded", { index: 2 }, 1),
      /was recorded with index 2; it enrolled with index 1/,
    ],
    [
      "records out of turn",
      "coverage",
      ({ physical, workers }) => forge(physical, "WorkRecorded", { worker: workers[0] }, 1),
      /was recorded in transaction 0x\w+ where 0x\w+ was next by enrolment/,
    ],
    [
      "another settlement root on the subchain",
      "coverage",
      ({ physical }) => forge(physical, "EpochClosed", { recordsRoot: `0x${"33".repeat(32)}` }),
      /^physical settled with root 0x3{64}; the records re-derived lead to 0x/,
    ],
    [
      "totals of a round that count what had not happened yet",
      "coverage",
      (task) => restate(task, "RoundReported", encodeTotals({ coveredSeconds: 5n, ageSquares: 25n })),
      /^The report of physical on round 1 states totals of 5 s covered and 25 s² of age; what the blocks show gives 0 s covered and 0 s² of age/,
    ],
    [
      "totals of the epoch that do not add up",
      "coverage",
      (task) => restate(task, "EpochSettled", encodeTotals({ coveredSeconds: 116n, ageSquares: 4850n })),
      /^The settlement of physical states totals of 116 s covered and 4850 s² of age; what the blocks show gives 115 s covered and 4850 s² of age/,
    ],
    [
      "totals that say nothing",
      "coverage",
      (task) => restate(task, "EpochSettled", "0x"),
      /^The settlement of physical states totals of 0x; what the blocks show gives 115 s covered/,
    ],
    [
      "another settlement root on main",
      "coverage",
      ({ main }) => change(main, "TaskManager.settlementOf", { recordsRoot: `0x${"33".repeat(32)}` }),
      /^Main holds 2 workers under root 0x3{64} as the settlement of physical/,
    ],
    [
      "a refresh after the epoch",
      "coverage",
      ({ physical }) => {
        const refresh = physical.all("DataRefreshed").at(-1)!;
        physical.times.set(refresh.blockNumber, 1160);
      },
      /is at 1160, after the epoch, which ended at 1160/,
    ],
    [
      "the same data twice",
      "coverage",
      ({ physical }) => {
        const [, first] = physical.all("DataRefreshed");
        forge(physical, "DataRefreshed", { dataDigest: first!.args.dataDigest }, 2);
      },
      /repeats the data 0x/,
    ],
    [
      "one wei more paid by all who state it",
      "payments",
      ({ main }) => {
        forge(main, "RewardClaimed", { amount: 1837n }, 1);
        forge(main, "Paid", { amount: 1837n }, 1);
        main.tokenTransfers[2]!.args.value = 1837n;
      },
      /was paid 1837 wei in transaction 0x\w+; item 2, 55 s covered and 1250 s² of age and 1 of 1 rounds accepted earn 1836 wei/,
    ],
    [
      "one wei more paid by the escrow",
      "payments",
      ({ main }) => forge(main, "Paid", { amount: 1008n }),
      /claimed 1007 wei in transaction 0x\w+, where the escrow states 1008 wei to 0x/,
    ],
    [
      "one wei less moved by the token",
      "payments",
      ({ main }) => {
        main.tokenTransfers[1]!.args.value = 1006n;
      },
      /claimed 1007 wei in transaction 0x\w+, where the token moved 1006 wei to 0x/,
    ],
    [
      "pay for an item not enrolled with",
      "payments",
      ({ physical }) => forge(physical, "WorkerEnrolled", { choice: encodeChoice({ item: 1 }) }),
      /was paid 1007 wei in transaction 0x\w+; item 2, 20 s covered and 3600 s² of age and 1 of 1 rounds accepted earn 667 wei/,
    ],
    [
      "pay for a round that took no update",
      "payments",
      ({ main }) => forge(main, "RewardClaimed", { acceptedRounds: 2 }, 1),
      /was paid for 2 rounds in transaction 0x\w+; 1 rounds are right/,
    ],
    [
      "pay without a claim",
      "payments",
      ({ main, workers, evidence }) => {
        main.mine(1205);
        main.emit(
          "Paid",
          { application: main.application, id: TASK, payee: workers[0]!, amount: 5n },
          evidence.network.main.contracts.escrow,
        );
      },
      /The escrow paid 5 wei to 0x\w+ \(a worker of physical\) in transaction 0x\w+, which nobody claimed there/,
    ],
    [
      "pay twice",
      "payments",
      ({ main }) => {
        const claim = main.all("RewardClaimed")[0]!;
        main.mine(1205);
        main.emit("RewardClaimed", { ...claim.args });
      },
      /was paid twice, in transactions/,
    ],
    [
      "pay for one who never enrolled",
      "payments",
      ({ main, terms }) => forge(main, "RewardClaimed", { worker: terms.aggregators[0] }),
      /was paid 1007 wei in transaction 0x\w+, but has no record/,
    ],
    [
      "tokens that left the escrow unaccounted",
      "escrow",
      ({ main, evidence, workers }) => main.transfer(evidence.network.main.contracts.escrow, workers[0]!, 3n),
      /^3 wei left the escrow for 0x\w+ in transaction 0x\w+, which the escrow does not account for/,
    ],
    [
      "an escrow that tells of no payment, as another contract would",
      "escrow",
      ({ main }) => {
        const funded = main.events.findIndex(({ name }) => name === "Funded");
        main.events.splice(funded, 1);
      },
      /^The escrow 0x\w+ tells of no payment for task 1, published in transaction 0x\w+: nothing was paid in, or the network file names another contract/,
    ],
    [
      "an account that does not add up",
      "escrow",
      ({ main }) => change(main, "RewardEscrow.accountOf", { paid: 2842n }),
      /account of task 1 has 4020 wei funded, 2842 paid/,
    ],
    [
      "a refund while one could still claim",
      "escrow",
      ({ main }) => {
        const place = main.events.findLastIndex(({ name }) => name === "RewardClaimed");
        main.events.splice(place, 1);
      },
      /^1177 wei were refunded at 1210 in transaction 0x\w+, while workers could still claim/,
    ],
    [
      "an escrow that owes more than it has",
      "escrow",
      ({ main, evidence }) => {
        const { token, escrow } = evidence.network.main.contracts;
        const account = { application: main.application, id: 2n };
        main.emit("Funded", { ...account, token, payer: token, amount: 9n }, escrow);
      },
      /^The escrow has 0 wei of 0x\w+, but owes its 2 accounts 9 wei/,
    ],
    [
      "an escrow that cannot pay another application",
      "escrow",
      ({ main, evidence, workers }) => {
        const { token, escrow } = evidence.network.main.contracts;
        const account = { application: workers[1]!, id: TASK };
        main.emit("Funded", { ...account, token, payer: token, amount: 9n }, escrow);
        main.emit("Refunded", { ...account, payer: token, amount: 2n }, escrow);
      },
      /^The escrow has 0 wei of 0x\w+, but owes its 2 accounts 7 wei/,
    ],
    [
      "money moved for one application and stated by another",
      "escrow",
      ({ main, evidence, workers }) => {
        const { token, escrow } = evidence.network.main.contracts;
        const account = { application: workers[0]!, id: TASK };
        forge(main, "Paid", account);
        const paid = main.events.findIndex(({ name }) => name === "Paid");
        main.emit("Funded", { ...account, token, payer: workers[0]!, amount: 1007n }, escrow);
        main.events.splice(paid, 0, main.events.pop()!);
      },
      /account of task 1 has 4020 wei funded, 2843 paid and 1177 refunded; its events add up to 4020, 1836 and 1177/,
    ],
    [
      "money moved for an account that nobody funded",
      "escrow",
      ({ main, workers }) => forge(main, "Paid", { application: workers[0]! }),
      /^1007 wei left the escrow for 0x\w+ in transaction 0x\w+, which the escrow does not account for/,
    ],
  ];
  for (const name of ["chains", "menu", "coverage", "payments"]) {
    it(`a network file without a policy of the task's mechanism: ${name}`, async () => {
      const { main } = NETWORK;
      const task = await honestTask({
        ...NETWORK,
        main: { ...main, contracts: { ...main.contracts, policies: {} } },
      });
      expect(await failureOf(CHECKS[name]![0], task.evidence)).to.equal(
        "The network file names no policy on main for the task's mechanism, aoi-contract.",
      );
    });
  }
  it("a network file without a meter of the task's mechanism: terms", async () => {
    const { subchains } = NETWORK;
    const without = subchains.map((place) => ({ ...place, contracts: { ...place.contracts, meters: {} } }));
    const task = await honestTask({ ...NETWORK, subchains: without });
    expect(await failureOf(checkTerms, task.evidence)).to.equal(
      "The network file names no meter on physical for the task's mechanism, aoi-contract.",
    );
  });
  for (const [what, name, tamper, sentence] of cases) {
    it(`${what}: ${name}`, async () => {
      const task = await honestTask();
      tamper(task);
      expect(await failureOf(CHECKS[name]![0], task.evidence)).to.match(sentence);
    });
  }
});
