/** An endpoint's URL as it may be shown in logs: paths, queries and user names often hold access keys. */
export function shownUrl(url: string): string {
  const { protocol, host, pathname, search } = new URL(url);
  return `${protocol}//${host}${pathname === "/" && search === "" ? "" : "/…"}`;
}
