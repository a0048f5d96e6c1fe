import { describe, expect, test } from 'vitest';
import { gaussLegendre } from '../../../dist/inspection/attribution/gauss-legendre.js';

describe('Gauss-Legendre on [0, 1]', () => {
  test('has the points and weights of the tables', () => {
    expect(gaussLegendre(1)).toEqual({ points: [0.5], weights: [1] });
    const { points, weights } = gaussLegendre(3); // Abramowitz and Stegun 25.4.30, brought to [0, 1]
    for (const [i, x] of [0.5 - Math.sqrt(0.15), 0.5, 0.5 + Math.sqrt(0.15)].entries()) {
      expect(points[i]).toBeCloseTo(x, 15);
      expect(weights[i]).toBeCloseTo([5 / 18, 8 / 18, 5 / 18][i] as number, 14);
    }
  });

  test.each([1, 2, 5, 20, 64, 300])('with %i points is exact up to degree 2n - 1, and not beyond', (n) => {
    const { points, weights } = gaussLegendre(n);
    const integral = (degree: number) =>
      points.reduce((sum, x, i) => sum + (weights[i] as number) * x ** degree, 0);
    expect(points.length).toBe(n);
    expect(points).toEqual([...points].sort((a, b) => a - b));
    for (const degree of [0, 1, n, 2 * n - 1]) {
      expect(integral(degree)).toBeCloseTo(1 / (degree + 1), 12);
    }
    if (n <= 5) {
      expect(Math.abs(integral(2 * n) - 1 / (2 * n + 1))).toBeGreaterThan(1e-7);
    }
  });
});
