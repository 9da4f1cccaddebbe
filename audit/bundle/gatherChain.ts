import { getBytes, toQuantity } from "ethers";
import type { ChainPlace } from "../../chains/networks/networkFile.ts";
import { type BlockBody, readBlockBody } from "../../chains/proofs/blockBody.ts";
import {
  type BlockHeader,
  type DecodedHeader,
  decodeHeader,
  readNumberedHeader,
} from "../../chains/proofs/blockHeader.ts";
import { mayMatch } from "../../chains/proofs/logsBloom.ts";
import { Preimages } from "../../chains/proofs/Preimages.ts";
import { type ProvenState, provenCall, provenCode, type StateNeed } from "../../chains/proofs/provenState.ts";
import { type Rpc, RpcRefusal } from "../../chains/rpc/Rpc.ts";
import { revertDataOf } from "../../chains/rpc/rpcErrors.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { ChainContent } from "./ChainContent.ts";
import { type RecordingRpc, refusalOf, type StateQuestion, type Word } from "./RecordingRpc.ts";

/** How many blocks are asked for at once. */
const ASKED_AT_ONCE = 64;
/** Most headers of a chain in a bundle. */
export const MOST_HEADERS = 2 ** 20;

/**
 * Gathers what proves a chain's answers to an audit: all headers, whatever their blocks hold; the whole of the blocks
 * whose blooms may have one of the logs that were asked for, or that have a transaction that was; and the parts of the
 * state that its calls touch. Answers that the chain's nodes do not prove are kept as they are.
 *
 * @param asked - What the audit asked.
 * @param rpc - The same chain.
 * @throws `CHAIN_REORGANIZED` (retryable) when the chain replaced its blocks meanwhile; `BUNDLE_TOO_LARGE`; those of
 * `readNumberedHeader` and `readBlockBody`.
 */
export async function gatherChain(place: ChainPlace, asked: RecordingRpc, rpc: Rpc): Promise<ChainContent> {
  const last = asked.last ?? Number(await rpc.request("eth_blockNumber", []));
  const head = asked.head ?? last;
  const headers = await readHeaders(place, rpc, last);
  const decoded = headers.map(({ encoded }) => decodeHeader(getBytes(encoded)));
  const bodies = new Map<number, BlockBody>();
  const wanted = headers.filter((header, i) => {
    const bloom = getBytes(decoded[i]!.logsBloom!);
    const number = Number(header.number);
    return asked.transactionBlocks.has(number) || asked.filters.some((filter) => mayMatch(bloom, filter));
  });
  await inTurns(wanted, async (header) => {
    bodies.set(Number(header.number), await readBlockBody(rpc, header));
  });
  const preimages = new Preimages();
  const unproven: Word[] = [];
  for (const question of asked.stateQuestions) {
    const header = blockOf(question, decoded);
    const word = await prove(question, header, { chainId: BigInt(place.chainId), preimages, rpc });
    if (word !== undefined) unproven.push(word);
  }
  return {
    chainId: place.chainId,
    head,
    headers: headers.map(({ encoded }) => getBytes(encoded)),
    bodies: new Map([...bodies].sort(([a], [b]) => a - b)),
    preimages,
    words: [...asked.words, ...unproven],
  };
}

async function readHeaders({ name, fromBlock }: ChainPlace, rpc: Rpc, last: number): Promise<BlockHeader[]> {
  const count = last - fromBlock + 1;
  if (count > MOST_HEADERS) {
    throw new BaseError("BUNDLE_TOO_LARGE", `${name} has ${count} blocks since block ${fromBlock}.`, {
      details: `A bundle has the headers of all of them, and of ${MOST_HEADERS} at the most.`,
      next: "Audit the chain itself; a bundle is for networks that are younger than that.",
    });
  }
  const headers: BlockHeader[] = new Array(count);
  await inTurns(
    Array.from({ length: count }, (_, i) => i),
    async (i) => {
      headers[i] = await readNumberedHeader(rpc, fromBlock + i);
    },
  );
  for (const [i, { parentHash, number }] of headers.entries()) {
    if (i === 0 || parentHash === headers[i - 1]!.hash) continue;
    throw new BaseError("CHAIN_REORGANIZED", `${name} replaced blocks while they were gathered.`, {
      details: `Block ${number} does not follow block ${number - 1n}.`,
      next: "Gather the bundle again when the chain has settled.",
      retryable: true,
    });
  }
  return headers;
}

async function inTurns<T>(pieces: readonly T[], work: (piece: T) => Promise<void>): Promise<void> {
  for (let first = 0; first < pieces.length; first += ASKED_AT_ONCE) {
    await Promise.all(pieces.slice(first, first + ASKED_AT_ONCE).map(work));
  }
}

/** The block as of which the state was asked for. */
function blockOf({ params }: StateQuestion, headers: readonly DecodedHeader[]): DecodedHeader {
  const block = params[1];
  const hash =
    typeof block === "object" && block !== null ? (block as { blockHash: string }).blockHash : undefined;
  const header = headers.find((each) => (hash === undefined ? each.number === block : each.hash === hash));
  if (header !== undefined) return header;
  throw new Error(`an audit asked for the state as of ${JSON.stringify(block)}, which it does not know`);
}

/** Gathers what an answer follows from; the answer itself where the node does not prove it. */
async function prove(
  { method, params }: StateQuestion,
  header: DecodedHeader,
  { chainId, preimages, rpc }: { chainId: bigint; preimages: Preimages; rpc: Rpc },
): Promise<Word | undefined> {
  const answer = await answerOf(rpc, method, params);
  const state: ProvenState = {
    ...{ chainId, header, preimages },
    fetch: (need) => fetchProof(rpc, header, need, preimages),
  };
  const derived = await answerBy(state, method, params);
  return derived !== undefined && saysTheSame(derived, answer) ? undefined : { method, params, ...answer };
}

/** Why a call is refused, nodes tell in words of their own; with what it reverts, the contract says. */
function saysTheSame(a: Answer, b: Answer): boolean {
  if ("answer" in a) return "answer" in b && a.answer === b.answer;
  return "refusal" in b && a.refusal.data === (revertDataOf(b.refusal.data) ?? "0x");
}

type Answer = { answer: unknown } | ReturnType<typeof refusalOf>;

async function answerBy(
  state: ProvenState,
  method: string,
  params: readonly unknown[],
): Promise<Answer | undefined> {
  try {
    const answer =
      method === "eth_getCode"
        ? await provenCode(state, params[0] as string)
        : await provenCall(state, params[0] as { to: string; data: string });
    return { answer };
  } catch (error) {
    if (error instanceof RpcRefusal) return refusalOf(method, error);
    if (error instanceof BaseError) return undefined;
    throw error;
  }
}

async function answerOf(rpc: Rpc, method: string, params: readonly unknown[]): Promise<Answer> {
  try {
    return { answer: await rpc.request(method, params) };
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    return refusalOf(method, error);
  }
}

/** Asks a node for a proof (EIP-1186); what it does not prove stays missing. */
async function fetchProof(
  rpc: Rpc,
  { number }: DecodedHeader,
  need: StateNeed,
  preimages: Preimages,
): Promise<void> {
  const block = toQuantity(number);
  if ("code" in need) {
    const code = await rpc.request("eth_getCode", [need.address, block]);
    preimages.add(getBytes(code as string));
    return;
  }
  const slots = need.slot === undefined ? [] : [need.slot];
  try {
    const proof = (await rpc.request("eth_getProof", [need.address, slots, block])) as {
      accountProof: string[];
      storageProof: { proof: string[] }[];
    };
    for (const node of [...proof.accountProof, ...proof.storageProof.flatMap((each) => each.proof)]) {
      preimages.add(getBytes(node));
    }
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
  }
}
