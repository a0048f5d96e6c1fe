import { describeMiniParity } from '../support/mini-suite.js';

describeMiniParity('cpu', 4);
