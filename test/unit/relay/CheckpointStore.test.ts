import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { CheckpointStore } from "../../../relay/CheckpointStore.ts";
import { thrown } from "../thrown.ts";

const VALIDATOR = "0xAbCdEf0000000000000000000000000000000001";
const checkpoint = (index: number, digit = "a") => ({
  root: `0x${digit.repeat(64)}`,
  index,
  signature: `0x${index}`,
});

describe("CheckpointStore", () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "freshet-checkpoints-"));
    path = join(directory, `7-${VALIDATOR.toLowerCase()}.jsonl`);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("gives back what was added, also to another instance and while it is added to", () => {
    const writer = new CheckpointStore(directory);
    const reader = new CheckpointStore(directory);
    expect(reader.get(7n, VALIDATOR, 0)).to.equal(undefined);
    expect(reader.last(7n, VALIDATOR)).to.equal(-1);
    for (let index = 0; index < 5; index++) {
      writer.append(7n, VALIDATOR, checkpoint(index));
      expect(reader.get(7n, VALIDATOR, index)).to.deep.equal(checkpoint(index));
      expect(reader.last(7n, VALIDATOR)).to.equal(index);
    }
    expect(writer.get(7n, VALIDATOR, 3)).to.deep.equal(checkpoint(3));
  });

  it("keeps chains and validators apart, and takes any case of an address", () => {
    const store = new CheckpointStore(directory);
    store.append(7n, VALIDATOR, checkpoint(0));
    expect(store.get(8n, VALIDATOR, 0)).to.equal(undefined);
    expect(store.get(7n, VALIDATOR.replace("01", "02"), 0)).to.equal(undefined);
    expect(store.get(7n, VALIDATOR.toLowerCase(), 0)).to.deep.equal(checkpoint(0));
  });

  it("overlooks a last line that is only half there", () => {
    const store = new CheckpointStore(directory);
    store.append(7n, VALIDATOR, checkpoint(0));
    appendFileSync(path, JSON.stringify(checkpoint(1)));
    expect(store.get(7n, VALIDATOR, 1)).to.equal(undefined);
    appendFileSync(path, "\n");
    expect(store.get(7n, VALIDATOR, 1)).to.deep.equal(checkpoint(1));
  });

  for (const left of [1, 40, 100]) {
    it(`goes on after a writer that died ${left} bytes into a line`, () => {
      const before = new CheckpointStore(directory);
      for (const index of [0, 1, 2]) before.append(7n, VALIDATOR, checkpoint(index));
      const reader = new CheckpointStore(directory);
      expect(reader.last(7n, VALIDATOR)).to.equal(2);
      const { length } = readFileSync(path);
      appendFileSync(path, JSON.stringify(checkpoint(3, "b")));
      truncateSync(path, length + left);

      const after = new CheckpointStore(directory);
      expect(after.last(7n, VALIDATOR)).to.equal(2);
      after.append(7n, VALIDATOR, checkpoint(3));
      after.append(7n, VALIDATOR, checkpoint(4));
      for (const store of [before, reader, after, new CheckpointStore(directory)]) {
        expect([0, 1, 2, 3, 4].map((index) => store.get(7n, VALIDATOR, index))).to.deep.equal(
          [0, 1, 2, 3, 4].map((index) => checkpoint(index)),
        );
      }
    });
  }

  it("goes on after a writer that died in its first line", () => {
    writeFileSync(path, '{"root":"0xaa');
    const store = new CheckpointStore(directory);
    store.append(7n, VALIDATOR, checkpoint(0));
    expect(store.get(7n, VALIDATOR, 0)).to.deep.equal(checkpoint(0));
    expect(readFileSync(path, "utf8")).to.equal(`${JSON.stringify(checkpoint(0))}\n`);
  });

  for (const line of [
    "garbage",
    '{"root":"0xaa"}',
    '{"root":"0xaa","index":1.5,"signature":"0x"}',
    "null",
    "\u0000",
  ]) {
    it(`says which file holds the corrupted line ${JSON.stringify(line)}, every time it is asked`, () => {
      const store = new CheckpointStore(directory);
      store.append(7n, VALIDATOR, checkpoint(0));
      appendFileSync(path, `${line}\n${JSON.stringify(checkpoint(1))}\n`);
      for (const index of [0, 1, 0]) {
        const error = thrown(() => store.get(7n, VALIDATOR, index));
        expect(error).to.include({ code: "CHECKPOINTS_CORRUPT", details: line });
        expect(error.shortMessage).to.contain(path);
        expect(error.next).to.contain("Remove that line");
      }
      // As the error says.
      writeFileSync(path, readFileSync(path, "utf8").replace(`${line}\n`, ""));
      expect(store.get(7n, VALIDATOR, 1)).to.deep.equal(checkpoint(1));
    });
  }
});
