/** Tails and gates: how surprising a figure is, and how much of that survives many looks. */

/** Natural logarithm of the gamma function, Lanczos with g = 7 and nine terms; relative error below 1e-14. */
function logGamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const shifted = x - 1;
  const base = shifted + 7.5;
  const sum = terms.reduce((total, term, index) => total + term / (shifted + index + 1), 0.9999999999998099);
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

/** P(X = k) of n tries with chance p. */
function binomialMass(k: number, n: number, p: number): number {
  if (p <= 0) return k === 0 ? 1 : 0;
  if (p >= 1) return k === n ? 1 : 0;
  const ways = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  return Math.exp(ways + k * Math.log(p) + (n - k) * Math.log1p(-p));
}

/** Exact tail: P(X >= x) above, P(X <= x) below. */
export function binomialTail(side: 'above' | 'below', x: number, n: number, p: number): number {
  let tail = 0;
  const [from, to] = side === 'above' ? [x, n] : [0, x];
  for (let k = from; k <= to; k += 1) tail += binomialMass(k, n, p);
  return Math.min(1, tail);
}

/**
 * P(|Z| >= z) of a standard normal: the series of Phi near the middle, the continued fraction in the tail.
 * Source: Abramowitz & Stegun 26.2.11 and 26.2.14.
 */
export function normalTwoSided(z: number): number {
  const x = Math.abs(z);
  if (x > 38) return 0;
  const density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  if (x < 3) {
    let term = x;
    let sum = x;
    for (let k = 1; term > 1e-18 * sum; k += 1) {
      term *= (x * x) / (2 * k + 1);
      sum += term;
    }
    return 1 - 2 * density * sum;
  }
  let fraction = x;
  for (let k = 200; k >= 1; k -= 1) fraction = x + k / fraction;
  return (2 * density) / fraction;
}

/**
 * Holm's step-down: whether each p-value passes at `alpha` over all of them. Of equal p-values all pass or none.
 * Source: Holm 1979, Scand. J. Stat. 6, 65 to 70.
 */
export function passHolm(pValues: number[], alpha = 0.05): boolean[] {
  const ordered = [...pValues].sort((a, b) => a - b);
  let largestPassing = Number.NEGATIVE_INFINITY;
  for (const [index, p] of ordered.entries()) {
    if (p > alpha / (ordered.length - index)) break;
    largestPassing = p;
  }
  return pValues.map((p) => p <= largestPassing);
}

/**
 * Fisher's exact test of two shares, two-sided: the chance of all tables with the same margins that are no likelier than
 * the one seen.
 */
export function fisherTwoSided(one: { x: number; n: number }, other: { x: number; n: number }): number {
  const marked = one.x + other.x;
  const logWays = (n: number, k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  const all = logWays(one.n + other.n, marked);
  const chanceOf = (k: number) => Math.exp(logWays(one.n, k) + logWays(other.n, marked - k) - all);
  const seen = chanceOf(one.x);
  let p = 0;
  for (let k = Math.max(0, marked - other.n); k <= Math.min(one.n, marked); k += 1) {
    if (chanceOf(k) <= seen * (1 + 1e-7)) p += chanceOf(k);
  }
  return Math.min(1, p);
}
