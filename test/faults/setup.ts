import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printFigures } from './figures.js';
import { compileProgram } from './program.js';

/** Compiles once for all files, and prints their figures when they are done. */
export default function setUp(): () => void {
  const compiled = compileProgram();
  const figures = mkdtempSync(join(tmpdir(), 'parcelmetrics-figures-'));
  process.env.FAULTS_COMPILED = compiled;
  process.env.FAULTS_FIGURES = figures;
  return () => {
    printFigures(figures);
    rmSync(compiled, { recursive: true, force: true });
    rmSync(figures, { recursive: true, force: true });
  };
}
