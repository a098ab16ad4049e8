// What both forms of k6 share: the scenario, the types of the fields, the headers.
const NUMBERS = [
  'BusinessId',
  'IncomingServerPort',
  'OutgoingServerPort',
  'LastMessageId',
  'ErrorCount',
  'IncomingServerType',
  'DeleteMessageSettings',
];
const SWITCHES = ['Active', 'IncomingServerSSL'];

export const options = {
  scenarios: {
    rows: {
      executor: 'shared-iterations',
      vus: Number(__ENV.IN_FLIGHT),
      iterations: Number(__ENV.ROWS),
      maxDuration: '60m',
    },
  },
};

export const params = {
  headers: {
    'Content-Type': 'application/json',
    Accept: 'application/json',
    Authorization: `Bearer ${__ENV.TOKEN}`,
  },
  timeout: '30s',
};

export function typed(row) {
  const body = Object.assign({}, row);
  for (const name of NUMBERS) body[name] = Number(body[name]);
  for (const name of SWITCHES) body[name] = body[name] === 'true';
  return body;
}
