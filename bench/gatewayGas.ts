/**
 * Gas of sending and delivering messages: writes snapshots/gateway-gas.json and the table in docs/contracts/Gateway.md.
 *
 *     node bench/gatewayGas.ts
 *
 * Every figure is a whole transaction's `gasUsed`, sent by an externally owned account on an in-process chain.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { type BaseWallet, getAddress, hexlify, toBeHex, Wallet } from "ethers";

import { hardhat } from "../chains/networks/hardhat.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import type { Arguments, FunctionName } from "../protocol/abiTypes.ts";
import { announcementEvidence } from "../protocol/announcement.ts";
import { CHECKPOINT_TYPES, checkpointDomain, encodeCheckpointProof } from "../protocol/checkpoint.ts";
import { contracts } from "../protocol/contracts.ts";
import { formatInteroperable } from "../protocol/interoperableAddress.ts";
import { MerkleTree } from "../protocol/MerkleTree.ts";
import { messageId } from "../protocol/messages.ts";
import { markdownTable } from "../reports/markdownTable.ts";
import { median } from "./median.ts";

/** The chain that the bench's chain sends to and receives from; nobody runs it. */
const OTHER_CHAIN = 31_402n;
const OTHER_GATEWAY = getAddress(`0x${"a7".repeat(20)}`);
const OTHER_SENDER = getAddress(`0x${"b3".repeat(20)}`);
const RECIPIENT = getAddress(`0x${"c5".repeat(20)}`);
const RECEIVE_SELECTOR = "2432ef26";
/** Returns ERC-7786's magic value and does nothing else. */
const NO_OP_CODE = `0x63${RECEIVE_SELECTOR}60e01b5f5260205ff3`;
const VALIDATORS = 5;
const THRESHOLD = 3;
const PAYLOAD_BYTES = 128;
const SAMPLES = 100;
const DELAY_SECONDS = 60;
const SEED = 1;
/** Messages of a group of a gateway without an outbox. */
const GROUP = 64;

/** Gas a message. */
export interface GatewayGas {
  /** Median send of 128 random bytes. */
  send128: number;
  /** Median delivery of 128 random bytes with 3 of 5 signatures, of all messages of an outbox of 100. */
  deliver3of5: number;
  /** A message's share of a batch of 32 under one checkpoint of an outbox of 1,000. */
  batch32PerMessage: number;
}

/** The same, and what it depends on. */
export interface GatewayGasSnapshot extends GatewayGas {
  /** On a route with a limit. */
  limited: Omit<GatewayGas, "send128">;
  /** Median send of a gateway without an outbox, and the first of a group of 64, which takes a new slot. */
  withoutOutbox: { send128: number; firstOf64: number };
  /** Dearest announcement of an outbox of 100, and with a full group of a gateway without an outbox. */
  announce: { outbox100: number; withoutOutbox: number };
  /** Median delivery by the number of messages in the outbox. */
  deliver3of5ByOutbox: Readonly<Record<number, number>>;
  /** A message's share by the size of the batch. */
  batchPerMessageBySize: Readonly<Record<number, number>>;
}

/** Measures the three figures that the gateway promises. */
export async function measureGatewayGas(): Promise<GatewayGas> {
  return onBenchChain(async (chain) => ({
    send128: await chain.send(),
    deliver3of5: await chain.deliver(SAMPLES),
    batch32PerMessage: await chain.deliverBatch(32),
  }));
}

/** Measures everything of the snapshot. */
export async function measureGatewayGasSnapshot(): Promise<GatewayGasSnapshot> {
  const deliver3of5ByOutbox: Record<number, number> = {};
  const batchPerMessageBySize: Record<number, number> = {};
  for (const size of [100, 1000, 10_000]) {
    deliver3of5ByOutbox[size] = await onBenchChain((chain) => chain.deliver(size));
  }
  for (const size of [1, 2, 8, 32, 128, 256]) {
    batchPerMessageBySize[size] = await onBenchChain((chain) => chain.deliverBatch(size));
  }
  const limited = await onBenchChain(async (chain) => {
    await chain.limit();
    return { deliver3of5: await chain.deliver(SAMPLES), batch32PerMessage: await chain.deliverBatch(32) };
  });
  const [withoutOutbox, group] = await onBenchChain(async (chain) => {
    const gas = await chain.sends();
    const first = gas.filter((_, nonce) => nonce > 0 && nonce % GROUP === 0);
    return [{ send128: median(gas), firstOf64: first[0]! }, await chain.announce()] as const;
  }, "LogGateway");
  const outbox100 = await onBenchChain(async (chain) => {
    await chain.sends();
    return chain.announce();
  });
  const announce = { outbox100, withoutOutbox: group };
  return {
    ...(await measureGatewayGas()),
    withoutOutbox,
    announce,
    limited,
    deliver3of5ByOutbox,
    batchPerMessageBySize,
  };
}

/** The table of docs/contracts/Gateway.md, with Hyperlane's core 12.1 as measured in the same way. */
export function gatewayGasTable(gas: GatewayGasSnapshot): string {
  const number = (value: number) => Math.round(value).toLocaleString("en-US");
  const by = (record: Readonly<Record<string, number>>, what: string) =>
    Object.entries(record).map(([size, value]) => [
      what.replace("N", number(Number(size))),
      number(value),
      "",
    ]);
  const columns = [
    { header: "what, 128 random bytes" },
    { header: "gas a message", align: "right" },
    { header: "Hyperlane", align: "right" },
  ] as const;
  return markdownTable({
    columns,
    rows: [
      ["send", number(gas.send128), "112,932"],
      ["send, without an outbox", number(gas.withoutOutbox.send128), ""],
      ["the same, first of 64", number(gas.withoutOutbox.firstOf64), ""],
      ["announce, outbox of 100, the dearest", number(gas.announce.outbox100), ""],
      ["announce, without an outbox, the dearest", number(gas.announce.withoutOutbox), ""],
      ["deliver, 3 of 5 signatures, no-op recipient, outbox of 100", number(gas.deliver3of5), "93,517"],
      ["the same on a route with a limit", number(gas.limited.deliver3of5), ""],
      ...by(gas.deliver3of5ByOutbox, "deliver, outbox of N"),
      ...by(gas.batchPerMessageBySize, "in a batch of N, outbox of 1,000"),
      ["in a batch of 32 on a route with a limit", number(gas.limited.batch32PerMessage), ""],
    ],
  });
}

async function onBenchChain<T>(
  measure: (chain: BenchChain) => Promise<T>,
  contract: "Gateway" | "LogGateway" = "Gateway",
): Promise<T> {
  const connection = await (await hardhat()).network.create();
  try {
    const { ethers } = connection;
    const [owner] = await ethers.getSigners();
    const { chainId } = await ethers.provider.getNetwork();
    await ethers.provider.send("hardhat_setCode", [RECIPIENT, NO_OP_CODE]);
    const verifier = await (
      await ethers.deployContract("CheckpointVerifier", [owner, DELAY_SECONDS])
    ).getAddress();
    const gateway = await (await ethers.deployContract(contract, [owner, DELAY_SECONDS])).getAddress();
    const chain = new BenchChain(chainId, owner!, { gateway, keepsOutbox: contract === "Gateway" });
    const validators = chain.validators.map(({ address }) => address);
    const initialize = contracts.CheckpointVerifier.encodeCall("initializeValidators", [
      OTHER_CHAIN,
      { threshold: THRESHOLD, validators },
    ]);
    await (await owner!.sendTransaction({ to: verifier, data: initialize })).wait();
    await chain.call("openRoute", OTHER_CHAIN, OTHER_GATEWAY, verifier);
    return await measure(chain);
  } finally {
    await connection.close();
  }
}

type Gateway = typeof contracts.Gateway.abi;

/** A chain with a gateway that knows one other chain. */
class BenchChain {
  readonly validators: readonly BaseWallet[] = Array.from(
    { length: VALIDATORS },
    (_, i) => new Wallet(toBeHex(i + 1, 32)),
  ).sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
  readonly #chainId: bigint;
  readonly #sender: HardhatEthersSigner;
  readonly #gateway: string;
  readonly #keepsOutbox: boolean;
  /** What the bench's gateway sent. */
  readonly #sent = new MerkleTree();
  readonly #random = new SeededRandom(SEED, "gateway-gas");
  readonly #tree = new MerkleTree();

  constructor(
    chainId: bigint,
    sender: HardhatEthersSigner,
    { gateway, keepsOutbox }: { gateway: string; keepsOutbox: boolean },
  ) {
    this.#chainId = chainId;
    this.#sender = sender;
    this.#gateway = gateway;
    this.#keepsOutbox = keepsOutbox;
  }

  /** Calls the gateway; returns the transaction's gas. */
  async call<N extends FunctionName<Gateway>>(method: N, ...values: Arguments<Gateway, N>): Promise<number> {
    const data = contracts.Gateway.encodeCall(method, values);
    const receipt = await (await this.#sender.sendTransaction({ to: this.#gateway, data })).wait();
    return Number(receipt!.gasUsed);
  }

  /** Limits the route to more than the bench delivers. */
  async limit(): Promise<void> {
    await this.call("setLimit", OTHER_CHAIN, 10_000, 10_000);
  }

  /** Median gas of sends. */
  async send(): Promise<number> {
    return median(await this.sends());
  }

  /** Gas of sends, one after the other. */
  async sends(): Promise<number[]> {
    const recipient = formatInteroperable({ chainId: OTHER_CHAIN, address: RECIPIENT });
    const sender = formatInteroperable({ chainId: this.#chainId, address: this.#sender.address });
    const gas: number[] = [];
    for (let i = 0; i < SAMPLES; i++) {
      const payload = this.#bytes(PAYLOAD_BYTES);
      this.#sent.append(messageId({ nonce: this.#sent.count, sender, recipient, payload }));
      gas.push(await this.call("sendMessage", recipient, payload, []));
    }
    return gas;
  }

  /** Gas of the dearest announcement of what was sent. */
  async announce(): Promise<number> {
    let most = 0;
    for (let nonce = 0; nonce < this.#sent.count; nonce++) {
      const evidence = announcementEvidence(this.#sent, nonce, { keepsOutbox: this.#keepsOutbox });
      most = Math.max(most, await this.call("announce", this.#sent.leaf(nonce)!, nonce, evidence));
    }
    return most;
  }

  /** Median gas of delivering, one by one and in their order, the newest messages of an outbox of that size. */
  async deliver(outbox: number): Promise<number> {
    this.#fill(outbox - SAMPLES);
    const messages = Array.from({ length: SAMPLES }, () => this.#append());
    const gas: number[] = [];
    for (const message of messages) {
      const proof = await this.#prove([message.nonce]);
      gas.push(await this.call("deliver", OTHER_CHAIN, message, proof));
    }
    return median(gas);
  }

  /** A message's share of the gas of a batch, after one before it; the outbox has at least 1,000 messages. */
  async deliverBatch(size: number): Promise<number> {
    this.#fill(1000 - 2 * size);
    let gas = 0;
    for (let batch = 0; batch < 2; batch++) {
      const messages = Array.from({ length: size }, () => this.#append());
      const proof = await this.#prove(messages.map(({ nonce }) => nonce));
      gas = await this.call("deliverBatch", OTHER_CHAIN, messages, proof, BigInt(size));
    }
    return Math.round(gas / size);
  }

  /** Fills the other chain's outbox up to a number of messages that nobody delivers. */
  #fill(count: number): void {
    while (this.#tree.count < count) this.#tree.append(this.#bytes(32));
  }

  /** A new message of the other chain, as `deliver` takes it. */
  #append() {
    const nonce = this.#tree.count;
    const payload = this.#bytes(PAYLOAD_BYTES);
    const sender = formatInteroperable({ chainId: OTHER_CHAIN, address: OTHER_SENDER });
    const recipient = formatInteroperable({ chainId: this.#chainId, address: RECIPIENT });
    this.#tree.append(messageId({ nonce, sender, recipient, payload }));
    return { nonce, sender: OTHER_SENDER, recipient: RECIPIENT, payload };
  }

  async #prove(nonces: readonly number[]): Promise<string> {
    const checkpoint = { root: this.#tree.root(), index: this.#tree.count - 1 };
    const domain = checkpointDomain({ chainId: OTHER_CHAIN, gateway: OTHER_GATEWAY });
    const signers = this.validators.slice(0, THRESHOLD);
    const signatures = await Promise.all(
      signers.map((validator) => validator.signTypedData(domain, CHECKPOINT_TYPES, checkpoint)),
    );
    return encodeCheckpointProof({
      index: checkpoint.index,
      threshold: THRESHOLD,
      validators: this.validators.map(({ address }) => address),
      signatures,
      siblings: this.#tree.multiProof(nonces),
    });
  }

  #bytes(length: number): string {
    return hexlify(Uint8Array.from({ length }, () => this.#random.integer(256)));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const measured = await measureGatewayGasSnapshot();
  const path = fileURLToPath(new URL("../snapshots/gateway-gas.json", import.meta.url));
  const text = `${JSON.stringify(measured, null, 2)}\n`;
  await writeFile(path, text);
  const page = fileURLToPath(new URL("../docs/contracts/Gateway.md", import.meta.url));
  const table = `<!-- gateway gas -->\n${gatewayGasTable(measured)}\n<!-- /gateway gas -->`;
  const written = (await readFile(page, "utf8")).replace(
    /<!-- gateway gas -->[\s\S]*<!-- \/gateway gas -->/,
    table,
  );
  await writeFile(page, written);
  process.stdout.write(`${gatewayGasTable(measured)}\n`);
}
