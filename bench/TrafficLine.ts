import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Contract, ContractFactory, NonceManager } from "ethers";

import { ChainClient } from "../chains/clients/ChainClient.ts";
import type { FinalityRule } from "../chains/clients/finality.ts";
import { GatewayClient } from "../chains/clients/GatewayClient.ts";
import { hardhat } from "../chains/networks/hardhat.ts";
import { localKey, localSigner } from "../chains/networks/localKeys.ts";
import { type ChainRunner, networkConfigSchema } from "../chains/networks/networkConfig.ts";
import type { RunningChains } from "../chains/networks/RunningChains.ts";
import { startChains } from "../chains/networks/startChains.ts";
import { formatInteroperable } from "../protocol/interoperableAddress.ts";
import { compileBench } from "./compileBench.ts";
import { LineRelay } from "./LineRelay.ts";

const NAMES = ["main", "relay", "virtual"] as const;
const THRESHOLD = 2;

interface Stop {
  client: ChainClient;
  gateway: GatewayClient;
  traffic: Contract;
}

/** What a line of chains is like. */
export interface TrafficLineOptions {
  runner: ChainRunner;
  /** First of three consecutive ports. */
  basePort: number;
  blockSeconds: number;
  finality: FinalityRule;
}

/** Three chains in a line, with traffic from the first over the second to the third, for measuring the relay. */
export class TrafficLine {
  readonly stops: readonly Stop[];
  readonly #chains: RunningChains;
  readonly #directory: string;
  readonly #finality: FinalityRule;
  #runs = 0;

  private constructor(parts: {
    stops: readonly Stop[];
    chains: RunningChains;
    directory: string;
    finality: FinalityRule;
  }) {
    this.stops = parts.stops;
    this.#chains = parts.chains;
    this.#directory = parts.directory;
    this.#finality = parts.finality;
  }

  /** Starts the chains and deploys gateways, verifiers and traffic. */
  static async start({ runner, basePort, blockSeconds, finality }: TrafficLineOptions): Promise<TrafficLine> {
    const directory = await mkdtemp(join(tmpdir(), "freshet-bench-"));
    const config = networkConfigSchema.parse({
      directory,
      runner,
      blockSeconds,
      chains: NAMES.map((name, i) => ({
        name,
        role: name,
        chainId: 51_401 + i,
        port: basePort + i,
        finality,
      })),
    });
    const chains = await startChains(config);
    const clients = config.chains.map((chain) =>
      ChainClient.open({ ...chain, url: `http://127.0.0.1:${chain.port}` }),
    );
    const { artifacts } = await hardhat();
    const compiled = compileBench("Traffic");
    const validators = [0, 1, 2]
      .map((i) => localKey("validator", i).address)
      .sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));

    const made = await Promise.all(
      clients.map(async (client) => {
        const deployer = await localSigner(client.provider, client.url, "deployer");
        for (const { address } of [deployer, localKey("relayer"), localKey("publisher")]) {
          await client.provider.send("hardhat_setBalance", [address, `0x${(10n ** 22n).toString(16)}`]);
        }
        const signer = new NonceManager(deployer);
        const deploy = async (name: string, ...values: unknown[]) => {
          const { abi, bytecode } = await artifacts.readArtifact(name);
          const contract = await new ContractFactory(abi as never[], bytecode, signer).deploy(...values);
          return (await contract.waitForDeployment()) as Contract;
        };
        return {
          client,
          signer,
          gateway: await deploy("Gateway", deployer.address, 60),
          verifier: await deploy("CheckpointVerifier", deployer.address, 60),
        };
      }),
    );
    const stops: Stop[] = [];
    // From the last to the first: each must know whom to pass messages on to.
    for (let i = made.length - 1; i >= 0; i--) {
      const { client, signer, gateway, verifier } = made[i]!;
      for (const other of [made[i - 1], made[i + 1]]) {
        if (other === undefined) continue;
        const set = { threshold: THRESHOLD, validators };
        await (await verifier.getFunction("initializeValidators")(other.client.chainId, set)).wait();
        const route = [other.client.chainId, await other.gateway.getAddress(), await verifier.getAddress()];
        await (await gateway.getFunction("openRoute")(...route)).wait();
      }
      const after = stops[0];
      const next = after === undefined ? "0x" : await interoperable(after);
      const address = await gateway.getAddress();
      const factory = new ContractFactory(compiled.abi, compiled.bytecode, signer);
      const traffic = (await (await factory.deploy(address, next)).waitForDeployment()) as Contract;
      const place = { name: client.name, chainId: client.chainId, contracts: { gateway: address } };
      stops.unshift({ client, gateway: new GatewayClient(client.rpc, place), traffic });
    }
    return new TrafficLine({ stops, chains, directory, finality });
  }

  /** Sends messages from the first chain, so many in a transaction. */
  async burst(messages: number, each: number, payloadBytes = 128): Promise<void> {
    const { traffic } = this.stops[0]!;
    for (let sent = 0; sent < messages; sent += each) {
      const count = Math.min(each, messages - sent);
      await (await traffic.getFunction("burst")(count, payloadBytes)).wait();
    }
  }

  /** Messages that arrived at the end of the line. */
  async arrived(): Promise<number> {
    return Number(await this.stops.at(-1)!.traffic.getFunction("received")());
  }

  /** Has a stranger send messages from the first chain to the second one's traffic, which refuses them. */
  async flood(messages: number, each: number): Promise<void> {
    const [{ client, gateway }, second] = this.stops as [Stop, Stop];
    const { abi, bytecode } = compileBench("Traffic");
    const signer = await localSigner(client.provider, client.url, "publisher");
    const stranger = await new ContractFactory(abi, bytecode, new NonceManager(signer)).deploy(
      gateway.address,
      await interoperable(second),
    );
    const contract = (await stranger.waitForDeployment()) as Contract;
    for (let sent = 0; sent < messages; sent += each) {
      await (await contract.getFunction("burst")(Math.min(each, messages - sent), 1)).wait();
    }
  }

  /** Starts three validators and a relayer with databases of their own, in a process of their own. */
  async startRelay(): Promise<LineRelay> {
    const places = await Promise.all(
      this.stops.map(async (stop) => ({
        name: stop.client.name,
        chainId: Number(stop.client.chainId),
        url: stop.client.url,
        contracts: { gateway: stop.gateway.address },
        applications: [await interoperable(stop)],
      })),
    );
    const directory = join(this.#directory, `relay-${++this.#runs}`);
    return new LineRelay({ places, finality: this.#finality, directory });
  }

  async stop(): Promise<void> {
    for (const { client } of this.stops) client.close();
    await this.#chains.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Where a stop's traffic is, as messages name it. */
async function interoperable({ client, traffic }: Pick<Stop, "client" | "traffic">): Promise<string> {
  return formatInteroperable({ chainId: client.chainId, address: await traffic.getAddress() });
}
