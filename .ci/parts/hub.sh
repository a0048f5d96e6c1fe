# Models of the hub, from a local hub.
# shellcheck shell=bash

# Each Node version has its own fetch; requests to the hub must obey proxies on all of them.
hub_on_node() { on_node "$1" vitest test/hub/proxy.test.ts test/hub/mirror.test.ts; }
declare_part hub-node-20 30 'build' 'the hub through proxies on Node 20.19'
hub_node_20() { hub_on_node 20.19; }
declare_part hub-node-22 30 'build' 'the hub through proxies on Node 22'
hub_node_22() { hub_on_node 22; }
declare_part hub-node-24 30 'build' 'the hub through proxies on Node 24'
hub_node_24() { hub_on_node 24; }

declare_part hub-python 20 'build reference' "Python's huggingface_hub through the same hub and cache"
hub_python() { REFERENCE_PYTHON=$python vitest test/hub/python.test.ts; }
