import { expect } from "chai";
import { id, Signature, toBeHex, Wallet } from "ethers";
import fc from "fast-check";

import { RemoteSigner } from "../../../../chains/keys/RemoteSigner.ts";
import { rejected } from "../../thrown.ts";
import { type Lie, SigningServer } from "./SigningServer.ts";

const WALLET = new Wallet(id("a remote key"));
const OTHER = new Wallet(id("another"));
/** The order of secp256k1's group. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const DOMAIN = { name: "Freshet", version: "1", chainId: 7n, verifyingContract: OTHER.address };
const TYPES = {
  Fact: [
    { name: "root", type: "bytes32" },
    { name: "index", type: "uint64" },
  ],
};

describe("RemoteSigner", () => {
  let server: SigningServer;
  let url: string;
  let signer: RemoteSigner;

  before(async () => {
    server = new SigningServer([OTHER.privateKey, WALLET.privateKey]);
    url = await server.listen();
    signer = await RemoteSigner.open(`${url}/`, WALLET.address.toLowerCase());
  });
  after(() => server.close());

  it("signs what the key would sign itself: transactions, messages, typed data", async () => {
    expect([signer.address, await signer.getAddress()]).to.deep.equal([WALLET.address, WALLET.address]);
    const transaction = fc.record({
      type: fc.constantFrom(0, 2),
      nonce: fc.nat(),
      to: fc.constantFrom(OTHER.address, WALLET.address),
      value: fc.bigInt(0n, 10n ** 24n),
      data: fc.uint8Array({ maxLength: 300 }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`),
      gasLimit: fc.bigInt(21_000n, 2n ** 24n),
    });
    await fc.assert(
      fc.asyncProperty(transaction, fc.bigInt(1n, 10n ** 12n), async (some, fee) => {
        const fees =
          some.type === 0 ? { gasPrice: fee } : { maxFeePerGas: fee, maxPriorityFeePerGas: fee / 2n };
        const request = { chainId: 31_401n, ...some, ...fees };
        expect(await signer.signTransaction(request)).to.equal(await WALLET.signTransaction(request));
      }),
      { numRuns: 20 },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.uint8Array()), async (message) => {
        expect(await signer.signMessage(message)).to.equal(await WALLET.signMessage(message));
      }),
      { numRuns: 20 },
    );
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.bigInt(0n, 2n ** 64n - 1n), async (root, index) => {
        const fact = { root: id(root), index };
        expect(await signer.signTypedData(DOMAIN, TYPES, fact)).to.equal(
          await WALLET.signTypedData(DOMAIN, TYPES, fact),
        );
      }),
      { numRuns: 20 },
    );
  });

  it("sends from its own address only", async () => {
    const request = { from: OTHER.address, to: OTHER.address, chainId: 1n, nonce: 0, gasLimit: 21_000n };
    const outcome = await signer.signTransaction(request).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(TypeError);
    const own = { ...request, from: WALLET.address, gasPrice: 1n, type: 0 };
    expect(await signer.signTransaction(own)).to.equal(await WALLET.signTransaction(own));
  });

  it("does not open a key that the signer does not have, nor one of a signer that is none", async () => {
    const stranger = new Wallet(id("a stranger")).address;
    expect((await rejected(RemoteSigner.open(url, stranger))).code).to.equal("KEY_MISSING");
    const gone = new SigningServer([]);
    const goneUrl = await gone.listen();
    await gone.close();
    const silent = await rejected(RemoteSigner.open(`${goneUrl}/secret-path?key=1234`, stranger));
    expect([silent.code, silent.retryable]).to.deep.equal(["SIGNER_UNREACHABLE", true]);
    expect(silent.message).not.to.match(/secret|1234/);
    expect((await rejected(RemoteSigner.open(`${url}/elsewhere`, stranger))).code).to.equal(
      "SIGNER_UNREACHABLE",
    );
  });

  const lies: Record<string, { lie: Lie; code: string }> = {
    "another key's signature": {
      lie: (answer) => answer.end(OTHER.signingKey.sign(id("x")).serialized),
      code: "SIGNER_INVALID",
    },
    "its signature in the upper half": {
      lie: (answer, honest) => {
        const { r, s, v } = Signature.from(honest);
        answer.end(`${r}${toBeHex(ORDER - BigInt(s), 32).slice(2)}${(55 - v).toString(16)}`);
      },
      code: "SIGNER_INVALID",
    },
    "64 bytes": { lie: (answer, honest) => answer.end(honest.slice(0, -2)), code: "SIGNER_INVALID" },
    zeros: { lie: (answer) => answer.end(`0x${"00".repeat(64)}1b`), code: "SIGNER_INVALID" },
    "text without an end": {
      lie: (answer) => {
        const more = () => {
          if (answer.destroyed) return;
          answer.write("f".repeat(65_536));
          setImmediate(more);
        };
        more();
      },
      code: "SIGNER_INVALID",
    },
    "a refusal": { lie: (answer) => answer.writeHead(500).end("key locked"), code: "SIGNER_UNREACHABLE" },
    nothing: { lie: (answer) => answer.destroy(), code: "SIGNER_UNREACHABLE" },
    "a way elsewhere": {
      lie: (answer) => answer.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
      code: "SIGNER_UNREACHABLE",
    },
  };
  for (const [what, { lie, code }] of Object.entries(lies)) {
    it(`believes no signer that answers ${what}`, async () => {
      server.lie = lie;
      try {
        expect((await rejected(signer.signMessage("hello"))).code).to.equal(code);
      } finally {
        server.lie = undefined;
      }
    });
  }

  it("takes a signature whose parity is 0 or 1, as some signers write it", async () => {
    server.lie = (answer, honest) => {
      const { r, s, yParity } = Signature.from(honest);
      answer.end(`${r}${s.slice(2)}0${yParity}`);
    };
    try {
      expect(await signer.signMessage("hello")).to.equal(await WALLET.signMessage("hello"));
    } finally {
      server.lie = undefined;
    }
  });
});
