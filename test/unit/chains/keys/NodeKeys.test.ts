import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { getAddress, id, Wallet } from "ethers";

import { KEY_ROLES, keyListed } from "../../../../chains/keys/KeySource.ts";
import { keystoreAddress, newKeystore, openKeystore } from "../../../../chains/keys/keystoreFile.ts";
import { addressAt, NodeKeys } from "../../../../chains/keys/NodeKeys.ts";
import { LOCAL_KEYS, localKey } from "../../../../chains/networks/localKeys.ts";
import { networkOf, readNodeFile } from "../../../../chains/networks/nodeFile.ts";
import { rejected, thrown } from "../../thrown.ts";
import { networkExample } from "../networkExample.ts";
import { SigningServer } from "./SigningServer.ts";

const SECRET = id("a secret of this test");
const PASSWORD = "correct horse";

describe("keys of a node", () => {
  let directory: string;
  let keystore: string;
  let address: string;
  const variables: string[] = [];
  const setVariable = (name: string, value: string) => {
    process.env[name] = value;
    variables.push(name);
    return name;
  };

  before(async function () {
    this.timeout(60_000);
    directory = await mkdtemp(join(tmpdir(), "freshet-test-"));
    keystore = join(directory, "keys", "validator.json");
    address = await newKeystore(keystore, PASSWORD);
    await writeFile(join(directory, "password"), `${PASSWORD}\r\n`);
  });
  after(async () => {
    for (const name of variables) delete process.env[name];
    await rm(directory, { recursive: true });
  });

  it("are kept encrypted, for their owner only, and never written over", async () => {
    const json = JSON.parse(await readFile(keystore, "utf8")) as Record<string, unknown>;
    expect([json.version, getAddress(`0x${json.address as string}`)]).to.deep.equal([3, address]);
    expect((await stat(keystore)).mode & 0o777).to.equal(0o600);
    const before = await readFile(keystore);
    expect((await rejected(newKeystore(keystore, "another"))).code).to.equal("FILE_EXISTS");
    expect(await readFile(keystore)).to.deep.equal(before);
    expect(await keystoreAddress(keystore)).to.equal(address);
  });

  it("may be where Hardhat keeps its configuration variables, and nothing of them is told", async function () {
    this.timeout(60_000);
    const key = Wallet.createRandom();
    const name = setVariable("FRESHET_TEST_HARDHAT_KEY", key.privateKey);
    const node = { keys: { deployer: [{ hardhat: name }] } };
    expect((await NodeKeys.open(node, ["deployer"])).key("deployer").address).to.equal(key.address);
    setVariable(name, SECRET.slice(0, 60));
    const invalid = await rejected(NodeKeys.open(node, ["deployer"]));
    expect(invalid.code).to.equal("KEY_INVALID");
    expect(invalid.message).not.to.contain(SECRET.slice(2, 20));
    // Nobody is asked for the password of a keystore that this machine may have.
    setVariable("HH_TEST", "true");
    const none = { keys: { deployer: [{ hardhat: "FRESHET_TEST_NOT_THERE" }] } };
    expect((await rejected(NodeKeys.open(none, ["deployer"]))).code).to.equal("KEY_MISSING");
    expect((await rejected(addressAt({ hardhat: name }, "deployer"))).code).to.equal("ADDRESS_UNKNOWN");
  });

  it("open with their password only", async function () {
    this.timeout(60_000);
    const key = await openKeystore(keystore, PASSWORD);
    expect(key.address).to.equal(address);
    expect((await rejected(openKeystore(keystore, "wrong"))).code).to.equal("PASSWORD_WRONG");
    const none = join(directory, "none.json");
    await writeFile(none, JSON.stringify({ version: 3, crypto: SECRET }));
    const error = await rejected(openKeystore(none, PASSWORD));
    expect(error.code).to.equal("KEYSTORE_INVALID");
    expect(error.message).not.to.contain(SECRET);
  });

  it("are opened of the roles that are asked for, each from where it is", async function () {
    this.timeout(60_000);
    const remote = new Wallet(id("kept by a signer"));
    const server = new SigningServer([remote.privateKey]);
    const web3signer = await server.listen();
    try {
      const path = join(directory, "node.json");
      await writeFile(
        path,
        JSON.stringify({
          version: 1,
          organization: "Acme",
          keys: {
            validator: [{ keystore: "keys/validator.json", password: { file: "password" } }],
            relayer: [{ environment: setVariable("FRESHET_TEST_RELAYER", SECRET) }],
            aggregator: [{ web3signer, address: remote.address }],
            device: [{ environment: "FRESHET_TEST_UNSET" }],
            twin: [{ address: localKey("twin", 3).address }],
          },
        }),
      );
      const node = await readNodeFile(path);
      const keys = await NodeKeys.open(node, ["validator", "relayer", "aggregator", "twin"]);
      expect(keys.key("validator").address).to.equal(address);
      expect(keys.key("relayer").address).to.equal(new Wallet(SECRET).address);
      expect(await keys.key("aggregator").signMessage("hello")).to.equal(await remote.signMessage("hello"));
      expect(keys.keyOf("aggregator", remote.address.toLowerCase())).to.equal(keys.key("aggregator"));
      expect(keys.keyOf("validator", remote.address)).to.equal(undefined);
      const elsewhere = keys.key("twin");
      expect(elsewhere.address).to.equal(localKey("twin", 3).address);
      for (const signing of [
        elsewhere.signMessage("hello"),
        elsewhere.signTransaction({}),
        elsewhere.signTypedData({}, {}, {}),
      ])
        expect((await rejected(signing)).code).to.equal("KEY_ELSEWHERE");
      for (const [role, index] of [
        ["relayer", 1],
        ["device", 0],
        ["publisher", 0],
      ] as const)
        expect(thrown(() => keys.key(role, index)).code).to.equal("KEY_MISSING");
      // A role that was not asked for is not read, so that its trouble is nobody else's.
      expect((await rejected(NodeKeys.open(node, ["device"]))).code).to.equal("KEY_MISSING");

      expect(await addressAt(node.keys.validator![0]!, "validator")).to.equal(address);
      expect(await addressAt(node.keys.aggregator![0]!, "aggregator")).to.equal(remote.address);
      expect(await addressAt(node.keys.relayer![0]!, "relayer")).to.equal(new Wallet(SECRET).address);
    } finally {
      await server.close();
    }
  });

  it("are no two roles', and nothing of what is secret is told", async () => {
    const place = { environment: setVariable("FRESHET_TEST_SHARED", SECRET) };
    const shared = await rejected(
      NodeKeys.open({ keys: { device: [place], twin: [place] } }, ["device", "twin"]),
    );
    expect(shared.code).to.equal("KEY_SHARED");
    // Whose a keystore is, is public: the other role need not be opened.
    const sealed = { keystore, password: { environment: "FRESHET_TEST_UNSET" } };
    const owner = await addressAt(sealed, "validator");
    const keys = {
      relayer: [sealed],
      validator: [{ keystore, password: { file: join(directory, "password") } }],
    };
    const both = await rejected(NodeKeys.open({ keys }, ["validator"]));
    expect(both.code).to.equal("KEY_SHARED");
    expect(both.shortMessage).to.contain(owner);
    for (const bad of [`${SECRET}00`, SECRET.slice(0, 40), "0".repeat(64), "f".repeat(64), "hunter2"]) {
      const keys = { relayer: [{ environment: setVariable("FRESHET_TEST_BAD", bad) }] };
      const error = await rejected(NodeKeys.open({ keys }, ["relayer"]));
      expect([error.code, error.cause]).to.deep.equal(["KEY_INVALID", undefined]);
      expect(`${error.message}${error.stack}`).not.to.contain(bad);
    }
    for (const password of [{ environment: "FRESHET_TEST_UNSET" }, { prompt: true as const }]) {
      const keys = { validator: [{ keystore, password }] };
      expect((await rejected(NodeKeys.open({ keys }, ["validator"]))).code).to.equal("PASSWORD_MISSING");
    }
  });

  it("are used on chains of others, unless everybody knows one of them", async () => {
    const asks: string[] = [];
    const geth = async (method: string) => {
      asks.push(method);
      return "Geth/v1.17.10";
    };
    const place = (key: { privateKey: string }, name: string) => ({
      environment: setVariable(name, key.privateKey),
    });
    const own = { relayer: [place({ privateKey: SECRET }, "FRESHET_TEST_OWN")] };
    await (await NodeKeys.open({ keys: own }, ["relayer"])).requireAllowed(geth, "https://rpc.example.org");
    expect(asks).to.deep.equal([]);
    for (const [role, key] of [
      ["relayer", localKey("relayer")],
      ["device", localKey("device", 2)],
      ["publisher", localKey("deployer")],
    ] as const) {
      const keys = await NodeKeys.open({ keys: { [role]: [place(key, "FRESHET_TEST_PUBLIC")] } }, [role]);
      for (const url of ["https://rpc.example.org", "http://127.0.0.1:8545"])
        expect((await rejected(keys.requireAllowed(geth, url))).code).to.equal("PUBLIC_KEY_REFUSED");
      await keys.requireAllowed(async () => "anvil/v1.2.3", "http://127.0.0.1:8545");
    }
  });

  it("of those whom the network lists are found by their addresses", () => {
    const network = networkExample();
    const validators = [2, 0].map((i) => ({
      address: localKey("validator", i).address,
      url: "http://127.0.0.1:1",
    }));
    const listed = { ...network, validators };
    expect(keyListed(LOCAL_KEYS, listed, "validator", 0).address).to.equal(validators[0]!.address);
    expect(keyListed(LOCAL_KEYS, listed, "validator", 1).address).to.equal(validators[1]!.address);
    expect(thrown(() => keyListed(LOCAL_KEYS, listed, "validator", 2)).code).to.equal("KEY_MISSING");
    expect(
      KEY_ROLES.every((role) => LOCAL_KEYS.keyOf(role, LOCAL_KEYS.key(role, 1).address) !== undefined),
    ).to.equal(true);
  });

  it("stand in a node file, which is read whole or not at all", async () => {
    const path = join(directory, "bad.json");
    for (const bad of [
      "{",
      "[]",
      "{}",
      '{"version":1,"keys":{"validators":[{"environment":"X"}]}}',
      '{"version":1,"keys":{"validator":[]}}',
      '{"version":1,"keys":{"validator":[{"keystore":"x"}]}}',
      '{"version":1,"keys":{},"endpoint":{}}',
      '{"version":1,"keys":{},"endpoints":{"main":["not a url"]}}',
      '{"version":1,"keys":{},"endpoints":{"main":["ftp://10.0.0.1"]}}',
      '{"version":1,"keys":{},"endpoints":{"main":["ws://10.0.0.1:8546"]}}',
    ]) {
      await writeFile(path, bad);
      expect((await rejected(readNodeFile(path))).code, bad).to.equal("NODE_FILE_INVALID");
    }
    await writeFile(path, '{"version":2,"keys":{}}');
    expect((await rejected(readNodeFile(path))).code).to.equal("FILE_NEWER");
  });

  it("and endpoints of one's own take the place of the network file's", async () => {
    const network = networkExample();
    const node = (endpoints: Record<string, string[]>) => ({ version: 1 as const, keys: {}, endpoints });
    const urls = ["ws://10.0.0.1:8546", "https://rpc.example.org/key", "http://10.0.0.2:8545"];
    const own = networkOf(network, node({ main: urls }), "node.json");
    expect([own.main.url, own.main.urls]).to.deep.equal([urls[1], [urls[0], urls[2]]]);
    expect({ ...own, main: network.main }).to.deep.equal(network);
    for (const endpoints of [{ mian: urls }, { main: [urls[0]!] }])
      expect(thrown(() => networkOf(network, node(endpoints), "node.json")).code).to.equal(
        "NODE_FILE_INVALID",
      );
    const quorum = (readQuorum: Record<string, number>) => () =>
      networkOf(network, { ...node({ main: urls }), readQuorum }, "node.json");
    expect(quorum({ main: 2 })()).to.deep.equal(own);
    expect(thrown(quorum({ mian: 2 })).code).to.equal("NODE_FILE_INVALID");
    // Of its three endpoints two answer questions.
    expect(thrown(quorum({ main: 3 })).code).to.equal("READ_QUORUM_INVALID");
  });

  it("and what gives access to them is told by no error of the file", async () => {
    const path = join(directory, "telling.json");
    const key = "k3yOfTheProvider0123";
    for (const text of [
      `{"version":1,"keys":{},"endpoints":{"main":["https://h/${key}`,
      `{"version":1,"keys":{},"endpoints":{"main":[${key}]}}`,
      JSON.stringify({ version: 1, keys: {}, endpoints: { main: [key] } }),
      JSON.stringify({ version: 1, keys: {}, endpoints: { main: [`ftp://h/v1/${key}`] } }),
      JSON.stringify({ version: 1, keys: {}, endpoints: { main: [`ws://h?key=${key}`] } }),
      JSON.stringify({ version: 1, keys: {}, endpoints: { main: `https://${key}@h` } }),
      JSON.stringify({ version: 1, keys: {}, storage: { kubo: `h:5001/${key}` } }),
      JSON.stringify({ version: 1, keys: { device: [{ web3signer: `h/${key}` }] } }),
    ]) {
      await writeFile(path, text);
      const error = await rejected(readNodeFile(path));
      expect(error.code, text).to.equal("NODE_FILE_INVALID");
      for (let one: unknown = error; one instanceof Error; one = one.cause)
        expect(`${one.message} ${one.stack}`, text).not.to.contain(key.slice(0, 8));
    }
  });
});
