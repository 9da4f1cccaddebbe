import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from "node:fs";

import type { EIP1193Provider } from "@nomicfoundation/ignition-core";
import { keccak256 } from "ethers";

import { type Clock, systemClock } from "../../../protocol/Clock.ts";
import type { KeySigner } from "../../keys/KeySigner.ts";
import { type Rpc, RpcRefusal } from "../../rpc/Rpc.ts";
import { revertOf } from "../../rpc/revertOf.ts";
import { gasWithMargin } from "../../transactions/gasWithMargin.ts";

/** JSON-RPC's code for a method that there is not. */
const NO_SUCH_METHOD = -32601;
/** Methods of development nodes, which Ignition asks for to find out whether it has one. */
const OF_DEVELOPMENT_NODES = /^(hardhat|anvil|evm|debug|admin|miner|personal)_/;

/** How long an account's first transaction is waited for where gas is free, and how often it is looked for, milliseconds. */
const FIRST_MILLISECONDS = 120_000;
const FIRST_LOOK_MILLISECONDS = 250;

/** A transaction that was signed, as it is kept before it is sent. */
export interface SentTransaction {
  nonce: number;
  hash: string;
  raw: string;
}

/** What Ignition asks for a transaction. */
interface AskedTransaction {
  to?: string;
  data?: string;
  value?: string;
  nonce: string;
  gas: string;
  gasPrice?: string;
  maxFeePerGas?: string;
  maxPriorityFeePerGas?: string;
}

/**
 * A chain as Ignition asks it (EIP-1193), with one account, whose key signs here, wherever it is. What is signed is
 * kept in a file before it is sent: killed in between, the next process finds out what became of it. No method of a
 * development node is passed on.
 */
export class DeployerProvider implements EIP1193Provider {
  readonly #rpc: Rpc;
  readonly #chainId: bigint;
  readonly #signer: KeySigner;
  readonly #keptIn: string | undefined;
  readonly #clock: Clock;
  /** Whether a transaction of the account is in a block. */
  #hasSent = false;

  /** @param options - `keptIn`: path of the file of what was signed; nothing is kept without it. */
  constructor(options: { rpc: Rpc; chainId: bigint; signer: KeySigner; keptIn?: string; clock?: Clock }) {
    this.#rpc = options.rpc;
    this.#chainId = options.chainId;
    this.#signer = options.signer;
    this.#keptIn = options.keptIn;
    this.#clock = options.clock ?? systemClock;
  }

  async request({
    method,
    params = [],
  }: {
    method: string;
    params?: readonly unknown[] | object;
  }): Promise<unknown> {
    if (method === "eth_accounts") return [this.#signer.address];
    if (method === "eth_sendTransaction") return this.#send((params as [AskedTransaction])[0]);
    if (OF_DEVELOPMENT_NODES.test(method)) {
      throw new RpcRefusal(method, { code: NO_SUCH_METHOD, message: "there is no such method" });
    }
    return this.#rpc.request(method, params as readonly unknown[]);
  }

  async #send(asked: AskedTransaction): Promise<string> {
    const { to, data, value = "0x0", nonce, gas, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = asked;
    const raw = await this.#signer.signTransaction({
      chainId: this.#chainId,
      ...(to === undefined ? {} : { to }),
      data: data ?? "0x",
      value: BigInt(value),
      nonce: Number(nonce),
      gasLimit: gasWithMargin(BigInt(gas)),
      ...(maxFeePerGas === undefined
        ? { type: 0, gasPrice: BigInt(gasPrice ?? "0x0") }
        : {
            type: 2,
            maxFeePerGas: BigInt(maxFeePerGas),
            maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas ?? "0x0"),
          }),
    });
    const hash = keccak256(raw);
    if (BigInt(maxFeePerGas ?? gasPrice ?? 0) === 0n) await this.#letFirstPass(Number(nonce));
    if (this.#keptIn !== undefined) keep(this.#keptIn, { nonce: Number(nonce), hash, raw });
    try {
      await this.#rpc.request("eth_sendRawTransaction", [raw]);
    } catch (error) {
      // A node that mines at once refuses what reverted, and has it in a block all the same.
      if (!(error instanceof RpcRefusal) || revertOf("", error) === undefined) throw error;
    }
    return hash;
  }

  /**
   * Waits until the account's first transaction is in a block. Where gas is free, the account may never have had a coin:
   * then a chain has no such account before that, and geth takes a second transaction of it for one of an account with
   * code, which may have one at a time. It says that it has it, and keeps it aside for a minute.
   */
  async #letFirstPass(nonce: number): Promise<void> {
    for (let waited = 0; nonce > 0 && !this.#hasSent; waited += FIRST_LOOK_MILLISECONDS) {
      const sent = await this.#rpc.request("eth_getTransactionCount", [this.#signer.address, "latest"]);
      this.#hasSent = BigInt(sent as string) > 0n;
      // Others of its transactions may be lost: whoever asked looks after them.
      if (this.#hasSent || waited >= FIRST_MILLISECONDS) return;
      await this.#clock.sleep(FIRST_LOOK_MILLISECONDS);
    }
  }
}

/** What was signed, oldest first. Half a line at the end, of a machine that died, is nothing that was sent. */
export function sentTransactions(path: string): SentTransaction[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return line === "" ? [] : [JSON.parse(line) as SentTransaction];
      } catch {
        return [];
      }
    });
}

function keep(path: string, sent: SentTransaction): void {
  const file = openSync(path, "a");
  try {
    appendFileSync(file, `${JSON.stringify(sent)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
