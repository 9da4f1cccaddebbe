import { createInterface } from "node:readline";
import { Writable } from "node:stream";

import type { AskPassword } from "../chains/keys/passwordOf.ts";

/** Asks on the terminal, and shows nothing of what is typed; undefined where there is no terminal. */
export function askPassword(): AskPassword | undefined {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
  return async (question) => {
    process.stderr.write(question);
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
    try {
      return await new Promise<string>((resolve, reject) => {
        lines.once("line", resolve);
        lines.once("close", () => reject(new Error("no password was typed")));
      });
    } finally {
      lines.close();
      process.stderr.write("\n");
    }
  };
}
