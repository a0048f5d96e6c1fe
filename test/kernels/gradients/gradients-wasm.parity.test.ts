import { describeGradients } from '../../support/gradient-suite.js';

describeGradients('wasm');
