import { concat, id, toBeHex, toQuantity } from "ethers";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import type { ChainContent } from "../../../../audit/bundle/ChainContent.ts";
import { gatherChain } from "../../../../audit/bundle/gatherChain.ts";
import { RecordingRpc } from "../../../../audit/bundle/RecordingRpc.ts";
import type { ChainPlace } from "../../../../chains/networks/networkFile.ts";
import { type Rpc, RpcRefusal } from "../../../../chains/rpc/Rpc.ts";

/** Leaves a log with two topics and a word of data for each five words that it is called with (test/vectors/headers.ts). */
const LOGGER = "0x5f5b368110600957005b6080815f376020515f516060516040a2608001600156";
/** Answers with what its storage has at the slot that it is called with, and reverts where that is 0. */
const READER = "0x5f35548015600d575f5260205ff35b5f5ffd";

export const LOUD = `0x${"a1".repeat(20)}`;
export const QUIET = `0x${"b2".repeat(20)}`;
export const STORE = `0x${"c3".repeat(20)}`;
export const TOPIC = id("Said(bytes32,uint32)");
export const FULL_SLOT = toBeHex(7, 32);
export const EMPTY_SLOT = toBeHex(8, 32);

/** A real chain in this process, without a port. */
export interface RealChain {
  rpc: Rpc;
  place: ChainPlace;
  close(): Promise<void>;
}

/**
 * Starts a chain with blocks in which LOUD, QUIET, both or nobody leave logs.
 *
 * @param blocks - Who says something in each block.
 */
export async function realChain(blocks: readonly (readonly string[])[]): Promise<RealChain> {
  const { network } = await createHardhatRuntimeEnvironment({
    networks: {
      real: { type: "edr-simulated", chainId: 4711, hardfork: "prague", accounts: { count: 1 } },
    },
  });
  const { provider, close } = await network.create("real");
  const rpc: Rpc = {
    async request(method, params) {
      try {
        return await provider.request({ method, params: [...params] });
      } catch (error) {
        const { code = -32000, message, data } = error as Error & { code?: number; data?: unknown };
        throw new RpcRefusal(method, { code, message, data });
      }
    },
  };
  const ask = async <T>(method: string, ...params: unknown[]) => (await rpc.request(method, params)) as T;
  for (const account of [LOUD, QUIET]) await ask("hardhat_setCode", account, LOGGER);
  await ask("hardhat_setCode", STORE, READER);
  await ask("hardhat_setStorageAt", STORE, toQuantity(7), toBeHex(42, 32));
  await ask("evm_setAutomine", false);
  const [from] = await ask<string[]>("eth_accounts");
  for (const [i, speakers] of blocks.entries()) {
    for (const [j, to] of speakers.entries()) {
      const data = concat([toBeHex(32 * 1, 32), TOPIC, toBeHex(1000 * i + j, 32), toBeHex(j, 32)]);
      await ask("eth_sendTransaction", { from, to, data, gas: "0x30000" });
    }
    await ask("evm_mine");
  }
  const place = { name: "real", chainId: 4711, fromBlock: 1 } as ChainPlace;
  return { rpc, place, close };
}

/** What is asked in tests, and gathered for it. */
export async function gathered(
  { rpc, place }: RealChain,
  questions: readonly (readonly [string, readonly unknown[]])[],
): Promise<{ content: ChainContent; answers: unknown[] }> {
  const recording = new RecordingRpc(rpc);
  const answers: unknown[] = [];
  for (const [method, params] of questions) answers.push(await answered(recording, method, params));
  return { content: await gatherChain(place, recording, rpc), answers };
}

/** An answer, or with what it was refused. */
export async function answered(rpc: Rpc, method: string, params: readonly unknown[]): Promise<unknown> {
  try {
    return await rpc.request(method, params);
  } catch (error) {
    if (error instanceof RpcRefusal) return { refused: error.data };
    throw error;
  }
}
