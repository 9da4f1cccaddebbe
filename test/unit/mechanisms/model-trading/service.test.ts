import { expect } from "chai";
import { ZeroAddress } from "ethers";

import type { NetworkFile } from "../../../../chains/networks/networkFile.ts";
import { service } from "../../../../mechanisms/model-trading/sales/service.ts";
import { systemClock } from "../../../../protocol/Clock.ts";
import { rejected } from "../../thrown.ts";

describe("a publisher's service of model trading", () => {
  const start = (services: NetworkFile["services"], index: number) => {
    const network = { ...(services === undefined ? {} : { services }) } as NetworkFile;
    const modules = { clock: systemClock, onDone: () => undefined, onError: () => undefined };
    return rejected(service.start({ network, index, directory: "" }, modules));
  };
  const url = "http://127.0.0.1:9";

  it("does not begin to sign with a key that nobody asks for, or where nobody asks", async () => {
    expect(await start(undefined, 0)).to.have.property("code", "UNKNOWN_SERVICE");
    const named = { "model-trading": [{ address: ZeroAddress, url }] };
    expect(await start(named, 1)).to.have.property("code", "UNKNOWN_SERVICE");
    const other = await start(named, 0);
    expect(other).to.have.property("code", "OTHER_KEY");
    expect(other.message).to.contain(ZeroAddress);
  });
});
