import { expect } from "chai";
import { layOutContent } from "../../../storage/layOutContent.ts";
import { chacha20Bytes } from "./chacha20Bytes.ts";
import { dagByHand } from "./dagByHand.ts";
import { rejection } from "./rejection.ts";

const chunk = 262_144;

describe("layOutContent", function () {
  this.timeout(10_000);

  const sizes = [0, 1, 127, 128, chunk - 1, chunk, chunk + 1, 2 * chunk, 5_000_000, 174 * chunk + 1];
  for (const size of sizes) {
    it(`cuts ${size} bytes into the blocks derived by hand`, async () => {
      const file = chacha20Bytes(size, "by hand");
      const { root, blocks } = await layOutContent(file);
      const expected = dagByHand(file);
      expect(root).to.equal(expected.root);
      expect(blocks).to.have.length(expected.blocks.size);
      for (const { digest, bytes } of blocks) {
        expect(Buffer.compare(bytes, expected.blocks.get(digest) ?? new Uint8Array())).to.equal(0);
      }
    });
  }

  it("gives a repeated block once, and the root last", async () => {
    const { root, blocks } = await layOutContent(new Uint8Array(10 * chunk));
    expect(blocks).to.have.length(2);
    expect(blocks.at(-1)?.digest).to.equal(root);
    expect(root).to.equal(dagByHand(new Uint8Array(10 * chunk)).root);
  });

  it("refuses a file above the limit", async () => {
    const error = await rejection(layOutContent(new Uint8Array(11), 10));
    expect(error.code).to.equal("STORAGE_TOO_LARGE");
  });
});
