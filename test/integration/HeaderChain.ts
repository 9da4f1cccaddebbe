import { AbiCoder, concat, Interface, type InterfaceAbi, toBeHex, Wallet } from "ethers";
import { hardhat } from "../../chains/networks/hardhat.ts";
import { HttpRpc } from "../../chains/rpc/HttpRpc.ts";
import type { Rpc } from "../../chains/rpc/Rpc.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { signersPart } from "../../protocol/checkpoint.ts";
import { type AttestedHeader, type HeaderDomain, headerDigest } from "../../protocol/header.ts";

/** A receipt, as far as tests look at it. */
export interface TestReceipt {
  transactionHash: string;
  contractAddress: string | null;
  blockHash: string;
  status: string;
  type: string;
  gasUsed: string;
  logs: { address: string; topics: string[]; data: string }[];
}

/** As much gas as a transaction may have (EIP-7825). */
const MOST_GAS = toBeHex(2 ** 24);
/** Gas of a transaction that shares its block with many. */
const SHARED_GAS = toBeHex(1_000_000);

/** Fields of a transaction, as nodes take them. */
export type TestTransaction = Record<string, unknown>;

/** A local chain whose one account deploys, sends, and fills blocks with many transactions. */
export class HeaderChain {
  readonly rpc: Rpc;
  readonly chainId: bigint;
  readonly #account: string;
  readonly #close: () => void;
  /** Of what was deployed: a contract reverts with the errors of those that it calls, too. */
  readonly #interfaces: Interface[] = [];

  private constructor(rpc: HttpRpc, chainId: bigint, account: string) {
    this.rpc = rpc;
    this.chainId = chainId;
    this.#account = account;
    this.#close = () => rpc.close();
  }

  static async connect(url: string): Promise<HeaderChain> {
    const rpc = new HttpRpc({ url }, { clock: systemClock });
    const chainId = BigInt((await rpc.request("eth_chainId", [])) as string);
    const [account] = (await rpc.request("eth_accounts", [])) as string[];
    return new HeaderChain(rpc, chainId, account!);
  }

  close(): void {
    this.#close();
  }

  /** The account that sends. */
  get account(): string {
    return this.#account;
  }

  /** Deploys a contract. */
  async deploy(name: string, types: string[], values: unknown[]): Promise<TestContract> {
    const { abi, bytecode } = await (await hardhat()).artifacts.readArtifact(name);
    const data = concat([bytecode, AbiCoder.defaultAbiCoder().encode(types, values)]);
    const { contractAddress } = await this.send({ data });
    const contractInterface = new Interface(abi as InterfaceAbi);
    this.#interfaces.push(contractInterface);
    return new TestContract(this, contractAddress!, contractInterface);
  }

  /** Name of the error in revert data; nodes give them as they are, or within an object. */
  errorName(data: unknown): string {
    const hex = (typeof data === "string" ? data : (data as { data?: string } | undefined)?.data) ?? "0x";
    const errors = hex === "0x" ? [] : this.#interfaces.map((each) => each.parseError(hex));
    return errors.find((error) => error !== null)?.name ?? `unknown: ${JSON.stringify(data)}`;
  }

  /** Has a transaction mined. */
  async send(transaction: TestTransaction): Promise<TestReceipt> {
    const receipt = await this.#receipt(await this.#enqueue({ gas: MOST_GAS, ...transaction }));
    if (receipt.status !== "0x1") throw new Error(`A transaction failed: ${receipt.transactionHash}`);
    return receipt;
  }

  /** Has transactions mined into one block, also such as fail; a string is a signed one. */
  async mineTogether(transactions: readonly (TestTransaction | string)[]): Promise<TestReceipt[]> {
    await this.rpc.request("evm_setAutomine", [false]);
    const hashes: string[] = [];
    for (const transaction of transactions) {
      hashes.push(
        typeof transaction === "string"
          ? ((await this.rpc.request("eth_sendRawTransaction", [transaction])) as string)
          : await this.#enqueue({ gas: SHARED_GAS, ...transaction }),
      );
    }
    await this.rpc.request("evm_mine", []);
    await this.rpc.request("evm_setAutomine", [true]);
    const receipts = await Promise.all(hashes.map((hash) => this.#receipt(hash)));
    if (new Set(receipts.map(({ blockHash }) => blockHash)).size !== 1) throw new Error("Not one block.");
    return receipts;
  }

  async #enqueue(transaction: TestTransaction): Promise<string> {
    const fields = { from: this.#account, ...transaction };
    return (await this.rpc.request("eth_sendTransaction", [fields])) as string;
  }

  async #receipt(hash: string): Promise<TestReceipt> {
    for (;;) {
      const receipt = await this.rpc.request("eth_getTransactionReceipt", [hash]);
      if (receipt !== null) return receipt as TestReceipt;
    }
  }
}

/** A contract on such a chain. */
export class TestContract {
  readonly address: string;
  readonly interface: Interface;
  readonly #chain: HeaderChain;

  constructor(chain: HeaderChain, address: string, contractInterface: Interface) {
    this.#chain = chain;
    this.address = address;
    this.interface = contractInterface;
  }

  /** A transaction that calls a function. */
  transaction(name: string, args: readonly unknown[]): { to: string; data: string } {
    return { to: this.address, data: this.interface.encodeFunctionData(name, args) };
  }

  send(name: string, args: readonly unknown[]): Promise<TestReceipt> {
    return this.#chain.send(this.transaction(name, args));
  }

  /** What a view answers; rejects with the node's refusal when it reverts. */
  async call(name: string, args: readonly unknown[]): Promise<unknown> {
    const call = { from: this.#chain.account, gas: MOST_GAS, ...this.transaction(name, args) };
    const answer = (await this.#chain.rpc.request("eth_call", [call, "latest"])) as string;
    return this.interface.decodeFunctionResult(name, answer).toArray()[0];
  }

  /** Name of the error that a call reverts with; undefined when it does not. */
  async refusal(name: string, args: readonly unknown[]): Promise<string | undefined> {
    const call = { from: this.#chain.account, gas: MOST_GAS, ...this.transaction(name, args) };
    const outcome = await this.#chain.rpc.request("eth_call", [call, "latest"]).then(
      () => undefined,
      (error: { data?: unknown }) => error,
    );
    return outcome && this.#chain.errorName(outcome.data);
  }
}

/** Validators of a chain, by ascending address. */
export class TestValidators {
  readonly threshold: number;
  readonly #wallets: readonly Wallet[];

  constructor(threshold: number, count: number) {
    this.threshold = threshold;
    this.#wallets = Array.from({ length: count }, (_, i) => new Wallet(toBeHex(0x1000 + i, 32))).sort(
      (a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1),
    );
  }

  /** As `initializeValidators` takes them. */
  get set(): { threshold: number; validators: string[] } {
    return { threshold: this.threshold, validators: this.#wallets.map(({ address }) => address) };
  }

  /** Attests a block: the signers' part of a proof. */
  attest(domain: HeaderDomain, header: AttestedHeader): string {
    const digest = headerDigest(domain, header);
    const signatures = this.#wallets
      .slice(0, this.threshold)
      .map(({ signingKey }) => signingKey.sign(digest).serialized);
    return signersPart({ ...this.set, signatures });
  }
}
