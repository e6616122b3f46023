// The CLI takes this folder for the component fc3 when it is started beside it: so the real `s` judges a template
// with the real component's schema, and goes through a whole deployment, without a registry or an account.
'use strict';

const { readFileSync } = require('fs');
const { join } = require('path');

function option(args, name) {
  return args[args.indexOf(name) + 1];
}

exports.default = class Fc3 {
  getSchema() {
    return readFileSync(join(__dirname, 'props.schema.json'), 'utf8');
  }

  async layer({ args, props }) {
    const name = option(args, '--layer-name');
    return { layerVersionArn: `acs:fc:${props.region}:123456789012:layers/${name}/versions/7` };
  }

  async deploy({ props }) {
    return { functionName: props.functionName, code: props.code, layers: props.layers };
  }
};
