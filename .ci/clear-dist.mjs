// What was compiled of a file that is gone would be packed for ever: the compiled package is made anew.
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
