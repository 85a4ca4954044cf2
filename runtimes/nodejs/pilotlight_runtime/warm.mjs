// What the warm-up of a stem runs: an ES module, because Node makes its loader for them, at some milliseconds, when the first is asked for.
export const handler = async (event, context) => ({ ...event, requestId: context.awsRequestId });
