import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { type HDNodeWallet, Wallet } from "ethers";

import type { MainChain } from "../../../../chains/clients/MainChain.ts";
import type { Subchain } from "../../../../chains/clients/Subchain.ts";
import { encodeTerms } from "../../../../mechanisms/model-trading/encodings.ts";
import { SaleBook } from "../../../../mechanisms/model-trading/sales/SaleBook.ts";
import { SaleDesk } from "../../../../mechanisms/model-trading/sales/SaleDesk.ts";
import { isSaleOf, type SaleRequest, signRequest } from "../../../../mechanisms/model-trading/sales/sale.ts";
import { readSaleRequest, writeSaleRequest } from "../../../../mechanisms/model-trading/sales/saleRequest.ts";
import { rejected } from "../../thrown.ts";

const CHAIN = 3n;
const SUBCHAIN = `0x${"5b".repeat(20)}`;
const domain = { chainId: CHAIN, subchain: SUBCHAIN };
const OPENED = 1000;

describe("a publisher's desk for sales", () => {
  const [publisher, worker, stranger] = [0, 1, 2].map(() => Wallet.createRandom()) as [
    HDNodeWallet,
    HDNodeWallet,
    HDNodeWallet,
  ];
  let directory: string;
  let now: number;
  let questions: number;
  let round: { closed: boolean; commitsClosedAt: number; open: number; enrolled: boolean };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-sales-"));
    [now, questions] = [OPENED * 1000 + 2700, 0];
    round = { closed: false, commitsClosedAt: 0, open: 0, enrolled: true };
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  function desk(cosigner = publisher.address) {
    const terms = {
      ...{ periodMs: 10_000, scale: 1n, dataWeight: 1n, leastTheta: 1, mostOmega: 1, startSlackMs: 3000 },
      ...{ cap: 1n, bond: 0n, cosigner },
      offers: [{ worker: worker.address, price: 1n }],
    };
    const asked = async <T>(answer: T) => {
      questions++;
      return answer;
    };
    const subchain = {
      client: { chainId: CHAIN },
      place: { contracts: { applications: { tasks: SUBCHAIN } } },
      taskOf: () => asked({ status: "Open", round: round.open }),
      roundOf: () => asked({ openedAt: OPENED, startedAt: OPENED + 1, ...round }),
      workerOf: () => asked({ enrolled: round.enrolled }),
    };
    return new SaleDesk({
      signer: publisher,
      main: { termsOf: async () => ({ schedule: { commitSeconds: 20 } }) } as unknown as MainChain,
      subchains: [subchain as unknown as Subchain],
      published: (task) => (task === 1n ? { mechanismTerms: encodeTerms(terms) } : undefined),
      book: new SaleBook(directory),
      clock: { now: () => now, sleep: async () => undefined },
    });
  }
  const requestOf = (other: Partial<SaleRequest> = {}): SaleRequest => ({
    ...{ chainId: CHAIN, task: 1n, round: 0, worker: worker.address, commitment: `0x${"c0".repeat(32)}` },
    ...{ generatedAtMs: BigInt(OPENED * 1000 + 200), samples: 100 },
    ...other,
  });
  const sell = async (other: Partial<SaleRequest> = {}, signer: HDNodeWallet = worker, at = desk()) => {
    const request = requestOf(other);
    return at.sell(request, await signRequest(signer, domain, request));
  };

  it("signs when it had heard of the update, and answers the same whenever it is asked again", async () => {
    const answer = await sell();
    expect(answer.receivedAtMs).to.equal(BigInt(now));
    const sale = { ...requestOf(), receivedAtMs: answer.receivedAtMs };
    expect(isSaleOf(publisher.address, domain, sale, answer.signature)).to.equal(true);
    // Started again, later, and after the round took no commits any more.
    now += 60_000;
    round.closed = true;
    expect(await sell()).to.deep.equal(answer);
    // Whatever is claimed of its beginning by then.
    expect(await sell({ generatedAtMs: 1n })).to.deep.equal(answer);
  });

  it("asks no chain for strangers, and signs nothing that the worker did not", async () => {
    const refused = async (selling: Promise<unknown>) => (await rejected(selling)).shortMessage;
    expect(await refused(sell({ worker: stranger.address }, stranger))).to.contain("is offered nothing");
    expect(await refused(sell({}, stranger))).to.contain("did not sign it");
    expect(await refused(sell({ task: 2n }))).to.contain("was not published");
    expect(await refused(sell({ chainId: 9n }))).to.contain("is not followed");
    expect(await refused(sell({}, worker, desk(stranger.address)))).to.contain("another cosigner");
    expect(questions).to.equal(0);
  });

  it("signs in the open round alone, for who is enrolled, begun within the slack", async () => {
    const refused = async (other: Partial<SaleRequest> = {}) => (await rejected(sell(other))).shortMessage;
    expect(await refused({ round: 1 })).to.contain("is not open");
    expect(await refused({ generatedAtMs: BigInt(OPENED * 1000 - 1) })).to.contain("of the round's opening");
    expect(await refused({ generatedAtMs: BigInt(OPENED * 1000 + 3001) })).to.contain(
      "of the round's opening",
    );
    // A second is left for clocks that differ; else nobody began what it has finished later than that.
    await sell({ commitment: `0x${"ab".repeat(32)}`, generatedAtMs: BigInt(OPENED * 1000 + 3000) });
    now = OPENED * 1000 + 1500;
    expect(await refused({ generatedAtMs: BigInt(OPENED * 1000 + 2501) })).to.contain("not come yet");
    now = OPENED * 1000 + 2700;
    round.enrolled = false;
    expect(await refused()).to.contain("is not enrolled");
    round = { ...round, enrolled: true, commitsClosedAt: OPENED + 2 };
    expect(await refused()).to.contain("takes no commits");
    round.commitsClosedAt = 0;
    now = (OPENED + 21) * 1000;
    expect(await refused()).to.contain("takes no commits");
  });

  it("answers the worker whoever else asks in its name at the same time", async () => {
    const at = desk();
    const signatures = await Promise.all(
      [stranger, worker].map((signer) => signRequest(signer, domain, requestOf())),
    );
    const asked = signatures.map((signature) => at.sell(requestOf(), signature));
    const [forgery, own] = (await Promise.allSettled(asked)) as [
      PromiseSettledResult<unknown>,
      PromiseSettledResult<unknown>,
    ];
    expect(forgery.status).to.equal("rejected");
    expect(own.status).to.equal("fulfilled");
  });

  it("signs one sale of a commitment, and few commitments, also of a worker that asks for all at once", async () => {
    const at = desk();
    const asked = [200n, 300n, 400n].map((ms) => sell({ generatedAtMs: 1_000_000n + ms }, worker, at));
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ generatedAtMs }) => generatedAtMs)).size).to.equal(1);
    const others = Array.from({ length: 20 }, (_, i) =>
      sell({ commitment: `0x${String(10 + i).repeat(32)}` }, worker, at),
    );
    const settled = await Promise.allSettled(others);
    expect(settled.filter(({ status }) => status === "fulfilled")).to.have.length(3);
  });

  it("reads an address however it is written", async () => {
    const request = requestOf();
    const signature = await signRequest(worker, domain, request);
    const swapped = worker.address.replace(/[a-fA-F]/g, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    );
    const read = readSaleRequest(writeSaleRequest({ ...request, worker: swapped }, signature));
    expect((await desk().sell(read.request, read.signature)).signature).to.match(/^0x/);
  });

  it("signs for few of a worker's commitments in a round", async () => {
    for (const digit of ["1", "2", "3", "4"]) await sell({ commitment: `0x${digit.repeat(64)}` });
    const error = await rejected(sell({ commitment: `0x${"5".repeat(64)}` }));
    expect(error.shortMessage).to.contain("too many updates");
  });
});
