import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Companies } from "./Companies.ts";
import { freePorts } from "./freePorts.ts";
import { GethChain } from "./GethChain.ts";
import { Kubo } from "./Kubo.ts";
import type { PageStep } from "./page.ts";

/** The four chains: seven nodes. */
const CHAINS = [
  { name: "main", nodes: 4 },
  { name: "relay", nodes: 1 },
  { name: "virtual", nodes: 1 },
  { name: "physical", nodes: 1 },
] as const;
type ChainName = (typeof CHAINS)[number]["name"];
const FIRST_CHAIN_ID = 424_201;
const BLOCK_SECONDS = 2;
const FINALITY_BLOCKS = 3;
/** Whose node of the main chain is which. */
const NODE_OF: Readonly<Record<string, number>> = { acme: 0, borea: 1, corvo: 2 };
/** URLs of the page's machines. */
const EXAMPLE_URL = /\b(?:https?|wss?):\/\/([a-z]+)\.([a-z]+)\.example:(\d+)/g;

/** The page's companies, and the chains and stores that they run, all on this machine. */
export class Consortium {
  readonly companies: Companies;
  readonly chains: Readonly<Record<ChainName, GethChain>>;
  /** By the name of its company. */
  readonly kubos: Readonly<Record<string, Kubo>>;
  readonly #directory: string;

  private constructor(parts: {
    companies: Companies;
    chains: Readonly<Record<ChainName, GethChain>>;
    kubos: Readonly<Record<string, Kubo>>;
    directory: string;
  }) {
    this.companies = parts.companies;
    this.chains = parts.chains;
    this.kubos = parts.kubos;
    this.#directory = parts.directory;
  }

  /**
   * Has the companies make their keys, as the page says first, and starts chains on which these have coins.
   *
   * @param page - Its text: its example URLs get places here.
   * @param first - Its steps that make keys.
   */
  static async start(
    page: string,
    first: readonly PageStep[],
    binaries: { geth: string; kubo: string },
  ): Promise<Consortium> {
    const directory = await mkdtemp(join(tmpdir(), "freshet-networks-"));
    const places = new Map<string, string>();
    const companies = await Companies.at(join(directory, "companies"), places);
    const running: { stop(): Promise<void> }[] = [];
    try {
      for (const step of first) await companies.do(step);
      const rich = await companies.addresses();
      const started = await Promise.all(
        CHAINS.map(({ name, nodes }, i) =>
          GethChain.start({
            ...{ binary: binaries.geth, name, nodes, rich, chainId: FIRST_CHAIN_ID + i },
            ...{ directory: join(directory, name) },
            ...{ blockSeconds: BLOCK_SECONDS, finalityBlocks: FINALITY_BLOCKS },
          }),
        ),
      );
      running.push(...started);
      const chains = Object.fromEntries(started.map((chain) => [chain.name, chain])) as Record<
        ChainName,
        GethChain
      >;
      const kubos: Record<string, Kubo> = {};
      await mkdir(join(directory, "kubo"));
      for (const name of ["acme", "borea"]) {
        const kubo = await Kubo.start({
          binary: binaries.kubo,
          name: `${name}'s Kubo`,
          directory: join(directory, "kubo", name),
        });
        running.push(kubo);
        kubos[name] = kubo;
      }
      await kubos.borea!.meet(kubos.acme!);
      for (const [url, machine, company] of page.matchAll(EXAMPLE_URL)) {
        if (!places.has(url)) places.set(url, await placeOf({ url, machine: machine!, company: company! }));
      }
      return new Consortium({ companies, chains, kubos, directory });

      async function placeOf(place: { url: string; machine: string; company: string }): Promise<string> {
        const scheme = place.url.split(":")[0]!;
        const chain = chains[place.machine as ChainName];
        if (chain !== undefined) {
          const node = chain.nodes[(NODE_OF[place.company] ?? 0) % chain.nodes.length]!;
          return scheme === "ws" ? node.websocketUrl : node.url;
        }
        const kubo = kubos[place.company];
        if (place.machine === "kubo") return kubo!.apiUrl;
        if (place.machine === "gateway") return kubo!.gatewayUrl;
        return `${scheme}://127.0.0.1:${(await freePorts(1))[0]}`;
      }
    } catch (cause) {
      await companies.stop();
      await Promise.all(running.map((one) => one.stop()));
      throw cause;
    }
  }

  /** Ends all programs, chains and stores. @param keep - Leaves their directories, with what everybody printed. */
  async stop({ keep }: { keep: boolean }): Promise<void> {
    await this.companies.stop();
    await Promise.all([...Object.values(this.chains), ...Object.values(this.kubos)].map((one) => one.stop()));
    if (keep) console.log(`    what everybody printed is in ${this.#directory}`);
    else await rm(this.#directory, { recursive: true, force: true });
  }
}
