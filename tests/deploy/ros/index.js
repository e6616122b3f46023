// The CLI takes this folder for the component ros when it is started beside it. STAND_IN_STACKS names the file that
// holds the account's stacks. As the real one, it knows create and update apart, and ends well whatever ROS makes of it.
'use strict';

const { existsSync, readFileSync, writeFileSync } = require('fs');

function stacks() {
  const path = process.env.STAND_IN_STACKS;
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

exports.default = class Ros {
  async deploy({ props }) {
    const known = stacks();
    const template = JSON.parse(readFileSync(props.template, 'utf8'));
    if (process.env.STAND_IN_ROS_FAILS) {
      console.log(`ALIYUN::ROS::Stack  ${props.name}   CREATE_FAILED  ${process.env.STAND_IN_ROS_FAILS}`);
      return {};
    }
    if (JSON.stringify(known[props.name]) === JSON.stringify(template)) {
      console.log('Update the completely same stack is not supported');
    } else {
      console.log(`${known[props.name] ? 'update' : 'create'} stack ${props.name}`);
    }
    writeFileSync(process.env.STAND_IN_STACKS, JSON.stringify({ ...known, [props.name]: template }));
    return {};
  }

  async remove({ props }) {
    const { [props.name]: gone, ...left } = stacks();
    writeFileSync(process.env.STAND_IN_STACKS, JSON.stringify(left));
    return {};
  }
};
