import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import { keccak256, SigningKey } from "ethers";

/** Answers a request for a signature otherwise than it should. */
export type Lie = (answer: ServerResponse, honest: string) => void;

/** A signer with Web3Signer's HTTP interface for Ethereum's execution layer, as far as Freshet asks it. */
export class SigningServer {
  /** What it signed, by hash. */
  readonly signed: string[] = [];
  lie: Lie | undefined;
  readonly #keys: readonly SigningKey[];
  readonly #server: Server;

  constructor(privateKeys: readonly string[]) {
    this.#keys = privateKeys.map((key) => new SigningKey(key));
    this.#server = createServer(async (request, response) => {
      const path = request.url!.replace("/api/v1/eth1/", "");
      const named = (key: SigningKey) => `0x${key.publicKey.slice(4)}`;
      if (path === "publicKeys") return response.end(JSON.stringify(this.#keys.map(named)));
      const key = this.#keys.find((one) => path === `sign/${named(one)}`);
      if (request.method !== "POST" || key === undefined) return response.writeHead(404).end();
      const { data } = JSON.parse(await text(request)) as { data: string };
      const hash = keccak256(data);
      const { serialized } = key.sign(hash);
      this.signed.push(hash);
      if (this.lie === undefined) return response.end(serialized);
      this.lie(response, serialized);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
