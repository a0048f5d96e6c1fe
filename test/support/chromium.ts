import { existsSync } from 'node:fs';

/** A Chromium to test pages in; Debian's is the first. */
export const CHROMIUM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((file) => existsSync(file));

/** Why a test in a browser is skipped where there is none. */
export const CHROMIUM_IS_MISSING = 'no Chromium is installed here: apt-get install chromium';
