import { expect } from "chai";
import { encodeBytes32String } from "ethers";
import { checkEscrow } from "../../../audit/escrow/checkEscrow.ts";
import { checkPayments } from "../../../audit/escrow/checkPayments.ts";
import { checkChains } from "../../../audit/messages/checkChains.ts";
import { checkMessages } from "../../../audit/messages/checkMessages.ts";
import { checkAggregates } from "../../../audit/rounds/checkAggregates.ts";
import { checkTerms } from "../../../audit/rounds/checkTerms.ts";
import { checkUpdates } from "../../../audit/rounds/checkUpdates.ts";
import { Tally } from "../../../audit/Tally.ts";
import { checkCoverage } from "../../../mechanisms/aoi-contract/audit/checkCoverage.ts";
import { checkMenu } from "../../../mechanisms/aoi-contract/audit/checkMenu.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { type Check, failureOf } from "./failureOf.ts";
import { type HonestTask, honestTask, TASK } from "./honestTask.ts";

const CHECKS: Record<string, [Check, number]> = {
  chains: [checkChains, 3],
  messages: [checkMessages, 8],
  terms: [checkTerms, 40],
  menu: [checkMenu, 4],
  updates: [checkUpdates, 2],
  aggregates: [checkAggregates, 1],
  coverage: [checkCoverage, 2],
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
  Object.assign(chain.events.filter((event) => event.name === name)[place]!.args, changed);
}

describe("audit: an honest task", () => {
  for (const [name, [check, least]] of Object.entries(CHECKS)) {
    it(`passes ${name} and is counted`, async () => {
      const tally = new Tally();
      expect(await failureOf(check, (await honestTask()).evidence, tally)).to.equal("");
      expect(tally.examined).to.be.at.least(least);
    });
  }
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
      "an escrow that obeys another",
      "chains",
      ({ main, workers }) => main.answers.set("RewardEscrow.MANAGER", () => workers[0]),
      /escrow obeys 0x/,
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
      ({ physical }) => change(physical, "LearningSubchain.taskOf", { quorumBps: 5000 }),
      /^quorumBps on physical: 5000 on chain, 10000 expected/,
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
      "an update that is damaged",
      "updates",
      ({ storage, updates }) =>
        storage.errors.set(updates[1]!.update, new BaseError("STORAGE_CORRUPT", "Block Qm is corrupted.")),
      /^The update 0x\w+ of worker 0x\w+ of physical in round 0 cannot be read: Block Qm is corrupted/,
    ],
    [
      "an update that is gone",
      "updates",
      ({ storage, updates }) => storage.files.delete(updates[0]!.update),
      /of physical in round 0 cannot be read: There is no block/,
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
      /commit of worker 0x\w+ of physical in round 0 is at 1120, outside of the commit phase from 1100 to 1120/,
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
      /Round 0 was finalized with an aggregate that hashes to 0x\w+, which 0 of the task's aggregators attested; 2 are needed/,
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
      ({ physical }) => forge(physical, "WorkRecorded", { coveredSeconds: 60n }, 1),
      /Worker 0x\w+ of physical was recorded with 60 s covered; the block times of its refreshes give 55 s/,
    ],
    [
      "another settlement root on main",
      "coverage",
      ({ main }) => change(main, "TaskManager.settlementOf", { recordsRoot: `0x${"33".repeat(32)}` }),
      /^Main holds 2 workers under root 0x3{64} as the settlement of physical/,
    ],
    [
      "a refresh outside of the epoch",
      "coverage",
      ({ physical }) => {
        const refresh = physical.all("DataRefreshed")[0]!;
        physical.times.set(refresh.blockNumber, 1099);
      },
      /is at 1099, outside of the epoch from 1100 to 1160/,
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
      /was paid 1837 wei in transaction 0x\w+; 55 of 60 s covered and 1 of 1 rounds accepted earn 1836 wei with item 2/,
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
      ({ main }) => forge(main, "RewardClaimed", { item: 1 }),
      /was paid for item 2 in transaction 0x\w+; it enrolled with item 1/,
    ],
    [
      "pay without a claim",
      "payments",
      ({ main, workers, evidence }) => {
        main.mine(1205);
        main.emit(
          "Paid",
          { task: TASK, worker: workers[0]!, amount: 5n },
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
        main.emit("Funded", { task: 2n, token, publisher: token, amount: 9n }, escrow);
      },
      /^The escrow has 0 wei of 0x\w+, but owes its 2 tasks 9 wei/,
    ],
  ];
  for (const [what, name, tamper, sentence] of cases) {
    it(`${what}: ${name}`, async () => {
      const task = await honestTask();
      tamper(task);
      expect(await failureOf(CHECKS[name]![0], task.evidence)).to.match(sentence);
    });
  }
});
