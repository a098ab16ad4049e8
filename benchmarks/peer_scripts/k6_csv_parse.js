// k6 with its own parser of CSV, as its documentation advises for large files, each row sent once.
import http from 'k6/http';
import { check } from 'k6';
import exec from 'k6/execution';
import { open } from 'k6/experimental/fs';
import csv from 'k6/experimental/csv';
import { options as made, typed, params } from './k6_job.js';

const file = await open(__ENV.SOURCE);
const rows = await csv.parse(file, { asObjects: true });

export const options = made;

export default function () {
  const answer = http.post(__ENV.TARGET, JSON.stringify(typed(rows[exec.scenario.iterationInTest])), params);
  check(answer, { created: (a) => a.status === 200 && a.json('WasSuccessful') });
}
