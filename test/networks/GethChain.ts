import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Consensus, type ConsensusOptions } from "./Consensus.ts";
import { Geth, writeGenesis } from "./Geth.ts";

/** How long nodes may take to find each other, milliseconds. */
const MEET_MILLISECONDS = 30_000;

/** A chain of geth nodes. */
export interface GethChainOptions extends ConsensusOptions {
  binary: string;
  name: string;
  chainId: number;
  nodes: number;
  /** Where its nodes keep their blocks. */
  directory: string;
  /** Accounts that have coins from the first block on. */
  rich: readonly string[];
  /** Whether transactions may cost nothing; nobody but the rich then has any coin. Default: false. */
  freeGas?: boolean;
}

/** A chain whose blocks several geth nodes make in turn, as the companies of a consortium do. */
export class GethChain {
  readonly name: string;
  readonly chainId: number;
  readonly nodes: readonly Geth[];
  readonly consensus: Consensus;

  private constructor({ name, chainId }: GethChainOptions, nodes: readonly Geth[], consensus: Consensus) {
    this.name = name;
    this.chainId = chainId;
    this.nodes = nodes;
    this.consensus = consensus;
  }

  static async start(options: GethChainOptions): Promise<GethChain> {
    const { binary, name, chainId, directory, rich, freeGas = false } = options;
    await mkdir(directory, { recursive: true });
    const genesis = join(directory, "genesis.json");
    await writeGenesis(genesis, { binary, chainId, rich, freeGas });
    const secret = randomBytes(32);
    const secretFile = join(directory, "engine.secret");
    await writeFile(secretFile, secret.toString("hex"), { mode: 0o600 });
    const nodes: Geth[] = [];
    try {
      for (let i = 1; i <= options.nodes; i++) {
        nodes.push(
          await Geth.start({
            binary,
            name: `${name} node ${i}`,
            chainId,
            genesis,
            directory: join(directory, `node-${i}`),
            secretFile,
            secret,
            freeGas,
          }),
        );
      }
      await meetEachOther(nodes);
      const consensus = await Consensus.start(
        nodes.map(({ engine }) => engine),
        options,
      );
      return new GethChain(options, nodes, consensus);
    } catch (cause) {
      await Promise.all(nodes.map((node) => node.stop()));
      throw cause;
    }
  }

  /** Starts a node again that was killed. Blocks that it lost on the way it has from the others, whom it meets anew. */
  async restart(node: number): Promise<void> {
    const killed = this.nodes[node]!;
    await killed.run();
    for (const other of this.nodes) if (other !== killed) await killed.meet(other);
  }

  /** The endpoints of one of its nodes: JSON-RPC, and WebSocket for new blocks. */
  endpoints(node: number): string[] {
    const { url, websocketUrl } = this.nodes[node % this.nodes.length]!;
    return [url, websocketUrl];
  }

  async stop(): Promise<void> {
    await this.consensus.stop();
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}

async function meetEachOther(nodes: readonly Geth[]): Promise<void> {
  for (const [i, node] of nodes.entries()) for (const other of nodes.slice(0, i)) await node.meet(other);
  const until = Date.now() + MEET_MILLISECONDS;
  for (;;) {
    const peers = await Promise.all(nodes.map((node) => node.peers()));
    if (peers.every((count) => count > 0) || nodes.length === 1) return;
    if (Date.now() > until) throw new Error(`The nodes do not find each other: ${peers.join(", ")} peers.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
