// k6 with the rows in a SharedArray, split by hand (the file has no quotation marks), each sent once.
import http from 'k6/http';
import { check } from 'k6';
import exec from 'k6/execution';
import { SharedArray } from 'k6/data';
import { options as made, typed, params } from './k6_job.js';

const rows = new SharedArray('rows', () => {
  const [head, ...lines] = open(__ENV.SOURCE).trim().split(/\r?\n/).map((line) => line.split(','));
  return lines.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i]])));
});

export const options = made;

export default function () {
  const answer = http.post(__ENV.TARGET, JSON.stringify(typed(rows[exec.scenario.iterationInTest])), params);
  check(answer, { created: (a) => a.status === 200 && a.json('WasSuccessful') });
}
