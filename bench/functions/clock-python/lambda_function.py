import time


def lambda_handler(event, context):
    now = time.time()
    for record in event["Records"]:
        print("handled", record["body"], now)
