import { expect } from "chai";

import { SEEDS_APART } from "../../simulation/inProcesses.ts";
import { runTaskSchedule, taskNetworkFor } from "../../simulation/tasks/runTaskSchedule.ts";
import type { TaskWorld } from "../../simulation/tasks/TaskWorld.ts";
import type { Seen } from "../../simulation/tasks/Witness.ts";
import { taskComparison } from "../../tasks/compare/taskComparison.ts";
import type { TaskStatement } from "../../tasks/statement/Statement.ts";
import { taskStatement } from "../../tasks/statement/taskStatement.ts";
import { foldTask } from "../../tasks/view/foldTask.ts";
import type { TaskEvent } from "../../tasks/view/TaskEvent.ts";
import { type TaskView, unheardTask } from "../../tasks/view/TaskView.ts";

const HISTORIES = 10;
const SEED = 15;

/** The task of a simulated world as its events tell it so far, folded as they come. */
class Followed {
  #view: TaskView | undefined;
  #heard = 0;

  hear({ witness, terms, network }: TaskWorld): TaskView | undefined {
    if (terms === undefined) return undefined;
    this.#view ??= unheardTask(1n, terms, network.application(0));
    for (; this.#heard < witness.events.length; this.#heard++) {
      const seen: Seen = witness.events[this.#heard]!;
      const { chainId } = network.chains[seen.chain]!;
      this.#view = foldTask(this.#view, { ...seen, chainId } as TaskEvent);
    }
    return this.#view;
  }
}

/** What each statement says is left is what it says could have been earned without all that it takes off. */
function expectSums({ workers }: TaskStatement): void {
  for (const { possible, entries, earned, worker } of workers) {
    const left = entries.reduce((rest, { amount }) => rest - BigInt(amount), BigInt(possible));
    expect(String(left), worker).to.equal(earned);
    for (const { amount, text } of entries) expect(BigInt(amount) >= 0n, `${worker}: ${text}`).to.equal(true);
  }
}

describe("statements of simulated tasks", function () {
  this.timeout(3_600_000);

  it(`equal what the contracts paid to the wei in ${HISTORIES} random fault histories`, async () => {
    const network = await taskNetworkFor(undefined);
    let paid = 0;
    const kinds = new Set<string>();
    for (let i = 0; i < HISTORIES; i++) {
      const followed = new Followed();
      let last: TaskStatement | undefined;
      const seed = SEED * SEEDS_APART + i;
      const { violations } = await runTaskSchedule(seed, {
        network,
        look: (world) => {
          const view = followed.hear(world);
          if (view === undefined) return;
          const now = Math.floor(world.clock.now() / 1000);
          last = taskStatement(view, { network: world.network.file, now });
          expectSums(last);
          const policies = [{ kind: "recorded" }] as const;
          const resettled = taskComparison(view, { network: world.network.file, now, policies });
          // As the contract paid it, whatever the statement says.
          for (const { args, chain } of world.witness.all("RewardClaimed")) {
            expect(chain).to.equal(0);
            const own = last.workers.find(
              ({ worker, chainId }) => worker === args.worker && chainId === String(args.chainId),
            )!;
            expect(own.earned, `schedule ${seed}, ${args.worker}`).to.equal(String(args.amount));
            expect(own.acceptedRounds).to.equal(args.acceptedRounds);
            const { amount } = resettled.policies[0]!.pays[last.workers.indexOf(own)]!;
            expect(amount, `schedule ${seed}, ${args.worker} paid anew`).to.equal(String(args.amount));
            // No claim has a score, and none stays unexplained.
            expect(own.entries.filter(({ kind }) => /unexplained|otherwise/.test(kind))).to.deep.equal([]);
          }
        },
      });
      expect(violations, `schedule ${seed}`).to.deep.equal([]);
      paid += last!.workers.filter(({ standing }) => standing === "paid").length;
      for (const { entries } of last!.workers) for (const { kind } of entries) kinds.add(kind);
      for (const { entries, worker } of last!.workers) {
        expect(
          entries.filter(({ state }) => state === "open"),
          worker,
        ).to.deep.equal([]);
      }
    }
    expect(paid).to.be.greaterThan(HISTORIES);
    expect([...kinds]).to.include.members(["late-refresh", "missed-round", "bonus"]);
  });
});
