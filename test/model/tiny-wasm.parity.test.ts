import { describeTinyParity } from '../support/tiny-suite.js';

describeTinyParity('wasm');
