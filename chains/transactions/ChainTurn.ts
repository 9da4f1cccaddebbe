import { type FinalityRule, finalHeader } from "../clients/finality.ts";
import type { Rpc } from "../rpc/Rpc.ts";
import { type BlockMark, type Header, readHeader } from "../rpc/readHeader.ts";

/** What a chain says of its blocks within one look at it: each is asked once, and only if it is needed. */
export class ChainTurn {
  readonly #rpc: Rpc;
  readonly #finality: FinalityRule;
  #head: Promise<Header | undefined> | undefined;
  #final: Promise<Header | undefined> | undefined;
  readonly #hashes = new Map<number, Promise<string | undefined>>();

  constructor(rpc: Rpc, finality: FinalityRule) {
    this.#rpc = rpc;
    this.#finality = finality;
  }

  /** The newest block. */
  head(): Promise<Header | undefined> {
    this.#head ??= readHeader(this.#rpc, "latest");
    return this.#head;
  }

  /** The newest final block; undefined while there is none. */
  final(): Promise<Header | undefined> {
    this.#final ??= finalHeader(this.#rpc, this.#finality);
    return this.#final;
  }

  /** Whether a block is so old that it is final, if it is in the chain. */
  async isFinal({ number }: BlockMark): Promise<boolean> {
    const final = await this.final();
    return final !== undefined && number <= final.number;
  }

  /** Whether a block is in the chain. */
  async has({ number, hash }: BlockMark): Promise<boolean> {
    let asked = this.#hashes.get(number);
    asked ??= readHeader(this.#rpc, number).then((header) => header?.hash);
    this.#hashes.set(number, asked);
    return (await asked) === hash;
  }
}
