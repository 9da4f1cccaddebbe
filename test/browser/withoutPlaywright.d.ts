// Stands for playwright-core's types where it is not installed (tools/page; tsconfig.json): there, what is done with a
// browser goes unchecked.
type Unchecked = ReturnType<typeof JSON.parse>;

export type Browser = Unchecked;
export type BrowserContext = Unchecked;
export type ConsoleMessage = Unchecked;
export type Page = Unchecked;
export type Request = Unchecked;
export declare const chromium: Unchecked;
