/**
 * What a page has people do, in order. Its code blocks say with the words after their language in whose directory that
 * is, which readers of the page do not see:
 *
 * - "```json acme/node.json" is a file of that name
 * - "```sh acme" are commands that Acme runs one after the other
 * - "```sh acme runs" is a command that keeps running, of which what follows the # is what it says once it is ready
 */
export type PageStep =
  | { kind: "file"; path: string; content: string }
  | { kind: "command"; who: string; line: string }
  | { kind: "service"; who: string; line: string; ready: string };

/** A section of a page in which there is something to do. */
export interface PageSection {
  title: string;
  steps: PageStep[];
}

/** The sections of a page in which there is something to do, in its order. */
export function pageSections(text: string): PageSection[] {
  return text
    .split(/^(?=## )/m)
    .map((section) => ({ title: /^#+ (.*)$/m.exec(section)?.[1] ?? "", steps: pageSteps(section) }))
    .filter(({ steps }) => steps.length > 0);
}

function pageSteps(text: string): PageStep[] {
  const steps: PageStep[] = [];
  for (const [, language, about, body] of text.matchAll(/^```(\w+) ([^\n]+)\n(.*?)^```$/gms)) {
    const [place, mode] = about!.trim().split(/\s+/);
    if (language === "json") steps.push({ kind: "file", path: place!, content: body! });
    if (language !== "sh") continue;
    for (const line of commandsIn(body!)) {
      if (mode !== "runs") {
        steps.push({ kind: "command", who: place!, line });
        continue;
      }
      const [command, ready] = line.split(/\s+#\s*/);
      if (ready === undefined) throw new Error(`The page does not say what tells that this runs: ${line}`);
      steps.push({ kind: "service", who: place!, line: command!, ready });
    }
  }
  return steps;
}

/** Commands of a block, a line each; one that ends in a backslash goes on in the next. */
function commandsIn(body: string): string[] {
  return body
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
