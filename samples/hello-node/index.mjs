export const handler = async (event, context) => {
  const name = event.name ?? 'world';
  console.log(`Greeting ${name}`);
  return { message: `Hello, ${name}!`, requestId: context.awsRequestId };
};
