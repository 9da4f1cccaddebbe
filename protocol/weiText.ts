import { z } from "zod";

const WORDS = "amounts are whole numbers of wei, written as strings of digits";

/** An amount of wei as files and messages write it: JSON's numbers would round it. */
export const weiText = z.string(WORDS).regex(/^\d+$/, WORDS);
