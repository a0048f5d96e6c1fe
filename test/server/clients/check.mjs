import assert from 'node:assert/strict';

/** Address and key of the server, and the library's scores of these documents; the runner passes them. */
export const { url, key, query, documents, scores } = JSON.parse(process.env.RERANK_CASE);

/** Documents from the best to the worst, by the library's scores. */
export const order = [...scores.keys()].sort((a, b) => scores[b] - scores[a]);

/** Runs one check and prints its result on a line of its own. */
export async function check(name, run) {
  try {
    console.log(`ok ${name}: ${await run()}`);
  } catch (error) {
    console.log(
      `not ok ${name}: ${String(error?.stack ?? error)
        .split('\n')
        .slice(0, 4)
        .join(' | ')}`,
    );
    process.exitCode = 1;
  }
}

/** The client's results are the library's: the best first, each with its index and score. */
export function assertRanking(results, count = documents.length) {
  assert.deepEqual(
    results.map(({ index }) => index),
    order.slice(0, count),
  );
  for (const { index, score } of results) {
    assert.ok(score > 0 && score < 1, `score ${score} of document ${index}`);
    assert.ok(Math.abs(score - scores[index]) <= 1e-5, `document ${index}: ${score}, not ${scores[index]}`);
  }
  return results.map(({ index, score }) => `${index}=${score.toFixed(4)}`).join(' ');
}

/** The call fails with the client's own error. */
export async function assertFails(call, expected) {
  let error;
  try {
    await call();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error !== undefined, 'it did not fail');
  for (const [name, value] of Object.entries(expected)) {
    const found = name === 'name' ? error.constructor.name : error[name];
    assert.ok(value instanceof RegExp ? value.test(found) : value === found, `${name}: ${found}`);
  }
  return `${error.constructor.name}: ${error.message.split('\n')[0].slice(0, 80)}`;
}
