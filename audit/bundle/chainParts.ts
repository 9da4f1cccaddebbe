import { toBeArray } from "ethers";

import type { BlockBody } from "../../chains/proofs/blockBody.ts";
import { countedRlp } from "../../chains/proofs/countedRlp.ts";
import { Preimages } from "../../chains/proofs/Preimages.ts";
import { rlpOf } from "../../chains/proofs/rlpOf.ts";
import type { ChainContent } from "./ChainContent.ts";
import type { Part } from "./manifest.ts";
import type { Word } from "./RecordingRpc.ts";

/** A part before it is deflated. */
export type Content = { bytes: Uint8Array } & (
  | { kind: "headers" | "blocks"; chainId: number; from: number; to: number }
  | { kind: "state" | "words"; chainId: number }
);

/** A part is cut once it has so many bytes: little enough to name what of it is damaged. */
const CUT_BYTES = 1024 * 1024;
/** Most bytes of a header, of a trie's node, or of a contract's code: more than any chain has. */
const MOST_PIECE_BYTES = 64 * 1024;

/** What a bundle has of a chain, cut into parts; each is a list of bytes (RLP), or of answers (JSON). */
export function chainParts(
  { chainId, headers, bodies, preimages, words }: ChainContent,
  fromBlock: number,
): Content[] {
  const parts: Content[] = [];
  let first = fromBlock;
  for (const pieces of cut(headers.map((header) => ({ piece: header, bytes: header.length })))) {
    parts.push({
      kind: "headers",
      chainId,
      from: first,
      to: first + pieces.length - 1,
      bytes: rlpOf(pieces),
    });
    first += pieces.length;
  }
  const sized = [...bodies].map(([number, body]) => ({ piece: { number, body }, bytes: sizeOf(body) }));
  for (const pieces of cut(sized)) {
    const encoded = pieces.map(({ number, body }) => [toBeArray(number), body.transactions, body.receipts]);
    const range = { from: pieces[0]!.number, to: pieces.at(-1)!.number };
    parts.push({ kind: "blocks", chainId, ...range, bytes: rlpOf(encoded) });
  }
  for (const pieces of cut(preimages.all.map((piece) => ({ piece, bytes: piece.length })))) {
    parts.push({ kind: "state", chainId, bytes: rlpOf(pieces) });
  }
  if (words.length > 0) {
    parts.push({ kind: "words", chainId, bytes: Buffer.from(JSON.stringify(words)) });
  }
  return parts;
}

/** A chain's parts put together again. */
export class ChainAssembly {
  readonly #headers: Uint8Array[] = [];
  readonly #bodies = new Map<number, BlockBody>();
  readonly #preimages = new Preimages();
  readonly #words: Word[] = [];

  /**
   * Takes the next part of the chain.
   *
   * @throws when its bytes are not what its kind is of.
   */
  add(kind: Exclude<Part["kind"], "file">, bytes: Uint8Array): void {
    if (kind === "words") {
      const words: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
      if (!Array.isArray(words) || !words.every(isWord)) throw new TypeError("it is no list of answers");
      for (const word of words) this.#words.push(word);
      return;
    }
    const pieces = countedRlp(bytes);
    if (!Array.isArray(pieces)) throw new TypeError("it is no list");
    for (const piece of pieces) {
      if (kind === "blocks") this.#addBody(piece);
      else if (!(piece instanceof Uint8Array)) throw new TypeError("one of its pieces is no bytes");
      else if (piece.length > MOST_PIECE_BYTES)
        throw new TypeError(`one of its pieces has ${piece.length} bytes`);
      else if (kind === "headers") this.#headers.push(piece);
      else this.#preimages.add(piece);
    }
  }

  content(chainId: number, head: number): ChainContent {
    return {
      ...{ chainId, head, headers: this.#headers, bodies: this.#bodies },
      ...{ preimages: this.#preimages, words: this.#words },
    };
  }

  #addBody(piece: unknown): void {
    const [number, transactions, receipts, ...more] = piece as unknown[];
    if (
      !(number instanceof Uint8Array) ||
      number.length > 6 ||
      !isBytesList(transactions) ||
      !isBytesList(receipts)
    )
      throw new TypeError("one of its pieces is no block");
    const block = Buffer.from(number).length === 0 ? 0 : Buffer.from(number).readUIntBE(0, number.length);
    if (more.length > 0 || this.#bodies.has(block))
      throw new TypeError("one of its pieces is no block of its own");
    this.#bodies.set(block, { transactions, receipts });
  }
}

function isBytesList(value: unknown): value is Uint8Array[] {
  return Array.isArray(value) && value.every((piece) => piece instanceof Uint8Array);
}

function isWord(value: unknown): value is Word {
  if (typeof value !== "object" || value === null) return false;
  const { method, params } = value as Partial<Word>;
  if (typeof method !== "string" || !Array.isArray(params)) return false;
  if ("answer" in value) return true;
  const { refusal } = value as { refusal?: { code?: unknown; message?: unknown } };
  return typeof refusal?.code === "number" && typeof refusal.message === "string";
}

function sizeOf({ transactions, receipts }: BlockBody): number {
  return [...transactions, ...receipts].reduce((sum, { length }) => sum + length, 0);
}

function cut<T>(sized: readonly { piece: T; bytes: number }[]): T[][] {
  const parts: T[][] = [];
  let left = 0;
  for (const { piece, bytes } of sized) {
    if (left <= 0) {
      parts.push([]);
      left = CUT_BYTES;
    }
    parts.at(-1)!.push(piece);
    left -= bytes;
  }
  return parts;
}
