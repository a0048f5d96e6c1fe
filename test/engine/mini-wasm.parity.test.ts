import { describeMiniParity } from '../support/mini-suite.js';

describeMiniParity('wasm', 55);
