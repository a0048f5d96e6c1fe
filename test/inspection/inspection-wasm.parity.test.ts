import { describeInspection } from '../support/inspection-suite.js';

describeInspection('wasm');
