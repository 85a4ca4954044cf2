"""Calls another function with the SDK that is there without being packaged.

The role needs lambda:InvokeFunction on the function named in the event: {"function": "hello", "event": {...}}.
"""
import json

import boto3

client = boto3.client("lambda")


def lambda_handler(event, context):
    answer = client.invoke(FunctionName=event["function"], Payload=json.dumps(event.get("event", {})))
    return {
        "status": answer["StatusCode"],
        "error": answer.get("FunctionError"),
        "answer": json.load(answer["Payload"]),
    }
