import time


def lambda_handler(event, context):
    now = time.time()
    for record in event["Records"]:
        print("handled", record["s3"]["object"]["key"] if "s3" in record else record["body"], now)
