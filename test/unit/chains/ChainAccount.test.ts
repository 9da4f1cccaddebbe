import { expect } from "chai";
import { Interface, Transaction, Wallet } from "ethers";

import { ChainAccount, type SendOptions } from "../../../chains/clients/ChainAccount.ts";
import { ChainClient } from "../../../chains/clients/ChainClient.ts";
import type { FinalityRule } from "../../../chains/clients/finality.ts";
import { RpcRefusal, RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import type { Receipt } from "../../../chains/rpc/readReceipt.ts";
import type { BaseError } from "../../../protocol/BaseError.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { FakeChain } from "../relay/FakeChain.ts";
import { rejected } from "../thrown.ts";

const RESEND = 3000;
const wallet = new Wallet(`0x${"41".repeat(32)}`);
const PAID = { maxFeePerGas: 99n, maxPriorityFeePerGas: 99n, gasLimit: 21_000n, type: 2 };

describe("ChainAccount", () => {
  let chain: FakeChain;
  let clock: VirtualClock;
  let client: ChainClient;
  let account: ChainAccount;

  const open = (options: { finality?: FinalityRule; signal?: AbortSignal } = {}): ChainAccount =>
    new ChainAccount(client, wallet, options);

  beforeEach(() => {
    chain = new FakeChain();
    clock = new VirtualClock(1_000_000);
    client = ChainClient.open(
      { name: "main", chainId: chain.chainId, url: "http://127.0.0.1:9" },
      { rpc: chain, clock },
    );
    account = open();
  });
  afterEach(async () => {
    client.close();
    await clock.advance(0);
    expect(clock.waiting, "timers left after close()").to.equal(0);
  });

  /** Calls that the fake contract lets pass, told apart by a number. */
  const send = (number: number, options: SendOptions = {}, by = account): Promise<Receipt> =>
    by.send(
      { contract: contracts.LocalToken, address: chain.address },
      "transfer",
      [chain.address, BigInt(number)],
      options,
    );
  /** What waits for a block: nonce and number. */
  const waiting = () => chain.pool.map(({ nonce, data }) => [nonce, Number(`0x${data.slice(-8)}`)]);
  /** A transaction of the same account that this program knows nothing of. */
  const foreign = (nonce: number) =>
    wallet.signTransaction({ chainId: chain.chainId, nonce, to: wallet.address, ...PAID });
  const broadcasts = () => chain.asked.filter(({ method }) => method === "eth_sendRawTransaction");
  /** Settles a promise with what it rejects with, and lets time pass meanwhile. */
  const failure = (promise: Promise<unknown>): Promise<BaseError> => clock.until(rejected(promise));
  /** So that a test that looks at it later is not ended by its rejection. */
  function held<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => undefined);
    return promise;
  }

  it("sends what is asked for together without waiting for blocks: two calls, one block", async () => {
    const calls = Promise.all([send(1), send(2)]);
    await clock.advance(500);
    expect(waiting()).to.deep.equal([
      [0, 1],
      [1, 2],
    ]);
    const { number } = chain.mine();
    const receipts = await clock.until(calls);
    expect(receipts.map(({ block }) => block.number)).to.deep.equal([number, number]);
  });

  it("gives nonces in the order of the calls, also when the first takes longer to estimate", async () => {
    let first = true;
    chain.intercept = async (method, _, node) => {
      if (method === "eth_estimateGas" && first) {
        first = false;
        await clock.sleep(400);
      }
      return node();
    };
    const calls = Promise.all([send(1), send(2, { exactly: 90_000n }), send(3)]);
    await clock.advance(1000);
    expect(waiting()).to.deep.equal([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    chain.mine();
    await clock.until(calls);
  });

  it("sends again what the node forgot", async () => {
    const sent = send(1);
    await clock.advance(100);
    chain.forget();
    await clock.advance(RESEND);
    expect(waiting()).to.deep.equal([[0, 1]]);
    chain.mine();
    expect((await clock.until(sent)).succeeded).to.equal(true);
    expect(new Set(broadcasts().map(({ params }) => params[0])).size).to.equal(1);
  });

  it("bids more when blocks pass it by, also over a connection that takes a known transaction for sent", async () => {
    chain.intercept = (method, params, node) => {
      try {
        return node();
      } catch (error) {
        const isKnown = error instanceof RpcRefusal && /already known/.test(error.message);
        if (method === "eth_sendRawTransaction" && isKnown) return Transaction.from(params[0] as string).hash;
        throw error;
      }
    };
    const sent = send(1);
    await clock.advance(RESEND + 100);
    const [first] = chain.pool;
    for (let i = 0; i < 3; i++) chain.mine({ take: [] });
    await clock.advance(RESEND + 100);
    const [second] = chain.pool;
    expect(second!.nonce).to.equal(first!.nonce);
    expect(second!.maxFeePerGas! * 100n >= first!.maxFeePerGas! * 110n).to.equal(true);
    chain.mine();
    expect((await clock.until(sent)).hash).to.equal(second!.hash);
  });

  it("takes the next nonce when it finds its own used as it sends", async () => {
    let counted = false;
    chain.intercept = async (method, _, node) => {
      const answer = node();
      if (method === "eth_getTransactionCount" && !counted) {
        counted = true;
        await chain.request("eth_sendRawTransaction", [await foreign(0)]);
        chain.mine();
      }
      return answer;
    };
    const sent = send(1);
    await clock.advance(100);
    expect(waiting()).to.deep.equal([[1, 1]]);
    chain.mine();
    expect((await clock.until(sent)).succeeded).to.equal(true);
  });

  describe("whose key is used elsewhere too", () => {
    /** Refuses what is sent with these words instead of the node's own. */
    const inWords = (message: string, sent: () => unknown) => {
      try {
        return sent();
      } catch {
        throw new RpcRefusal("eth_sendRawTransaction", { code: -32000, message });
      }
    };
    /** Sends another transaction of the account as soon as the next nonce was counted, so many times. */
    const forestall = (times: number, words: string, andThen: () => void = () => undefined) => {
      let left = times;
      chain.intercept = async (method, params, node) => {
        if (method === "eth_sendRawTransaction") return inWords(words, node);
        const answer = node();
        if (method === "eth_getTransactionCount" && params[1] === "pending" && left-- > 0) {
          const { intercept } = chain;
          chain.intercept = undefined;
          await chain.request("eth_sendRawTransaction", [await foreign(Number(answer))]);
          andThen();
          chain.intercept = intercept;
        }
        return answer;
      };
    };
    const REFUSALS = [
      "nonce has already been used",
      "Transaction nonce is too low. Try incrementing the nonce.",
      "OldNonce, Current nonce: 1, nonce of rejected tx: 0",
      "invalid sequence",
      "Transaction is outdated",
      "Priority is too low: (12 vs 9)",
    ];
    for (const words of REFUSALS) {
      it(`takes the next nonce when a block has another transaction with its own: ${words}`, async () => {
        forestall(1, words, () => chain.mine());
        const sent = send(1);
        await clock.advance(100);
        expect(waiting()).to.deep.equal([[1, 1]]);
        chain.mine();
        expect((await clock.until(sent)).succeeded).to.equal(true);
      });
    }

    for (const words of ["replacement transaction underpriced", "already reserved", "TransactionConflict"]) {
      it(`leaves another transaction that waits with its nonce alone, and takes the next: ${words}`, async () => {
        forestall(1, words);
        const sent = send(1);
        await clock.advance(100);
        const [theirs, ours] = chain.pool;
        expect(theirs).to.include({ nonce: 0, to: wallet.address });
        expect(ours).to.include({ nonce: 1, from: wallet.address });
        expect(ours!.to!.toLowerCase()).to.equal(chain.address);
        chain.mine();
        expect((await clock.until(sent)).succeeded).to.equal(true);
      });
    }

    it("counts as sent what its block has, whatever the node says of it", async () => {
      let first = true;
      chain.intercept = (method, _, node) => {
        if (method !== "eth_sendRawTransaction" || !first) return node();
        first = false;
        node();
        chain.mine();
        throw new RpcRefusal(method, { code: -32000, message: "Transaction is outdated" });
      };
      expect((await clock.until(send(1))).succeeded).to.equal(true);
      expect(broadcasts()).to.have.length(1);
    });

    it("says so when one nonce after the other is taken, after so many tries", async () => {
      forestall(1000, "invalid sequence", () => chain.mine());
      const error = await failure(send(1));
      expect(error).to.include({ code: "KEY_CONTESTED", retryable: true });
      expect(error.next).to.equal("Give each program a key of its own, or stop the other one.");
      const ours = broadcasts().filter(
        ({ params }) => Transaction.from(params[0] as string).to !== wallet.address,
      );
      expect(ours).to.have.length(17);
    });

    it("says so when its transactions are replaced again and again while they wait", async () => {
      const sent = failure(send(1));
      for (let i = 0; i < 6; i++) {
        await clock.advance(100);
        if (chain.pool.length === 0) break;
        const { nonce } = chain.pool[0]!;
        chain.forget();
        await chain.request("eth_sendRawTransaction", [await foreign(nonce)]);
        chain.mine();
        await clock.advance(RESEND + 200);
      }
      expect((await sent).code).to.equal("KEY_CONTESTED");
      await clock.advance(2 * RESEND);
      expect(waiting()).to.deep.equal([]);
    });
  });

  describe("prepares a call", () => {
    const prepare = (number: number) =>
      account.prepare(
        { contract: contracts.LocalToken, address: chain.address },
        "transfer",
        [chain.address, BigInt(number)],
        90_000n,
      );

    it("so that it is sent with one question", async () => {
      const call = await prepare(1);
      chain.asked.length = 0;
      const sent = call();
      await clock.advance(0);
      expect(chain.asked[0]!.method).to.equal("eth_sendRawTransaction");
      expect(waiting()).to.deep.equal([[0, 1]]);
      chain.mine();
      await clock.until(sent);
    });

    it("and signs it again when others of its own came first", async () => {
      const call = await prepare(1);
      const other = send(2);
      await clock.advance(100);
      const sent = call();
      await clock.advance(100);
      expect(waiting()).to.deep.equal([
        [0, 2],
        [1, 1],
      ]);
      chain.mine();
      await clock.until(Promise.all([other, sent]));
      expect(broadcasts()).to.have.length(2);
    });

    it("and takes the next nonce when its own was used elsewhere", async () => {
      const call = await prepare(1);
      await chain.request("eth_sendRawTransaction", [await foreign(0)]);
      chain.mine();
      const sent = call();
      await clock.advance(100);
      expect(waiting()).to.deep.equal([[1, 1]]);
      chain.mine();
      await clock.until(sent);
    });
  });

  it("is sent anew when another transaction takes its nonce while it waits", async () => {
    const sent = send(1);
    await clock.advance(100);
    chain.forget();
    await chain.request("eth_sendRawTransaction", [await foreign(0)]);
    chain.mine();
    await clock.advance(RESEND + 200);
    expect(waiting()).to.deep.equal([[1, 1]]);
    chain.mine();
    expect((await clock.until(sent)).succeeded).to.equal(true);
  });

  it("has so many in flight at the most; the others follow", async () => {
    const calls = Promise.all(Array.from({ length: 11 }, (_, i) => send(i)));
    await clock.advance(500);
    expect(waiting()).to.have.length(8);
    chain.mine();
    await clock.advance(500);
    expect(waiting().map(([nonce]) => nonce)).to.deep.equal([8, 9, 10]);
    chain.mine();
    await clock.until(calls);
  });

  describe("a refusal", () => {
    const refusal = new Interface(contracts.Gateway.abi).encodeErrorResult("TooFewDelivered", [2, 3]);
    const revert = (method: string) =>
      new RpcRefusal(method, { code: 3, message: "execution reverted", data: refusal });

    it("found by the estimate is thrown before anything is sent, and holds up no other", async () => {
      chain.intercept = (method, params, node) => {
        const isBad = (params[0] as { data?: string } | undefined)?.data?.endsWith("01");
        if (method === "eth_estimateGas" && isBad) throw revert(method);
        return node();
      };
      const [bad, good] = [held(send(1)), send(2)];
      expect((await failure(bad)).code).to.equal("TooFewDelivered");
      await clock.advance(100);
      expect(waiting()).to.deep.equal([[0, 2]]);
      chain.mine();
      await clock.until(good);
    });

    /** A call that the fake contract reverts in its block. */
    const doomed = (exactly = 90_000n) => {
      chain.refusing.add(7);
      const message = { nonce: 7, sender: chain.address, recipient: chain.address, payload: "0x" };
      const gateway = { contract: contracts.Gateway, address: chain.address };
      return held(account.send(gateway, "deliver", [71n, message, "0x"], { exactly }));
    };

    it("without a reason that took all the gas may pass: others' calls may have made it dearer", async () => {
      chain.intercept = (method, _, node) => (method === "eth_call" ? "0x" : node());
      for (const [gas, code, retryable] of [
        [90_000n, "REVERTED", false],
        [50_000n, "OUT_OF_GAS", true],
      ] as const) {
        const sent = doomed(gas);
        await clock.advance(100);
        chain.mine();
        expect(await failure(sent)).to.include({ code, retryable });
      }
    });

    it("is the one that a node gave which mines at once, whatever it says of the block later", async () => {
      chain.intercept = (method, _, node) => {
        if (method === "eth_call") throw new RpcRefusal(method, { code: 3, message: "reverted", data: "0x" });
        const answer = node();
        if (method !== "eth_sendRawTransaction") return answer;
        chain.mine();
        throw revert(method);
      };
      expect((await failure(doomed())).code).to.equal("TooFewDelivered");
    });

    it("of a node that tries first and takes nothing ends the call, and frees its nonce", async () => {
      chain.intercept = (method, _, node) => {
        if (method !== "eth_sendRawTransaction") return node();
        throw revert(method);
      };
      expect((await failure(doomed())).code).to.equal("TooFewDelivered");
      chain.intercept = undefined;
      const sent = send(2);
      await clock.advance(100);
      expect(waiting()).to.deep.equal([[0, 2]]);
      chain.mine();
      await clock.until(sent);
    });

    for (const [when, offset] of [
      ["after its block", 0],
      ["only before others of its block", -1],
    ] as const) {
      it(`of a block is told by its name, as the chain gives it ${when}`, async () => {
        const sent = doomed();
        await clock.advance(100);
        const { number } = chain.mine();
        const told = `0x${(number + offset).toString(16)}`;
        chain.intercept = (method, params, node) => {
          if (method === "eth_call" && params[1] === told) throw revert(method);
          return node();
        };
        const error = await failure(sent);
        expect(error).to.include({ name: "ContractRevert", code: "TooFewDelivered" });
        expect(error.shortMessage).to.contain("Gateway.deliver");
      });
    }
  });

  describe("why it was reverted in a block", () => {
    const doomed = () => {
      chain.refusing.add(7);
      const message = { nonce: 7, sender: chain.address, recipient: chain.address, payload: "0x" };
      const gateway = { contract: contracts.Gateway, address: chain.address };
      return held(account.send(gateway, "deliver", [71n, message, "0x"], { exactly: 90_000n }));
    };
    const reason = (name: string, values: unknown[] = []) =>
      new Interface(
        name === "NotYet" ? contracts.LearningSubchain.abi : contracts.Gateway.abi,
      ).encodeErrorResult(name, values);
    const refused = (data: string) => new RpcRefusal("eth_call", { code: 3, message: "reverted", data });
    const minedAndRefused = async () => {
      const sent = doomed();
      await clock.advance(100);
      chain.mine();
      return failure(sent);
    };

    it("is what its node finds when it repeats it, whatever the states before and after say", async () => {
      chain.intercept = (method, _, node) => {
        if (method === "eth_call") throw refused(reason("TooFewDelivered", [0, 1]));
        if (method !== "debug_traceTransaction") return node();
        return { type: "CALL", error: "execution reverted", output: reason("NotYet") };
      };
      expect((await minedAndRefused()).code).to.equal("NotYet");
    });

    it("is asked of the state before its block at the time of its block, where a deadline lies between", async () => {
      chain.intercept = (method, params, node) => {
        if (method !== "eth_call") return node();
        const [, block, , then] = params as [unknown, string, unknown, { time: string } | undefined];
        const { number } = chain.head;
        if (Number(block) === number) return "0x";
        // The block before was before the deadline.
        if (then === undefined) throw refused(reason("NotYet"));
        expect(Number(then.time)).to.equal(1_900_000_000 + number);
        throw refused(reason("TooFewDelivered", [0, 1]));
      };
      expect((await minedAndRefused()).code).to.equal("TooFewDelivered");
    });

    it("is told with a reservation where the node takes no other time than the state's", async () => {
      chain.intercept = (method, params, node) => {
        if (method !== "eth_call") return node();
        if (params.length > 2) throw new RpcRefusal(method, { code: -32602, message: "too many arguments" });
        if (Number(params[1]) === chain.head.number) return "0x";
        throw refused(reason("NotYet"));
      };
      const error = await minedAndRefused();
      expect(error.code).to.equal("NotYet");
      expect(error.details).to.contain("at its time; the transaction was in block");
    });

    it("is not known where it would have been let pass at its block's time", async () => {
      chain.intercept = (method, params, node) => {
        if (method !== "eth_call") return node();
        if (params.length > 2 || Number(params[1]) === chain.head.number) return "0x";
        throw refused(reason("NotYet"));
      };
      expect((await minedAndRefused()).code).to.equal("REVERTED");
    });
  });

  it("waits for a block no longer than the call is of use, and goes on looking after it", async () => {
    const sent = held(send(1, { within: 5000 }));
    const error = await failure(sent);
    expect(error).to.include({ code: "NOT_IN_TIME", retryable: false });
    expect(clock.now()).to.be.within(1_005_000, 1_005_100);
    expect(waiting()).to.deep.equal([[0, 1]]);
    chain.mine();
    await clock.advance(1000);
    expect(waiting()).to.deep.equal([]);
    const stop = new AbortController();
    const stopped = held(send(2, { within: 5000, signal: stop.signal }));
    stop.abort();
    expect((await failure(stopped)).code).to.equal("ABORTED");
    chain.mine();
    await clock.advance(5000);
  });

  it("says that it cannot pay, and leaves nothing behind", async () => {
    chain.intercept = (method, _, node) => {
      if (method !== "eth_sendRawTransaction") return node();
      throw new RpcRefusal(method, { code: -32000, message: "insufficient funds for gas * price + value" });
    };
    expect((await failure(send(1))).code).to.equal("INSUFFICIENT_FUNDS");
    chain.intercept = undefined;
    await clock.advance(2 * RESEND);
    expect(waiting()).to.deep.equal([]);
    const sent = send(2);
    await clock.advance(100);
    expect(waiting()).to.deep.equal([[0, 2]]);
    chain.mine();
    await clock.until(sent);
  });

  it("says that the chain does not answer before anything is sent", async () => {
    chain.intercept = () => {
      throw new RpcUnavailable("It is down.");
    };
    const error = await failure(send(1));
    expect(error).to.include({ code: "TRANSACTION_FAILED", retryable: true });
    expect(error.shortMessage).to.equal("LocalToken.transfer could not be sent to main.");
  });

  it("sends what the chain was silent about before it was signed, once it answers", async () => {
    chain.intercept = () => {
      throw new RpcUnavailable("It is overloaded.");
    };
    const sent = send(1);
    await clock.advance(20_000);
    chain.intercept = undefined;
    await clock.advance(5000);
    expect(waiting()).to.deep.equal([[0, 1]]);
    chain.mine();
    expect((await clock.until(sent)).succeeded).to.equal(true);
    expect(broadcasts()).to.have.length(1);
  });

  it("waits through a short silence of the chain", async () => {
    const sent = send(1);
    await clock.advance(100);
    chain.intercept = () => {
      throw new RpcUnavailable("It is down.");
    };
    await clock.advance(20_000);
    chain.intercept = undefined;
    chain.mine();
    expect((await clock.until(sent)).succeeded).to.equal(true);
  });

  it("gives up waiting on a chain that stays silent, and still looks after what it sent", async () => {
    const sent = held(send(1));
    await clock.advance(100);
    chain.intercept = () => {
      throw new RpcUnavailable("It is down.");
    };
    expect((await failure(sent)).code).to.equal("TRANSACTION_FAILED");
    chain.intercept = undefined;
    chain.forget();
    await clock.advance(10_000);
    expect(waiting()).to.deep.equal([[0, 1]]);
    chain.mine();
  });

  it("sends again what a reorganization took from a block that was not final", async () => {
    account = open({ finality: { confirmations: 2 } });
    const sent = send(1);
    await clock.advance(100);
    chain.mine();
    const { hash } = await clock.until(sent);
    chain.unwind(1, { forget: true });
    chain.mine();
    await clock.advance(2 * RESEND);
    expect(chain.pool.map((transaction) => transaction.hash)).to.deep.equal([hash]);
    for (let i = 0; i < 3; i++) chain.mine();
    // Once it is final, it is looked at no more.
    await clock.advance(2000);
    const { length } = chain.asked;
    await clock.advance(60_000);
    expect(chain.asked).to.have.length(length);
  });

  describe("stops waiting", () => {
    it("when the call's signal aborts; what was sent is looked after", async () => {
      const stop = new AbortController();
      const sent = held(send(1, { signal: stop.signal }));
      await clock.advance(100);
      stop.abort();
      expect((await failure(sent)).code).to.equal("ABORTED");
      chain.forget();
      await clock.advance(RESEND + 100);
      expect(waiting()).to.deep.equal([[0, 1]]);
      const late = held(send(2, { signal: stop.signal }));
      expect((await failure(late)).code).to.equal("ABORTED");
      expect(waiting()).to.deep.equal([[0, 1]]);
      chain.mine();
    });

    it("when the account's signal aborts: of all calls, also of those that were not sent yet", async () => {
      const stop = new AbortController();
      account = open({ signal: stop.signal });
      const calls = Array.from({ length: 10 }, (_, i) => held(send(i)));
      await clock.advance(100);
      stop.abort();
      for (const call of calls) expect((await failure(call)).code).to.equal("ABORTED");
      await clock.advance(10 * RESEND);
      expect(waiting()).to.have.length(8);
    });

    it("when the connection is closed", async () => {
      const sent = held(send(1));
      await clock.advance(100);
      client.close();
      expect((await failure(sent)).code).to.equal("ABORTED");
    });
  });
});
