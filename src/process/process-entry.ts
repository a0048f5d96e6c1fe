import { answerAsModel } from './answer-as-model.js';
import { connectToParent } from './child-process.js';

// The entry of a child process that only computes batches.
answerAsModel(connectToParent());
