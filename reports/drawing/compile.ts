import type { TopLevelSpec } from 'vega-lite';
import { defaultLocale } from '../words.js';
import { chartConfig } from './theme.js';
import { compile, type LoggerInterface, type Spec } from './vega.js';

interface CompileOptions {
  locale?: string;
  /** Told what Vega-Lite warns of. */
  warn?: (message: string) => void;
}

/** The Vega spec that a Vega-Lite spec becomes under our config. */
export function compileSpec(spec: TopLevelSpec, options: CompileOptions = {}): Spec {
  const config = chartConfig(options.locale ?? defaultLocale);
  return compile(spec, { config, logger: quietLogger(options.warn) }).spec;
}

/** Errors are thrown, warnings handed on. */
export function quietLogger(warn?: CompileOptions['warn']): LoggerInterface {
  const say = (...words: readonly unknown[]) => {
    warn?.(words.map(String).join(' '));
    return logger;
  };
  const raise = (...words: readonly unknown[]): never => {
    throw new Error(words.map(String).join(' '));
  };
  const ignore = () => logger;
  const logger = {
    level: ignore,
    error: raise,
    warn: say,
    info: ignore,
    debug: ignore,
  } as unknown as LoggerInterface;
  return logger;
}
