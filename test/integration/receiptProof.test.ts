import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { toBeHex, Wallet, ZeroAddress } from "ethers";

import { AnvilProcess } from "../../chains/networks/AnvilProcess.ts";
import { buildContracts } from "../../chains/networks/hardhat.ts";
import { LocalChains } from "../../chains/networks/LocalChains.ts";
import type { ChainConfig } from "../../chains/networks/networkConfig.ts";
import { proveReceipts } from "../../chains/proofs/receiptProof.ts";
import { encodeHeaderContradiction, encodeHeaderProof } from "../../protocol/header.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { rejected } from "../unit/thrown.ts";
import { HeaderChain, type TestContract, type TestReceipt, TestValidators } from "./HeaderChain.ts";

const HOST = "127.0.0.1";
const DESTINATION = 41_399n;
const SECONDS = 3600;
/** Enough for keys of one, two and three bytes in the receipts' trie. */
const TRANSACTIONS = 300;

/** As many as one transaction's gas is enough for, with room to spare. */
const BATCH = 64;

const validators = new TestValidators(3, 5);

function config(port: number): ChainConfig {
  return { name: "origin", role: "main", chainId: 41_391, port };
}

const runners: Record<string, { port: number; start: (port: number) => Promise<() => Promise<void>> }> = {
  Hardhat: {
    port: 9411,
    start: async (port) => {
      const chains = await LocalChains.start([config(port)], HOST);
      return () => chains.stop();
    },
  },
  anvil: {
    port: 9412,
    start: async (port) => {
      await buildContracts();
      const directory = await mkdtemp(join(tmpdir(), "freshet-receipts-"));
      const anvil = await AnvilProcess.start(config(port), { host: HOST, directory, blockSeconds: 0 });
      return async () => {
        await anvil.stop();
        await rm(directory, { recursive: true, force: true });
      };
    },
  },
};

for (const [runner, { port, start }] of Object.entries(runners)) {
  describe(`receipt proofs of a block of ${runner}'s`, () => {
    let chain: HeaderChain;
    let stop: () => Promise<void>;
    let gateway: TestContract;
    let verifier: TestContract;
    let receipts: TestReceipt[];
    /** Ids of the messages, by nonce, and the places of their transactions. */
    let ids: string[];
    let places: number[];

    const domain = () => ({ chainId: chain.chainId, gateway: gateway.address });
    const prove = async (messageIds: readonly string[], blockHash = receipts[0]!.blockHash) => {
      const { block, ...proof } = await proveReceipts(chain.rpc, {
        blockHash,
        gateway: gateway.address,
        messageIds,
      });
      const signers = validators.attest(domain(), { blockHash: block.hash, number: block.number });
      return { block, proof, encoded: encodeHeaderProof(proof, signers) };
    };
    const verification = (nonces: readonly number[], messageIds: readonly string[], encoded: string) =>
      [chain.chainId, gateway.address, nonces, messageIds, encoded] as const;

    before(async () => {
      stop = await start(port);
      chain = await HeaderChain.connect(`http://${HOST}:${port}`);
      const owner = chain.account;
      gateway = await chain.deploy("LogGateway", ["address", "uint48"], [owner, SECONDS]);
      verifier = await chain.deploy("HeaderVerifier", ["address", "uint48"], [owner, SECONDS]);
      await verifier.send("initializeValidators", [chain.chainId, validators.set]);
      await gateway.send("openRoute", [DESTINATION, gateway.address, verifier.address]);

      const recipient = formatInteroperable({ chainId: DESTINATION, address: verifier.address });
      const message = (payload: string) => gateway.transaction("sendMessage", [recipient, payload, []]);
      const legacy = { gasPrice: "0x77359400" };
      const withAccessList = { ...legacy, accessList: [{ address: gateway.address, storageKeys: [] }] };
      const delegator = new Wallet(toBeHex(0x2000, 32));
      await chain.send({ to: delegator.address, value: toBeHex(10n ** 18n) });
      const delegation = await delegator.signTransaction({
        type: 4,
        chainId: chain.chainId,
        nonce: 0,
        to: gateway.address,
        data: message("0x04").data,
        gasLimit: 1_000_000n,
        maxFeePerGas: 10n ** 10n,
        maxPriorityFeePerGas: 10n ** 9n,
        authorizationList: [
          await delegator.authorize({ address: ZeroAddress, nonce: 1, chainId: chain.chainId }),
        ],
      });
      const kinds = [
        message("0x"),
        { ...message("0x01"), ...legacy },
        { ...message(`0x${"02".repeat(300)}`), ...withAccessList },
        { to: owner, value: "0x1" },
        { to: owner, value: "0x1", ...legacy },
        // Reverts: there is no such attribute.
        gateway.transaction("sendMessage", [recipient, "0x", ["0x01"]]),
      ];
      const many = Array.from({ length: TRANSACTIONS - 1 }, (_, i) => kinds[i % kinds.length]!);
      receipts = await chain.mineTogether([delegation, ...many]);
      const topic = gateway.interface.getEvent("MessageInserted")!.topicHash;
      const inserted = receipts.flatMap(({ logs }, place) =>
        logs.flatMap(({ topics }) => (topics[0] === topic ? [{ id: topics[1]!, place }] : [])),
      );
      ids = inserted.map(({ id }) => id);
      places = inserted.map(({ place }) => place);
    });
    after(async () => {
      chain.close();
      await stop();
    });

    it("are of a block of every kind of receipt", () => {
      expect(receipts).to.have.length(TRANSACTIONS);
      const kinds = new Set(receipts.map(({ type, status, logs }) => `${type} ${status} ${logs.length}`));
      const expected = [
        "0x4 0x1 2",
        "0x2 0x1 2",
        "0x0 0x1 2",
        "0x1 0x1 2",
        "0x2 0x1 0",
        "0x0 0x1 0",
        "0x2 0x0 0",
      ];
      expect([...kinds].sort()).to.deep.equal(expected.sort());
      expect(ids).to.have.length(151);
    });

    it("convince the verifier of each message, wherever its receipt is", async () => {
      // The trie's shape changes at 128 and at 256.
      const near = (place: number) => places.findIndex((each) => each >= place);
      for (const nonce of [
        0,
        1,
        near(14),
        near(120),
        near(127),
        near(128),
        near(250),
        near(256),
        ids.length - 1,
      ]) {
        const { encoded, proof } = await prove([ids[nonce]!]);
        await verifier.call("verify", verification([nonce], [ids[nonce]!], encoded));
        expect(proof.nodes.length).to.be.above(1);
        const other = (nonce + 1) % ids.length;
        const refused = await verifier.refusal("verify", verification([other], [ids[other]!], encoded));
        expect(refused).to.equal("NoSuchLog");
      }
    });

    it("convince it of many messages at once, each node of the trie being there once", async () => {
      const many = ids.slice(-BATCH);
      const { encoded, proof } = await prove(many);
      const nonces = many.map((_, i) => ids.length - BATCH + i);
      await verifier.call("verify", verification(nonces, many, encoded));
      expect(new Set(proof.nodes).size).to.equal(proof.nodes.length);
      expect(proof.receipts.map(({ index }) => index)).to.deep.equal(places.slice(-BATCH));
    });

    it("are of one block and one gateway", async () => {
      const sent = await gateway.send("sendMessage", [
        formatInteroperable({ chainId: DESTINATION, address: verifier.address }),
        "0x05",
        [],
      ]);
      const later = sent.logs[0]!.topics[1]!;
      expect((await rejected(prove([ids[0]!, later]))).code).to.equal("MESSAGE_NOT_FOUND");
      expect((await rejected(prove([later]))).code).to.equal("MESSAGE_NOT_FOUND");
      const { encoded } = await prove([later], sent.blockHash);
      await verifier.call("verify", verification([ids.length], [later], encoded));
    });

    it("are refused where their block is not the one that was attested", async () => {
      const { block, proof } = await prove([ids[0]!]);
      for (const attested of [
        { blockHash: block.hash, number: block.number + 1n },
        { blockHash: ids[0]!, number: block.number },
      ]) {
        const encoded = encodeHeaderProof(proof, validators.attest(domain(), attested));
        const refused = await verifier.refusal("verify", verification([0], [ids[0]!], encoded));
        expect(refused).to.equal("InvalidSigner");
      }
    });

    it("turn into evidence when validators attest a block that the chain did not have", async () => {
      const { block } = await prove([ids[0]!]);
      const sign = (blockHash: string, number: bigint) => ({
        blockHash,
        number,
        signers: validators.attest(domain(), { blockHash, number }),
      });
      const genuine = sign(block.hash, block.number);
      const evidence = (earlier: ReturnType<typeof sign>, headers: string[]) =>
        [chain.chainId, gateway.address, encodeHeaderContradiction(genuine, earlier, headers)] as const;
      await verifier.call("verifyContradiction", evidence(sign(ids[0]!, block.number), []));
      // One block before: the genuine block's parent stands against what was attested.
      await verifier.call("verifyContradiction", evidence(sign(ids[0]!, block.number - 1n), [block.encoded]));
      const { parentHash } = (await chain.rpc.request("eth_getBlockByHash", [block.hash, false])) as {
        parentHash: string;
      };
      for (const harmless of [
        evidence(genuine, []),
        evidence(sign(parentHash, block.number - 1n), [block.encoded]),
      ]) {
        expect(await verifier.refusal("verifyContradiction", harmless)).to.equal("NoContradiction");
      }
    });

    it("say when a node knows nothing of the block", async () => {
      expect((await rejected(prove([ids[0]!], ids[0]!))).code).to.equal("BLOCK_NOT_FOUND");
    });
  });
}
