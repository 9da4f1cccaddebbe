import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { promisify } from "node:util";

import { freePorts } from "./freePorts.ts";
import { ManagedProcess } from "./ManagedProcess.ts";

const run = promisify(execFile);

/** A Kubo daemon of one organisation, which knows no peers but those that it is told of; on 127.0.0.1 only. */
export class Kubo {
  /** Its HTTP interface, which only its organisation uses. */
  readonly apiUrl: string;
  /** Where everybody reads what it has. */
  readonly gatewayUrl: string;
  readonly #binary: string;
  readonly #directory: string;
  readonly #name: string;
  readonly #swarm: string;
  #process: ManagedProcess | undefined;

  private constructor(
    options: { binary: string; name: string; directory: string },
    ports: readonly number[],
  ) {
    const [api, gateway, swarm] = ports;
    this.#binary = options.binary;
    this.#directory = options.directory;
    this.#name = options.name;
    this.#swarm = `/ip4/127.0.0.1/tcp/${swarm}`;
    this.apiUrl = `http://127.0.0.1:${api}`;
    this.gatewayUrl = `http://127.0.0.1:${gateway}`;
  }

  /**
   * Makes a repository and starts its daemon.
   *
   * @param options - `configuration`: what its configuration has besides, by path.
   */
  static async start(options: {
    binary: string;
    name: string;
    directory: string;
    configuration?: Readonly<Record<string, unknown>>;
  }): Promise<Kubo> {
    const ports = await freePorts(3);
    const kubo = new Kubo(options, ports);
    await mkdir(options.directory, { recursive: true });
    await kubo.#ipfs("init", "--profile=test,unixfs-v0-2015");
    const port = (url: string) => `/ip4/127.0.0.1/tcp/${new URL(url).port}`;
    const settings: Record<string, unknown> = {
      "Addresses.API": port(kubo.apiUrl),
      "Addresses.Gateway": port(kubo.gatewayUrl),
      "Addresses.Swarm": [kubo.#swarm],
      Bootstrap: [],
      "AutoConf.Enabled": false,
      "AutoTLS.Enabled": false,
      "Routing.Type": "none",
      "Routing.DelegatedRouters": [],
      "Ipns.DelegatedPublishers": [],
      "Discovery.MDNS.Enabled": false,
      "DNS.Resolvers": {},
      "Version.SwarmCheckEnabled": false,
      // It answers at once that it lacks a file; its daemon asks the others.
      "Gateway.NoFetch": true,
      ...options.configuration,
    };
    for (const [key, value] of Object.entries(settings)) {
      await kubo.#ipfs("config", "--json", key, JSON.stringify(value));
    }
    await kubo.run();
    return kubo;
  }

  /** Starts its daemon, again where it was killed. */
  async run(): Promise<void> {
    this.#process = new ManagedProcess(this.#binary, ["daemon"], {
      name: this.#name,
      log: `${this.#directory}.log`,
      env: this.#environment,
    });
    await this.#process.said("Daemon is ready");
  }

  /** Tells it of another daemon, so that each reads what the other has. */
  async meet(other: Kubo): Promise<void> {
    const id = (await other.#ipfs("id", "--format=<id>")).trim();
    await this.#ipfs("swarm", "connect", `${other.#swarm}/p2p/${id}`);
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** Kills it on the spot; `run` starts it again. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  get #environment(): Record<string, string> {
    return { IPFS_PATH: this.#directory, IPFS_TELEMETRY: "off" };
  }

  async #ipfs(...words: readonly string[]): Promise<string> {
    const { stdout } = await run(this.#binary, words, { env: { ...process.env, ...this.#environment } });
    return stdout;
  }
}
