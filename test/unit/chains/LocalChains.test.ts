import type { AddressInfo } from "node:net";
import { createServer } from "node:net";

import { expect } from "chai";

import { LocalChains } from "../../../chains/networks/LocalChains.ts";
import { requireFreePort } from "../../../chains/networks/requireFreePort.ts";
import { rejected } from "../thrown.ts";

describe("LocalChains", () => {
  it("says which chain's port is in use before it starts anything", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const chain = { name: "relay", role: "relay", chainId: 1, port } as const;
      const error = await rejected(LocalChains.start([chain], "127.0.0.1"));
      expect(error.code).to.equal("PORT_IN_USE");
      expect(error.shortMessage).to.equal(`Port ${port} for the relay chain is in use.`);
      expect(error.next).to.contain("--base-port");
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
    await requireFreePort("127.0.0.1", port, "the relay chain");
  });
});
