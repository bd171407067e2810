// SPDX-License-Identifier: Apache-2.0
// The distribution's Chromium, without a window and without any call of its own to the outside.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { chromium } = createRequire(join(process.env.PAGE_TEST_MODULES, 'package.json'))('playwright-core');

const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps'];

/// Runs `body` with a fresh page; a script error or a refused resource of the page fails it. The emulator's certificate is
/// by an authority of its own, which this browser was not told to trust.
export async function withPage(options, body) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: QUIET });
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB', timezoneId: 'UTC', ...options });
    const page = await context.newPage();
    const faults = [];
    page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
    page.on('console', (message) => {
      const expected = /status of (401|404)|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/.test(message.text());
      if (message.type() === 'error' && !expected) faults.push(message.text());
    });
    page.setDefaultTimeout(30_000);
    await body(page);
    if (faults.length > 0) throw new Error(`the page failed: ${faults.join('; ')}`);
  } finally {
    await browser.close();
  }
}
