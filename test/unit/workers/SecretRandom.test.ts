import { expect } from "chai";
import { Wallet } from "ethers";
import { secretOf } from "../../../protocol/secretOf.ts";
import { SecretRandom } from "../../../workers/SecretRandom.ts";

const key = (byte: number) => Buffer.alloc(32, byte);

describe("SecretRandom", () => {
  it("follows from its key alone", () => {
    const draws = (byte: number) => {
      const random = new SecretRandom(key(byte));
      return Array.from({ length: 20_000 }, () => random.uniform());
    };
    const [first, again, other] = [draws(1), draws(1), draws(2)];
    expect(again).to.deep.equal(first);
    expect(other.filter((value, i) => value === first[i])).to.deep.equal([]);
  });

  it("is the key stream of AES-256 in counter mode", () => {
    // AES-256 of 16 zero bytes under the zero key: dc95c078a2408989ad48a21492842087.
    const random = new SecretRandom(key(0));
    const words = [0x78c095dc, 0x898940a2];
    expect(random.uniform()).to.equal(((words[0]! >>> 5) * 2 ** 26 + (words[1]! >>> 6)) * 2 ** -53);
  });

  it("draws uniformly", () => {
    const random = new SecretRandom(key(3));
    const counts = new Array<number>(7).fill(0);
    let sum = 0;
    for (let i = 0; i < 70_000; i++) {
      counts[random.integer(7)]!++;
      const value = random.uniform();
      expect(value >= 0 && value < 1).to.equal(true);
      sum += value;
    }
    for (const count of counts) expect(count).to.be.closeTo(10_000, 500);
    expect(sum / 70_000).to.be.closeTo(0.5, 0.005);
    expect(random.integer(1)).to.equal(0);
  });
});

describe("secretOf", () => {
  it("is the same for the same key and purpose, and another for any other", async () => {
    const [alice, bob] = [Wallet.createRandom(), Wallet.createRandom()];
    const secret = await secretOf(alice, "round 1");
    expect(secret).to.have.length(32);
    expect(await secretOf(alice, "round 1")).to.deep.equal(secret);
    expect(await secretOf(alice, "round 2")).to.not.deep.equal(secret);
    expect(await secretOf(bob, "round 1")).to.not.deep.equal(secret);
  });
});
