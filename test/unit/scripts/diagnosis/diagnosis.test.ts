import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { encryptKeystoreJsonSync } from "ethers";

import { localKey } from "../../../../chains/networks/localKeys.ts";
import { contracts } from "../../../../protocol/contracts.ts";
import { placeOfUrl } from "../../../../protocol/ServerTls.ts";
import { chainTimeFinding } from "../../../../scripts/diagnosis/chainTimeFinding.ts";
import {
  type CompiledContract,
  isCodeOf,
  missingFunctions,
} from "../../../../scripts/diagnosis/deployedCode.ts";
import { Examination, failureOf, together } from "../../../../scripts/diagnosis/Examination.ts";
import { expectedContracts } from "../../../../scripts/diagnosis/expectedContracts.ts";
import { balanceFinding, keyFinding, sharedKeys } from "../../../../scripts/diagnosis/keyFindings.ts";
import { canSign, nodeAccounts } from "../../../../scripts/diagnosis/nodeAccounts.ts";
import { bindingFinding, namedServers, peerFinding } from "../../../../scripts/diagnosis/serviceFindings.ts";
import { Terminal } from "../../../../scripts/Terminal.ts";
import { networkExample } from "../../chains/networkExample.ts";

const NOTE = "a1646e6f7465630000010008";

describe("the doctor's looks", () => {
  it("tell ok, warnings and failures with what to do, and fail only for failures", async () => {
    const told: string[] = [];
    const examination = new Examination(
      new Terminal({ json: true }, { stream: { write: (text: string) => told.push(text) } }),
    );
    await examination.look("a", () => "well");
    await examination.look("b", () => ({ outcome: "warn", found: "odd", next: "look" }));
    expect(examination.ok).to.equal(true);
    await examination.look("c", () => {
      throw new Error("boom");
    });
    expect(examination.ok).to.equal(false);
    expect(examination.diagnoses.map(({ name, ok, outcome }) => [name, ok, outcome])).to.deep.equal([
      ["a", true, "ok"],
      ["b", true, "warn"],
      ["c", false, "fail"],
    ]);
    expect(told.join("")).to.contain("! b: odd\n    next: look\n").and.to.contain("✗ c: ");
    const all = together([{ outcome: "ok", found: "1", next: "no" }, failureOf(new Error("x"))]);
    expect(all.outcome).to.equal("fail");
    expect(all.next).not.to.contain("no\n");
  });

  it("know code by what it does, not by what only a deployment or the sources' names say", () => {
    const code = (immutable: string, library: string, note = NOTE) =>
      `0x6001${immutable}7300${library}60ff${note}`;
    const compiled: CompiledContract = {
      contractName: "Some",
      abi: [],
      deployedBytecode: code("00".repeat(4), "__$placeholder$__".padEnd(8, "_").slice(0, 8)),
      immutableReferences: { "1": [{ start: 2, length: 4 }] },
      deployedLinkReferences: { "a.sol": { Library: [{ start: 8, length: 4 }] } },
    };
    expect(isCodeOf(code("deadbeef", "cafecafe"), compiled)).to.equal(true);
    expect(isCodeOf(code("deadbeef", "cafecafe", `a1646e6f7465639999990008`), compiled)).to.equal(true);
    expect(isCodeOf(code("deadbeef", "cafecafe").replace("60ff", "60fe"), compiled)).to.equal(false);
    expect(isCodeOf("0x", compiled)).to.equal(false);
  });

  it("find an interface's functions in code, at whole bytes, and without leading zeros", () => {
    const { abi } = contracts.WorkerRegistry;
    const selectors = ["register", "revoke", "deviceOf"].map((name) =>
      contracts.WorkerRegistry.encodeCall(
        name as "deviceOf",
        ["0x".padEnd(42, "1"), "0x".padEnd(42, "1")].slice(0, name === "register" ? 2 : 1) as never,
      ).slice(2, 10),
    );
    const missing = missingFunctions(`0x63${selectors.join("63")}`, abi);
    for (const name of ["register", "revoke", "deviceOf"])
      expect(missing.some((one) => one.startsWith(`${name}(`))).to.equal(false);
    expect(missingFunctions(`0x6${selectors.join("63")}`, abi)).to.have.length.above(missing.length);
  });

  it("expect a contract of each name in a network file", () => {
    const { main, relay, subchains } = networkExample();
    const fields = (place: Parameters<typeof expectedContracts>[0]) =>
      expectedContracts(place).map(({ field, name }) => `${field} ${name ?? "?"}`);
    expect(fields(main)).to.deep.equal([
      "gateway Gateway",
      "verifier CheckpointVerifier",
      "applications.tasks TaskManager",
      "escrow RewardEscrow",
      "token ?",
      "policies.aoi-contract AoIContractPolicy",
    ]);
    expect(fields(relay)).to.include("applications.tasks CrossChainManager");
    expect(fields({ ...subchains[0]!, proofs: "header" })).to.include.members([
      "gateway LogGateway",
      "registry WorkerRegistry",
      "meters.aoi-contract AoIMeter",
    ]);
  });

  it("compare a chain's time with this machine's", () => {
    const at = (now: number, before?: [number, number]) =>
      chainTimeFinding({
        now,
        head: { number: 100, timestamp: 1000 },
        earlier: before && { number: before[0], timestamp: before[1] },
      });
    expect(at(1000.5, [90, 980])).to.include({
      outcome: "ok",
      found: "block 100 is 0.5 s old, 2.0 s a block",
    });
    expect(at(998.5, [90, 980]).outcome).to.equal("ok");
    expect(at(990, [90, 980])).to.deep.include({ outcome: "fail" });
    expect(at(990, [90, 980]).found).to.contain("10.0 s ahead of this machine's clock");
    expect(at(1029, [90, 980]).outcome).to.equal("ok");
    expect(at(1031, [90, 980]).outcome).to.equal("warn");
    // One that makes blocks for transactions only is not still.
    expect(at(90_000, [90, 10]).outcome).to.equal("ok");
    expect(at(1001).outcome).to.equal("ok");
  });

  it("weigh gas money by what gas costs", () => {
    const of = (role: "relayer" | "guardian", balance: bigint, price: bigint) =>
      balanceFinding({ role, chain: "main", balance, price }).outcome;
    expect(of("relayer", 0n, 0n)).to.equal("ok");
    expect(of("relayer", 0n, 1n)).to.equal("fail");
    expect(of("guardian", 0n, 1n)).to.equal("warn");
    expect(of("relayer", 6_000_000n * 19n, 1n)).to.equal("warn");
    expect(of("relayer", 6_000_000n * 20n, 1n)).to.equal("ok");
    // Where blocks cost nothing it bids nothing, and whether that is taken only the chain knows.
    const bidding = balanceFinding({ role: "relayer", chain: "main", balance: 0n, price: 1n, bid: 0n });
    expect(bidding).to.include({ outcome: "warn" });
    expect(bidding.next).to.contain("coins for gas");
  });

  describe("at keys", () => {
    let directory: string;
    beforeEach(() => {
      directory = mkdtempSync(join(tmpdir(), "freshet-doctor-"));
    });
    afterEach(() => {
      rmSync(directory, { recursive: true, force: true });
      delete process.env.FRESHET_TEST_DOCTOR;
    });

    it("open each by itself, and tell nothing secret", async () => {
      const key = localKey("relayer");
      process.env.FRESHET_TEST_DOCTOR = key.privateKey;
      const keystore = join(directory, "key.json");
      const password = join(directory, "password");
      writeFileSync(
        keystore,
        encryptKeystoreJsonSync({ address: key.address, privateKey: key.privateKey }, "right", {
          scrypt: { N: 2 },
        }),
      );
      writeFileSync(password, "wrong");
      const accounts = await nodeAccounts({
        keys: {
          validator: [{ keystore, password: { file: password } }],
          relayer: [{ environment: "FRESHET_TEST_DOCTOR" }, { environment: "FRESHET_TEST_UNSET" }],
          twin: [{ address: localKey("twin").address }],
        },
      });
      expect(accounts.map(canSign)).to.deep.equal([false, true, false, false]);
      const findings = accounts.map((one) => keyFinding(one, false));
      expect(findings.map(({ outcome }) => outcome)).to.deep.equal(["fail", "ok", "fail", "ok"]);
      expect(findings[0]!.found).to.contain("password does not open");
      expect(JSON.stringify(findings)).not.to.contain(key.privateKey.slice(2));
      expect(JSON.stringify(findings)).not.to.contain('wrong"');
      // Elsewhere than on this machine, a key that everybody has is none.
      expect(keyFinding(accounts[1]!, true).outcome).to.equal("fail");
      // The keystore says whose it is, though it cannot be opened.
      expect(sharedKeys(accounts)?.found).to.contain("validator and relayer have one key");
      writeFileSync(password, "right");
      chmodSync(password, 0o644);
      const [opened] = await nodeAccounts({
        keys: { validator: [{ keystore, password: { file: password } }] },
      });
      expect(keyFinding(opened!, false)).to.deep.include({ outcome: "warn" });
      for (const file of [keystore, password]) chmodSync(file, 0o600);
      expect(keyFinding(opened!, false).outcome).to.equal("ok");
    });
  });

  describe("at servers", () => {
    it("know each once, and which are the node's own", () => {
      const network = networkExample();
      network.validators.push({ address: localKey("validator").address, url: network.validators[0]!.url });
      const account = {
        role: "validator",
        index: 0,
        name: "validator",
        place: {},
        address: localKey("validator").address,
      };
      const servers = namedServers(network, [account as never]);
      expect(servers.map(({ name, own }) => [name, own])).to.deep.equal([
        ["validator 1, validator 2", true],
        ["aggregator 1", false],
        ["aggregator 2", false],
      ]);
    });

    it("tell a Freshet that listens from something else, and a clock that is wrong", async () => {
      let date = new Date();
      const other = createServer((request, response) => {
        response.setHeader("date", date.toUTCString());
        response.end(request.url === "/health" ? answer : "");
      });
      let answer = "{}";
      await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
      const server = { name: "aggregator 1", url, served: "aggregator" as const, own: true };
      const placeOf = (_: unknown, at: string) => placeOfUrl(at);
      const clock = { now: () => Date.now(), sleep: async () => undefined };
      try {
        expect((await bindingFinding(server, placeOf)).outcome).to.equal("fail");
        answer = '{"ok":false}';
        expect((await bindingFinding(server, placeOf)).outcome).to.equal("ok");
        expect((await peerFinding(server, clock)).outcome).to.equal("ok");
        date = new Date(Date.now() - 60_000);
        const { outcome, found } = await peerFinding(server, clock);
        expect(outcome).to.equal("warn");
        expect(found).to.match(/its clock is \d+ s behind this machine's/);
      } finally {
        other.closeAllConnections();
        await new Promise((resolve) => other.close(resolve));
      }
      expect((await bindingFinding(server, placeOf)).outcome).to.equal("ok");
      expect((await peerFinding(server, clock)).outcome).to.equal("warn");
      const elsewhere = { ...server, url: "http://203.0.113.7:9212" };
      expect(await bindingFinding(elsewhere, placeOf)).to.deep.include({ outcome: "warn" });
    });
  });
});
