import { expect } from "chai";

import { catchUp } from "../../chains/networks/catchUp.ts";
import { LocalChains } from "../../chains/networks/LocalChains.ts";
import { HttpRpc } from "../../chains/rpc/HttpRpc.ts";
import { readHeader } from "../../chains/rpc/readHeader.ts";
import { type Clock, systemClock } from "../../protocol/Clock.ts";

const PLACE = { host: "127.0.0.1", port: 9348 };

describe("the clock of a local chain", () => {
  let chains: LocalChains;

  before(async () => {
    const chain = { name: "test", role: "main", chainId: 41_497, port: PLACE.port } as const;
    chains = await LocalChains.start([chain as Parameters<typeof LocalChains.start>[0][number]], PLACE.host);
  });
  after(() => chains.stop());

  it("is set by ours where it is behind, once", async () => {
    const rpc = new HttpRpc({ url: `http://${PLACE.host}:${PLACE.port}` }, { clock: systemClock });
    const behind = async () => systemClock.now() / 1000 - (await readHeader(rpc, "pending"))!.timestamp;
    expect(await behind()).to.be.below(2);
    const ahead: Clock = { ...systemClock, now: () => systemClock.now() + 30_000 };
    expect(await catchUp(rpc, { clock: ahead })).to.be.within(28, 31);
    expect(await behind()).to.be.within(-32, -27);
    expect(await catchUp(rpc, { clock: ahead })).to.be.at.most(1);
  });
});
