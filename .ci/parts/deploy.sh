# The server as it is deployed.
# shellcheck shell=bash

need_deploy_tools() {
  mkdir -p "$work/deploy" && cp test/server/deploy/package.json "$work/deploy" &&
    npm install --prefix "$work/deploy" --silent --no-audit --no-fund --ignore-scripts --no-package-lock &&
    python3 -m venv "$work/deploy/python" &&
    "$work/deploy/python/bin/python" -m pip install --quiet -r test/server/deploy/requirements.txt \
      -r test/server/conformance/requirements.txt
}
has_nginx() { [[ -x /usr/sbin/nginx ]]; }
need_nginx() { has_nginx || { install_debian nginx-light && has_nginx; }; }

declare_part conformance 60 'build deploy_tools' 'OpenAPI by schemathesis, metrics by Prometheus'
conformance() { node test/server/conformance/run.mjs "$work/deploy/python/bin/python"; }

declare_part deploy-lint 10 'deploy_tools' 'lint of scripts/deploy'
deploy_lint() { test/server/deploy/lint.sh "$work/deploy"; }

declare_part replicas 30 'build nginx' 'nginx in front of two servers'
replicas() { node test/server/deploy/replicas.mjs; }
