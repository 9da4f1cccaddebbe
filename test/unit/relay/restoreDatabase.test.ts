import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import Database from "better-sqlite3";
import { expect } from "chai";

import { localKey } from "../../../chains/networks/localKeys.ts";
import type { NetworkFile } from "../../../chains/networks/networkFile.ts";
import { PROOF_SCHEMES } from "../../../relay/proofs/proofSchemes.ts";
import type { VoucherSource } from "../../../relay/proofs/VoucherSource.ts";
import { restoreRelayer, restoreValidator } from "../../../relay/restoreDatabase.ts";
import { backUp } from "../../../relay/store/backUp.ts";
import { holdDatabase } from "../../../relay/store/holdDatabase.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { ValidatorStore } from "../../../relay/store/ValidatorStore.ts";
import { Validator } from "../../../relay/Validator.ts";
import { rejected, thrown } from "../thrown.ts";
import { FakeChain } from "./FakeChain.ts";
import { mark, message, ORIGIN } from "./samples.ts";

const CONFIRMATIONS = 2;
const LOOKS = 30;

describe("a validator's database, backed up and restored", () => {
  let directory: string;
  let path: string;
  let copy: string;
  let main: FakeChain;
  let relay: FakeChain;
  let polls: number;
  let running: { validator: Validator; store: ValidatorStore } | undefined;
  const wallet = localKey("validator");
  const other = localKey("validator", 1);
  let sources: VoucherSource[];
  /** Every root that was ever signed, by index: what an accuser would have. */
  let seen: Map<number, Set<string>>;

  const clock = {
    now: () => polls,
    sleep: async () => {
      polls++;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const network = (): NetworkFile => {
    const place = (chain: FakeChain) => ({
      name: chain.name,
      chainId: Number(chain.chainId),
      role: chain === relay ? "relay" : "main",
      proofs: "checkpoint",
      contracts: { gateway: chain.address },
    });
    return { main: place(main), relay: place(relay), subchains: [] } as unknown as NetworkFile;
  };
  const begin = (): void => {
    const store = new ValidatorStore(path);
    const chains = [
      {
        gateway: main.gateway,
        fromBlock: 0,
        finality: { confirmations: CONFIRMATIONS },
        proofs: "checkpoint" as const,
      },
    ];
    const validator = new Validator(
      { chains, pollMilliseconds: 1 },
      {
        wallet,
        store,
        clock,
        listener: (event) => {
          if (event.type !== "vouched") return;
          seen.set(event.place, (seen.get(event.place) ?? new Set()).add(event.hash));
        },
      },
    );
    validator.start();
    running = { validator, store };
  };
  const looks = async (times = LOOKS): Promise<void> => {
    for (const until = polls + times; polls < until; ) await new Promise((resolve) => setImmediate(resolve));
  };
  const end = async (): Promise<void> => {
    await running?.validator.stop();
    running?.store.close();
    running = undefined;
  };
  /** Sends messages in blocks of their own, and has them signed. */
  const send = async (payloads: readonly string[]): Promise<void> => {
    for (const payload of payloads) main.mine({ send: [payload] });
    for (let i = 0; i < CONFIRMATIONS; i++) main.mine();
    await looks();
  };
  const restore = (options: { copy?: string | undefined; distrust?: string[] } = {}) =>
    restoreValidator(
      network(),
      { copy, path, validator: wallet.address, ...options },
      {
        sources,
        gatewayOf: ({ name }) => (name === "main" ? main : relay).gateway,
        clock,
      },
    );
  const signedIndexes = () => [...seen.keys()].sort((a, b) => a - b);
  /** Another validator that has signed up to an index. */
  const peer = (index?: number): VoucherSource => ({
    validator: other.address,
    vouchers: async (kind, chainId, gateway, from) => {
      if (index === undefined || chainId !== main.chainId || index < from) return [];
      const fact = { place: index, hash: `0x${"77".repeat(32)}` };
      const signature = await PROOF_SCHEMES[kind].vouching.sign(other, { chainId, gateway }, fact);
      return [{ ...fact, signature }];
    },
  });
  const silent = (validator: string): VoucherSource => ({
    validator,
    vouchers: async () => {
      throw new Error("it does not answer");
    },
  });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "freshet-restore-"));
    path = join(directory, `validator-${wallet.address}.sqlite`);
    copy = join(directory, "elsewhere", "copy.sqlite");
    main = new FakeChain({ name: "main", chainId: 71n });
    relay = new FakeChain({ name: "relay", chainId: 72n });
    polls = 0;
    seen = new Map();
    sources = [silent(wallet.address), peer()];
  });
  afterEach(async () => {
    await end();
    rmSync(directory, { recursive: true, force: true });
  });

  it("is copied whole while it signs, for its owner's eyes only, and over no file", async () => {
    begin();
    await send(["0x01", "0x02"]);
    for (let i = 0; i < 20; i++) main.mine({ send: 1 });
    // In the midst of its work: some of it is signed by now, some is not.
    await looks(2);
    backUp(path, copy);
    await looks();
    const copied = new ValidatorStore(copy);
    const where = { kind: "checkpoint" as const, chainId: main.chainId, gateway: main.address };
    const all = copied.vouchers.from(where, 0, { limit: 999, newestFirst: false });
    copied.close();
    expect(all).to.have.length.of.at.least(2);
    for (const { place, hash } of all) expect([...seen.get(place)!]).to.deep.equal([hash]);
    expect(statSync(copy).mode & 0o777).to.equal(0o600);
    expect(thrown(() => backUp(path, copy)).code).to.equal("FILE_EXISTS");
    expect(readdirSync(join(directory, "elsewhere")).filter((name) => name.endsWith(".tmp"))).to.deep.equal(
      [],
    );
  });

  it("never signs twice for one place, whatever the chain shows after it was lost", async () => {
    begin();
    await send(["0x01", "0x02"]);
    backUp(path, copy);
    await send(["0x03", "0x04"]);
    expect(signedIndexes()).to.deep.equal([0, 1, 2, 3]);
    // The disk is lost, and the chain takes back what it had called final, but for what the copy knows.
    await end();
    for (const one of readdirSync(directory).filter((name) => name.startsWith("validator-")))
      rmSync(join(directory, one));
    main.unwind(2 + 2 * CONFIRMATIONS);
    for (const payload of ["0x0a", "0x0b", "0x0c"]) main.mine({ send: [payload] });
    const { fences } = await restore();
    expect(fences).to.deep.equal([
      { chain: "main", last: 1, fence: 4 },
      { chain: "relay", last: undefined, fence: -1 },
    ]);
    begin();
    for (let i = 0; i < CONFIRMATIONS; i++) main.mine();
    await looks();
    expect(signedIndexes()).to.deep.equal([0, 1, 2, 3]);
    // What comes now was never signed, and the newest checkpoint proves all before it.
    await send(["0x0d"]);
    expect(signedIndexes()).to.deep.equal([0, 1, 2, 3, 5]);
    for (const roots of seen.values()) expect(roots.size).to.equal(1);
  });

  it("signs no less than before on a chain that goes on as it was, from the next message on", async () => {
    begin();
    await send(["0x01", "0x02"]);
    backUp(path, copy);
    await send(["0x03"]);
    await end();
    rmSync(path);
    await restore();
    begin();
    await send(["0x04", "0x05"]);
    expect(signedIndexes()).to.deep.equal([0, 1, 2, 3, 4]);
    for (const roots of seen.values()) expect(roots.size).to.equal(1);
  });

  it("begins as safely without any copy", async () => {
    begin();
    await send(["0x01", "0x02"]);
    await end();
    rmSync(path);
    const { fences } = await restore({ copy: undefined });
    expect(fences[0]).to.deep.equal({ chain: "main", last: undefined, fence: 1 });
    main.unwind(2 + CONFIRMATIONS);
    begin();
    await send(["0x0a", "0x0b", "0x0c"]);
    expect(signedIndexes()).to.deep.equal([0, 1, 2]);
    for (const roots of seen.values()) expect(roots.size).to.equal(1);
  });

  it("is refused where more was signed than the chain's node shows", async () => {
    begin();
    await send(["0x01", "0x02"]);
    backUp(path, copy);
    await end();
    rmSync(path);
    sources = [silent(wallet.address), peer(7)];
    const error = await rejected(restore());
    expect(error.code).to.equal("CHAIN_SET_BACK");
    expect(error.details).to.contain("validators have signed 7");
    expect(existsSync(path)).to.equal(false);
    // One that lies can be left out.
    expect((await restore({ distrust: [other.address.toLowerCase()] })).fences[0]!.fence).to.equal(1);
    rmSync(path);
    // A delivery elsewhere shows it as well.
    sources = [silent(wallet.address), peer()];
    relay.mine({ deliver: [{ origin: main.chainId, nonce: 4, id: `0x${"44".repeat(32)}` }] });
    expect((await rejected(restore())).details).to.contain("elsewhere was delivered 4");
    // And what the copy itself has.
    main.unwind(CONFIRMATIONS + 1);
    expect((await rejected(restore())).code).to.equal("CHAIN_SET_BACK");
  });

  it("waits for the endpoints to come to what one of them shows, and names the one that they do not come to", async () => {
    begin();
    await send(["0x01", "0x02"]);
    backUp(path, copy);
    await send(["0x03"]);
    await end();
    rmSync(path);
    // Of three endpoints the two that answer first are behind: they have not seen what was signed last.
    const { gateway } = main;
    const outboxOf = (count: () => number) => ({
      outbox: async () => ({ ...(await gateway.outbox()), count: count() }),
      header: gateway.header.bind(gateway),
      isDelivered: gateway.isDelivered.bind(gateway),
    });
    const asked = (agreedAt: (poll: number) => number, furthest = 3) =>
      restoreValidator(
        network(),
        { copy, path, validator: wallet.address },
        {
          sources,
          clock: {
            ...clock,
            sleep: async (milliseconds: number) => {
              polls += milliseconds;
            },
          },
          gatewayOf: ({ name }) => (name === "main" ? outboxOf(() => agreedAt(polls)) : relay.gateway),
          endpointsOf: ({ name }) =>
            name === "main"
              ? [
                  { name: "http://one", gateway: outboxOf(() => 2) },
                  { name: "http://two", gateway: outboxOf(() => furthest) },
                  {
                    name: "http://three",
                    gateway: {
                      outbox: () => Promise.reject(new Error("it is down")),
                      header: () => Promise.reject(new Error("it is down")),
                    },
                  },
                ]
              : [],
        },
      );
    const began = polls;
    const error = await rejected(asked(() => 2, 9));
    expect(error.code).to.equal("RESTORE_UNSURE");
    expect(error.details).to.contain("http://two is at 8").and.to.contain("at 1");
    expect(error.next).to.contain("http://two").and.to.contain("node file");
    expect(polls - began).to.be.within(30_000, 31_000);
    expect(existsSync(path)).to.equal(false);
    const late = polls + 2000;
    expect((await asked((poll) => (poll < late ? 2 : 3))).fences[0]!.fence).to.equal(2);
  });

  it("is refused while it cannot be known what was signed", async () => {
    begin();
    await send(["0x01"]);
    backUp(path, copy);
    await end();
    rmSync(path);
    sources = [silent(wallet.address), silent(other.address)];
    expect((await rejected(restore())).code).to.equal("RESTORE_UNSURE");
    // Half of the others are enough.
    sources.push(peer());
    expect((await restore()).fences[0]).to.deep.equal({ chain: "main", last: 0, fence: 0 });
    rmSync(path);
    sources = [silent(wallet.address), peer()];
    main.intercept = () => {
      throw new Error("down");
    };
    const error = await rejected(restore());
    expect(error.code).to.equal("RESTORE_UNSURE");
    expect(error.next).to.contain("new key");
    expect(existsSync(path)).to.equal(false);
    expect(existsSync(`${path}.restoring`)).to.equal(false);
  });

  it("is refused while a validator with its key runs, here or elsewhere", async () => {
    begin();
    await send(["0x01"]);
    backUp(path, copy);
    await end();
    const lock = holdDatabase(path);
    try {
      expect((await rejected(restore())).code).to.equal("DATABASE_IN_USE");
    } finally {
      lock.release();
    }
    rmSync(path);
    sources = [{ validator: wallet.address, vouchers: async () => [] }, peer()];
    expect((await rejected(restore())).code).to.equal("VALIDATOR_RUNS");
  });

  it("is refused where a database is there that knows more, and takes the place of one that is broken", async () => {
    begin();
    await send(["0x01"]);
    backUp(path, copy);
    await send(["0x02"]);
    await end();
    const error = await rejected(restore());
    expect(error.code).to.equal("BACKUP_OLDER");
    expect(error.details).to.contain("signed up to 1, the copy up to 0");
    writeFileSync(path, "not a database at all, but long enough to be taken for one by its size".repeat(20));
    const { aside } = await restore();
    expect(readFileSync(aside!, "utf8")).to.contain("not a database");
    const store = new ValidatorStore(path);
    expect(store.vouchers.places()).to.have.length(1);
    store.close();
  });

  it("is refused when it is another's, or damaged", async () => {
    begin();
    await send(["0x01"]);
    await end();
    backUp(path, copy);
    const options = { copy, path: join(directory, "other.sqlite"), validator: other.address };
    const modules = {
      sources: [silent(other.address)],
      gatewayOf: () => main.gateway,
      clock,
    };
    expect((await rejected(restoreValidator(network(), options, modules))).code).to.equal("BACKUP_OTHER_KEY");
    const bytes = readFileSync(copy);
    bytes.fill(0xff, 4096, 8192);
    writeFileSync(copy, bytes);
    rmSync(path);
    expect((await rejected(restore())).code).to.equal("BACKUP_INVALID");
    const relayer = join(directory, "relayer-0.sqlite");
    new RelayerStore(relayer).close();
    const wrong = join(directory, "wrong.sqlite");
    backUp(relayer, wrong);
    expect((await rejected(restore({ copy: wrong }))).code).to.equal("BACKUP_INVALID");
  });

  it("keeps its fences for ever, and saves nothing behind them", () => {
    const where = { kind: "checkpoint" as const, chainId: 71n, gateway: main.address };
    const store = new ValidatorStore(":memory:");
    expect(store.vouchers.fence(where)).to.equal(-1);
    store.vouchers.raiseFence(where, 5);
    store.vouchers.raiseFence(where, 3);
    expect(
      store.vouchers.fence({ ...where, gateway: main.address.toUpperCase().replace("0X", "0x") }),
    ).to.equal(5);
    const voucher = { place: 5, hash: "0x01", signature: "0x02" };
    expect(() => store.vouchers.save(where, [voucher])).to.throw("behind the fence at 5");
    store.vouchers.save(where, [{ ...voucher, place: 6 }]);
    store.close();
  });

  it("of a relayer is put back as it was", async () => {
    const relayer = join(directory, "relayer-0.sqlite");
    const store = new RelayerStore(relayer);
    store.advance(ORIGIN, mark(5), [message(0, { block: 5 })], []);
    backUp(relayer, copy);
    store.close();
    rmSync(relayer);
    expect(await restoreRelayer({ copy, path: relayer }, { clock })).to.deep.equal({ aside: undefined });
    const again = new RelayerStore(relayer);
    expect(again.cursor(ORIGIN)?.number).to.equal(5);
    again.close();
    const file = new Database(relayer, { readonly: true });
    expect(file.pragma("integrity_check", { simple: true })).to.equal("ok");
    file.close();
  });
});
