import { expect } from "chai";

import { shownUrl, withoutKeys } from "../../../protocol/shownUrl.ts";

const URL_WITH_KEYS = "https://ada:p%40ss-w0rd@rpc.example:8443/v3/0123456789abcdef?key=q%2Fuery01&n=1";

describe("a URL as it may be shown", () => {
  it("has scheme and host alone", () => {
    expect(shownUrl(URL_WITH_KEYS)).to.equal("https://rpc.example:8443/…");
    expect(shownUrl("http://127.0.0.1:9201")).to.equal("http://127.0.0.1:9201");
    expect(shownUrl("http://127.0.0.1:9201/")).to.equal("http://127.0.0.1:9201");
    expect(shownUrl("wss://rpc.example?key=1")).to.equal("wss://rpc.example/…");
    expect(shownUrl("no URL with a k3y")).to.equal("(no URL)");
  });

  it("leaves nothing of what gives access in what others say of it", () => {
    const login = Buffer.from("ada:p@ss-w0rd").toString("base64");
    for (const said of [
      "project 0123456789abcdef is over its quota",
      "GET /v3/0123456789abcdef?key=q%2Fuery01&n=1 is forbidden",
      "the key q/uery01 has expired",
      "p@ss-w0rd is wrong, as is p%40ss-w0rd",
      `authorization: Basic ${login}`,
    ]) {
      const told = withoutKeys(said, URL_WITH_KEYS);
      expect(told).not.to.match(/0123456789abcdef|uery01|ss-w0rd/);
      expect(told).not.to.contain(login);
      expect(told).to.contain("…");
    }
  });

  it("leaves everything else as it is", () => {
    const said = "v3 of https://rpc.example has no method eth_call, n=1";
    expect(withoutKeys(said, URL_WITH_KEYS)).to.equal(said);
    expect(withoutKeys(said, "no URL")).to.equal(said);
  });
});
