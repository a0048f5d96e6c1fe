# Clients of the server.
# shellcheck shell=bash

need_clients() {
  mkdir -p "$work/clients" && cp test/server/clients/package.json "$work/clients" &&
    npm install --prefix "$work/clients" --silent --no-audit --no-fund --ignore-scripts --no-package-lock &&
    python3 -m venv "$work/clients/python" &&
    "$work/clients/python/bin/python" -m pip install --quiet -r test/server/clients/requirements.txt
}

declare_part clients 60 'build clients' 'real HTTP clients against the server'
clients() { node test/server/clients/run.mjs "$work/clients"; }
