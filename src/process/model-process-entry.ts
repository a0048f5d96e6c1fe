import { answerAsModel } from './answer-as-model.js';

// The entry of a child process that scores, and no more.
answerAsModel();
