import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import { BaseError } from "../../protocol/BaseError.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};
/** Files of the page, and bytes of each, at the most. */
const MOST_FILES = 200;
const MOST_BYTES = 8 << 20;
/** How much work is put into making files small: they are made so once. */
const BROTLI_QUALITY = 9;

/** A file of the page, ready to be sent. */
export interface StaticFile {
  readonly type: string;
  readonly etag: string;
  readonly body: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
}

const compressed = { gzip: promisify(gzip), brotli: promisify(brotliCompress) };

/**
 * The files of the built page, by their paths on the server: all that there are, so nothing else can be asked for,
 * however a path is written.
 *
 * @throws BaseError `PAGE_NOT_BUILT`
 */
export async function readStaticFiles(directory: string): Promise<ReadonlyMap<string, StaticFile>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile() && TYPES[extname(entry.name)] !== undefined)
    .map((entry) => join(entry.parentPath, entry.name))
    .slice(0, MOST_FILES);
  const files = new Map<string, StaticFile>();
  for (const path of paths) {
    const body = await readFile(path);
    if (body.length > MOST_BYTES) continue;
    const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
    const [small, smaller] = await Promise.all([compressed.gzip(body), compressed.brotli(body, { params })]);
    const name = path.slice(directory.length).replaceAll("\\", "/");
    files.set(name.startsWith("/") ? name : `/${name}`, {
      type: TYPES[extname(path)]!,
      etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`,
      ...{ body, gzip: small, brotli: smaller },
    });
  }
  const index = files.get("/index.html");
  if (index === undefined) {
    throw new BaseError("PAGE_NOT_BUILT", `There is no page in ${directory}.`, {
      details: "Its files are built from dashboard/page and committed.",
      next: "Build it with: npm run page.",
    });
  }
  files.set("/", index);
  return files;
}
