// Answers word by word, while it still works. Behind a function URL with InvokeMode RESPONSE_STREAM a browser
// shows the words as they come.
import { setTimeout } from 'node:timers/promises';

export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
  const stream = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  });
  for (const word of (event.text ?? 'a pilot light starts the big one at once').split(' ')) {
    stream.write(`${word} `);
    await setTimeout(event.pause ?? 100);
  }
  stream.end();
});
