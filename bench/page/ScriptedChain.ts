import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { Interface, id, toBeHex } from "ethers";

import type { AnyContract } from "../../protocol/ContractAbi.ts";

/** An event that a block has. */
export interface ScriptedEvent {
  contract: AnyContract;
  address: string;
  name: string;
  /** In the order of the ABI. */
  args: readonly unknown[];
}

interface Log {
  address: string;
  topics: string[];
  data: string;
  blockNumber: string;
  blockHash: string;
  transactionHash: string;
  transactionIndex: string;
  logIndex: string;
}

interface Block {
  number: string;
  hash: string;
  parentHash: string;
  timestamp: string;
  gasLimit: string;
  logs: Log[];
}

interface Question {
  id: number;
  method: string;
  params: unknown[];
}

const interfaces = new Map<AnyContract, Interface>();

/** The ethers interface of a contract, which writes events and answers. */
export function interfaceOf(contract: AnyContract): Interface {
  const known = interfaces.get(contract) ?? new Interface(contract.abi as never);
  interfaces.set(contract, known);
  return known;
}

/**
 * A chain's node as far as a follower asks it, over HTTP: blocks with the events that they are given, which can be
 * replaced, and a server that can be gone and come back. Counts what it is asked.
 */
export class ScriptedChain {
  readonly chainId: number;
  /** How often each method was asked for. */
  readonly asked = new Map<string, number>();
  readonly #calls: (to: string, data: string) => string | undefined;
  #blocks: Block[] = [];
  #branch = 0;
  #server: Server | undefined;
  #port = 0;

  /** @param calls - Answers `eth_call`, hex; undefined of what reverts. */
  constructor(chainId: number, calls: (to: string, data: string) => string | undefined = () => undefined) {
    this.chainId = chainId;
    this.#calls = calls;
    this.mine([], 1_000_000);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Number of the newest block. */
  get height(): number {
    return this.#blocks.length - 1;
  }

  get questions(): number {
    return [...this.asked.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Adds a block. Each event is of a transaction of its own. */
  mine(events: readonly ScriptedEvent[], timestamp: number): void {
    const number = this.#blocks.length;
    const hash = id(`${this.chainId}/${this.#branch}/${number}`);
    this.#blocks.push({
      number: toQuantity(number),
      hash,
      parentHash: this.#blocks.at(-1)?.hash ?? id("before"),
      timestamp: toQuantity(timestamp),
      gasLimit: toQuantity(30_000_000),
      logs: events.map(({ contract, address, name, args }, index) => ({
        ...interfaceOf(contract).encodeEventLog(name, [...args]),
        address,
        blockNumber: toQuantity(number),
        blockHash: hash,
        transactionHash: id(`${hash}/${index}`),
        transactionIndex: toQuantity(index),
        logIndex: toQuantity(index),
      })),
    });
  }

  /** Takes blocks back from a number on: those that are mined now are of another branch. */
  takeBack(from: number): void {
    this.#branch++;
    this.#blocks = this.#blocks.slice(0, from);
  }

  /** Begins to answer, at the port that it had before. */
  async listen(): Promise<void> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const asked = JSON.parse(Buffer.concat(chunks).toString()) as Question | Question[];
      try {
        const answer = Array.isArray(asked) ? asked.map((one) => this.#answer(one)) : this.#answer(asked);
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(answer));
      } catch (error) {
        // A script that is wrong shows, and keeps nobody waiting.
        response.statusCode = 500;
        response.end((error as Error).message);
        console.error(error);
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Is gone, as a node that was killed. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  }

  #answer({ id: number, method, params }: Question): object {
    this.asked.set(method, (this.asked.get(method) ?? 0) + 1);
    const found = this.#result(method, params);
    if (found !== undefined) return { jsonrpc: "2.0", id: number, result: found };
    return { jsonrpc: "2.0", id: number, error: { code: 3, message: "execution reverted", data: "0x" } };
  }

  #result(method: string, params: unknown[]): unknown {
    switch (method) {
      case "eth_chainId":
        return toQuantity(this.chainId);
      case "eth_blockNumber":
        return toQuantity(this.height);
      case "eth_getBlockByNumber":
        return withoutLogs(this.#blocks[this.#numberOf(params[0] as string)]);
      case "eth_getBlockByHash":
        return withoutLogs(this.#blocks.find(({ hash }) => hash === params[0]));
      case "eth_getLogs":
        return this.#logs(params[0] as Filter);
      case "eth_call": {
        const { to, data } = params[0] as { to: string; data: string };
        return this.#calls(to, data);
      }
      default:
        return undefined;
    }
  }

  #numberOf(tag: string): number {
    return tag.startsWith("0x") ? Number(tag) : this.height;
  }

  #logs({ address, topics = [], fromBlock, toBlock }: Filter): Log[] {
    const addresses = [address ?? []].flat().map((one) => one.toLowerCase());
    const fits = (log: Log) =>
      (addresses.length === 0 || addresses.includes(log.address.toLowerCase())) &&
      topics.every((topic, i) => topic === null || [topic].flat().includes(log.topics[i] ?? ""));
    return this.#blocks
      .slice(this.#numberOf(fromBlock), this.#numberOf(toBlock) + 1)
      .flatMap(({ logs }) => logs.filter(fits));
  }
}

interface Filter {
  address?: string | string[];
  topics?: (string | string[] | null)[];
  fromBlock: string;
  toBlock: string;
}

function withoutLogs(block: Block | undefined): object | null {
  if (block === undefined) return null;
  const { logs, ...header } = block;
  return { ...header, transactions: logs.map(({ transactionHash }) => transactionHash) };
}

function toQuantity(value: number): string {
  return value === 0 ? "0x0" : toBeHex(value).replace(/^0x0+/, "0x");
}
