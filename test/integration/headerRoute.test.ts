import { expect } from "chai";
import { dataLength, getAddress, id } from "ethers";

import { LocalChains } from "../../chains/networks/LocalChains.ts";
import { MOST_RECEIPT_BYTES } from "../../chains/proofs/ReceiptTooLarge.ts";
import { proveReceipts } from "../../chains/proofs/receiptProof.ts";
import { encodeHeaderContradiction, encodeHeaderProof } from "../../protocol/header.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { HeaderChain, type TestContract, type TestReceipt, TestValidators } from "./HeaderChain.ts";
import { HIDER, hiding, NEARLY_HIDING } from "./HidingAccount.ts";

const HOST = "127.0.0.1";
const PORTS = { origin: 9413, destination: 9414 };
const SECONDS = 3600;
const BATCH = 32;
/** 128 bytes, none of them zero. */
const PAYLOAD = `0x${"5a".repeat(128)}`;
const RECIPIENT = `0x${"e0".repeat(20)}`;
/** A recipient that takes every message: PUSH4 selector, PUSH1 224, SHL, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN. */
const WILLING = `0x63${id("receiveMessage(bytes32,bytes,bytes)").slice(2, 10)}60e01b5f5260205ff3`;

/** A message as `deliver` takes it, and where it was sent. */
interface Sent {
  message: { nonce: number; sender: string; recipient: string; payload: string };
  id: string;
  receipt: TestReceipt;
}

describe("a route with block headers", () => {
  const validators = new TestValidators(3, 5);
  let chains: LocalChains;
  let origin: HeaderChain;
  let destination: HeaderChain;
  let sender: TestContract;
  let receiver: TestContract;

  const transaction = (payload = PAYLOAD, gateway = sender) => {
    const recipient = formatInteroperable({ chainId: destination.chainId, address: RECIPIENT });
    return gateway.transaction("sendMessage", [recipient, payload, []]);
  };
  const sent = (receipt: TestReceipt, payload = PAYLOAD): Sent => {
    const [inserted] = receipt.logs;
    const nonce = Number(inserted!.data);
    const message = { nonce, sender: origin.account, recipient: RECIPIENT, payload };
    return { message, id: inserted!.topics[1]!, receipt };
  };
  const send = async (payload = PAYLOAD) => sent(await origin.send(transaction(payload)), payload);
  const attest = (blockHash: string, number: bigint) =>
    validators.attest({ chainId: origin.chainId, gateway: sender.address }, { blockHash, number });
  const prove = async (messages: readonly Sent[]) => {
    const { block, ...proof } = await proveReceipts(origin.rpc, {
      blockHash: messages[0]!.receipt.blockHash,
      gateway: sender.address,
      messageIds: messages.map(({ id }) => id),
    });
    return encodeHeaderProof(proof, attest(block.hash, block.number));
  };
  const deliver = async (one: Sent) =>
    receiver.send("deliver", [origin.chainId, one.message, await prove([one])]);
  const deploy = (chain: HeaderChain, name: string) =>
    chain.deploy(name, ["address", "uint48"], [chain.account, SECONDS]);
  /** Median gas of a hundred sends in a row. */
  const gasOfSends = async (gateway: TestContract) => {
    const gas: number[] = [];
    for (let i = 0; i < 100; i++)
      gas.push(Number((await origin.send(transaction(PAYLOAD, gateway))).gasUsed));
    return gas.sort((a, b) => a - b)[gas.length / 2]!;
  };
  const isDelivered = (nonce: number) => receiver.call("isDelivered", [origin.chainId, nonce]);

  before(async () => {
    const config = (name: keyof typeof PORTS, chainId: number) =>
      ({ name, role: "main", chainId, port: PORTS[name] }) as const;
    chains = await LocalChains.start([config("origin", 41_393), config("destination", 41_394)], HOST);
    origin = await HeaderChain.connect(`http://${HOST}:${PORTS.origin}`);
    destination = await HeaderChain.connect(`http://${HOST}:${PORTS.destination}`);
    const parameters = (chain: HeaderChain) =>
      [
        ["address", "uint48"],
        [chain.account, SECONDS],
      ] as const;
    const deploy = (chain: HeaderChain, name: string) => {
      const [types, values] = parameters(chain);
      return chain.deploy(name, [...types], [...values]);
    };
    sender = await deploy(origin, "LogGateway");
    receiver = await deploy(destination, "LogGateway");
    const verifier = await deploy(destination, "HeaderVerifier");
    await verifier.send("initializeValidators", [origin.chainId, validators.set]);
    await receiver.send("openRoute", [origin.chainId, sender.address, verifier.address]);
    await sender.send("openRoute", [destination.chainId, receiver.address, receiver.address]);
    await destination.rpc.request("hardhat_setCode", [RECIPIENT, WILLING]);
  });
  after(async () => {
    origin?.close();
    destination?.close();
    await chains?.stop();
  });

  it("delivers what was sent, once", async () => {
    const one = await send("0x1234");
    const proof = await prove([one]);
    const { logs } = await receiver.send("deliver", [origin.chainId, one.message, proof]);
    const delivered = receiver.interface.parseLog(logs[0]!)!;
    expect(delivered.name).to.equal("MessageDelivered");
    expect(delivered.args.toArray()).to.deep.equal([
      one.id,
      origin.chainId,
      BigInt(one.message.nonce),
      getAddress(RECIPIENT),
    ]);
    expect(await isDelivered(one.message.nonce)).to.equal(true);
    const again = await receiver.refusal("deliver", [origin.chainId, one.message, proof]);
    expect(again).to.equal("AlreadyDelivered");
  });

  for (const [how, code] of Object.entries(NEARLY_HIDING)) {
    it(`delivers what stands beside nearly as many logs as can be shown, in ${how}`, async () => {
      await origin.rpc.request("hardhat_setCode", [HIDER, code]);
      const receipt = await origin.send(hiding(transaction()));
      const one = sent(receipt);
      // The contract is the sender.
      const message = { ...one.message, sender: HIDER };
      const proof = await prove([{ ...one, message }]);
      expect(dataLength(proof)).to.be.within(0.95 * MOST_RECEIPT_BYTES, 1.1 * MOST_RECEIPT_BYTES);
      const { gasUsed } = await receiver.send("deliver", [origin.chainId, message, proof]);
      console.log(`      ${Number(gasUsed)} gas`);
      expect(Number(gasUsed)).to.be.below(0.6 * 2 ** 24);
      expect(await isDelivered(message.nonce)).to.equal(true);
    });
  }

  it("refuses what was not sent", async () => {
    const one = await send();
    const proof = await prove([one]);
    const forgeries = [
      { ...one.message, payload: `${PAYLOAD.slice(0, -2)}5b` },
      { ...one.message, sender: RECIPIENT },
      { ...one.message, recipient: sender.address },
      { ...one.message, nonce: one.message.nonce + 1 },
    ];
    for (const message of forgeries) {
      const refused = await receiver.refusal("deliver", [origin.chainId, message, proof]);
      expect(refused).to.equal("NoSuchLog");
    }
    expect(await isDelivered(one.message.nonce)).to.equal(false);
  });

  it("has its gas printed: sending 128 bytes, delivering one message and a batch under one header", async () => {
    const withOutbox = await deploy(origin, "Gateway");
    await withOutbox.send("openRoute", [destination.chainId, receiver.address, receiver.address]);
    const alone = await deliver(await send());

    const receipts = await origin.mineTogether(Array.from({ length: BATCH }, () => transaction()));
    const messages = receipts.map((receipt) => sent(receipt));
    const among = await deliver(messages[BATCH / 2]!);
    const rest = messages.filter((_, i) => i !== BATCH / 2);
    const batch = await receiver.send("deliverBatch", [
      origin.chainId,
      rest.map(({ message }) => message),
      await prove(rest),
      rest.length,
    ]);
    expect(batch.logs).to.have.length(rest.length);
    for (const { message } of messages) expect(await isDelivered(message.nonce)).to.equal(true);

    const gas = {
      send128: await gasOfSends(sender),
      send128WithOutbox: await gasOfSends(withOutbox),
      deliverAlone: Number(alone.gasUsed),
      deliverAmong32: Number(among.gasUsed),
      batchPerMessage: Math.round(Number(batch.gasUsed) / rest.length),
    };
    console.log(`      ${JSON.stringify(gas)}`);
    // A leaf of an outbox takes more hashes than a group of ids.
    expect(gas.send128).to.be.below(gas.send128WithOutbox - 1000);
    expect(gas.deliverAlone).to.be.below(200_000);
    expect(gas.batchPerMessage).to.be.below(0.6 * gas.deliverAmong32);
  });

  it("is frozen by anyone who shows that validators attested two histories", async () => {
    const block = async (tag: string) =>
      (await origin.rpc.request("eth_getBlockByNumber", [tag, false])) as { hash: string; number: string };
    const signed = ({ hash, number }: { hash: string; number: string }) => ({
      blockHash: hash,
      number: BigInt(number),
      signers: attest(hash, BigInt(number)),
    });
    const snapshot = await origin.rpc.request("evm_snapshot", []);
    const lost = await send();
    const lostProof = await prove([lost]);
    const ours = signed(await block("latest"));
    await origin.rpc.request("evm_revert", [snapshot]);
    await origin.rpc.request("evm_increaseTime", [7]);
    await send("0x07");
    const theirs = signed(await block("latest"));
    expect(theirs.number).to.equal(ours.number);

    const freeze = (evidence: string) => [origin.chainId, evidence] as const;
    const harmless = freeze(encodeHeaderContradiction(ours, ours));
    expect(await receiver.refusal("freeze", harmless)).to.equal("NoContradiction");
    await receiver.send("freeze", freeze(encodeHeaderContradiction(ours, theirs)));
    const refused = await receiver.refusal("deliver", [origin.chainId, lost.message, lostProof]);
    expect(refused).to.equal("RouteIsFrozen");
  });
});
