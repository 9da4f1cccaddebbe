import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { ownTls } from "../../../scripts/ownTls.ts";
import { rejected, thrown } from "../thrown.ts";

const FILES = fileURLToPath(new URL("../../vectors/tls", import.meta.url));
const at = (name: string) => join(FILES, `${name}.pem`);
const OWN = { certificate: at("server"), key: at("server-key"), authorities: [at("ours")] };

describe("where an organisation's servers listen", () => {
  it("is at their URLs in the clear, unless these say https", async () => {
    const placeOf = await ownTls({ bind: {}, tls: OWN }, []);
    expect(placeOf("relay", "http://127.0.0.1:9211")).to.deep.equal({ host: "127.0.0.1", port: 9211 });
    const secret = placeOf("relay", "https://[::1]:9211");
    expect([secret.host, secret.port]).to.deep.equal(["::1", 9211]);
    expect(secret.tls?.certificate).to.include("BEGIN CERTIFICATE");
    expect(secret.tls?.clientAuthorities).to.equal(undefined);
    expect(placeOf("relay", "https://relay.acme.example").port).to.equal(443);
  });

  it("asks for clients' certificates where the node file does", async () => {
    const placeOf = await ownTls({ bind: {}, tls: { ...OWN, clients: "required" } }, []);
    expect(placeOf("storage", "https://127.0.0.1").tls?.clientAuthorities).to.have.length(1);
  });

  it("is where it is bound, apart from the URL: of each service its own", async () => {
    const bind = { relay: { host: "0.0.0.0" }, storage: { host: "127.0.0.1", port: 8080 } };
    const placeOf = await ownTls({ bind }, []);
    expect(placeOf("relay", "http://relay.acme.example:9211")).to.deep.equal({ host: "0.0.0.0", port: 9211 });
    // Behind a proxy that has the certificate.
    expect(placeOf("storage", "https://storage.acme.example")).to.deep.equal({
      host: "127.0.0.1",
      port: 8080,
    });
    expect(thrown(() => placeOf("aggregator", "https://aggregator.acme.example")).code).to.equal(
      "TLS_MISSING",
    );
  });

  it("cannot be read from files that are no PEM, of which nothing is told", async () => {
    const error = await rejected(ownTls({ bind: {}, tls: { ...OWN, key: join(FILES, "generate.sh") } }, []));
    expect(error.code).to.equal("TLS_INVALID");
    expect(error.message).not.to.include("openssl");
  });
});
