import { getBytes, keccak256, toQuantity } from "ethers";
import type { ChainPlace } from "../../chains/networks/networkFile.ts";
import { logsOf, type PlacedLog, requireBody, transactionOf } from "../../chains/proofs/blockBody.ts";
import { type DecodedHeader, decodeHeader } from "../../chains/proofs/blockHeader.ts";
import { matches, mayMatch } from "../../chains/proofs/logsBloom.ts";
import { type ProvenState, provenCall, provenCode } from "../../chains/proofs/provenState.ts";
import type { LogFilter } from "../../chains/rpc/logRange.ts";
import { RpcRefusal } from "../../chains/rpc/Rpc.ts";
import type { ClosableRpc } from "../../chains/rpc/RpcEndpoint.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { ChainContent } from "./ChainContent.ts";
import { type Word, wordKey } from "./RecordingRpc.ts";

/** What is looked at of a header again and again. */
interface Known {
  encoded: Uint8Array;
  hash: string;
  bloom: Uint8Array;
}

/**
 * Answers for a chain from a bundle: what it says follows from the chain's headers, and is found nowhere else. Logs are
 * whole, as a block whose bloom may have one must be in the bundle with all that it holds, or there is no answer.
 */
export class BundledRpc implements ClosableRpc {
  readonly #place: ChainPlace;
  readonly #content: ChainContent;
  readonly #headers: Known[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #logs = new Map<number, PlacedLog[]>();
  readonly #transactions = new Map<string, { block: number; index: number }>();
  readonly #words: ReadonlyMap<string, Word>;
  readonly #used = new Set<Word>();

  private constructor(place: ChainPlace, content: ChainContent) {
    this.#place = place;
    this.#content = content;
    this.#words = new Map(content.words.map((word) => [wordKey(word.method, word.params), word]));
  }

  /**
   * Looks whether a chain's parts belong together: each header follows the one before it, and the transactions and
   * receipts of each block lead to its header's roots.
   *
   * @throws `BUNDLE_CONTRADICTS` naming the first thing that does not.
   */
  static async open(place: ChainPlace, content: ChainContent): Promise<BundledRpc> {
    const opened = new BundledRpc(place, content);
    opened.#link();
    for (const [number, body] of content.bodies) {
      const header = opened.#header(number);
      try {
        await requireBody(
          { ...header, transactionsRoot: header.transactionsRoot!, receiptsRoot: header.receiptsRoot! },
          body,
        );
      } catch (cause) {
        throw contradiction(
          `Block ${number} of ${place.name} is not whole. ${(cause as Error).message}`,
          cause,
        );
      }
      for (const [index, encoded] of body.transactions.entries()) {
        opened.#transactions.set(keccak256(encoded), { block: number, index });
      }
    }
    return opened;
  }

  get place(): ChainPlace {
    return this.#place;
  }

  /** The block that all else leads to: nothing in the bundle shows that it is the chain's. */
  get last(): { number: number; hash: string } {
    return { number: this.#place.fromBlock + this.#headers.length - 1, hash: this.#headers.at(-1)!.hash };
  }

  /** The block as of which the chain was read. */
  get head(): number {
    return this.#content.head;
  }

  /** How much of the chain is here: headers, and blocks that are whole. */
  get sizes(): { headers: number; blocks: number } {
    return { headers: this.#headers.length, blocks: this.#content.bodies.size };
  }

  /** Answers that were given and that nothing proves. */
  get used(): Word[] {
    return [...this.#used];
  }

  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    switch (method) {
      case "eth_chainId":
        return toQuantity(this.#place.chainId);
      case "eth_blockNumber":
        return toQuantity(this.last.number);
      case "eth_getBlockByNumber":
        return this.#block(params[0] === "latest" ? this.head : Number(params[0]));
      case "eth_getBlockByHash":
        return this.#block(this.#numberOf(params[0] as string));
      case "eth_getLogs":
        return this.#matching(params[0] as LogFilter & { fromBlock: string; toBlock: string });
      case "eth_getTransactionByHash":
        return this.#transaction(params[0] as string);
      case "eth_call":
      case "eth_getCode":
        return this.#fromState(method, params);
      default:
        return this.#word(method, params);
    }
  }

  #link(): void {
    const { headers, head } = this.#content;
    const { name, fromBlock } = this.#place;
    let before: DecodedHeader | undefined;
    for (const [i, encoded] of headers.entries()) {
      const number = fromBlock + i;
      const header = tryDecode(encoded);
      if (header === undefined || Number(header.number) !== number) {
        throw contradiction(
          `What the bundle has for the header of block ${number} of ${name} is none of it.`,
        );
      }
      if (before !== undefined && header.parentHash !== before.hash) {
        throw contradiction(
          `Block ${number} of ${name} follows ${header.parentHash}; the bundle's block ${number - 1} is ${before.hash}.`,
        );
      }
      const { hash, logsBloom } = header;
      this.#headers.push({ encoded, hash, bloom: getBytes(logsBloom!) });
      this.#numbers.set(hash, number);
      before = header;
    }
    if (head < fromBlock || head >= fromBlock + headers.length) {
      throw contradiction(`${name} is to be read up to block ${head}, which the bundle does not have.`);
    }
  }

  #header(number: number): DecodedHeader {
    const known = this.#headers[number - this.#place.fromBlock];
    if (known !== undefined) return decodeHeader(known.encoded);
    const { name, fromBlock } = this.#place;
    throw missing(`block ${number} of ${name}: it has blocks ${fromBlock} to ${this.last.number}`);
  }

  #numberOf(hash: string): number {
    const number = this.#numbers.get(hash.toLowerCase());
    if (number !== undefined) return number;
    throw missing(`block ${hash} of ${this.#place.name}`);
  }

  #block(number: number): Record<string, unknown> {
    const header = this.#header(number);
    const transactions = this.#content.bodies.get(number)?.transactions.map((each) => keccak256(each));
    return { ...header, ...(transactions === undefined ? {} : { transactions }) };
  }

  #matching({
    fromBlock,
    toBlock,
    ...filter
  }: LogFilter & { fromBlock: string; toBlock: string }): PlacedLog[] {
    const found: PlacedLog[] = [];
    for (let number = Number(fromBlock); number <= Number(toBlock); number++) {
      const known = this.#headers[number - this.#place.fromBlock];
      if (known === undefined) throw missing(`block ${number} of ${this.#place.name}`);
      if (!mayMatch(known.bloom, filter)) continue;
      for (const log of this.#logsOf(number)) if (matches(log, filter)) found.push(log);
    }
    return found;
  }

  #logsOf(number: number): PlacedLog[] {
    const known = this.#logs.get(number);
    if (known !== undefined) return known;
    const body = this.#content.bodies.get(number);
    if (body === undefined) {
      throw missing(
        `the receipts of block ${number} of ${this.#place.name}, whose header says that it may have logs of the audited contracts`,
      );
    }
    const logs = logsOf(this.#header(number), body);
    this.#logs.set(number, logs);
    return logs;
  }

  #transaction(hash: string): Record<string, unknown> {
    const place = this.#transactions.get(hash.toLowerCase());
    if (place === undefined) throw missing(`transaction ${hash} of ${this.#place.name}`);
    const { block, index } = place;
    return transactionOf(this.#header(block), this.#content.bodies.get(block)!.transactions[index]!, index);
  }

  async #fromState(method: string, params: readonly unknown[]): Promise<unknown> {
    const block = params[1] as string | { blockHash: string };
    const number = typeof block === "object" ? this.#numberOf(block.blockHash) : Number(block);
    const { preimages } = this.#content;
    const state: ProvenState = {
      chainId: BigInt(this.#place.chainId),
      header: this.#header(number),
      preimages,
    };
    try {
      if (method === "eth_getCode") return await provenCode(state, params[0] as string);
      return await provenCall(state, params[0] as { to: string; data: string });
    } catch (error) {
      const isUnproven = error instanceof BaseError && error.code === "STATE_NOT_PROVEN";
      if (!isUnproven) throw error;
      return this.#word(method, params, error);
    }
  }

  #word(method: string, params: readonly unknown[], cause?: BaseError): unknown {
    const word = this.#words.get(wordKey(method, params));
    if (word === undefined) {
      throw missing(
        `${method} of ${this.#place.name}${cause === undefined ? "" : `. ${cause.shortMessage}`}`,
        cause,
      );
    }
    this.#used.add(word);
    if ("refusal" in word) throw new RpcRefusal(method, word.refusal);
    return word.answer;
  }
}

function tryDecode(encoded: Uint8Array): DecodedHeader | undefined {
  try {
    return decodeHeader(encoded);
  } catch {
    return undefined;
  }
}

/** What was left out of a bundle: by whomever, it shows nothing. */
function missing(what: string, cause?: unknown): BaseError {
  return new BaseError("BUNDLE_INCOMPLETE", `The bundle leaves out ${what}.`, {
    next: "Ask who gathered it for a whole one, or audit the chains themselves.",
    cause,
  });
}

/** What cannot be of any chain: whoever made the bundle made it up, or made it wrong. */
export function contradiction(what: string, cause?: unknown): BaseError {
  return new BaseError("BUNDLE_CONTRADICTS", what, {
    details: "Its parts are whole, and do not belong together: no chain can have given them.",
    next: "Believe nothing of this bundle; ask whoever signed it, and audit the chains themselves.",
    cause,
  });
}
