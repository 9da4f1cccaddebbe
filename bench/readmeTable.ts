import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const README = fileURLToPath(new URL("../README.md", import.meta.url));

/** Puts a table in its place in the README: between `<!-- name -->` and `<!-- /name -->`. */
export async function writeReadmeTable(name: string, table: string): Promise<void> {
  const readme = await readFile(README, "utf8");
  const place = new RegExp(`<!-- ${name} -->[\\s\\S]*<!-- /${name} -->`);
  await writeFile(README, readme.replace(place, `<!-- ${name} -->\n${table}\n<!-- /${name} -->`));
}
