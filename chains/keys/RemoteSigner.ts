import {
  AbstractSigner,
  computeAddress,
  concat,
  getAddress,
  isHexString,
  keccak256,
  type Provider,
  Signature,
  Transaction,
  type TransactionLike,
  type TransactionRequest,
  type TypedDataDomain,
  TypedDataEncoder,
  type TypedDataField,
  toUtf8Bytes,
} from "ethers";
import { z } from "zod";

import { BaseError } from "../../protocol/BaseError.ts";
import { recoverSigner } from "../../protocol/recoverSigner.ts";
import { shownUrl } from "../../protocol/shownUrl.ts";

/** How long the signer may take to answer, milliseconds. */
const ANSWER_MILLISECONDS = 5000;
/** Most characters of an answer: a list of some thousand public keys. */
const MOST_CHARACTERS = 1_048_576;

const publicKeysSchema = z.array(z.string().regex(/^(0x)?[0-9a-fA-F]{128}$/));

/**
 * A key that another process has, which signs by Web3Signer's HTTP interface for Ethereum's execution layer: `GET
 * /api/v1/eth1/publicKeys` and `POST /api/v1/eth1/sign/{public key}`, which signs keccak256 of what it is given. No
 * signature is believed that is not of this key and of what was asked.
 */
export class RemoteSigner extends AbstractSigner {
  readonly address: string;
  readonly #url: string;
  /** As the signer names the key. */
  readonly #identifier: string;

  private constructor(url: string, key: { address: string; identifier: string }, provider?: Provider) {
    super(provider);
    this.#url = url;
    this.address = key.address;
    this.#identifier = key.identifier;
  }

  /**
   * Asks a signer for a key.
   *
   * @param url - Where its HTTP interface is, without `/api`.
   * @param address - The key's address, however it is written.
   * @throws `SIGNER_UNREACHABLE` (retryable), `SIGNER_INVALID`, `KEY_MISSING` when it does not have the key.
   */
  static async open(url: string, address: string): Promise<RemoteSigner> {
    const text = await ask(url, "publicKeys");
    let keys: string[];
    try {
      keys = publicKeysSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw invalid(url, "Its list of public keys is none.", cause);
    }
    const wanted = getAddress(address.toLowerCase());
    const identifier = keys.find((key) => computeAddress(`0x04${key.replace(/^0x/, "")}`) === wanted);
    if (identifier !== undefined) return new RemoteSigner(url, { address: wanted, identifier });
    throw new BaseError("KEY_MISSING", `The signer at ${shownUrl(url)} does not have the key of ${wanted}.`, {
      details: `It has ${keys.length} keys.`,
      next: "Load the key into it, or name another address in the node file.",
    });
  }

  override connect(provider: Provider | null): RemoteSigner {
    return new RemoteSigner(
      this.#url,
      { address: this.address, identifier: this.#identifier },
      provider ?? undefined,
    );
  }

  override async getAddress(): Promise<string> {
    return this.address;
  }

  override async signTransaction(request: TransactionRequest): Promise<string> {
    const { from, ...unsigned } = request;
    if (from != null && getAddress(String(from)) !== this.address)
      throw new TypeError(
        `a transaction of ${String(from)} cannot be signed with the key of ${this.address}`,
      );
    const transaction = Transaction.from(unsigned as TransactionLike<string>);
    transaction.signature = await this.#sign(transaction.unsignedSerialized);
    return transaction.serialized;
  }

  override async signMessage(message: string | Uint8Array): Promise<string> {
    const bytes = typeof message === "string" ? toUtf8Bytes(message) : message;
    const prefix = toUtf8Bytes(`\x19Ethereum Signed Message:\n${bytes.length}`);
    return (await this.#sign(concat([prefix, bytes]))).serialized;
  }

  override async signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    return (await this.#sign(TypedDataEncoder.encode(domain, types, value))).serialized;
  }

  /** The signature of keccak256 of bytes. */
  async #sign(data: string): Promise<Signature> {
    const answer = (await ask(this.#url, `sign/${this.#identifier}`, { data })).trim();
    if (!isHexString(answer, 65)) throw invalid(this.#url, "Its signature is not of 65 bytes.");
    let signature: Signature;
    try {
      signature = Signature.from(answer);
    } catch (cause) {
      throw invalid(this.#url, "Its signature is none of secp256k1 in its lower half.", cause);
    }
    let by: string;
    try {
      by = recoverSigner(keccak256(data), signature);
    } catch (cause) {
      throw invalid(this.#url, "Its signature is of no key.", cause);
    }
    if (by !== this.address) throw invalid(this.#url, `Its signature is of ${by} or of something else.`);
    return signature;
  }
}

function invalid(url: string, details: string, cause?: unknown): BaseError {
  return new BaseError("SIGNER_INVALID", `The signer at ${shownUrl(url)} answers what is no answer.`, {
    details,
    next: "See whether the node file names a signer with Web3Signer's interface for Ethereum's execution layer.",
    cause,
  });
}

/** What the signer answers. @throws `SIGNER_UNREACHABLE` (retryable), `SIGNER_INVALID`. */
async function ask(url: string, path: string, body?: unknown): Promise<string> {
  const unreachable = (details: string, cause?: unknown) =>
    new BaseError("SIGNER_UNREACHABLE", `The signer at ${shownUrl(url)} does not sign.`, {
      ...{ details, cause, retryable: true },
      next: "Start it, or see whether it lets this machine in.",
    });
  let response: Response;
  let text = "";
  try {
    response = await fetch(`${url.replace(/\/$/, "")}/api/v1/eth1/${path}`, {
      signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
      redirect: "error",
      ...(body !== undefined && {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.length > MOST_CHARACTERS) break;
    }
  } catch (cause) {
    throw unreachable(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (text.length > MOST_CHARACTERS) throw invalid(url, "Its answer does not end.");
  if (!response.ok) throw unreachable(`It answers ${response.status} to ${path.split("/")[0]}.`);
  return text;
}
