exports.handler = async (event) => {
  if (event.do === 'error') throw new Error('as wanted');
  if (event.do === 'exit') process.exit(3);
  if (event.do === 'timeout') await new Promise((resolve) => setTimeout(resolve, 60000));
  if (event.do === 'wait') await new Promise((resolve) => setTimeout(resolve, 200));
  if (event.do === 'log') for (let line = 0; line < 500; line++) console.log(line, 'the quick brown fox jumps over the lazy dog');
  return event;
};
