import { expect } from "chai";

import { honestTask, TASK } from "./honestTask.ts";

/** Seconds from the round's opening, with the epoch, for as long as its reports are waited for. */
const START = 1100;
const ROUND_SECONDS = 62;

describe("a task as a mechanism's checks see it", () => {
  it("has what a subchain reported before reports are waited for no more", async () => {
    const reportedAt = async (time: number) => {
      const { main, evidence } = await honestTask();
      main.times.set(main.all("RoundReported")[0]!.blockNumber, time);
      return (await evidence.audited()).revealsReportedBy(4n);
    };
    expect(await reportedAt(START + ROUND_SECONDS - 1)).to.deep.equal([2]);
    expect(await reportedAt(START + ROUND_SECONDS)).to.deep.equal([undefined]);
    const { evidence } = await honestTask();
    expect(await (await evidence.audited()).revealsReportedBy(5n)).to.deep.equal([undefined]);
  });

  it("tells whose update a round took", async () => {
    const { evidence } = await honestTask();
    const [first, second] = await (await evidence.audited()).participants();
    expect([first, second].map((one) => one!.isTakenIn(0))).to.deep.equal([true, true]);
    expect(first!.isTakenIn(1)).to.equal(false);
  });

  it("has the movements of the policy's account, and which of them the token did not make", async () => {
    const { main, evidence, workers } = await honestTask();
    const { escrow, token } = evidence.network.main.contracts;
    const { policy, policyAccount } = await evidence.audited();
    const account = { application: policy.address, id: 77n };
    main.mine(1220);
    main.emit("Funded", { ...account, token, payer: workers[0]!, amount: 5n }, escrow);
    main.transfer(workers[0]!, escrow, 5n);
    // The same number of another application's is another account.
    main.emit("Funded", { application: workers[1]!, id: 77n, token, payer: workers[0]!, amount: 5n }, escrow);
    main.transfer(workers[0]!, escrow, 5n);
    main.mine(1221);
    main.emit("Paid", { ...account, payee: workers[1]!, amount: 3n }, escrow);
    main.emit("Refunded", { ...account, payer: workers[0]!, amount: 2n }, escrow);
    main.transfer(escrow, workers[0]!, 2n);
    main.answers.set("RewardEscrow.heldBy", (application, id) =>
      application === policy.address && id === 77n ? 9n : 0n,
    );
    expect(await policyAccount(77n)).to.deep.equal({
      held: 9n,
      movements: [
        { name: "Funded", who: workers[0], amount: 5n, unmoved: undefined },
        { name: "Paid", who: workers[1], amount: 3n, unmoved: `2 wei to ${workers[0]}` },
        { name: "Refunded", who: workers[0], amount: 2n, unmoved: undefined },
      ],
    });
    expect((await policyAccount(TASK)).movements).to.deep.equal([]);
  });
});
