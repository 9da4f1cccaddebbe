import { inspect } from "node:util";
import type { Context, RootHookObject } from "mocha";

/** Files that run beside others send what their tests threw as JSON: what JSON cannot say is sent as text. */
export const mochaHooks: RootHookObject = {
  afterEach(this: Context) {
    for (let error: unknown = this.currentTest?.err; error instanceof Error; error = error.cause) {
      const thrown = error as unknown as Record<string, unknown>;
      for (const key of Object.getOwnPropertyNames(thrown)) {
        try {
          JSON.stringify(thrown[key]);
        } catch {
          thrown[key] = inspect(thrown[key]);
        }
      }
    }
  },
};
