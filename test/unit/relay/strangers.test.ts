import { expect } from "chai";
import { Interface, Wallet } from "ethers";

import { RpcRefusal } from "../../../chains/rpc/Rpc.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { formatInteroperable } from "../../../protocol/interoperableAddress.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { STRANGERS } from "../../../relay/delivery/Lane.ts";
import { checkpointVouching } from "../../../relay/proofs/checkpoint/checkpointVouching.ts";
import type { VoucherSource } from "../../../relay/proofs/VoucherSource.ts";
import type { RelayEvent } from "../../../relay/RelayEvent.ts";
import { Relayer } from "../../../relay/Relayer.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { FakeChain, RECIPIENT, SENDER } from "./FakeChain.ts";

const GATEWAY = new Interface(contracts.Gateway.abi);
const payer = new Wallet(`0x${"31".repeat(32)}`);
const signers = [1, 2, 3].map((i) => new Wallet(`0x${String(i).repeat(64)}`));
/** How long an answer of a validator takes that is slow, but not silent, milliseconds. */
const SLOW_MILLISECONDS = 4900;

describe("a relayer among strangers", function () {
  this.timeout(600_000);
  let origin: FakeChain;
  let destination: FakeChain;
  let store: RelayerStore;
  let clock: VirtualClock;
  let events: RelayEvent[];
  let relayer: Relayer;

  beforeEach(() => {
    origin = new FakeChain({ name: "main", chainId: 71n });
    destination = new FakeChain({ name: "relay", chainId: 72n });
    destination.validators = { threshold: 2, validators: signers.map(({ address }) => address).sort() };
    destination.intercept = refuseStrangers;
    store = new RelayerStore(":memory:");
    clock = new VirtualClock(1_000_000);
    events = [];
  });
  afterEach(async () => {
    const stopped = relayer.stop();
    await clock.advance(10_000);
    await stopped;
    store.close();
  });

  /** Refuses batches in which not all are taken, and single messages that are not, as a gateway does. */
  function refuseStrangers(method: string, params: readonly unknown[], node: () => unknown): unknown {
    if (method !== "eth_estimateGas" && method !== "eth_call") return node();
    const { to, data } = params[0] as { to: string; data: string };
    const call = to === destination.address ? GATEWAY.parseTransaction({ data }) : null;
    if (call?.name !== "deliver" && call?.name !== "deliverBatch") return node();
    const messages = call.name === "deliver" ? [call.args[1]] : [...call.args[1]];
    const refused = messages.filter(({ nonce }) => destination.refusing.has(Number(nonce))).length;
    const isTooFew = messages.length - refused < (call.name === "deliver" ? 1n : BigInt(call.args[3]));
    if (!isTooFew) return node();
    throw new RpcRefusal(method, {
      code: 3,
      message: "execution reverted",
      data:
        call.name === "deliver" ? "0x" : GATEWAY.encodeErrorResult("TooFewDelivered", [0, messages.length]),
    });
  }

  /** A validator that signs the outbox as it is now, and takes so long to say so. */
  function sourceOf(signer: Wallet, milliseconds = 0): VoucherSource {
    return {
      validator: signer.address,
      vouchers: async (_kind, chainId) => {
        await clock.sleep(milliseconds);
        const chain = [origin, destination].find((one) => one.chainId === chainId)!;
        const { leaves } = chain.head;
        if (leaves.length === 0) return [];
        const fact = { place: leaves.length - 1, hash: new MerkleTree(leaves).root() };
        const domain = { chainId, gateway: chain.address };
        return [{ ...fact, signature: await checkpointVouching.sign(signer, domain, fact) }];
      },
    };
  }

  function start(sources: readonly VoucherSource[]): void {
    relayer = new Relayer(
      {
        chains: [origin, destination].map(({ gateway }) => ({
          gateway,
          fromBlock: 0,
          finality: { confirmations: 1 },
          applications: [SENDER, RECIPIENT].map((address) =>
            formatInteroperable({ chainId: gateway.chainId, address }),
          ),
        })),
        pollMilliseconds: 100,
      },
      {
        wallet: payer,
        sources,
        store,
        clock,
        random: { uniform: () => 0.5, integer: () => 0 },
        listener: (event) => events.push(event),
      },
    );
    relayer.start();
  }

  /** Lets a stranger send to the application, which refuses him. */
  function flood(count: number): void {
    for (let nonce = 0; nonce < count; nonce++) destination.refusing.add(origin.head.leaves.length + nonce);
    origin.mine({ strangers: count });
  }

  /** Sends the application's counterpart's message. @returns Milliseconds until it was delivered; undefined if it was not. */
  async function timeOfDelivery(most: number): Promise<number | undefined> {
    const nonce = origin.head.leaves.length;
    origin.mine({ send: 1 });
    for (let passed = 250; passed <= most; passed += 250) {
      await clock.advance(250);
      destination.mine();
      if (destination.head.delivered.has(`${origin.chainId}/${nonce}`)) return passed;
    }
    return undefined;
  }

  const prompt = () => signers.map((signer) => sourceOf(signer));

  it("delivers the counterpart's message at once though 4,000 of a stranger were sent before it", async () => {
    flood(4000);
    start(prompt());
    expect(await timeOfDelivery(30_000)).to.be.at.most(2000);
  });

  it("tries a stranger's messages no more often than their budget allows", async () => {
    flood(500);
    start(prompt());
    const minutes = 2;
    await clock.advance(minutes * 60_000);
    const attempts = events.filter(({ type }) => type === "delivery-failed").length;
    expect(attempts).to.be.within(STRANGERS.most, STRANGERS.most + minutes * STRANGERS.perMinute);
    expect(events.filter(({ type }) => type === "submission-sent")).to.deep.equal([]);
    expect(await timeOfDelivery(10_000)).to.be.at.most(1000);
  });

  it("does not wait for a validator that it does not need", async () => {
    start([sourceOf(signers[0]!), sourceOf(signers[1]!), sourceOf(signers[2]!, SLOW_MILLISECONDS)]);
    for (let i = 0; i < 4; i++) expect(await timeOfDelivery(10_000)).to.be.at.most(1000);
  });

  it("uses a slow validator that it does need", async () => {
    start([sourceOf(signers[0]!), sourceOf(signers[2]!, SLOW_MILLISECONDS)]);
    for (let i = 0; i < 4; i++) expect(await timeOfDelivery(12_000)).to.be.at.most(10_500);
  });
});
