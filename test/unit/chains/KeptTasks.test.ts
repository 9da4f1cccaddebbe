import { expect } from "chai";

import { KeptTasks } from "../../../chains/clients/KeptTasks.ts";

describe("KeptTasks", () => {
  it("remembers which tasks are kept and which were forgotten, and no more than some thousand of them", () => {
    const tasks = new KeptTasks();
    for (let id = 1n; id <= 100_000n; id++) {
      tasks.keep(id);
      tasks.hear(id);
      if (id % 10_000n !== 0n) tasks.forget(id);
    }
    expect(tasks.size).to.be.within(2048, 4096 + 10);
    // Forgotten long ago, just now, never, and not begun.
    expect([1n, 99_999n, 20_000n, 100_001n].map((id) => tasks.isForgotten(id))).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
    expect(tasks.has(20_000n)).to.equal(true);
    expect(tasks.heard(20_000n)).to.equal(1);
    expect(tasks.heard(99_999n)).to.equal(0);
  });

  it("keeps a task again that begins anew, however old", () => {
    const tasks = new KeptTasks();
    for (let id = 1n; id <= 10_000n; id++) tasks.forget(id);
    expect(tasks.isForgotten(3n)).to.equal(true);
    tasks.keep(3n);
    expect(tasks.isForgotten(3n)).to.equal(false);
    tasks.forget(3n);
    expect(tasks.isForgotten(3n)).to.equal(true);
    expect(tasks.isForgotten(10_001n)).to.equal(false);
  });
});
