// The CLI takes this folder for the component fc3 when it is started beside it: so the real `s` judges a template
// with the real component's schema, and goes through a whole deployment, without a registry or an account.
// STAND_IN_RECORD names a file for what it is handed; STAND_IN_FAILS holds `method=error message`.
'use strict';

const { appendFileSync, existsSync, readFileSync } = require('fs');
const { createHash } = require('crypto');
const { dirname, join, resolve } = require('path');

function option(args, name) {
  return args[args.indexOf(name) + 1];
}

function digest(path) {
  return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : path;
}

// What was published before, by name and content: an archive that is known keeps its version.
function version(name, content) {
  const record = process.env.STAND_IN_RECORD;
  const lines = record && existsSync(record) ? readFileSync(record, 'utf8').trim().split('\n').map(JSON.parse) : [];
  const published = [...new Set(lines.filter((l) => l.layer === name).map((l) => l.content))];
  const known = published.indexOf(content);
  const mayList = !process.env.STAND_IN_MAY_NOT_LIST;
  return 7 + (known >= 0 && mayList ? known : mayList ? published.length : lines.filter((l) => l.layer === name).length);
}

function record(entry) {
  const failing = (process.env.STAND_IN_FAILS || '').split('=');
  if (failing[0] === entry.method) throw new Error(failing.slice(1).join('='));
  if (process.env.STAND_IN_RECORD) appendFileSync(process.env.STAND_IN_RECORD, JSON.stringify(entry) + '\n');
}

exports.default = class Fc3 {
  getSchema() {
    return readFileSync(join(__dirname, 'props.schema.json'), 'utf8');
  }

  async layer({ args, props, yaml }) {
    const name = option(args, '--layer-name');
    const content = digest(resolve(dirname(yaml.path), option(args, '--code')));
    const number = version(name, content);
    record({ method: 'layer', layer: name, content, version: number });
    return { layerVersionArn: `acs:fc:${props.region}:123456789012:layers/${name}/versions/${number}` };
  }

  async deploy({ props }) {
    record({ method: 'deploy', props });
    return { functionName: props.functionName, code: props.code, layers: props.layers };
  }

  async remove({ props }) {
    record({ method: 'remove', functionName: props.functionName, region: props.region });
    return {};
  }
};
