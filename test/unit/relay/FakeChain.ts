import { encodeBytes32String, id as hashOf, Interface, Transaction, toBeHex, toQuantity } from "ethers";
import { GatewayClient, type ValidatorSet } from "../../../chains/clients/GatewayClient.ts";
import { type Rpc, RpcRefusal } from "../../../chains/rpc/Rpc.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { formatInteroperable } from "../../../protocol/interoperableAddress.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { messageId } from "../../../protocol/messages.ts";

const GATEWAY = new Interface(contracts.Gateway.abi);
const VERIFIER = new Interface(contracts.CheckpointVerifier.abi);
/** Who sends the messages that are sent without saying by whom. */
export const SENDER = `0x${"5e".repeat(20)}`;
/** Somebody else, who sends to the same recipient. */
export const STRANGER = `0x${"57".repeat(20)}`;
/** Who takes the messages that are sent without saying for whom. */
export const RECIPIENT = `0x${"ec".repeat(20)}`;
const VERIFIER_ADDRESS = `0x${"be".repeat(20)}`;

/** A log as a node tells it. */
export type FakeLog = Record<string, string | string[]>;

/** A transaction in a block. */
export interface FakeReceipt {
  hash: string;
  from: string;
  nonce: number;
  raw: string;
  succeeded: boolean;
  logs: FakeLog[];
}

/** A block; of every history there was. */
export interface FakeBlock {
  number: number;
  hash: string;
  parentHash: string;
  logs: FakeLog[];
  receipts: FakeReceipt[];
  /** The whole outbox as of this block. */
  leaves: readonly string[];
  /** Messages delivered up to this block: `origin/nonce`. */
  delivered: ReadonlySet<string>;
}

/** What a block is to hold. */
export interface FakeBlockParameters {
  /** Payloads of messages that are sent, or their number. */
  send?: number | readonly string[];
  /** How many messages a stranger sends before them. */
  strangers?: number;
  /** Chain of their recipient. */
  destination?: bigint;
  /** Messages that a stranger has announced again, by nonce. */
  announce?: readonly number[];
  /** Deliveries by strangers. */
  deliver?: readonly { origin: bigint; nonce: number; id: string }[];
  /** Hashes of the waiting transactions that it takes; all that fit unless given. */
  take?: readonly string[];
}

/** Answers instead of the node, or passes the question on to it. */
export type Interception = (method: string, params: readonly unknown[], node: () => unknown) => unknown;

/**
 * A chain with a gateway, in memory: histories that can be replaced, a pool of transactions, and a node that says what
 * a test wants.
 */
export class FakeChain implements Rpc {
  readonly name: string;
  readonly chainId: bigint;
  readonly address: string;
  /** What the node answers; honest unless set. */
  intercept: Interception | undefined;
  /** Wei; undefined on a chain without EIP-1559. */
  baseFee: bigint | undefined = 10n;
  /** Wei. */
  priorityFee = 2n;
  /** Nonces of messages whose recipient refuses. */
  readonly refusing = new Set<number>();
  /** Who vouches for other chains here; without any there is no route. */
  validators: ValidatorSet | undefined;
  /** Chains from which there is no route all the same. */
  readonly routeless = new Set<bigint>();
  /** How many blocks the finalized one is behind. */
  finalityDepth = 2;
  /** All questions so far. */
  readonly asked: { method: string; params: readonly unknown[] }[] = [];
  readonly #histories = new Map<string, FakeBlock>();
  #blocks: FakeBlock[] = [];
  readonly #pool = new Map<string, Transaction>();
  #made = 0;

  constructor(options: { name?: string; chainId?: bigint } = {}) {
    this.name = options.name ?? "main";
    this.chainId = options.chainId ?? 71n;
    this.address = contractAddress(this.name);
    this.mine({ take: [] });
  }

  get gateway(): GatewayClient {
    return new GatewayClient(this, this);
  }

  /** As a `GatewayPlace` has it. */
  get contracts(): { gateway: string } {
    return { gateway: this.address };
  }

  get head(): FakeBlock {
    return this.#blocks.at(-1)!;
  }

  /** Blocks of the present history, by number. */
  get blocks(): readonly FakeBlock[] {
    return this.#blocks;
  }

  /** A block of any history. */
  known(hash: string): FakeBlock | undefined {
    return this.#histories.get(hash);
  }

  /** Transactions that wait for a block, by nonce. */
  get pool(): Transaction[] {
    return [...this.#pool.values()].sort((a, b) => a.nonce - b.nonce);
  }

  mine(parameters: FakeBlockParameters = {}): FakeBlock {
    const parent = this.#blocks.at(-1);
    const number = parent === undefined ? 0 : parent.number + 1;
    const block: FakeBlock = {
      number,
      hash: hashOf(`${this.name} ${++this.#made}`),
      parentHash: parent?.hash ?? `0x${"00".repeat(32)}`,
      logs: [],
      receipts: [],
      leaves: parent?.leaves ?? [],
      delivered: parent?.delivered ?? new Set(),
    };
    const { send = 0, strangers = 0, destination = 72n, announce = [], deliver = [] } = parameters;
    const payloads = typeof send === "number" ? Array.from({ length: send }, () => "0x1234") : send;
    const leaves = [...block.leaves];
    for (let i = 0; i < strangers; i++)
      leaves.push(this.#send(block, leaves.length, "0x1234", destination, STRANGER));
    for (const payload of payloads)
      leaves.push(this.#send(block, leaves.length, payload, destination, SENDER));
    block.leaves = leaves;
    for (const nonce of announce) {
      const values = [leaves[nonce], nonce];
      this.#log(block, hashOf(`announce ${this.#made} ${nonce}`), "MessageInserted", values);
    }
    for (const { origin, nonce, id } of deliver) {
      this.#delivered(block, { origin, nonce, id, transaction: hashOf(`stranger ${this.#made} ${nonce}`) });
    }
    for (const transaction of this.pool) {
      if (parameters.take !== undefined && !parameters.take.includes(transaction.hash!)) continue;
      if (transaction.nonce !== this.#countAt(transaction.from!, number) + countIn(block, transaction.from!))
        continue;
      this.#execute(block, transaction);
    }
    this.#blocks.push(block);
    this.#histories.set(block.hash, block);
    return block;
  }

  /** Takes the newest blocks back; their transactions wait again unless forgotten. */
  unwind(depth: number, options: { forget?: boolean } = {}): FakeBlock[] {
    const gone = this.#blocks.splice(Math.max(1, this.#blocks.length - depth));
    for (const { raw } of options.forget ? [] : gone.flatMap(({ receipts }) => receipts)) {
      const transaction = Transaction.from(raw);
      this.#pool.set(transaction.hash!, transaction);
    }
    return gone;
  }

  /** Makes the node forget what waits. */
  forget(): void {
    this.#pool.clear();
  }

  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    this.asked.push({ method, params });
    const node = () => this.#answer(method, params);
    return this.intercept === undefined ? node() : this.intercept(method, params, node);
  }

  #answer(method: string, params: readonly unknown[]): unknown {
    switch (method) {
      case "eth_getBlockByNumber":
        return this.#header(params[0] as string);
      case "eth_getLogs": {
        const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
        return this.#blocks.slice(Number(fromBlock), Number(toBlock) + 1).flatMap(({ logs }) => logs);
      }
      case "eth_call":
        return this.#call(params[0] as { to: string; data: string }, params[1]);
      case "eth_getTransactionCount":
        return toQuantity(this.#countOf(params[0] as string, params[1] as string));
      case "eth_getTransactionByHash":
        return this.#pool.has(params[0] as string) ? { hash: params[0] } : this.#receipt(params[0] as string);
      case "eth_getTransactionReceipt":
        return this.#receipt(params[0] as string);
      case "eth_sendRawTransaction":
        return this.#take(params[0] as string);
      case "eth_maxPriorityFeePerGas":
        return toQuantity(this.priorityFee);
      case "eth_gasPrice":
        return toQuantity((this.baseFee ?? 10n) + this.priorityFee);
      case "eth_estimateGas":
        return toQuantity(100_000);
      default:
        throw new RpcRefusal(method, { code: -32601, message: `the method ${method} does not exist` });
    }
  }

  #at(tag: string): FakeBlock | undefined {
    if (tag === "latest" || tag === "pending") return this.head;
    if (tag === "finalized") return this.#blocks[this.#blocks.length - 1 - this.finalityDepth];
    return this.#blocks[Number(tag)];
  }

  #header(tag: string): Record<string, string> | null {
    const block = this.#at(tag);
    if (block === undefined) return null;
    const { number, hash, parentHash } = block;
    return {
      number: toQuantity(number),
      hash,
      parentHash,
      timestamp: toQuantity(1_900_000_000 + number),
      ...(this.baseFee === undefined ? {} : { baseFeePerGas: toQuantity(this.baseFee) }),
    };
  }

  #call({ to, data }: { to: string; data: string }, tag: unknown): string {
    const block =
      typeof tag === "string" ? this.#at(tag) : this.#histories.get((tag as { blockHash: string }).blockHash);
    if (block === undefined) throw new RpcRefusal("eth_call", { code: -32000, message: "header not found" });
    if (to.toLowerCase() === VERIFIER_ADDRESS) {
      if (VERIFIER.parseTransaction({ data })!.name === "proofKind") {
        return VERIFIER.encodeFunctionResult("proofKind", [encodeBytes32String("checkpoint")]);
      }
      const { threshold, validators } = this.validators!;
      return VERIFIER.encodeFunctionResult("validatorsOf", [{ threshold, validators }]);
    }
    const call = GATEWAY.parseTransaction({ data })!;
    switch (call.name) {
      case "outbox":
        return GATEWAY.encodeFunctionResult("outbox", [
          new MerkleTree(block.leaves).root(),
          block.leaves.length,
        ]);
      case "isDelivered":
        return GATEWAY.encodeFunctionResult("isDelivered", [
          block.delivered.has(`${call.args[0]}/${call.args[1]}`),
        ]);
      case "routeOf": {
        const open = this.validators !== undefined && !this.routeless.has(call.args[0] as bigint);
        const gateway = open ? this.address : `0x${"00".repeat(20)}`;
        const route = {
          gateway,
          paused: false,
          frozen: false,
          verifier: VERIFIER_ADDRESS,
          burst: 0,
          perMinute: 0,
        };
        return GATEWAY.encodeFunctionResult("routeOf", [route]);
      }
      case "deliverBatch": {
        const wanted = (call.args[1] as { nonce: bigint }[]).map(
          ({ nonce }) =>
            !this.refusing.has(Number(nonce)) && !block.delivered.has(`${call.args[0]}/${nonce}`),
        );
        return toBeHex(
          wanted.reduce((bits, is, i) => bits | (is ? 1n << BigInt(i) : 0n), 0n),
          32,
        );
      }
      default:
        return "0x";
    }
  }

  #countOf(account: string, tag: string): number {
    const block = this.#at(tag);
    if (block === undefined)
      throw new RpcRefusal("eth_getTransactionCount", { code: -32000, message: "header not found" });
    let count = this.#countAt(account, block.number + 1);
    if (tag !== "pending") return count;
    for (const { from, nonce } of this.pool) if (from === account && nonce === count) count++;
    return count;
  }

  /** How many transactions of an account are in blocks before one. */
  #countAt(account: string, number: number): number {
    return this.#blocks.slice(0, number).reduce((sum, block) => sum + countIn(block, account), 0);
  }

  #receipt(hash: string): unknown {
    for (const block of this.#blocks) {
      const receipt = block.receipts.find((one) => one.hash === hash);
      if (receipt === undefined) continue;
      return {
        blockHash: block.hash,
        blockNumber: toQuantity(block.number),
        status: receipt.succeeded ? "0x1" : "0x0",
        gasUsed: toQuantity(50_000),
        effectiveGasPrice: toQuantity(12),
        logs: receipt.logs,
      };
    }
    return null;
  }

  #take(raw: string): string {
    const refuse = (message: string): never => {
      throw new RpcRefusal("eth_sendRawTransaction", { code: -32000, message });
    };
    const transaction = Transaction.from(raw);
    const { hash, nonce, from } = transaction;
    if (this.#pool.has(hash!)) return refuse("already known");
    if (nonce < this.#countAt(from!, this.#blocks.length)) return refuse("nonce too low");
    const other = this.pool.find((one) => one.from === from && one.nonce === nonce);
    if (other !== undefined) {
      if (feeOf(transaction) * 100n < feeOf(other) * 110n)
        return refuse("replacement transaction underpriced");
      this.#pool.delete(other.hash!);
    }
    this.#pool.set(hash!, transaction);
    return hash!;
  }

  #execute(block: FakeBlock, transaction: Transaction): void {
    const { hash, from, nonce, data, serialized: raw } = transaction;
    this.#pool.delete(hash!);
    const receipt: FakeReceipt = { hash: hash!, from: from!, nonce, raw, succeeded: true, logs: [] };
    block.receipts.push(receipt);
    const call = GATEWAY.parseTransaction({ data });
    if (call === null) return;
    if (call.name === "announce") {
      const [id, nonce] = [call.args[0] as string, Number(call.args[1])];
      receipt.succeeded = block.leaves[nonce] === id && !this.refusing.has(nonce);
      if (receipt.succeeded) this.#log(block, hash!, "MessageInserted", [id, nonce]);
      receipt.logs = receipt.succeeded ? block.logs.slice(-1) : [];
      return;
    }
    const origin: bigint = call.args[0];
    const messages = call.name === "deliver" ? [call.args[1]] : [...call.args[1]];
    const before = block.logs.length;
    for (const message of messages) {
      const number = Number(message.nonce);
      const already = block.delivered.has(`${origin}/${number}`);
      if (call.name === "deliver" && (already || this.refusing.has(number))) receipt.succeeded = false;
      if (already) continue;
      const sender = formatInteroperable({ chainId: origin, address: message.sender });
      const recipient = formatInteroperable({ chainId: this.chainId, address: message.recipient });
      const id = messageId({ nonce: number, sender, recipient, payload: message.payload });
      if (!this.refusing.has(number))
        this.#delivered(block, { origin, nonce: number, id, transaction: hash! });
      else if (call.name !== "deliver") this.#log(block, hash!, "MessageRefused", [id, origin, number, "0x"]);
    }
    receipt.logs = block.logs.slice(before);
  }

  /** @returns The message's id. */
  #send(block: FakeBlock, nonce: number, payload: string, destination: bigint, from: string): string {
    const sender = formatInteroperable({ chainId: this.chainId, address: from });
    const recipient = formatInteroperable({ chainId: destination, address: RECIPIENT });
    const id = messageId({ nonce, sender, recipient, payload });
    const transaction = hashOf(`send ${this.#made} ${nonce}`);
    this.#log(block, transaction, "MessageInserted", [id, nonce]);
    this.#log(block, transaction, "MessageSent", [id, sender, recipient, payload, 0, []]);
    return id;
  }

  #delivered(
    block: FakeBlock,
    { origin, nonce, id, transaction }: { origin: bigint; nonce: number; id: string; transaction: string },
  ): void {
    this.#log(block, transaction, "MessageDelivered", [id, origin, nonce, RECIPIENT]);
    block.delivered = new Set([...block.delivered, `${origin}/${nonce}`]);
  }

  #log(block: FakeBlock, transaction: string, event: string, values: readonly unknown[]): void {
    const { data, topics } = GATEWAY.encodeEventLog(event, values);
    block.logs.push({
      address: this.address,
      topics,
      data,
      blockNumber: toQuantity(block.number),
      blockHash: block.hash,
      transactionHash: transaction,
      transactionIndex: "0x0",
      logIndex: toQuantity(block.logs.length),
    });
  }
}

function contractAddress(name: string): string {
  return `0x${hashOf(name).slice(2, 42)}`;
}

function countIn(block: FakeBlock, account: string): number {
  return block.receipts.filter(({ from }) => from === account).length;
}

function feeOf({ gasPrice, maxFeePerGas }: Transaction): bigint {
  return maxFeePerGas ?? gasPrice ?? 0n;
}
