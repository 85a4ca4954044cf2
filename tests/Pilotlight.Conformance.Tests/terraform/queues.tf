terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" { type = string }
variable "prefix" { type = string }
variable "delay" {
  type    = number
  default = 0
}

# SQS hands it out as a number, whatever it was given as.
variable "receives" {
  type    = number
  default = 3
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_metadata_api_check     = true
  skip_region_validation      = true
  endpoints {
    sqs = var.endpoint
    iam = var.endpoint
    sts = var.endpoint
  }
}

resource "aws_sqs_queue" "dead" {
  name = "${var.prefix}-dead"
}

resource "aws_sqs_queue" "orders" {
  name                       = "${var.prefix}-orders"
  delay_seconds              = var.delay
  visibility_timeout_seconds = 60
  message_retention_seconds  = 86400
  receive_wait_time_seconds  = 20
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = var.receives })
  tags                       = { team = "shop" }
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url            = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.orders.arn] })
}

resource "aws_sqs_queue" "ordered" {
  name                        = "${var.prefix}-ordered.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  deduplication_scope         = "messageGroup"
  fifo_throughput_limit       = "perMessageGroupId"
}

data "aws_iam_policy_document" "events" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.orders.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_sqs_queue_policy" "orders" {
  queue_url = aws_sqs_queue.orders.id
  policy    = data.aws_iam_policy_document.events.json
}

data "aws_sqs_queue" "orders" {
  name       = aws_sqs_queue.orders.name
  depends_on = [aws_sqs_queue_policy.orders]
}
