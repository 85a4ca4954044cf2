// Stores the event as an object, then reads it back, with the SDK that is there without being packaged.
// The role needs s3:PutObject and s3:GetObject on the bucket named in the environment variable BUCKET.
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const s3 = new S3Client({});

export const handler = async (event, context) => {
  const at = { Bucket: process.env.BUCKET, Key: `events/${context.awsRequestId}.json` };
  await s3.send(new PutObjectCommand({ ...at, Body: JSON.stringify(event), ContentType: 'application/json' }));
  const stored = await s3.send(new GetObjectCommand(at));
  return { key: at.Key, stored: JSON.parse(await stored.Body.transformToString()) };
};
