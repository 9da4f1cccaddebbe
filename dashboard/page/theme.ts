import { effect, signal } from "@preact/signals";

export type Theme = "light" | "dark";

const KEPT_AS = "freshet.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

/** What was chosen; as the system has it where nothing was. */
export const theme = signal<Theme>(kept() ?? (dark.matches ? "dark" : "light"));

/** Chooses the other one, and keeps the choice. */
export function toggleTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEPT_AS, theme.value);
  } catch {
    // Where nothing may be kept, the choice lasts as long as the page.
  }
}

/** Has the document follow the theme. */
export function followTheme(): void {
  dark.addEventListener("change", () => {
    if (kept() === undefined) theme.value = dark.matches ? "dark" : "light";
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}

function kept(): Theme | undefined {
  try {
    const value = localStorage.getItem(KEPT_AS);
    return value === "dark" || value === "light" ? value : undefined;
  } catch {
    return undefined;
  }
}
