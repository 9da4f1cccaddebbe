import { expect } from "chai";
import { Transaction } from "ethers";
import { DeployerProvider } from "../../../../chains/networks/deployment/DeployerProvider.ts";
import { localKey } from "../../../../chains/networks/localKeys.ts";

const DEPLOYER = localKey("deployer");

describe("a deployer's transactions", () => {
  let now: number;
  /** How many of them are in blocks. */
  let mined: number;
  /** Nonces as they were sent. */
  let sent: number[];
  /** What is done while somebody waits. */
  let meanwhile: () => void;

  const provider = () =>
    new DeployerProvider({
      chainId: 71n,
      signer: DEPLOYER,
      clock: {
        now: () => now,
        sleep: async (milliseconds) => {
          now += milliseconds;
          meanwhile();
        },
      },
      rpc: {
        request: async (method, [raw]) => {
          if (method === "eth_getTransactionCount") return `0x${mined.toString(16)}`;
          const transaction = Transaction.from(String(raw));
          sent.push(transaction.nonce);
          return transaction.hash;
        },
      },
    });
  const send = (to: DeployerProvider, nonce: number, price: string) =>
    to.request({
      method: "eth_sendTransaction",
      params: [{ data: "0x", nonce: `0x${nonce.toString(16)}`, gas: "0x5208", maxFeePerGas: price }],
    });

  beforeEach(() => {
    now = 0;
    mined = 0;
    sent = [];
    meanwhile = () => undefined;
  });

  it("wait for its first one where they cost nothing: geth takes no second one of an account that is not there", async () => {
    const deployer = provider();
    await send(deployer, 0, "0x0");
    meanwhile = () => {
      expect(sent).to.deep.equal([0]);
      if (now >= 2000) mined = 1;
    };
    await Promise.all([send(deployer, 1, "0x0"), send(deployer, 2, "0x0")]);
    expect(sent.toSorted()).to.deep.equal([0, 1, 2]);
    expect(now).to.be.within(2000, 4500);
    // It is there from then on.
    meanwhile = () => expect.fail("there is nothing to wait for");
    await send(deployer, 3, "0x0");
  });

  it("go out together where they cost something, or one of them is in a block", async () => {
    meanwhile = () => expect.fail("there is nothing to wait for");
    const paying = provider();
    for (const nonce of [0, 1, 2]) await send(paying, nonce, "0x7");
    mined = 5;
    const again = provider();
    for (const nonce of [5, 6]) await send(again, nonce, "0x0");
    expect(sent).to.deep.equal([0, 1, 2, 5, 6]);
  });

  it("are sent in the end although the first one is not in a block", async () => {
    await send(provider(), 1, "0x0");
    expect(sent).to.deep.equal([1]);
    expect(now).to.equal(120_000);
  });
});
