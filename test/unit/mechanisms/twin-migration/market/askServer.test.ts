import { expect } from "chai";
import { z } from "zod";

import { askServer } from "../../../../../mechanisms/twin-migration/talk/askServer.ts";
import { VirtualClock } from "../../../../../simulation/VirtualClock.ts";
import { rejected } from "../../../thrown.ts";

describe("askServer", () => {
  const clock = new VirtualClock(1_000_000);
  const { signal } = new AbortController();
  const ask = (fetch: typeof globalThis.fetch) => {
    const asked = {
      url: "http://127.0.0.1:9",
      path: "/take-on",
      answer: z.strictObject({}),
      milliseconds: 1000,
    };
    return clock.until(rejected(askServer(asked, { clock, fetch }, signal)));
  };

  it("can be tried again where nobody answered, or not to the end", async () => {
    const refused = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:9") });
    const error = await ask(() => Promise.reject(refused));
    expect(error).to.include({ code: "SERVER_UNREACHABLE", retryable: true });
    expect(error.details).to.equal("connect ECONNREFUSED 127.0.0.1:9");
    const broken = new ReadableStream({
      start: (controller) => controller.error(new Error("socket hang up")),
    });
    expect(await ask(async () => new Response(broken))).to.include({
      code: "SERVER_UNREACHABLE",
      retryable: true,
    });
    const silent: typeof globalThis.fetch = (_, options) =>
      new Promise((_resolve, reject) => {
        options!.signal!.addEventListener("abort", () => reject(options!.signal!.reason));
      });
    expect(await ask(silent)).to.include({ code: "SERVER_UNREACHABLE", retryable: true });
  });

  it("is done with where the server refused, or answered nonsense", async () => {
    const refusal = await ask(async () => new Response("it is settled", { status: 403 }));
    expect(refusal).to.include({ code: "SERVER_REFUSED", retryable: false });
    const nonsense = await ask(async () => new Response("<html>"));
    expect(nonsense).to.include({ code: "SERVER_ANSWER_INVALID", retryable: false });
  });
});
