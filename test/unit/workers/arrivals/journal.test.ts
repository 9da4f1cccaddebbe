import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import type { Arrival } from "../../../../workers/arrivals/Arrival.ts";
import { Journal } from "../../../../workers/arrivals/Journal.ts";
import { Marks } from "../../../../workers/arrivals/Marks.ts";
import { withDirectory } from "../../storage/withDirectory.ts";
import { rejected } from "../../thrown.ts";

const rows = (from: number, until: number): Arrival[] =>
  Array.from({ length: until - from }, (_, i) => ({ row: from + i, text: `row ${from + i} ü` }));
const textsOf = async (journal: Journal, from = journal.base, until = journal.end) =>
  (await journal.read(from, until)).map(({ position, arrival }) => [
    position,
    "row" in arrival && arrival.row,
  ]);
const placed = (from: number, until: number) =>
  Array.from({ length: until - from }, (_, i) => [from + i, from + i]);

describe("the journal of what came to a device", () => {
  it("has what was appended, whole or not at all, wherever the power was cut: at every byte", () =>
    withDirectory(async (directory) => {
      const journal = await Journal.open(directory);
      await journal.append(rows(0, 2), { offset: 2 });
      await journal.append([], { offset: 3 });
      const [name] = await readdir(directory);
      const path = join(directory, name!);
      const kept = (await readFile(path)).length;
      await journal.append(rows(2, 5), { offset: 5 });
      const whole = await readFile(path);
      for (let length = 0; length <= whole.length; length++) {
        await writeFile(path, whole);
        await truncate(path, length);
        const again = await Journal.open(directory);
        if (length === whole.length) {
          expect([again.end, again.state]).to.deep.equal([5, { offset: 5 }]);
        } else if (length >= kept) {
          expect([again.end, again.state]).to.deep.equal([2, { offset: 3 }]);
        } else expect(again.end).to.be.oneOf([0, 2]);
        expect(await textsOf(again)).to.deep.equal(placed(0, again.end));
        // And goes on from there.
        const { end } = again;
        await again.append(rows(end, end + 2), "more");
        const third = await Journal.open(directory);
        expect([third.end, third.state]).to.deep.equal([end + 2, "more"]);
        expect(await textsOf(third)).to.deep.equal(placed(0, end + 2));
        if (length === 0) await writeFile(path, whole);
      }
    }));

  it("removes the oldest once there are too many, and keeps positions", () =>
    withDirectory(async (directory) => {
      const bounds = { arrivals: 16, bytes: 2 ** 20 };
      let journal = await Journal.open(directory, bounds);
      for (let at = 0; at < 100; at++) {
        await journal.append(rows(at, at + 1), at);
        expect(journal.end - journal.base)
          .to.be.at.least(Math.min(at + 1, 16))
          .and.at.most(16 + 2);
        if (at % 13 === 0) journal = await Journal.open(directory, bounds);
      }
      expect(await textsOf(journal)).to.deep.equal(placed(journal.base, 100));
      expect(await textsOf(journal, 90, 95)).to.deep.equal(placed(90, 95));
      expect(await textsOf(journal, 0, 1000)).to.deep.equal(placed(journal.base, 100));
      expect((await readdir(directory)).length).to.be.at.most(9);
    }));

  it("removes the oldest once they take too much", () =>
    withDirectory(async (directory) => {
      const journal = await Journal.open(directory, { arrivals: 1000, bytes: 4096 });
      for (let at = 0; at < 200; at++) await journal.append(rows(at, at + 1), null);
      const sizes = await Promise.all(
        (await readdir(directory)).map(async (name) => (await readFile(join(directory, name))).length),
      );
      expect(sizes.reduce((sum, size) => sum + size, 0)).to.be.at.most(4096 + 2 * 600);
      expect(journal.base).to.be.above(0);
    }));

  it("refuses what another version, or nobody, wrote", () =>
    withDirectory(async (directory) => {
      const journal = await Journal.open(directory);
      await journal.append(rows(0, 1), null);
      const path = join(directory, (await readdir(directory))[0]!);
      const text = await readFile(path, "utf8");
      await writeFile(path, text.replace("freshet-arrivals/1", "freshet-arrivals/2"));
      expect((await rejected(Journal.open(directory))).code).to.equal("JOURNAL_DAMAGED");
      await writeFile(path, text.replace('{"row"', "{row"));
      expect((await rejected(Journal.open(directory))).code).to.equal("JOURNAL_DAMAGED");
    }));
});

describe("marks of what refreshes brought", () => {
  it("are there after a restart, also when one was cut off", () =>
    withDirectory(async (directory) => {
      const path = join(directory, "marks", "31404-1.jsonl");
      const marks = new Marks(path);
      expect(await marks.get(0)).to.equal(undefined);
      await marks.put(0, { from: 0, until: 5 });
      await marks.put(3, { from: 5, until: 9 });
      const text = await readFile(path, "utf8");
      await writeFile(path, `${text}\n{"refresh":4,"from":9,`);
      const again = new Marks(path);
      expect(await again.get(3)).to.deep.equal({ from: 5, until: 9 });
      expect(await again.get(4)).to.equal(undefined);
      expect([await again.before(3), await again.before(0), await again.before(9)]).to.deep.equal([
        5,
        undefined,
        9,
      ]);
      expect([await again.after(1), await again.after(3)]).to.deep.equal([5, undefined]);
      await again.put(4, { from: 9, until: 9 });
      expect(await new Marks(path).get(4)).to.deep.equal({ from: 9, until: 9 });
      await again.remove();
      expect(await new Marks(path).get(0)).to.equal(undefined);
    }));
});
