/** Shortest segment of a path that may be a key: shorter ones are versions and names, such as v3. */
const SHORTEST_SEGMENT = 8;
/** Shortest password, and shortest value of a query, that keeps anybody out. */
const SHORTEST_VALUE = 4;

/** A URL as it may be shown to anybody: paths, queries and user names often hold access keys. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return "(no URL)";
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${(pathname === "/" || pathname === "") && search === "" ? "" : "/…"}`;
}

/** A text without what gives access to a URL: whoever answers there may repeat it. */
export function withoutKeys(text: string, url: string): string {
  return keysOf(url).reduce((left, key) => left.replaceAll(key, "…"), text);
}

/** What of a URL may give access, as it stands there and as it is sent; the longest first. */
function keysOf(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { username, password, pathname, searchParams, search, hash } = new URL(url);
  const segments = pathname.split("/").filter(({ length }) => length >= SHORTEST_SEGMENT);
  const written = search
    .slice(1)
    .split("&")
    .map((pair) => pair.slice(pair.indexOf("=") + 1));
  const values = [username, password, ...searchParams.values(), ...written, hash.slice(1)];
  const login = `${decoded(username)}:${decoded(password)}`;
  const keys = [...segments, ...values.filter(({ length }) => length >= SHORTEST_VALUE)];
  if (login !== ":") keys.push(Buffer.from(login).toString("base64"));
  return [...new Set(keys.flatMap((key) => [key, decoded(key)]))].sort((a, b) => b.length - a.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
