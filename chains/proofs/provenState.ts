import { createCustomCommon, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM } from "@ethereumjs/evm";
import { createMPT } from "@ethereumjs/mpt";
import { decode } from "@ethereumjs/rlp";
import { SimpleStateManager } from "@ethereumjs/statemanager";
import { type Account, Address, createAccountFromRLP, type DB } from "@ethereumjs/util";
import { getBytes, hexlify, keccak256 } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import { RpcRefusal } from "../rpc/Rpc.ts";
import type { DecodedHeader } from "./blockHeader.ts";
import type { Preimages } from "./Preimages.ts";

/** Gas of a call that changes nothing; nodes allow as much. */
const CALL_GAS = 50_000_000n;
/** Code of nothing. */
const EMPTY_CODE = keccak256("0x");

/** What is to be had of a chain's state, as of one block. */
export type StateNeed = { address: string; slot?: string } | { code: string; address: string };

/** A chain's state as of a block, as far as it is proven. */
export interface ProvenState {
  chainId: bigint;
  /** Its header: the state's root is the header's. */
  header: DecodedHeader;
  preimages: Preimages;
  /** Brings what is missing among the preimages, if it can; undefined where nobody is asked. */
  fetch?: (need: StateNeed) => Promise<void>;
}

/**
 * Runs a call that changes nothing on proven state: every account, slot and code that it touches is found under a hash
 * that leads to the state's root in the header. It runs as on Ethereum since Prague, for which the contracts are
 * compiled.
 *
 * @returns What it returns, hex.
 * @throws `RpcRefusal` when it reverts, with the revert data; `STATE_NOT_PROVEN` when something that it touches is not.
 */
export async function provenCall(
  state: ProvenState,
  { from, to, data }: { from?: string; to: string; data: string },
): Promise<string> {
  const { header, chainId } = state;
  const common = createCustomCommon({ chainId: Number(chainId) }, Mainnet, { hardfork: Hardfork.Prague });
  const reads = new StateReads(state);
  const evm = await createEVM({ common, stateManager: reads });
  const number = (name: string) => BigInt(header[name] ?? 0);
  const { execResult } = await evm.runCall({
    to: addressOf(to),
    caller: addressOf(from ?? `0x${"00".repeat(20)}`),
    data: getBytes(data),
    gasLimit: CALL_GAS,
    skipBalance: true,
    isStatic: true,
    block: {
      header: {
        number: number("number"),
        coinbase: addressOf(header.miner!),
        timestamp: number("timestamp"),
        difficulty: number("difficulty"),
        prevRandao: getBytes(header.mixHash!),
        gasLimit: number("gasLimit"),
        baseFeePerGas: number("baseFeePerGas"),
        getBlobGasPrice: () => undefined,
      },
    },
  });
  // Within the call it may be taken for a failure of the call.
  if (reads.missing !== undefined) throw reads.missing;
  if (execResult.exceptionError === undefined) return hexlify(execResult.returnValue);
  throw new RpcRefusal("eth_call", {
    code: 3,
    message: `execution reverted (${execResult.exceptionError.error})`,
    data: hexlify(execResult.returnValue),
  });
}

/**
 * The code of an account, hex.
 *
 * @throws `STATE_NOT_PROVEN`.
 */
export async function provenCode(state: ProvenState, address: string): Promise<string> {
  return hexlify(await new StateReads(state).getCode(addressOf(address)));
}

/** State that is read from proofs where the call has not written it. */
class StateReads extends SimpleStateManager {
  readonly #state: ProvenState;
  /** The first thing that was asked for and is not proven. */
  missing: BaseError | undefined;

  constructor(state: ProvenState) {
    super();
    this.#state = state;
  }

  override async getAccount(address: Address): Promise<Account | undefined> {
    const key = address.toString();
    const written = this.accountStack[this.accountStack.length - 1]!;
    if (written.has(key)) return written.get(key);
    const found = await this.#value(this.#state.header.stateRoot!, address.bytes, { address: key });
    const account = found === null ? undefined : createAccountFromRLP(found);
    for (const level of this.accountStack) level.set(key, account);
    return account;
  }

  override async getCode(address: Address): Promise<Uint8Array> {
    const written = this.codeStack[this.codeStack.length - 1]!.get(address.toString());
    if (written !== undefined) return written;
    const account = await this.getAccount(address);
    const hash = account === undefined ? EMPTY_CODE : hexlify(account.codeHash);
    if (hash === EMPTY_CODE) return new Uint8Array(0);
    const { preimages, fetch } = this.#state;
    const need = { code: hash, address: address.toString() };
    if (preimages.get(hash) === undefined) await fetch?.(need);
    return preimages.get(hash) ?? this.#miss(`the code of ${need.address} (${hash})`);
  }

  override async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const slot = hexlify(key);
    const written = this.storageStack[this.storageStack.length - 1]!.get(
      `${address.toString()}_${slot}` as never,
    );
    if (written !== undefined) return written;
    const account = await this.getAccount(address);
    if (account === undefined) return new Uint8Array(0);
    const root = hexlify(account.storageRoot);
    const found = await this.#value(root, key, { address: address.toString(), slot });
    return found === null ? new Uint8Array(0) : (decode(found) as Uint8Array);
  }

  /** A trie's value under a key; null where the trie shows that it has none. */
  async #value(root: string, key: Uint8Array, need: StateNeed): Promise<Uint8Array | null> {
    const { preimages, fetch } = this.#state;
    const trie = await createMPT({ db: readOnly(preimages), root: getBytes(root), useKeyHashing: true });
    // An empty trie's root is of no node that anybody has to show.
    if (hexlify(trie.EMPTY_TRIE_ROOT) === root) return null;
    try {
      return await trie.get(key, true);
    } catch {
      if (fetch === undefined) return this.#miss(wordOf(need));
    }
    await fetch(need);
    try {
      return await trie.get(key, true);
    } catch {
      return this.#miss(wordOf(need));
    }
  }

  #miss(what: string): never {
    const { hash, number } = this.#state.header;
    this.missing ??= new BaseError(
      "STATE_NOT_PROVEN",
      `Of block ${Number(number)} (${hash}), ${what} is not proven.`,
    );
    throw this.missing;
  }
}

function wordOf(need: StateNeed): string {
  return "slot" in need && need.slot !== undefined
    ? `slot ${need.slot} of ${need.address}`
    : `the account ${need.address}`;
}

function addressOf(address: string): Address {
  return new Address(getBytes(address));
}

/** A trie's nodes, by their hashes. */
function readOnly(preimages: Preimages): DB<string, Uint8Array> {
  const refuse = () => {
    throw new Error("a proven state is only read");
  };
  const db: DB<string, Uint8Array> = {
    get: async (hash) => preimages.get(`0x${hash}`),
    put: async () => refuse(),
    del: async () => refuse(),
    batch: async () => refuse(),
    shallowCopy: () => db,
    open: async () => undefined,
  };
  return db;
}
