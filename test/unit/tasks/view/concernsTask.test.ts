import { expect } from "chai";

import { concernsTask } from "../../../../tasks/view/concernsTask.ts";
import { event, MAIN, MANAGER, PHYSICAL, TASK, worker } from "./taskStory.ts";

describe("concernsTask", () => {
  const task = { task: TASK, manager: MANAGER };

  it("knows what is about a task or its account, however the task manager's address is written", () => {
    for (const own of [
      event(PHYSICAL, 1, "TaskArrived"),
      event(MAIN, 1, "Funded", { amount: 1n }),
      event(MAIN, 1, "Paid", { amount: 1n }),
      event(MAIN, 1, "Refunded", { amount: 1n }),
    ]) {
      expect(concernsTask(task, own), own.name).to.equal(true);
      expect(concernsTask({ ...task, manager: `0x${MANAGER.slice(2).toUpperCase()}` }, own)).to.equal(true);
    }
  });

  it("leaves out other tasks, other accounts, other applications' accounts of the same number, and the rest", () => {
    for (const other of [
      event(PHYSICAL, 1, "TaskArrived", { task: 4n }),
      event(MAIN, 1, "Funded", { id: 4n, amount: 1n }),
      event(MAIN, 1, "Funded", { application: worker(1), amount: 1n }),
      { ...event(MAIN, 1, "LinkRegistered"), args: { gateway: worker(1), counterpart: "0x" } },
    ]) {
      expect(concernsTask(task, other as never), other.name).to.equal(false);
    }
  });
});
