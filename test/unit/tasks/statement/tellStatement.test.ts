import { expect } from "chai";

import type { Table } from "../../../../reports/Table.ts";
import type { Standing, WorkerStatement } from "../../../../tasks/statement/Statement.ts";
import { tellAbsence, tellStatement } from "../../../../tasks/statement/tellStatement.ts";
import { place, worker } from "../view/taskStory.ts";

const on = (chain: string, time: number) => ({ chain, chainId: "3", ...place(time) });
const WORKER: WorkerStatement = {
  ...{ worker: worker(1), chain: "virtual", chainId: "3", standing: "paid", facts: {} },
  ...{ acceptedRounds: 1, countedRounds: 2, possible: "1000000000000000001", earned: "600000000000000001" },
  entries: [
    {
      ...{
        kind: "late",
        state: "lost",
        amount: "100000000000000000",
        text: "it was late",
        round: null,
        seconds: 3,
      },
      evidence: [on("virtual", 7), on("virtual", 8)],
    },
    {
      ...{ kind: "to-come", state: "open", amount: "300000000000000000", text: "round 2 is open" },
      ...{ round: 2, seconds: null, evidence: [] },
    },
  ],
  ...{ paid: "600000000000000001", enrolled: on("virtual", 5), recorded: null, claimed: on("main", 9) },
};
const told = (workers: readonly WorkerStatement[], full = false) =>
  tellStatement(
    { taskId: "3", status: "Completed", mechanism: "any", rules: ["A rule."], workers },
    { full },
  );
const tableOf = ({ parts }: ReturnType<typeof told>) => parts[1] as Table;

describe("tellStatement", () => {
  it("goes from what could have been earned to what was, with all digits of every amount", () => {
    const report = told([WORKER]);
    expect(report.title).to.contain("Task 3: Completed");
    expect(report.parts[0]).to.deep.equal(["0x0101…0101 on virtual, 1 of 2 rounds"]);
    expect(tableOf(report).rows.map(([text, amount]) => [text, amount])).to.deep.equal([
      ["it could have earned", "1.000000000000000001"],
      ["it was late", "-0.1"],
      ["", ""],
      ["round 2 is open (still open)", "-0.3"],
      ["paid", "0.600000000000000001"],
    ]);
    expect(report.parts.at(-1)).to.deep.equal(["A rule."]);
  });

  it("has the last place of an entry beside it and the others below, and none where there is none", () => {
    const { transaction } = place(8);
    const rows = tableOf(told([WORKER])).rows;
    expect(rows.map(([, , block]) => block)).to.deep.equal([
      "virtual 5",
      "virtual 8",
      "virtual 7",
      "",
      "main 9",
    ]);
    expect(rows[1]![3]).to.equal(`${transaction.slice(0, 10)}…`);
    const whole = told([WORKER], true);
    expect(tableOf(whole).rows[1]![3]).to.equal(transaction);
    expect(whole.parts[0]).to.deep.equal([`${worker(1)} on virtual, 1 of 2 rounds`]);
  });

  it("says how it stands with the pay", () => {
    const last = (standing: Standing) => tableOf(told([{ ...WORKER, standing }])).rows.at(-1)![0];
    expect(last("running")).to.equal("earned so far");
    expect(last("settling")).to.contain("not settled");
    expect(last("claimable")).to.contain("can be claimed");
  });

  it("says where nobody enrolled, and why somebody did not", () => {
    expect(told([]).parts).to.deep.equal([["Nobody enrolled."]]);
    const { title, parts } = tellAbsence({ taskId: "3", worker: worker(9), why: ["One.", "Two."] });
    expect(title).to.equal(`Task 3: ${worker(9)} did not enrol`);
    expect(parts).to.deep.equal([["One.", "Two."]]);
  });
});
