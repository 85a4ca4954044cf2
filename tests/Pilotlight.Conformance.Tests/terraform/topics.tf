terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" { default = "http://127.0.0.1:4566" }
variable "prefix" { default = "tf" }
variable "display" { default = "first" }
variable "filter" { default = "order" }

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {
    sns = var.endpoint
    sqs = var.endpoint
    iam = var.endpoint
    sts = var.endpoint
  }
}

resource "aws_sns_topic" "plain" {
  name         = "${var.prefix}-plain"
  display_name = var.display
  tags         = { team = "events" }
  delivery_policy = jsonencode({
    http = {
      defaultHealthyRetryPolicy = {
        minDelayTarget     = 20
        maxDelayTarget     = 20
        numRetries         = 3
        numMaxDelayRetries = 0
        numNoDelayRetries  = 0
        numMinDelayRetries = 0
        backoffFunction    = "linear"
      }
      disableSubscriptionOverrides = false
      defaultThrottlePolicy        = { maxReceivesPerSecond = 1 }
    }
  })
}

resource "aws_sns_topic" "fifo" {
  name                        = "${var.prefix}.fifo"
  fifo_topic                  = true
  content_based_deduplication = true
  signature_version           = 2
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "buckets"
    actions   = ["SNS:Publish"]
    resources = [aws_sns_topic.plain.arn]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "plain" {
  arn    = aws_sns_topic.plain.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sqs_queue" "queue" {
  name = "${var.prefix}-queue"
}

resource "aws_sqs_queue" "dead" {
  name = "${var.prefix}-dead"
}

resource "aws_sns_topic_subscription" "queue" {
  topic_arn            = aws_sns_topic.plain.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.queue.arn
  raw_message_delivery = true
  filter_policy        = jsonencode({ kind = [var.filter] })
  redrive_policy       = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn })
}

resource "aws_sns_topic_subscription" "function" {
  topic_arn           = aws_sns_topic.plain.arn
  protocol            = "lambda"
  endpoint            = "arn:aws:lambda:us-east-1:000000000000:function:${var.prefix}"
  filter_policy_scope = "MessageBody"
  filter_policy       = jsonencode({ detail = { state = [{ prefix = "fail" }] } })
}
