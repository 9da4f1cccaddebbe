/** Blocks of a real chain with messages in them: headers, receipts, proofs, attestations. */
import { createMerkleProof, createMPT } from "@ethereumjs/mpt";
import {
  computeAddress,
  concat,
  encodeRlp,
  getBytes,
  hexlify,
  id,
  keccak256,
  SigningKey,
  TypedDataEncoder,
  toBeHex,
} from "ethers";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import { address, coder, digest, range } from "./definitions.ts";

const CHAIN_ID = 31_337n;
const GATEWAY = address("origin gateway");
const STRANGER = address("stranger");
const THRESHOLD = 2;
const TOPIC = id("MessageInserted(bytes32,uint32)");
const START_SECONDS = 1_800_000_000;

/**
 * Code of gateway and stranger: leaves a log for each four words that it is called with, two topics, a word of data and
 * the data's length. CALLDATACOPY of four words and LOG2, until the calldata end.
 */
const LOGGER = "0x5f5b368110600957005b6080815f376020515f516060516040a2608001600156";

const keys = range(3)
  .map((index) => digest(`validator ${index}`))
  .sort((a, b) => (BigInt(computeAddress(a)) < BigInt(computeAddress(b)) ? -1 : 1));

type Answer = Record<string, unknown>;
interface Block extends Answer {
  hash: string;
  number: string;
  receiptsRoot: string;
  transactions: string[];
}
interface Receipt extends Answer {
  type: string;
  status: string;
  cumulativeGasUsed: string;
  logsBloom: string;
  logs: { address: string; topics: string[]; data: string }[];
}
type Ask = <T>(method: string, ...params: unknown[]) => Promise<T>;

const uint32 = (value: number): string => toBeHex(value, 4);
const sized = (bytes: string): string => concat([uint32(getBytes(bytes).length), bytes]);
const list = (values: readonly number[]): string => concat([uint32(values.length), ...values.map(uint32)]);
const quantity = (value: string | number): string => (BigInt(value) === 0n ? "0x" : toBeHex(BigInt(value)));

/** A header of the Prague upgrade. */
function encodeHeader(block: Answer): string {
  const fields = (names: string): string[] => names.split(" ").map((name) => block[name] as string);
  const quantities = (names: string): string[] => fields(names).map(quantity);
  return encodeRlp([
    ...fields("parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom"),
    ...quantities("difficulty number gasLimit gasUsed timestamp"),
    ...fields("extraData mixHash nonce"),
    ...quantities("baseFeePerGas"),
    ...fields("withdrawalsRoot"),
    ...quantities("blobGasUsed excessBlobGas"),
    ...fields("parentBeaconBlockRoot requestsHash"),
  ]);
}

function encodeReceipt({ type, status, cumulativeGasUsed, logsBloom, logs }: Receipt): string {
  const rlpLogs = logs.map((log) => [log.address, log.topics, log.data]);
  const fields = encodeRlp([quantity(status), quantity(cumulativeGasUsed), logsBloom, rlpLogs]);
  return type === "0x0" ? fields : concat([toBeHex(BigInt(type), 1), fields]);
}

function attest(blockHash: string, number: bigint) {
  const domain = {
    name: "Freshet Gateway",
    version: "1",
    chainId: CHAIN_ID,
    verifyingContract: GATEWAY,
  };
  const types = {
    Header: [
      { name: "blockHash", type: "bytes32" },
      { name: "number", type: "uint64" },
    ],
  };
  const digest = TypedDataEncoder.hash(domain, types, { blockHash, number });
  const signatures = keys
    .slice(0, THRESHOLD)
    .map((key) => new SigningKey(key).sign(digest).compactSerialized);
  const set = [toBeHex(THRESHOLD, 1), toBeHex(keys.length, 1), ...keys.map((key) => computeAddress(key))];
  return { digest, signers: concat([...set, ...signatures]) };
}

/** A block as the verifier meets it. */
function attestedBlock(block: Block) {
  const header = encodeHeader(block);
  if (keccak256(header) !== block.hash) throw new Error(`Block ${block.number} has another header.`);
  const number = BigInt(block.number);
  return { hash: block.hash, number, header, ...attest(block.hash, number) };
}

type AttestedBlock = ReturnType<typeof attestedBlock>;

const fact = ({ hash, number, signers }: AttestedBlock): string =>
  concat([hash, toBeHex(number, 8), signers]);
const evidence = (later: AttestedBlock, earlier: AttestedBlock, headers: AttestedBlock[]): string =>
  concat([fact(later), fact(earlier), ...headers.map(({ header }) => sized(header))]);

/** Where a message is, or is said to be: transaction in the block, log in the receipt. */
interface Claim {
  name: string;
  nonce: number;
  id: string;
  index: number;
  log: number;
}

async function prove(block: AttestedBlock, receipts: readonly Receipt[], claims: readonly Claim[]) {
  const trie = await createMPT();
  const key = (index: number): Uint8Array => getBytes(encodeRlp(quantity(index)));
  for (const [index, receipt] of receipts.entries()) {
    await trie.put(key(index), getBytes(encodeReceipt(receipt)));
  }
  const indexes = [...new Set(claims.map(({ index }) => index))];
  const paths: string[][] = [];
  for (const index of indexes) paths.push((await createMerkleProof(trie, key(index))).map(hexlify));
  const nodes = [...new Set(paths.flat())];
  return concat([
    sized(block.header),
    block.signers,
    uint32(nodes.length),
    ...nodes.map(sized),
    ...indexes.flatMap((index, i) => [
      uint32(index),
      list(paths[i]!.map((node) => nodes.indexOf(node))),
      list(claims.filter((claim) => claim.index === index).map(({ log }) => log)),
    ]),
  ]);
}

const messageId = (nonce: number): string => digest(`message ${nonce}`);
const record = (nonce: number, topic = TOPIC, length: bigint | number = 32): string =>
  coder.encode(["bytes32", "bytes32", "uint256", "uint256"], [topic, messageId(nonce), nonce, length]);

/** Transactions of the small block, one of every kind of receipt. */
const TRANSACTIONS: readonly Answer[] = [
  { to: STRANGER, value: "0x1", gasPrice: "0x77359400" },
  { to: GATEWAY, data: record(0) },
  { to: GATEWAY, data: record(1), gasPrice: "0x77359400" },
  { to: STRANGER, data: record(2), accessList: [], gasPrice: "0x77359400" },
  // Runs out of gas at its second log: the receipt says status 0 and has none.
  { to: GATEWAY, data: concat([record(2), record(2, TOPIC, 2n ** 64n)]) },
  {
    to: GATEWAY,
    data: concat([
      record(2, id("MessageRemoved(bytes32,uint32)")),
      record(2, TOPIC, 64),
      record(2, TOPIC, 0),
    ]),
  },
  { to: GATEWAY, data: concat([3, 4, 5].map((nonce) => record(nonce))) },
  ...range(10).map(() => ({ to: STRANGER, value: "0x1" })),
  { to: GATEWAY, data: record(6), accessList: [], gasPrice: "0x77359400" },
];

const GENUINE: readonly Claim[] = [
  { name: "of type 2", nonce: 0, id: messageId(0), index: 1, log: 0 },
  { name: "of type 0", nonce: 1, id: messageId(1), index: 2, log: 0 },
  { name: "first of three", nonce: 3, id: messageId(3), index: 6, log: 0 },
  { name: "second of three", nonce: 4, id: messageId(4), index: 6, log: 1 },
  { name: "third of three", nonce: 5, id: messageId(5), index: 6, log: 2 },
  { name: "of type 1", nonce: 6, id: messageId(6), index: 17, log: 0 },
];

const FORGED: readonly Claim[] = [
  { name: "log of another address", nonce: 2, id: messageId(2), index: 3, log: 0 },
  { name: "receipt without logs", nonce: 2, id: messageId(2), index: 0, log: 0 },
  { name: "failed transaction", nonce: 2, id: messageId(2), index: 4, log: 0 },
  { name: "another event", nonce: 2, id: messageId(2), index: 5, log: 0 },
  { name: "data longer than a nonce", nonce: 2, id: messageId(2), index: 5, log: 1 },
  { name: "no data", nonce: 2, id: messageId(2), index: 5, log: 2 },
  { name: "place after the last log", nonce: 2, id: messageId(2), index: 5, log: 3 },
  { name: "another nonce", nonce: 2, id: messageId(0), index: 1, log: 0 },
  { name: "another id", nonce: 0, id: messageId(2), index: 1, log: 0 },
  { name: "another message's log", nonce: 3, id: messageId(3), index: 6, log: 1 },
];

/** A block with one message, its transaction being the last of the count. */
const LARGE_COUNT = 140;
const LARGE_PLACES = [127, 128, 139];

async function chain(): Promise<{ ask: Ask; close: () => Promise<void> }> {
  const { network } = await createHardhatRuntimeEnvironment({
    networks: {
      origin: {
        type: "edr-simulated",
        chainId: Number(CHAIN_ID),
        hardfork: "prague",
        accounts: { count: 1 },
        initialDate: new Date(1000 * (START_SECONDS - 1)),
        blockGasLimit: 30_000_000,
      },
    },
  });
  const { provider, close } = await network.create("origin");
  const ask: Ask = async (method, ...params) => (await provider.request({ method, params })) as never;
  for (const account of [GATEWAY, STRANGER]) await ask("hardhat_setCode", account, LOGGER);
  return { ask, close };
}

/** Mines transactions into one block. */
async function mine(ask: Ask, transactions: readonly Answer[], timestamp: number) {
  const [from] = await ask<string[]>("eth_accounts");
  await ask("evm_setAutomine", false);
  for (const transaction of transactions) {
    await ask("eth_sendTransaction", { from, gas: "0x30000", ...transaction });
  }
  await ask("evm_setNextBlockTimestamp", timestamp);
  await ask("evm_mine");
  const block = await ask<Block>("eth_getBlockByNumber", "latest", false);
  if (block.transactions.length !== transactions.length) throw new Error("A transaction was left out.");
  const receipts: Receipt[] = [];
  for (const hash of block.transactions) receipts.push(await ask("eth_getTransactionReceipt", hash));
  return { block, receipts };
}

export async function headers() {
  const { ask, close } = await chain();
  try {
    const small = await mine(ask, TRANSACTIONS, START_SECONDS);
    const attested = attestedBlock(small.block);
    const withProof = async (claim: Claim) => ({
      ...claim,
      proof: await prove(attested, small.receipts, [claim]),
    });
    const messages = await Promise.all(GENUINE.map(withProof));
    const forged = await Promise.all(FORGED.map(withProof));

    const large = await mine(
      ask,
      range(LARGE_COUNT).map((index) =>
        LARGE_PLACES.includes(index)
          ? { to: GATEWAY, data: record(index) }
          : { to: STRANGER, value: "0x1", gas: "0x5300" },
      ),
      START_SECONDS + 12,
    );
    const attestedLarge = attestedBlock(large.block);
    const claims = LARGE_PLACES.map((index) => ({
      name: `transaction ${index}`,
      nonce: index,
      id: messageId(index),
      index,
      log: 0,
    }));

    // Two histories after the large block.
    const history = async (seconds: number): Promise<AttestedBlock[]> => {
      const blocks: AttestedBlock[] = [];
      for (const i of range(3)) {
        const { block } = await mine(ask, [], START_SECONDS + 24 + seconds + 12 * i);
        blocks.push(attestedBlock(block));
      }
      return blocks;
    };
    const snapshot = await ask("evm_snapshot");
    const ours = await history(0);
    await ask("evm_revert", snapshot);
    const theirs = await history(1);

    return {
      originChainId: CHAIN_ID,
      originGateway: GATEWAY,
      threshold: THRESHOLD,
      validators: keys.map((key) => ({ privateKey: key, address: computeAddress(key) })),
      block: attested,
      messages,
      // All messages of the block under one proof.
      batch: await prove(attested, small.receipts, GENUINE),
      forged,
      large: {
        block: attestedLarge,
        messages: claims,
        batch: await prove(attestedLarge, large.receipts, claims),
      },
      contradictions: [
        { name: "two blocks of one number", evidence: evidence(theirs[1]!, ours[1]!, []) },
        { name: "the next block of another history", evidence: evidence(theirs[1]!, ours[0]!, [theirs[1]!]) },
        {
          name: "a later block of another history",
          evidence: evidence(theirs[2]!, ours[0]!, [theirs[2]!, theirs[1]!]),
        },
      ],
      harmless: [
        { name: "one block twice", evidence: evidence(ours[1]!, ours[1]!, []) },
        { name: "two blocks of one history", evidence: evidence(ours[2]!, ours[0]!, [ours[2]!, ours[1]!]) },
        { name: "the earlier block first", evidence: evidence(ours[0]!, theirs[1]!, []) },
        {
          name: "headers of another history",
          evidence: evidence(ours[2]!, theirs[0]!, [theirs[2]!, theirs[1]!]),
        },
        {
          name: "the headers in the wrong order",
          evidence: evidence(theirs[2]!, ours[0]!, [theirs[1]!, theirs[2]!]),
        },
      ],
      // What the node answered on the block.
      recorded: { block: small.block, receipts: small.receipts },
    };
  } finally {
    await close();
  }
}
