/** Runes everywhere: the older ways of Svelte don't compile. */
export default {
  compilerOptions: {
    runes: true,
    discloseVersion: false,
    // Every component says its own many times: short, and the same wherever it is built.
    cssHash: ({ hash, css }) => `s${hash(css).slice(-3)}`,
  },
};
