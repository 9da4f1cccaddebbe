import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { ChainClient } from "../../chains/clients/ChainClient.ts";
import { MainChain } from "../../chains/clients/MainChain.ts";
import type { KeyRole } from "../../chains/keys/KeySource.ts";
import { deployNetwork } from "../../chains/networks/deployment/deployNetwork.ts";
import { LocalChains } from "../../chains/networks/LocalChains.ts";
import { type NetworkFile, networkFileSchema, writeNetworkFile } from "../../chains/networks/networkFile.ts";
import { consortium, deploying, fund, ownKey } from "./consortium.ts";
import { FaultyProxy } from "./FaultyProxy.ts";
import { Program } from "./Program.ts";

const FIRST_PORT = 9420;
const PROXY_PORT = FIRST_PORT + 5;
/** Of the timelock's delay, which is an hour, so much that it is over. */
const DELAY_SECONDS = 3601;
const TOKEN = 10n ** 18n;
const FALSE = `0x${"0".repeat(64)}`;

/** What a command for machines says when it fails. */
interface Failure {
  ok: false;
  error: string;
  message: string;
  details?: string;
  next?: string;
}

/** What those do who own a network together: on the command line, with node files of their own. */
describe("owners of a network", function () {
  this.timeout(600_000);
  let directory: string;
  let chains: LocalChains;
  let network: NetworkFile;
  const clients = new Map<string, ChainClient>();
  const names = ["proposer", "other proposer", "publisher", "registrar"];
  const [old, next, stranger] = ["registrar", "new registrar", "stranger"].map(
    (name) => ownKey(name).address,
  ) as [string, string, string];
  const [party, friend] = ["party", "friend"].map((name) => ownKey(name).address) as [string, string];

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "freshet-owners-"));
    const deployment = consortium(FIRST_PORT, ["main", "relay", "virtual", "physical"]);
    chains = await LocalChains.start(
      deployment.chains.map(({ name, role, chainId, proofs }, i) => ({
        ...{ name, role, chainId, proofs, port: FIRST_PORT + i },
      })),
      "127.0.0.1",
    );
    for (const chain of deployment.chains) {
      const client = await ChainClient.connect(chain);
      await fund(client, ["deployer", ...names]);
      clients.set(chain.name, client);
    }
    const [options, modules] = await deploying(deployment, join(directory, "journal"));
    network = networkFileSchema.parse((await deployNetwork(options, modules)).network);
    for (const client of modules.clients.values()) client.close();
    await writeNetworkFile(directory, network);
    for (const name of [...names, "poor"]) process.env[variableOf(name)] = ownKey(name).privateKey;
  });
  after(async () => {
    for (const client of clients.values()) client.close();
    await chains?.stop();
    rmSync(directory, { recursive: true, force: true });
    for (const name of [...names, "poor"]) delete process.env[variableOf(name)];
  });

  const variableOf = (name: string) => `FRESHET_TEST_OWNERS_${name.replaceAll(" ", "_").toUpperCase()}`;
  /** The node file of one whose only key is of a role. */
  const node = (role: KeyRole, name: string, endpoints: Record<string, string[]> = {}): string[] => {
    const path = join(directory, `${role} ${name}.json`);
    const keys = { [role]: [{ environment: variableOf(name) }] };
    writeFileSync(path, JSON.stringify({ version: 1, organization: name, keys, endpoints }));
    return ["--node", path];
  };
  const run = async (...words: string[]) => {
    const program = new Program(...words, "--network", join(directory, "network.json"), "--json");
    const code = await program.exitCode();
    const said = program.stdout.trim().split("\n").at(-1)!;
    return { code, said, people: program.stderr };
  };
  const told = async <T>(...words: string[]): Promise<T> => {
    const { code, said, people } = await run(...words);
    expect(code, `${words.join(" ")}: ${people}`).to.equal(0);
    return JSON.parse(said) as T;
  };
  const failing = async (...words: string[]): Promise<Failure & { people: string }> => {
    const { code, said, people } = await run(...words);
    expect(code, `${words.join(" ")}: ${said}${people}`).to.equal(2);
    const failure = JSON.parse(said) as Failure;
    expect(failure.ok).to.equal(false);
    return { ...failure, people };
  };
  const pass = async (chain: string, seconds: number) => {
    const { rpc } = clients.get(chain)!;
    await rpc.request("evm_increaseTime", [seconds]);
    await rpc.request("evm_mine", []);
  };

  describe("name who registers workers", () => {
    interface Changed {
      states: { chain: string; state: string; from?: number; operation?: string }[];
      isOver: boolean;
    }
    const registrars = () =>
      told<{ chain: string; registrars: string[] }[]>("registrars", "check", old, next, stranger);
    const change = ["registrars", "change", "--add", next, "--remove", old];
    const states = ({ states: all }: Changed) => all.map(({ state }) => state);

    it("and are told who does now", async () => {
      expect(await registrars()).to.deep.equal(
        ["virtual", "physical"].map((chain) => ({ chain, registrars: [old] })),
      );
    });

    it("only where the admin's timelock lets them, and are told whom it lets", async () => {
      for (const name of ["registrar", "poor"]) {
        const refused = await failing(...change, ...node("proposer", name));
        expect(refused.error).to.equal("NOT_OWNER");
        expect(refused.message).to.contain(ownKey(name).address);
        expect(refused.details).to.contain(network.subchains[0]!.contracts.timelock);
        expect(refused.next).to.contain("keys.proposer");
      }
      // The public development keys own nothing of what organisations deployed.
      expect(await failing(...change)).to.have.property("error", "NOT_OWNER");
      expect(await failing(...change, ...node("publisher", "publisher"))).to.have.property(
        "error",
        "KEY_MISSING",
      );
      expect((await registrars()).map(({ registrars: are }) => are)).to.deep.equal([[old], [old]]);
    });

    it("with accounts that are such, once each", async () => {
      const own = node("proposer", "proposer");
      const [none, both, short, check] = [
        await failing("registrars", "change", ...own),
        await failing("registrars", "change", "--add", next, "--remove", next, ...own),
        await failing("registrars", "change", "--add", "0x12", ...own),
        await failing("registrars", "check", "nobody"),
      ];
      expect(none.error).to.equal("NOTHING_TO_CHANGE");
      expect(none.next).to.contain("--add or --remove");
      expect(both.error).to.equal("REGISTRARS_UNSOUND");
      for (const refused of [short, check]) {
        expect(refused.error).to.equal("OPTION_INVALID");
        expect(refused.details).to.contain("40 hexadecimal digits");
        expect(refused.next).to.be.a("string");
      }
      expect(await failing("registrars", "check")).to.have.property("error", "USAGE");
    });

    it("by the calls that --print shows, of which none is made", async () => {
      const { calls } = await told<{ calls: { chain: string; admin: string; calls: unknown[] }[] }>(
        ...[...change, "--print"],
      );
      expect(calls.map(({ chain, calls: these }) => [chain, these.length])).to.deep.equal([
        ["virtual", 2],
        ["physical", 2],
      ]);
      for (const { chain, admin } of calls)
        expect(admin).to.equal(network.subchains.find(({ name }) => name === chain)!.contracts.timelock);
      expect((await registrars())[0]!.registrars).to.deep.equal([old]);
    });

    it("by one's proposal, which any proposer executes when its time has come, chain by chain", async () => {
      const own = node("proposer", "proposer");
      const first = await told<Changed>(...change, ...own);
      expect([states(first), first.isOver]).to.deep.equal([["proposed", "proposed"], false]);
      for (const { from, chain } of first.states)
        expect(from! - (await clients.get(chain)!.time())).to.be.within(3590, 3600);
      // Too early it waits, as the same proposal.
      expect(await told<Changed>(...change, ...own)).to.deep.equal(first);
      await pass("virtual", DELAY_SECONDS);
      const second = await told<Changed>(...change, ...node("proposer", "other proposer"));
      expect([states(second), second.isOver]).to.deep.equal([["in-force", "proposed"], false]);
      expect((await registrars()).map(({ registrars: are }) => are)).to.deep.equal([[next], [old]]);
      await pass("physical", DELAY_SECONDS);
      const third = await told<Changed>(...change, ...own);
      expect([states(third), third.isOver]).to.deep.equal([["in-force", "in-force"], true]);
      expect((await registrars()).map(({ registrars: are }) => are)).to.deep.equal([[next], [next]]);
      expect(await told<Changed>(...change, ...own)).to.have.property("isOver", true);
    });

    it("and are told when a proposer has no money for gas", async () => {
      const { rpc } = clients.get("virtual")!;
      await rpc.request("hardhat_setBalance", [ownKey("other proposer").address, "0x0"]);
      const refused = await failing(
        ...["registrars", "change", "--add", old, ...node("proposer", "other proposer")],
      );
      expect(refused.error).to.equal("INSUFFICIENT_FUNDS");
      expect(refused.message).to.contain("on virtual");
      expect(refused.next).to.be.a("string");
      await fund(clients.get("virtual")!, ["other proposer"]);
    });

    it("by what enough of their endpoints say: one that denies a registrar is told of", async () => {
      const { url } = network.subchains[0]!;
      const liar = new FaultyProxy(url, PROXY_PORT);
      const honest = new FaultyProxy(url, PROXY_PORT + 1);
      liar.fault = "lying";
      // Of those it is asked of, nobody is a registrar.
      liar.lie = (method, result) => (method === "eth_call" ? FALSE : result);
      await liar.start();
      await honest.start();
      try {
        const words = ["registrars", "check", next];
        const alone = node("party", "poor", { virtual: [liar.url] });
        const [believed] = await told<{ registrars: string[] }[]>(...words, ...alone);
        expect(believed!.registrars).to.deep.equal([]);
        const three = node("party", "poor", { virtual: [liar.url, honest.url, url] });
        const [found] = await told<{ registrars: string[] }[]>(...words, ...three);
        expect(found!.registrars).to.deep.equal([next]);
        const two = await failing(...words, ...node("party", "poor", { virtual: [liar.url, honest.url] }));
        expect(two.error).to.equal("ENDPOINTS_DISAGREE");
        expect(two.details).to.contain(liar.url).and.to.contain(honest.url);
      } finally {
        await liar.stop();
        await honest.stop();
      }
    });
  });

  describe("give the parties of a market tokens", () => {
    interface Funded {
      funded: { party: string; amount: string }[];
    }
    const fundWith = (...words: string[]) => ["market", "fund", ...words];
    const own = () => node("publisher", "publisher");
    const balance = (account: string) => new MainChain(clients.get("main")!, network.main).balanceOf(account);

    it("up to as many as they say, and those that have them no more", async () => {
      const words = fundWith("twin-migration", "5", "--to", party, friend);
      const first = await told<Funded>(...words, ...own());
      expect(first.funded).to.deep.equal(
        [party, friend].map((one) => ({ party: one, amount: String(5n * TOKEN) })),
      );
      const again = await told<Funded>(...words, ...own());
      expect(again.funded.map(({ amount }) => amount)).to.deep.equal(["0", "0"]);
      const more = await told<Funded>(
        ...fundWith("twin-migration", "7", "--to", party.toLowerCase()),
        ...own(),
      );
      expect(more.funded).to.deep.equal([{ party, amount: String(2n * TOKEN) }]);
      expect(await Promise.all([balance(party), balance(friend)])).to.deep.equal([7n * TOKEN, 5n * TOKEN]);
    });

    it("once each, of those that the network file lists, however it writes them", async () => {
      const url = "http://127.0.0.1:9030";
      const listed = [friend, friend.toLowerCase()].map((address) => ({ address, url }));
      await writeNetworkFile(directory, { ...network, services: { twins: listed } });
      const { funded } = await told<Funded>(...fundWith("twin-migration", "6"), ...own());
      expect(funded).to.deep.equal([{ party: friend, amount: String(TOKEN) }]);
      await writeNetworkFile(directory, network);
    });

    it("of their own, none to anybody when they have too few for all", async () => {
      const before = await balance(party);
      const all = ["--to", party, friend];
      for (const [name, tokens] of [
        ["publisher", "600"],
        ["registrar", "8"],
      ] as const) {
        const refused = await failing(
          ...fundWith("twin-migration", tokens, ...all),
          ...node("publisher", name),
        );
        expect(refused.error).to.equal("BALANCE_TOO_SMALL");
        expect(refused.message).to.contain(ownKey(name).address);
        expect(refused.details).to.contain("2 accounts lack").and.to.contain(network.main.contracts.token);
        expect(refused.next).to.be.a("string");
      }
      expect(await balance(party)).to.equal(before);
      expect(
        await failing(...fundWith("twin-migration", "8", ...all), ...node("proposer", "proposer")),
      ).to.have.property("error", "KEY_MISSING");
    });

    it("of a market that there is, in whole tokens, to addresses", async () => {
      for (const [words, error, says] of [
        [["aoi-contract", "5", "--to", party], "UNKNOWN_MARKET", "twin-migration"],
        [["twin-migration", "5"], "OPTION_INVALID", "lists no party"],
        [["twin-migration", "0", "--to", party], "OPTION_INVALID", "whole number from 1"],
        [["twin-migration", "7.5", "--to", party], "OPTION_INVALID", "whole number from 1"],
        [["twin-migration", "5", "--to", "me"], "OPTION_INVALID", "40 hexadecimal digits"],
        [["twin-migration"], "USAGE", "tokens"],
      ] as const) {
        const refused = await failing(...fundWith(...words), ...own());
        expect(refused.error, words.join(" ")).to.equal(error);
        expect(`${refused.message} ${refused.details} ${refused.next}`).to.contain(says);
      }
    });
  });
});
