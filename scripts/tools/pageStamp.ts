import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { writeWhole } from "../../files/writeWhole.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STAMP = "dashboard/built/source.json";
/** What the built page follows from, besides the packages that it is built of and with. */
const SOURCES = [
  "dashboard/page/**/*",
  "dashboard/api/**/*.ts",
  "dashboard/vite.config.ts",
  "reports/{counted,formatTokens,shortAddress}.ts",
];
const PACKAGES = {
  "package-lock.json": ["preact", "@preact/signals", "uplot"],
  "tools/page/package-lock.json": ["vite"],
};

/** A digest of what the built page follows from, so that a page that is not of its sources is told. */
export function pageSource(): { digest: string } {
  const hash = createHash("sha256");
  const paths = globSync(SOURCES, { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length).replaceAll("\\", "/"))
    .sort();
  for (const path of paths) {
    hash.update(`${path}\n`);
    hash.update(
      createHash("sha256")
        .update(readFileSync(join(ROOT, path)))
        .digest(),
    );
  }
  for (const [file, names] of Object.entries(PACKAGES)) {
    const lock = JSON.parse(readFileSync(join(ROOT, file), "utf8")) as {
      packages: Record<string, { version?: string }>;
    };
    for (const name of names) hash.update(`${name} ${lock.packages[`node_modules/${name}`]?.version}\n`);
  }
  return { digest: hash.digest("hex") };
}

/** What the built page says that it was built of; undefined of a page that says nothing. */
export function builtFrom(): { digest: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(ROOT, STAMP), "utf8")) as { digest: string };
  } catch {
    return undefined;
  }
}

/** Notes of the built page that it is of the sources as they are. */
export async function writePageStamp(): Promise<void> {
  await writeWhole(join(ROOT, STAMP), `${JSON.stringify(pageSource(), null, 2)}\n`);
}
