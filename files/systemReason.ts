/** What the system's refusals mean, by Node's and SQLite's codes; each a sentence's end behind "because". */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "this user's quota of the disk is used up",
  SQLITE_FULL: "the disk is full",
  EROFS: "its file system is read-only",
  SQLITE_READONLY: "it can only be read",
  SQLITE_READONLY_DIRECTORY: "its directory can only be read",
  EACCES: "this user may not",
  EPERM: "this user may not",
  ENOENT: "it is not there",
  ENOTDIR: "a part of its path is a file",
  EISDIR: "it is a directory",
  EEXIST: "there is something else by this name",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its name is too long",
  EMFILE: "this process has too many files open",
  ENFILE: "this machine has too many files open",
  EIO: "the disk does not work",
  SQLITE_IOERR: "the disk does not work",
  SQLITE_CANTOPEN_ISDIR: "it is a directory",
};

/** What the system says of a call that it refused, in words; undefined for errors that are not the system's. */
export function systemReason(error: unknown): string | undefined {
  const { code, cause } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  const reason = typeof code === "string" ? REASONS[code] : undefined;
  return reason ?? (cause === undefined ? undefined : systemReason(cause));
}
