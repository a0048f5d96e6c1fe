import { answerAsModel } from './answer-as-model.js';
import { connectToParent } from './child-process.js';

// The entry of a child process that computes batches, and nothing else.
answerAsModel(connectToParent());
