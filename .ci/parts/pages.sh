# The pages that the server and the reports show.
# shellcheck shell=bash

has_chromium() { [[ -x /usr/bin/chromium ]]; }
need_chromium() { has_chromium || { install_debian chromium && has_chromium; }; }

declare_part pages 90 'build chromium' 'pages in Chromium'
pages() { TEST_WIDE=1 vitest browser.test; }
