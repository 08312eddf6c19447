/** Runes everywhere: the older ways of Svelte don't compile. */
export default { compilerOptions: { runes: true } };
