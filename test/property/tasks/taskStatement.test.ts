import { expect } from "chai";
import fc from "fast-check";

import { statementRows } from "../../../tasks/statement/statementRows.ts";
import { taskStatement } from "../../../tasks/statement/taskStatement.ts";
import { foldTask } from "../../../tasks/view/foldTask.ts";
import { unheardTask } from "../../../tasks/view/TaskView.ts";
import { runs } from "../../tier.ts";
import { MANAGER, NETWORK, START, TASK, TERMS, VIRTUAL } from "../../unit/tasks/view/taskStory.ts";
import { BONUS, EPOCH, history, MENU, told } from "./aoiHistories.ts";

describe("taskStatement (property)", () => {
  it("adds up to the policy's pay, and explains all of it, at the end of every history", () => {
    fc.assert(
      fc.property(history, (made) => {
        const { events, pays } = told(made);
        const terms = { ...TERMS, rounds: made.planned, subchains: [VIRTUAL] };
        const view = events.reduce(foldTask, unheardTask(TASK, terms, MANAGER));
        const { workers } = taskStatement(view, { network: NETWORK, now: START + EPOCH + 5 });
        expect(workers.map(({ earned }) => BigInt(earned))).to.deep.equal(pays);
        for (const [i, { possible, entries, paid, standing }] of workers.entries()) {
          expect(BigInt(possible)).to.equal(MENU[made.lives[i]!.item]!.reward + BONUS);
          expect(entries.filter(({ kind }) => /unexplained|otherwise/.test(kind))).to.deep.equal([]);
          expect(standing).to.equal(paid === null ? "claimable" : "paid");
          const missed = entries.filter(({ kind }) => kind === "missed-round");
          expect(missed.every(({ evidence, text }) => evidence.length > 0 && text !== "")).to.equal(true);
        }
      }),
      runs(200),
    );
  });

  it("adds up at every moment, with nothing below zero, in JSON and in rows", () => {
    fc.assert(
      fc.property(history, fc.nat(200), (made, seconds) => {
        const now = 905 + seconds;
        const terms = { ...TERMS, rounds: made.planned, subchains: [VIRTUAL] };
        const view = told(made)
          .events.filter(({ time }) => time <= now)
          .reduce(foldTask, unheardTask(TASK, terms, MANAGER));
        const statement = taskStatement(view, { network: NETWORK, now });
        expect(JSON.parse(JSON.stringify(statement))).to.deep.equal(statement);
        for (const { possible, entries, earned } of statement.workers) {
          const amounts = entries.map(({ amount }) => BigInt(amount));
          expect(amounts.every((amount) => amount >= 0n)).to.equal(true);
          expect(amounts.reduce((left, amount) => left - amount, BigInt(possible))).to.equal(BigInt(earned));
        }
        const [header, ...rows] = statementRows(statement);
        const [kind, wei] = ["kind", "wei"].map((name) => header!.indexOf(name)) as [number, number];
        const sum = (some: typeof rows) => some.reduce((all, row) => all + BigInt(row[wei]!), 0n);
        expect(sum(rows.filter((row) => row[kind] !== "earned"))).to.equal(
          sum(rows.filter((row) => row[kind] === "earned")),
        );
      }),
      runs(200),
    );
  });
});
